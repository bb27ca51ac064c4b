"""Hindrance: why somebody may not do a task. Pages ask before they offer it, verbs before they let it happen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.rights import Konto
from engine.model import aufgabe, incident
from engine.reads.aufgaben import Aufgabe
from engine.reads.notes import names_of_konten
from engine.reads.sight import is_for

T = aufgabe.T
FOUR_EYES = "Hier gilt das Vier-Augen-Prinzip:"


def hindrance(task: Aufgabe, konto: Konto) -> str:
    """Why a Konto may not do a task, as a sentence; empty if it may. Who holds it is another question."""
    if not konto.may("aufgabe.bearbeiten"):
        return "Sie dürfen diese Aufgabe ansehen, aber nicht bearbeiten."
    foreign = not_yours(task.groups, konto)
    if foreign or not task.four_eyes:
        return foreign
    with db.reading() as tx:
        return four_eyes(tx, task.vorgang_id, task.four_eyes, konto)


def not_yours(groups: Sequence[str], konto: Konto) -> str:
    """Why a task of these Stellen and roles is not for a Konto; empty if it is."""
    if is_for(groups, konto):
        return ""
    return f"Diese Aufgabe ist für {', '.join(groups)}; Ihr Konto gehört nicht dazu."


def four_eyes(tx: Tx, vorgang_id: str, elements: Sequence[str], konto: Konto) -> str:
    """Why four eyes keep a Konto from a task that names other tasks; empty if they do not."""
    done = own_work(tx, vorgang_id, elements, konto.login)
    return "" if done is None else f"{FOUR_EYES} Sie haben {done}, freigeben muss jemand anderes."


def own_work(tx: Tx, vorgang_id: str, elements: Sequence[str], login: str) -> str | None:
    """What somebody has done that four eyes keep apart from approving it: one of these tasks, or corrected values."""
    if not elements:
        return None
    i = incident.T
    if tx.scalar(sa.select(i.c.id).where(i.c.vorgang_id == vorgang_id, i.c.corrected_by == login).limit(1)) is not None:
        return "bei einer Störung Werte berichtigt"
    own = sa.select(T.c.name).where(T.c.vorgang_id == vorgang_id, T.c.element.in_(elements), T.c.closed_by == login)
    done = tx.scalar(own.limit(1))
    return None if done is None else f"„{done}“ bearbeitet"


def why_taken(row: Any) -> str:
    """Why nobody, or nobody else, can do a task any more: it is done, dropped, or with somebody."""
    names = names_of_konten()
    if row.state == aufgabe.DONE:
        return f"Die Aufgabe ist schon erledigt (von {names.get(row.closed_by, row.closed_by)})."
    if row.state != aufgabe.OPEN:
        return "Die Aufgabe ist nicht mehr offen, weil der Vorgang weitergegangen ist."
    return f"Die Aufgabe wird gerade von {names.get(row.holder, row.holder)} bearbeitet."
