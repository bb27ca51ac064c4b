"""Commands for what must survive: backup and restore of a municipality, and the release of its outbox."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from web.cli.german import Befehl
from web.cli.show import composed, finish, json_option, print_json, say, seen, table

HERE = click.Path(path_type=Path)


@click.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.argument("file", metavar="DATEI", type=HERE)
@json_option
def backup(slug: str, file: Path, as_json: bool) -> None:
    """Eine Kommune im laufenden Betrieb in eine Datei sichern: Daten, Dokumente, Einstellungen, Protokoll.

    Die Datei kann nur lesen, wer sie geschrieben hat. AMTSWEG_SECRET steht nicht darin und muss getrennt verwahrt werden.
    """
    from engine import back_up
    from engine.base import db
    from engine.base.rights import SYSTEM

    composed()
    with db.namespace(slug), seen() as told:
        done = back_up(file, told, by=SYSTEM)
    ok = not done.lacking
    if as_json:
        print_json({"ok": ok, "kommune": slug, "file": str(file), **asdict(done)})
    else:
        say(f"Gesichert: {slug} mit {done.rows} Zeilen und {done.documents} Dokumenten, {done.bytes / 1e6:.1f} MB: {file}")
        if not ok:
            say(f"Es fehlen {len(done.lacking)} Dokumente, die hier nicht mehr oder beschädigt liegen:")
            table(("Dokument",), [(sha256,) for sha256 in done.lacking])
    finish(ok)


@click.command(cls=Befehl)
@click.argument("file", metavar="DATEI", type=HERE)
@click.option("--as", "slug", metavar="SLUG", help="Unter einem anderen Kurznamen.")
@json_option
def restore(file: Path, slug: str | None, as_json: bool) -> None:
    """Eine Kommune aus einer Sicherung wiederherstellen und prüfen; nach außen geht nichts, bis der Ausgang freigegeben ist."""
    from engine import restore as bring_back
    from engine import verify
    from engine.base import db

    composed().required_secret()
    with seen() as told:
        done = bring_back(file, slug, told)
    with db.namespace(done.kommune.slug):
        broken = verify()
    if as_json:
        print_json(
            {
                "ok": not broken, "kommune": done.kommune.slug, "at": done.at, "held": True, "lost_units": done.lost_units,
                "lost_rules": done.lost_rules, "lacking": done.lacking, "broken": [asdict(one) for one in broken],
            }
        )  # fmt: skip
        finish(not broken)
    say(f"Wiederhergestellt: {done.kommune.slug} mit dem Stand vom {done.at[:16].replace('T', ' ')} UTC.")
    if done.lost_units:
        say(f"Diese Stellen gehören hier schon einer anderen Kommune und wurden nicht übernommen: {', '.join(done.lost_units)}")
    if done.lost_rules:
        say(f"Für diese Leistungen ist hier schon eine andere Kommune zuständig: {', '.join(done.lost_rules)}")
    if broken:
        table(("Regel", "Gegenstand", "Befund"), [tuple(asdict(one).values()) for one in broken])
    else:
        say("Geprüft: Alles stimmig.")
    say(f"Der Ausgang ist angehalten. Freigeben: amtsweg release-outbox {done.kommune.slug}")
    finish(not broken)


@click.command("release-outbox", cls=Befehl)
@click.argument("slug", metavar="SLUG")
@json_option
def release_outbox(slug: str, as_json: bool) -> None:
    """Den angehaltenen Ausgang einer wiederhergestellten Kommune freigeben: Aufträge und Fristen laufen weiter."""
    from engine import release_outbox as release
    from engine.base import db
    from engine.base.rights import SYSTEM

    composed()
    with db.namespace(slug):
        released = release(by=SYSTEM)
    if as_json:
        print_json({"ok": True, "kommune": slug, "released": released})
    else:
        say("Der Ausgang ist freigegeben." if released else "Der Ausgang war nicht angehalten; nichts geändert.")
