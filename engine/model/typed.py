"""Typed: single values as people read and write them in a form, and back, exactly.

    text      a text                          betrag    whole cents, written as Euro: 35,00
    zahl      a number: 1.234,5               dauer     a duration: 14 Tage, 1 Jahr 6 Monate (ISO 8601 is read too)
    ganzzahl  a whole number                  tag       a day
    ja_nein   true or false                   liste     several texts, numbers or days, one a line
    land      a Land of Germany               auswahl   one of a few texts

A comma is a comma and a point groups thousands; what could be meant otherwise is refused, never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel import YearsMonths
from engine.feel.errors import NoValue
from engine.feel.values.durations import duration_text, parse_duration
from engine.law import LAENDER

KINDS = ("text", "zahl", "ganzzahl", "betrag", "dauer", "ja_nein", "tag", "land", "auswahl", "liste")
LONGEST_TEXT, LONGEST_NUMBER, LONGEST_LIST = 1000, 30, 200
DAYS_OF_A_MONTH = 30  # only to hold a duration of months against a bound in days

_NUMBER = re.compile(r"(-?)(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
_PART = re.compile(r"(\d{1,6})\s*(jahre?n?|monate?n?|wochen?|tage?n?|stunden?|minuten?)", re.ASCII)
_UNITS = (("Y", "Jahr", "Jahre"), ("M", "Monat", "Monate"), ("D", "Tag", "Tage"), ("H", "Stunde", "Stunden"),
          ("TM", "Minute", "Minuten"), ("S", "Sekunde", "Sekunden"))  # fmt: skip


class Wrong(ValueError):
    """A text that is no value of its kind; the sentence says what is expected."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value must keep to. For texts and lists the least and most count characters and entries."""

    least: Any = None
    most: Any = None
    choices: tuple[str, ...] = ()
    items: str = "text"
    """The kind of the entries of a list."""
    whole_days: bool = False
    """A duration has no hours."""


ANY = Bounds()


# --- value → text --------------------------------------------------------------------------------------------------


def show(kind: str, value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return ""
    if kind == "liste":
        return "\n".join(show(kind_of(item) or "text", item) for item in value)
    return _SHOW.get(kind, str)(value)


def _number(value: Any) -> str:
    whole, _, fraction = format(Decimal(value), "f").partition(".")
    grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ".", whole)
    return f"{grouped},{fraction}" if fraction else grouped


def _euro(value: Any) -> str:
    return _number((Decimal(value) / 100).quantize(Decimal("0.01")))


def _duration(value: Any) -> str:
    """A duration in words: 14 Tage, 1 Jahr 6 Monate."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, YearsMonths) else duration_text(value)
    date, _, time = text.removeprefix("-").removeprefix("P").partition("T")
    counted = {unit: count for count, unit in re.findall(r"([\d.]+)([YMD])", date)}
    counted |= {"TM" if unit == "M" else unit: count for count, unit in re.findall(r"([\d.]+)([HMS])", time)}
    words = [f"{counted[sign]} {one if counted[sign] == '1' else many}" for sign, one, many in _UNITS if sign in counted]
    return ("minus " if text.startswith("-") else "") + " ".join(words)


def _day(value: dt.date) -> str:
    return f"{value:%d.%m.}{value.year:04d}"


_SHOW: Mapping[str, Callable[[Any], str]] = {
    "zahl": _number, "ganzzahl": _number, "betrag": _euro, "dauer": _duration, "tag": _day,
    "ja_nein": lambda value: "ja" if value else "nein",
}  # fmt: skip


def kind_of(value: Any) -> str | None:
    """The kind that a value shows by itself; None for what cannot be written in one field."""
    if isinstance(value, bool):
        return "ja_nein"
    if isinstance(value, int | Decimal):
        return "zahl"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return "tag"
    if isinstance(value, dt.timedelta | YearsMonths):
        return "dauer"
    simple = isinstance(value, list) and {kind_of(item) for item in value} <= {"text", "zahl", "tag"}
    return "liste" if simple and len({kind_of(item) for item in value}) <= 1 else None


def is_duration(text: Any) -> bool:
    """Whether a text is a duration as ISO 8601 writes it."""
    if not isinstance(text, str) or not text.startswith("P"):
        return False
    try:
        return parse_duration(text) is not None
    except NoValue:
        return False


# --- text → value --------------------------------------------------------------------------------------------------


def read(kind: str, text: str, bounds: Bounds = ANY) -> Any:
    """The value that a text stands for.

    Raises:
        Wrong: it is none of its kind, or out of bounds.
    """
    text = text.replace("\r\n", "\n").strip()
    if kind == "liste":
        lines = [line for line in (line.strip() for line in text.split("\n")) if line]
        value: Any = [_READ[bounds.items](line, ANY) for line in lines]
    else:
        value = _READ[kind](text, bounds)
    check(kind, value, bounds)
    return value


def _read_text(text: str, bounds: Bounds) -> str:
    return text


def _read_number(text: str, bounds: Bounds = ANY) -> Decimal:
    found = _NUMBER.fullmatch(text.replace(" ", "").replace("\u00a0", "").replace("\u2212", "-"))
    if found is None or len(text) > LONGEST_NUMBER:
        raise Wrong("Hier wird eine Zahl erwartet, zum Beispiel 12 oder 1.234,5.")
    sign, whole, fraction = found.groups()
    return Decimal(f"{sign}{whole.replace('.', '')}{'.' + fraction if fraction else ''}")


def _read_whole(text: str, bounds: Bounds = ANY) -> Decimal:
    value = _read_number(text)
    if value != value.to_integral_value():
        raise Wrong("Hier wird eine ganze Zahl erwartet.")
    return value.quantize(Decimal(1))


def _read_euro(text: str, bounds: Bounds = ANY) -> Decimal:
    bare = re.sub(r"\s*(?:€|Euro|EUR)$", "", text)
    try:
        cents = _read_number(bare) * 100
    except Wrong:
        raise Wrong("Hier wird ein Betrag in Euro erwartet, zum Beispiel 35,00.") from None
    if cents != cents.to_integral_value():
        raise Wrong("Ein Betrag hat höchstens zwei Stellen nach dem Komma.")
    return cents.quantize(Decimal(1))


def _read_duration(text: str, bounds: Bounds = ANY) -> str:
    """A duration as ISO 8601 writes it, out of words or of itself."""
    if not is_duration(text.upper()):
        text = _iso(text)
    text = text.upper()
    try:
        parse_duration(text)
    except NoValue:
        raise Wrong("Bitte entweder Jahre und Monate angeben oder Tage, Stunden und Minuten, nicht gemischt.") from None
    return text


def _iso(text: str) -> str:
    rest = text.casefold().replace(" und ", " ").replace(",", " ")
    parts = _PART.findall(rest)
    if not parts or _PART.sub("", rest).strip():
        raise Wrong("Hier wird eine Dauer erwartet, zum Beispiel 14 Tage, 3 Monate oder 1 Jahr.")
    counted: dict[str, int] = {}
    for count, word in parts:
        sign, factor = next((sign, factor) for start, sign, factor in _STARTS if word.startswith(start))
        if sign in counted:
            raise Wrong("Jede Einheit darf nur einmal vorkommen.")
        counted[sign] = int(count) * factor
    date = "".join(f"{counted[sign]}{sign}" for sign in "YMD" if sign in counted)
    time = "".join(f"{counted[sign]}{sign[1]}" for sign in ("TH", "TM") if sign in counted)
    return f"P{date}" + (f"T{time}" if time else "")


_STARTS = (("jahr", "Y", 1), ("monat", "M", 1), ("woche", "D", 7), ("tag", "D", 1), ("stunde", "TH", 1), ("minute", "TM", 1))


def _read_truth(text: str, bounds: Bounds = ANY) -> bool:
    if text not in ("ja", "nein"):
        raise Wrong("Bitte ja oder nein wählen.")
    return text == "ja"


def _read_day(text: str, bounds: Bounds = ANY) -> dt.date:
    found = _DAY.fullmatch(text)
    try:
        return dt.date(int(found[3]), int(found[2]), int(found[1])) if found else dt.date.fromisoformat(text)
    except ValueError:
        raise Wrong("Hier wird ein Tag erwartet, zum Beispiel 02.03.2026.") from None


_READ: Mapping[str, Callable[[str, Bounds], Any]] = {
    "text": _read_text, "zahl": _read_number, "ganzzahl": _read_whole, "betrag": _read_euro, "dauer": _read_duration,
    "ja_nein": _read_truth, "tag": _read_day, "land": _read_text, "auswahl": _read_text,
}  # fmt: skip


# --- bounds --------------------------------------------------------------------------------------------------------


def check(kind: str, value: Any, bounds: Bounds = ANY) -> None:
    """Hold a value against its kind and bounds.

    Raises:
        Wrong: it does not keep to them.
    """
    if not _IS[kind](value):
        raise Wrong(f"Der Wert ist von anderer Art, als hier erwartet wird ({kind}).")
    if kind in ("land", "auswahl"):
        choices = LAENDER if kind == "land" else bounds.choices
        if value not in choices:
            raise Wrong(f"Erlaubt ist nur: {', '.join(choices)}.")
    elif kind == "text":
        _length(len(value), bounds, 1, LONGEST_TEXT, "Zeichen")
    elif kind == "liste":
        if any(len(item) > LONGEST_TEXT for item in value if isinstance(item, str)):
            raise Wrong(f"Ein Eintrag ist zu lang, höchstens {LONGEST_TEXT} Zeichen.")
        _length(len(value), bounds, 0, LONGEST_LIST, "Einträge")
    elif kind == "dauer" and bounds.whole_days and "T" in value:
        raise Wrong("Bitte in ganzen Tagen, Wochen, Monaten oder Jahren angeben.")
    elif kind != "ja_nein":
        _range(kind, value, bounds)


def _length(count: int, bounds: Bounds, least: int, most: int, of: str) -> None:
    least, most = least if bounds.least is None else int(bounds.least), most if bounds.most is None else int(bounds.most)
    if count < least:
        raise Wrong("Diese Angabe fehlt." if count == 0 else f"Das ist zu wenig: mindestens {least} {of}.")
    if count > most:
        raise Wrong(f"Das ist zu viel: höchstens {most} {of}.")


def _range(kind: str, value: Any, bounds: Bounds) -> None:
    least = bounds.least
    if least is None and kind in ("betrag", "dauer"):
        least = 0 if kind == "betrag" else "P0D"
    if least is not None and _size(value) < _size(least):
        raise Wrong(f"Das ist zu wenig: mindestens {show(kind, least) or 0}.")
    if bounds.most is not None and _size(value) > _size(bounds.most):
        raise Wrong(f"Das ist zu viel: höchstens {show(kind, bounds.most)}.")


def _size(value: Any) -> Any:
    """What of a value is compared: of a duration its microseconds, a month counting 30 days."""
    made = parse_duration(value) if isinstance(value, str) else value
    if isinstance(made, YearsMonths):
        made = dt.timedelta(days=made.total * DAYS_OF_A_MONTH)
    return made


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()


def _is_whole(value: Any) -> bool:
    return _is_number(value) and Decimal(value) == Decimal(value).to_integral_value()


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_IS: Mapping[str, Callable[[Any], bool]] = {
    "text": _is_text, "zahl": _is_number, "ganzzahl": _is_whole, "betrag": _is_whole, "land": _is_text, "auswahl": _is_text,
    "dauer": lambda value: is_duration(value) or (isinstance(value, str) and value.startswith("-P") and is_duration(value[1:])),
    "ja_nein": lambda value: isinstance(value, bool), "tag": lambda value: kind_of(value) == "tag",
    "liste": lambda value: kind_of(value) == "liste",
}  # fmt: skip


def fits(kind: str, value: Any, bounds: Bounds = ANY) -> bool:
    """Whether a value is of a kind and within its bounds."""
    try:
        check(kind, value, bounds)
    except Wrong:
        return False
    return True


def items_of(value: Sequence[Any]) -> str:
    """The kind of a list's entries."""
    return (kind_of(value[0]) if value else None) or "text"
