"""Commands for when nobody of a municipality comes in any more: its networks, and passwords beside the login service."""

from __future__ import annotations

import click

from web.cli.german import Befehl
from web.cli.kommunen import kommune
from web.cli.show import composed, json_option, print_json, say


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.argument("networks", metavar="[CIDR]…", nargs=-1)
@click.option("--ueberall", "everywhere", is_flag=True, help="Die Beschränkung aufheben: Gearbeitet werden kann von überall.")
@json_option
def netze(slug: str, networks: tuple[str, ...], everywhere: bool, as_json: bool) -> None:
    """Die Netze, aus denen gearbeitet wird, anzeigen oder ändern; hilft, wenn sich eine Kommune ausgesperrt hat."""
    from engine import change_networks, show_kommune
    from engine.base import db
    from engine.base.rights import SYSTEM

    if everywhere and networks:
        raise click.UsageError("Entweder Netze nennen oder --ueberall.")
    composed()
    if everywhere or networks:
        with db.namespace(slug):
            change_networks(networks, address="", confirmed=True, by=SYSTEM)
    found = list(show_kommune(slug).allow_ips)
    if as_json:
        print_json({"slug": slug, "allow_ips": found})
    else:
        say("\n".join(found) or "Keine Netze genannt: Gearbeitet werden kann von überall.")


@kommune.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
def passwoerter(slug: str) -> None:
    """Anmelden mit Passwort wieder zulassen, wenn nur noch der Anmeldedienst galt und nicht geht."""
    from engine.base import db
    from engine.verbs.login import allow_passwords

    composed()
    with db.namespace(slug):
        changed = allow_passwords()
    if changed:
        say("Angemeldet werden kann wieder mit Passwort; der Anmeldedienst bleibt daneben.")
    else:
        say("Anmelden mit Passwort war schon zugelassen; nichts geändert.")
