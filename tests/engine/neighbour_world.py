"""Random operations of three municipalities on the real thing and on the model (`neighbour_model`), compared after each."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from engine import feel, reads
from engine.base import clock, db
from engine.base.errors import Forbidden, Unknown
from engine.base.rights import SYSTEM, Granted, Konto
from engine.model import grant, grant_held
from engine.reads.paging import PAGE
from engine.verbs.cooperate import announce, ask_help, offer_agreement
from engine.verbs.vertretung import stand_in
from engine.verbs.work import work_next
from tests.engine.cases import Twin, rows
from tests.engine.neighbour_model import (
    CONFLICT,
    COVER,
    FIELDS,
    HELP,
    HELPS,
    OFFICE,
    OK,
    SEES,
    STANDING,
    UNKNOWN,
    WHOLE,
    WORKS,
    WRITES,
    Given,
    Person,
    Task,
)
from tests.engine.neighbour_origins import Origins
from tests.engine.neighbours import TOWNS


class World(Origins):
    """The municipalities, also as guests, and everything they do at random."""

    # --- what guests do ----------------------------------------------------------------------------------------------

    def guest(self, given: Given) -> Person:
        return self.person(given.guest if self.random.random() < 0.85 else self.town())

    def standing(self, right: str) -> tuple[Given, Person, Task] | None:
        """Who by which grant at which task: mostly somebody who sees it, else whoever it is."""
        town = self.town()
        valid = [one for one in self.model.grants.values() if one.kind in STANDING and self.model.valid(one)]
        let_in = [
            (given, person, actor)
            for given in valid
            for person in self.model.people.values()
            if (actor := self.model.let_in(person.town, person, given.id, right, STANDING)) is not None
        ]
        good = [
            (given, person, task)
            for given, person, actor in let_in
            for case in self.model.cases_of(given.origin)
            for task in case.tasks
            if self.model.sees_task(actor, task)
        ]
        if good and self.random.random() < 0.6:
            return self.random.choice(good)
        given = self.given(*STANDING)
        task = None if given is None else self.task(given.origin if self.random.random() < 0.9 else town)
        return None if given is None or task is None else (given, self.guest(given), task)

    def op_list(self) -> None:
        """What everybody of a guest, and somebody of a third town, sees on their list, finds, and is reminded of."""
        given = self.given(*STANDING)
        if given is None:
            return
        people = [one for (town, _), one in self.model.people.items() if town == given.guest]
        for person in [*people, self.person(self.town())]:
            actor = self.model.let_in(person.town, person, given.id, SEES, STANDING)
            listed = set() if actor is None else self.model.listed(actor)
            reply = self.asked(person, given, "aufgaben", suche="Muster")
            self.same(reply, UNKNOWN if actor is None else OK, lambda told: {one["id"] for one in told["aufgaben"]}, listed)
            if actor is None or reply is None:
                continue
            cases = self.model.cases_of(given.origin) if given.kind == OFFICE else ()
            seen = {case.id for case in cases if self.model.sees_case(actor, case)}
            found = {one["id"] for one in reply.content["vorgaenge"]}
            assert found <= seen
            assert len(found) == min(PAGE, len(seen)), f"{found} is found of {seen}"
            assert {one["vorgang"] for one in reply.content["wiedervorlagen"]} <= seen

    def op_look(self) -> None:
        chosen = self.standing(SEES)
        if chosen is None:
            return
        given, person, task = chosen
        case = task.case
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
        chosen = self.standing(SEES if self.random.random() < 0.3 else WORKS)
        if chosen is None:
            return
        given, person, task = chosen
        actor = self.model.let_in(person.town, person, given.id, WORKS, STANDING)
        operation, does = self.random.choice(
            [("uebernehmen", self.model.take), ("zurueckgeben", self.model.give_back), ("erledigen", self.model.complete)]
        )
        expected = UNKNOWN
        if actor is not None and self.model.sees_task(actor, task):
            expected = does(actor, task)
        self.same(self.asked(person, given, operation, aufgabe=task.id), expected)
        self.followed(task)

    def op_file(self) -> None:
        """What is written into a file, by a gemeinsames Amt; documents by whoever has a task."""
        chosen = self.standing(SEES)
        if chosen is None:
            return
        given, person, task = chosen
        operation, right, kinds = self.random.choice(
            [
                ("nachricht", WRITES, (OFFICE,)), ("kommentar", WHOLE, (OFFICE,)), ("wiedervorlage", WHOLE, (OFFICE,)),
                ("datei", WORKS, STANDING),
            ]
        )  # fmt: skip
        actor = self.model.let_in(person.town, person, given.id, right, kinds)
        of_task = operation == "datei"
        if actor is None or not (self.model.sees_task(actor, task) if of_task else self.model.sees_case(actor, task.case)):
            expected = UNKNOWN
        else:
            expected = OK if not of_task or (task.open and task.holder == actor.login) else CONFLICT
        file = {"name": "x.txt", "media_type": "text/plain", "inhalt": "eA==", "am": self.day(self.model.day).isoformat()}
        reply = self.asked(person, given, operation, aufgabe=task.id, vorgang=task.case.id, text="x", **file)
        self.same(reply, expected)
        if actor is None or reply is None or expected != OK:
            return
        if operation == "nachricht":
            self.model.look(actor, task.case)
        else:
            given.uses += 1
        if of_task:
            task.case.documents = (*task.case.documents, reply.content["id"])

    def op_hand_on(self) -> None:
        """A guest gives a task to somebody of their town."""
        chosen = self.standing(WORKS)
        if chosen is None:
            return
        given, person, task = chosen
        colleague = self.person(given.guest)
        if not colleague.active:
            return
        with db.namespace(given.guest):
            named = dataclasses.asdict(reads.clerk_of(reads.konto_by_login(colleague.login)[0]))
        actor = self.model.let_in(person.town, person, given.id, WORKS, STANDING)
        expected = UNKNOWN
        if actor is not None and self.model.sees_task(actor, task):
            expected = self.model.hand_on(actor, task, colleague)
        self.same(self.asked(person, given, "weitergeben", aufgabe=task.id, an=named), expected)

    def op_helper(self) -> None:
        given = self.given(HELP)
        if given is None:
            return None
        people = [one for one in self.model.people.values() if self.model.let_in(one.town, one, given.id, HELPS, (HELP,))]
        person = self.random.choice(people) if people and self.random.random() < 0.6 else self.guest(given)
        case = self.model.cases[given.opens[1]]
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
        ("stelle", 2), ("delete", 2), ("local", 8), ("list", 10), ("look", 14), ("work", 20), ("hand_on", 6), ("file", 6),
        ("helper", 12), ("attack", 6), ("regrant", 2), ("deliver", 1),
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


def projected(content: Mapping[str, Any]) -> object:
    """What a helper sees of an application and of the documents."""
    fields = feel.from_json(content["felder"])
    names = {one["name"] for one in fields} | {inner["name"] for one in fields for inner in one.get("items") or ()}
    return names, {one["id"] for one in content["dokumente"]}
