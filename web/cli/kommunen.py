"""Commands for the municipalities of an installation: make, list, show, upgrade, remove; tokens; verify."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from web.cli.german import Befehl, Befehle
from web.cli.show import composed, finish, json_option, print_json, progress, say, table

if TYPE_CHECKING:
    from engine.model.zentrale import Kommune


@click.group(cls=Befehle)
def kommune() -> None:
    """Kommunen: jede mit eigener Datenbank, eigenem Schlüssel, eigenen Dokumenten."""


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.option("--name", required=True, help="Name, zum Beispiel „Kreis Nordfriesland“.")
@click.option("--kind", required=True, help="Stadt, Gemeinde, Amt, Kreis oder Ministerium.")
@click.option("--admin-name", required=True, help="Wer die Kommune verwaltet.")
@click.option("--admin-email", required=True, help="Deren E-Mail-Adresse; was vor dem @ steht, wird die Anmeldung.")
@click.option("--land", default="SH", show_default=True, help="Land, zwei Buchstaben.")
@click.option("--allow-ip", "allow_ips", multiple=True, metavar="CIDR", help="Netz, aus dem gearbeitet wird; mehrfach möglich.")
@click.option("--stelle", "stellen", multiple=True, metavar="ID", help="Id einer Organisationseinheit; mehrfach möglich.")
@json_option
def add(slug: str, as_json: bool, **particulars: Any) -> None:
    """Eine Kommune anlegen; nennt Anmeldung und Einmal-Passwort der Verwaltung."""
    from web.provision import provide

    settings = composed()
    settings.required_secret()
    made = provide(slug, **particulars)
    if as_json:
        print_json({**_described(made.kommune), "login": made.login, "password": made.password, "new": made.new})
    elif made.new:
        say(f"Die Kommune „{made.kommune.name}“ ist angelegt: /{slug}")
        say(f"Anmeldung: {made.login}")
        say(f"Passwort:  {made.password}   (einmalig; bitte bei der ersten Anmeldung ändern)")
    else:
        say(f"Die Kommune „{made.kommune.name}“ gibt es schon genau so; nichts geändert.")


@kommune.command("list", cls=Befehl)
@json_option
def list_all(as_json: bool) -> None:
    """Alle Kommunen dieser Installation."""
    from engine import list_kommunen

    composed()
    found = list_kommunen()
    if as_json:
        print_json([_described(one) for one in found])
    else:
        table(
            ("Kurzname", "Name", "Art", "Land", "Zustand"),
            [(one.slug, one.name, one.kind, one.land, one.state) for one in found],
        )


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@json_option
def show(slug: str, as_json: bool) -> None:
    """Eine Kommune, wie die Zentrale sie kennt, mit ihren Leistungen."""
    from engine import reads, show_kommune
    from engine.base import db

    composed()
    found = show_kommune(slug)
    offered: tuple[reads.Leistung, ...] = ()
    if found.state == "bereit":
        with db.namespace(slug):
            offered = reads.list_leistungen()
    if as_json:
        print_json({**_described(found), "leistungen": [asdict(one) for one in offered]})
        return
    table(
        ("", ""), [(name, ", ".join(value) if isinstance(value, list) else value) for name, value in _described(found).items()]
    )
    table(
        ("Leistung", "Name", "Fassung", "eingesetzt"),
        [(one.key, one.name, one.number, f"{one.deployed_at:%Y-%m-%d %H:%M}") for one in offered],
    )


@kommune.command(cls=Befehl)
@click.argument("slugs", metavar="[SLUG]…", nargs=-1)
@json_option
def upgrade(slugs: tuple[str, ...], as_json: bool) -> None:
    """Kommunen (ohne Angabe alle) auf den neuesten Stand der Datenbank bringen."""
    from engine.verbs.kommune import upgrade as bring_up

    composed()
    with progress() as bar:
        task = bar.add_task("Kommunen", total=None)
        results = bring_up(slugs, on_done=lambda _, total: bar.update(task, advance=1, total=total))
    failed = [result for result in results if result.problem is not None]
    if as_json:
        print_json({"ok": not failed, "kommunen": [asdict(result) for result in results]})
    else:
        words = {True: "aktualisiert", False: "war aktuell"}
        table(("Kurzname", "Ergebnis"), [(result.slug, result.problem or words[result.changed]) for result in results])
    finish(not failed)


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.option("--confirm", required=True, metavar="SLUG", help="Den Kurznamen wiederholen.")
def remove(slug: str, confirm: str) -> None:
    """Eine Kommune mit allen Daten und Dokumenten unwiderruflich entfernen."""
    from engine import remove_kommune

    composed()
    remove_kommune(slug, confirm=confirm)
    say(f"Die Kommune „{slug}“ ist mit allen Daten entfernt.")


@click.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.argument("login", metavar="LOGIN")
@json_option
def token(slug: str, login: str, as_json: bool) -> None:
    """Ein API-Token für ein Konto ausgeben; es wird nur dieses eine Mal gezeigt."""
    from engine import new_token
    from engine.base import db
    from engine.base.rights import SYSTEM

    composed()
    with db.namespace(slug):
        made = new_token(login, by=SYSTEM)
    if as_json:
        print_json({"kommune": slug, "login": login, "token": made})
    else:
        say(made)


@click.command(cls=Befehl)
@click.argument("slugs", metavar="[SLUG]…", nargs=-1)
@json_option
def verify(slugs: tuple[str, ...], as_json: bool) -> None:
    """Prüfen, ob die gespeicherten Daten stimmig sind; Ende mit 1, wenn etwas gebrochen ist."""
    from engine import list_kommunen
    from engine import verify as check
    from engine.base import db

    composed()
    broken: list[dict[str, str]] = []
    chosen = slugs or tuple(one.slug for one in list_kommunen() if one.state == "bereit")
    with progress() as bar:
        for slug in bar.track(chosen, description="Kommunen"):
            with db.namespace(slug):
                broken += [{"kommune": slug, **asdict(one)} for one in check()]
    if as_json:
        print_json({"ok": not broken, "broken": broken})
    elif broken:
        table(("Kommune", "Regel", "Gegenstand", "Befund"), [tuple(one.values()) for one in broken])
    else:
        say(f"Alles stimmig: {len(chosen)} {'Kommune' if len(chosen) == 1 else 'Kommunen'} geprüft.")
    finish(not broken)


def _described(kommune: Kommune) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(kommune).items()}
