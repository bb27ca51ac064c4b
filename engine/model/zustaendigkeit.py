"""Zustaendigkeit: who is competent for what. The registry's rules, and which of them holds for an application.

    a Stelle                      belongs to one municipality; an application that names it goes there
    a Leistung at a place         belongs to one municipality, and there to a Stelle if one is said

An application that names a known Stelle goes to it. Else its Leistungen and its place decide, the most specific place first:
Gemeinde, Gemeindeverband (Amt), Kreis, Regierungsbezirk, Land. Where two municipalities would be meant, none is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base.db import Tx
from engine.base.errors import Cause, Invalid
from engine.model.zentrale import ZUSTAENDIGKEIT as T

LEIKA = re.compile(r"[0-9]{14}", re.ASCII)
# How many digits a place has: Land 2, Regierungsbezirk 3, Kreis 5, Gemeinde 8 (AGS); Gemeindeverband 9 (ARS).
PLACES = {2: "Land", 3: "Regierungsbezirk", 5: "Kreis", 8: "Gemeinde", 9: "Gemeindeverband"}
LONGEST_STELLE = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """What one row of the registry says."""

    id: str
    slug: str
    stelle: str | None
    leika: str | None
    ags: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Competent:
    """The municipality an application belongs to, and the number of the Stelle there if it is not the one it names itself."""

    slug: str
    unit: str | None = None


def levels(place: str, lowest: int = 2) -> Iterator[str]:
    """The places a place lies in, the most specific first; none with fewer digits than `lowest`."""
    wider = []
    if len(place) == 12:
        wider = [place[:5] + place[9:], place[:9]]
    elif len(place) in PLACES:
        wider = [place]
    yield from wider
    for digits in (5, 3, 2):
        if lowest <= digits < len(wider[-1] if wider else ""):
            yield place[:digits]


def find(tx: Tx, stelle: str, leika_ids: Sequence[str], places: Sequence[str]) -> Competent | None:
    """Who is competent: by the Stelle, else by Leistung and place; None if nobody is known to be, or more than one."""
    slug = tx.scalar(sa.select(T.c.slug).where(T.c.stelle == stelle))
    if slug is not None:
        return Competent(slug)
    if not leika_ids or not places:
        return None
    found: dict[str, list[Any]] = {}
    for row in tx.all(sa.select(T).where(T.c.leika.in_(leika_ids), T.c.ags.in_(places))):
        found.setdefault(row.ags, []).append(row)
    rows = next((found[place] for place in places if place in found), [])
    slugs, units = {row.slug for row in rows}, {row.unit for row in rows}
    if len(slugs) != 1:
        return None
    return Competent(slugs.pop(), units.pop() if len(units) == 1 else None)


def at_places(tx: Tx, slug: str) -> list[tuple[str, str, str | None]]:
    """For which Leistungen, at which places, and there for which Stelle a municipality is competent."""
    rules = sa.select(T.c.leika, T.c.ags, T.c.unit).where(T.c.slug == slug, T.c.leika.is_not(None))
    return [(row.leika, row.ags, row.unit) for row in tx.all(rules.order_by(T.c.leika, T.c.ags))]


def checked(stelle: str, leika: str, ags: str, unit: str) -> dict[str, str | None]:
    """A rule in normal form: either a Stelle, or a Leistung with a place and perhaps the Stelle in the municipality.

    Raises:
        Invalid: with a cause for every field that is wrong.
    """
    stelle, unit = " ".join(stelle.split()), " ".join(unit.split())
    leika, ags = "".join(leika.split()), "".join(ags.split())
    if len(ags) == 12:
        ags = ags[:5] + ags[9:]
    causes = []
    if bool(stelle) == bool(leika or ags):
        hint = "Zum Beispiel Stelle 100001, oder LeiKa 99093003001000 mit AGS 01054056."
        causes.append(Cause("Nennen Sie entweder eine Stelle, oder Leistung und Ort.", hint, "/stelle"))
    for field, text in (("stelle", stelle), ("einheit", unit)):
        if len(text) > LONGEST_STELLE or not text.isprintable():
            causes.append(Cause("Die Kennung der Stelle ist zu lang.", f"Höchstens {LONGEST_STELLE} Zeichen.", f"/{field}"))
    if (leika or ags) and not LEIKA.fullmatch(leika):
        causes.append(Cause("Das ist kein LeiKa-Schlüssel.", "Er hat genau 14 Ziffern.", "/leika"))
    if (leika or ags) and not (ags.isascii() and ags.isdigit() and len(ags) in PLACES and 1 <= int(ags[:2]) <= 16):
        hint = "Gemeinde 8 Ziffern (oder 12 als Regionalschlüssel), Amt 9, Kreis 5, Land 2; am Anfang 01 bis 16."
        causes.append(Cause("Das ist kein Gemeindeschlüssel.", hint, "/ags"))
    if stelle and unit:
        causes.append(Cause("Eine Stelle wird in der Kommune nicht umbenannt.", "Lassen Sie das Feld leer.", "/einheit"))
    if causes:
        raise Invalid("Die Zuständigkeit wurde nicht eingetragen.", causes)
    return {"stelle": stelle or None, "leika": leika or None, "ags": ags or None, "unit": unit or None}


def of_row(row: Any) -> Rule:
    """A row as a value."""
    return Rule(row.id, row.slug, row.stelle, row.leika, row.ags, row.unit)
