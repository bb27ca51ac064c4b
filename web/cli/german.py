"""What click says by itself, in German: headings of the help, and what is wrong with a command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click

HEADINGS = {"Options": "Optionen", "Commands": "Befehle"}
WORDS = {"[required]": "[nötig]", "[default: ": "[sonst: "}


class Hilfe(click.HelpFormatter):
    """The help page with German headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "Aufruf: ")

    def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **spacing: Any) -> None:
        for english, german in WORDS.items():
            rows = [(name, text.replace(english, german)) for name, text in rows]
        super().write_dl(list(rows), *args, **spacing)

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        with super().section(HEADINGS.get(name, name)):
            yield


class Kontext(click.Context):
    """A context whose help is in German."""

    formatter_class = Hilfe


class _German:
    """What commands and groups have in common."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        attributes.setdefault("options_metavar", "[OPTIONEN]")
        super().__init__(*args, **attributes)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(ctx)  # type: ignore[misc]  # a command's
        if option is not None:
            option.help = "Diese Hilfe."
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence, whole: cut off in the middle it would help nobody."""
        text: str = self.help or ""  # type: ignore[attr-defined]  # a command's
        return " ".join(text.split("\n\n", maxsplit=1)[0].split()).removesuffix(".")


class Befehl(_German, click.Command):
    """A command whose help is in German."""

    context_class = Kontext


class Befehle(_German, click.Group):
    """A group whose help is in German, and whose commands are `Befehl`."""

    context_class = Kontext
    command_class = Befehl

    def __init__(self, *args: Any, **attributes: Any) -> None:
        attributes.setdefault("subcommand_metavar", "BEFEHL …")
        super().__init__(*args, **attributes)


def say_usage_error(error: click.UsageError) -> None:
    """Print what is wrong with the command line, and how to get help."""
    context = error.ctx
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return
    if context is not None:
        click.echo(f"Aufruf: {context.command_path} {' '.join(context.command.collect_usage_pieces(context))}", err=True)
        click.echo(f"Hilfe:  {context.command_path} --help", err=True)
    click.echo(f"Fehler: {sentence(error)}", err=True)


def sentence(error: click.UsageError) -> str:
    """What is wrong, as a German sentence."""
    if isinstance(error, click.NoSuchOption):
        likely = f" Gemeint ist vielleicht {' oder '.join(sorted(error.possibilities))}." if error.possibilities else ""
        return f"Die Option {error.option_name} gibt es nicht.{likely}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"Den Befehl „{error.command_name}“ gibt es nicht."
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = (
            error.param.opts[-1]
            if isinstance(error.param, click.Option)
            else (error.param.metavar or error.param.human_readable_name)
        )
        return f"{name} fehlt."
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = (
            error.param.opts[-1]
            if isinstance(error.param, click.Option)
            else (error.param.metavar or error.param.human_readable_name)
        )
        return f"{name} passt nicht: {error.message}"
    return error.message
