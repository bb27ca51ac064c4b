"""The kinds of values connectors take and give, with messages in German.

Numbers may come as Decimal and days as dates, because that is what FEEL gives; both also come as plain JSON from tests
and tools.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from httpx import URL, InvalidURL
from marshmallow import RAISE, Schema, fields, validate


def words(**more: str) -> dict[str, Any]:
    """What a kind of value says when it is missing or not one."""
    return {"required": "Die Angabe fehlt.", "null": "Die Angabe fehlt.", **more}


FORM = {"unknown": "Diese Angabe ist hier nicht bekannt.", "type": "Hier werden benannte Angaben erwartet."}
TEXT = words(invalid="Hier wird ein Text erwartet.", invalid_utf8="Der Text ist nicht lesbar.")
NUMBER = words(
    invalid="Hier wird eine Zahl erwartet.",
    least="Die Zahl ist zu klein, mindestens {least}.",
    most="Die Zahl ist zu groß, höchstens {most}.",
)
WHOLE = words(invalid="Hier wird eine ganze Zahl erwartet.")
DAY = words(invalid="Hier wird ein Tag erwartet, zum Beispiel 2026-03-02.")
LIST = words(invalid="Hier wird eine Liste erwartet.")
PART = words(type="Hier werden benannte Angaben erwartet.")
ANYTHING = words()
ADDRESS = words(address="Hier wird eine Adresse erwartet, zum Beispiel https://register.example.")
SECRET = words(sign="Das Geheimnis darf nur druckbare ASCII-Zeichen ohne Leerzeichen haben.")


class Form(Schema):
    """A schema that refuses what it does not know and says so in German."""

    error_messages = FORM

    class Meta:
        unknown = RAISE


class Text(fields.String):
    """A text; `longest` and `shortest` count characters, and a text that must not be empty must not be blank either."""

    default_error_messages = TEXT

    def __init__(self, *, longest: int = 255, shortest: int = 0, **kwargs: Any) -> None:
        super().__init__(
            validate=validate.Length(max=longest, error=f"Der Text ist zu lang, höchstens {longest} Zeichen."), **kwargs
        )
        self._shortest = shortest

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if self._shortest and not text.strip():
            raise self.make_error("required")
        if len(text) < self._shortest:
            raise validate.ValidationError(f"Der Text ist zu kurz, mindestens {self._shortest} Zeichen.")
        return text


class Choice(fields.String):
    """One of a few words."""

    default_error_messages = TEXT

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        sentence = "Erlaubt ist nur: " + ", ".join(choices) + "."
        self.choices = choices
        super().__init__(validate=validate.OneOf(choices, error=sentence), **kwargs)


class Number(fields.Field[Decimal]):
    """A number, exact; text is not a number here."""

    default_error_messages = NUMBER

    def __init__(self, *, least: float | None = None, most: float | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            raise self.make_error("invalid")
        try:
            number = Decimal(str(value))
        except (InvalidOperation, ValueError) as cause:  # ValueError: an integer of more digits than Python turns into text
            raise self.make_error("invalid") from cause
        if not number.is_finite():
            raise self.make_error("invalid")
        if self.least is not None and number < Decimal(str(self.least)):
            raise self.make_error("least", least=self.least)
        if self.most is not None and number > Decimal(str(self.most)):
            raise self.make_error("most", most=self.most)
        return number


class Whole(fields.Field[int]):
    """A whole number; 2.0 is one, 2.5 is not and is never rounded in silence."""

    default_error_messages = WHOLE

    def __init__(self, *, least: int | None = None, most: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._number = Number(least=least, most=most)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = self._number.deserialize(value)
        if number != number.to_integral_value():
            raise self.make_error("invalid")
        return int(number)


class Day(fields.Field[dt.date]):
    """A calendar day, as a date or as text like 2026-03-02."""

    default_error_messages = DAY

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> dt.date:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if not isinstance(value, str) or len(value) != 10:
            raise self.make_error("invalid")
        try:
            return dt.date.fromisoformat(value)
        except ValueError as cause:
            raise self.make_error("invalid") from cause


class Many(fields.List[Any]):
    """A list of such values, with so many entries at least and at most."""

    default_error_messages = LIST

    def __init__(self, inner: fields.Field[Any], *, least: int = 0, most: int = 100, **kwargs: Any) -> None:
        sentence = f"Die Liste muss zwischen {least} und {most} Einträge haben."
        super().__init__(inner, validate=validate.Length(min=least, max=most, error=sentence), **kwargs)


class Part(fields.Nested):
    """Named values inside another value."""

    default_error_messages = PART


class Anything(fields.Raw):
    """Whatever the diagram has; the operation looks at it itself."""

    default_error_messages = ANYTHING


class WebAddress(Text):
    """The address of a server: http or https, with a host, without user name, query and fragment."""

    default_error_messages = ADDRESS

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            url = URL(text)
        except InvalidURL as cause:
            raise self.make_error("address") from cause
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
            raise self.make_error("address")
        return text.rstrip("/")


class Secret(Text):
    """A shared secret or token: printable ASCII, because it travels in a header. Never shown in a message."""

    default_error_messages = SECRET

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(shortest=8, longest=500, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not all("!" <= sign <= "~" for sign in text):
            raise self.make_error("sign")
        return text


def named(title: str, help: str = "") -> dict[str, str]:
    """Metadata of a setting: what the Administration reads beside its field."""
    return {"title": title, "help": help}


def findings(errors: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Flatten marshmallow's errors to (place, sentence), places like `baeume[0].art`, in a stable order."""
    if isinstance(errors, Mapping):
        for key, inner in errors.items():
            if key == "_schema":
                yield from findings(inner, place)
            elif isinstance(key, int):
                yield from findings(inner, f"{place}[{key}]")
            else:
                yield from findings(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(errors, list):
        for inner in errors:
            yield from findings(inner, place)
    else:
        yield place, str(errors)


def sentence(errors: Any, at_most: int = 5) -> str:
    """Name the fields that are wrong and why, in one line of text."""
    found = list(findings(errors))
    told = "; ".join(f"„{place[:80]}“: {why}" if place else why for place, why in found[:at_most])
    more = len(found) - at_most
    return told if more <= 0 else f"{told}; und {more} weitere."
