"""What municipalities do as origins, on the real thing and on the model (`neighbour_model`): half of the `neighbour_world`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import sqlalchemy as sa

from engine import reads
from engine.base import clock, db
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.ports import Reply, Request
from engine.base.rights import SYSTEM, Konto
from engine.model import aufgabe, grant, grant_refused, konto, protokoll, reminder, vorgang
from engine.verbs.cooperate import announce, ask_help, end_grant, neighbours, offer_agreement
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from engine.verbs.due import tick
from engine.verbs.held import keep_signed
from engine.verbs.konten import activate_konto, add_konto, change_konto, deactivate_konto
from engine.verbs.retention import change_retention, delete_case
from engine.verbs.stellen import give_to_stelle
from engine.verbs.vorgang import withdraw
from tests.engine.cases import Upload, push, rows, vorgang_of
from tests.engine.neighbour_model import (
    CONFLICT,
    FIELDS,
    GIVES,
    HELP,
    HELPS,
    OFFICE,
    OK,
    SEES,
    STANDING,
    TASKS,
    UNKNOWN,
    WORKS,
    Actor,
    Case,
    Given,
    Model,
    Person,
    Task,
)
from tests.engine.neighbours import CLERK, TOWNS, UNITS

BEGIN = dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)
ROLES = ({"sachbearbeitung"}, {"sachbearbeitung"}, {"sachbearbeitung"}, {"poststelle"}, {"prozessdesign"}, set[str]())
STELLEN = ({"bau"}, {"bau"}, {"kasse"}, {"bau", "kasse"}, set[str]())
MOST_CASES = 8


class Origins:
    """The three municipalities of `neighbours.three_towns` and the model of them; what each does as an origin."""

    def __init__(self, random: Random) -> None:
        self.random, self.model, self.now = random, Model(), BEGIN
        for town in TOWNS:
            with db.namespace(town):
                change_retention("", {"ABGESCHLOSSEN": "1 Monat"}, by=SYSTEM)
                add_konto("nele", "Nele", f"nele@{town}.example", CLERK, by=SYSTEM)
                if town == "heide":  # somebody of Husum works here as well
                    add_konto("doppelt", "Ute", "ute@husum.example", CLERK, frozenset({"bau"}), by=SYSTEM)
                for row in rows(konto.T):
                    told = {"roles": set(json.loads(row.roles)), "groups": set(json.loads(row.groups))}
                    self.model.people[town, row.login] = Person(town, row.login, row.id, row.email, **told)

    # --- choosing ----------------------------------------------------------------------------------------------------

    def town(self) -> str:
        return self.random.choice(list(TOWNS))

    def neighbour_of(self, town: str) -> str:
        return self.random.choice([one for one in TOWNS if one != town])

    def person(self, town: str) -> Person:
        return self.random.choice(
            [one for (where, login), one in self.model.people.items() if where == town and login != "chef"]
        )

    def case(self, town: str | None = None) -> Case | None:
        found = [one for one in self.model.cases.values() if town in (None, one.town)]
        return self.random.choice(found) if found else None

    def given(self, *kinds: str) -> Given | None:
        """Mostly one of those that may still hold: there are more and more of those that are over."""
        found = [one for one in self.model.grants.values() if not kinds or one.kind in kinds]
        good = [one for one in found if not one.ended and one.last >= self.model.day]
        return self.random.choice(good if good and self.random.random() < 0.9 else found) if found else None

    def day(self, day: int) -> dt.date:
        return clock.local_day(BEGIN) + dt.timedelta(day)

    # --- the way over ------------------------------------------------------------------------------------------------

    def asked(self, person: Person, given: Given, operation: str, **arguments: Any) -> Reply | None:
        """What the origin answers somebody; None if they are nobody at home any more. A refusal is written down there."""
        with db.namespace(person.town):
            try:
                by = Konto(person.id, person.login, person.login)
                request = reads.request_of(by, TOWNS[person.town], given.origin, given.id, operation, arguments)
            except Unknown:
                return None
        return self.sent(person.town, given.origin, request)

    def sent(self, town: str, origin: str, request: Request) -> Reply:
        before, counted = self.last_line(origin), self.counted(origin)
        with db.namespace(town):
            reply = neighbours().ask(origin, request)
        after = self.last_line(origin)
        has_line = after[0] > before[0] and after[1] == "befugnis:abgewiesen"
        assert (reply.kind == UNKNOWN) == (has_line or self.counted(origin) == counted + 1), (reply, before, after)
        if reply.kind == UNKNOWN:
            assert (reply.content, reply.sentence) == ({}, reads.NOT_HERE)
        return reply

    def counted(self, town: str) -> int:
        """How often something was refused there of which there is a line of the last minute."""
        with db.namespace(town), db.reading() as tx:
            return int(tx.scalar(sa.select(sa.func.coalesce(sa.func.sum(grant_refused.T.c.times), 0))))

    def last_line(self, town: str) -> tuple[int, str]:
        p = protokoll.T
        with db.namespace(town), db.reading() as tx:
            row: Any = tx.all(sa.select(p.c.number, p.c.tag).order_by(p.c.number.desc()).limit(1))[0]
        return row.number, row.tag

    def same(self, reply: Reply | None, expected: str, visible: Callable[[Mapping[str, Any]], object] | None = None,
             wanted: object = None) -> None:  # fmt: skip
        """The model and the real thing agree: how it went, and what was to be seen."""
        kind = UNKNOWN if reply is None else reply.kind
        assert kind == expected, (kind, expected, reply)
        if visible is not None and reply is not None and expected == OK:
            assert visible(reply.content) == wanted

    # --- what origins do ---------------------------------------------------------------------------------------------

    def op_case(self) -> None:
        town = self.town()
        if len(list(self.model.cases_of(town))) >= MOST_CASES:
            return self.op_delete()
        leistung = self.random.choice(list(TASKS))
        files = [Upload(f"{n}.txt", "text/plain", b"x%d" % self.random.randrange(9)) for n in range(self.random.randrange(3))]
        with db.namespace(town):
            id = vorgang_of(push(leistung, stelle=UNITS[town], files=files))
            case = Case(id, town, leistung, tuple(one.id for one in reads.list_dokumente(id)))
        self.model.cases[id] = case
        return self.opened(case, TASKS[leistung][0])

    def opened(self, case: Case, following: tuple[str, tuple[str, ...], tuple[str, ...]] | None) -> None:
        """What is open now in a case is what the model says follows."""
        with db.namespace(case.town):
            found = {row.element: row.id for row in rows(aufgabe.T, vorgang_id=case.id, state="offen")}
        known = {task.element for task in case.tasks if task.open}
        assert set(found) - known == ({following[0]} if following is not None else set())
        if following is not None:
            case.tasks.append(Task(found[following[0]], case, *following))

    def op_help(self) -> None:
        case = self.case()
        if case is None:
            return
        guest, person = self.neighbour_of(case.town), self.model.people[case.town, "ute"]
        fields = tuple(one for one in FIELDS if self.random.random() < 0.4)
        documents = tuple(one for one in case.documents if self.random.random() < 0.5)
        last = self.model.day + self.random.randrange(4)
        users = (("rolle", "sachbearbeitung"),) if self.random.random() < 0.7 else (("stelle", "kasse"),)
        by = Konto(person.id, person.login, "Ute", frozenset({"sachbearbeitung"}))
        with db.namespace(case.town):
            try:
                id = ask_help(case.id, guest, "?", self.day(last), documents=documents, fields=fields, users=users, by=by)
            except Conflict:
                assert not any(task.open for task in case.tasks), "it has ended"
                return
        assert any(task.open for task in case.tasks)
        opens = ("vorgang", case.id)
        self.model.grants[id] = Given(
            id, HELP, case.town, guest, opens, self.model.day, last, {HELPS}, users, fields, documents
        )

    def op_offer(self) -> None:
        origin, kind = self.town(), self.random.choice(STANDING)
        guest, first = self.neighbour_of(origin), self.model.day + self.random.choice((0, 0, 0, 1))
        last = first + self.random.randrange(6)
        konten = [("konto", login) for where, login in self.model.people if where == origin and login != "chef"]
        others = [("stelle", "bau"), ("stelle", "kasse"), ("rolle", "sachbearbeitung")]
        opens = ("leistung", self.random.choice(list(TASKS))) if kind == OFFICE else self.random.choice(konten + others)
        rights = GIVES[kind] if self.random.random() < 0.8 else {SEES}
        taken = kind == OFFICE and any(
            one.kind == OFFICE and one.origin == origin and one.opens == opens and not one.ended
            and one.first <= last and one.last >= first
            for one in self.model.grants.values()
        )  # fmt: skip
        with db.namespace(origin):
            chef = reads.konto_by_login("chef")[0]
            try:
                id = offer_agreement(
                    kind, guest, opens, "x", self.day(first), self.day(last), legal_form="18" if kind == OFFICE else "",
                    rights=rights, by=chef,
                )  # fmt: skip
            except Invalid:
                assert taken or (opens[0] == "konto" and not self.model.people[origin, opens[1]].active)
                return
        assert not taken, "a Leistung is one municipality's at a time"
        self.model.grants[id] = Given(id, kind, origin, guest, opens, first, last, set(rights))
        if self.random.random() < 0.9:
            self.sign(self.model.grants[id], self.model.people[guest, "chef"])

    def op_sign(self) -> None:
        """Somebody signs: mostly in vain."""
        given = self.given(*STANDING)
        if given is not None:
            self.sign(given, self.random.choice(list(self.model.people.values())))

    def sign(self, given: Given, person: Person) -> None:
        users = self.random.choice(
            [
                (("stelle", "bau"),),
                (("rolle", "sachbearbeitung"),),
                (("konto", self.person(given.guest).id), ("stelle", "kasse")),
            ]
        )
        reply = self.asked(person, given, "vereinbarung.unterschreiben", benutzt_von=[list(one) for one in users])
        login = f"{person.town}/{person.id}"
        if self.model.speaks(person.town, person, given.id) is None:
            return self.same(reply, UNKNOWN)
        if given.signed_by is not None:
            return self.same(reply, OK if given.signed_by == login else CONFLICT)
        given.signed_by, given.users = login, users
        self.same(reply, OK)
        with db.namespace(given.guest):
            return keep_signed(given.origin, given.id, users, by=reads.konto_by_login("chef")[0]) and None

    def op_end(self) -> None:
        given = self.given()
        if given is None:
            return
        person = self.random.choice([self.model.people[given.origin, "chef"], self.person(given.origin)])
        with db.namespace(given.origin):
            by = reads.konto_by_login(person.login)[0] if person.active else None
            try:
                ended = by is not None and end_grant(given.id, by=by)
            except Unknown:
                ended = False
            row = grant_of(given.id)
        allowed = person.active and (person.login in ("chef", row.made_by))
        assert ended == (allowed and self.model.end(given))

    def op_leave(self) -> None:
        given = self.given(*STANDING)
        if given is None:
            return None
        person = self.model.people[self.random.choice([given.guest, self.town()]), self.random.choice(["chef", "ute"])]
        reply = self.asked(person, given, "vereinbarung.beenden")
        if self.model.speaks(person.town, person, given.id) is None:
            return self.same(reply, UNKNOWN)
        self.same(reply, OK)
        assert self.model.end(given)
        return None

    def op_tick(self) -> None:
        """What is over by the day is ended."""
        town = self.town()
        with db.namespace(town):
            tick()
        for given in self.model.grants.values():
            if given.origin == town and given.last < self.model.day:
                self.model.end(given)

    def op_day(self) -> None:
        self.now += dt.timedelta(1)
        self.model.day += 1

    def op_person(self) -> None:
        """A role or a Stelle is taken away or given, a Konto locked or let in again."""
        person = self.person(self.town())
        with db.namespace(person.town):
            chef = reads.konto_by_login("chef")[0]
            if not person.active:
                activate_konto(person.id, by=chef)
                person.active = True
            elif self.random.random() < 0.2:
                deactivate_konto(person.id, by=chef)
                self.model.deactivate(person)
            else:
                person.roles, person.groups = set(self.random.choice(ROLES)), set(self.random.choice(STELLEN))
                told = {"roles": frozenset(person.roles), "groups": frozenset(person.groups)}
                change_konto(person.id, name="Name", email=person.email, by=chef, **told)

    def op_stelle(self) -> None:
        case = self.case()
        if case is None or not any(task.open for task in case.tasks):
            return
        case.stelle = self.random.choice(["bau", "kasse"])
        with db.namespace(case.town):
            give_to_stelle(case.id, case.stelle, "weil", by=SYSTEM)

    def op_delete(self) -> None:
        """A case ends, its time is over, and it is deleted."""
        case = self.case()
        if case is None:
            return
        self.op_deliver()
        with db.namespace(case.town):
            if any(task.open for task in case.tasks):
                withdraw(case.id, "Antrag zurückgenommen", by=SYSTEM)
            announce()  # before the guest has heard of the end of its help, the case is kept
            with db.transaction() as tx:
                long_ago = self.now - dt.timedelta(365)
                tx.execute(sa.update(vorgang.T).where(vorgang.T.c.id == case.id).values(closed_at=long_ago))
                told = sa.and_(reminder.T.c.vorgang_id == case.id, reminder.T.c.state == reminder.OPEN)
                tx.execute(sa.update(reminder.T).where(told).values(state=reminder.DONE))  # somebody has read it
            assert delete_case(case.id, by=SYSTEM)
        self.model.delete(case)

    def op_local(self) -> None:
        """Somebody of the origin takes, gives back or does a task."""
        task = self.task(self.town())
        if task is None:
            return
        person = self.person(task.case.town)
        verb, does = self.random.choice(
            [(claim_aufgabe, self.model.take), (release_aufgabe, self.model.give_back), (self.complete, self.model.complete)]
        )
        if not person.active:
            return
        expected = does(Actor(person.login, person), task) if person.may(WORKS) else UNKNOWN
        with db.namespace(task.case.town):
            try:
                verb(task.id, by=reads.konto_by_login(person.login)[0])
                kind = OK
            except Conflict:
                kind = CONFLICT
            except Forbidden:
                kind = UNKNOWN
        assert kind == expected, (kind, expected)
        self.followed(task)

    def complete(self, id: str, *, by: Konto) -> object:
        return complete_aufgabe(id, {}, by=by)

    def task(self, town: str) -> Task | None:
        found = [task for case in self.model.cases_of(town) for task in case.tasks]
        open_ = [task for task in found if task.open]
        return self.random.choice(open_ if open_ and self.random.random() < 0.8 else found) if found else None

    def followed(self, task: Task) -> None:
        """After a task was done the next is there."""
        done = not task.open and task is task.case.tasks[-1]
        if done and self.model.following(task) is not None:
            self.opened(task.case, self.model.following(task))


def grant_of(id: str) -> Any:
    [row] = rows(grant.T, id=id)
    return row
