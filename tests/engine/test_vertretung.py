"""Vertretung: for a time somebody's tasks are also the substitute's; both names are written down, and persons count."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.rights import ADMINISTRATION, SYSTEM, Konto
from engine.model import aufgabe, konto, protokoll, vorgang
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, hand_over, release_aufgabe
from engine.verbs.drafts import save_draft
from engine.verbs.due import tick
from engine.verbs.konten import activate_konto, add_konto, deactivate_konto, new_token
from engine.verbs.notes import set_reminder
from engine.verbs.stellen import add_stelle
from engine.verbs.vertretung import cover_group, end_vertretung, stand_in
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import TYPES, bundle, push, rows, vorgang_of

CLERK = frozenset({"sachbearbeitung"})
FOR = '<zeebe:assignmentDefinition candidateGroups="{}"/>'
FOUR_EYES = FOR.format("bau") + '<zeebe:properties><zeebe:property name="vier_augen" value="erst"/></zeebe:properties>'
TWO = process(
    start(), user("erst", extension=FOR.format("bau")), user("dann", extension=FOUR_EYES), end(),
    flows("start > erst > dann > end"),
)  # fmt: skip


def who_is(login: str) -> str:
    """The id of a Konto, locked or not."""
    [row] = rows(konto.T, login=login)
    return str(row.id)


def today(days: int = 0) -> dt.date:
    return clock.local_day(clock.now()) + dt.timedelta(days)


def who(login: str) -> Konto:
    """Somebody as they come in with their next request."""
    caller = reads.caller_with(str(new_token(login, by=SYSTEM)))
    assert caller is not None
    return caller[0]


@pytest.fixture
def office(amt: str) -> str:
    """Bauamt with Ute and Udo, Kasse with Kim, and a case whose first task is the Bauamt's."""
    add_stelle("Bauamt", key="bau", nummer="100001", by=SYSTEM)
    add_stelle("Kasse", key="kasse", by=SYSTEM)
    for login, key in (("ute", "bau"), ("udo", "bau"), ("kim", "kasse")):
        add_konto(login, login.title(), f"{login}@example.org", CLERK, frozenset({key}), by=SYSTEM)
    add_konto("chef", "Chefin", "c@example.org", frozenset({ADMINISTRATION}), by=SYSTEM)
    deploy_bundle(bundle(TWO, "zwei", "ZW"), TYPES, by=SYSTEM)
    return vorgang_of(push("zwei"))


def task(element: str) -> reads.Aufgabe:
    [row] = rows(aufgabe.T, element=element, state="offen")
    return reads.get_aufgabe(row.id)


def cover(of: str = "ute", by: str = "kim", first: int = 0, last: int = 7) -> str:
    return stand_in(who(of).id, by, today(first), today(last), "Urlaub", by=who(of))


def mine(login: str) -> list[str]:
    return [one.element for one in reads.list_aufgaben(by=who(login), scope=reads.MINE).items]


def stelle(login: str) -> list[str]:
    return [one.element for one in reads.list_aufgaben(by=who(login), scope=reads.STELLE).items]


def told(tag: str) -> list[tuple[str, str | None]]:
    return [(row.konto, json.loads(row.detail).get("fuer")) for row in rows(protokoll.T, tag=tag)]


def test_open_and_new_tasks_appear_at_the_substitute_and_both_names_are_written(office: str) -> None:
    kim = who("kim")
    assert (stelle("kim"), reads.hindrance(task("erst"), kim) != "") == ([], True)
    with pytest.raises(Unknown):
        reads.require_sight(kim, "vorgang_id", office)
    claim_aufgabe(task("erst").id, by=who("ute"))
    cover()
    assert mine("kim") == ["erst"]
    kim = who("kim")
    reads.require_sight(kim, "vorgang_id", office)
    assert [one.id for one in reads.list_vorgaenge(by=kim).items if one.leistung == "zwei"] == [office]
    taken = claim_aufgabe(task("erst").id, by=kim)
    assert (taken.holder, taken.held_for) == ("kim", "ute")
    save_draft(taken.id, {"x": 1}, by=kim)
    complete_aufgabe(taken.id, {}, by=kim)
    assert stelle("kim") == ["dann"], "also what is new"
    assert told("aufgabe:uebernommen") == [("ute", None), ("kim", "ute")]
    assert told("aufgabe:entwurf") == told("aufgabe:abgeschlossen") == [("kim", "ute")]
    [done] = [one for one in reads.verlauf(office) if one.kind == "completed" and one.element == "erst"]
    assert (done.konto, done.acted_for) == ("kim", "ute")


def test_four_eyes_count_persons(office: str) -> None:
    cover()
    claim_aufgabe(task("erst").id, by=who("kim"))
    complete_aufgabe(task("erst").id, {}, by=who("kim"))
    with pytest.raises(Forbidden, match="Sie haben"):
        claim_aufgabe(task("dann").id, by=who("kim"))
    complete_aufgabe(task("dann").id, {}, by=who("ute"))  # another person than did the first


def test_a_substitute_does_not_approve_the_work_of_whom_they_stand_in_for(office: str) -> None:
    complete_aufgabe(task("erst").id, {}, by=who("ute"))
    cover()
    with pytest.raises(Forbidden, match="Sie vertreten Ute"):
        claim_aufgabe(task("dann").id, by=who("kim"))
    with pytest.raises(Forbidden, match="Sie vertreten Ute"):
        complete_aufgabe(task("dann").id, {}, by=who("kim"))
    assert "Sie vertreten Ute" in reads.hindrance(task("dann"), who("kim"))
    own = cover(of="ute", by="udo")
    for act in (
        lambda: claim_aufgabe(task("dann").id, by=who("udo")),
        lambda: hand_over(task("dann").id, "udo", by=who("kim")),
    ):
        with pytest.raises((Forbidden, Invalid)) as refused:
            act()  # also for himself, because it is his Stelle's: he is the substitute of who has drafted
        assert "Ute hat" in f"{refused.value}{getattr(refused.value, 'causes', '')}"
    assert "sobald die Administration die Vertretung beendet hat" in reads.hindrance(task("dann"), who("udo"))
    end_vertretung(own, by=who("chef"))
    complete_aufgabe(task("dann").id, {}, by=who("udo"))
    assert told("aufgabe:abgeschlossen") == [("ute", None), ("udo", None)]


def test_a_free_task_of_ones_own_stelle_is_done_for_oneself_another_for_whom_one_covers(office: str) -> None:
    cover()
    cover(by="udo")
    assert claim_aufgabe(task("erst").id, by=who("udo")).held_for is None
    release_aufgabe(task("erst").id, by=who("udo"))
    assert claim_aufgabe(task("erst").id, by=who("kim")).held_for == "ute"
    free = release_aufgabe(task("erst").id, by=who("kim"))
    assert (free.holder, free.held_for) == (None, None)
    given = hand_over(task("erst").id, "udo", by=who("kim"))
    assert (given.holder, given.held_for) == ("udo", None)


def test_before_its_first_day_and_after_its_last_it_is_none(office: str) -> None:
    cover(first=2, last=3)
    assert stelle("kim") == []
    with clock.frozen(clock.now() + dt.timedelta(2)):
        assert stelle("kim") == ["erst"]
        claim_aufgabe(task("erst").id, by=who("kim"))
    with clock.frozen(clock.now() + dt.timedelta(4)):
        assert who("kim").stands_in == ()
        with pytest.raises(Forbidden, match="beendet"):
            complete_aufgabe(task("erst").id, {}, by=who("kim"))
        assert tick()["ended"] == 1
        assert tick()["ended"] == 0
        assert (task("erst").holder, task("erst").held_for) == ("ute", None)
    assert told("vertretung:beendet") == [("system", None)]


def test_ended_early_the_tasks_go_back_and_who_is_back_takes_them_at_any_time(office: str) -> None:
    id = cover()
    claim_aufgabe(task("erst").id, by=who("kim"))
    back = claim_aufgabe(task("erst").id, by=who("ute"))
    assert (back.holder, back.held_for) == ("ute", None)
    claim_aufgabe(task("erst").id, by=who("kim"))
    old = who("kim")
    assert end_vertretung(id, by=who("ute"))
    assert not end_vertretung(id, by=who("chef"))
    assert task("erst").holder == "ute"
    with pytest.raises(Conflict):
        complete_aufgabe(task("erst").id, {}, by=dataclasses.replace(old, stands_in=()))


def test_it_leads_one_step_only(office: str) -> None:
    cover(of="ute", by="udo")
    cover(of="udo", by="kim")
    assert [one.login for one in who("kim").stands_in] == ["udo"]
    claim_aufgabe(task("erst").id, by=who("ute"))
    assert mine("kim") == []
    with pytest.raises(Conflict):
        claim_aufgabe(task("erst").id, by=who("kim"))


def test_reminders_of_whom_one_covers_come_up_and_who_was_deactivated_is_not_covered(office: str) -> None:
    set_reminder(office, today(), "Gutachten?", True, by=who("ute"))
    assert reads.due_reminders(who("kim")).items == ()
    cover()
    assert [one.text for one in reads.due_reminders(who("kim")).items] == ["Gutachten?"]
    deactivate_konto(who("ute").id, by=who("chef"))
    assert who("kim").stands_in == ()


def test_who_stands_in_for_somebody_without_a_stelle_sees_what_they_see(office: str) -> None:
    cover(of="chef", by="kim")
    reads.require_sight(who("kim"), "vorgang_id", office)
    assert len(reads.list_vorgaenge(by=who("kim")).items) == len(rows(vorgang.T))
    assert not who("kim").may("kommune.verwalten"), "rights are one's own"


def test_who_may_set_and_end_it(office: str) -> None:
    ute, kim, chef = (who(login) for login in ("ute", "kim", "chef"))
    with pytest.raises(Unknown):
        stand_in(ute.id, "kim", today(), today(1), "Urlaub", by=kim)
    id = stand_in(ute.id, "kim", today(), today(1), "Urlaub", by=chef)
    assert stand_in(ute.id, "kim", today(), today(1), "Urlaub", id=id, by=chef) == id
    with pytest.raises(Forbidden):
        end_vertretung(id, by=kim)
    with pytest.raises(Unknown):
        end_vertretung(id, by=who("udo"))
    with pytest.raises(Unknown):
        end_vertretung("0" * 26, by=chef)
    covered, _ = reads.vertretungen_of("ute")
    _, acts = reads.vertretungen_of("kim")
    assert [one.id for one in covered] == [one.id for one in acts] == [id]
    assert "Urlaub" not in str([row.detail for row in rows(protokoll.T)]), "why somebody is away is nobody's affair"


@pytest.mark.parametrize(
    ("substitute", "first", "last", "reason", "wrong"),
    [
        ("ute", 0, 1, "Urlaub", ["/vertretung"]),
        ("niemand", 0, 1, "Urlaub", ["/vertretung"]),
        ("chef", 0, 1, "Urlaub", ["/vertretung"]),
        ("kim", 2, 1, "Urlaub", ["/bis"]),
        ("kim", -9, -1, "Urlaub", ["/bis"]),
        ("kim", 0, 400, "Urlaub", ["/bis"]),
        ("kim", 0, 1, " ", ["/grund"]),
    ],
)
def test_what_makes_no_sense_is_refused(
    office: str, substitute: str, first: int, last: int, reason: str, wrong: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        stand_in(who("ute").id, substitute, today(first), today(last), reason, by=who("ute"))
    assert [cause.pointer for cause in refused.value.causes] == wrong


# --- of a Stelle or a role -------------------------------------------------------------------------------------------


def cover_all(what: str = "stelle", key: str = "bau", by: str = "kim", **days: int) -> str:
    first, last = days.get("first", 0), days.get("last", 1)
    return cover_group(what, key, by, today(first), today(last), "Urlaub", by=who("chef"))


def test_the_tasks_of_a_stelle_are_done_by_its_substitute_and_its_name_is_written(office: str) -> None:
    id = cover_all()
    assert stelle("kim") == ["erst"]
    reads.require_sight(who("kim"), "vorgang_id", office)
    taken = claim_aufgabe(task("erst").id, by=who("kim"))
    assert (taken.holder, taken.held_for) == ("kim", f"vertretung:{id}")
    complete_aufgabe(taken.id, {}, by=who("kim"))
    assert told("aufgabe:abgeschlossen") == [("kim", f"vertretung:{id}")]
    [done] = [one for one in reads.verlauf(office) if one.kind == "completed" and one.element == "erst"]
    assert reads.names_of_konten()[done.acted_for or ""] == "Bauamt"
    with pytest.raises(Forbidden, match="Sie haben"):
        claim_aufgabe(task("dann").id, by=who("kim"))
    complete_aufgabe(task("dann").id, {}, by=who("udo"))


def test_what_ute_has_taken_is_not_the_stelles_and_when_it_ends_what_was_taken_is_free(office: str) -> None:
    claim_aufgabe(task("erst").id, by=who("ute"))
    id = cover_all()
    assert mine("kim") == []
    with pytest.raises(Conflict):
        claim_aufgabe(task("erst").id, by=who("kim"))
    release_aufgabe(task("erst").id, by=who("ute"))
    claim_aufgabe(task("erst").id, by=who("kim"))
    old = who("kim")
    assert end_vertretung(id, by=who("chef"))
    assert (task("erst").holder, task("erst").held_for) == (None, None)
    assert who("kim").stands_in == ()
    with pytest.raises(Forbidden):
        complete_aufgabe(task("erst").id, {}, by=dataclasses.replace(old, stands_in=()))


def test_the_tasks_of_a_role_are_those_that_name_it(office: str) -> None:
    post = process(start(), user("post", extension=FOR.format("poststelle")), end(), flows("start > post > end"))
    deploy_bundle(bundle(post, "eingang", "EI"), TYPES, by=SYSTEM)
    case = vorgang_of(push("eingang"))
    with pytest.raises(Unknown):
        reads.require_sight(who("kim"), "vorgang_id", case)
    cover_all("rolle", "poststelle")
    assert [one.name for one in who("kim").stands_in] == ["Poststelle"]
    assert stelle("kim") == ["post"]
    with pytest.raises(Unknown):
        reads.require_sight(who("kim"), "vorgang_id", office)
    complete_aufgabe(task("post").id, {}, by=who("kim"))
    assert not who("kim").may("post.bearbeiten"), "rights are one's own"


def test_who_covers_a_stelle_and_who_has_drafted_does_not_approve_it(office: str) -> None:
    complete_aufgabe(task("erst").id, {}, by=who("ute"))
    cover_all()
    assert reads.hindrance(task("dann"), who("kim")) == ""
    cover()
    with pytest.raises(Forbidden, match="Sie vertreten Ute"):
        complete_aufgabe(task("dann").id, {}, by=who("kim"))


def test_who_covers_a_stelle_of_one_person_covers_that_person(office: str) -> None:
    complete_aufgabe(task("erst").id, {}, by=who("ute"))
    deactivate_konto(who("udo").id, by=who("chef"))
    cover_all()
    with pytest.raises(Forbidden, match=r"Sie vertreten Bauamt \(dazu gehört nur Ute\), und Ute hat „erst“"):
        complete_aufgabe(task("dann").id, {}, by=who("kim"))
    activate_konto(who_is("udo"), by=who("chef"))
    complete_aufgabe(task("dann").id, {}, by=who("kim"))


def test_only_the_administration_lets_a_stelle_be_covered(office: str) -> None:
    with pytest.raises(Forbidden):
        cover_group("stelle", "bau", "kim", today(), today(1), "Urlaub", by=who("ute"))
    id = cover_all()
    assert cover_group("stelle", "bau", "kim", today(), today(1), "Urlaub", id=id, by=who("chef")) == id
    assert [(one.covers, one.key, one.name) for one in reads.list_vertretungen()] == [("stelle", "bau", "Bauamt")]
    with pytest.raises(Forbidden):
        end_vertretung(id, by=who("kim"))
    with pytest.raises(Unknown):
        end_vertretung(id, by=who("ute"))


@pytest.mark.parametrize(
    ("what", "key", "substitute", "wrong"),
    [
        ("stelle", "nirgends", "kim", ["/was"]),
        ("rolle", "bau", "kim", ["/was"]),
        ("konto", "ute", "kim", ["/was"]),
        ("stelle", "bau", "udo", ["/vertretung"]),
        ("rolle", "sachbearbeitung", "kim", ["/vertretung"]),
        ("stelle", "bau", "chef", ["/vertretung"]),
    ],
)
def test_what_makes_no_sense_of_a_stelle_is_refused(
    office: str, what: str, key: str, substitute: str, wrong: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        cover_group(what, key, substitute, today(), today(1), "Urlaub", by=who("chef"))
    assert [cause.pointer for cause in refused.value.causes] == wrong
