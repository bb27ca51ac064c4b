"""Guest hand: who a clerk of another municipality is here, and how one of our tasks goes from one of them to another.

Who gets it must be able to use the same grant, at this moment, as everybody must who does something by it: their municipality
says who they are there now. That is no granting on; nobody comes in who could not come in by themselves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from engine.base import db
from engine.base.errors import Cause, Invalid, Unreadable
from engine.base.ports import Clerk
from engine.base.rights import SYSTEM, Konto, acting
from engine.model import grant
from engine.verbs.desk import hand_over
from engine.verbs.guest_tasks import state_of

Content = Mapping[str, Any]
TEXTS, LISTS = ("id", "login", "name", "email"), ("roles", "groups", "rights", "covers", "had")


def as_guest(tx: db.Tx, row: Any, clerk: Clerk) -> Konto:
    """The Konto that a grant makes of somebody of the other municipality."""
    return grant.guest_of(row, clerk, grant.covered_by(tx, row), grant.also_covered(tx, row, clerk))


def may_use(row: Any, clerk: Clerk) -> bool:
    """Whether a grant is for somebody of the other municipality."""
    return "/" not in clerk.id and grant.is_for(row, clerk)


def meet(guest: Konto, clerk: Clerk) -> None:
    """Keep what a guest is called, for history and for four eyes, before anything is done in that name."""
    with db.reading() as tx:
        if grant.is_met(tx, guest, clerk):
            return
    with acting("befugnis:gast", SYSTEM), db.transaction() as tx:
        grant.meet(tx, guest, clerk)


def hand_on(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Give a task to a colleague of the same municipality; `an` is who that is there now."""
    clerk = _clerk(arguments.get("an"))
    with db.reading() as tx:
        colleague = as_guest(tx, row, clerk)
    if not may_use(row, clerk) or not colleague.may("aufgabe.bearbeiten"):
        cause = Cause("Wer die Aufgabe bekommt, muss die Vereinbarung selbst benutzen dürfen.", pointer="/an")
        raise Invalid("Die Aufgabe lässt sich so nicht weitergeben.", [cause])
    meet(colleague, clerk)
    return state_of(hand_over(arguments["aufgabe"], colleague, by=guest), guest)


def _clerk(given: Any) -> Clerk:
    """Somebody as a request names them.

    Raises:
        Unreadable: it names nobody.
    """
    names = {field.name for field in dataclasses.fields(Clerk)}
    if not isinstance(given, Mapping) or not set(given) <= names or not all(_is_text(given.get(name)) for name in TEXTS):
        raise Unreadable("Wer die Aufgabe bekommen soll, ist nicht lesbar.")
    lists = {name: given.get(name) or () for name in LISTS}
    if not all(isinstance(found, list | tuple) and all(map(_is_text, found)) for found in lists.values()):
        raise Unreadable("Wer die Aufgabe bekommen soll, ist nicht lesbar.")
    texts = {name: given[name] for name in TEXTS}
    return Clerk(**texts, **{name: tuple(found) for name, found in lists.items()})  # type: ignore[arg-type]  # texts and lists


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
