"""Random operations of three municipalities on the real thing and on the model (`neighbour_model`), compared after each."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import sqlalchemy as sa

from engine import feel, reads
from engine.base import clock, db
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.ports import Reply, Request
from engine.base.rights import SYSTEM, Granted, Konto
from engine.model import aufgabe, grant, grant_held, konto, protokoll, vorgang
from engine.verbs.cooperate import announce, ask_help, end_grant, neighbours, offer_agreement
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from engine.verbs.due import tick
from engine.verbs.held import keep_signed
from engine.verbs.konten import activate_konto, add_konto, change_konto, deactivate_konto
from engine.verbs.retention import change_retention, delete_case
from engine.verbs.stellen import give_to_stelle
from engine.verbs.vertretung import stand_in
from engine.verbs.vorgang import withdraw
from engine.verbs.work import work_next
from tests.engine.cases import Twin, Upload, push, rows, vorgang_of
from tests.engine.neighbour_model import (
    CONFLICT,
    COVER,
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


class World:
    """The three municipalities of `neighbours.three_towns`, and the model of them."""

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
        """What the origin answers somebody; None if they are nobody at home any more. A refusal is in its Protokoll."""
        with db.namespace(person.town):
            try:
                by = Konto(person.id, person.login, person.login)
                request = reads.request_of(by, TOWNS[person.town], given.origin, given.id, operation, arguments)
            except Unknown:
                return None
        return self.sent(person.town, given.origin, request)

    def sent(self, town: str, origin: str, request: Request) -> Reply:
        before = self.last_line(origin)
        with db.namespace(town):
            reply = neighbours().ask(origin, request)
        after = self.last_line(origin)
        assert (reply.kind == UNKNOWN) == (after[0] > before[0] and after[1] == "befugnis:abgewiesen"), (reply, before, after)
        if reply.kind == UNKNOWN:
            assert (reply.content, reply.sentence) == ({}, reads.NOT_HERE)
        return reply

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
            id = ask_help(case.id, guest, "?", self.day(last), documents=documents, fields=fields, users=users, by=by)
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
        with db.namespace(origin):
            chef = reads.konto_by_login("chef")[0]
            try:
                id = offer_agreement(
                    kind, guest, opens, "x", self.day(first), self.day(last), legal_form="18" if kind == OFFICE else "",
                    rights=rights, by=chef,
                )  # fmt: skip
            except Invalid:
                assert opens[0] == "konto"
                assert not self.model.people[origin, opens[1]].active
                return
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
            with db.transaction() as tx:
                long_ago = self.now - dt.timedelta(365)
                tx.execute(sa.update(vorgang.T).where(vorgang.T.c.id == case.id).values(closed_at=long_ago))
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

    # --- what guests do ----------------------------------------------------------------------------------------------

    def guest(self, given: Given) -> Person:
        return self.person(given.guest if self.random.random() < 0.85 else self.town())

    def op_list(self) -> None:
        """What everybody of a guest, and somebody of a third town, sees on their list."""
        given = self.given(*STANDING)
        if given is None:
            return
        people = [one for (town, _), one in self.model.people.items() if town == given.guest]
        for person in [*people, self.person(self.town())]:
            actor = self.model.let_in(person.town, person, given.id, SEES, STANDING)
            listed = set() if actor is None else self.model.listed(actor)
            reply = self.asked(person, given, "aufgaben")
            self.same(reply, UNKNOWN if actor is None else OK, lambda told: {one["id"] for one in told["aufgaben"]}, listed)

    def op_look(self) -> None:
        given = self.given(*STANDING)
        task = None if given is None else self.task(given.origin if self.random.random() < 0.9 else self.town())
        if given is None or task is None:
            return
        person, case = self.guest(given), task.case
        actor = self.model.let_in(person.town, person, given.id, SEES, STANDING)
        kind = self.random.choice(["aufgabe", "vorgang", "dokument"])
        named = {"aufgabe": task.id} if kind == "aufgabe" else {"vorgang": case.id}
        seen = actor is not None and (
            self.model.sees_task(actor, task) if kind == "aufgabe" else self.model.sees_case(actor, case)
        )
        if kind == "dokument":
            others = [one for other in self.model.cases.values() for one in other.documents]
            named["dokument"] = self.random.choice([*case.documents, *others, "0" * 26])
        if seen and actor is not None:
            self.model.look(actor, case)
        good = seen and named.get("dokument") in (None, *case.documents)
        self.same(self.asked(person, given, kind, **named), OK if good else UNKNOWN)

    def op_work(self) -> None:
        given = self.given(*STANDING)
        task = None if given is None else self.task(given.origin if self.random.random() < 0.95 else self.town())
        if given is None or task is None:
            return
        person = self.guest(given)
        actor = self.model.let_in(person.town, person, given.id, WORKS, STANDING)
        operation, does = self.random.choice(
            [("uebernehmen", self.model.take), ("zurueckgeben", self.model.give_back), ("erledigen", self.model.complete)]
        )
        expected = UNKNOWN
        if actor is not None and self.model.sees_task(actor, task):
            expected = does(actor, task)
        self.same(self.asked(person, given, operation, aufgabe=task.id), expected)
        self.followed(task)

    def op_helper(self) -> None:
        given = self.given(HELP)
        if given is None:
            return None
        person, case = self.guest(given), self.model.cases[given.opens[1]]
        actor = self.model.let_in(person.town, person, given.id, HELPS, (HELP,))
        expected = UNKNOWN if actor is None else OK
        what = self.random.choice(["ersuchen", "ersuchen", "dokument", "vorgang", "beantworten"])
        if what == "vorgang":
            return self.same(self.asked(person, given, "vorgang", vorgang=case.id), UNKNOWN)
        if what == "beantworten":
            reply = self.asked(person, given, "ersuchen.beantworten", text="Ja.")
            if actor is not None:
                given.uses += 1
                self.model.end(given)
            return self.same(reply, expected)
        if what == "dokument":
            id = self.random.choice([*case.documents, "0" * 26])
            if actor is not None and id in given.documents:
                self.model.look(actor, case)
            reply = self.asked(person, given, "ersuchen.dokument", dokument=id)
            return self.same(reply, expected if id in given.documents else UNKNOWN)
        if actor is not None:
            self.model.look(actor, case)
        wanted = (set().union(*(FIELDS[one] for one in given.fields)), set(given.documents))
        return self.same(self.asked(person, given, "ersuchen"), expected, projected, wanted)

    def op_attack(self) -> None:
        """A secret, a grant, a name or an operation that is not theirs."""
        given = self.given()
        if given is None:
            return
        person = self.model.people[given.guest, "ute"]
        if not person.active:
            return
        with db.namespace(given.guest):
            by = Konto(person.id, person.login, person.login)
            operation = "ersuchen" if given.kind == HELP else "aufgaben"
            good = reads.request_of(by, "x", given.origin, given.id, operation, {})
        other = self.given()
        assert other is not None
        third = next(one for one in TOWNS if one not in (given.origin, given.guest))
        clerk = dataclasses.replace(good.clerk, id=f"{third}/{person.id}", roles=("administration",))
        forged = [
            (given.guest, dataclasses.replace(good, secret="A" * 43)),
            (given.guest, dataclasses.replace(good, secret="")),
            (given.guest, dataclasses.replace(good, grant=other.id if other.id != given.id else "0" * 26)),
            (given.guest, dataclasses.replace(good, operation="vorgang", arguments={})),
            (given.guest, dataclasses.replace(good, operation="loeschen")),
            (given.guest, dataclasses.replace(good, clerk=clerk)),
            (third, good),
            (third, dataclasses.replace(good, guest=given.guest)),
        ]
        town, request = self.random.choice(forged)
        assert self.sent(town, given.origin, request).kind == UNKNOWN

    def op_regrant(self) -> None:
        """Somebody who is at an origin by a grant gives another one, asks for help or lets somebody stand in."""
        given, case = self.given(), self.case()
        if given is None or case is None:
            return
        granted = Granted(given.id, given.guest, given.kind, given.opens, frozenset(given.rights))
        person = self.person(given.guest)
        login = f"{given.guest}/{person.id}"
        by, day = Konto(login, login, "Gast", granted=granted), self.day(self.model.day)
        third = next(one for one in TOWNS if one not in (given.origin, given.guest))
        acts: list[Callable[[], object]] = [
            lambda: ask_help(case.id, third, "?", day, by=by),
            lambda: offer_agreement(OFFICE, third, ("leistung", "zwei"), "x", day, day, legal_form="18", by=by),
            lambda: offer_agreement(COVER, third, ("stelle", "bau"), "x", day, day, by=by),
            lambda: stand_in(person.id, "ute", day, day, "x", by=by),
            lambda: reads.clerk_of(by),
        ]
        with db.namespace(given.origin):
            before = len(rows(grant.T))
            try:
                self.random.choice(acts)()
            except (Unknown, Forbidden):
                assert len(rows(grant.T)) == before
            else:
                raise AssertionError("a grant was granted on")

    def op_deliver(self) -> None:
        """All that is to be told is told; each use then is one line at the guest."""
        for town in TOWNS:
            with db.namespace(town):
                announce()
                while work_next(Twin(), by=SYSTEM):
                    pass
        counted = {id: given.uses for id, given in self.model.grants.items()}
        for town in TOWNS:
            with db.namespace(town):
                given = {row.id: row.uses for row in rows(grant.T)}
                assert given == {id: counted[id] for id, one in self.model.grants.items() if one.origin == town}
                with db.reading() as tx:
                    h = grant_held.HEARD.c
                    told = {row.grant_id: row.n for row in tx.all(
                        sa.select(h.grant_id, sa.func.count().label("n")).group_by(h.grant_id))}  # fmt: skip
                for id, one in self.model.grants.items():
                    assert one.guest != town or told.get(id, 0) == counted[id]

    # --- all of it ---------------------------------------------------------------------------------------------------

    OPS: tuple[tuple[str, int], ...] = (
        ("case", 6), ("help", 5), ("offer", 6), ("sign", 2), ("end", 2), ("leave", 1), ("tick", 2), ("day", 3), ("person", 6),
        ("stelle", 2), ("delete", 2), ("local", 8), ("list", 10), ("look", 14), ("work", 20), ("helper", 12), ("attack", 6),
        ("regrant", 2), ("deliver", 1),
    )  # fmt: skip

    def run(self, operations: int) -> None:
        """So many operations, one after the other."""
        names, weights = [name for name, _ in self.OPS], [weight for _, weight in self.OPS]
        for number, name in enumerate(self.random.choices(names, weights, k=operations)):
            self.now += dt.timedelta(seconds=1)
            with clock.frozen(self.now):
                try:
                    getattr(self, f"op_{name}")()
                except AssertionError as difference:
                    raise AssertionError(f"operation {number} ({name}): {difference}") from difference
        with clock.frozen(self.now):
            self.op_deliver()


def grant_of(id: str) -> Any:
    [row] = rows(grant.T, id=id)
    return row


def projected(content: Mapping[str, Any]) -> object:
    """What a helper sees of an application and of the documents."""
    fields = feel.from_json(content["felder"])
    names = {one["name"] for one in fields} | {inner["name"] for one in fields for inner in one.get("items") or ()}
    return names, {one["id"] for one in content["dokumente"]}
