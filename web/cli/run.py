"""Commands that run the installation: demo, serve, worker, tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli.german import Befehl
from web.cli.show import say

if TYPE_CHECKING:
    from web.settings import Settings
    from web.supervise import Child

PORT = click.IntRange(1, 65535)


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
def serve(everything: bool, port: int | None, workers: int, reconcile_s: float) -> None:
    """Webserver, mit --all die ganze Installation auf einem Rechner."""
    from web import serve as parts

    settings = _settings(port=port)
    settings.required_secret()
    settings = settings.bounded_for(workers if everything else 1)
    children = parts.everything(settings, workers=workers, reconcile_s=reconcile_s) if everything else [parts.web(settings)]
    _run(settings, children, f"Amtsweg läuft auf http://{settings.host}:{settings.port}")


@click.command(cls=Befehl)
@click.option("--count", type=click.IntRange(1, 64), default=1, show_default=True, help="Wie viele Prozesse.")
def worker(count: int) -> None:
    """Erledigt, was nach außen zu tun ist: Nachrichten, Bescheide, Meldungen."""
    from web import serve as parts

    _run(_settings().bounded_for(count), parts.worker(count), "Worker läuft.")


@click.command(cls=Befehl)
@click.option(
    "--reconcile-s", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Abstand des Abgleichs in Sekunden."
)
def tick(reconcile_s: float) -> None:
    """Die Uhr: Fristen, Nachrichten, Abgleich."""
    from web import serve as parts

    _run(_settings(), [parts.tick(reconcile_s)], "Uhr läuft.")


def _settings(**overrides: Any) -> Settings:
    from web.settings import Settings

    return Settings.from_env(**{name: value for name, value in overrides.items() if value is not None})


def _run(settings: Settings, children: list[Child], sentence: str) -> None:
    """Keep processes running until SIGTERM or Ctrl-C."""
    from web import logs
    from web.serve import supervisor
    from web.supervise import hand_on, wait_for_end

    logs.configure("supervisor")
    hand_on(settings.environ())
    with supervisor(settings, children).running():
        say(sentence)
        wait_for_end()
