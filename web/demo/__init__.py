"""The demo: two municipalities, the permit to fell trees, a Servicekonto and a tree register, all on one machine.

    place         where it keeps its data; secrets, municipalities, ports
    antrag        the applications it sends
    office        the shared Ordnungsamt of the two
    cooperation   Vertretungen, and requests for Amtshilfe in a case of each; only where the demo stays to be looked at
    walk          one application from the front door to the back door, over HTTP

Data lies under `<AMTSWEG_HOME>/demo` and is used again by the next start.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import click
import httpx

from engine.base import db
from engine.base.errors import Unavailable
from web.demo import antrag, cooperation, office
from web.demo.place import KOMMUNEN, Place, free_port
from web.demo.walk import Failed, verified, walk
from web.settings import Settings
from web.supervise import wait_for_end

READY_WITHIN_S = 60.0


def run_demo(port: int | None) -> None:
    """Prepare the demo, run it until Ctrl-C.

    Raises:
        Unavailable: the port is taken, or something does not start.
    """
    settings = Settings.from_env()
    port = port or settings.port
    if free_port(port) != port:
        raise Unavailable(f"Der Port {port} ist belegt. Einen anderen wählen: amtsweg demo --port {free_port()}")
    place = Place(settings.home.absolute() / "demo", port)
    click.echo("Die Demo wird vorbereitet …")
    place.prepare()
    cooperation.settle(place)
    db.close()
    with place.supervisor().running():
        wait_until_ready(place)
        antrag.write_examples(place.home / "beispiele")
        click.echo(_welcome(place))
        wait_for_end()
        click.echo("Die Demo endet …")


def run_once(port: int | None) -> None:
    """Run one application end to end for each municipality, print each step with its time, end everything.

    Raises:
        Failed: a step did not do what it should; the data stays for looking into it.
        Unavailable: something does not start.
    """
    began = time.monotonic()
    told = Settings.from_env().home
    fresh = told == Settings().home
    home = Path(tempfile.mkdtemp(prefix="amtsweg-demo-")) if fresh else told.absolute() / "demo"
    place = Place(home, port or free_port())
    place.prepare()
    db.close()
    try:
        with place.supervisor().running():
            wait_until_ready(place)
            _step(
                "Zwei Kommunen bereit; Web, Worker, Uhr, Redis, Servicekonto und Baumregister laufen",
                time.monotonic() - began,
            )
            notices = walk(place, _step)
        verified(place, _step)
    except (Failed, Unavailable) as problem:
        problem.sentence += f" Daten und Log liegen unter {home}."
        raise
    if fresh:
        _keep_only(home, notices)
    click.echo(f"{time.monotonic() - began:7.2f} s  insgesamt")
    for notice in notices:
        click.echo(f"Bescheid: {notice}")


def _step(text: str, seconds: float) -> None:
    click.echo(f"{seconds:7.2f} s  {text}")


def _keep_only(home: Path, notices: list[Path]) -> None:
    """Leave nothing of a demo in a temporary folder but its notices."""
    for path in home.iterdir():
        if path in notices:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def wait_until_ready(place: Place) -> None:
    """Wait until all servers answer.

    Raises:
        Unavailable: they do not, within a minute.
    """
    until = time.monotonic() + READY_WITHIN_S
    with httpx.Client(timeout=2, trust_env=False) as client:
        for url in (place.servicekonto, place.baumregister, f"{place.url}/ready"):
            while not _answers(client, url):
                if time.monotonic() > until:
                    raise Unavailable(f"{url} antwortet nicht. Näheres steht in {place.log}.")
                time.sleep(0.1)


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.HTTPError:
        return False


def _welcome(place: Place) -> str:
    lines = ["", "Amtsweg läuft. Ende mit Strg-C.", ""]
    for one in KOMMUNEN:
        known = place.secrets["kommunen"][one.slug]
        lines += [
            f"{one.name}: {place.url}/{one.slug}/",
            f"  Anmeldung {known['login']}   Passwort {known['password']}",
            f"  Freigabe  {known['leitung']['login']}   Passwort {known['leitung']['password']}",
            f"  API-Token {known['token']}",
        ]
    lines += _together(place)
    sample = place.home / "beispiele"
    lines += [
        "",
        f"Servicekonto (Postfach der antragstellenden Person): {place.servicekonto}",
        f"Baumregister (Fachverfahren):                        {place.baumregister}",
        "",
        "Zum Ausprobieren:",
        "  1. Einen Antrag senden, wie ein Formularsystem es tut:",
        *(
            f"     curl -F 'formData=@{sample / one.slug}.json;type=application/json' "
            f"-F 'representation=@{sample / 'antrag.pdf'};type=application/pdf' {place.url}/{one.slug}/antrag"
            for one in KOMMUNEN
        ),
        "  2. Im Servicekonto die Eingangsbestätigung lesen.",
        "  3. Anmelden, Vollständigkeit prüfen, entscheiden; das Diagramm zeigt, wo der Vorgang steht.",
        "  4. Als zweite Person anmelden und den Bescheid freigeben; danach läuft die Widerspruchsfrist.",
        "  5. Den Bescheid im Servicekonto öffnen und die Meldung im Baumregister ansehen.",
        f"  Befehle auf diesen Daten:  . {place.environment}",
        f"  Log:                       {place.log}",
    ]
    return "\n".join(lines)


def _together(place: Place) -> list[str]:
    """How the two municipalities work together, and who to sign in as to see it."""
    shared = place.secrets["kommunen"][office.GUEST]["ordnungsamt"]
    helping = place.secrets["kommunen"][office.ORIGIN][cooperation.UNIT]
    return [
        "Gemeinsames Ordnungsamt in Nordfriesland: bearbeitet Anträge der Stadt Husum (§ 19a GkZ), vertritt die Leitung",
        f"  Anmeldung {shared['login']}   Passwort {shared['password']}   bei {place.url}/{office.GUEST}/",
        "Grünflächen in Husum: vertreten den Naturschutz von Nordfriesland, beantworten ein Ersuchen um Amtshilfe",
        f"  Anmeldung {helping['login']}   Passwort {helping['password']}   bei {place.url}/{office.ORIGIN}/",
    ]
