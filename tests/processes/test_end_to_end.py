"""The permit with database, outbox and letters, on a moved clock: reply leads to the grant, silence to the refusal."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Forbidden
from engine.base.rights import SYSTEM
from engine.verbs.post import receive_reply
from tests.engine.cases import BERTA
from tests.pdf import text_of
from tests.processes.fall import ANGABEN, FallInAugsburg


def test_a_query_is_answered_and_the_permit_granted_by_two_people(fall):
    fall.complete("vollstaendigkeit_pruefen", vollstaendigkeit="rueckfrage", rueckfrage_text="Wo stehen die Bäume genau?")
    assert fall.waits_at() == []
    fall.days_pass(3)
    receive_reply("a-1", "m-2", "Hinter dem Haus.", (), clock.now(), by=SYSTEM)
    fall.complete("vollstaendigkeit_pruefen", vollstaendigkeit="vollstaendig", angaben=ANGABEN)
    fall.complete("stellungnahme_abgeben", stellungnahme={"bedenken": "keine", "text": "Keine Nester, keine Höhlen."})
    fall.complete("pruefen", entscheidung="genehmigen", begruendung="Die Eiche ist nicht mehr standsicher.", ersatzpflanzung=1)
    with pytest.raises(Forbidden, match="Vier-Augen"):
        fall.complete("freigeben", freigabe="freigeben")
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    assert fall.letters() == ["Bescheid.pdf"]
    [period] = reads.list_fristen(fall.id)
    # Provided on 5 March, deemed delivered on the 8th; a month later is 8 April, over at its midnight in Germany.
    assert period.due_at == dt.datetime(2026, 4, 8, 22, 0, tzinfo=dt.UTC)
    clock.move(dt.timedelta(days=40))
    fall.settle()
    assert [frist.element for frist in reads.list_fristen(fall.id)] == ["pflanzfrist"]
    clock.move(dt.timedelta(days=366))
    fall.settle()
    fall.complete("ersatz_nachweisen", nachweis="erbracht")
    assert reads.get_vorgang(fall.id).status == "ABGESCHLOSSEN"


def test_silence_leads_over_reminder_and_hearing_to_a_refusal(fall):
    fall.complete("vollstaendigkeit_pruefen", vollstaendigkeit="rueckfrage", rueckfrage_text="Wo stehen die Bäume genau?")
    fall.days_pass(30)
    why = "Trotz Rückfrage und Erinnerung ist nicht bekannt, wo die Bäume stehen."
    fall.complete("aktenlage_bewerten", aktenlage="ablehnen", begruendung=why)
    assert fall.waits_at() == []
    fall.days_pass(20)
    fall.complete("pruefen", entscheidung="ablehnen", begruendung=why)
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    assert [subject.partition(" – ")[0] for subject in fall.outside.sent] == [
        "Ihr Antrag ist eingegangen", "Rückfrage zu Ihrem Antrag", "Erinnerung an unsere Rückfrage", "Anhörung", "Ihr Bescheid",
    ]  # fmt: skip
    assert fall.letters() == ["Anhörung.pdf", "Bescheid.pdf"]
    clock.move(dt.timedelta(days=40))
    fall.settle()
    assert reads.get_vorgang(fall.id).status == "ABGESCHLOSSEN"


def test_augsburg_grants_by_the_mailbox_of_the_account_and_waits_for_a_klage_beyond_epiphany(augsburg):
    fall = FallInAugsburg(augsburg, "BAYERN_ID", consent=True)
    clock.move(dt.timedelta(days=276))
    fall.decided()
    with pytest.raises(Forbidden, match="Vier-Augen"):
        fall.complete("freigeben", freigabe="freigeben")
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    assert [subject.partition(" – ")[0] for subject in fall.outside.sent] == ["Wir haben Ihren Antrag", "Ihr Bescheid"]
    # Notified on 3 December, deemed delivered on the 6th; a month later is Epiphany, a holiday in Bavaria: over after the 7th.
    assert fall.deadlines() == {"widerspruchsfrist": dt.datetime(2027, 1, 7, 23, 0, tzinfo=dt.UTC)}
    [notice] = [document for document in reads.list_dokumente(fall.id) if document.kind == "bescheid"]
    said = text_of(reads.document_file(fall.id, notice.id).content)
    assert "BayerischesVerwaltungsgerichtAugsburg,SitzinAugsburg" in said
    assert "(§74VwGO)" in said
    clock.move(dt.timedelta(days=35))
    fall.settle()
    assert reads.get_vorgang(fall.id).status == "BESCHIEDEN"
    clock.move(dt.timedelta(days=1))
    fall.settle()
    assert reads.get_vorgang(fall.id).status == "ABGESCHLOSSEN"


def test_augsburg_posts_the_notice_where_nobody_agreed_to_the_mailbox(augsburg):
    fall = FallInAugsburg(augsburg, "BAYERN_ID")
    clock.move(dt.timedelta(days=59))
    fall.granted()
    fall.complete("bescheid_drucken", postaufgabe_am="2026-04-30")
    # Posted on 30 April, deemed delivered on 4 May; 4 June is Corpus Christi, a holiday in Bavaria: over after the 5th.
    assert fall.deadlines() == {"widerspruchsfrist": dt.datetime(2026, 6, 5, 22, 0, tzinfo=dt.UTC)}
    clock.move(dt.timedelta(days=37))
    fall.settle()
    assert reads.get_vorgang(fall.id).status == "ABGESCHLOSSEN"
