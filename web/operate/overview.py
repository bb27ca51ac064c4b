"""The first page of the Administration: what can be set, and what is missing."""

from __future__ import annotations

from flask import current_app, render_template

from engine import reads
from engine.base.ports import Connectors, Door
from web.operate.blueprint import operate


def connectors() -> Connectors:
    """What this installation can speak to."""
    found: Connectors = current_app.extensions["connectors"]
    return found


def silent_doors() -> list[Door]:
    """The connectors of which the other side does not answer."""
    silent = reads.list_silent()
    return [door for door in connectors().doors() if door.name in silent]


@operate.get("/")
def overview() -> str:
    """What can be set, and what is missing."""
    verified = reads.last_verification()
    return render_template(
        "verwaltung_start.html",
        lacks=reads.list_lacks(connectors()),
        incidents=reads.incidents_open(),
        held=reads.outbox_held_of(),
        unsigned=reads.agreements_unsigned(),
        gone=reads.neighbours_gone(),
        silent=silent_doors(),
        broken=verified[1] if verified is not None else 0,
    )
