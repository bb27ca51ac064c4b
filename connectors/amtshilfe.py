"""Asks another municipality for Amtshilfe (§§ 4–8 VwVfG) in the name of the process: reads what is asked; the engine asks.

It is worked in the house: nothing goes out of the municipality but a pointer, and what the other one gets to see stays here.
The answer comes as the message `amtshilfe.antwort` whose key is `ersuchen`, an end without one as `amtshilfe.ende`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.fields import Anything, Day, Form, Many, Text
from connectors.shape import Connector, Operation
from engine.base.ports import Answer, Call, HelpWanted, Refused, Repeat

MOST = 200


class Settings(Form):
    """Nothing to set: the other municipalities of the installation are known."""


class Ersuchen(Form):
    """Whom to ask what, to which last day, and what of the case they get to see: documents, and fields of the application."""

    kommune = Text(required=True, shortest=1, longest=40)
    frage = Text(required=True, shortest=1, longest=5000)
    bis = Day(required=True)
    dokumente = Many(Anything(), load_default=list, most=MOST)
    felder = Many(Text(shortest=1, longest=500), load_default=list, most=MOST)


class Gestellt(Form):
    """The id of the request, added by whoever makes it: the key of the message with the answer."""

    ersuchen = Text()


def request_help(call: Call, inputs: dict[str, Any]) -> Answer:
    """Say what is to be asked; whoever keeps the answer of this call makes the request, once for each key."""
    documents = tuple(_id_of(one) for one in inputs["dokumente"])
    wanted = HelpWanted(inputs["kommune"].strip(), inputs["frage"], inputs["bis"], documents, tuple(inputs["felder"]))
    return Answer({}, help=wanted)


def _id_of(document: Any) -> str:
    """A document as processes name it, or its id."""
    id = document.get("dokument") if isinstance(document, dict) else document
    if not isinstance(id, str):
        raise Refused("Die Eingaben für „Um Amtshilfe bitten“ passen nicht: Unter „dokumente“ steht, was kein Dokument ist.")
    return id


def check(config: Mapping[str, Any]) -> list[str]:
    """Nothing to set, nothing to go wrong."""
    return []


CONNECTOR = Connector(
    name="amtshilfe",
    title="Amtshilfe",
    config=Settings,
    check=check,
    operations=(
        # The request has an id made from the key: asked twice it is one.
        Operation(
            "amtshilfe.anfragen", "Um Amtshilfe bitten", Ersuchen, Gestellt, request_help, repeat=Repeat.KEY, timeout_s=10
        ),
    ),
    about="Bittet im Namen eines Ablaufs eine andere Kommune dieser Installation um Amtshilfe.",
)
