"""Bescheid: the notice that decides a Vorgang, from its first draft until it is issued and never changes again.

    entwurf → entwurf (changed) | freigegeben | verworfen (a newer draft took its place)
    freigegeben → entwurf (changed: the approval is void) | erlassen | verworfen
    erlassen: frozen, with the hash of its PDF

What is approved is a content: the letter as it reads, named by its hash. The day it bears is the day it is issued. Who has
edited it by hand may not approve it (§ 35 VwVfG gives the notice its effect; four eyes are the municipality's own rule).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.errors import Conflict, FourEyes, Unknown
from engine.base.ports import Letter
from engine.bpmn.codec import decode, encode
from engine.model import grant, letterhead, search, vorgang
from engine.model.notice import Variant
from engine.model.states import Moves, may_become, move
from engine.model.vertretung import Covered
from engine.model.waits import ID

DRAFT, APPROVED, ISSUED, REPLACED = "entwurf", "freigegeben", "erlassen", "verworfen"
MOVES: Moves = {
    DRAFT: frozenset({DRAFT, APPROVED, REPLACED}),
    APPROVED: frozenset({DRAFT, ISSUED, REPLACED}),
    ISSUED: frozenset(),
    REPLACED: frozenset(),
}


class Bescheid(Base):
    __tablename__ = "bescheid"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    element: Mapped[str] = mapped_column(sa.String(200))
    """The service task that drafted it; its next draft takes the place of this one."""
    vorlage: Mapped[str] = mapped_column(sa.String(100))
    name: Mapped[str] = mapped_column(sa.String(300))
    state: Mapped[str] = mapped_column(sa.String(12))
    stand: Mapped[int]
    """How often it was changed by hand."""
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    variants: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The texts that its parts may have, as its bundle offered them when it was drafted; no part of its content."""
    editors: Mapped[str] = mapped_column(sa.Text)
    drafted_at: Mapped[dt.datetime]
    draft_id: Mapped[str | None] = mapped_column(ID)
    """The Dokument that shows the draft as it is now; None while it is being written."""
    approved_by: Mapped[str | None] = mapped_column(sa.String(100))
    approved_at: Mapped[dt.datetime | None]
    approved_hash: Mapped[str | None] = mapped_column(sa.String(64))
    issued_at: Mapped[dt.datetime | None]
    dokument_id: Mapped[str | None] = mapped_column(ID)
    sha256: Mapped[str | None] = mapped_column(sa.String(64))

    __table_args__ = ({"info": {"moves": MOVES}},)


T = Bescheid.__table__


# --- the letter as a value that can be kept ------------------------------------------------------------------------


def content_of(letter: Letter) -> bytes:
    """The letter as bytes, without what is not part of its content: the day (its data names it too), whether it is a draft.

    Who writes it is named only where it is another municipality.
    """
    value = dataclasses.asdict(letter)
    del value["date"], value["draft"]
    value["data"].pop("datum", None)
    if not letter.written_by:
        del value["written_by"]
    return encode(value)


def hash_of(content: bytes) -> str:
    """The hash that names a content."""
    return hashlib.sha256(content).hexdigest()


def letter_of(content: bytes, date: dt.date, *, draft: bool) -> Letter:
    """The letter of a content, with a day."""
    value = decode(content)
    letter: Letter = _made(Letter, {**value, "data": {**value["data"], "datum": date}, "date": date, "draft": draft})
    return letter


def variants_to_keep(variants: Sequence[Variant]) -> bytes:
    """The texts that a bundle offers, as bytes."""
    return encode([dataclasses.asdict(variant) for variant in variants])


def variants_of(kept: bytes) -> tuple[Variant, ...]:
    """The texts that a draft's parts may have."""
    return tuple(Variant(**variant) for variant in decode(kept))


def _made(kind: Any, value: Any) -> Any:
    """A value of a dataclass, out of the dicts and lists it was taken apart into."""
    if dataclasses.is_dataclass(kind):
        types = typing.get_type_hints(kind)
        return typing.cast(Any, kind)(**{name: _made(types[name], inner) for name, inner in value.items()})
    if typing.get_origin(kind) is tuple:
        return tuple(_made(typing.get_args(kind)[0], item) for item in value)
    return int(value) if kind is int else value


# --- moving --------------------------------------------------------------------------------------------------------


def get(tx: Tx, id: str) -> sa.Row[Any]:
    """A Bescheid's row.

    Raises:
        Unknown: if there is none.
    """
    found = tx.one_or_none(sa.select(T).where(T.c.id == id))
    if found is None:
        raise Unknown("Diesen Bescheid gibt es nicht.")
    return found


def add(tx: Tx, draft: Mapping[str, Any], replaces: str | None = None) -> None:
    """Keep a new draft; one that was not issued is replaced: an earlier one of the same task, and the one it names."""
    earlier = sa.or_(T.c.element == draft["element"], T.c.id == replaces)
    move(tx, T, sa.and_(T.c.vorgang_id == draft["vorgang_id"], earlier), REPLACED)
    row = {"state": DRAFT, "stand": 0, "content_hash": hash_of(draft["content"]), "editors": "[]", "drafted_at": clock.now()}
    tx.execute(sa.insert(T).values(**draft, **row))


def change(tx: Tx, id: str, seen: str, content: bytes, editor: str) -> int:
    """Write another content into a draft, by hand; an approval is void. Gives the number of the change.

    Raises:
        Conflict: it was changed by others since (`seen` is the hash that was looked at), or it is no draft any more.
    """
    row: Any = get(tx, id)
    editors = sorted({*json.loads(row.editors), editor})
    values = {
        "content": content, "content_hash": hash_of(content), "editors": json.dumps(editors), "stand": row.stand + 1,
        "draft_id": None, "approved_by": None, "approved_at": None, "approved_hash": None,
    }  # fmt: skip
    same = sa.and_(T.c.id == id, T.c.content_hash == seen, T.c.stand == row.stand)
    if not move(tx, T, same, DRAFT, **values):
        raise Conflict(why_not(row, "geändert werden") or "Der Entwurf wurde inzwischen geändert. Bitte neu laden.")
    return int(row.stand) + 1


def approve(tx: Tx, id: str, vorgang_id: str, by: str, seen: str | None, covered: Sequence[Covered] = ()) -> None:
    """Approve the content of a draft; `covered` are those for whom the approver stands in.

    Raises:
        FourEyes: the approver has edited it by hand, or somebody for whom they stand in has.
        Conflict: it is not a draft of this Vorgang (any more), not the one that was looked at, or another decides by now.
    """
    row: Any = tx.one_or_none(sa.select(T).where(T.c.id == id, T.c.vorgang_id == vorgang_id))
    if row is None:
        raise Conflict("Was freigegeben werden soll, ist kein Bescheid dieses Vorgangs.")
    if not set(grant.same_person(tx, by)).isdisjoint(json.loads(row.editors)):
        sentence = "Hier gilt das Vier-Augen-Prinzip: Sie haben den Entwurf geändert, freigeben muss jemand anderes."
        raise FourEyes(sentence, vorgang_id)
    for one in covered:
        if not set(grant.same_person(tx, one.konto.login)).isdisjoint(json.loads(row.editors)):
            raise FourEyes(f"Hier gilt das Vier-Augen-Prinzip: {one.keeps_apart('den Entwurf geändert')}", vorgang_id)
    if seen is not None and seen != row.content_hash:
        raise Conflict("Der Entwurf wurde geändert, seit Sie ihn gesehen haben. Bitte lesen Sie ihn noch einmal.")
    if sentence := of_another(tx, row):
        raise Conflict(sentence)
    values = {"approved_by": by, "approved_at": clock.now(), "approved_hash": row.content_hash}
    same = sa.and_(T.c.id == id, T.c.content_hash == row.content_hash)
    if not move(tx, T, same, APPROVED, **values):
        raise Conflict(why_not(row, "freigegeben werden"))


def issue(tx: Tx, id: str, content_hash: str, dokument_id: str, sha256: str) -> None:
    """Freeze an approved Bescheid with the PDF it is.

    Raises:
        Conflict: it is not approved (any more), or another decides by now.
    """
    if sentence := of_another(tx, get(tx, id)):
        raise Conflict(sentence)
    approved = sa.and_(T.c.id == id, T.c.content_hash == content_hash, T.c.approved_hash == content_hash)
    if not move(tx, T, approved, ISSUED, issued_at=clock.now(), dokument_id=dokument_id, sha256=sha256):
        raise Conflict("Der Bescheid ist nicht oder nicht mehr freigegeben.")
    row: Any = get(tx, id)
    search.add(tx, row.vorgang_id, search.letter_texts(letter_of(row.content, dt.date.min, draft=False)))


def of_another(tx: Tx, row: Any) -> str:
    """Why a draft must be made anew: it was written by another authority than decides today (§ 18 GkZ); else nothing.

    Letterhead, remedy and texts are part of what was approved: they are not exchanged under an approval.
    """
    leistung = tx.scalar(sa.select(vorgang.T.c.leistung).where(vorgang.T.c.id == row.vorgang_id))
    passed, content = grant.passed_over(tx, leistung), decode(row.content)
    if content.get("written_by", "") == ("" if passed is None else passed.guest):
        return ""
    wrote, decides = content["letterhead"]["authority"], letterhead.head_of(tx).authority
    now = f"wieder {decides}, denn die" if passed is None else f"{passed.guest_name}, denn eine"
    held = "gilt nicht mehr" if passed is None else "gilt"
    return (
        f"Der Entwurf ist im Namen von {wrote} geschrieben. Inzwischen entscheidet {now} Vereinbarung nach § 18 GkZ {held}. "
        "Bitte erzeugen Sie den Entwurf in der Prüfung neu; Briefkopf und Rechtsbehelf sind dann die richtigen."
    )


def shown(tx: Tx, id: str, stand: int, draft_id: str) -> None:
    """Note the Dokument that shows a draft after a change; one that came too late shows nothing."""
    tx.execute(sa.update(T).where(T.c.id == id, T.c.stand == stand, may_become(T, REPLACED)).values(draft_id=draft_id))


def why_not(row: Any, act: str) -> str:
    """Why a Bescheid in this state cannot be changed, approved or issued; nothing if the state allows it."""
    reasons = {
        ISSUED: f"Der Bescheid ist erlassen und kann nicht mehr {act}.",
        REPLACED: f"Dieser Entwurf ist durch einen neueren ersetzt und kann nicht mehr {act}.",
        APPROVED: "Der Bescheid ist schon freigegeben." if act == "freigegeben werden" else "",
        DRAFT: "Der Bescheid ist noch nicht freigegeben." if act == "erlassen werden" else "",
    }
    return reasons[row.state]
