"""How long until work goes on: a probe is accepted and its Auftrag done; and until what lay in dead hands is taken up."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.bundles import SLUGS, form_data
from tests.faults.place import Place

GIVES_UP_S = 150.0
IN_HAND = "SELECT id, fence FROM auftrag WHERE state = 'laeuft'"
DONE = "SELECT 1 FROM vorgang WHERE id = %s AND state = 'completed'"


@dataclass
class Recovered:
    """Seconds from the fault until a probe was through (by what was killed), and until what lay in hand was taken up."""

    kills: list[float] = field(default_factory=list)
    redis: list[float] = field(default_factory=list)
    in_hand: list[float] = field(default_factory=list)
    watches: list[threading.Thread] = field(default_factory=list)

    def join(self) -> None:
        """Wait until everything that lay in dead hands was taken up."""
        for thread in self.watches:
            thread.join(GIVES_UP_S)


def in_hand(place: Place) -> set[tuple[str, Any, Any]]:
    """What workers hold at this moment."""
    found = set()
    for slug in SLUGS:
        with suppress(Exception):  # the database may be what is away
            found |= {(slug, id, fence) for id, fence in place.sql(slug, IN_HAND)}
    return found


def seconds_until_work(place: Place, began: float) -> float:
    """From `began` until a fresh probe is through."""
    slug, transaction = SLUGS[int(began) % len(SLUGS)], str(uuid.uuid4())
    vorgang = ""
    while time.monotonic() - began < GIVES_UP_S:
        with suppress(httpx.HTTPError, Exception):
            vorgang = vorgang or _sent(place, slug, transaction)
            if vorgang and place.sql(slug, DONE, (vorgang,)):
                break
        time.sleep(0.1)
    return time.monotonic() - began


def _sent(place: Place, slug: str, transaction: str) -> str:
    body = form_data(transaction, "probe", place.kommunen[slug]["stelle"], "1")
    answer = place.ask("POST", f"/{slug}/antrag", files={"formData": ("formData.json", body, "application/json")})
    return str(answer.json()["vorgang"]["vorgangId"]) if answer.is_success else ""


def watch_in_hand(place: Place, recovered: Recovered, held: set[tuple[str, Any, Any]], began: float) -> None:
    """Measure, beside everything else, how long until nobody holds what dead hands held."""

    def watch() -> None:
        while time.monotonic() - began < GIVES_UP_S and held & in_hand(place):
            time.sleep(0.3)
        recovered.in_hand.append(time.monotonic() - began)

    if held:
        thread = threading.Thread(target=watch, daemon=True)
        recovered.watches.append(thread)
        thread.start()
