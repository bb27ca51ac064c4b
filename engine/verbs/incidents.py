"""Incidents: tried again with values that a person has corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.base.errors import Cause, Conflict, Invalid
from engine.base.rights import Konto, verb
from engine.bpmn.codec import NotStorable, encode
from engine.bpmn.scopes import assign_path
from engine.feel import FeelSyntaxError
from engine.feel.expression import evaluate_with_warnings
from engine.model.typed import Bounds, Wrong, read
from engine.reads.incidents import EXPRESSION, Correctable, StuckCase, get_stuck, variables_of
from engine.verbs.operate import try_again

KINDS = ("text", "zahl", "tag", "ja_nein", EXPRESSION)
"""What a value may become that has none yet, or is a text."""
MAX_EXPRESSION = 50_000


@dataclass(frozen=True, slots=True)
class Typed:
    """A value as it was typed, and its kind where that was chosen."""

    text: str
    kind: str = ""


@verb(right="stoerung.beheben", tag="incident:berichtigt")
def correct_incident(incident_id: str, typed: Mapping[str, Typed], seen: str, *, by: Konto) -> bool:
    """Correct values of a case and try the element again; who corrects values cannot approve in this case. False: stuck again.

    `typed` are values by their path; those that read as before are left alone. `seen` names the values that were looked at.

    Raises:
        Conflict: it is no longer open, or the values have changed meanwhile.
        Invalid: a value is none of its kind; causes point at paths.
    """
    case = get_stuck(incident_id)
    if not case.open:
        raise Conflict("Die Störung ist schon behoben.")
    if case.state != seen:
        raise Conflict("Die Werte dieses Vorgangs haben sich inzwischen geändert. Bitte sehen Sie sie noch einmal an.")
    return try_again(incident_id, _corrected(case, typed), by=by)


def _corrected(case: StuckCase, typed: Mapping[str, Typed]) -> dict[str, Any]:
    """The variables with what was typed into them."""
    causes, values = list[Cause](), dict[str, Any]()
    for each in case.values:
        given = typed.get(each.path)
        if given is None or (_same(given.text, each.text) and _kind(each, given) in (each.kind, each.kind or "text")):
            continue
        try:
            values[each.path] = _value(each, given)
        except Wrong as wrong:
            causes.append(Cause(str(wrong), pointer=f"/{each.path}"))
    if causes:
        raise Invalid("Es wurde noch nichts versucht.", causes)
    known, made = variables_of(case) if values else {}, dict[str, Any]()
    for path, value in values.items():
        name = path.partition(".")[0]
        made[name] = assign_path(path, value, made.get(name, known.get(name)))
    return made


def _same(typed: str, shown: str) -> bool:
    """Whether a field was left as it is; browsers end lines in their own way."""
    return typed.replace("\r\n", "\n").strip() == shown.replace("\r\n", "\n").strip()


def _kind(each: Correctable, given: Typed) -> str:
    """What a value becomes: of its own kind, or of that which was chosen for one without a kind, or for a text."""
    return given.kind if each.kind in ("", "text") and given.kind in KINDS else each.kind or "text"


def _value(each: Correctable, given: Typed) -> Any:
    kind = _kind(each, given)
    if kind == EXPRESSION:
        return _evaluated(given.text)
    # Whatever stood there before came from a citizen or a process: only the kind is checked here, forms know more.
    return read(kind, given.text, Bounds(least=0, most=100_000) if kind == "text" else Bounds())


def _evaluated(text: str) -> Any:
    """The value of an expression that needs nothing from outside; JSON is one too."""
    if len(text) > MAX_EXPRESSION:
        raise Wrong(f"Das ist zu lang, höchstens {MAX_EXPRESSION} Zeichen.")
    try:
        found = evaluate_with_warnings(text, {})
        encode(found.value)
    except FeelSyntaxError as error:
        raise Wrong(f"Das ist nicht lesbar: {error.sentence}") from error
    except NotStorable as cause:
        raise Wrong("Das ist kein Wert, der sich speichern lässt.") from cause
    if found.warnings or (found.value is None and text.strip() != "null"):
        raise Wrong("Das hat keinen Wert: " + "; ".join(found.warnings[:3]) if found.warnings else "Das hat keinen Wert.")
    return found.value
