"""A Bescheid from draft to issue: who edited it cannot approve it, a change voids the approval, what is issued is frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import clock, db
from engine.base.errors import Conflict, Forbidden, Invalid
from engine.base.ports import Answer, Call, File, Offer
from engine.base.rights import POSTSTELLE, SYSTEM, Konto
from engine.model import bescheid, comment
from engine.verbs.bescheid import change_draft
from engine.verbs.design import check_bundle, deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.operate import change_setting, verify
from engine.verbs.post import send_message
from engine.verbs.vorgang import close_without_notice, discard, forward, withdraw
from tests.bpmn.diagrams import end, flow, flows, process, service, start, user, xor
from tests.engine.cases import ANNA, BERTA, Bell, KnowsKeys, bundle, push, rows, vorgang_of, work_all

PAUL = Konto("4", "paul", "Paul", frozenset({POSTSTELLE}))
OFFER: Offer = {
    "bescheid.erstellen": frozenset(),
    "bescheid.entwerfen": frozenset({"bescheid", "pruefsumme"}),
    "bescheid.erlassen": frozenset(),
    "servicekonto.nachricht": frozenset({"messageId", "providedAt"}),
}
GIBT_FREI = '=if freigabe = "ja" then entwurf.bescheid else null'
BESCHEID = """
title = "Bescheid"
subject = "Ihr Antrag"
salutation = "Guten Tag,"
signatory = "Anna"
addressee = ["Erika Muster", "Deichweg 3", "25899 Niebüll"]
[[section]]
kind = "tenor"
text = "1. Ihrem Antrag wird entsprochen."
[[section]]
kind = "auflage"
text = "1. Der Ersatz ist zu pflanzen."
[[section]]
kind = "kosten"
text = "1. Die Gebühr beträgt {euro= cent} (Beispielwert)."
[[section]]
kind = "sachverhalt"
text = "Sie haben einen Antrag gestellt."
[[section]]
kind = "rechtslage"
text = "Das Gesetz erlaubt es."
[[section]]
kind = "ermessen"
text = "So ist es."
[[section]]
kind = "rechtsbehelf"
rechtsbehelf = "Widerspruch"
behoerde = "Kreis Nordfriesland"
sitz = "Husum"
frist = "eines Monats"
[data]
entscheidung = '"genehmigt"'
gebuehr_cent = "cent"
"""
BRIEFKOPF = {"authority": "Kreis Nordfriesland", "address": ["Musterstraße 1", "25813 Husum"]}


def approving(value: str = GIBT_FREI, eyes: str = "pruefen") -> str:
    return (
        f"<zeebe:properties><zeebe:property name='gibt_frei' value='{value}'/>"
        f"<zeebe:property name='vier_augen' value='{eyes}'/></zeebe:properties>"
    )


def drafting(vorlage: str = "bescheid", type: str = "bescheid.entwerfen") -> str:
    outputs = {"entwurf": "={bescheid: bescheid, dokument: dokument, pruefsumme: pruefsumme}"}
    return service("entwerfen", type=type, inputs={"vorlage": vorlage, "name": "Bescheid"}, outputs=outputs)


def diagram(draft: str = "", approval: str = "") -> bytes:
    issued = service(
        "erlassen", type="bescheid.erlassen", inputs={"bescheid": "=entwurf.bescheid"}, outputs={"bescheid": "=dokument"}
    )
    return process(
        start(), user("pruefen"), draft or drafting(), user("freigeben", extension=approval or approving()),
        xor("g", default="g_pruefen"), issued, user("weiter"), end(), flow("g", "erlassen", 'freigabe = "ja"'),
        flows("start > pruefen > entwerfen > freigeben > g > pruefen", "erlassen > weiter > end"),
    )  # fmt: skip


def files(bpmn: bytes, letter: str = BESCHEID) -> dict[str, bytes]:
    return {**bundle(bpmn, "bescheide", "BE"), "notices/bescheid.toml": letter.encode()}


class Outside(KnowsKeys):
    """Sets letters as text, so that it can be read what stands in them."""

    def __init__(self) -> None:
        self.written: list[Call] = []

    types = staticmethod(lambda: OFFER)

    def call(self, call: Call) -> Answer:
        assert call.letter is not None
        self.written.append(call)
        letter = call.letter
        said = json.dumps([letter.draft, letter.date.isoformat(), [str(section) for section in letter.sections]])
        file = File("Bescheid.pdf", "application/pdf", said.encode(), "entwurf" if letter.draft else "bescheid")
        return Answer({"seiten": 1, "sha256": file.sha256}, (file,))


class Fall:
    """A Vorgang at its Bescheid."""

    def __init__(self, bell: Bell) -> None:
        self.bell, self.outside = bell, Outside()
        self.id = vorgang_of(push("bescheide"))
        self.complete("pruefen", cent=5000)

    def settle(self) -> None:
        work_all(self.bell, self.outside)

    def complete(self, element: str, by: Any = ANNA, seen: str | None = None, **answers: Any) -> None:
        [task] = reads.list_aufgaben(vorgang_id=self.id).items
        assert task.element == element
        complete_aufgabe(task.id, answers, seen=seen, by=by)
        self.settle()

    def change(self, by: Any = ANNA, **texts: str) -> Any:
        """Change the text of parts by hand."""
        now = self.bescheid
        parts: list[Mapping[str, str]] = [
            {"kind": section.kind, "heading": section.heading, "text": texts.get(section.kind, text_of(section))}
            for section in now.sections
        ]
        changed = change_draft(now.id, parts, now.content_hash, by=by)
        self.settle()
        return changed

    @property
    def bescheid(self) -> reads.Bescheid:
        return reads.list_bescheide(self.id)[-1]

    def waits_at(self) -> list[str]:
        return [task.element for task in reads.list_aufgaben(vorgang_id=self.id).items]

    def incidents(self) -> list[str]:
        return [incident.message for incident in reads.list_incidents(self.id).items]


def text_of(section: Any) -> str:
    marks = {"item": "1. ", "bullet": "- ", "paragraph": ""}
    return "\n\n".join(marks[block.kind] + block.text for block in section.blocks)


@pytest.fixture
def fall(amt: str, bell: Bell) -> Fall:
    change_setting("briefkopf", BRIEFKOPF, by=SYSTEM)
    deploy_bundle(files(diagram()), OFFER, by=SYSTEM)
    return Fall(bell)


def test_drafted_approved_and_issued_are_three_things(fall: Fall) -> None:
    assert fall.bescheid.state == "entwurf"
    assert fall.outside.written[0].letter.draft
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    issued = fall.bescheid
    assert (issued.state, issued.approved_by) == ("erlassen", "berta")
    assert not fall.outside.written[1].letter.draft
    [draft, notice] = reads.list_dokumente(fall.id)
    assert [draft.kind, notice.kind] == ["entwurf", "bescheid"]
    assert (issued.document_id, issued.sha256) == (notice.id, notice.sha256)
    assert fall.waits_at() == ["weiter"]


def test_what_is_issued_is_what_was_approved_under_the_day_of_issue(fall: Fall) -> None:
    with clock.frozen(clock.now()):
        clock.move(clock.dt.timedelta(days=3))
        fall.complete("freigeben", by=BERTA, freigabe="ja")
        today = clock.local_day(clock.now())
    draft, issued = (call.letter for call in fall.outside.written)
    assert issued.sections == draft.sections
    assert issued.date == issued.data["datum"] == today != draft.date


def test_who_wrote_it_cannot_approve_it(fall: Fall) -> None:
    with pytest.raises(Forbidden, match="Vier-Augen"):
        fall.complete("freigeben", by=ANNA, freigabe="ja")


def test_who_changed_the_draft_by_hand_cannot_approve_it(fall: Fall) -> None:
    fall.change(by=BERTA, ermessen="Andere Gründe.")
    with pytest.raises(Forbidden, match="Entwurf geändert"):
        fall.complete("freigeben", by=BERTA, freigabe="ja")
    with pytest.raises(Forbidden, match="Sie vertreten Berta, und Berta hat den Entwurf geändert"):
        fall.complete("freigeben", by=Konto("3", "chef", "Chef", BERTA.roles, stands_in=(BERTA,)), freigabe="ja")
    assert (fall.waits_at(), fall.bescheid.state) == (["freigeben"], "entwurf")


def test_a_changed_draft_is_set_again(fall: Fall) -> None:
    first = fall.bescheid.document_id
    fall.change(ermessen="Andere Gründe.")
    changed = fall.bescheid
    assert changed.document_id not in (first, None)
    assert "Andere Gründe." in str(fall.outside.written[-1].letter)
    assert fall.outside.written[-1].letter.draft


def test_a_change_voids_the_approval_and_nothing_is_issued(fall: Fall, bell: Bell) -> None:
    [task] = reads.list_aufgaben(vorgang_id=fall.id).items
    complete_aufgabe(task.id, {"freigabe": "ja"}, by=BERTA)
    assert fall.bescheid.state == "freigegeben"
    fall.change(ermessen="Nach der Freigabe.")
    assert (fall.bescheid.state, fall.bescheid.approved_by) == ("entwurf", None)
    assert "noch nicht freigegeben" in fall.incidents()[0]
    assert [document.kind for document in reads.list_dokumente(fall.id)] == ["entwurf", "entwurf"]


def test_a_draft_of_another_task_is_replaced_where_the_new_one_says_so(amt: str, bell: Bell) -> None:
    outputs = {"entwurf": "={bescheid: bescheid}"}
    inputs = {"vorlage": "bescheid", "name": "Bescheid", "ersetzt": "=entwurf.bescheid"}
    other = service("anders", type="bescheid.entwerfen", inputs=inputs, outputs=outputs)
    two = process(
        start(), user("pruefen"), drafting(), other, user("freigeben", extension=approving()), end(),
        flows("start > pruefen > entwerfen > anders > freigeben > end"),
    )  # fmt: skip
    change_setting("briefkopf", BRIEFKOPF, by=SYSTEM)
    deploy_bundle(files(two), OFFER, by=SYSTEM)
    fall = Fall(bell)
    assert [one.state for one in reads.list_bescheide(fall.id)] == ["verworfen", "entwurf"]


def test_the_approver_approves_what_was_looked_at(fall: Fall) -> None:
    seen = fall.bescheid.content_hash
    fall.change(ermessen="Zwischendurch.")
    with pytest.raises(Conflict, match="seit Sie ihn gesehen haben"):
        fall.complete("freigeben", by=BERTA, seen=seen, freigabe="ja")
    assert fall.waits_at() == ["freigeben"]
    fall.complete("freigeben", by=BERTA, seen=fall.bescheid.content_hash, freigabe="ja")
    assert fall.bescheid.state == "erlassen"


def test_two_who_change_one_draft_do_not_overwrite_each_other(fall: Fall) -> None:
    now = fall.bescheid
    parts = [{"kind": part.kind, "heading": part.heading, "text": text_of(part)} for part in now.sections]
    change_draft(now.id, [*parts, {"kind": "hinweise", "text": "- Eins"}], now.content_hash, by=ANNA)
    with pytest.raises(Conflict, match="inzwischen geändert") as refused:
        change_draft(now.id, [*parts, {"kind": "hinweise", "text": "- Zwei"}], now.content_hash, by=BERTA)
    assert "Eins" in str(refused.value.fresh.sections)


def test_a_new_draft_takes_the_place_of_the_old(fall: Fall) -> None:
    fall.complete("freigeben", by=BERTA, freigabe="nein")
    fall.complete("pruefen", cent=7000)
    assert [one.state for one in reads.list_bescheide(fall.id)] == ["verworfen", "entwurf"]
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    assert [one.state for one in reads.list_bescheide(fall.id)] == ["verworfen", "erlassen"]
    assert "70,00 Euro" in str(fall.outside.written[-1].letter)


def test_an_issued_bescheid_never_changes(fall: Fall) -> None:
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    with pytest.raises(Conflict, match="ist erlassen"):
        fall.change(ermessen="Zu spät.")


def test_the_draft_of_a_case_that_has_ended_does_not_change(fall: Fall) -> None:
    withdraw(fall.id, "Der Baum ist umgefallen.", by=ANNA)
    with pytest.raises(Conflict, match="Vorgang ist beendet"):
        fall.change(ermessen="Zu spät.")
    assert "Zu spät." not in str(fall.bescheid.sections)


def test_a_case_with_an_issued_bescheid_ends_only_as_its_process_ends(fall: Fall) -> None:
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    for act in (
        lambda: close_without_notice(fall.id, "Niemand wartet mehr darauf.", by=ANNA),
        lambda: forward(fall.id, "Stadt Husum", "Der Baum steht in Husum.", by=PAUL),
        lambda: discard(fall.id, "Das ist kein Antrag.", by=PAUL),
    ):
        with pytest.raises(Conflict, match="ist ein Bescheid erlassen"):
            act()
    assert (fall.waits_at(), rows(comment.T)) == (["weiter"], [])


def test_a_draft_that_lacks_a_part_is_refused_and_stays_as_it_was(fall: Fall) -> None:
    before = fall.bescheid
    with pytest.raises(Invalid, match="nicht vollständig"):
        change_draft(before.id, [{"kind": "tenor", "text": "1. Ja."}], before.content_hash, by=ANNA)
    with pytest.raises(Invalid) as refused:
        change_draft(before.id, [{"kind": "spruch", "text": "Ja."}], before.content_hash, by=ANNA)
    assert refused.value.causes[0].pointer == "/abschnitte/0/kind"
    assert fall.bescheid == before


def test_provisions_are_kept_by_type_and_told_in_the_data(fall: Fall) -> None:
    fall.change(auflage="1. Zwei Bäume sind zu pflanzen.\n\n2. Sie sind zu erhalten.")
    letter = fall.outside.written[-1].letter
    assert letter is not None
    assert [(one["art"], one["nummer"]) for one in letter.data["nebenbestimmungen"]] == [("auflage", 1), ("auflage", 2)]
    assert letter.data["tenor"] == ["Ihrem Antrag wird entsprochen."]


def test_the_sentence_on_remedies_stays_and_may_be_added_to(fall: Fall) -> None:
    before = fall.bescheid
    with pytest.raises(Invalid) as refused:
        fall.change(rechtsbehelf="Sie können sich beschweren.")
    assert "Rechtsbehelfsbelehrung" in refused.value.causes[0].message
    assert fall.bescheid == before
    [section] = [section for section in before.sections if section.kind == "rechtsbehelf"]
    fall.change(rechtsbehelf=text_of(section) + "\n\nDas geht auch zur Niederschrift.")
    assert "Niederschrift" in str(fall.outside.written[-1].letter)


def test_what_a_clerk_writes_in_braces_stays_text(fall: Fall) -> None:
    fall.change(ermessen="Siehe {= antragsteller} und #set text(red).")
    assert "{= antragsteller} und #set text(red)" in str(fall.outside.written[-1].letter)


def test_a_draft_is_never_sent(fall: Fall) -> None:
    [draft] = reads.list_dokumente(fall.id)
    with pytest.raises(Invalid) as refused:
        send_message(fall.id, "Ihr Bescheid", "Liegt bei.", [draft.id], "FORBIDDEN", by=ANNA)
    assert any("Entwurf" in cause.message for cause in refused.value.causes)


def test_a_bescheid_of_another_vorgang_cannot_be_approved_or_issued(fall: Fall, bell: Bell) -> None:
    other = Fall(bell)
    with db.transaction() as tx, pytest.raises(Conflict, match="kein Bescheid dieses Vorgangs"):
        bescheid.approve(tx, other.bescheid.id, fall.id, "berta", None)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"content": b"{}"}, "nicht der, den seine Prüfsumme nennt"),
        ({"approved_by": None}, "freigegeben wurde nicht dieser Inhalt"),
        ({"editors": '["berta"]'}, "freigegeben hat, wer den Entwurf geändert hat"),
        ({"sha256": "0" * 64}, "nicht der erlassene Bescheid"),
    ],
)
def test_verify_finds_a_bescheid_that_was_tampered_with(fall: Fall, values: dict[str, Any], said: str) -> None:
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    with db.reading() as tx:
        whole = dict(tx.one_or_none(sa.select(bescheid.T))._mapping)
    for written in (values, whole):
        with db.transaction() as tx:
            tx.execute(sa.update(bescheid.T).values(**written))
        found = [broken.message for broken in verify() if broken.invariant == "bescheid"]
        assert (said in " ".join(found)) == (written is values)


# --- what is found before it runs ----------------------------------------------------------------------------------


def found(bpmn: bytes) -> str:
    return "\n".join(cause.message for cause in check_bundle(files(bpmn), OFFER)[1] if cause.severity == "error")


def test_a_sound_bundle_has_no_findings() -> None:
    assert found(diagram()) == ""


def test_a_bescheid_is_not_merely_written() -> None:
    assert "wird entworfen, freigegeben und erlassen" in found(diagram(draft=drafting(type="bescheid.erstellen")))


def test_a_letter_that_decides_nothing_is_not_drafted() -> None:
    letter = BESCHEID[: BESCHEID.index("[[section]]")] + '[[section]]\nkind = "text"\ntext = "Wir prüfen."\n'
    causes = check_bundle(files(diagram(), letter), OFFER)[1]
    assert any("entscheidet nichts" in cause.message for cause in causes)


def test_a_bescheid_that_nobody_approves_is_found() -> None:
    other = '<zeebe:properties><zeebe:property name="x" value="y"/></zeebe:properties>'
    assert "niemand gibt" in found(diagram(approval=other))


@pytest.mark.parametrize(
    ("approval", "said"),
    [
        (approving(eyes=""), "ohne vier_augen"),
        (approving(value="entwurf"), "kein FEEL-Ausdruck"),
        (approving(value="=if"), "approves"),
    ],
)
def test_an_approval_that_cannot_work_is_found(approval: str, said: str) -> None:
    assert said in found(diagram(approval=approval))


def test_an_approval_of_what_is_no_bescheid_is_an_incident_with_a_sentence(amt: str, bell: Bell) -> None:
    change_setting("briefkopf", BRIEFKOPF, by=SYSTEM)
    deploy_bundle(files(diagram(approval=approving(value="=1"))), OFFER, by=SYSTEM)
    fall = Fall(bell)
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    assert "keine Kennung eines Bescheids" in fall.incidents()[0]
