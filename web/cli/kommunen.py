"""Commands for the municipalities of an installation: make, invite, list, show, lock, upgrade, remove; tokens; verify."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.german import Befehl, Befehle
from web.cli.show import composed, finish, json_option, print_json, progress, say, seen, table

if TYPE_CHECKING:
    from engine.model.zentrale import Kommune
    from web.provision import Invited

HERE = click.Path(path_type=Path)


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
    """Eine Kommune anlegen; nennt den Einmal-Link, mit dem die Verwaltung ihr Passwort wählt."""
    from web.provision import provide

    settings = composed()
    settings.required_secret()
    made = provide(slug, **particulars, site=settings)
    if as_json:
        link = {"link": None, "link_until": None, "mail": None} if made.invited is None else link_of(made.invited)
        print_json({**_described(made.kommune), "login": made.login, "password": made.password, "new": made.new, **link})
    elif made.invited is not None:
        say(f"Die Kommune „{made.kommune.name}“ ist angelegt: /{slug}")
        say_link(made.invited)
    else:
        say(f"Die Kommune „{made.kommune.name}“ gibt es schon genau so; nichts geändert.")
        say(f"Einen neuen Einmal-Link gibt: amtsweg kommune link {slug}")


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.argument("login", metavar="[LOGIN]", required=False)
@json_option
def link(slug: str, login: str | None, as_json: bool) -> None:
    """Einen neuen Einmal-Link ausgeben, für die Administration oder ein anderes Konto; der vorige gilt nicht mehr."""
    from web.provision import invite

    made = invite(slug, login, site=composed())
    if as_json:
        print_json({"kommune": slug, "login": made.login, **link_of(made)})
    else:
        say_link(made)


def link_of(made: Invited) -> dict[str, Any]:
    return {"link": made.link, "link_until": made.link_until, "mail": made.mail}


def say_link(made: Invited) -> None:
    from engine.base.clock import ZONE

    say(f"Anmeldung:   {made.login}")
    say(f"Einmal-Link: {made.link}")
    say(f"             gilt einmal, bis zum {made.link_until.astimezone(ZONE):%d.%m.%Y, %H:%M} Uhr")
    say(
        {
            "sent": f"Er ging auch per E-Mail an {made.email}.",
            "off": "Bitte selbst weitergeben: Es ist kein Mailserver eingerichtet (AMTSWEG_SMTP_HOST, AMTSWEG_SMTP_FROM).",
            "failed": f"Die E-Mail an {made.email} konnte nicht gesendet werden. Bitte den Link selbst weitergeben.",
        }[made.mail]
    )


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
    """Was es von einer Kommune gibt: Datenbank, Schlüssel, Ordner, Rollen, Administration, Recht des Landes, Leistungen."""
    from web.provision import describe

    found = describe(slug, site=composed())
    if as_json:
        print_json(found)
        return
    offered = found.pop("leistungen")
    table(("", ""), [(WORDS[name], _said(value)) for name, value in found.items() if name in WORDS])
    table(
        ("Leistung", "Name", "Fassung", "eingesetzt"),
        [(one["key"], one["name"], one["number"], f"{one['deployed_at']:%Y-%m-%d %H:%M}") for one in offered],
    )


WORDS = {
    "slug": "Kurzname", "name": "Name", "kind": "Art", "land": "Land", "state": "Zustand", "created_at": "angelegt",
    "stellen": "Stellen", "allow_ips": "Netze", "database": "Datenbank", "role": "Rolle der Datenbank", "key": "Schlüssel",
    "folder": "Ordner", "queue": "Warteschlange", "revision": "Stand der Tabellen", "newest": "neuester Stand",
    "roles": "Rollen", "administrators": "Administration", "link_until": "Einmal-Link bis", "letterhead": "Briefkopf",
    "law": "Bekanntgabe", "running": "laufende Vorgänge",
}  # fmt: skip
"""What `show` calls what it shows."""


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, dict):
        return ", ".join(_said(part) for part in value.values())
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


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
@click.option("--export", "file", type=HERE, metavar="DATEI", help="Wohin die Ausfuhr kommt (AMTSWEG_HOME/ausfuhr/…).")
@click.option("--ohne-ausfuhr", "unsaved", is_flag=True, help="Ohne Ausfuhr: Die Daten sind dann unwiederbringlich fort.")
@click.option("--mit-laufenden", "running", is_flag=True, help="Auch wenn noch Vorgänge laufen.")
@json_option
def remove(slug: str, confirm: str, file: Path | None, unsaved: bool, running: bool, as_json: bool) -> None:
    """Eine Kommune in eine Datei ausführen, die `restore` zurücknimmt, und sie dann mit allem entfernen.

    Solange Vorgänge laufen, wird das abgelehnt.
    """
    from engine.verbs.removal import export_file
    from web.provision import remove as remove_all

    if unsaved and file is not None:
        raise click.UsageError("Entweder --export oder --ohne-ausfuhr.")
    settings = composed()
    target = None if unsaved else file or export_file(slug)
    with seen() as told:
        done = remove_all(slug, confirm=confirm, export=target, running=running, seen=told, site=settings)
    if as_json:
        kept = None if done is None else {"file": str(target), **asdict(done)}
        print_json({"ok": True, "kommune": slug, "export": kept})
        return
    if done is not None:
        say(f"Ausgeführt: {done.rows} Zeilen und {done.documents} Dokumente, {done.bytes / 1e6:.1f} MB: {target}")
        if done.lacking:
            say(f"{len(done.lacking)} Dokumente fehlten oder waren beschädigt und stehen nicht darin.")
    elif target is not None:
        say("Ein früherer Aufruf hatte schon begonnen, sie zu entfernen; ihre Daten stehen in der Ausfuhr, die er schrieb.")
    say(f"Die Kommune „{slug}“ ist mit allen Daten entfernt.")


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@json_option
def lock(slug: str, as_json: bool) -> None:
    """Eine Kommune für eine Weile schließen: Niemand kommt hinein, nichts geht hinaus, alles bleibt."""
    from engine import lock_kommune

    composed()
    _say_state(lock_kommune(slug), as_json, "ist geschlossen")


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@json_option
def unlock(slug: str, as_json: bool) -> None:
    """Eine geschlossene Kommune wieder öffnen, auch nach einem abgebrochenen Entfernen."""
    from engine import unlock_kommune

    composed()
    _say_state(unlock_kommune(slug), as_json, "ist offen")


def _say_state(now: Kommune, as_json: bool, words: str) -> None:
    if as_json:
        print_json(_described(now))
    else:
        say(f"Die Kommune „{now.name}“ {words}.")


@kommune.command(cls=Befehl)
@json_option
def rewrap(as_json: bool) -> None:
    """AMTSWEG_SECRET wechseln: die Schlüssel aller Kommunen mit AMTSWEG_SECRET_NEW neu verschließen.

    Vorher alle Prozesse beenden, danach mit dem neuen Geheimnis starten. Ältere Sicherungen öffnet nur das alte.
    """
    from engine.verbs.secret import rewrap as wrap_anew

    settings = composed()
    settings.required_secret()
    count = wrap_anew(settings.secret_new)
    if as_json:
        print_json({"ok": True, "kommunen": count})
    else:
        say(f"Neu verschlossen: {count}. Jetzt AMTSWEG_SECRET auf das neue Geheimnis setzen und alles neu starten.")


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
    from engine.model.zentrale import BETRIEB
    from engine.verbs.operator import there

    composed()
    broken: list[dict[str, str]] = []
    chosen = slugs or tuple(one.slug for one in list_kommunen() if one.state == "bereit") + ((BETRIEB,) if there() else ())
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
