"""Contexts: read, set and join entries, without ever changing the context that was given."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.types import described

_GROUP = "Kontexte"


@builtin(
    "get value(m: context, key: string): Any",
    "Der Wert eines Eintrags.",
    ('get value({art: "Eiche"}, "art")', '"Eiche"'),
    ('get value({art: "Eiche"}, "alter")', "null"),
    group=_GROUP,
)
def get_value(m: dict[str, Any], key: str) -> Any:
    if key not in m:
        raise NoValue(f"Einen Eintrag „{key[:40]}“ gibt es nicht.")
    return m[key]


@builtin(
    "get entries(m: context): list",
    "Die Einträge als Liste von Kontexten mit key und value.",
    ("get entries({a: 1})", '[{key: "a", value: 1}]'),
    group=_GROUP,
    needs_run=True,
)
def get_entries(run: Run, m: dict[str, Any]) -> list[dict[str, Any]]:
    run.charge(len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin(
    "context(entries: list): context",
    "Ein Kontext aus einer Liste von Einträgen mit key und value.",
    ('context([{key: "a", value: 1}])', "{a: 1}"),
    ('context([{key: "a", value: 1}, {key: "a", value: 2}])', "null"),
    group=_GROUP,
)
def context(entries: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "key" not in entry or "value" not in entry:
            raise NoValue("Jeder Eintrag braucht key und value.")
        key = entry["key"]
        if not isinstance(key, str) or key in made:
            raise NoValue("Jeder key ist ein Text und kommt nur einmal vor.")
        made[key] = entry["value"]
    return made


@builtin(
    "context put(context: context, key: string, value: Any): context",
    "Der Kontext mit einem neuen oder anderen Eintrag.",
    ('context put({x: 1}, "y", 2)', "{x: 1, y: 2}"),
    group=_GROUP,
    needs_run=True,
)
def context_put(run: Run, context_: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    run.charge(len(context_) // 4 + 1)
    return {**context_, key: value}


@builtin(
    "context put(context: context, keys: list<string>, value: Any): context",
    "Der Kontext mit einem neuen oder anderen Eintrag weiter innen.",
    ('context put({x: 1, y: {a: 0}}, ["y", "a"], 2)', "{x: 1, y: {a: 2}}"),
    group=_GROUP,
    needs_run=True,
)
def context_put_inside(run: Run, context_: dict[str, Any], keys: list[str], value: Any) -> dict[str, Any]:
    if not keys:
        raise NoValue("Die Liste der Schlüssel ist leer.")
    layers = [context_]
    for key in keys[:-1]:
        inner = layers[-1].get(key)
        if not isinstance(inner, dict):
            raise NoValue(f"Der Eintrag „{key[:40]}“ muss ein Kontext sein, ist aber {described(inner)}.")
        layers.append(inner)
    for layer, key in zip(reversed(layers), reversed(keys), strict=True):
        value = context_put(run, layer, key, value)
    made: dict[str, Any] = value
    return made


@builtin(
    "context merge(contexts: list): context",
    "Mehrere Kontexte in einem; bei gleichem Namen gilt der letzte.",
    ("context merge([{x: 1, y: 0}, {y: 2}])", "{x: 1, y: 2}"),
    group=_GROUP,
    needs_run=True,
)
def context_merge(run: Run, contexts: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for item in contexts:
        if not isinstance(item, dict):
            raise NoValue(f"Verbinden lassen sich nur Kontexte, da ist aber {described(item)}.")
        run.charge(len(item) // 4 + 1)
        made.update(item)
    return made
