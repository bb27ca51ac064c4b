"""Serving: who writes the letters of a Leistung that another municipality works on (docs/adr/0022).

By § 18 GkZ the task has passed over: letterhead, texts at the end and the authority that hears an objection are the other
municipality's. It is asked for them with each letter, outside of every transaction, so that they are as they are set there now;
while it is away the letter waits. By § 19a GkZ it acts in our name, and all of that is ours. The file is ours either way.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.base import db, files
from engine.base.errors import Invalid, Unavailable
from engine.base.ports import Letterhead
from engine.model import grant, letterhead
from engine.reads.cooperation import is_gone
from engine.verbs.cooperate import tell


@dataclass(frozen=True, slots=True)
class Office:
    """Who writes a letter: head, place, texts at the end. `heard_by`: who hears an objection, if not whom the bundle names."""

    head: Letterhead
    place: str
    texts: Mapping[str, Any]
    heard_by: tuple[str, str] | None = None


def passed_to(leistung: str) -> Any:
    """The grant by which a Leistung has passed over to another municipality today (§ 18 GkZ); None if it is ours."""
    with db.reading() as tx:
        return grant.passed_over(tx, leistung)


def office(passed: Any) -> Office:
    """Who writes: we, or the municipality to which the Leistung has passed over.

    Raises:
        Unavailable: that one is away; the letter is written later.
        Invalid: it does not know of it, or its letterhead cannot be used.
    """
    if passed is not None:
        return _of_guest(passed)
    with db.reading() as tx:
        return Office(letterhead.head_of(tx), letterhead.place_of(tx), letterhead.texts_of(tx))


def _of_guest(passed: Any) -> Office:
    reply = tell(passed.guest, passed.id, "letterhead", {})
    if reply.kind == "away":
        raise Unavailable(reply.sentence)
    if reply.kind != "ok":
        raise Invalid(_why_not(passed))
    said, texts = _texts(reply.content.get("briefkopf")), _texts(reply.content.get("brieftexte"))
    if causes := list(letterhead.faults({**said, **texts})):
        raise Invalid(f"Der Briefkopf der Kommune „{passed.guest_name}“ ist nicht brauchbar.", causes)
    head = dataclasses.replace(letterhead.head_from(said), **_logo(reply.content.get("logo")))
    place = str(said.get("place", ""))
    return Office(head, place, texts, (head.authority, place))


def _why_not(passed: Any) -> str:
    """Why the other municipality gives no letterhead, and what the Administration does about it."""
    if is_gone(passed.guest):
        sentence = f"Die Kommune „{passed.guest_name}“, auf die die Aufgabe übergegangen ist, gibt es hier nicht mehr."
        return f"{sentence} Beendet die Administration die Vereinbarung unter „Befugnisse“, schreibt wieder die eigene Kommune."
    sentence = f"Die Kommune „{passed.guest_name}“ kennt die Vereinbarung nicht, nach der sie hier schreibt."
    return f"{sentence} Die Administration beendet sie unter „Befugnisse“ und vereinbart sie neu."


def _texts(given: Any) -> dict[str, Any]:
    """What stands in a letterhead, as far as it is text or lines of text."""
    if not isinstance(given, Mapping):
        return {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in letterhead.LINES:
            found[name] = [str(line) for line in value] if isinstance(value, list) else []
        elif isinstance(value, str):
            found[name] = value
    return found


def _logo(given: Any) -> dict[str, Any]:
    """The picture of a letterhead, kept with our documents so that the letter can be set again; none if it is none."""
    try:
        content = base64.b64decode(given, validate=True) if isinstance(given, str) else b""
    except binascii.Error:
        content = b""
    kind = letterhead.picture_of(content)[0] if content else ""
    return {"logo": files.put(content) if kind else "", "logo_type": kind}
