"""How commands print: tables and sentences for people, JSON for machines. Data goes to stdout, refusals to stderr."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from engine.base.errors import Cause, Problem
    from web.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
WIDE = 200
SEVERITIES = {"error": ("Fehler", "red"), "warning": ("Warnung", "yellow"), "advice": ("Hinweis", "cyan")}
_JSON = "web.cli.json"


def json_option(function: F) -> F:
    """Give a command the option --json; it is passed as `as_json`."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> bool:
        context.meta[_JSON] = value
        return value

    return click.option("--json", "as_json", is_flag=True, callback=remember, help="Ausgabe als JSON.")(function)


def console(*, err: bool = False) -> Console:
    """Where to print; not cut to a width when nobody looks at it on a screen."""
    from rich.console import Console

    screen = Console(stderr=err, highlight=False, soft_wrap=False)
    return screen if screen.is_terminal else Console(stderr=err, highlight=False, width=WIDE, no_color=True)


def print_json(value: Any) -> None:
    """Print a value as JSON, indented."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_written))


def _written(value: Any) -> str:
    """Days and instants as ISO 8601 writes them, the rest as text."""
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def say(text: str = "") -> None:
    """Print a sentence."""
    click.echo(text)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print rows with headings; nothing in them is taken for markup."""
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(made)


def progress() -> Progress:
    """A progress bar on stderr, gone when done; none when nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    screen = console(err=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)


@contextmanager
def seen() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for each kind of work, as it comes."""
    with progress() as bar:
        tasks = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total or None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield told


def show_problem(problem: Problem) -> None:
    """Print what was refused and why; as JSON to stdout when the command was asked for JSON."""
    context = click.get_current_context(silent=True)
    if context is not None and context.meta.get(_JSON):
        print_json({"ok": False, "message": problem.sentence, "causes": [cause.as_dict() for cause in problem.causes]})
        return
    click.secho(problem.sentence, fg="red", err=True)
    show_causes(problem.causes, err=True)


def show_causes(causes: Iterable[Cause], *, err: bool = False) -> None:
    """Print findings, one a line: place, what is wrong, how to mend it."""
    for cause in causes:
        word, colour = SEVERITIES[cause.severity]
        place = place_of(cause)
        line = f"{place}: {cause.message}" if place else cause.message
        hint = f" – {cause.hint}" if cause.hint else ""
        click.echo(f"  {click.style(word, fg=colour)} {line}{hint}", err=err)


def place_of(cause: Cause) -> str:
    """file:line element, or the pointer to a field."""
    place = f"{cause.file}:{cause.line}" if cause.file and cause.line else cause.file or ""
    return " ".join(filter(None, (place, cause.element, None if place else cause.pointer)))


def finding(cause: Cause) -> dict[str, Any]:
    """A finding as `check --json` prints it."""
    names = ("severity", "file", "line", "element", "message", "hint")
    return {name: value for name, value in cause.as_dict().items() if name in names}


def json_of(values: Mapping[str, Any]) -> str:
    """FEEL values as JSON text, numbers with all digits."""
    from engine.feel import json_text

    return json_text(dict(values))


def finish(ok: bool) -> NoReturn:
    """End the command: 0 good, 1 refused."""
    click.get_current_context().exit(0 if ok else 1)


def composed() -> Settings:
    """Make this command one of the installation; a running embedded Redis is found."""
    from web.compose import compose
    from web.redis import answers, socket_of, with_redis
    from web.settings import Settings

    settings = Settings.from_env()
    if settings.redis_url is None and answers(socket_of(settings.home)):
        settings = with_redis(settings)
    compose(settings)
    return settings
