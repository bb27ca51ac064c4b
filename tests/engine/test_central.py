"""The central door: what goes straight on, what waits for the operator, and that nothing is lost or delivered twice."""

from __future__ import annotations

import contextvars
import datetime as dt
import json
import os
import signal
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import clock, db, faults, files
from engine.base.errors import Conflict, Invalid, Unavailable, Unknown
from engine.base.rights import SYSTEM
from engine.model import antrag, history, parcel, protokoll, vorgang
from engine.model.zentrale import BETRIEB
from engine.reads import operator as looks
from engine.verbs import kommune as namespaces
from engine.verbs.backup import back_up
from engine.verbs.central import assign_parcel, deliver_assigned, deliver_parcel, forget_parcels, way_of
from engine.verbs.intake import receive_push
from engine.verbs.operate import verify
from engine.verbs.operator import operator, remove_rule
from engine.verbs.removal import remove_kommune
from engine.verbs.restore import restore
from engine.verbs.stellen import add_stelle
from engine.verbs.tidying import sweep_documents
from forms.antrag import Limits
from tests.engine.cases import Upload, rows
from tests.engine.land import HUSUM, LEIKA, OLE, body, read, rule, send, vorgaenge
from tests.engine.saved import SQLITE

PHOTO = Upload("foto.png", "image/png", b"\x89PNG\r\n\x1a\n...")


# --- what goes straight on -----------------------------------------------------------------------------------------------


@SQLITE
def test_the_unit_that_is_competent_gets_the_case(land: None) -> None:
    rule("husum", leika=LEIKA, ags=HUSUM, unit="42")
    with db.namespace("husum"):
        add_stelle("Bauamt", nummer="42", by=SYSTEM)
    slug, answer = send(body(leika=(LEIKA,), ags=HUSUM))
    [case] = vorgaenge("husum")
    assert (slug, case.stelle, case.leistung) == ("husum", "Bauamt", "probe")
    assert case.id == json.loads(answer)["vorgang"]["vorgangId"]


@SQLITE
def test_a_repetition_goes_where_the_first_went_though_the_rule_has_changed(land: None) -> None:
    content = body(leika=(LEIKA,), ags=HUSUM)
    id = rule("husum", leika=LEIKA, ags=HUSUM)
    first = send(content)
    with operator():
        remove_rule(id, by=OLE)
    rule("kreis", leika=LEIKA, ags=HUSUM)
    assert send(content) == first
    assert (len(vorgaenge("husum")), len(vorgaenge("kreis"))) == (1, 0)


def test_the_same_transaction_with_other_content_is_a_conflict_for_whomever_it_is(land: None) -> None:
    transaction = str(uuid.uuid4())
    send(body(transaction, "100001"))
    for other in (body(transaction, "100001", nr="8"), body(transaction, "200002"), body(transaction, "999")):
        with pytest.raises(Conflict, match="anderem Inhalt"):
            send(other)
    assert (len(vorgaenge("husum")), len(vorgaenge("kreis"))) == (0, 1)


@SQLITE
def test_a_locked_municipality_is_not_gone_round(land: None) -> None:
    namespaces.lock_kommune("kreis")
    content = body(stelle="100001")
    assert way_of(read(content)).slug == "kreis"
    with pytest.raises(Unavailable, match="gesperrt"):
        send(content)
    namespaces.unlock_kommune("kreis")
    assert send(content)[0] == "kreis"
    assert len(vorgaenge("kreis")) == 1


@SQLITE
def test_what_went_to_a_municipality_that_is_no_more_goes_anew(land: None) -> None:
    content = body(stelle="200002")
    assert send(content)[0] == "husum"
    remove_kommune("husum", confirm="husum", export=None, running=True)
    slug, answer = send(content)
    assert (slug, send(content)) == (None, (None, answer))


# --- the post room -------------------------------------------------------------------------------------------------------


def parked(content: bytes, attachments: tuple[Upload, ...] = ()) -> tuple[str, bytes]:
    """An application for which nobody is competent; gives its id and the answer."""
    slug, answer = send(content, attachments)
    assert slug is None
    return json.loads(answer)["vorgang"]["vorgangId"], answer


@SQLITE
def test_what_belongs_to_nobody_is_kept_with_all_its_parts_and_answered(land: None) -> None:
    content = body(leika=(LEIKA,), ags=HUSUM)
    id, answer = parked(content, (PHOTO,))
    vorgang_told = json.loads(answer)["vorgang"]
    assert vorgang_told["status"] == "NEU"
    assert vorgang_told["vorgangNummer"].startswith("ZP-")
    with operator():
        assert looks.count_waiting() == 1
        found = looks.get_parcel(id)
        assert (found.stelle, found.leika, found.place, found.name) == ("999", (LEIKA,), HUSUM, "Antrag auf eine Probe")
        assert (found.state, found.files, found.nummer) == (parcel.WAITING, 1, vorgang_told["vorgangNummer"])
        [row] = rows(parcel.T)
        kept = [files.get(hash) for _, _, hash, _ in json.loads(row.parts)]
        assert kept == [content, PHOTO.content]
        assert rows(vorgang.T) == []
    assert send(content, (PHOTO,)) == (None, answer)
    with pytest.raises(Conflict, match="anderem Inhalt"):
        send(content)


def test_twenty_equal_applications_at_once_wait_once(land: None) -> None:
    content = body()
    answers: list[bytes] = []

    def deliver_it() -> None:
        answers.append(send(content)[1])

    threads = [threading.Thread(target=contextvars.copy_context().run, args=(deliver_it,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with operator():
        assert (len(rows(parcel.T)), len(set(answers)), len(answers)) == (1, 1, 20)


def test_the_operator_assigns_it_and_it_is_delivered_once(land: None) -> None:
    content = body(leika=(LEIKA,), ags=HUSUM)
    id, answer = parked(content, (PHOTO,))
    with db.namespace("husum"):
        add_stelle("Bauamt", nummer="42", by=SYSTEM)
    with operator():
        assign_parcel(id, "husum", "42", by=OLE)
        assign_parcel(id, "husum", "42", by=OLE)
        assert (deliver_assigned(), deliver_assigned()) == (1, 0)
        assert deliver_parcel(id, by=SYSTEM)
        [row] = rows(parcel.T)
        assert (row.state, row.parts) == (parcel.DELIVERED, "[]")
        with pytest.raises(Conflict, match="husum"):
            assign_parcel(id, "kreis", by=OLE)
    [case] = vorgaenge("husum")
    assert (case.id, case.stelle, case.leistung) == (id, "Bauamt", "probe")
    with db.namespace("husum"):
        [receipt] = rows(antrag.T)
        assert (receipt.answer, receipt.received_at) == (answer, row.received_at)
        assert [one.name for one in reads.list_dokumente(id)] == ["foto.png"]
        assert [line.element for line in rows(history.T) if line.kind == "central"] == [row.nummer]
        assert [one.id for one in reads.list_vorgaenge(q=row.nummer, by=SYSTEM).items] == [id]
    assert send(content, (PHOTO,)) == (None, answer)  # the sender gets the first answer for good
    assert len(vorgaenge("husum")) == 1


@SQLITE
def test_the_next_one_finds_its_way_if_the_operator_says_so(land: None) -> None:
    first, _ = parked(body(leika=(LEIKA,), ags=HUSUM))
    with operator():
        assign_parcel(first, "husum", "42", "ort", by=OLE)
        assert deliver_assigned() == 1
    assert send(body(leika=(LEIKA,), ags=HUSUM))[0] == "husum"
    second, _ = parked(body(stelle="777"))
    with operator():
        with pytest.raises(Invalid):
            assign_parcel(second, "kreis", "", "ort", by=OLE)  # it says no place
        assign_parcel(second, "kreis", "", "stelle", by=OLE)
    assert send(body(stelle="777"))[0] == "kreis"


@SQLITE
def test_it_is_assigned_to_municipalities_only(land: None) -> None:
    id, _ = parked(body())
    with operator():
        for slug in ("gibtsnicht", BETRIEB, ""):
            with pytest.raises(Invalid):
                assign_parcel(id, slug, by=OLE)
        with pytest.raises(Unknown):
            assign_parcel("0" * 26, "husum", by=OLE)
        assert looks.count_waiting() == 1


@SQLITE
def test_it_waits_for_a_locked_municipality_and_goes_on_by_itself(land: None) -> None:
    id, _ = parked(body())
    namespaces.lock_kommune("husum")
    with operator():
        assign_parcel(id, "husum", by=OLE)
        assert deliver_assigned() == 0
        assert looks.get_parcel(id).state == parcel.ASSIGNED
    namespaces.unlock_kommune("husum")
    with operator():
        assert deliver_assigned() == 1


@SQLITE
def test_what_the_municipality_cannot_take_comes_back_to_the_operator(land: None) -> None:
    transaction = str(uuid.uuid4())
    id, _ = parked(body(transaction))
    with db.namespace("husum"):
        receive_push(body(transaction, nr="8"), (), (), limits=Limits(), by=SYSTEM)
    with operator():
        assign_parcel(id, "husum", by=OLE)
        assert deliver_assigned() == 0
        found = looks.get_parcel(id)
        assert (found.state, found.slug) == (parcel.WAITING, None)
        assert "anderem Inhalt" in (found.problem or "")
        assign_parcel(id, "kreis", by=OLE)
        assert deliver_assigned() == 1


@SQLITE
def test_damaged_parts_are_told_and_hold_up_no_other(land: None) -> None:
    bad, _ = parked(body())
    good, _ = parked(body())
    with operator():
        [hash] = [json.loads(row.parts)[0][2] for row in rows(parcel.T) if row.id == bad]
        path = files.folder() / hash[:2] / hash[2:4] / hash
        content = path.read_bytes()
        path.write_bytes(b"x")
        assert [(one.invariant, one.subject != "") for one in verify()] == [("dokument", True)]
        for id in (bad, good):
            assign_parcel(id, "husum", by=OLE)
        assert deliver_assigned() == 1
        path.write_bytes(content)
        assert deliver_assigned() == 1


@SQLITE
def test_bytes_leave_a_day_after_they_came_and_not_before_they_are_delivered(land: None) -> None:
    id, _ = parked(body())
    waits, _ = parked(body())
    with operator():
        assign_parcel(id, "husum", by=OLE)
        deliver_assigned()
        assert sweep_documents() == 0
        for hash in list(files.stored()):
            os.utime(files.folder() / hash[:2] / hash[2:4] / hash, (0, 0))
        assert sweep_documents() == 1
        [left] = files.stored()
        assert left == json.loads(next(row for row in rows(parcel.T) if row.id == waits).parts)[0][2]


def test_what_went_on_long_ago_is_forgotten_and_what_waits_is_not(land: None) -> None:
    rule("husum", leika=LEIKA, ags=HUSUM)
    passed = body(leika=(LEIKA,), ags=HUSUM)
    slug, answer = send(passed)
    assert slug == "husum"
    sent, unsent, waits = (parked(body(nr=nr))[0] for nr in "123")
    with operator():
        assign_parcel(sent, "husum", by=OLE)
        deliver_assigned()
        namespaces.lock_kommune("kreis")
        assign_parcel(unsent, "kreis", by=OLE)
        with clock.frozen(clock.now() + parcel.KEPT - dt.timedelta(hours=1)):
            assert forget_parcels(by=SYSTEM) == 0
        with clock.frozen(clock.now() + parcel.KEPT + dt.timedelta(hours=1)):
            assert forget_parcels(by=SYSTEM) == 2
            assert forget_parcels(by=SYSTEM) == 0
        assert {row.id for row in rows(parcel.T)} == {unsent, waits}
        assert [line.detail for line in rows(protokoll.T, tag="zentrale:vergessen")] == ['{"anzahl": 2}']
    assert send(passed) == ("husum", answer), "the municipality itself knows what it has got"
    assert len(vorgaenge("husum")) == 2


@SQLITE
def test_what_is_delivered_late_is_remembered_from_then_on(land: None) -> None:
    content = body()
    id, answer = parked(content)
    with operator(), clock.frozen(clock.now() + parcel.KEPT * 2):
        assign_parcel(id, "husum", by=OLE)
        assert deliver_assigned() == 1
        assert forget_parcels(by=SYSTEM) == 0
    assert send(content) == (None, answer)


@pytest.mark.parametrize("point", ["central.before_commit", "central.after_commit"])
def test_killed_while_it_is_parked_it_is_there_once_when_it_comes_again(land: None, point: str) -> None:
    with operator():
        pass
    content = body()
    killed_at(point, lambda: send(content))
    _, answer = send(content)
    assert send(content)[1] == answer
    with operator():
        assert len(rows(parcel.T)) == 1


@pytest.mark.parametrize("point", ["intake.before_commit", "intake.after_commit", "central.handed_over"])
def test_killed_while_it_is_delivered_it_becomes_one_vorgang(land: None, point: str) -> None:
    id, _ = parked(body())
    with operator():
        assign_parcel(id, "husum", by=OLE)

    def deliver_it() -> None:
        with operator():
            deliver_assigned()

    killed_at(point, deliver_it)
    deliver_it()
    assert [case.id for case in vorgaenge("husum")] == [id]
    with operator():
        assert looks.get_parcel(id).state == parcel.DELIVERED


def killed_at(point: str, act: Any) -> None:
    """Do something in a child that is killed at a named point."""
    pid = os.fork()
    if pid == 0:
        faults.arm(point)
        try:
            act()
        finally:
            os._exit(1)  # it did not come by
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


# --- the operator's namespace ----------------------------------------------------------------------------------------------


@SQLITE
def test_the_operators_namespace_is_no_municipality(land: None) -> None:
    with operator():
        pass
    assert [one.slug for one in namespaces.list_kommunen()] == ["husum", "kreis"]
    assert {one.slug for one in namespaces.upgrade()} == {"husum", "kreis", BETRIEB}
    assert [one.slug for one in looks.search_kommunen().items] == ["kreis", "husum"]
    with pytest.raises(Invalid):
        namespaces.make_kommune(BETRIEB, "Betrieb", "Stadt", "SH")


@SQLITE
def test_the_registry_holds_nothing_of_an_application(land: None) -> None:
    content = body(leika=(LEIKA,), ags=HUSUM)
    parked(content)
    transaction = json.loads(content)["control"]["transactionId"]
    with db.zentrale_reading() as tx:
        names = sa.inspect(tx.connection).get_table_names()
        told = [str(tx.all(sa.select(sa.text("*")).select_from(sa.table(name)))) for name in names]
    assert not any(transaction in text for text in told)


def test_the_post_room_is_backed_up_and_restored_with_what_waits(land: None, tmp_path: Path) -> None:
    content = body()
    id, answer = parked(content, (PHOTO,))
    with operator():
        back_up(tmp_path / "betrieb.sicherung", by=SYSTEM)
    with pytest.raises(Conflict, match="Poststelle"):
        remove_kommune(BETRIEB, confirm=BETRIEB, export=None)
    remove_kommune(BETRIEB, confirm=BETRIEB, export=None, running=True)
    restore(tmp_path / "betrieb.sicherung")
    assert send(content, (PHOTO,)) == (None, answer)
    with operator():
        assign_parcel(id, "husum", by=OLE)
        assert deliver_assigned() == 1
    assert [case.id for case in vorgaenge("husum")] == [id]
