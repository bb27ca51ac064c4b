"""The rules of each kind of component, read from its properties."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import re2

from forms import numbers
from forms.aufgabe.expression import Expression
from forms.aufgabe.form import (
    Amount,
    Choice,
    Computed,
    Documents,
    Field,
    Moment,
    Number,
    Rules,
    Switch,
    Text,
    Tick,
)
from forms.aufgabe.properties import Properties
from forms.aufgabe.values import Misfit, Option, as_sent, read

NO_DATA = frozenset({"text", "html", "image", "separator", "spacer", "button", "iframe", "table", "documentPreview"})
MAX_PATTERN = 1000
MAX_OPTIONS = 5000
LONGEST = {"textfield": 10_000, "textarea": 100_000}
_PATTERN_HINT = "Nicht möglich sind Vorausschau (?=…), Rückschau (?<=…) und Rückverweise \\1."
_VALUES_KEY = re.compile(r"\S{1,200}")


def is_group(here: Properties, kind: str) -> bool:
    """Whether the component only gathers others; a list that does not repeat is a group as well."""
    return kind == "group" or (kind == "dynamiclist" and not here.flag("isRepeating", True))


class Parts:
    """One component being read."""

    def __init__(self, here: Properties) -> None:
        self.here = here
        self.validate = here.part("validate")

    @staticmethod
    def known() -> str:
        """The names of all components, for a hint."""
        return ", ".join(sorted([*Parts.READERS, *NO_DATA, "group", "dynamiclist"]))

    def common(self) -> tuple[tuple[Switch, ...], bool, Any]:
        """What every field has: when it is locked, whether it is required, its default."""
        locks = self.here.switch("disabled") + self.here.switch("readonly")
        default = self.here.get("defaultValue")
        return locks, self.validate.flag("required"), default

    def check_default(self, field: Field) -> None:
        """A default that can never be accepted is a finding now, not a surprise later."""
        if field.default in (None, "", []) or isinstance(field.rules, Computed):
            return
        if isinstance(field.rules, Choice) and field.rules.fixed is None:
            return
        try:
            read(field, field.default, _NoSight())
        except Misfit as misfit:
            self.here.error("defaultValue", f"Der Vorgabewert passt nicht: {misfit.message}", misfit.hint)

    def textfield(self) -> Text:
        kind = self.here.text("type")
        least, most = self.validate.amount("minLength"), self.validate.amount("maxLength")
        self._order("minLength", least, most)
        asked = self.validate.text("validationType")
        if asked not in {"", "custom", "email", "phone"}:
            self.validate.error(
                "validationType", f"Die Prüfung „{asked[:80]}“ ist nicht bekannt.", "Bekannt sind email und phone."
            )
        return Text(
            longest=LONGEST[kind],
            min_length=least,
            max_length=most,
            pattern=self._pattern(),
            pattern_message=self.validate.text("patternErrorMessage"),
            format="email" if asked == "email" else "phone" if asked == "phone" else "",
        )

    def number(self) -> Number:
        least, most = self.validate.amount("min"), self.validate.amount("max")
        self._order("min", least, most)
        step = self.here.number("increment")
        if step is not None and step <= 0:
            self.here.error("increment", "Die Schrittweite muss größer als 0 sein.")
            step = None
        return Number(
            least=least,
            most=most,
            step=step,
            digits=self.here.whole("decimalDigits", most=100),
            as_text=self.here.flag("serializeToString"),
        )

    def tick(self) -> Tick:
        return Tick()

    def choice(self) -> Choice | None:
        many = self.here.text("type") in {"checklist", "taglist"}
        named = [name for name in ("valuesKey", "values", "valuesExpression") if self.here.get(name) not in (None, "")]
        if not named:
            self.here.error("values", "Es gibt nichts auszuwählen.", "values, valuesKey oder valuesExpression angeben.")
            return None
        if len(named) > 1:
            self.here.warning(named[1], f"{' und '.join(named[1:])} gilt nicht, weil es {named[0]} gibt.")
        if named[0] == "values":
            return Choice(many, fixed=self._options())
        if named[0] == "valuesExpression":
            expression = self.here.expression("valuesExpression")
            return None if expression is None else Choice(many, expression=expression)
        key = self.here.text("valuesKey")
        if not _VALUES_KEY.fullmatch(key):
            self.here.error("valuesKey", "valuesKey ist kein Name einer Variablen.", "Leerzeichen sind nicht erlaubt.")
            return None
        return Choice(many, key=key)

    def moment(self) -> Moment | None:
        subtype = self.here.text("subtype") or "date"
        not_past = self.here.flag("disallowPassedDates")
        form = self.here.text("timeSerializingFormat")
        if form not in {"", "utc_offset", "utc_normalized", "no_timezone"}:
            self.here.error("timeSerializingFormat", f"Das Zeitformat „{form[:80]}“ ist nicht bekannt.")
        if subtype == "date":
            return Moment("date", not_past, self._until_today())
        if subtype == "time":
            return Moment("time")
        if subtype == "datetime":
            return Moment("datetime", not_past, self._until_today())
        self.here.error("subtype", f"„{subtype[:80]}“ ist nicht bekannt.", "Bekannt sind date, time und datetime.")
        return None

    def _until_today(self) -> bool:
        """form-js knows only days that must not have passed; the other way round is a property of ours."""
        own = self.here.part("properties")
        latest = own.text("spaetestens")
        if latest not in {"", "heute"}:
            own.error("spaetestens", f"„{latest[:80]}“ ist nicht bekannt.", "Bekannt ist heute.")
        return latest == "heute"

    def documents(self) -> Documents:
        many = self.here.switch("multiple")
        return Documents(many[0] if many else False)

    def computed(self) -> Computed | None:
        when = self.here.text("computeOn")
        if when not in {"", "change", "presubmit"}:
            self.here.error("computeOn", f"„{when[:80]}“ ist nicht bekannt.", "Bekannt sind change und presubmit.")
        expression = self.here.expression("expression")
        return None if expression is None else Computed(expression)

    READERS: ClassVar[Mapping[str, Callable[[Parts], Rules | None]]] = {
        "textfield": textfield,
        "textarea": textfield,
        "number": number,
        "checkbox": tick,
        "radio": choice,
        "select": choice,
        "checklist": choice,
        "taglist": choice,
        "datetime": moment,
        "filepicker": documents,
        "expression": computed,
    }

    def _order(self, name: str, least: Amount | None, most: Amount | None) -> None:
        if isinstance(least, Decimal) and isinstance(most, Decimal) and least > most:
            message = f"Die Untergrenze {numbers.german(least)} ist größer als die Obergrenze {numbers.german(most)}."
            self.validate.error(name, message, "So passt keine Antwort.")

    def _pattern(self) -> Any:
        """The pattern for RE2, which is linear in time; unanchored, as JavaScript tests it."""
        given = self.validate.text("pattern")
        if not given:
            return None
        if len(given) > MAX_PATTERN:
            self.validate.error("pattern", f"Das Muster ist länger als {MAX_PATTERN} Zeichen.")
            return None
        options = re2.Options()
        options.log_errors = False
        try:
            return re2.compile(for_re2(given), options)
        except (re2.error, UnicodeEncodeError):
            self.validate.error("pattern", f"Das Muster „{given[:80]}“ ist kein gültiger Ausdruck.", _PATTERN_HINT)
            return None

    def _options(self) -> tuple[Any, ...]:
        given = self.here.get("values")
        if not isinstance(given, list) or len(given) > MAX_OPTIONS:
            self.here.error("values", f"values ist keine Liste von höchstens {MAX_OPTIONS} Angaben.")
            return ()
        found: list[Any] = []
        for index, entry in enumerate(given):
            value = option_value(entry)
            if value is None:
                self.here.error(f"values/{index}", "Die Angabe hat keinen Wert.", "Jede Angabe braucht label und value.")
            elif isinstance(value, str) and value in found:
                self.here.warning(f"values/{index}", f"Die Angabe „{value[:80]}“ steht zweimal.")
            else:
                found.append(value)
        return tuple(found)


def option_value(entry: Any) -> Any:
    """The value of an option: of an object its `value`, else the plain value itself; None if it is no option."""
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    if isinstance(entry, list) or value in (None, ""):
        return None
    return value


def for_re2(pattern: str) -> str:
    r"""A JavaScript pattern in RE2's writing: `\u00e4` is `\x{00e4}` there."""
    return re.sub(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|(.))", _escape, pattern, flags=re.DOTALL)


def _escape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return f"\\x{{{code}}}" if code else match[0]


class _NoSight:
    """Nothing to look at: what depends on answers is left open."""

    today = dt.date.min

    def holds(self, switch: Switch) -> bool:
        return True

    def amount(self, amount: Amount | None) -> Decimal | None:
        return None if isinstance(amount, Expression) else amount

    def options(self, choice: Choice) -> list[Option]:
        return [Option(as_sent(value), value) for value in choice.fixed or ()]
