"""Municipalities that work together: a guest does what a grant opens, in the origin's namespace, and nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.errors import Conflict, Invalid, Unavailable, Unknown
from engine.base.ports import Request
from engine.base.rights import SYSTEM, Granted
from engine.model import aufgabe, auftrag, grant, grant_held
from engine.verbs import kommune as namespaces
from engine.verbs import work as working
from engine.verbs.cooperate import RIGHTS_OF, announce, ask_help, end_grant, neighbours, offer_agreement, use_neighbours
from engine.verbs.desk import complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.guests import OPERATIONS
from engine.verbs.konten import add_konto, change_konto
from engine.verbs.operate import verify
from tests.engine.cases import Bell, Twin, Upload, push, rows, vorgang_of, work_all
from tests.engine.neighbours import (
    CLERK,
    TOWNS,
    UNITS,
    ThroughJson,
    agreed,
    asks,
    at,
    lines,
    looks,
    sign,
    three_towns,
    today,
    who,
)
from tests.patterns import Patterns
from web.neighbours import act, ask, ask_each

OFFICE = ("leistung", "zwei")


@pytest.fixture
def way(installation: Installation, patterns: Patterns, bell: Bell) -> Iterator[ThroughJson]:
    """Three municipalities and the way between them; all verified at the end."""
    patterns.settle(three_towns)
    way = ThroughJson()
    use_neighbours(way)
    before = neighbours()
    try:
        yield way
    finally:
        use_neighbours(before)
    for slug in TOWNS:
        if namespaces.show_kommune(slug).state == "bereit":
            with db.namespace(slug):
                assert verify() == []


def new_case(slug: str, form: str = "zwei", **more: Any) -> str:
    with db.namespace(slug):
        return vorgang_of(push(form, stelle=UNITS[slug], **more))


def task(slug: str, element: str, case: str | None = None) -> str:
    with db.namespace(slug):
        found = rows(aufgabe.T, element=element, state="offen", **({} if case is None else {"vorgang_id": case}))
    return str(found[0].id)


def request(slug: str, login: str, origin: str, id: str, operation: str, **arguments: Any) -> Request:
    with at(slug, login) as by:
        return reads.request_of(by, TOWNS[slug], origin, id, operation, arguments)


def refused(request: Request, origin: str = "husum", guest: str = "kreis") -> str:
    """That a request is refused as unknown, and what the Protokoll of the origin says to it."""
    before = len(lines(origin, "befugnis:abgewiesen"))
    with db.namespace(guest):
        reply = neighbours().ask(origin, request)
    assert (reply.kind, reply.content, reply.sentence) == ("unknown", {}, reads.NOT_HERE)
    said = lines(origin, "befugnis:abgewiesen")
    assert len(said) == before + 1
    return str(said[-1]["grund"])


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


def test_who_works_at_two_municipalities_is_one_person(way: ThroughJson) -> None:
    new_case("husum")
    with db.namespace("kreis"):
        add_konto("utes-zweites", "Ute", "Ute@Husum.example", CLERK, frozenset({"bau"}), by=SYSTEM)
    with at("husum", "ute") as ute:
        complete_aufgabe(task("husum", "entwerfen"), {}, by=ute)
    id = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    approve = {"aufgabe": task("husum", "freigeben")}
    assert refused(request("kreis", "utes-zweites", "husum", id, "erledigen", **approve)) == "nicht erlaubt"


# --- Amtshilfe -------------------------------------------------------------------------------------------------------


def help_asked(case: str, **chosen: Any) -> str:
    with at("husum", "ute") as ute:
        return ask_help(case, "kreis", "Steht die Eiche unter Schutz?", today(14), by=ute, **chosen)


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


# --- what is refused -------------------------------------------------------------------------------------------------


def test_expired_foreign_forged_and_unsigned_grants_are_refused_as_unknown(way: ThroughJson) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE, last=3)
    good = request("kreis", "ute", "husum", id, "aufgaben")
    assert refused(dataclasses.replace(good, secret="x" * 43)) == "das Geheimnis ist falsch"
    assert refused(dataclasses.replace(good, grant="0" * 26)) == "keine solche Befugnis"
    assert refused(good, guest="heide") == "die Befugnis einer anderen Kommune", "whoever has the secret"
    assert refused(dataclasses.replace(good, guest="kreis"), guest="heide") == "die Befugnis einer anderen Kommune"
    assert refused(dataclasses.replace(good, operation="alles")) == "keine solche Handlung"
    assert refused(request("heide", "ute", "husum", id, "aufgaben"), guest="heide") == "die Befugnis einer anderen Kommune"
    with clock.frozen(clock.now() + dt.timedelta(days=4)):
        assert refused(good) == "abgelaufen"
        with db.namespace("husum"):
            assert tick()["ended"] == 1
        assert refused(good) == "beendet"
    later = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE, first=2)
    assert refused(request("kreis", "ute", "husum", later, "aufgaben")) == "kuenftig"
    with at("husum", "chef") as chef:
        unsigned = offer_agreement(
            grant.GEMEINSAMES_AMT, "kreis", OFFICE, "x", today(), today(9), legal_form=grant.DELEGATION, by=chef
        )
    assert refused(request("kreis", "ute", "husum", unsigned, "aufgaben")) == "angeboten"


def test_who_has_lost_role_or_konto_counts_as_what_they_are_now(way: ThroughJson) -> None:
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    with at("kreis", "ute") as old:
        assert act(old, "husum", id, "aufgaben") == {"aufgaben": [], "mehr": False, "zahlen": {"meine": 0, "alle": 0}}
        told = {"name": "Ute", "email": "ute@kreis.example", "by": who("kreis", "chef")}
        change_konto(old.id, roles=frozenset({"prozessdesign"}), groups=frozenset({"bau"}), **told)
        with pytest.raises(Unknown):
            act(old, "husum", id, "uebernehmen", aufgabe="0" * 26)
        change_konto(old.id, roles=CLERK, groups=frozenset({"kasse"}), **told)
        with pytest.raises(Unknown):
            act(old, "husum", id, "aufgaben")
    said = [one["grund"] for one in lines("husum", "befugnis:abgewiesen")]
    assert said == ["das Recht fehlt zu Hause", "nicht für dieses Konto"]


def test_a_grant_is_not_granted_on(way: ThroughJson) -> None:
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    with at("husum", "chef") as chef:
        granted = Granted(id, "kreis", grant.GEMEINSAMES_AMT, OFFICE, frozenset({"zusammenarbeit.verwalten"}))
        guest = dataclasses.replace(chef, granted=granted)
        with pytest.raises(Unknown):
            offer_agreement(grant.GEMEINSAMES_AMT, "heide", OFFICE, "x", today(), today(9), legal_form="18", by=guest)
        with pytest.raises(Unknown):
            reads.clerk_of(guest)
    with at("kreis", "ute") as ute, pytest.raises(Unknown):
        reads.request_of(dataclasses.replace(ute, id=f"heide/{ute.id}"), "x", "husum", id, "aufgaben", {})


def test_a_case_that_was_deleted_is_unknown_and_its_request_too(way: ThroughJson) -> None:
    case = new_case("husum")
    id = help_asked(case)
    asked = request("kreis", "kim", "husum", id, "ersuchen")
    with db.namespace("husum"), db.transaction() as tx:
        tx.execute(grant.T.delete())
    assert refused(asked) == "keine solche Befugnis"


def test_an_origin_that_is_away_is_told_as_such_and_the_others_are_still_listed(way: ThroughJson) -> None:
    first = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    agreed("heide", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    new_case("heide")
    namespaces.lock_kommune("husum")
    with at("kreis", "ute") as ute:
        answers = {one.held.origin: one for one in ask_each(ute, (grant.GEMEINSAMES_AMT,), "aufgaben")}
        assert "gesperrt" in answers["husum"].away
        assert len(answers["heide"].content["aufgaben"]) == 1
        with pytest.raises(Unavailable):
            ask(ute, "husum", first, "aufgaben")
    namespaces.unlock_kommune("husum")


# --- making and telling ----------------------------------------------------------------------------------------------


def test_the_secret_is_at_the_guest_only_and_a_guest_that_was_away_gets_it_later(way: ThroughJson) -> None:
    case = new_case("husum")
    way.lost = True
    id = help_asked(case)
    way.lost = False
    with db.namespace("husum"):
        assert [bool(row.secret) for row in rows(grant.T)] == [True]
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
    with pytest.raises(Conflict):
        asks("kreis", "vize", "husum", id, "vereinbarung.unterschreiben", benutzt_von=[["stelle", "kasse"]])
    assert asks("kreis", "chef", "husum", id, "vereinbarung")["stand"] == "gilt"
    asks("kreis", "vize", "husum", id, "vereinbarung.beenden")
    with db.namespace("husum"):
        assert reads.get_grant(id).ended_because == grant.BY_THE_GUEST
    assert len(lines("kreis", "befugnis:erloschen")) == 1


def test_every_right_that_a_grant_can_give_is_needed_by_an_operation_or_kept_for_one(way: ThroughJson) -> None:
    given = {right for rights in RIGHTS_OF.values() for right in rights}
    assert {one.right for one in OPERATIONS.values() if not one.before_signing} <= given
    assert "kommune.verwalten" not in given
