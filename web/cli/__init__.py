"""The command line: `amtsweg …`. Exit 0 good, 1 refused with reasons, 2 wrong usage.

    run       demo serve worker tick
    kommunen  kommune add|link|list|show|lock|unlock|upgrade|rewrap|remove, token, verify
    ways_in   kommune netze|passwoerter: when nobody comes in any more
    betrieb   betrieb link|list|lock, zustaendigkeit list|add|remove, poststelle list|assign
    backups   backup restore release-outbox
    design    check deploy scenario
    rules     feel decide
    show      how all of them print: tables for people, --json for machines
    german    what click itself says, in German

Commands import what they need when they are called, so that `amtsweg --help` is quick.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Sequence
from pathlib import Path

import click

from web.cli import backups, betrieb, design, kommunen, rules, run, ways_in  # noqa: F401  the last adds to `kommune`
from web.cli.german import Befehle, Kontext, say_usage_error
from web.cli.show import show_problem


class Amtsweg(Befehle):
    """All commands; says what was refused and why."""

    context_class = Kontext

    def invoke(self, ctx: click.Context) -> object:
        from engine.base.errors import Problem

        try:
            return super().invoke(ctx)
        except Problem as problem:
            show_problem(problem)
            return ctx.exit(1)


def _say_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the version, as pyproject.toml has it."""
    if asked:
        project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        click.echo(f"{project['name']} {project['version']}")
        context.exit()


@click.group(cls=Amtsweg, context_settings={"help_option_names": ["-h", "--help"]})
@click.help_option("-h", "--help", help="Diese Hilfe.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_say_version, help="Die Fassung.")
def cli() -> None:
    """Amtsweg: vom Antrag über Vorgang und Aufgabe zum zugestellten Bescheid."""


for command in (
    run.demo, run.serve, run.worker, run.tick, kommunen.kommune, kommunen.token, design.check, design.deploy, design.scenario,
    rules.feel, rules.decide, kommunen.verify, betrieb.betrieb, betrieb.zustaendigkeit, betrieb.poststelle,
    backups.backup, backups.restore, backups.release_outbox,
):  # fmt: skip
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    if logging.lastResort is not None:
        logging.lastResort.setLevel(logging.ERROR)  # what is only a warning for the log, the command says itself, in German
    try:
        result = cli.main(arguments, prog_name="amtsweg", standalone_mode=False)
    except click.UsageError as error:
        say_usage_error(error)
        return 2
    except click.Abort:
        click.echo("Abgebrochen.", err=True)
        return 1
    return result if isinstance(result, int) else 0
