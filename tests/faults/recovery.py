"""How long until work goes on: a probe is accepted and its Auftrag done; and until what lay in dead hands is taken up."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.faults.bundles import SLUGS, form_data
from tests.faults.place import Place

GIVES_UP_S = 150.0
ASKS_AGAIN_S = 5.0
"""How long a probe waits for one answer before it is sent again, as form systems do."""
IN_HAND = "SELECT id, fence, type FROM auftrag WHERE state = 'laeuft'"
OUTSIDE = ("servicekonto.", "baumregister.", "druckerei.")
LEFT_ALONE = "SELECT connector FROM breaker"
DONE = "SELECT 1 FROM vorgang WHERE id = %s AND state = 'completed'"


@dataclass(frozen=True)
class Took:
    """Seconds from a fault until work went on, and until then the application was accepted."""

    what: str
    seconds: float
    accepted_s: float = 0.0


@dataclass
class Recovered:
    """How long until a probe was through, after kills and after Redis; and until what lay in dead hands was taken up."""

    kills: list[Took] = field(default_factory=list)
    redis: list[Took] = field(default_factory=list)
    in_hand: list[Took] = field(default_factory=list)
    watches: list[threading.Thread] = field(default_factory=list)

    def join(self) -> None:
        """Wait until everything that lay in dead hands was taken up."""
        for thread in self.watches:
            thread.join(GIVES_UP_S)


def in_hand(place: Place, outside: bool = False) -> set[tuple[str, Any, Any]]:
    """What workers hold at this moment; with `outside` only what they may wait for."""
    found = set()
    for slug in SLUGS:
        with suppress(Exception):  # the database may be what is away
            found |= {
                (slug, id, fence) for id, fence, type in place.sql(slug, IN_HAND) if not outside or type.startswith(OUTSIDE)
            }
    return found


def until_work(place: Place, what: str, began: float) -> Took:
    """From `began` until a fresh probe is through."""
    slug, transaction = SLUGS[int(began) % len(SLUGS)], str(uuid.uuid4())
    vorgang, accepted = "", 0.0
    while time.monotonic() - began < GIVES_UP_S:
        with suppress(Exception):  # web server or database may be what is away
            vorgang = vorgang or _sent(place, slug, transaction)
            accepted = accepted or (time.monotonic() - began if vorgang else 0.0)
            if vorgang and place.sql(slug, DONE, (vorgang,)):
                break
        time.sleep(0.1)
    return Took(what, time.monotonic() - began, accepted)


def _sent(place: Place, slug: str, transaction: str) -> str:
    body = form_data(transaction, "probe", place.kommunen[slug]["stelle"], "1")
    parts = {"formData": ("formData.json", body, "application/json")}
    answer = place.ask("POST", f"/{slug}/antrag", files=parts, timeout=ASKS_AGAIN_S)
    return str(answer.json()["vorgang"]["vorgangId"]) if answer.is_success else ""


def left_alone(place: Place, held: set[tuple[str, Any, Any]]) -> set[tuple[str, Any, Any]]:
    """What of it waits on purpose: its connector does not answer (`engine.model.breaker`)."""
    silent = {(slug, connector) for slug in SLUGS for (connector,) in place.sql(slug, LEFT_ALONE)}
    kinds = {(slug, id): type for slug in SLUGS for id, _, type in place.sql(slug, IN_HAND)}
    return {each for each in held if (each[0], kinds.get(each[:2], "").partition(".")[0]) in silent}


def watch_in_hand(place: Place, recovered: Recovered, what: str, held: set[tuple[str, Any, Any]], began: float) -> None:
    """Measure, beside everything else, how long until nobody holds what dead hands held."""

    def watch() -> None:
        while time.monotonic() - began < GIVES_UP_S and (still := held & in_hand(place)):
            with suppress(Exception):  # the database may be what is away
                if still <= left_alone(place, still):
                    return  # neither taken up nor late
            time.sleep(0.3)
        recovered.in_hand.append(Took(what, time.monotonic() - began))

    if held:
        thread = threading.Thread(target=watch, daemon=True)
        recovered.watches.append(thread)
        thread.start()
