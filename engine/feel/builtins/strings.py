"""Texts: parts, search, replacement, upper and lower case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import NoValue
from engine.feel.run import Run
from engine.feel.values.numbers import whole
from engine.feel.values.types import described

_GROUP = "Text"
_MATCH_STEPS, _REPEAT_STEPS = 6, 200


@builtin(
    "substring(string: string, start position: number, length?: number): string",
    "Ein Teil eines Textes ab einer Stelle, gezählt von 1, oder mit negativer Zahl vom Ende.",
    ('substring("Baumfällung", 5)', '"fällung"'),
    ('substring("Baumfällung", 1, 4)', '"Baum"'),
    ('substring("Baumfällung", -3, 2)', '"un"'),
    ('substring("Baum", 0)', "null"),
    group=_GROUP,
    needs_run=True,
)
def substring(run: Run, string: str, start_position: Decimal, length: Decimal | None = None) -> str:
    start = whole(start_position.to_integral_value("ROUND_DOWN"), "Die Stelle")
    if start == 0 or abs(start) > len(string):
        raise NoValue(f"Eine Stelle {start} gibt es in diesem Text nicht.")
    begin = start - 1 if start > 0 else len(string) + start
    if length is None:
        return run.text(string[begin:])
    count = whole(length.to_integral_value("ROUND_DOWN"), "Die Länge")
    if count < 1:
        raise NoValue("Die Länge muss mindestens 1 sein.")
    return run.text(string[begin : begin + count])


@builtin(
    "string length(string: string): number",
    "Die Zahl der Zeichen.",
    ('string length("Straße")', "6"),
    group=_GROUP,
)
def string_length(string: str) -> Decimal:
    return Decimal(len(string))


@builtin(
    "upper case(string: string): string",
    "Der Text in Großbuchstaben.",
    ('upper case("aBc4")', '"ABC4"'),
    group=_GROUP,
    needs_run=True,
)
def upper_case(run: Run, string: str) -> str:
    return run.text(string.upper())


@builtin(
    "lower case(string: string): string",
    "Der Text in Kleinbuchstaben.",
    ('lower case("aBc4")', '"abc4"'),
    group=_GROUP,
    needs_run=True,
)
def lower_case(run: Run, string: str) -> str:
    return run.text(string.lower())


@builtin(
    "substring before(string: string, match: string): string",
    "Der Teil vor dem ersten Vorkommen; kommt es nicht vor, ein leerer Text.",
    ('substring before("Az 12/2026", "/")', '"Az 12"'),
    ('substring before("Az", "/")', '""'),
    group=_GROUP,
    needs_run=True,
)
def substring_before(run: Run, string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return run.text(before) if found else ""


@builtin(
    "substring after(string: string, match: string): string",
    "Der Teil nach dem ersten Vorkommen; kommt es nicht vor, ein leerer Text.",
    ('substring after("Az 12/2026", "/")', '"2026"'),
    ('substring after("Az", "")', '"Az"'),
    group=_GROUP,
    needs_run=True,
)
def substring_after(run: Run, string: str, match: str) -> str:
    return run.text(string.partition(match)[2]) if match else string


@builtin(
    "contains(string: string, match: string): boolean",
    "Ob der Text den anderen enthält.",
    ('contains("Stieleiche", "eiche")', "true"),
    group=_GROUP,
)
def contains(string: str, match: str) -> bool:
    return match in string


@builtin(
    "starts with(string: string, match: string): boolean",
    "Ob der Text mit dem anderen beginnt.",
    ('starts with("Stieleiche", "Stiel")', "true"),
    group=_GROUP,
)
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin(
    "ends with(string: string, match: string): boolean",
    "Ob der Text mit dem anderen endet.",
    ('ends with("Stieleiche", "eiche")', "true"),
    group=_GROUP,
)
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@builtin(
    "matches(input: string, pattern: string, flags?: string): boolean",
    "Ob ein Muster im Text vorkommt. Schalter: i ohne Groß und klein, s Punkt auch am Zeilenende, m zeilenweise, x lose.",
    ('matches("25813", "^[0-9]{5}$")', "true"),
    ('matches("Husum", "^h", "i")', "true"),
    group=_GROUP,
    needs_run=True,
)
def matches(run: Run, input_: str, pattern: str, flags: str | None = None) -> bool:
    return _expression(run, pattern, flags, input_).search(input_) is not None


def _expression(run: Run, pattern: str, flags: str | None, text: str) -> Any:
    """A pattern ready to run, paid for: to read it, and to look through the text."""
    from engine.feel.builtins import xpath  # loads RE2, which most expressions do not need

    run.charge(len(pattern) + _REPEAT_STEPS * pattern.count("{"))
    expression = xpath.compiled(pattern, flags or "")
    run.charge(xpath.search_steps(expression, text))
    return expression


@builtin(
    "replace(input: string, pattern: string, replacement: string, flags?: string): string",
    "Ersetzt jedes Vorkommen eines Musters; $1 steht für die erste Gruppe.",
    ('replace("2026-03-01", "(\\\\d+)-(\\\\d+)-(\\\\d+)", "$3.$2.$1")', '"01.03.2026"'),
    ('replace("abc", "b*?", "x")', "null"),
    group=_GROUP,
    needs_run=True,
)
def replace(run: Run, input_: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    expression = _expression(run, pattern, flags, input_)
    if expression.search("") is not None:
        raise NoValue("Das Muster passt auch auf einen leeren Text.")
    from engine.feel.builtins.xpath import replacement as parts_of

    parts = parts_of(replacement, expression.groups)
    out: list[str] = []
    at, source = 0, input_.encode()
    for found in expression.finditer(source):
        inner = [part if isinstance(part, str) else (found.group(part) or b"").decode() for part in parts]
        run.charge(_MATCH_STEPS)
        out.append(run.text(source[at : found.start()].decode() + "".join(inner)))
        at = found.end()
    return run.text("".join(out) + source[at:].decode())


@builtin(
    "split(string: string, delimiter: string): list<string>",
    "Teilt den Text bei jedem Vorkommen eines Musters.",
    ('split("a;b;;c", ";")', '["a", "b", "", "c"]'),
    ('split("Muster, Erika", ",\\\\s*")', '["Muster", "Erika"]'),
    group=_GROUP,
    needs_run=True,
)
def split(run: Run, string: str, delimiter: str) -> list[str]:
    expression = _expression(run, delimiter, None, string)
    if expression.search("") is not None:
        raise NoValue("Das Muster passt auch auf einen leeren Text.")
    parts = []
    at, source = 0, string.encode()
    for found in expression.finditer(source):
        run.charge(_MATCH_STEPS)
        parts.append(run.text(source[at : found.start()].decode()))
        at = found.end()
    return [*parts, run.text(source[at:].decode())]


@builtin(
    "string join(list: list, delimiter?: string): string",
    "Verbindet die Texte einer Liste; null wird ausgelassen.",
    ('string join(["a", null, "c"], ", ")', '"a, c"'),
    ('string join(["a", "b"])', '"ab"'),
    group=_GROUP,
    needs_run=True,
)
def string_join(run: Run, values: list[Any], delimiter: str | None = None) -> str:
    texts = [value for value in values if value is not None]
    for value in texts:
        if not isinstance(value, str):
            raise NoValue(f"Verbinden lassen sich nur Texte, da ist aber {described(value)}.")
    run.charge(sum(map(len, texts)) // 16)
    return run.text((delimiter or "").join(texts))
