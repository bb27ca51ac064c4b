"""What a guest is refused: always as unknown, and the Protokoll of the origin says why."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.errors import Conflict, Invalid, Unavailable, Unknown
from engine.base.patience import Wanted, always
from engine.base.ports import News, Reply, Request
from engine.base.rights import SYSTEM, Granted, Konto
from engine.model import auftrag, grant, grant_held, grant_refused, reminder, vorgang
from engine.verbs import kommune as namespaces
from engine.verbs.cooperate import end_grant, neighbours, offer_agreement, use_neighbours
from engine.verbs.desk import claim_aufgabe
from engine.verbs.due import act_now, read_agenda, tick
from engine.verbs.konten import change_konto
from engine.verbs.operate import verify
from engine.verbs.retention import change_retention, delete_case
from engine.verbs.vorgang import withdraw
from tests.engine.cases import rows
from tests.engine.neighbours import (
    CLERK,
    OFFICE,
    ThroughJson,
    agreed,
    asks,
    at,
    help_asked,
    lines,
    new_case,
    refused,
    request,
    sign,
    task,
    today,
    who,
)
from web.neighbours import act, ask, ask_each


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
    later = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE, first=10)
    assert refused(request("kreis", "ute", "husum", later, "aufgaben")) == "kuenftig"
    with at("husum", "chef") as chef:
        unsigned = offer_agreement(
            grant.GEMEINSAMES_AMT, "kreis", OFFICE, "x", today(), today(9), legal_form=grant.DELEGATION, by=chef
        )
    assert refused(request("kreis", "ute", "husum", unsigned, "aufgaben")) == "angeboten"


NUL, HALF, FAR = "a\x00", "a\ud800", "0001-01-01T00:00:00+14:00"
UNREADABLE = [
    ("aufgabe", {"aufgabe": NUL}), ("vorgang", {"vorgang": HALF}), ("aufgaben", {"leistung": HALF}),
    ("aufgaben", {"status": NUL}), ("kommentar", {"text": HALF}), ("erledigen", {"antworten": NUL}),
    ("nachricht.senden", {"dokumente": ["x", [NUL]]}), ("alles" + NUL, {}),
]  # fmt: skip


def test_what_no_database_can_keep_is_refused_and_what_no_day_is_narrows_nothing(way: ThroughJson) -> None:
    case = new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    named = {"vorgang": case, "aufgabe": task("husum", "entwerfen")}
    for operation, more in UNREADABLE:
        assert refused(request("kreis", "ute", "husum", id, operation, **{**named, **more})) == "unlesbare Zeichen"
    assert len(asks("kreis", "ute", "husum", id, "aufgaben", bis=FAR)["aufgaben"]) == 1
    with pytest.raises(Invalid):
        asks("kreis", "ute", "husum", id, "datei", **named, name="a.txt", media_type="text/plain", inhalt="ä")


GIVEN = {"kind": "vertretung", "users": [], "secret": "s", "from_am": "2026-01-01", "until_bis": "2099-12-31"}
WRONG = [
    {"kind": "x" * 50}, {"kind": 5}, {"users": 5}, {"users": [5]}, {"users": [["konto"]]}, {"users": [["konto", 5]]},
    {"secret": 5}, {"secret": None}, {"secret": "x" * 300}, {"from_am": "gestern"}, {"until_bis": None}, {"secret": HALF},
]  # fmt: skip


def test_a_grant_that_is_none_is_not_kept_and_no_list_breaks_of_it(way: ThroughJson) -> None:
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    uses = {
        "konto": "kreis/1",
        "tat": "x",
        "vorgang": "0" * 26,
        "am": "2026-11-26T08:00:00+00:00",
        "benutzung": "1",
        "nummer": 1,
    }
    numbers = [{"nummer": wrong} for wrong in (0, -1, 10**30, "x", None)]
    with db.namespace("husum"):
        for wrong in WRONG:
            assert (
                neighbours().tell("kreis", News("husum", "Husum", "grant", db.new_id(), {**GIVEN, **wrong})).kind == "invalid"
            )
        for wrong in (*numbers, {"benutzung": ""}, {"benutzung": "1" * 27}, {"am": "x"}):
            assert neighbours().tell("kreis", News("husum", "Husum", "use", id, {**uses, **wrong})).kind == "invalid"
    with at("kreis", "ute") as ute:
        assert [one.id for one in reads.held_by(ute)] == [id]
        assert len(reads.list_held().items) == 1
    assert lines("kreis", "befugnis:benutzt") == []
    with db.namespace("husum"):
        assert neighbours().tell("kreis", News("husum", "Husum", "use", id, uses)).kind == "ok"
    assert len(lines("kreis", "befugnis:benutzt")) == 1


def both_refused(slug: str, id: str, one: str, *, by: Konto | None = None) -> list[str]:
    """That a look at a task and an act are refused as unknown, with a line of Husum each; gives the reasons there."""
    before = len(lines("husum", "befugnis:abgewiesen"))
    by = by or who(slug, "ute")
    for way, operation in ((ask, "aufgabe"), (act, "erledigen")):
        with db.namespace(slug), pytest.raises(Unknown) as refusal:
            way(by, "husum", id, operation, aufgabe=one)
        assert refusal.value.sentence == reads.NOT_HERE
    new = lines("husum", "befugnis:abgewiesen")[before:]
    assert [(line["tat"], line["befugnis"], line["von"]) for line in new] == [
        (what, id, by.id) for what in ("aufgabe", "erledigen")
    ]  # fmt: skip
    assert lines("husum", "aufgabe:abgeschlossen") == []
    return [str(line["grund"]) for line in new]


def test_looks_and_acts_with_what_is_no_good_are_refused_alike_and_each_has_its_line(way: ThroughJson) -> None:
    case = new_case("husum")
    one, id = task("husum", "entwerfen"), agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE, last=3)
    assert both_refused("heide", id, one) == ["die Befugnis einer anderen Kommune"] * 2, "foreign"
    with db.namespace("kreis"):
        [held] = rows(grant_held.T)
        told = {"kind": held.kind, "users": [["stelle", "bau"]], "secret": db.unsealed(held.secret),
                "from_am": held.from_am.isoformat(), "until_bis": held.until_bis.isoformat()}  # fmt: skip
    with db.namespace("heide"), db.transaction() as tx:
        assert grant_held.add(tx, "husum", "Stadt Husum", id, told)
    with clock.frozen(clock.now() + 2 * grant_refused.EVERY):
        assert both_refused("heide", id, one) == ["die Befugnis einer anderen Kommune"] * 2, "handed on, with its secret"
    assert both_refused("kreis", "0" * 26, one) == ["keine solche Befugnis"] * 2, "made up"
    with db.namespace("kreis"), db.transaction() as tx:
        tx.execute(grant_held.T.update().values(secret=db.sealed("x" * 43)))
    assert both_refused("kreis", id, one) == ["das Geheimnis ist falsch"] * 2, "forged"
    with db.namespace("kreis"), db.transaction() as tx:
        tx.execute(grant_held.T.update().values(secret=held.secret))
    with clock.frozen(clock.now() + dt.timedelta(days=4)):
        assert both_refused("kreis", id, one) == ["abgelaufen"] * 2
    deleted(case)
    assert both_refused("kreis", id, one) == ["das umfasst die Befugnis nicht"] * 2, "of a case that was deleted"
    new_case("husum")
    one = task("husum", "entwerfen")
    with at("husum", "chef") as chef:
        end_grant(id, by=chef)
    assert both_refused("kreis", id, one) == ["beendet"] * 2, "withdrawn"


def test_who_has_lost_the_role_an_hour_ago_is_refused_looking_and_acting(way: ThroughJson) -> None:
    new_case("husum")
    one, id = task("husum", "entwerfen"), agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    signed_in = who("kreis", "ute")
    told = {"name": "Ute", "email": "ute@kreis.example", "groups": frozenset({"bau"}), "by": who("kreis", "chef")}
    with db.namespace("kreis"):
        change_konto(signed_in.id, roles=frozenset({"prozessdesign"}), **told)
    with clock.frozen(clock.now() + dt.timedelta(hours=1)):
        assert both_refused("kreis", id, one, by=signed_in) == ["das Recht fehlt zu Hause"] * 2


def deleted(case: str) -> None:
    """A case of Husum is withdrawn, its time is over, and it is deleted."""
    with db.namespace("husum"):
        change_retention("", {"ABGESCHLOSSEN": "1 Monat"}, by=SYSTEM)
        withdraw(case, "Antrag zurückgenommen", by=SYSTEM)
        tick()
        with db.transaction() as tx:
            tx.execute(vorgang.T.update().values(closed_at=clock.now() - dt.timedelta(365)))
            tx.execute(reminder.T.update().values(state=reminder.DONE))
            tx.execute(auftrag.T.update().values(state=auftrag.DONE, closed_at=clock.now()))
        assert delete_case(case, by=SYSTEM)


def test_who_has_lost_role_or_konto_counts_as_what_they_are_now(way: ThroughJson) -> None:
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    with at("kreis", "ute") as old:
        assert act(old, "husum", id, "aufgaben")["zahlen"] == {"meine": 0, "alle": 0}
        told = {"name": "Ute", "email": "ute@kreis.example", "by": who("kreis", "chef")}
        change_konto(old.id, roles=frozenset({"prozessdesign"}), groups=frozenset({"bau"}), **told)
        with pytest.raises(Unknown):
            act(old, "husum", id, "uebernehmen", aufgabe="0" * 26)
        change_konto(old.id, roles=CLERK, groups=frozenset({"kasse"}), **told)
        with pytest.raises(Unknown):
            act(old, "husum", id, "aufgaben")
    said = [one["grund"] for one in lines("husum", "befugnis:abgewiesen")]
    assert said == ["das Recht fehlt zu Hause", "nicht für dieses Konto"]


def test_a_grant_gives_the_rights_it_names_and_no_others(way: ThroughJson) -> None:
    new_case("husum")
    with at("husum", "chef") as chef:
        days, may = (today(), today(9)), ["vorgang.lesen"]
        id = offer_agreement(grant.GEMEINSAMES_AMT, "kreis", OFFICE, "x", *days, legal_form="18", rights=may, by=chef)
    sign("kreis", "husum", id)
    one = task("husum", "entwerfen")
    assert asks("kreis", "ute", "husum", id, "aufgabe", aufgabe=one)["hinderung"]
    for operation in ("uebernehmen", "zurueckgeben", "erledigen"):
        assert refused(request("kreis", "ute", "husum", id, operation, aufgabe=one)) == "das Recht fehlt"


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
    for operation in ("aufgaben", "uebernehmen"):
        asked = request("kreis", "ute", "husum", id, operation, aufgabe="0" * 26)
        of_heide = dataclasses.replace(asked.clerk, id=f"heide/{asked.clerk.id}")
        assert refused(dataclasses.replace(asked, clerk=of_heide)) == "nicht für dieses Konto"


def test_a_case_that_was_deleted_is_unknown_and_its_request_too(way: ThroughJson) -> None:
    case = new_case("husum")
    id = help_asked(case)
    asked = [request("kreis", "kim", "husum", id, one, text="Ja.") for one in ("ersuchen", "ersuchen.beantworten")]
    deleted(case)
    assert [refused(one) for one in asked] == ["keine solche Befugnis"] * 2


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


def test_what_the_guest_knows_has_ended_does_not_live_again_with_an_old_backup_of_the_origin(way: ThroughJson) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    with at("husum", "chef") as chef:
        with db.reading() as tx:
            before = grant.get(tx, id)
        end_grant(id, by=chef)
        assert refused(request("kreis", "ute", "husum", id, "aufgaben")) == "beendet"
        with db.transaction() as tx:  # as the backup has it
            tx.execute(grant.T.update().values(dict(before._mapping)))
    assert refused(request("kreis", "ute", "husum", id, "aufgaben")) == "das Geheimnis ist falsch"
    with at("kreis", "ute") as ute:
        assert reads.held_by(ute) == ()


def test_what_is_refused_again_is_counted_and_told_once_a_minute(way: ThroughJson) -> None:
    id, began, minute = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE), clock.now(), grant_refused.EVERY
    asked = dataclasses.replace(request("kreis", "ute", "husum", id, "aufgaben"), secret="x")
    for second in range(5):
        with clock.frozen(began + dt.timedelta(seconds=second)):
            refused(asked)
    [line] = lines("husum", "befugnis:abgewiesen")
    assert "mal" not in line, "the first, at once"
    with db.namespace("husum"):
        assert read_agenda().soon == began + minute
        with clock.frozen(began + minute):
            act_now()
    with clock.frozen(began + minute + dt.timedelta(seconds=30)):
        refused(asked)
    with clock.frozen(began + 3 * minute):
        refused(asked)
    said = lines("husum", "befugnis:abgewiesen")
    assert [(line["grund"], line.get("mal", 1)) for line in said] == [("das Geheimnis ist falsch", n) for n in (1, 4, 2)]
    assert said[1]["zuletzt"] == (began + dt.timedelta(seconds=4)).isoformat()
    with clock.frozen(began + 9 * minute):
        for number in range(grant_refused.MOST_KINDS + 9):
            refused(dataclasses.replace(asked, grant=f"{number:026d}"))
        refused(request("kreis", "kim", "husum", id, "aufgaben"))
    told = [line["grund"] for line in lines("husum", "befugnis:abgewiesen")[3:]]
    assert told == ["keine solche Befugnis"] * grant_refused.MOST_KINDS + [grant_refused.MANY, "nicht für dieses Konto"]
    with db.namespace("husum"), clock.frozen(began + 10 * minute):
        assert tick()["refused"] == 1
        assert not any(row.times for row in rows(grant_refused.T))
        assert verify() == []
    assert lines("husum", "befugnis:abgewiesen")[-1]["mal"] == 8


class Silent:
    """An origin that takes a request in and does not answer until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def ask(self, origin: str, request: Request, wanted: Wanted = always) -> Reply:
        self.let_go.wait()
        return Reply("ok")

    def tell(self, guest: str, news: News) -> Reply:
        return Reply("away")


def test_an_origin_that_does_not_answer_is_away(way: ThroughJson, monkeypatch: pytest.MonkeyPatch) -> None:
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    silent = Silent()
    use_neighbours(silent)
    monkeypatch.setattr("web.neighbours.WAIT_S", 0.05)
    try:
        with at("kreis", "ute") as ute:
            [answer] = ask_each(ute, (grant.GEMEINSAMES_AMT,), "aufgaben")
            assert "nicht erreichbar" in answer.away
            with pytest.raises(Unavailable):
                ask(ute, "husum", id, "aufgaben")
    finally:
        silent.let_go.set()
        use_neighbours(way)


def test_the_people_of_the_origin_take_back_what_a_guest_has_taken(way: ThroughJson) -> None:
    new_case("husum")
    id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)
    one = task("husum", "entwerfen")
    asks("kreis", "ute", "husum", id, "uebernehmen", aufgabe=one)
    with at("husum", "udo") as udo:
        assert claim_aufgabe(one, by=udo).holder == "udo"
    with pytest.raises(Conflict):
        asks("kreis", "ute", "husum", id, "erledigen", aufgabe=one)
