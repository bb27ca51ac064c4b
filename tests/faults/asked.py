"""A system that does not know keys, but can be asked what became of one; and its connector. For tests only.

It does what it is told as often as it is told, so whoever repeats blindly is found out; and it loses answers when told to.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.fields import Form, Text, WebAddress
from connectors.outside import Declined, ask
from connectors.shape import Connector, Operation
from engine.base.ports import Answer, Call, Repeat

TYPE = "pruefstelle.anmelden"
PARTNER = "Die Prüfstelle"
LOST = "504 Gateway Timeout"


@dataclass
class Pruefstelle:
    """The server: what was done under each key, how often it was asked, and how many answers are still to be lost."""

    done: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    loses: int = 0

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> list[bytes]:
        key, status, body = environ["PATH_INFO"].rpartition("/")[2], "200 OK", b""
        if environ["REQUEST_METHOD"] == "POST":
            self.done[key] += 1
            if self.loses:
                self.loses, status = self.loses - 1, LOST
        else:
            self.asked += 1
            status = "200 OK" if self.done[key] else "404 Not Found"
        if status == "200 OK":
            body = json.dumps({"nummer": f"P-{key}"}).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


class Settings(Form):
    """Where it is."""

    url = WebAddress(required=True)


class Anmeldung(Form):
    """What is registered."""

    text = Text(load_default="")


class Nummer(Form):
    """Under which number."""

    nummer = Text(required=True, longest=200)


def _spoken(call: Call, method: str) -> Answer:
    said = ask(PARTNER, method, f"{call.config['url']}/{call.key}", timeout_s=5).json()
    return Answer({"nummer": said["nummer"]})


def register(call: Call, inputs: dict[str, Any]) -> Answer:
    """Register, as often as it is called."""
    return _spoken(call, "POST")


def look_up(call: Call, inputs: dict[str, Any]) -> Answer | None:
    """What became of it; None if it was never done."""
    try:
        return _spoken(call, "GET")
    except Declined as no:
        if no.status == 404:
            return None
        raise


CONNECTOR = Connector(
    name="pruefstelle",
    title="Prüfstelle",
    config=Settings,
    check=lambda config: [],
    operations=(Operation(TYPE, "Anmelden", Anmeldung, Nummer, register, repeat=Repeat.ASK, ask=look_up),),
)
