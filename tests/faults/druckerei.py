"""A connector of the fault tests only: a print shop that knows no idempotency key. One operation can be asked, one cannot.

It comes into the processes under test by `moved/sitecustomize.py`, after the connectors of the house. `printer` is its server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.fields import Form, Number, Text, WebAddress
from connectors.outside import ask
from connectors.shape import Connector, Operation
from engine.base.ports import Answer, Call, Repeat, Unsure

PARTNER = "Die Druckerei"
PRINTED, FRANKED = "druck", "porto"


class Settings(Form):
    """Where it is, and how long to wait."""

    url = WebAddress(required=True)
    timeout_s = Number(least=1, most=60, load_default=5)


class Blatt(Form):
    """What is printed."""

    text = Text(required=True)


class Gedruckt(Form):
    """The number of the sheet."""

    blatt = Text(required=True)


def _said(call: Call, method: str, kind: str, content: bytes = b"") -> Any:
    headers = {"Vorgang": call.case_reference, "Kommune": call.kommune, "Idempotency-Key": call.key}
    url = f"{call.config['url']}/blaetter/{kind}"
    return ask(PARTNER, method, url, timeout_s=float(call.config["timeout_s"]), content=content, headers=headers).json()


def _sheet(said: Any) -> Answer:
    if not isinstance(said, dict) or not isinstance(said.get("blatt"), str):
        raise Unsure(f"{PARTNER} hat kein Blatt genannt.")
    return Answer({"blatt": said["blatt"]})


def prints(call: Call, inputs: dict[str, Any]) -> Answer:
    """One sheet for each request, also for the same."""
    return _sheet(_said(call, "POST", PRINTED, inputs["text"].encode()))


def printed(call: Call, inputs: dict[str, Any]) -> Answer | None:
    """The sheet of this key, if there is one."""
    said = _said(call, "GET", PRINTED)
    return None if said == {} else _sheet(said)


def franks(call: Call, inputs: dict[str, Any]) -> Answer:
    """Pay postage: for each request, and nobody can be asked."""
    return _sheet(_said(call, "POST", FRANKED, inputs["text"].encode()))


def check(config: Mapping[str, Any]) -> list[str]:
    """The tests know that it is there."""
    return []


CONNECTOR = Connector(
    name="druckerei",
    title="Druckerei",
    config=Settings,
    check=check,
    operations=(
        Operation("druckerei.drucken", "Drucken", Blatt, Gedruckt, prints, Repeat.ASK, timeout_s=5, ask=printed),
        Operation("druckerei.frankieren", "Frankieren", Blatt, Gedruckt, franks, Repeat.ONCE, timeout_s=5),
    ),
    about="Nur für Tests.",
)
