"""The answers of an application, as the process, the list of cases and the reader of the page need them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from forms import numbers
from forms.antrag.antrag import Antrag, Feld, Kind

NOT_GIVEN = "Keine Angabe"
_ENTRY = re.compile(r"(.+)_([1-9][0-9]{0,5})")
_APPLICANT = re.compile(r"antragsteller(?:in|_in|nde|_nde)?|antragstellende_?(?:person|stelle)?", re.IGNORECASE)
_FIRST_NAMES = ("vorname", "vornamen")
_LAST_NAMES = ("nachname", "familienname", "name")
_COMPANIES = ("firma", "firmenname", "firmierung", "unternehmen", "unternehmensname", "organisation", "organisationsname")
_MAX_APPLICANT = 200


@dataclass(frozen=True, slots=True)
class Zeile:
    """One line of the readable application: how deep, what was asked, what was answered (German writing)."""

    level: int
    label: str
    text: str
    kind: Kind


def variables(antrag: Antrag) -> dict[str, Any]:
    """The answers as data for the diagram, under the names the form gave them.

    * A group is a context. A group whose children are all groups named `<stem>_1`, `<stem>_2` … without a gap is a list
      of contexts in that order: `baeume/baum_1, baum_2` → `baeume[1].art`.
    * Several siblings of one name are a list of their values, in the order they came.
    * Numbers are `Decimal`, days `datetime.date`, yes/no `bool`.
    * The exact text „Keine Angabe“ is null: the form systems send it for an empty number or day, too.
    """
    return _context(antrag.felder)


def labels(antrag: Antrag) -> tuple[Zeile, ...]:
    """The application as one reads it: every group and answer with its label, in the order of the form."""
    return tuple(_lines(antrag.felder, 0))


def applicant(antrag: Antrag) -> str:
    """The name of the person or company that applies, as well as one can tell from the names of the fields; else ""."""
    for group in _groups(antrag.felder):
        if _APPLICANT.fullmatch(group.name):
            texts = dict(_texts(group))
            person = " ".join(text for text in (_first(texts, _FIRST_NAMES), _first(texts, _LAST_NAMES)) if text)
            name = person or _first(texts, _COMPANIES)
            if name:
                return name[:_MAX_APPLICANT]
    return ""


def _context(felder: tuple[Feld, ...]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for feld in felder:
        found.setdefault(feld.name, []).append(_value(feld))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _value(feld: Feld) -> Any:
    if feld.kind == "gruppe":
        entries = _entries(feld.items)
        return _context(feld.items) if entries is None else [_context(entry.items) for entry in entries]
    return None if feld.value == NOT_GIVEN else feld.value


def _entries(items: tuple[Feld, ...]) -> list[Feld] | None:
    """The entries of a repeat group in order, or None if this is a group like any other."""
    matches = [_ENTRY.fullmatch(item.name) if item.kind == "gruppe" else None for item in items]
    numbered = {int(match[2]): item for match, item in zip(matches, items, strict=True) if match}
    stems = {match[1] for match in matches if match}
    if not items or len(stems) != 1 or sorted(numbered) != list(range(1, len(items) + 1)):
        return None
    return [numbered[number] for number in sorted(numbered)]


def _lines(felder: tuple[Feld, ...], level: int) -> Iterator[Zeile]:
    for feld in felder:
        yield Zeile(level, feld.label, _german(feld.value), feld.kind)
        yield from _lines(feld.items, level + 1)


def _german(value: str | Decimal | dt.date | bool | None) -> str:
    if isinstance(value, bool):
        return "Ja" if value else "Nein"
    if isinstance(value, Decimal):
        return numbers.german(value)
    if isinstance(value, dt.date):
        return value.strftime("%d.%m.") + f"{value.year:04d}"
    return value or ""


def _groups(felder: tuple[Feld, ...]) -> Iterator[Feld]:
    for feld in felder:
        if feld.kind == "gruppe":
            yield feld
            yield from _groups(feld.items)


def _texts(group: Feld) -> Iterator[tuple[str, str]]:
    """Names and texts in a group; the outermost of a name comes last, so that it wins in a dict."""
    for item in group.items:
        yield from _texts(item)
    for item in group.items:
        if item.kind == "text" and item.value != NOT_GIVEN:
            yield item.name.casefold(), " ".join(str(item.value).split())


def _first(texts: dict[str, str], names: tuple[str, ...]) -> str:
    return next((texts[name] for name in names if texts.get(name)), "")
