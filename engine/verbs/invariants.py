"""Invariants of messages, signals, starts, grants, and of what is deleted. Part of `verify`; nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from engine.base.db import Tx
from engine.base.errors import Problem
from engine.model import (
    antrag,
    aufgabe,
    deleted,
    erwartung,
    grant,
    grant_held,
    incident,
    leistung,
    protokoll,
    signal,
    start_event,
    thrown,
    vorgang,
)
from engine.model.waits import OPEN

STATE = "zustand"
"""The invariant that a state can be read; what breaks it is an incident too (`engine.verbs.verification`)."""
M, E, D, V, P = erwartung.MESSAGES, erwartung.T, signal.DELIVERIES, vorgang.T, protokoll.T


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold: which, of what, and what was found."""

    invariant: str
    subject: str
    message: str


def _origins(tx: Tx) -> Iterator[Broken]:
    """What did not begin with an Antrag began with an event that says so, and has no Antrag."""
    a = antrag.T
    with_antrag = sa.select(V.c.id).join(a, a.c.vorgang_id == V.c.id).where(V.c.origin != vorgang.ANTRAG)
    for id in tx.scalars(with_antrag.order_by(V.c.id)):
        yield Broken("beginn", id, "der Vorgang begann durch ein Ereignis und hat einen Antrag")
    for origin, taken in (
        (vorgang.NACHRICHT, sa.exists().where(M.c.vorgang_id == V.c.id)),
        (vorgang.SIGNAL, sa.exists().where(D.c.vorgang_id == V.c.id, D.c.starts)),
    ):
        for id in tx.scalars(sa.select(V.c.id).where(V.c.origin == origin, ~taken).order_by(V.c.id)):
            yield Broken("beginn", id, "was den Vorgang begonnen hat, gibt es nicht")


def _messages(tx: Tx) -> Iterator[Broken]:
    """A delivered message has a receiver (or had: it was deleted since), and what waits or is gone has none."""
    receiver = sa.or_(*(sa.exists().where(table.c.id == M.c.vorgang_id) for table in (V, deleted.T)))
    for id in tx.scalars(sa.select(M.c.id).where(M.c.state == erwartung.DELIVERED, ~receiver).order_by(M.c.id)):
        yield Broken("nachricht", id, "die Nachricht ist zugestellt, aber niemand hat sie bekommen")
    not_delivered = sa.and_(M.c.state != erwartung.DELIVERED, M.c.vorgang_id.is_not(None))
    for id in tx.scalars(sa.select(M.c.id).where(not_delivered).order_by(M.c.id)):
        yield Broken("nachricht", id, "die Nachricht ist nicht zugestellt, nennt aber einen Empfänger")


def _held(tx: Tx) -> Iterator[Broken]:
    """What was held waits for the person who sees its incident."""
    s, i = signal.T, incident.T
    for table, state in ((M, erwartung.HELD), (s, signal.HELD)):
        told = sa.exists().where(
            i.c.vorgang_id == table.c.thrown_by, i.c.token == thrown.HELD + table.c.thrown_token, i.c.state == OPEN
        )
        for id in tx.scalars(sa.select(table.c.id).where(table.c.state == state, ~told).order_by(table.c.id)):
            yield Broken("angehalten", id, "was angehalten wurde, hat keine Störung, die davon weiß")


def _signals(tx: Tx) -> Iterator[Broken]:
    """Every delivery is done or still due: it has a signal that was thrown, and what was delivered was waited for."""
    s = signal.T
    known = sa.exists().where(s.c.id == D.c.signal_id, s.c.state == signal.THROWN)
    for id in tx.scalars(sa.select(D.c.signal_id).where(~known).distinct().order_by(D.c.signal_id)):
        yield Broken("signal", id, "ein Signal soll zugestellt werden, das nicht geworfen ist")
    met = sa.exists().where(E.c.id == D.c.receiver, E.c.state == erwartung.MET)
    done = sa.select(D.c.signal_id).where(D.c.state == signal.DELIVERED, sa.not_(D.c.starts), ~met)
    for id in tx.scalars(done.distinct().order_by(D.c.signal_id)):
        yield Broken("signal", id, "das Signal ist zugestellt, aber nicht bei dem, der darauf gewartet hat")
    begun = sa.exists().where(V.c.id == D.c.vorgang_id)
    for id in tx.scalars(sa.select(D.c.signal_id).where(D.c.state == signal.DELIVERED, D.c.starts, ~begun)):
        yield Broken("signal", id, "das Signal soll einen Vorgang begonnen haben, den es nicht gibt")


def _twice(tx: Tx) -> Iterator[Broken]:
    """The Protokoll has one line for each message, and one for each signal and receiver."""
    for tag, what, per in (
        ("nachricht:zugestellt", "die Nachricht", [P.c.detail]),
        ("signal:zugestellt", "das Signal", [P.c.vorgang_id, P.c.detail]),
    ):
        query = sa.select(*per).where(P.c.tag == tag).group_by(*per).having(sa.func.count() > 1)
        for row in tx.execute(query):
            yield Broken("einmal", row.detail, f"{what} wurde mehr als einmal zugestellt")


def _subscriptions(tx: Tx) -> Iterator[Broken]:
    """Start events are those of the current versions."""
    kept: dict[str, set[start_event.Key]] = {}
    for row in tx.execute(sa.select(start_event.T)):
        kept.setdefault(row.leistung, set()).add(start_event.row_key(row))
    for offer in tx.all(sa.select(leistung.T)):
        try:
            bundle = leistung.version(tx, offer.version_id)
        except Problem as problem:
            yield Broken("startereignis", offer.key, f"die Fassung ist nicht lesbar: {problem.sentence}")
            continue
        if kept.get(offer.key, set()) != start_event.keys(bundle.spec.starts(bundle.process)):
            yield Broken("startereignis", offer.key, "worauf die Leistung beginnt, ist nicht, was ihre Fassung sagt")
    old = sa.select(start_event.T.c.leistung).join(leistung.T, leistung.T.c.key == start_event.T.c.leistung)
    for key in tx.scalars(old.where(start_event.T.c.version_id != leistung.T.c.version_id).distinct()):
        yield Broken("startereignis", key, "worauf die Leistung beginnt, gehört zu einer früheren Fassung")


def _fired(tx: Tx) -> Iterator[Broken]:
    """A time begins one Vorgang, and a start event whose times are over is not due."""
    per = (V.c.leistung, V.c.origin_name, V.c.origin_key)
    twice = sa.select(*per).where(V.c.origin == vorgang.ZEIT).group_by(*per).having(sa.func.count() > 1)
    for row in tx.execute(twice):
        yield Broken("zeitstart", row.leistung, f"zu der Zeit {row.origin_key} begann mehr als ein Vorgang")
    s = start_event.T
    for row in tx.execute(sa.select(s).where(s.c.due_at.is_not(None), s.c.left == 0)):
        yield Broken("zeitstart", row.leistung, f"„{row.element}“ ist fällig, obwohl alle Male vorbei sind")


def _deleted(tx: Tx) -> Iterator[Broken]:
    """What was deleted is gone, and the Protokoll says once that it was."""
    g = deleted.T
    for id in tx.scalars(sa.select(g.c.id).join(V, V.c.id == g.c.id).order_by(g.c.id)):
        yield Broken("geloescht", id, "der Vorgang ist gelöscht, und doch da")
    lines = sa.select(sa.func.count()).where(P.c.tag == "vorgang:geloescht", P.c.vorgang_id == g.c.id).scalar_subquery()
    for id in tx.scalars(sa.select(g.c.id).where(lines != 1).order_by(g.c.id)):
        yield Broken("geloescht", id, "dass der Vorgang gelöscht ist, steht nicht genau einmal im Protokoll")


def _grants(tx: Tx) -> Iterator[Broken]:
    """A grant has its secret only until the guest has it, counts its uses, and what was taken by it goes back with its end."""
    g, u, a, h = grant.T, grant.USES, aufgabe.T, grant_held
    on_its_way = sa.and_(g.c.ended_at.is_(None), g.c.tell_at.is_not(None))
    for id in tx.scalars(sa.select(g.c.id).where(g.c.secret.is_not(None) != on_its_way).order_by(g.c.id)):
        yield Broken(
            "befugnis", id, "das Geheimnis liegt hier, obwohl es nicht mehr gebraucht wird, oder fehlt vor der Mitteilung"
        )
    for id in tx.scalars(sa.select(g.c.id).join(u, u.c.grant_id == g.c.id).where(u.c.sequence > g.c.uses).distinct()):
        yield Broken("befugnis", id, "sie wurde öfter benutzt, als sie zählt")
    running = {(one.guest, grant.place_of(one)) for one in tx.all(sa.select(g).where(g.c.ended_at.is_(None)))}
    taken = sa.select(a.c.id, a.c.holder, a.c.held_for).where(a.c.state == OPEN, a.c.holder.contains("/"))
    for task in tx.all(taken.order_by(a.c.id)):
        if (grant.home_of(task.holder), task.held_for) not in running:
            yield Broken("befugnis", task.id, "die Aufgabe liegt bei einer anderen Kommune, die dafür keine Befugnis hat")
    held = sa.exists().where(h.T.c.origin == h.HEARD.c.origin, h.T.c.grant_id == h.HEARD.c.grant_id)
    for id in tx.scalars(sa.select(h.HEARD.c.grant_id).where(~held).distinct().order_by(h.HEARD.c.grant_id)):
        yield Broken("befugnis", id, "gemeldet ist die Benutzung einer Befugnis, die wir nie hatten")


of_events = (_origins, _messages, _held, _signals, _twice, _subscriptions, _fired, _deleted, _grants)
"""Everything of messages, signals, starts and grants, each to be asked in one look."""
