"""Commands that evaluate: a FEEL expression, a decision of a DMN file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from web.cli.german import Befehl
from web.cli.show import json_of, json_option, say


def _context(context: click.Context, parameter: click.Parameter, text: str | None) -> dict[str, Any]:
    """Read --context; what is no JSON object is wrong usage."""
    from engine.base.errors import Problem
    from engine.feel import from_json

    try:
        value = from_json(text or "{}")
    except Problem as problem:
        raise click.BadParameter(problem.sentence, context, parameter) from problem
    if not isinstance(value, dict):
        raise click.BadParameter('erwartet wird ein JSON-Objekt, zum Beispiel {"alter": 30}', context, parameter)
    return value


def _with_law() -> None:
    """Make the functions of the law known, as in a diagram."""
    import engine.law  # noqa: F401  # importing registers them


CONTEXT = click.option(
    "--context", "values", metavar="JSON", callback=_context, help="Werte, auf die der Ausdruck sich bezieht."
)


@click.command(cls=Befehl)
@click.argument("expression", metavar="AUSDRUCK")
@CONTEXT
@click.option(
    "--unary", metavar="WERT", help="AUSDRUCK als Prüfung einer Tabellenzelle auf diesen Wert (JSON oder FEEL) anwenden."
)
@json_option
def feel(expression: str, values: dict[str, Any], unary: str | None, as_json: bool) -> None:
    """Einen FEEL-Ausdruck auswerten."""
    from engine.feel import evaluate_with_warnings, unary_with_warnings

    _with_law()
    if unary is None:
        result = evaluate_with_warnings(expression, values)
    else:
        result = unary_with_warnings(expression, _input(unary, values), values)
    _print(result.value, result.warnings, (), as_json)


def _input(text: str, values: dict[str, Any]) -> Any:
    """The tested value: JSON, and what is no JSON is FEEL, so that a date can be given."""
    from engine.base.errors import Problem
    from engine.feel import evaluate, from_json

    try:
        return from_json(text)
    except Problem:
        return evaluate(text, values)


@click.command(cls=Befehl)
@click.argument("file", metavar="DATEI.dmn", type=click.Path(path_type=Path))
@click.argument("decision", metavar="ENTSCHEIDUNG")
@CONTEXT
@json_option
def decide(file: Path, decision: str, values: dict[str, Any], as_json: bool) -> None:
    """Eine Entscheidung einer DMN-Datei auswerten; nennt auch die Regeln, die zutrafen."""
    from engine.base.errors import Invalid
    from engine.feel import decide_explained

    _with_law()
    try:
        content = file.read_bytes()
    except OSError as cause:
        raise Invalid(f"Die Datei „{file.name}“ ist nicht lesbar.") from cause
    result = decide_explained(content, decision, values)
    _print(result.value, result.warnings, result.rules, as_json)


def _print(value: Any, warnings: Sequence[str], rules: Sequence[Any], as_json: bool) -> None:
    fired = [_rule(rule) for rule in rules]
    if as_json:
        say(json_of({"value": value, "warnings": list(warnings), "rules": fired}))
        return
    from engine.feel import json_text

    say(json_text(value))
    for rule in fired:
        taken, given = (", ".join(f"{name} = {json_text(part)}" for name, part in rule[key]) for key in ("inputs", "outputs"))
        named = f" ({rule['rule']})" if rule["rule"] else ""
        click.echo(f"Regel {rule['number']}{named} in „{rule['decision']}“: {taken or '-'} → {given}", err=True)
    for warning in warnings:
        click.secho(f"Warnung: {warning}", fg="yellow", err=True)


def _rule(rule: Any) -> dict[str, Any]:
    """A rule that fired, as plain values."""
    from dataclasses import asdict

    return asdict(rule)
