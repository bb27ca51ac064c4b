"""Municipalities that work together: a guest does what a grant opens, in the origin's namespace, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.errors import Forbidden, Invalid, Unknown
from engine.base.rights import SYSTEM
from engine.model import aufgabe, auftrag, grant, grant_held
from engine.verbs import work as working
from engine.verbs.cooperate import RIGHTS_OF, announce, ask_help, end_grant, offer_agreement
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.guests import OPERATIONS
from engine.verbs.konten import add_konto, change_konto
from engine.verbs.vertretung import end_vertretung, stand_in
from tests.engine.cases import Bell, Twin, Upload, rows, work_all
from tests.engine.neighbours import (
    CLERK,
    OFFICE,
    ThroughJson,
    agreed,
    asks,
    at,
    help_asked,
    lines,
    looks,
    new_case,
    refused,
    request,
    sign,
    task,
    today,
    who,
)

# --- a gemeinsames Amt -----------------------------------------------------------------------------------------------


def test_the_serving_unit_works_on_tasks_of_the_origin_and_both_write_it_down(way: ThroughJson, bell: Bell) -> None:
    case, other = new_case("husum"), new_case("husum", "offen")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    [shown] = asks("kreis", "ute", "husum", id, "aufgaben")["aufgaben"]
    assert (shown["vorgang"], shown["free"], shown["mine"]) == (case, True, False)
    assert asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=shown["id"])["mine"]
    assert asks("kreis", "ute", "husum", id, "erledigen", aufgabe=shown["id"], antworten='{"x": 1}')["state"] == "erledigt"
    ute = f"kreis/{who('kreis', 'ute').id}"
    with db.namespace("husum"):
        [done] = [one for one in reads.verlauf(case) if one.kind == "completed" and one.element == "entwerfen"]
        names = reads.names_of_konten()
        assert (names[done.konto], names[done.acted_for or ""]) == ("Ute kreis (Nordfriesland)", "zwei")
        assert [one.tag for one in reads.list_uses(id).items][::-1] == ["aufgabe:uebernommen", "aufgabe:abgeschlossen"]
        work_all(bell, Twin())
    assert [(one["wer"], one["befugnis"]) for one in lines("husum", "aufgabe:abgeschlossen")] == [(ute, id)]
    told = lines("kreis", "befugnis:benutzt")
    assert [(one["nummer"], one["konto"], one["tat"], one["vorgang"]) for one in told] == [
        (1, "ute", "aufgabe:uebernommen", case), (2, "ute", "aufgabe:abgeschlossen", case),
    ]  # fmt: skip
    with pytest.raises(Unknown):
        asks("kreis", "ute", "husum", id, "vorgang", vorgang=other)


def test_a_line_at_the_guest_is_there_once_however_often_it_was_brought(way: ThroughJson, bell: Bell) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=task("husum", "entwerfen"))
    way.lost = True
    with db.namespace("husum"):
        [line] = rows(auftrag.T, type=grant.TOLD)
        working.work(line.id, Twin(), by=SYSTEM)
        assert [row.state for row in rows(auftrag.T, type=grant.TOLD)] == ["bereit"]
        way.lost = False
        with clock.frozen(clock.now() + dt.timedelta(minutes=1)):
            working.work(line.id, Twin(), by=SYSTEM)
        assert [row.state for row in rows(auftrag.T, type=grant.TOLD)] == ["erledigt"]
    assert len(lines("kreis", "befugnis:benutzt")) == 1


def test_what_was_taken_goes_back_when_it_ends_and_nothing_can_be_done_any_more(way: ThroughJson) -> None:
    case = new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    one = task("husum", "entwerfen")
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=one)
    with at("husum", "chef") as chef:
        assert end_grant(id, by=chef)
        assert not end_grant(id, by=chef)
        assert [(row.holder, row.held_for) for row in rows(aufgabe.T, id=one)] == [(None, None)]
    for operation, named in (("erledigen", {"aufgabe": one}), ("aufgabe", {"aufgabe": one}), ("vorgang", {"vorgang": case})):
        assert refused(request("kreis", "ute", "husum", id, operation, **named)) == "beendet"
    with at("kreis", "ute") as ute:
        assert reads.held_by(ute) == (), "the guest has been told"


def test_an_act_that_began_before_the_end_is_not_done_after_it(way: ThroughJson) -> None:
    """The use is counted in the transaction of the act, and only while the grant holds."""
    case = new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    asking = request("kreis", "ute", "husum", id, "aufgaben").clerk
    with db.namespace("husum"):
        with db.reading() as tx:
            row = grant.get(tx, id)
            let_in = grant.guest_of(row, asking, grant.covered_by(tx, row))
        end_grant(id, by=who("husum", "chef"))
        with pytest.raises(Unknown):
            complete_aufgabe(task("husum", "entwerfen", case), {}, by=let_in)
        assert rows(grant.USES) == []
        assert [one.state for one in rows(aufgabe.T, vorgang_id=case)] == ["offen"]


# --- Vertretung between municipalities -------------------------------------------------------------------------------


def test_a_substitute_of_another_municipality_does_the_tasks_of_a_konto(way: ThroughJson) -> None:
    case, other = new_case("husum"), new_case("husum", "offen")
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("konto", "ute"), users=(("stelle", "kasse"),))
    shown = asks("kreis", "kim", "husum", id, "aufgaben")["aufgaben"]
    assert {one["vorgang"] for one in shown} == {case, other}, "also what is for everybody"
    one = task("husum", "entwerfen")
    asks("kreis", "kim", "husum", id, "erledigen", aufgabe=one)
    [line] = lines("husum", "aufgabe:abgeschlossen")
    assert (line["wer"], line["fuer"]) == (f"kreis/{who('kreis', 'kim').id}", "ute")
    with pytest.raises(Unknown):
        asks("kreis", "udo", "husum", id, "aufgaben")


@pytest.mark.parametrize("opens", [("stelle", "kasse"), ("rolle", "poststelle")])
def test_a_grant_for_another_stelle_or_role_opens_nothing_of_it(way: ThroughJson, opens: tuple[str, str]) -> None:
    case = new_case("husum")
    id = agreed("husum", "kreis", grant.VERTRETUNG, opens)
    assert asks("kreis", "ute", "husum", id, "aufgaben")["aufgaben"] == []
    one = task("husum", "entwerfen")
    for operation, named in (("uebernehmen", {"aufgabe": one}), ("aufgabe", {"aufgabe": one}), ("vorgang", {"vorgang": case})):
        assert refused(request("kreis", "ute", "husum", id, operation, **named)) == "das umfasst die Befugnis nicht"


def test_four_eyes_count_persons_across_municipalities(way: ThroughJson) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    asks("kreis", "ute", "husum", id, "erledigen", aufgabe=task("husum", "entwerfen"))
    approve = {"aufgabe": task("husum", "freigeben")}
    assert "Vier-Augen" in asks("kreis", "ute", "husum", id, "aufgabe", **approve)["hinderung"]
    assert refused(request("kreis", "ute", "husum", id, "erledigen", **approve)) == "nicht erlaubt"
    asks("kreis", "udo", "husum", id, "erledigen", **approve)


def test_the_substitute_of_who_has_drafted_does_not_approve_it(way: ThroughJson) -> None:
    new_case("husum")
    with at("husum", "ute") as ute:
        complete_aufgabe(task("husum", "entwerfen"), {}, by=ute)
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("konto", "ute"))
    approve = {"aufgabe": task("husum", "freigeben")}
    assert refused(request("kreis", "ute", "husum", id, "erledigen", **approve)) == "nicht erlaubt"


def test_after_its_last_day_what_was_taken_is_with_whom_it_was_taken_for(way: ThroughJson) -> None:
    new_case("husum")
    one = task("husum", "entwerfen")
    with at("husum", "ute") as ute:
        claim_aufgabe(one, by=ute)
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("konto", "ute"), last=3)
    assert asks("kreis", "udo", "husum", id, "uebernehmen", aufgabe=one)["mine"]
    asks("kreis", "udo", "husum", id, "entwurf", aufgabe=one, antworten='{"x": 1}')
    with clock.frozen(clock.now() + dt.timedelta(days=4)):
        for operation in ("erledigen", "entwurf", "entwurf.verwerfen", "datei"):
            assert refused(request("kreis", "udo", "husum", id, operation, aufgabe=one)) == "abgelaufen"
        with db.namespace("husum"):
            assert tick()["ended"] == 1
            assert [(row.holder, row.held_for) for row in rows(aufgabe.T, id=one)] == [("ute", None)]


def test_who_covers_the_drafter_by_one_grant_does_not_approve_by_another(way: ThroughJson) -> None:
    new_case("husum")
    with at("husum", "ute") as ute:
        complete_aufgabe(task("husum", "entwerfen"), {}, by=ute)
    office = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"), users=(("stelle", "kasse"), ("stelle", "bau")))
    person = agreed("husum", "kreis", grant.VERTRETUNG, ("konto", "ute"), users=(("stelle", "kasse"),))
    approve = {"aufgabe": task("husum", "freigeben")}
    assert refused(request("kreis", "kim", "husum", office, "erledigen", **approve)) == "nicht erlaubt"
    assert asks("kreis", "udo", "husum", office, "aufgabe", **approve)["hinderung"] == "", "udo covers nobody"
    with at("husum", "chef") as chef:
        end_grant(person, by=chef)
    asks("kreis", "kim", "husum", office, "erledigen", **approve)


@pytest.mark.parametrize(
    ("here", "there"), [("ute@husum.example", "Ute@Husum.example"), ("ÜTE@husum.example", "üte@husum.example")]
)
def test_who_works_at_two_municipalities_is_one_person(way: ThroughJson, here: str, there: str) -> None:
    new_case("husum")
    with db.namespace("kreis"):
        add_konto("utes-zweites", "Ute", there, CLERK, frozenset({"bau"}), by=SYSTEM)
    with at("husum", "ute") as ute:
        change_konto(ute.id, name="Ute", email=here, roles=CLERK, groups=frozenset({"bau"}), by=SYSTEM)
        complete_aufgabe(task("husum", "entwerfen"), {}, by=ute)
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    approve = {"aufgabe": task("husum", "freigeben")}
    assert refused(request("kreis", "utes-zweites", "husum", id, "erledigen", **approve)) == "nicht erlaubt"


def test_two_who_share_a_mailbox_are_one_across_municipalities_and_two_within_one(way: ThroughJson) -> None:
    new_case("husum")
    shared = "Amt@Husum.example"
    with db.namespace("husum"):
        for login in ("gabi", "gero"):
            add_konto(login, login.title(), shared, CLERK, frozenset({"bau"}), by=SYSTEM)
    with db.namespace("kreis"):
        add_konto("greta", "Greta", shared, CLERK, frozenset({"bau"}), by=SYSTEM)
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    asks("kreis", "greta", "husum", id, "erledigen", aufgabe=task("husum", "entwerfen"))
    for login in ("gabi", "gero"):
        with at("husum", login) as konto, pytest.raises(Forbidden, match="Sie haben"):
            complete_aufgabe(task("husum", "freigeben"), {}, by=konto)
    with at("husum", "ute") as ute:
        complete_aufgabe(task("husum", "freigeben"), {}, by=ute)
    new_case("husum")
    with at("husum", "gabi") as gabi:
        complete_aufgabe(task("husum", "entwerfen"), {}, by=gabi)
    with at("husum", "gero") as gero:
        complete_aufgabe(task("husum", "freigeben"), {}, by=gero)  # one mailbox of the office, two persons


def test_who_covers_the_drafter_at_home_does_not_approve_for_the_neighbour(way: ThroughJson) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    asks("kreis", "ute", "husum", id, "erledigen", aufgabe=task("husum", "entwerfen"))
    with at("kreis", "chef") as chef:
        own = stand_in(who("kreis", "ute").id, "udo", today(), today(1), "Urlaub", by=chef)
    approve = {"aufgabe": task("husum", "freigeben")}
    shown = asks("kreis", "udo", "husum", id, "aufgabe", **approve)["hinderung"]
    assert "Sie vertreten Ute kreis (Nordfriesland)" in shown
    assert refused(request("kreis", "udo", "husum", id, "erledigen", **approve)) == "nicht erlaubt"
    with at("kreis", "chef") as chef:
        end_vertretung(own, by=chef)
    asks("kreis", "udo", "husum", id, "erledigen", **approve)


def test_who_covers_the_drafter_as_one_of_the_origins_people_does_not_approve_as_its_guest(way: ThroughJson) -> None:
    new_case("husum")
    for town, groups in (("husum", "kasse"), ("kreis", "bau")):
        with db.namespace(town):
            add_konto("rolf", "Rolf", "rolf@beide.example", CLERK, frozenset({groups}), by=SYSTEM)
    with at("husum", "ute") as ute:
        complete_aufgabe(task("husum", "entwerfen"), {}, by=ute)
        stand_in(ute.id, "rolf", today(), today(1), "Urlaub", by=ute)
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    approve = {"aufgabe": task("husum", "freigeben")}
    assert refused(request("kreis", "rolf", "husum", id, "erledigen", **approve)) == "nicht erlaubt"
    asks("kreis", "udo", "husum", id, "erledigen", **approve)


# --- Amtshilfe -------------------------------------------------------------------------------------------------------


def test_the_helper_sees_what_was_chosen_and_nothing_else_and_the_answer_ends_it(way: ThroughJson) -> None:
    files = [Upload("plan.txt", "text/plain", b"PLAN"), Upload("geheim.txt", "text/plain", b"GEHEIM")]
    case = new_case("husum", files=files)
    with db.namespace("husum"):
        plan, secret = (one.id for one in reads.list_dokumente(case))
    id = help_asked(case, documents=[plan], fields=["nr"])
    shown = asks("kreis", "kim", "husum", id, "ersuchen")
    assert (shown["frage"], [one["id"] for one in shown["dokumente"]]) == ("Steht die Eiche unter Schutz?", [plan])
    assert "Muster" not in shown["felder"]
    assert '"7"' in shown["felder"]
    assert asks("kreis", "kim", "husum", id, "ersuchen.dokument", dokument=plan)["name"] == "plan.txt"
    assert refused(request("kreis", "kim", "husum", id, "ersuchen.dokument", dokument=secret)) == "nicht erlaubt"
    assert refused(request("kreis", "kim", "husum", id, "vorgang", vorgang=case)) == "dafür ist die Befugnis nicht"
    opinion = {"name": "karte.txt", "media_type": "text/plain", "inhalt": "S0FSVEU="}
    asks("kreis", "kim", "husum", id, "ersuchen.beantworten", text="Ja.", dokumente=[opinion])
    with db.namespace("husum"):
        assert [one.text for one in reads.list_comments(case)] == ["Ja."]
        assert [one.name for one in reads.list_dokumente(case)][-1] == "karte.txt"
        assert reads.get_grant(id).ended_because == grant.ANSWERED
    assert refused(request("kreis", "kim", "husum", id, "ersuchen")) == "beendet"


def test_looking_is_written_down_once_a_day_at_both_sides(way: ThroughJson, bell: Bell) -> None:
    id = help_asked(new_case("husum"))
    for _ in range(3):
        looks("kreis", "kim", "husum", id, "ersuchen")
    with db.namespace("husum"):
        work_all(bell, Twin())
    assert len(lines("husum", "amtshilfe:eingesehen")) == 1
    assert [one["tat"] for one in lines("kreis", "befugnis:benutzt")] == ["amtshilfe:eingesehen"]


# --- making and telling ----------------------------------------------------------------------------------------------


def test_the_secret_is_at_the_guest_only_and_a_guest_that_was_away_gets_it_later(way: ThroughJson) -> None:
    case = new_case("husum")
    way.lost = True
    id = help_asked(case)
    way.lost = False
    with db.namespace("husum"):
        assert [bool(row.secret) for row in rows(grant.T)] == [True]
        assert announce() == 0, "not at once again"
        with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
            assert announce() == 1
            assert announce() == 0
        assert [row.secret for row in rows(grant.T)] == [None]
    with db.namespace("kreis"):
        assert [(row.origin, row.grant_id) for row in rows(grant_held.T)] == [("husum", id)]
    assert len(lines("kreis", "befugnis:erhalten")) == 1, "although it was told twice"
    asks("kreis", "kim", "husum", id, "ersuchen")


def test_what_makes_no_sense_is_refused(way: ThroughJson) -> None:
    case = new_case("husum")
    with at("husum", "ute") as ute, pytest.raises(Invalid) as wrong:
        ask_help(case, "husum", " ", today(-1), documents=["0" * 26], users=(), by=ute)
    assert {cause.pointer for cause in wrong.value.causes} == {"/kommune", "/frage", "/bis", "/dokumente", "/wer"}
    with at("husum", "chef") as chef, pytest.raises(Invalid) as wrong:
        offer_agreement(
            grant.GEMEINSAMES_AMT, "nirgends", ("konto", "ute"), "", None, today(), rights=["kommune.verwalten"], by=chef
        )
    said = {cause.pointer for cause in wrong.value.causes}
    assert said == {"/kommune", "/zweck", "/von", "/rechte", "/rechtsform", "/was"}


def test_both_sides_end_an_agreement_and_it_is_signed_once(way: ThroughJson) -> None:
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    sign("kreis", "husum", id)  # the answer was lost
    assert len(lines("husum", "befugnis:unterschrieben")) == 1
    with db.namespace("kreis"):
        add_konto("vize", "Vize", "v@kreis.example", frozenset({"administration"}), by=SYSTEM)
    again = asks("kreis", "vize", "husum", id, "vereinbarung.unterschreiben", benutzt_von=[["stelle", "kasse"]])
    assert again["benutzt_von"] == [["stelle", "bau"]], "whoever signs again hears who was chosen first"
    assert len(lines("husum", "befugnis:unterschrieben")) == 1
    assert asks("kreis", "chef", "husum", id, "vereinbarung")["stand"] == "gilt"
    asks("kreis", "vize", "husum", id, "vereinbarung.beenden")
    with db.namespace("husum"):
        assert reads.get_grant(id).ended_because == grant.BY_THE_GUEST
    assert len(lines("kreis", "befugnis:erloschen")) == 1


def test_every_right_that_a_grant_can_give_is_needed_by_an_operation_or_kept_for_one(way: ThroughJson) -> None:
    given = {right for rights in RIGHTS_OF.values() for right in rights}
    assert {one.right for one in OPERATIONS.values() if not one.before_signing} <= given
    assert "kommune.verwalten" not in given
