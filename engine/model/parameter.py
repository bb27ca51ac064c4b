"""Parameter: what a bundle leaves to the municipality, and what the municipality has made of it.

    bundle.toml     [parameter]          the values the bundle comes with
                    [[parameter_feld]]   how they are called, explained and bounded; without it names and values speak
    setting         parameter.<leistung> the municipality's own values, by dotted path

A Vorgang starts with the bundle's values and the municipality's own over them; what is changed later does not reach it. A
value of its own that a newer version does not know, or takes for another kind, is not used.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.base.db import Tx
from engine.bpmn.codec import decode, encode
from engine.model import einstellung
from engine.model.typed import ANY, KINDS, Bounds, Wrong, check, fits, is_duration, items_of, kind_of

if TYPE_CHECKING:
    from engine.model.bundle import Bundle

SETTING = "parameter."
FIXED = "fest"
"""The kind of a parameter that only the bundle changes: other parts of it depend on the value."""
KEYS = frozenset({"name", "titel", "hilfe", "art", "min", "max", "werte", "einheit"})
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_TAKEN = "csrf_token"  # a field of this name would be the page's own
# What kind a bound of a field must be of; of texts and lists it is a number of signs or entries.
_BOUND = {
    "zahl": "zahl", "ganzzahl": "zahl", "betrag": "ganzzahl", "dauer": "dauer", "tag": "tag", "text": "ganzzahl",
    "liste": "ganzzahl",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as it stands in a form. `given` is the bundle's value; None: the bundle gives none, and none is needed."""

    path: str
    title: str
    kind: str
    given: Any
    help: str = ""
    unit: str = ""
    bounds: Bounds = ANY


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that stand in one table of the bundle."""

    title: str
    help: str = ""
    fields: tuple[Field, ...] = ()
    fixed: tuple[str, ...] = ()
    """Names of values that only the bundle can change."""


Declared = Mapping[str, Mapping[str, Any]]


# --- fields --------------------------------------------------------------------------------------------------------


def groups_of(parameters: Mapping[str, Any], declared: Declared) -> tuple[Group, ...]:
    """The parameters of a bundle as a form has them, one group for each table."""
    return tuple(group for group in _groups(parameters, declared, "") if group.fields or group.fixed)


def fields_of(parameters: Mapping[str, Any], declared: Declared) -> dict[str, Field]:
    """The parameters of a bundle that a municipality can set, by path."""
    return {each.path: each for group in groups_of(parameters, declared) for each in group.fields}


def _groups(values: Mapping[str, Any], declared: Declared, above: str) -> Iterator[Group]:
    here = {f"{above}{name}": value for name, value in values.items()}
    absent = {path: None for path in declared if _parent(path) == above and path not in here and "art" in declared[path]}
    fields, fixed = [], []
    for path, value in (here | absent).items():
        if isinstance(value, dict):
            continue
        made = _field(path, value, declared.get(path, {})) if _NAME.fullmatch(path) and path != _TAKEN else None
        if made is None:
            fixed.append(_title(path, declared))
        else:
            fields.append(made)
    name = above.removesuffix(".")
    yield Group(_title(name, declared) if name else "", declared.get(name, {}).get("hilfe", ""), tuple(fields), tuple(fixed))
    for path, value in here.items():
        if isinstance(value, dict):
            yield from _groups(value, declared, f"{path}.")


def _parent(path: str) -> str:
    before, dot, _ = path.rpartition(".")
    return before + dot


def _title(path: str, declared: Declared) -> str:
    """What a parameter is called: as declared, else its name with spaces."""
    name = path.rpartition(".")[2].removesuffix("_cent").replace("_", " ")
    title: str = declared.get(path, {}).get("titel", name[:1].upper() + name[1:])
    return title


def _field(path: str, value: Any, said: Mapping[str, Any]) -> Field | None:
    """A parameter as a field; None where its value has no kind that fits one field."""
    kind: str | None = said.get("art") or kind_by_itself(path, value)
    if kind is None or kind == FIXED:
        return None
    bounds = Bounds(
        said.get("min"),
        said.get("max"),
        tuple(said.get("werte", ())),
        items=items_of(value or ()) if kind == "liste" else "text",
        whole_days=kind == "dauer" and "T" not in str(value or ""),
    )
    return Field(path, _title(path, {path: said}), kind, value, said.get("hilfe", ""), said.get("einheit", ""), bounds)


def kind_by_itself(path: str, value: Any) -> str | None:
    """The kind that name and value of a parameter show."""
    if path == "land":
        return "land"
    kind = kind_of(value)
    if kind == "zahl" and path.endswith("_cent"):
        return "betrag"
    return "dauer" if kind == "text" and is_duration(value) else kind


# --- as the bundle declares them -----------------------------------------------------------------------------------


Fault = tuple[str, str, str]  # the parameter, what is wrong, how to mend it


def declared_in(manifest: Mapping[str, Any]) -> tuple[dict[str, Mapping[str, Any]], list[Fault]]:
    """What [[parameter_feld]] says, by path, and what is wrong with it."""
    entries, wrong = manifest.get("parameter_feld", []), list[Fault]()
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return {}, [("", "„parameter_feld“ ist keine Liste von Tabellen", "[[parameter_feld]] schreiben")]
    parameters, found = manifest.get("parameter", {}), dict[str, Mapping[str, Any]]()
    for entry in entries:
        name = entry.get("name")
        if not isinstance(name, str) or _NAME.fullmatch(name) is None or name in found:
            said = str(name)
            wrong.append((said, f"[[parameter_feld]] hat keinen eigenen Namen: „{said[:80]}“", 'name = "frist.rueckfrage"'))
            continue
        faults = list(_faults(name, entry, _at(parameters, name)))
        wrong += [(name, f"[[parameter_feld]] „{name}“: {message}", hint) for message, hint in faults]
        if not faults:
            found[name] = entry
    return found, wrong


def _faults(name: str, entry: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:
    for key in sorted(entry.keys() - KEYS):
        yield f"„{key}“ gibt es nicht", f"eines von {', '.join(sorted(KEYS))}"
    for key in ("titel", "hilfe", "einheit"):
        if not isinstance(entry.get(key, ""), str):
            yield f"„{key}“ ist kein Text", f'{key} = "…"'
            return
    if isinstance(value, dict):
        return  # the name and help of a whole table
    kind = entry.get("art", kind_by_itself(name, value))
    if kind == FIXED and value is not None:
        return
    if kind not in KINDS:
        said = "den Parameter gibt es nicht" if value is None else "die Art ist nicht zu erkennen"
        yield said if "art" not in entry else f"die Art „{kind}“ gibt es nicht", f"art = eine von {', '.join((*KINDS, FIXED))}"
        return
    choices = entry.get("werte", [])
    if (
        (kind == "auswahl") != bool(choices)
        or not isinstance(choices, list)
        or not all(isinstance(one, str) for one in choices)
    ):
        yield "„werte“ gehört zur Art „auswahl“ und nennt Texte", 'werte = ["…", "…"]'
        return
    for key in ("min", "max"):
        if key in entry and (kind not in _BOUND or not fits(_BOUND[kind], entry[key])):
            yield f"„{key}“ passt nicht zur Art „{kind}“", "einen Wert derselben Art angeben; bei Texten und Listen die Länge"
            return
    if value is not None:
        try:
            check(kind, value, Bounds(entry.get("min"), entry.get("max"), tuple(choices)))
        except Wrong as problem:
            yield f"der Wert im Paket passt nicht: {problem}", "Wert oder Feld berichtigen"


def _at(parameters: Any, path: str) -> Any:
    for part in path.split("."):
        parameters = parameters.get(part) if isinstance(parameters, dict) else None
    return parameters


# --- as the municipality sets them ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Own:
    """The municipality's own values: those that count, and those that the current version does not take."""

    used: Mapping[str, Any] = field(default_factory=dict)
    unused: Mapping[str, Any] = field(default_factory=dict)


def own(tx: Tx, leistung: str, fields: Mapping[str, Field]) -> Own:
    """What the municipality has set for a Leistung."""
    kept = einstellung.read(tx, SETTING + leistung)
    values: dict[str, Any] = decode(json.dumps(kept).encode()) if kept else {}
    used = {path: value for path, value in values.items() if path in fields and _taken(fields[path], value)}
    return Own(used, {path: value for path, value in values.items() if path not in used})


def keep(tx: Tx, leistung: str, values: Mapping[str, Any]) -> None:
    """Keep the municipality's own values of a Leistung."""
    einstellung.write(tx, SETTING + leistung, json.loads(encode(dict(values))))


def _taken(each: Field, value: Any) -> bool:
    return fits(each.kind, value, each.bounds)


def over(parameters: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The bundle's values with the municipality's own over them."""
    made = dict(parameters)
    for path, value in own.items():
        place = made
        *tables, name = path.split(".")
        for table in tables:
            inner = place.get(table)
            place[table] = place = dict(inner) if isinstance(inner, dict) else {}
        place[name] = value
    return made


def replaced(bundle: Bundle, own: Mapping[str, Any]) -> Bundle:
    """A version with other values over its own."""
    return dataclasses.replace(bundle, parameters=over(bundle.parameters, own)) if own else bundle


def with_own(tx: Tx, bundle: Bundle) -> Bundle:
    """A version as new cases start it: with the municipality's own parameters."""
    return replaced(bundle, own(tx, bundle.leistung, fields_of(bundle.parameters, bundle.declared)).used)
