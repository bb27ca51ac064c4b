"""The notice workshop: variants of the bundle, parts as text, an approval that a change voids and another person renews."""

from __future__ import annotations

from typing import Any

import pytest

from engine import reads
from engine.base.errors import Conflict, Forbidden, Invalid
from engine.base.ports import Block, Section
from engine.base.rights import SYSTEM
from engine.model.notice import parse_notice, text_of
from engine.model.notice.reading import blocks_of
from engine.verbs.bescheid import approve_change, change_draft
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.operate import change_setting, verify
from tests.engine.cases import ANNA, BERTA, Bell
from tests.engine.test_bescheid import BESCHEID, BRIEFKOPF, OFFER, Fall, diagram, files

VARIANTS = '''kind = "ermessen"
[[section.variante]]
name = "Viel Geld"
when = "cent > 6000"
text = "Die Gebühr {euro= cent} ist hoch."
[[section.variante]]
name = "Wenig Geld"
text = "Die Gebühr ist niedrig."
[[section.variante]]
name = "Mit Vermerk"
when = "false"
text = "Vermerk: {= vermerk}"'''
LETTER = BESCHEID.replace('kind = "ermessen"\ntext = "So ist es."', VARIANTS)


@pytest.fixture
def fall(amt: str, bell: Bell) -> Fall:
    change_setting("briefkopf", BRIEFKOPF, by=SYSTEM)
    deploy_bundle(files(diagram(), LETTER), OFFER, by=SYSTEM)
    return Fall(bell)


def parts(fall: Fall) -> list[dict[str, str]]:
    return [{"kind": one.kind, "heading": one.heading, "text": one.text} for one in reads.workshop(fall.bescheid.id).parts]


def save(fall: Fall, changed: list[dict[str, str]], by: Any = ANNA) -> reads.Bescheid:
    found: reads.Bescheid = change_draft(fall.bescheid.id, changed, fall.bescheid.content_hash, by=by)
    fall.settle()
    return found


def text(fall: Fall, kind: str) -> str:
    return next(part["text"] for part in parts(fall) if part["kind"] == kind)


# --- variants ------------------------------------------------------------------------------------------------------


def test_the_first_variant_whose_condition_holds_is_written(fall: Fall) -> None:
    assert text(fall, "ermessen") == "Die Gebühr ist niedrig."
    fall.complete("freigeben", by=BERTA, freigabe="nein")
    fall.complete("pruefen", cent=7000)
    assert text(fall, "ermessen") == "Die Gebühr 70,00 Euro ist hoch."


def test_all_variants_are_offered_filled_in_and_one_without_its_value_says_why_not(fall: Fall) -> None:
    offers = [one for one in reads.workshop(fall.bescheid.id).variants if one.kind == "ermessen"]
    assert [(one.name, one.text) for one in offers[:2]] == [
        ("Viel Geld", "Die Gebühr 50,00 Euro ist hoch."),
        ("Wenig Geld", "Die Gebühr ist niedrig."),
    ]
    assert offers[2].lacks == "„vermerk“ hat keinen Wert"
    [tenor] = [one for one in reads.workshop(fall.bescheid.id).variants if one.kind == "tenor"]
    assert (tenor.name, tenor.text) == ("Text der Vorlage", "1. Ihrem Antrag wird entsprochen.")


def findings(letter: str) -> str:
    return " ".join(cause.message for cause in parse_notice("notices/b.toml", letter.encode())[1])


def test_variants_that_cannot_be_chosen_are_findings() -> None:
    assert findings(LETTER) == ""
    assert "keinen eigenen Namen" in findings(LETTER.replace('"Wenig Geld"', '"Viel Geld"'))
    assert "keinen eigenen Text" in findings(LETTER.replace('kind = "ermessen"\n', 'kind = "ermessen"\ntext = "Auch."\n'))
    assert "hat keinen Text" in findings(LETTER.replace('"Die Gebühr ist niedrig."', '""'))
    assert "„wenn“ bedeutet hier nichts" in findings(LETTER.replace('when = "cent > 6000"', 'wenn = "cent > 6000"'))
    assert "FEEL" in findings(LETTER.replace('"cent > 6000"', '"cent >"'))
    remedy = BESCHEID.replace('frist = "eines Monats"', 'frist = "eines Monats"\n[[section.variante]]\nname = "A"\ntext = "B"')
    assert "keine Varianten" in findings(remedy)
    provision = BESCHEID.replace(
        'text = "1. Der Ersatz ist zu pflanzen."', '[[section.variante]]\nname = "A"\ntext = "Ohne Nummer."'
    )
    assert "keine Nummer" in findings(provision)


# --- parts as text -------------------------------------------------------------------------------------------------


def test_a_text_read_again_is_the_same() -> None:
    blocks = [
        Block("paragraph", "Ein Satz."), Block("paragraph", "Noch einer."), Block("item", "Erstens"), Block("item", "Zweitens"),
        Block("bullet", "Punkt"), Block("row", cells=("a", "b")), Block("row", cells=("c", "")), Block("paragraph", "Schluss."),
    ]  # fmt: skip
    read = [(kind, texts) for kind, texts in blocks_of(text_of(blocks))]
    assert read == [(one.kind, list(one.cells) if one.kind == "row" else [one.text]) for one in blocks]


def test_parts_that_nobody_changed_stay_to_the_letter(fall: Fall) -> None:
    before = fall.bescheid
    assert save(fall, [{**part, "text": part["text"].replace("\n", "\r\n")} for part in parts(fall)]) == before


def test_provisions_are_added_ordered_and_removed(fall: Fall) -> None:
    typed = parts(fall)
    typed.insert(1, {"kind": "befristung", "heading": "", "text": "1. Bis Jahresende.\n2. Nicht länger."})
    save(fall, typed)
    assert [(one.kind, one.heading) for one in fall.bescheid.sections][1:3] == [
        ("befristung", "Befristung (§ 36 Abs. 2 Nr. 1 VwVfG)"),
        ("auflage", "Auflagen (§ 36 Abs. 2 Nr. 4 VwVfG)"),
    ]
    typed = parts(fall)
    typed[1], typed[2] = typed[2], typed[1]
    save(fall, typed)
    letter = fall.outside.written[-1].letter
    assert letter is not None
    assert [(one["nummer"], one["art"]) for one in letter.data["nebenbestimmungen"]] == [
        (1, "auflage"), (2, "befristung"), (3, "befristung"),
    ]  # fmt: skip
    save(fall, [part for part in parts(fall) if part["kind"] != "befristung"])
    assert "befristung" not in [one.kind for one in fall.bescheid.sections]


def test_what_is_missing_or_wrong_is_said_at_its_place(fall: Fall) -> None:
    def refused(**texts: str) -> list[tuple[str | None, str]]:
        typed = [{**part, "text": texts.get(part["kind"], part["text"])} for part in parts(fall)]
        with pytest.raises(Invalid) as error:
            save(fall, typed)
        return [(cause.pointer, cause.message) for cause in error.value.causes]

    places = {part["kind"]: f"/abschnitte/{index}/text" for index, part in enumerate(parts(fall))}
    assert refused(kosten=" ") == [(places["kosten"], "Dem Bescheid fehlt: Kostenentscheidung.")]
    assert refused(tenor="Ohne Nummer.") == [(places["tenor"], "Der Tenor hat keinen nummerierten Satz.")]
    assert refused(auflage="Ohne Nummer.")[0][0] == places["auflage"]
    assert refused(rechtsbehelf="Beschweren Sie sich.")[0][0] == places["rechtsbehelf"]
    with pytest.raises(Invalid) as error:
        save(fall, [part for part in parts(fall) if part["kind"] != "kosten"])
    assert [cause.pointer for cause in error.value.causes] == ["/abschnitte"]


def test_a_preview_shows_what_is_not_complete_and_keeps_nothing(fall: Fall) -> None:
    before = fall.bescheid
    letter = reads.preview_of(before.id, [{"kind": "tenor", "heading": "Neu", "text": "1. Nur das."}])
    assert letter.draft
    assert letter.sections == (Section("tenor", "Neu", (Block("item", "Nur das."),)),)
    assert fall.bescheid == before
    fall.complete("freigeben", by=BERTA, freigabe="ja")
    with pytest.raises(Conflict, match="ist erlassen"):
        reads.preview_of(before.id, [])


# --- approval ------------------------------------------------------------------------------------------------------


def open_task(fall: Fall) -> reads.Aufgabe:
    [task] = reads.list_aufgaben(vorgang_id=fall.id).items
    found: reads.Aufgabe = task
    return found


def test_a_task_knows_which_draft_it_approves(fall: Fall) -> None:
    assert [one.id for one in reads.to_approve(open_task(fall).id)] == [fall.bescheid.id]
    assert [task.element for task in reads.approval_of(fall.id).waiting] == ["freigeben"]
    fall.complete("freigeben", by=BERTA, freigabe="nein")
    assert reads.to_approve(open_task(fall).id) == ()


def void(fall: Fall, by: Any = ANNA) -> None:
    """Approved by Berta, then changed by somebody before it was issued."""
    complete_aufgabe(open_task(fall).id, {"freigabe": "ja"}, by=BERTA)
    save(
        fall, [{**part, "text": part["text"] + " Danach."} if part["kind"] == "ermessen" else part for part in parts(fall)], by
    )


def test_a_voided_approval_is_renewed_by_another_and_the_vorgang_goes_on(fall: Fall) -> None:
    void(fall)
    assert "noch nicht freigegeben" in fall.incidents()[0]
    with pytest.raises(Forbidden, match="Vier-Augen"):
        approve_change(fall.bescheid.id, fall.bescheid.content_hash, by=ANNA)
    approve_change(fall.bescheid.id, fall.bescheid.content_hash, by=BERTA)
    fall.settle()
    assert (fall.bescheid.state, fall.incidents(), fall.waits_at()) == ("erlassen", [], ["weiter"])
    assert "Danach." in str(fall.bescheid.sections)
    assert verify() == []


def test_it_is_renewed_for_what_was_read_only(fall: Fall) -> None:
    void(fall)
    with pytest.raises(Conflict, match="seit Sie ihn gesehen haben") as refused:
        approve_change(fall.bescheid.id, "0" * 64, by=BERTA)
    assert "Danach." in str(refused.value.fresh.sections)
    assert fall.bescheid.state == "entwurf"


def test_who_changed_it_after_approving_it_cannot_renew_it(fall: Fall) -> None:
    void(fall, by=BERTA)
    with pytest.raises(Forbidden, match="Entwurf geändert"):
        approve_change(fall.bescheid.id, fall.bescheid.content_hash, by=BERTA)


def test_while_a_task_waits_to_approve_it_the_task_is_the_way(fall: Fall) -> None:
    with pytest.raises(Conflict, match="mit der Aufgabe „freigeben“"):
        approve_change(fall.bescheid.id, fall.bescheid.content_hash, by=BERTA)
