"""One answer against the rules of its field: what comes back is a value of the right type, or a sentence.

Texts stay as typed (not trimmed), numbers are exact `Decimal`, days `date`, times `time`, instants aware `datetime` (a time
without an offset is German local time).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import re2

from forms import numbers
from forms.aufgabe import texts
from forms.aufgabe.form import Amount, Choice, Documents, Field, Moment, Number, Switch, Text, Tick
from forms.characters import has_unwanted

ZONE = ZoneInfo("Europe/Berlin")
MAX_CHOICES = 1000
MAX_REFERENCE = 200
FIRST_YEAR, LAST_YEAR = 1583, 9998  # as far as periods are calculated
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


@cache
def _email() -> Any:
    """What an e-mail address looks like; made when it is first asked for, because that takes longer than many a command."""
    return re2.compile(
        r"^[^\s@<>\"(),:;\\\[\]]+@[\pL\pN](?:[\pL\pN-]{0,61}[\pL\pN])?(?:\.[\pL\pN](?:[\pL\pN-]{0,61}[\pL\pN])?)+$"
    )


_PHONE = re2.compile(r"^(?:\+|00)[1-9][0-9]{5,14}$")


class Misfit(Exception):
    """An answer that does not fit its field: the sentence, and how to mend it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: as the browser sends it, and what it is worth to the diagram."""

    sent: Any
    value: Any


class Sight(Protocol):
    """What a rule may look at beside the answer: the other answers through FEEL, the variables, the day."""

    @property
    def today(self) -> dt.date: ...

    def holds(self, switch: Switch) -> bool: ...

    def amount(self, amount: Amount | None) -> Decimal | None: ...

    def options(self, choice: Choice) -> list[Option]: ...


def empty_value(field: Field) -> Any:
    """What an unanswered field is worth to the diagram."""
    match field.rules:
        case Text():
            return ""
        case Tick():
            return False
        case Choice(many=True) | Documents():
            return []
    return None


def is_empty(field: Field, value: Any) -> bool:
    """Whether an answer says nothing. Where one is required, white space and an empty box say nothing, too."""
    if field.required and isinstance(field.rules, Text) and isinstance(value, str):
        return not value.strip()
    if field.required and isinstance(field.rules, Tick) and value is False:
        return True
    return value is None or value in ("", [])


def required(field: Field) -> str:
    """The sentence for a field that must not stay empty."""
    match field.rules:
        case Tick():
            text = texts.REQUIRED_TICK
        case Choice():
            text = texts.REQUIRED_CHOICE
        case _:
            text = texts.REQUIRED
    return text.format(label=field.label)


def read(field: Field, value: Any, sight: Sight) -> Any:
    """The answer of a field as a value for the diagram.

    Raises:
        Misfit: it breaks a rule of the field.
    """
    reader: Callable[[Any, Any, str, Sight], Any] = _READERS[type(field.rules)]
    return reader(field.rules, value, field.label, sight)


def _text(rules: Text, value: Any, label: str, sight: Sight) -> str:
    if not isinstance(value, str):
        raise Misfit(texts.NO_TEXT.format(label=label))
    if has_unwanted(value):
        raise Misfit(texts.CONTROL.format(label=label), texts.CONTROL_HINT)
    if len(value) > rules.longest:
        raise Misfit(texts.TOO_LONG.format(label=label, length=numbers.german(Decimal(rules.longest))))
    length = len(value.strip())
    least, most = sight.amount(rules.min_length), sight.amount(rules.max_length)
    if least is not None and length < least:
        raise Misfit(texts.TOO_SHORT.format(label=label, length=numbers.german(least)))
    if most is not None and length > most:
        raise Misfit(texts.TOO_LONG.format(label=label, length=numbers.german(most)))
    if rules.pattern is not None and not rules.pattern.search(value):
        raise Misfit(rules.pattern_message or texts.PATTERN.format(label=label))
    if rules.format == "email" and (len(value) > 320 or not _email().search(value)):
        raise Misfit(texts.EMAIL.format(label=label), texts.EMAIL_HINT)
    if rules.format == "phone" and not _PHONE.search(re.sub(r"\(0\)|[ /().-]", "", value)):
        raise Misfit(texts.PHONE.format(label=label), texts.PHONE_HINT)
    return value


def _number(rules: Number, value: Any, label: str, sight: Sight) -> Decimal | str:
    try:
        number = numbers.from_value(value)
    except ValueError as error:
        raise Misfit(texts.NO_NUMBER.format(label=label), texts.NO_NUMBER_HINT) from error
    if rules.digits is not None and numbers.decimals(number) > rules.digits:
        text = {0: texts.WHOLE, 1: texts.DIGITS_ONE}.get(rules.digits, texts.DIGITS)
        raise Misfit(text.format(label=label, digits=rules.digits))
    if rules.step is not None and not numbers.is_multiple(number, rules.step):
        raise Misfit(texts.STEP.format(label=label, step=numbers.german(rules.step)))
    least, most = sight.amount(rules.least), sight.amount(rules.most)
    if least is not None and number < least:
        raise Misfit(texts.LEAST.format(label=label, least=numbers.german(least)))
    if most is not None and number > most:
        raise Misfit(texts.MOST.format(label=label, most=numbers.german(most)))
    return numbers.plain(number) if rules.as_text else number


def _tick(rules: Tick, value: Any, label: str, sight: Sight) -> bool:
    if not isinstance(value, bool):
        raise Misfit(texts.NO_TICK.format(label=label))
    return value


def _choice(rules: Choice, value: Any, label: str, sight: Sight) -> Any:
    options = sight.options(rules)
    if not options:
        raise Misfit(texts.NO_OPTIONS.format(label=label))
    if not rules.many:
        return _chosen(value, options, label).value
    if not isinstance(value, list) or len(value) > MAX_CHOICES:
        raise Misfit(texts.NO_CHOICES.format(label=label))
    chosen: list[Option] = []
    for each in value:
        option = _chosen(each, options, label)
        if all(option is not before for before in chosen):
            chosen.append(option)
    return [option.value for option in chosen]


def _chosen(value: Any, options: list[Option], label: str) -> Option:
    """The option itself, not what was sent: a day in the options stays a day."""
    sent = as_sent(value)
    for option in options:
        if same(option.sent, sent):
            return option
    raise Misfit(texts.NO_OPTION.format(label=label))


def _moment(rules: Moment, value: Any, label: str, sight: Sight) -> dt.date | dt.time | dt.datetime:
    if rules.subtype == "time":
        return _time_of_day(value, label)
    found = _day(value, label) if rules.subtype == "date" else _instant(value, label)
    day = found.astimezone(ZONE).date() if isinstance(found, dt.datetime) else found
    if rules.not_past and day < sight.today:
        raise Misfit(texts.PAST.format(label=label))
    if rules.not_future and day > sight.today:
        raise Misfit(texts.FUTURE.format(label=label))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Misfit(texts.NO_YEAR.format(label=label, first=FIRST_YEAR, last=LAST_YEAR))
    return found


def _day(value: Any, label: str) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise Misfit(texts.NO_DAY.format(label=label), texts.NO_DAY_HINT)


def _time_of_day(value: Any, label: str) -> dt.time:
    if isinstance(value, dt.time):
        return value
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            return dt.time.fromisoformat(value)
    except ValueError:
        pass
    raise Misfit(texts.NO_TIME.format(label=label), texts.NO_TIME_HINT)


def _instant(value: Any, label: str) -> dt.datetime:
    found = value if isinstance(value, dt.datetime) else None
    if isinstance(value, str) and len(value) > 11 and value[10] == "T":
        try:
            time = _time_of_day(value[11:], label)
            found = dt.datetime.combine(_day(value[:10], label), time)
        except Misfit:
            found = None
    if found is None or not 1 < found.year < 9999:
        raise Misfit(texts.NO_INSTANT.format(label=label), texts.NO_INSTANT_HINT)
    if found.tzinfo is not None:
        return found
    local = found.replace(tzinfo=ZONE)
    if local.astimezone(dt.UTC).astimezone(ZONE).replace(tzinfo=None) != found:
        raise Misfit(texts.NO_SUCH_HOUR.format(label=label))
    return local


def _documents(rules: Documents, value: Any, label: str, sight: Sight) -> list[str]:
    given = value if isinstance(value, list) else [value]
    found: list[str] = []
    for each in given:
        reference = each.get("id") if isinstance(each, dict) else each
        if not isinstance(reference, str) or not 0 < len(reference) <= MAX_REFERENCE or has_unwanted(reference):
            raise Misfit(texts.NO_DOCUMENTS.format(label=label))
        if reference not in found:
            found.append(reference)
        if len(found) > MAX_CHOICES:
            raise Misfit(texts.NO_DOCUMENTS.format(label=label))
    if len(found) > 1 and not sight.holds(rules.many):
        raise Misfit(texts.ONE_DOCUMENT.format(label=label))
    return found


_READERS: dict[type, Callable[[Any, Any, str, Sight], Any]] = {
    Text: _text,
    Number: _number,
    Tick: _tick,
    Choice: _choice,
    Moment: _moment,
    Documents: _documents,
}


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of one kind: true is not 1, 1 is not "1"."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)


def as_sent(value: Any, depth: int = 0) -> Any:
    """A value as the browser sees and sends it: numbers exact, days and times as ISO texts."""
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return numbers.from_value(value)
        except ValueError:
            return None
    if isinstance(value, dict | list | tuple):
        if depth >= 100:
            return None
        if isinstance(value, dict):
            return {key: as_sent(inner, depth + 1) for key, inner in value.items()}
        return [as_sent(inner, depth + 1) for inner in value]
    return value
