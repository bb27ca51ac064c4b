"""Who may see and do what across municipalities, as a small model: no database, none of the product's code but the roles.

The world (`neighbour_world`) does the same with the real thing; what differs is an error in one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.base.rights import RIGHTS

OK, UNKNOWN, CONFLICT = "ok", "unknown", "conflict"
HELP, COVER, OFFICE = "amtshilfe", "vertretung", "gemeinsames_amt"
STANDING = (COVER, OFFICE)
SEES, WORKS, HELPS, SPEAKS = "vorgang.lesen", "aufgabe.bearbeiten", "amtshilfe.leisten", "zusammenarbeit.verwalten"
GIVES = {HELP: {HELPS}, COVER: {SEES, WORKS}, OFFICE: {SEES, WORKS, "vorgang.bearbeiten", "nachricht.senden"}}
# What each Leistung does: its tasks one after the other, for whom each is, and whose authors may not do it.
TASKS = {
    "zwei": (("entwerfen", ("bau",), ()), ("freigeben", ("bau",), ("entwerfen",))),
    "offen": (("tun", (), ()),),
    "eintrag": (("eintragen", ("sachbearbeitung",), ()),),
}
FIELDS = {"nr": {"nr"}, "antragsteller": {"antragsteller", "nachname"}, "antragsteller/nachname": {"antragsteller", "nachname"}}
PAGE = 30


@dataclass
class Person:
    """Somebody with a Konto in a town."""

    town: str
    login: str
    id: str
    email: str
    roles: set[str]
    groups: set[str]
    active: bool = True

    def may(self, right: str) -> bool:
        return any(right in RIGHTS.get(role, ()) for role in self.roles)


@dataclass
class Task:
    id: str
    case: Case
    element: str
    groups: tuple[str, ...]
    four_eyes: tuple[str, ...]
    holder: str | None = None
    held_for: str | None = None
    state: str = "offen"
    closed_by: str | None = None

    @property
    def open(self) -> bool:
        return self.state == "offen"


@dataclass
class Case:
    id: str
    town: str
    leistung: str
    documents: tuple[str, ...]
    stelle: str | None = None
    tasks: list[Task] = field(default_factory=list)


@dataclass
class Given:
    """A grant. `users` are none until it is signed."""

    id: str
    kind: str
    origin: str
    guest: str
    opens: tuple[str, str]
    first: int
    last: int
    rights: set[str]
    users: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    signed_by: str | None = None
    ended: bool = False
    uses: int = 0
    looked: set[Any] = field(default_factory=set)

    @property
    def place(self) -> str:
        return self.opens[1] if self.opens[0] == "konto" else f"befugnis:{self.id}"


@dataclass
class Actor:
    """Somebody at work in a town: of its own, or a guest by a grant, who is there for `whom` only."""

    login: str
    person: Person
    grant: Given | None = None
    whom: tuple[str, frozenset[str], frozenset[str]] | None = None
    """For whom a guest stands in: a name, the Stellen and the roles."""

    def own(self, groups: tuple[str, ...]) -> bool:
        """Whether a task of these groups is theirs to do for themselves."""
        mine = self.person.groups
        return self.grant is None and (not groups or not mine or not (mine | self.person.roles).isdisjoint(groups))

    def is_for(self, groups: tuple[str, ...]) -> bool:
        return self.own(groups) or self.of_whom(groups)

    def of_whom(self, groups: tuple[str, ...]) -> bool:
        return self.whom is not None and _theirs(groups, self.whom[1], self.whom[2])


def _theirs(groups: tuple[str, ...], stellen: frozenset[str], roles: frozenset[str]) -> bool:
    return not groups or not stellen or not (stellen | roles).isdisjoint(groups)


class Model:
    """All towns, and the day."""

    def __init__(self) -> None:
        self.day = 0
        self.people: dict[tuple[str, str], Person] = {}
        self.cases: dict[str, Case] = {}
        self.grants: dict[str, Given] = {}

    # --- who comes in ------------------------------------------------------------------------------------------------

    def valid(self, given: Given) -> bool:
        signed = given.kind == HELP or given.signed_by is not None
        return not given.ended and signed and given.first <= self.day <= given.last

    def let_in(self, town: str, person: Person, id: str, right: str, kinds: tuple[str, ...]) -> Actor | None:
        """Somebody of a town as the grant lets them in; None if it does not."""
        given = self.grants.get(id)
        if given is None or given.guest != town or given.kind not in kinds or not person.active:
            return None
        if not self.valid(given) or right not in given.rights or not person.may(right):
            return None
        if not self.is_for(given, person):
            return None
        return Actor(f"{town}/{person.id}", person, given, self.whom(given))

    def is_for(self, given: Given, person: Person) -> bool:
        """Whether somebody is among those who use a grant."""
        own = {"konto": {person.id}, "rolle": person.roles, "stelle": person.groups}
        return any(key in own[what] for what, key in given.users)

    def whom(self, given: Given) -> tuple[str, frozenset[str], frozenset[str]] | None:
        what, key = given.opens
        if what == "vorgang":
            return None
        if what == "konto":
            one = self.people[given.origin, key]
            return (key, frozenset(one.groups), frozenset(one.roles)) if one.active else None
        return given.place, frozenset() if what == "leistung" else frozenset({key}), frozenset()

    def speaks(self, town: str, person: Person, id: str) -> Given | None:
        """The grant about which somebody may speak for their town; None if there is none."""
        given = self.grants.get(id)
        good = given is not None and given.guest == town and given.kind in STANDING and person.active
        return given if good and given and not given.ended and self.day <= given.last and person.may(SPEAKS) else None

    # --- what they see -----------------------------------------------------------------------------------------------

    def cases_of(self, town: str) -> Iterator[Case]:
        yield from (case for case in self.cases.values() if case.town == town)

    def opened(self, actor: Actor, task: Task) -> bool:
        """Whether an open task is opened by the grant of a guest."""
        given, case = actor.grant, task.case
        if given is None or actor.whom is None or not task.open or case.town != given.origin:
            return False
        what, key = given.opens
        if what == "leistung":
            return case.leistung == key
        if task.holder == actor.login and task.held_for == actor.whom[0]:
            return True
        if task.holder is not None:
            return what == "konto" and task.holder == key
        if task.groups:
            return _theirs(task.groups, actor.whom[1], actor.whom[2])
        if what == "konto":
            return not actor.whom[1] or case.stelle is None or case.stelle in actor.whom[1]
        return what == "stelle" and case.stelle == key

    def done_by(self, actor: Actor, task: Task) -> bool:
        return actor.whom is not None and task.closed_by == actor.login and task.held_for == actor.whom[0]

    def sees_task(self, actor: Actor, task: Task) -> bool:
        return self.opened(actor, task) or self.done_by(actor, task)

    def sees_case(self, actor: Actor, case: Case) -> bool:
        given = actor.grant
        if given is None or actor.whom is None or case.town != given.origin:
            return False
        if given.opens[0] == "leistung":
            return case.leistung == given.opens[1]
        return any(self.sees_task(actor, task) for task in case.tasks)

    def listed(self, actor: Actor) -> set[str]:
        """The ids on the first page of a guest's list: the oldest first."""
        assert actor.grant is not None
        tasks = [task for case in self.cases_of(actor.grant.origin) for task in case.tasks if self.opened(actor, task)]
        return {task.id for task in sorted(tasks, key=lambda one: one.id)[:PAGE]}

    def look(self, actor: Actor, case: Case) -> None:
        """Looking is a use, once a day."""
        assert actor.grant is not None
        if (actor.login, case.id, self.day) not in actor.grant.looked:
            actor.grant.looked.add((actor.login, case.id, self.day))
            actor.grant.uses += 1

    # --- what they do ------------------------------------------------------------------------------------------------

    def acts_for(self, actor: Actor, task: Task) -> str | None:
        """In whose place somebody takes a task up."""
        whom = None if actor.whom is None else actor.whom[0]
        if task.held_for == actor.login or whom is None:
            return None
        if task.holder == actor.login:
            return whom if task.held_for == whom else None
        if task.holder is not None:
            return whom if task.holder == whom else None
        return whom if actor.of_whom(task.groups) else None

    def may_take(self, actor: Actor, task: Task) -> bool:
        whom = None if actor.whom is None else actor.whom[0]
        theirs = task.holder in (None, actor.login, *([] if whom is None else [whom])) or task.held_for == actor.login
        return theirs or (actor.grant is None and "/" in (task.holder or ""))

    def persons(self, town: str, login: str) -> set[str]:
        """All logins, as that town writes them, of the person behind one of them."""
        here = {(f"{p.town}/{p.id}" if p.town != town else p.login): p for p in self.people.values()}
        one = here.get(login)
        same = {name for name, p in here.items() if one is not None and p.email == one.email and p.town != one.town}
        return {login, *same}

    def four_eyes(self, actor: Actor, task: Task, whom: str | None) -> bool:
        """Whether four eyes keep somebody from a task: for what they did, or, in somebody's place, any they stand in for."""
        logins = self.persons(task.case.town, actor.login)
        for one in () if whom is None else (whom, *self.also_covered(actor)):
            logins |= self.persons(task.case.town, one)
        return any(one.element in task.four_eyes and one.closed_by in logins for one in task.case.tasks)

    def also_covered(self, actor: Actor) -> Iterator[str]:
        """The Konten that a guest covers by other grants of the same origin."""
        mine = actor.grant
        for given in self.grants.values() if mine is not None else ():
            same = mine is not None and given is not mine and (given.origin, given.guest) == (mine.origin, mine.guest)
            if same and given.opens[0] == "konto" and self.valid(given) and self.is_for(given, actor.person):
                yield given.opens[1]

    def take(self, actor: Actor, task: Task) -> str:
        whom = self.acts_for(actor, task)
        if not actor.is_for(task.groups) or self.four_eyes(actor, task, whom):
            return UNKNOWN
        if task.holder != actor.login and task.open and self.may_take(actor, task):
            task.holder, task.held_for = actor.login, whom
            self._used(actor)
        elif task.holder != actor.login or not task.open:
            return CONFLICT
        return OK

    def give_back(self, actor: Actor, task: Task) -> str:
        if not task.open or task.holder not in (None, actor.login):
            return CONFLICT
        if task.holder is not None:
            task.holder = task.held_for = None
            self._used(actor)
        return OK

    def complete(self, actor: Actor, task: Task) -> str:
        """With the same empty answers each time: done once more it is done already."""
        if task.state == "erledigt" and task.closed_by == actor.login:
            return OK
        if not task.open or not self.may_take(actor, task):
            return CONFLICT
        mine = {actor.login} if actor.whom is None else {actor.login, actor.whom[0]}
        if task.holder == actor.login and task.held_for is not None and task.held_for not in mine:
            return UNKNOWN
        whom = self.acts_for(actor, task)
        if not actor.is_for(task.groups) or self.four_eyes(actor, task, whom):
            return UNKNOWN
        task.state, task.holder, task.closed_by, task.held_for = "erledigt", actor.login, actor.login, whom
        self._used(actor)
        return OK

    def _used(self, actor: Actor) -> None:
        if actor.grant is not None:
            actor.grant.uses += 1

    def following(self, task: Task) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
        """The task that comes after one that was done."""
        tasks = TASKS[task.case.leistung]
        at = [element for element, _, _ in tasks].index(task.element)
        return tasks[at + 1] if at + 1 < len(tasks) else None

    # --- what ends ---------------------------------------------------------------------------------------------------

    def end(self, given: Given) -> bool:
        """End a grant; what was taken by it goes back."""
        if given.ended:
            return False
        given.ended = True
        same = [
            one
            for one in self.grants.values()
            if (one.origin, one.guest, one.opens) == (given.origin, given.guest, given.opens)
            and not one.ended
            and one.signed_by is not None
        ]
        if given.opens[0] == "konto" and same:
            return True
        for case in self.cases_of(given.origin):
            for task in case.tasks:
                if task.open and (task.holder or "").startswith(f"{given.guest}/") and task.held_for == given.place:
                    task.holder, task.held_for = given.opens[1] if given.opens[0] == "konto" else None, None
        return True

    def deactivate(self, person: Person) -> None:
        person.active = False
        for case in self.cases_of(person.town):
            for task in case.tasks:
                if task.open and person.login in (task.holder, task.held_for):
                    task.holder = task.held_for = None

    def delete(self, case: Case) -> None:
        """A case goes with its requests for help."""
        del self.cases[case.id]
        for id in [id for id, one in self.grants.items() if one.opens == ("vorgang", case.id)]:
            del self.grants[id]
