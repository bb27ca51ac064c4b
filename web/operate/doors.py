"""Connectors and senders: with whom the municipality speaks, and who may send it applications."""

from __future__ import annotations

import dataclasses
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import change_connector, change_senders, reads, try_connector
from engine.base.errors import Cause, Invalid, Unknown
from engine.base.ports import Door, SettingField
from engine.verbs.settings import CONNECTOR, SENDERS
from web.forms import WRONG, causes_of, text, with_titles
from web.identity import required_konto
from web.operate.blueprint import operate
from web.operate.overview import connectors
from web.security import client_address, limiter


@operate.get("/konnektoren")
def list_connectors() -> str:
    """All connectors of the installation."""
    return render_template(
        "konnektoren.html", doors=reads.list_doors(connectors()), held=reads.outbox_held_of(), silent=reads.list_silent()
    )


@operate.route("/konnektoren/<name:name>", methods=["GET", "POST"])
def show_connector(name: str) -> str | BaseResponse | tuple[str, int]:
    """A connector: look, change."""
    door = _door(name)
    if request.method == "GET":
        return _page(door)
    try:
        change_connector(name, _typed(door), connectors(), by=required_konto())
    except Invalid as refusal:
        return _page(door, _typed(door), _causes(door, refusal)), WRONG
    flash(_("Gespeichert. Die Einstellungen gelten ab der nächsten Sendung; „Prüfen“ zeigt, ob sie stimmen."))
    return redirect(url_for("operate.show_connector", name=name), 303)


@operate.post("/konnektoren/<name:name>/pruefen")
@limiter.limit("30 per 5 minutes", key_func=client_address)
def check_connector(name: str) -> str | tuple[str, int]:
    """Try the settings as they were typed, without keeping them; asks the other side."""
    door = _door(name)
    typed = _typed(door)
    try:
        config = connectors().read_settings(name, typed, reads.setting(CONNECTOR + name, {}))
    except Invalid as refusal:
        if "HX-Request" in request.headers:
            return render_template(
                "konnektor_geprueft.html", said=[cause.message for cause in with_titles(_causes(door, refusal), _titles(door))]
            )
        return _page(door, typed, _causes(door, refusal)), WRONG
    said = connectors().check(name, config)
    if "HX-Request" in request.headers:
        return render_template("konnektor_geprueft.html", said=said)
    return _page(door, typed, said=said)


@operate.post("/konnektoren/<name:name>/versuchen")
def try_connector_now(name: str) -> BaseResponse:
    """Do not wait any longer for a system that does not answer: one Auftrag tries."""
    door = _door(name)
    if try_connector(door.name, by=required_konto()):
        flash(_("Es wird gleich mit einem Auftrag versucht. Kommt eine Antwort, gehen auch die anderen hinaus."))
    else:
        flash(_("Es wird schon wieder versucht, oder das andere System antwortet inzwischen."))
    return redirect(url_for("operate.show_connector", name=name), 303)


def _door(name: str) -> Door:
    found = next((door for door in connectors().doors() if door.name == name), None)
    if found is None:
        raise Unknown(_("Diesen Konnektor gibt es nicht."))
    return found


def _typed(door: Door) -> dict[str, str]:
    return {each.name: text(_field(each)) for each in door.fields}


def _field(each: SettingField) -> str:
    """The name of a setting in the form; by that of a secret the login page knows not to carry it along (web.typed)."""
    return f"geheim-{each.name}" if each.kind == "secret" else each.name


def _titles(door: Door) -> dict[str, str]:
    return {_field(each): each.title for each in door.fields}


def _causes(door: Door, refusal: Invalid) -> tuple[Cause, ...]:
    """What was wrong, pointing at the fields of the form."""
    names = {f"/{each.name}": f"/{_field(each)}" for each in door.fields}
    return tuple(dataclasses.replace(cause, pointer=names.get(cause.pointer or "")) for cause in causes_of(refusal))


def _page(
    door: Door, typed: dict[str, str] | None = None, causes: tuple[Cause, ...] = (), said: list[str] | None = None
) -> str:
    kept: dict[str, Any] = reads.setting(CONNECTOR + door.name, {})
    secrets = {each.name for each in door.fields if each.kind == "secret"}
    shown = typed or {name: str(value).replace(".", ",") if isinstance(value, float) else value for name, value in kept.items()}
    return render_template(
        "konnektor.html",
        door=door,
        filled={name: value for name, value in shown.items() if name not in secrets},
        there=secrets & kept.keys(),
        causes=causes,
        summary=with_titles(causes, _titles(door)),
        said=said,
        silence=reads.list_silent().get(door.name),
        zip=zip,
    )


@operate.route("/absender", methods=["GET", "POST"])
def senders() -> str | BaseResponse | tuple[str, int]:
    """From where applications are taken."""
    causes: tuple[Cause, ...] = ()
    typed = "\n".join(reads.setting(SENDERS, []))
    if request.method == "POST":
        typed = text("netze")
        try:
            change_senders([line for line in typed.replace(",", "\n").split("\n") if line.strip()], by=required_konto())
        except Invalid as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Gespeichert. Von diesen Netzen werden Anträge angenommen."))
            return redirect(url_for("operate.senders"), 303)
    page = render_template("absender.html", typed=typed, causes=causes)
    return (page, WRONG) if causes else page
