"""From a form-js schema to a Form, with every finding on the way.

Schema versions up to 19 (form-js 1.18) are known; a newer one is read as far as we know it, with a warning. Findings point
into the schema (JSON pointer) and name the component by its id or key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

from engine.base.errors import Cause, Invalid, Problem
from engine.feel import FeelSyntaxError
from forms import strict_json
from forms.aufgabe.expression import compile_text, is_expression
from forms.aufgabe.form import Field, Form, Repeat, Switch
from forms.aufgabe.parts import NO_DATA, Parts, is_group
from forms.aufgabe.properties import Properties
from forms.characters import cleaned

NEWEST_VERSION = 19
MAX_BYTES = 2 * 1024 * 1024
MAX_COMPONENTS = 2000
MAX_DEPTH = 24
MAX_FINDINGS = 100
MAX_REPETITIONS = 100
SUBJECT = "Das Formular"
REFUSED = "Das Formular hat Fehler und kann nicht verwendet werden."
_PATH = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*")
_PATH_HINT = "Erlaubt sind Buchstaben ohne Umlaute, Ziffern, Unterstrich und der Punkt zwischen Teilen."


def parse_form(schema: bytes | Mapping[str, Any]) -> Form:
    """Read a form-js schema into a form that can check answers.

    Raises:
        Invalid: the schema has errors; the causes are those of `check_form`.
    """
    form, causes = _read(schema)
    if form is None or any(cause.severity == "error" for cause in causes):
        raise Invalid(REFUSED, causes)
    return form


def check_form(schema: bytes | Mapping[str, Any]) -> list[Cause]:
    """Every finding in a form-js schema: what is wrong, where, and how to mend it. Empty if there is none."""
    return _read(schema)[1]


def _read(schema: bytes | Mapping[str, Any]) -> tuple[Form | None, list[Cause]]:
    if isinstance(schema, bytes):
        if len(schema) > MAX_BYTES:
            return None, [Cause(f"{SUBJECT} ist größer als {MAX_BYTES // 1024 // 1024} MB.", pointer="")]
        try:
            schema = strict_json.loads(schema, subject=SUBJECT, depth=4 * MAX_DEPTH)
        except Problem as problem:
            return None, list(problem.causes) or [Cause(problem.sentence, pointer="")]
    if not isinstance(schema, Mapping):
        return None, [Cause(f"{SUBJECT} ist kein JSON-Objekt.", hint="Ein form-js-Schema hochladen.", pointer="")]
    reading = _Reading()
    return reading.form(schema), reading.causes[:MAX_FINDINGS]


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a list of components stands: the path and conditions of the groups around it, the names taken there."""

    prefix: tuple[str, ...] = ()
    hides: tuple[Switch, ...] = ()
    names: dict[str, Any] = member(default_factory=dict)
    depth: int = 1


class _Reading:
    """One pass over one schema."""

    def __init__(self) -> None:
        self.causes: list[Cause] = []
        self.ids: set[str] = set()
        self.components = 0

    def form(self, schema: Mapping[str, Any]) -> Form:
        here = Properties(schema, "", "", self.causes)
        if schema.get("type") != "default":
            here.error(
                "type", "Das ist kein form-js-Formular: type ist nicht „default“.", "Das Schema aus dem Editor verwenden."
            )
        version = here.whole("schemaVersion")
        if version is not None and version > NEWEST_VERSION:
            message = f"Die Schemaversion {version} ist neuer als die letzte bekannte ({NEWEST_VERSION})."
            here.warning("schemaVersion", message, "Neue Eigenschaften werden nicht beachtet.")
        names: dict[str, Any] = {}
        if not isinstance(schema.get("components"), list):
            here.error("components", "Das Formular hat keine Liste components.", "Die Felder gehören in die Liste components.")
        fields = self.fields(schema.get("components"), "/components", _Around(names=names))
        return Form(here.text("id"), tuple(fields), names)

    def fields(self, given: Any, place: str, around: _Around) -> list[Field]:
        """The fields of a list of components, those of groups among them."""
        if not isinstance(given, list):
            return []
        if around.depth > MAX_DEPTH:
            self.causes.append(Cause(f"Gruppen sind tiefer als {MAX_DEPTH} Ebenen verschachtelt.", pointer=place))
            return []
        found: list[Field] = []
        for index, component in enumerate(given):
            self.components += 1
            if self.components > MAX_COMPONENTS:
                self.causes.append(Cause(f"Das Formular hat mehr als {MAX_COMPONENTS} Komponenten.", pointer=place))
                break
            if len(self.causes) >= MAX_FINDINGS:
                break
            if isinstance(component, Mapping):
                here = Properties(component, f"{place}/{index}", _element(component), self.causes)
                found.extend(self.component(here, around))
            else:
                self.causes.append(Cause("Die Komponente ist kein Objekt.", pointer=f"{place}/{index}"))
        return found

    def component(self, here: Properties, around: _Around) -> list[Field]:
        self.claim_id(here)
        kind = here.text("type")
        if not isinstance(here.get("type") or "", str):
            return []
        hides = around.hides + self.hide(here)
        if kind in NO_DATA:
            _check_shown(here)
            return []
        if is_group(here, kind):
            path = around.prefix + self.path(here, "path", needed=False)
            inside = _Around(path, hides, around.names, around.depth + 1)
            return self.fields(here.get("components"), here.place + "/components", inside)
        if kind == "dynamiclist":
            return self.repeat(here, around, hides)
        reader = Parts.READERS.get(kind)
        if reader is None:
            here.error("type", f"Die Komponente „{kind[:80]}“ ist nicht bekannt.", f"Bekannt sind {Parts.known()}.")
            return []
        path, parts = self.path(here, "key", needed=True), Parts(here)
        rules = reader(parts)
        if not path or rules is None:
            return []
        self.claim(here, "key", around.prefix + path, around.names)
        locks, required, default = parts.common()
        field = Field(kind, around.prefix + path, _label(here, path), rules, hides, locks, required, default)
        parts.check_default(field)
        return [field]

    def repeat(self, here: Properties, around: _Around, hides: tuple[Switch, ...]) -> list[Field]:
        """A repeating list: a level of its own."""
        path = self.path(here, "path", needed=True)
        names: dict[str, Any] = {}
        inside = _Around(names=names, depth=around.depth + 1)
        fields = self.fields(here.get("components"), here.place + "/components", inside)
        count = here.whole("defaultRepetitions", 1, most=MAX_REPETITIONS)
        rules = Repeat(tuple(fields), names, here.flag("allowAddRemove", True), 1 if count is None else count)
        if not path:
            return []
        self.claim(here, "path", around.prefix + path, around.names)
        return [Field("dynamiclist", around.prefix + path, _label(here, path), rules, hides)]

    def hide(self, here: Properties) -> tuple[Switch, ...]:
        """When the component is hidden. Text that is no expression has no effect in form-js, so it has none here."""
        conditional = here.part("conditional")
        hide = conditional.get("hide")
        if isinstance(hide, bool):
            return (True,) if hide else ()
        if is_expression(hide):
            expression = conditional.expression("hide")
            return (expression,) if expression is not None else ()
        if hide not in (None, ""):
            conditional.warning("hide", "Die Bedingung hat keine Wirkung.", "Eine FEEL-Bedingung beginnt mit =.")
        return ()

    def path(self, here: Properties, name: str, *, needed: bool) -> tuple[str, ...]:
        given = here.text(name)
        if _PATH.fullmatch(given):
            return tuple(given.split("."))
        if given:
            here.error(name, f"„{given[:80]}“ ist kein gültiger Name.", _PATH_HINT)
        elif needed and here.get(name) in (None, ""):
            here.error(name, f"Der Komponente fehlt {name}.", "Ohne diesen Namen kann die Antwort nicht gespeichert werden.")
        return ()

    def claim_id(self, here: Properties) -> None:
        identifier = here.text("id")
        if identifier and identifier in self.ids:
            here.error("id", f"Die Id „{identifier[:80]}“ gibt es zweimal.", "Jeder Komponente eine eigene Id geben.")
        self.ids.add(identifier)

    def claim(self, here: Properties, name: str, path: tuple[str, ...], names: dict[str, Any]) -> None:
        """Take a place in the data; two fields cannot have one place, nor one lie inside the other."""
        level: Any = names
        for step in path[:-1]:
            level = level.setdefault(step, {})
            if level is None:
                break
        if level is None or path[-1] in level:
            here.error(name, f"„{'.'.join(path)}“ gehört schon einem anderen Feld.", "Jedem Feld einen eigenen Namen geben.")
        else:
            level[path[-1]] = None


def _element(component: Mapping[str, Any]) -> str:
    names = (component.get(name) for name in ("id", "key", "path"))
    return cleaned(next((name for name in names if isinstance(name, str) and name), ""))[:200]


def _label(here: Properties, path: tuple[str, ...]) -> str:
    """What people call the field; a label that is computed in the browser is replaced by the key."""
    for name in ("label", "dateLabel", "timeLabel"):
        label = here.text(name).strip()
        if label and not is_expression(label) and "{{" not in label:
            return cleaned(label)[:200]
    return ".".join(path)


_SHOWN = ("text", "content", "source", "url", "dataSource", "columnsExpression", "label", "alt")


def _check_shown(here: Properties) -> None:
    """Expressions that are only shown cannot spoil an answer: a warning."""
    for name in _SHOWN:
        value = here.get(name)
        if is_expression(value):
            try:
                compile_text(value)
            except FeelSyntaxError as error:
                here.warning(name, f"Der Ausdruck ist kein FEEL: {error.sentence}", "Im Formular bleibt die Stelle leer.")
