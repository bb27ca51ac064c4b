"""The permit with database, outbox and letters, on a moved clock: reply leads to the grant, silence to the refusal."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Forbidden
from engine.base.rights import SYSTEM
from engine.verbs.bescheid import change_draft
from engine.verbs.desk import complete_aufgabe
from engine.verbs.post import receive_reply
from tests.engine.cases import ANNA, BERTA
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
    assert fall.deadlines() == {"pflanzfrist": dt.datetime(2027, 3, 8, 23, 0, tzinfo=dt.UTC)}
    clock.move(dt.timedelta(days=366))
    fall.settle()
    fall.complete("ersatz_nachweisen", nachweis="nachfrist", nachfrist_bis="2027-05-01")
    # A Saturday: there is time until Monday, 3 May, over at its midnight in Germany.
    assert fall.deadlines() == {"pflanzfrist": dt.datetime(2027, 5, 3, 22, 0, tzinfo=dt.UTC)}
    clock.move(dt.timedelta(days=30))
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
    [facts] = [part for part in reads.list_bescheide(fall.id)[-1].sections if part.kind == "sachverhalt"]
    assert facts.blocks[-1].text.endswith("Sie haben sich nicht geäußert.")
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


def test_a_draft_changed_after_its_approval_is_approved_again_and_then_goes_out(fall):
    fall.decided()
    [task] = reads.list_aufgaben(vorgang_id=fall.id).items
    complete_aufgabe(task.id, {"freigabe": "freigeben"}, by=BERTA)
    [draft] = reads.list_bescheide(fall.id)
    parts = [
        {"kind": part.kind, "heading": part.heading, "text": "\n".join(f"1. {block.text}" for block in part.blocks)}
        for part in draft.sections
        if part.kind != "rechtsbehelf"
    ]
    remedy = [{"kind": part.kind, "text": part.blocks[0].text} for part in draft.sections if part.kind == "rechtsbehelf"]
    change_draft(draft.id, [*parts[:-1], *remedy, parts[-1]], draft.content_hash, by=ANNA)
    fall.settle()
    assert fall.waits_at() == ["freigeben"]
    assert fall.letters() == []
    with pytest.raises(Forbidden, match="Vier-Augen"):
        fall.complete("freigeben", freigabe="freigeben")
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    assert fall.letters() == ["Bescheid.pdf"]
    assert [one.state for one in reads.list_bescheide(fall.id)] == ["erlassen"]


def test_a_grant_that_was_not_released_and_became_a_refusal_leaves_no_draft_behind(fall):
    fall.decided()
    fall.complete("freigeben", by=BERTA, freigabe="zurueck", freigabe_vermerk="Bitte ablehnen.")
    why = "Die Eiche ist gesund und standsicher."
    fall.complete("pruefen", entscheidung="ablehnen", begruendung=why)
    fall.days_pass(20)
    fall.complete("pruefen", entscheidung="ablehnen", begruendung=why)
    assert [one.state for one in reads.list_bescheide(fall.id)] == ["verworfen", "entwurf"]


def test_who_gave_the_opinion_that_stands_in_the_notice_does_not_release_it(fall):
    fall.complete("vollstaendigkeit_pruefen", vollstaendigkeit="vollstaendig", angaben=ANGABEN)
    fall.complete("stellungnahme_abgeben", by=BERTA, stellungnahme={"bedenken": "keine", "text": "Keine Nester."})
    fall.complete("pruefen", entscheidung="genehmigen", begruendung="Die Eiche ist nicht standsicher.", ersatzpflanzung=1)
    with pytest.raises(Forbidden, match="Vier-Augen"):
        fall.complete("freigeben", by=BERTA, freigabe="freigeben")
