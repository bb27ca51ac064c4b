"""Retention: what has been kept long enough is on a list, then gone from database and folder; nothing else is."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import clock, db, files
from engine.base.errors import Gone, Invalid, Unknown
from engine.base.ports import File
from engine.base.rights import ADMINISTRATION, SYSTEM, Forbidden, Konto
from engine.model import aufgabe, deleted, dokument, einstellung, protokoll, retention, vorgang
from engine.verbs import retention as deleting
from engine.verbs.backup import back_up
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from engine.verbs.drafts import save_draft
from engine.verbs.notes import add_comment, set_reminder, settle_reminder
from engine.verbs.operate import verify
from engine.verbs.post import correlate, receive_reply, record_retrieval
from engine.verbs.retention import change_retention, hold_case, lift_hold, purge
from tests.engine.cases import ANNA, Bell, Twin, Upload, push, rows, vorgang_of, work_all
from tests.engine.test_restore import killed_at

CHEF = Konto("3", "chef", "Chefin", frozenset({ADMINISTRATION}))
CANARY = "Zwiebelfisch"
BYTES = b"Ein Gutachten ueber " + CANARY.encode()
TRANSACTION = "7c1b0c1e-0000-4000-8000-00000000abcd"


def ended(bell: Bell, transaction: str = TRANSACTION, content: bytes = BYTES, nr: str = CANARY) -> str:
    """A case that has ended, with the canary in everything that people write."""
    case = vorgang_of(push(transaction=transaction, files=[Upload(f"{CANARY}.txt", "text/plain", content)], nr=nr))
    work_all(bell, Twin())
    [task] = rows(aufgabe.T, vorgang_id=case)
    claim_aufgabe(task.id, by=ANNA)
    save_draft(task.id, {"x": CANARY}, by=ANNA)
    add_comment(case, f"Kommentar {CANARY}", by=ANNA)
    settle_reminder(set_reminder(case, clock.local_day(clock.now()), f"An {CANARY} denken", True, by=ANNA), by=ANNA)
    complete_aufgabe(task.id, {"ok": True}, by=ANNA)
    return case


def kept_for(text: str, days: str = "1") -> None:
    change_retention("", dict.fromkeys(retention.ENDINGS, text), days, by=CHEF)


def later(days: int) -> dt.datetime:
    return clock.now() + dt.timedelta(days)


def grow_old() -> None:
    """Let every stored document be one that was stored long ago."""
    for path in files.folder().glob("??/??/*"):
        os.utime(path, (0, 0))


def everything() -> str:
    """All that the database of the municipality holds."""
    with db.reading() as tx:
        texts = [str(row) for table in db.Base.metadata.sorted_tables for row in tx.all(sa.select(table))]
        texts += [str(row) for row in tx.all(sa.text("SELECT words FROM search"))]
    return "\n".join(texts)


def test_a_case_is_kept_until_a_period_is_set_and_over(amt: str, bell: Bell) -> None:
    case = ended(bell)
    with clock.frozen(later(40_000)):
        assert purge() == 0
    kept_for("1 Jahr")
    assert reads.get_vorgang(case).status == "ABGESCHLOSSEN"
    with clock.frozen(later(366)):
        assert reads.get_vorgang(case).status == "ZU_LOESCHEN"
        assert [one.id for one in reads.list_vorgaenge(by=ANNA, status="ZU_LOESCHEN").items] == [case]
        assert reads.list_vorgaenge(by=ANNA, status="ABGESCHLOSSEN").items == ()
        [listed] = reads.list_to_delete(ANNA).items
        assert (listed.id, listed.deletion.busy, listed.deletion.holds) == (case, False, ())
    assert reads.list_to_delete(ANNA).items == ()


def test_what_is_deleted_is_gone_from_database_and_folder(amt: str, bell: Bell) -> None:
    case = ended(bell)
    [document] = rows(dokument.T)
    assert CANARY in everything()
    kept_for("1 Monat")
    grow_old()
    with clock.frozen(later(62)):
        assert purge() == 1
        assert purge() == 0
    assert CANARY not in everything()
    assert not files.exists(document.sha256)
    assert rows(vorgang.T) == []
    assert [line.vorgang_id for line in rows(protokoll.T, tag="vorgang:geloescht")] == [case]
    with pytest.raises(Unknown):
        reads.get_vorgang(case)
    assert verify() == []


def test_no_table_of_cases_is_forgotten() -> None:
    known = {table.name for table in deleting.rows_of_cases()}
    stay = {"message", "signal_delivery", "protokoll", "deleted_name"}  # emptied of what they say, or without a name
    naming = {table.name for table in db.Base.metadata.sorted_tables if {"vorgang_id", "aufgabe_id"} & set(table.c.keys())}
    assert naming - known == stay


def test_a_repeated_delivery_of_a_deleted_case_makes_no_new_one(amt: str, bell: Bell) -> None:
    ended(bell)
    kept_for("1 Monat")
    with clock.frozen(later(62)):
        purge()
        with pytest.raises(Gone):
            push(transaction=TRANSACTION)
        push()  # any other is taken
    assert len(rows(vorgang.T)) == 1


def test_another_period_for_one_leistung_and_for_one_ending(amt: str, bell: Bell) -> None:
    ended(bell)
    kept_for("1 Monat")
    change_retention("probe", {"ABGESCHLOSSEN": "10 Jahre"}, by=CHEF)
    with clock.frozen(later(300)):
        assert purge() == 0
    change_retention("probe", {"ABGESCHLOSSEN": "unbefristet"}, by=CHEF)
    with clock.frozen(later(40_000)):
        assert purge() == 0
    change_retention("probe", {}, by=CHEF)
    [of_all, *others] = reads.list_kept()
    assert (of_all.key, dict(of_all.months)["ABGESCHLOSSEN"], others[0].own) == ("", 1, frozenset())
    with clock.frozen(later(300)):
        assert purge() == 1


def test_a_hold_keeps_a_case_until_it_is_lifted_or_its_day_is_over(amt: str, bell: Bell) -> None:
    case = ended(bell)
    kept_for("1 Monat")
    id = hold_case(case, "Klage vor dem Verwaltungsgericht", None, by=ANNA)
    assert hold_case(case, "Klage vor dem Verwaltungsgericht", None, id=id, by=ANNA) == id
    with clock.frozen(later(62)):
        assert purge() == 0
        [listed] = reads.list_to_delete(CHEF).items
        assert [hold.reason for hold in listed.deletion.holds] == ["Klage vor dem Verwaltungsgericht"]
    lift_hold(id, by=CHEF)
    lift_hold(id, by=CHEF)
    hold_case(case, "Rechnungsprüfung", clock.local_day(later(100)), by=CHEF)
    with clock.frozen(later(100)):
        assert purge() == 0
    with clock.frozen(later(101)):
        assert purge() == 1
    tags = [line.tag for line in rows(protokoll.T) if line.tag.startswith("loeschsperre")]
    assert tags == ["loeschsperre:gesetzt", "loeschsperre:aufgehoben", "loeschsperre:gesetzt"]


def test_a_reminder_that_is_open_holds_it_up(amt: str, bell: Bell) -> None:
    case = ended(bell)
    kept_for("1 Monat")
    id = set_reminder(case, clock.local_day(clock.now()), "Ersatzpflanzung?", False, by=ANNA)
    with clock.frozen(later(62)):
        assert purge() == 0
        assert reads.list_to_delete(ANNA).items[0].deletion.busy
        settle_reminder(id, by=ANNA)
        assert purge() == 1


def test_bytes_that_another_case_or_the_letterhead_names_stay(amt: str, bell: Bell) -> None:
    ended(bell)
    ended(bell, "", b"das Wappen")
    other = vorgang_of(push(files=[Upload("a.txt", "text/plain", BYTES)]))
    with db.transaction() as tx:
        einstellung.write(tx, "briefkopf", {"logo": files.hash_of([b"das Wappen"])})
    kept_for("1 Monat")
    grow_old()
    with clock.frozen(later(62)):
        assert purge() == 2
    assert [row.vorgang_id for row in rows(dokument.T)] == [other]
    assert files.exists(files.hash_of([BYTES]))
    assert files.exists(files.hash_of([b"das Wappen"]))


def test_bytes_that_were_just_stored_again_stay_for_a_day(amt: str, bell: Bell) -> None:
    ended(bell)
    kept_for("1 Monat")
    with clock.frozen(later(62)):
        assert purge() == 1
        assert files.exists(files.hash_of([BYTES])), "somebody may be about to name them"
        grow_old()
        assert purge() == 0
    assert not files.exists(files.hash_of([BYTES]))
    assert [row.files for row in rows(deleted.T)] == ["[]"]


@pytest.mark.parametrize("point", ["retention.before_commit", "retention.after_commit", "retention.after_files"])
def test_killed_half_way_the_next_purge_finishes(amt: str, bell: Bell, point: str) -> None:
    cases = [ended(bell, f"7c1b0c1e-0000-4000-8000-00000000000{n}", b"%d" % n) for n in range(2)]
    kept_for("1 Monat")
    grow_old()
    with clock.frozen(later(62)):
        killed_at(point, purge)
        assert verify() == []
        purge()
    assert rows(vorgang.T) == []
    assert sorted(row.id for row in rows(deleted.T)) == sorted(cases)
    assert {line.vorgang_id for line in rows(protokoll.T, tag="vorgang:geloescht")} == set(cases)
    assert not any(files.exists(files.hash_of([b"%d" % n])) for n in range(2))


def test_news_of_the_servicekonto_for_a_deleted_case_is_refused_and_leaves_nothing(amt: str, bell: Bell) -> None:
    from engine.model import nachricht

    case = ended(bell)
    with db.transaction() as tx:
        nachricht.add(tx, case, direction="OUT", subject=CANARY, body=CANARY, documents=[], at=clock.now(), external_id="m-1")
    receive_reply("r-1", "m-1", CANARY, [], clock.now(), by=SYSTEM)
    [reminder] = reads.list_reminders(case)[1:]
    settle_reminder(reminder.id, by=ANNA)
    kept_for("1 Monat")
    with clock.frozen(later(62)):
        assert purge() == 1
        with pytest.raises(Gone):
            receive_reply("r-2", "m-1", "Noch etwas", [File("a.txt", "text/plain", b"spaet")], clock.now(), by=SYSTEM)
        with pytest.raises(Gone):
            record_retrieval("m-1", clock.now(), by=SYSTEM)
        with pytest.raises(Unknown):
            record_retrieval("m-2", clock.now(), by=SYSTEM)
    assert not files.exists(files.hash_of([b"spaet"]))
    assert CANARY not in everything()


def test_a_message_that_a_deleted_case_got_says_nothing_and_still_counts_once(amt: str, bell: Bell, courier: None) -> None:
    case = vorgang_of(push("wartet", nr=CANARY))
    machine = Konto("4", "m", "M", frozenset({ADMINISTRATION}))
    assert correlate("antwort", CANARY, "n-1", {"text": CANARY}, None, by=machine)
    assert reads.get_vorgang(case).closed_at is not None
    kept_for("1 Monat")
    with clock.frozen(later(62)):
        assert purge() == 1
    assert CANARY not in everything()
    assert not correlate("antwort", CANARY, "n-1", {"text": CANARY}, None, by=machine)


def test_nothing_is_deleted_while_the_outbox_of_a_restored_municipality_is_held(amt: str, bell: Bell) -> None:
    from engine.model import restored

    ended(bell)
    kept_for("1 Monat")
    with db.transaction() as tx:
        restored.hold(tx, "nordfriesland", clock.now().isoformat())
    with clock.frozen(later(62)):
        assert purge() == 0
        with db.transaction() as tx:
            restored.release(tx)
        assert purge() == 1


def test_a_backup_keeps_what_it_has_and_the_deleted_one_is_not_in_the_next(amt: str, bell: Bell, tmp_path: Path) -> None:
    case = ended(bell)
    before = back_up(tmp_path / "vorher", by=SYSTEM)
    kept_for("1 Monat")
    grow_old()
    with clock.frozen(later(62)):
        assert purge() == 1
    after = back_up(tmp_path / "nachher", by=SYSTEM)
    assert (before.documents, after.documents) == (1, 0)
    assert case


def test_no_bytes_go_while_a_backup_or_a_check_counts_on_them(amt: str, bell: Bell) -> None:
    ended(bell)
    kept_for("1 Monat")
    grow_old()
    with clock.frozen(later(62)):
        with files.none_removed():
            assert purge() == 1
            assert files.exists(files.hash_of([BYTES]))
        purge()
    assert not files.exists(files.hash_of([BYTES]))


@pytest.mark.parametrize("typed", ["bald", "3 Wochen", "10", "101 Jahre", "1 Jahr 3 Tage", "-1 Jahr"])
def test_a_period_that_is_none_is_refused(amt: str, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        kept_for(typed, "0")
    assert [cause.pointer for cause in refused.value.causes] == [f"/{one}" for one in retention.ENDINGS] + ["/vorlauf"]
    assert reads.list_kept()[0].own == frozenset()


def test_who_may_set_periods_and_holds(amt: str, bell: Bell) -> None:
    case = ended(bell)
    with pytest.raises(Forbidden):
        change_retention("", {}, "30", by=ANNA)
    with pytest.raises(Forbidden):
        hold_case(case, "Weil", None, by=Konto("9", "dora", "Dora", frozenset({"prozessdesign"})))
    with pytest.raises(Invalid) as refused:
        hold_case(case, " ", clock.local_day(clock.now()) - dt.timedelta(1), by=ANNA)
    assert [cause.pointer for cause in refused.value.causes] == ["/grund", "/bis"]
    for act in (lambda: hold_case("0" * 26, "Weil", None, by=ANNA), lambda: lift_hold("0" * 26, by=ANNA)):
        with pytest.raises(Unknown):
            act()
    with pytest.raises(Unknown):
        change_retention("gibt-es-nicht", {}, by=CHEF)


Months = Callable[[dt.date], dt.date]


@pytest.mark.parametrize(
    ("closed", "months", "over"),
    [
        ("2026-01-15", 12, "2027-01-15"),
        ("2026-08-31", 6, "2027-03-01"),
        ("2024-02-29", 12, "2025-03-01"),
        ("2026-12-31", 2, "2027-03-01"),
    ],
)
def test_a_case_is_never_deleted_before_its_months_are_over(closed: str, months: int, over: str) -> None:
    assert retention.over_am(dt.date.fromisoformat(closed), months) == dt.date.fromisoformat(over)
