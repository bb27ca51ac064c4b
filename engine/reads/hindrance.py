"""Hindrance: why somebody may not do a task. Pages ask before they offer it, verbs before they let it happen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.rights import Konto, represented
from engine.model import aufgabe, grant, incident, vertretung
from engine.model.vertretung import Covered
from engine.reads.aufgaben import Aufgabe
from engine.reads.notes import names_of_konten
from engine.reads.sight import is_for, is_own

T = aufgabe.T
FOUR_EYES = "Hier gilt das Vier-Augen-Prinzip:"


def hindrance(task: Aufgabe, konto: Konto) -> str:
    """Why a Konto may not do a task, as a sentence; empty if it may. Who holds it is another question."""
    sentence = not_for(task, konto)
    if sentence or not task.four_eyes:
        return sentence
    with db.reading() as tx:
        return four_eyes(tx, task.vorgang_id, task.four_eyes, konto)


def not_for(task: Aufgabe, konto: Konto) -> str:
    """Why a task is not for a Konto, whoever has done what before; empty if it is."""
    if not konto.may("aufgabe.bearbeiten"):
        return "Sie dürfen diese Aufgabe ansehen, aber nicht bearbeiten."
    over = no_longer(task, konto) if task.state == aufgabe.OPEN else ""
    return over or not_yours(task.groups, konto)


def not_yours(groups: Sequence[str], konto: Konto) -> str:
    """Why a task of these Stellen and roles is not for a Konto; empty if it is."""
    if is_for(groups, konto):
        return ""
    return f"Diese Aufgabe ist für {', '.join(groups)}; Ihr Konto gehört nicht dazu."


def four_eyes(tx: Tx, vorgang_id: str, elements: Sequence[str], konto: Konto) -> str:
    """Why four eyes keep a Konto from a task that names other tasks; empty if they do not."""
    found = hand_in(tx, vorgang_id, elements, konto)
    if found is None:
        return ""
    who, done = found
    return f"{FOUR_EYES} " + (f"Sie haben {done}, freigeben muss jemand anderes." if who is None else who.keeps_apart(done))


def hand_in(tx: Tx, vorgang_id: str, elements: Sequence[str], konto: Konto) -> tuple[Covered | None, str] | None:
    """What four eyes keep a Konto from approving: whom it stands in for that has done it, None for itself, and what was done.

    Persons count: neither who does it, for themselves or in somebody's place, nor anybody they stand in for at this moment may
    have had a hand in what is approved.
    """
    if not elements:
        return None
    if (done := own_work(tx, vorgang_id, elements, konto.login)) is not None:
        return None, done
    for one in persons_covered(tx, konto):
        if (done := own_work(tx, vorgang_id, elements, one.konto.login)) is not None:
            return one, done
    return None


def persons_covered(tx: Tx, konto: Konto) -> Sequence[Covered]:
    """The people somebody stands in for at this moment.

    Of another municipality: by any of its grants, at home, and as one of ours where they have a Konto here as well.
    """
    covered = [*konto.stands_in]
    if konto.granted is not None:
        here = [login for login in grant.same_person(tx, konto.login) if not grant.home_of(login)]
        covered += [*konto.granted.covers, *(one for login in here for one in vertretung.stood_in_for(tx, login))]
    return vertretung.persons(tx, covered)


def acts_for(task: Any, konto: Konto) -> Konto | None:
    """For whom a Konto acts that takes up a task (its row, or its value): None for itself."""
    held = {one.login: one for one in konto.stands_in}
    if task.held_for == konto.login:
        return None  # a substitute has it, and now they are back
    if task.holder == konto.login:
        return held.get(task.held_for or "")
    if task.holder is not None:
        return held.get(task.holder)
    groups = json.loads(task.groups) if isinstance(task.groups, str) else task.groups
    if is_own(groups, konto):
        return held.get(represented() or "")  # theirs to do, but in a case they see only in somebody's place
    return next((one for one in konto.stands_in if is_own(groups, one)), None)


def may_take(task: Any, konto: Konto) -> bool:
    """Whether nobody stands in a Konto's way: the task is free, or held by it, by whom it stands in for, or for it.

    What somebody of another municipality has taken the origin's own people take back at any time.
    """
    if task.holder is None or task.holder in konto.logins or task.held_for == konto.login:
        return True
    return konto.granted is None and grant.home_of(task.holder) != ""


def no_longer(task: Any, konto: Konto) -> str:
    """Why somebody who has taken a task for somebody else may not do it any more; empty if they may."""
    if task.holder != konto.login or task.held_for is None or task.held_for in konto.logins:
        return ""
    return "Die Vertretung, in der Sie diese Aufgabe übernommen haben, ist beendet. Bitte geben Sie die Aufgabe zurück."


def own_work(tx: Tx, vorgang_id: str, elements: Sequence[str], login: str) -> str | None:
    """What somebody has done that four eyes keep apart from approving it: one of these tasks, or corrected values."""
    if not elements:
        return None
    i, logins = incident.T, grant.same_person(tx, login)
    if tx.scalar(sa.select(i.c.id).where(i.c.vorgang_id == vorgang_id, i.c.corrected_by.in_(logins)).limit(1)) is not None:
        return "bei einer Störung Werte berichtigt"
    own = sa.select(T.c.name).where(T.c.vorgang_id == vorgang_id, T.c.element.in_(elements), T.c.closed_by.in_(logins))
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
