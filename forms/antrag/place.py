"""The place an application is about, as a number: a Gemeinde by its AGS (8 digits) or its ARS (12 digits).

It is read where the form system says it, in this order; free text is never guessed at:

    control.ags, control.ars     members of ours that other readers ignore; also a Kreis (5 digits) or a Land (2)
    an answer of the form        of one of the names below, 8 or 12 digits; several that differ name no place

Numbers: Amtlicher Gemeindeschlüssel and Amtlicher Regionalschlüssel of the Statistische Bundesamt; the first two digits are the
Land.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forms.antrag.antrag import Feld

NAMES = frozenset(
    {"ags", "ars", "gemeindeschluessel", "gemeindeschlüssel", "regionalschluessel", "regionalschlüssel"}
    | {"amtlicher_gemeindeschluessel", "amtlichergemeindeschluessel", "amtlicher_regionalschluessel"}
    | {"amtlicherregionalschluessel"}
)
_LAND = "(?:0[1-9]|1[0-6])"
_KEY = re.compile(_LAND + r"(?:\d|\d{3}|\d{6}|\d{7}|\d{10})?", re.ASCII)
_GEMEINDE = re.compile(_LAND + r"(?:\d{6}|\d{10})", re.ASCII)


def regional_key(text: object, *, gemeinde: bool = False) -> str:
    """The digits of an AGS or ARS, which may be written with blanks; "" for anything else, with `gemeinde` also for a Kreis."""
    digits = "".join(text.split()) if isinstance(text, str) else ""
    return digits if (_GEMEINDE if gemeinde else _KEY).fullmatch(digits) else ""


def ags_of(key: str) -> str:
    """The AGS of a Gemeinde's ARS; an ARS has the number of the Gemeindeverband in between. Another key stays as it is."""
    return key[:5] + key[9:] if len(key) == 12 else key


def place_of(control: Mapping[str, Any], felder: tuple[Feld, ...]) -> str:
    """The place an application is about; "" if it says none, or more than one."""
    for member in ("ags", "ars"):
        key = regional_key(control.get(member))
        if key:
            return key
    found = sorted(set(_answers(felder)), key=len)
    return found[-1] if len({ags_of(key) for key in found}) == 1 else ""


def _answers(felder: tuple[Feld, ...]) -> Iterator[str]:
    for feld in felder:
        key = regional_key(feld.value, gemeinde=True) if feld.name.casefold() in NAMES else ""
        if key:
            yield key
        yield from _answers(feld.items)
