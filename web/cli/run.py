"""Commands that run the installation: demo, serve, worker, tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from web.cli.german import Befehl
from web.cli.show import say

if TYPE_CHECKING:
    from web.settings import Settings
    from web.supervise import Child

PORT = click.IntRange(1, 65535)
F = TypeVar("F", bound=Callable[..., Any])


def kommune_option(function: F) -> F:
    """Give a command the option --kommune: it serves this one municipality only."""
    sentence = "Nur für diese eine Kommune (AMTSWEG_KOMMUNE, sonst alle)."
    return click.option("--kommune", metavar="SLUG", help=sentence)(function)


@click.command(cls=Befehl)
@click.option("--once", is_flag=True, help="Einen Antrag von vorn bis hinten laufen lassen, dann enden.")
@click.option("--port", type=PORT, help="Wo die Demo zu erreichen ist (8000; mit --once ein freier).")
def demo(once: bool, port: int | None) -> None:
    """Zwei Kommunen, die Baumfällgenehmigung, ein Servicekonto und ein Baumregister zum Ausprobieren."""
    from web.demo import run_demo, run_once

    if once:
        run_once(port)
    else:
        run_demo(port)


@click.command(cls=Befehl)
@click.option("--all", "everything", is_flag=True, help="Dazu Worker, Uhr und Redis.")
@click.option("--port", type=PORT, help="Port (AMTSWEG_PORT, sonst 8000).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Wie viele Worker mit --all.")
@click.option(
    "--reconcile-s", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Abstand des Abgleichs in Sekunden."
)
@kommune_option
def serve(everything: bool, port: int | None, workers: int, reconcile_s: float, kommune: str | None) -> None:
    """Webserver, mit --all die ganze Installation auf einem Rechner."""
    from web import serve as parts

    settings = _settings(port=port, kommune=kommune)
    settings.required_secret()
    settings = settings.bounded_for(workers if everything else 1)
    children = parts.everything(settings, workers=workers, reconcile_s=reconcile_s) if everything else [parts.web(settings)]
    _run(settings, children, f"Amtsweg läuft auf http://{settings.host}:{settings.port}")


@click.command(cls=Befehl)
@click.option("--count", type=click.IntRange(1, 64), default=1, show_default=True, help="Wie viele Prozesse.")
@kommune_option
def worker(count: int, kommune: str | None) -> None:
    """Erledigt, was nach außen zu tun ist: Nachrichten, Bescheide, Meldungen."""
    from web import serve as parts

    _run(_settings(kommune=kommune).bounded_for(count), parts.worker(count), "Worker läuft.")


@click.command(cls=Befehl)
@click.option(
    "--reconcile-s", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Abstand des Abgleichs in Sekunden."
)
@kommune_option
def tick(reconcile_s: float, kommune: str | None) -> None:
    """Die Uhr: Fristen, Nachrichten, Abgleich."""
    from web import serve as parts

    _run(_settings(kommune=kommune), [parts.tick(reconcile_s)], "Uhr läuft.")


def _settings(**overrides: Any) -> Settings:
    from web.settings import Settings

    return Settings.from_env(**{name: value for name, value in overrides.items() if value is not None})


def _run(settings: Settings, children: list[Child], sentence: str) -> None:
    """Keep processes running until SIGTERM or Ctrl-C."""
    from web import logs
    from web.serve import supervisor
    from web.supervise import hand_on, wait_for_end

    if settings.kommune:
        _require(settings)
    logs.configure("supervisor")
    hand_on(settings.environ())
    with supervisor(settings, children).running():
        say(sentence)
        wait_for_end()


def _require(settings: Settings) -> None:
    """Go on only if the one municipality to be served exists; the children open the database, not we."""
    from engine import show_kommune
    from engine.base import db

    db.configure(settings.installation())
    show_kommune(settings.kommune)
    db.close()
