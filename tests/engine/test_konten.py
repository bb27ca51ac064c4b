"""Konten, passwords and Stellen: what may be said of them, and who must not be shut out."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import db
from engine.base.errors import Conflict, Forbidden, Invalid, Problem, Unknown
from engine.base.rights import ADMINISTRATION, OWN, RIGHTS, SACHBEARBEITUNG, SYSTEM, Konto
from engine.model import aufgabe, history, konto, protokoll, vorgang
from engine.model.password import wrong_with
from engine.verbs import konten
from engine.verbs.desk import claim_aufgabe
from engine.verbs.konten import add_konto, change_konto, change_password, deactivate_konto
from engine.verbs.stellen import add_stelle, change_stelle, give_to_stelle, remove_stelle
from tests.engine.cases import ANNA, push, rows, vorgang_of

CLERK, ADMIN = frozenset({SACHBEARBEITUNG}), frozenset({ADMINISTRATION})


def chef(login: str = "chef") -> Konto:
    """Somebody with the role Administration."""
    id = add_konto(login, login.title(), f"{login}@example.org", ADMIN, by=SYSTEM)
    return Konto(id, login, login.title(), ADMIN)


def pointers(call: Any, *args: Any, **more: Any) -> list[str | None]:
    """The fields that a verb refuses."""
    with pytest.raises((Invalid, Conflict)) as caught:
        call(*args, **more)
    return [cause.pointer for cause in caught.value.causes]


def tags() -> list[str]:
    return [row.tag for row in rows(protokoll.T)]


# --- passwords -------------------------------------------------------------------------------------------------------

NAMES = ("anna.muster", "Anna Muster", "anna.muster@husum.example")


@pytest.mark.parametrize(
    "password",
    [
        "drei Worte genügen",
        "korrekt-pferd-batterie",
        "12 Monate hat das Jahr",
        "Zwölf Zeichen!",
        "🌲🌳🌴🌵🌾🌿 Wald im Mai",
        "x7#kQ9!mZ2$p",
    ],
)
def test_long_passwords_of_ones_own_are_good(password: str) -> None:
    assert wrong_with(password, NAMES) == []


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "mindestens 12"),
        ("elf Zeichen", "mindestens 12"),
        ("x" * 1001, "höchstens 1000"),
        ("Anna Muster 1", "Namen"),
        ("MusterAnna123", "Namen"),
        ("anna.muster@husum.example", "Namen"),
        ("retsumanna1234", "Namen"),
        ("Muster12345678", "Namen"),
        ("passwort1234", "als eines der ersten"),
        ("Passwort-Passwort", "als eines der ersten"),
        ("Hallo Hallo Hallo!", "als eines der ersten"),
        ("123456789012", "als eines der ersten"),
        ("aaaaaaaaaaaaaaaa", "als eines der ersten"),
        ("qwertzuiop2026", "als eines der ersten"),
        ("Sommer2026!!!", "als eines der ersten"),
        ("            ", "als eines der ersten"),
    ],
)
def test_short_named_and_common_passwords_are_refused(password: str, says: str) -> None:
    [cause] = wrong_with(password, NAMES)
    assert says in cause.message
    assert cause.pointer == "/passwort_neu"


def right(hash: str | None, password: str) -> bool:
    return hash == password[::-1]


def new_password(id: str, new: str, old: str | None = "so weit so gut") -> None:
    change_password(
        new, is_right=right, hashed=lambda text: text[::-1], old=old, mark="m", by=Konto(id, "anna.m", "Anna")
    )  # fmt: skip


def test_a_password_is_changed_with_the_one_before_and_is_another(kommune: str) -> None:
    id = add_konto("anna.m", "Anna", "a@example.org", CLERK, password="tug os tiew os", by=SYSTEM)
    assert pointers(new_password, id, "vier Worte genügen auch", "falsch") == ["/passwort_alt"]
    assert pointers(new_password, id, "kurz", "falsch") == ["/passwort_alt", "/passwort_neu"]
    assert pointers(new_password, id, "so weit so gut") == ["/passwort_neu"]
    assert pointers(new_password, id, "vier Worte genügen auch", None) == ["/passwort_alt"]
    new_password(id, "vier Worte genügen auch")
    assert rows(konto.T)[0].password == "hcua negüneg etroW reiv"
    assert tags()[-1] == "konto:passwort_geaendert"


def test_a_password_for_one_login_is_changed_without_it_being_typed_again(kommune: str) -> None:
    id = add_konto("anna.m", "Anna", "a@example.org", CLERK, password="tug os tiew os", once=True, by=SYSTEM)
    new_password(id, "vier Worte genügen auch", None)
    assert not rows(konto.T)[0].once


# --- Konten ----------------------------------------------------------------------------------------------------------


def test_every_wrong_field_of_a_konto_is_named(kommune: str) -> None:
    assert pointers(add_konto, "Anna B", " ", "keine", frozenset({"chefin"}), by=SYSTEM) == [
        "/name", "/login", "/email", "/rollen",
    ]  # fmt: skip
    assert pointers(add_konto, "x" * 101, "y" * 10_000, "z" * 400 + "@example.org", CLERK, by=SYSTEM) == [
        "/name", "/login", "/email",
    ]  # fmt: skip
    assert rows(konto.T) == []


def test_a_login_is_given_once(kommune: str) -> None:
    add_konto("anna", "Anna", "a@example.org", CLERK, by=SYSTEM)
    assert pointers(add_konto, "anna", "Andere", "b@example.org", CLERK, by=SYSTEM) == ["/login"]


def test_sent_twice_a_form_makes_one_konto(kommune: str) -> None:
    id = db.new_id()
    for _ in range(2):
        assert add_konto("anna", "Anna", "a@example.org", CLERK, id=id, by=SYSTEM) == id
    assert pointers(add_konto, "berta", "Berta", "b@example.org", CLERK, id=id, by=SYSTEM) == ["/login"]
    assert (len(rows(konto.T)), tags()) == (1, ["konto:angelegt"])


def test_people_name_stellen_that_are_there_and_keep_those_they_have(kommune: str) -> None:
    boss = chef()
    assert pointers(add_konto, "anna", "Anna", "a@example.org", CLERK, frozenset({"bauamt"}), by=boss) == ["/stellen"]
    id = add_konto("anna", "Anna", "a@example.org", CLERK, frozenset({"nur im Diagramm"}), by=SYSTEM)
    add_stelle("Bauamt", key="bauamt", by=boss)
    both = frozenset({"nur im Diagramm", "bauamt"})
    change_konto(id, name="Anna", email="a@example.org", roles=CLERK, groups=both, by=boss)
    assert reads.get_person(id).groups == ("bauamt", "nur im Diagramm")
    refused = frozenset({"fehlt"})
    assert pointers(change_konto, id, name="Anna", email="a@b.de", roles=CLERK, groups=refused, by=boss) == ["/stellen"]


def test_the_last_administration_stays_one(kommune: str) -> None:
    boss, other = chef(), chef("leitung")
    deactivate_konto(other.id, by=boss)
    given = {"name": "Chef", "email": "c@example.org", "groups": frozenset[str]()}
    assert pointers(change_konto, boss.id, roles=CLERK, by=boss, **given) == ["/rollen"]
    with pytest.raises(Invalid, match="eigene Konto"):
        deactivate_konto(boss.id, by=boss)
    with pytest.raises(Invalid, match="letzte Administration"):
        deactivate_konto(boss.id, by=SYSTEM)
    konten.activate_konto(other.id, by=boss)
    change_konto(boss.id, roles=CLERK, by=boss, **given)
    assert reads.get_person(boss.id).roles == ("sachbearbeitung",)


def test_two_administrations_cannot_take_the_role_from_each_other_at_once(kommune: str) -> None:
    bosses = chef(), chef("leitung")
    refused: list[Problem] = []
    together = threading.Barrier(2)

    def demote(one: Konto, other: Konto) -> None:
        with db.namespace(kommune):
            together.wait()
            try:
                change_konto(other.id, name="x", email="x@example.org", roles=CLERK, groups=frozenset(), by=one)
            except Invalid as problem:
                refused.append(problem)

    threads = [threading.Thread(target=demote, args=pair) for pair in (bosses, bosses[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert sorted(reads.get_person(boss.id).roles for boss in bosses) == [("administration",), ("sachbearbeitung",)]


def test_who_is_locked_out_gives_back_what_they_had_taken(amt: str) -> None:
    boss = chef()
    anna = next(row for row in rows(konto.T) if row.login == "anna")
    case = vorgang_of(push("nirgends bekannt"))
    [task] = rows(aufgabe.T, vorgang_id=case)
    claim_aufgabe(task.id, by=ANNA)
    for _ in range(2):
        deactivate_konto(anna.id, by=boss)
    [task] = rows(aufgabe.T, vorgang_id=case)
    assert task.holder is None
    assert tags().count("konto:gesperrt") == 1


def test_without_the_right_nothing_of_it_can_be_done(kommune: str) -> None:
    id = add_konto("anna", "Anna", "a@example.org", CLERK, by=SYSTEM)
    anna = Konto(id, "anna", "Anna", CLERK)
    for call in (
        lambda: add_konto("b", "B", "b@example.org", ADMIN, by=anna),
        lambda: change_konto(id, name="A", email="a@b.de", roles=ADMIN, groups=frozenset(), by=anna),
        lambda: konten.reset_password(id, "x", by=anna),
        lambda: konten.new_token("anna", by=anna),
        lambda: add_stelle("Bauamt", by=anna),
    ):
        with pytest.raises(Forbidden):
            call()
    assert anna.may(OWN)
    assert all(OWN not in rights for rights in RIGHTS.values())


def test_a_token_is_made_once_and_withdrawn(kommune: str) -> None:
    boss, id = chef(), db.new_id()
    token = konten.new_token("chef", "Fachverfahren", id=id, by=boss)
    assert konten.new_token("chef", "Fachverfahren", id=id, by=boss) is None
    assert reads.caller_with(str(token)) == (boss, True)
    konten.withdraw_token("0" * 26, id, by=boss)  # not a token of that Konto
    assert reads.caller_with(str(token)) == (boss, True)
    for _ in range(2):
        konten.withdraw_token(boss.id, id, by=boss)
    assert reads.caller_with(str(token)) is None
    assert tags().count("konto:token_zurueckgezogen") == 1


# --- Stellen ---------------------------------------------------------------------------------------------------------


def test_a_stelle_is_named_in_processes_as_for_people_unless_said_otherwise(kommune: str) -> None:
    add_stelle("  Untere   Naturschutzbehörde ", nummer=" 100001 ", by=SYSTEM)
    add_stelle("Bauamt / Planung", key="bau", by=SYSTEM)
    assert [(one.name, one.key, one.nummer) for one in reads.list_stellen()] == [
        ("Bauamt / Planung", "bau", None),
        ("Untere Naturschutzbehörde", "Untere Naturschutzbehörde", "100001"),
    ]


@pytest.mark.parametrize(
    ("name", "nummer", "key", "expected"),
    [
        ("", "", "", ["/name"]),
        ("x" * 10_000, "1" * 101, "", ["/name", "/nummer"]),
        ("x" * 150, "", "", ["/kennung"]),
        ("Kasse", "", "Poststelle", ["/kennung"]),
        ("Bauamt", "1", "bau", ["/kennung"]),
        ("Kasse", "100001", "", ["/nummer"]),
    ],
)
def test_every_wrong_field_of_a_stelle_is_named(kommune: str, name: str, nummer: str, key: str, expected: list[str]) -> None:
    add_stelle("Bauamt", nummer="100001", key="bau", by=SYSTEM)
    assert pointers(add_stelle, name, nummer=nummer, key=key, by=SYSTEM) == expected


def test_a_stelle_is_renamed_and_its_number_moves(kommune: str) -> None:
    bau, kasse = add_stelle("Bauamt", nummer="1", by=SYSTEM), add_stelle("Kasse", nummer="2", by=SYSTEM)
    assert pointers(change_stelle, kasse, name="Kasse", nummer="1", by=SYSTEM) == ["/nummer"]
    change_stelle(bau, name="Amt für Bauen", nummer="", by=SYSTEM)
    change_stelle(kasse, name="Kasse", nummer="1", by=SYSTEM)
    assert [(one.key, one.name, one.nummer) for one in reads.list_stellen()] == [
        ("Bauamt", "Amt für Bauen", None), ("Kasse", "Kasse", "1"),
    ]  # fmt: skip
    with pytest.raises(Unknown):
        change_stelle("0" * 26, name="x", nummer="", by=SYSTEM)


def test_a_stelle_is_removed_when_nobody_and_no_open_case_belongs_to_it(amt: str) -> None:
    bau = add_stelle("Bauamt", key="bau", by=SYSTEM)
    id = add_konto("paul", "Paul", "p@example.org", CLERK, frozenset({"bau"}), by=SYSTEM)
    case = vorgang_of(push("nirgends bekannt"))
    give_to_stelle(case, "bau", "weil", by=ANNA)
    with pytest.raises(Conflict, match=r"Konten \(1\) oder offene Vorgänge \(1\)"):
        remove_stelle(bau, by=SYSTEM)
    change_konto(id, name="Paul", email="p@example.org", roles=CLERK, groups=frozenset(), by=SYSTEM)
    with pytest.raises(Conflict, match=r"Konten \(0\) oder offene Vorgänge \(1\)"):
        remove_stelle(bau, by=SYSTEM)
    add_stelle("Kasse", by=SYSTEM)
    give_to_stelle(case, "Kasse", "weil", by=ANNA)
    remove_stelle(bau, by=SYSTEM)
    assert [one.name for one in reads.list_stellen()] == ["Kasse"]


def test_a_case_given_to_another_stelle_tells_why_and_is_free(amt: str) -> None:
    add_stelle("Bauamt", key="bau", by=SYSTEM)
    case = vorgang_of(push("nirgends bekannt"))
    [task] = rows(aufgabe.T, vorgang_id=case)
    claim_aufgabe(task.id, by=ANNA)
    for _ in range(2):
        give_to_stelle(case, "bau", "  Das Bauamt ist zuständig. ", by=ANNA)
    assert rows(vorgang.T, id=case)[0].stelle == "bau"
    assert rows(aufgabe.T, vorgang_id=case)[0].holder is None
    [told] = rows(history.T, vorgang_id=case, kind="given")
    assert (told.element, told.detail, told.konto) == ("Bauamt", "Das Bauamt ist zuständig.", "anna")
    [line] = [row for row in rows(protokoll.T) if row.tag == "vorgang:stelle"]
    assert "zuständig" not in line.detail
    assert [event.kind for event in reads.verlauf(case)][-1] == "given"


def test_a_case_is_given_with_a_reason_to_a_stelle_that_is_there(amt: str) -> None:
    case = vorgang_of(push("nirgends bekannt"))
    assert pointers(give_to_stelle, case, "fehlt", " ", by=ANNA) == ["/stelle", "/grund"]
    assert pointers(give_to_stelle, case, "", "x" * 2001, by=ANNA) == ["/stelle", "/grund"]
    with pytest.raises(Unknown):
        give_to_stelle("0" * 26, "fehlt", "weil", by=ANNA)


def test_who_does_not_see_a_case_cannot_give_it_away(amt: str) -> None:
    for name in ("Bauamt", "Kasse"):
        add_stelle(name, by=SYSTEM)
    case = vorgang_of(push("nirgends bekannt"))
    give_to_stelle(case, "Bauamt", "weil", by=ANNA)
    kira = Konto("9", "kira", "Kira", CLERK, frozenset({"Kasse"}))
    with pytest.raises(Unknown):
        give_to_stelle(case, "Kasse", "her damit", by=kira)


def test_a_closed_case_stays_where_it_is(amt: str) -> None:
    from engine.verbs.desk import complete_aufgabe

    add_stelle("Bauamt", by=SYSTEM)
    case = vorgang_of(push("nirgends bekannt"))
    complete_aufgabe(rows(aufgabe.T, vorgang_id=case)[0].id, {}, by=ANNA)
    with pytest.raises(Conflict, match="abgeschlossen"):
        give_to_stelle(case, "Bauamt", "weil", by=ANNA)


def test_numbers_are_unique_also_when_two_are_given_at_once(kommune: str) -> None:
    together, refused = threading.Barrier(2), []

    def add(name: str) -> None:
        with db.namespace(kommune):
            together.wait()
            try:
                add_stelle(name, nummer="7", by=SYSTEM)
            except Invalid as problem:
                refused.append(problem)

    threads = [threading.Thread(target=add, args=(name,)) for name in ("Bauamt", "Kasse")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(sa.table("stelle"))) == 1
