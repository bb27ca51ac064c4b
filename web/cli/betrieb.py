"""Commands of the operator: who may operate, who is competent for what, the central post room."""

from __future__ import annotations

from dataclasses import asdict

import click

from web.cli.german import Befehl, Befehle
from web.cli.kommunen import link_of, say_link
from web.cli.show import composed, finish, json_option, print_json, say, table


@click.group(cls=Befehle)
def betrieb() -> None:
    """Wer diese Installation betreibt: Konten für die Seiten unter /betrieb."""


@betrieb.command(cls=Befehl)
@click.argument("login", metavar="LOGIN")
@click.option("--name", default="", help="Name der Person; nötig, wenn das Konto neu ist.")
@click.option("--email", default="", help="Ihre E-Mail-Adresse; nötig, wenn das Konto neu ist.")
@json_option
def link(login: str, name: str, email: str, as_json: bool) -> None:
    """Jemanden einlassen, auch noch einmal: nennt den Einmal-Link zum eigenen Passwort."""
    from engine import let_operate
    from engine.base.rights import SYSTEM
    from engine.model.zentrale import BETRIEB
    from engine.verbs.operator import operator
    from web.provision import invite

    settings = composed()
    settings.required_secret()
    with operator():
        new = let_operate(login, name=name, email=email, by=SYSTEM)
    made = invite(BETRIEB, login, site=settings)
    if as_json:
        print_json({"login": made.login, **link_of(made), "new": new})
    else:
        say_link(made)


@betrieb.command("list", cls=Befehl)
@json_option
def list_operators(as_json: bool) -> None:
    """Wer die Seiten des Betriebs öffnen darf."""
    from engine import reads
    from engine.verbs.operator import operator

    composed()
    with operator():
        people = reads.list_personen().items
    if as_json:
        print_json([{"login": one.login, "name": one.name, "email": one.email, "active": one.active} for one in people])
    else:
        table(
            ("Anmeldung", "Name", "E-Mail", ""),
            [(one.login, one.name, one.email, "" if one.active else "gesperrt") for one in people],
        )


@betrieb.command(cls=Befehl)
@click.argument("login", metavar="LOGIN")
def lock(login: str) -> None:
    """Ein Konto des Betriebs sperren; Sitzungen enden sofort."""
    from engine import shut_out
    from engine.base.rights import SYSTEM
    from engine.verbs.operator import operator

    composed()
    with operator():
        shut_out(login, by=SYSTEM)
    say(f"Das Konto „{login}“ ist gesperrt.")


# --- who is competent ------------------------------------------------------------------------------------------------


@click.group(cls=Befehle)
def zustaendigkeit() -> None:
    """Wohin die zentrale Annahme (POST /antrag) Anträge gibt: nach Stelle, oder nach Leistung und Ort."""


@zustaendigkeit.command("list", cls=Befehl)
@click.argument("slug", metavar="[SLUG]", required=False)
@json_option
def list_rules(slug: str | None, as_json: bool) -> None:
    """Alle Zuständigkeiten, oder die einer Kommune."""
    from engine.reads.operator import all_rules

    composed()
    found = all_rules(slug)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table(
        ("Kennung", "Kommune", "Stelle", "Leistung", "Ort", "dort an Stelle"),
        [(one.id, one.slug, one.stelle, one.leika, one.ags, one.unit) for one in found],
    )


@zustaendigkeit.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.option("--stelle", default="", metavar="ID", help="Diese Stelle gehört zur Kommune.")
@click.option("--leika", default="", metavar="LEIKA", help="Diese Leistung (14 Ziffern) …")
@click.option("--ort", "ags", default="", metavar="AGS", help="… an diesem Ort: Gemeinde 8, Amt 9, Kreis 5, Land 2 Ziffern.")
@click.option("--an", "unit", default="", metavar="NUMMER", help="Nummer der Stelle in der Kommune, die den Vorgang bekommt.")
@json_option
def add(slug: str, stelle: str, leika: str, ags: str, unit: str, as_json: bool) -> None:
    """Eine Zuständigkeit eintragen; widerspricht sie einer anderen, wird sie abgelehnt."""
    from engine import add_rule
    from engine.base.rights import SYSTEM
    from engine.verbs.operator import operator

    composed()
    with operator():
        id = add_rule(slug, stelle=stelle, leika=leika, ags=ags, unit=unit, by=SYSTEM)
    if as_json:
        print_json({"ok": True, "id": id})
    else:
        say(f"Eingetragen: {id}")


@zustaendigkeit.command(cls=Befehl)
@click.argument("id", metavar="KENNUNG")
@json_option
def remove(id: str, as_json: bool) -> None:
    """Eine Zuständigkeit austragen. Was schon angekommen ist, bleibt, wo es ist."""
    from engine import remove_rule
    from engine.base.rights import SYSTEM
    from engine.verbs.operator import operator

    composed()
    with operator():
        remove_rule(id, by=SYSTEM)
    if as_json:
        print_json({"ok": True, "id": id})
    else:
        say("Ausgetragen.")


# --- the post room ---------------------------------------------------------------------------------------------------


@click.group(cls=Befehle)
def poststelle() -> None:
    """Die zentrale Poststelle: Anträge, für die niemand zuständig ist."""


@poststelle.command("list", cls=Befehl)
@json_option
def list_parcels(as_json: bool) -> None:
    """Was noch nirgends angekommen ist, das Älteste zuerst."""
    from engine.reads.operator import open_parcels
    from engine.verbs.operator import operator

    composed()
    with operator():
        found = open_parcels()
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table(
        ("Kennung", "Nummer", "eingegangen", "Stelle", "Ort", "Formular", "Zustand", "Kommune"),
        [
            (one.id, one.nummer, f"{one.received_at:%Y-%m-%d %H:%M}", one.stelle, one.place, one.name, one.state, one.slug)
            for one in found
        ],
    )


@poststelle.command(cls=Befehl)
@click.argument("id", metavar="KENNUNG")
@click.argument("slug", metavar="SLUG")
@click.option("--an", "unit", default="", metavar="NUMMER", help="Nummer der Stelle in der Kommune, die den Vorgang bekommt.")
@click.option("--merken", type=click.Choice(["stelle", "ort"]), default=None, help="Den nächsten gleich dorthin geben.")
@json_option
def assign(id: str, slug: str, unit: str, merken: str | None, as_json: bool) -> None:
    """Einen Antrag einer Kommune zuweisen; dort wird er ein Vorgang."""
    from engine import assign_parcel, deliver_parcel
    from engine.base.rights import SYSTEM
    from engine.reads.operator import get_parcel
    from engine.verbs.operator import operator

    composed()
    with operator():
        assign_parcel(id, slug, unit, merken or "", by=SYSTEM)
        arrived = deliver_parcel(id, by=SYSTEM)
        problem = get_parcel(id).problem
    if as_json:
        print_json({"ok": problem is None, "delivered": arrived, "problem": problem})
    elif arrived:
        say(f"Zugestellt an „{slug}“.")
    else:
        say(problem or f"Zugewiesen; „{slug}“ ist gerade nicht erreichbar. Zugestellt wird, sobald es geht.")
    finish(problem is None)
