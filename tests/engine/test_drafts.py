"""Drafts and files of a form before it is sent: they belong to who typed them, change no Vorgang, and lose nothing."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Conflict, Forbidden, Invalid, TooLarge, Unknown
from engine.base.rights import ADMINISTRATION, SYSTEM, Konto
from engine.model import protokoll, task_draft
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, release_aufgabe
from engine.verbs.drafts import discard_draft, save_draft, upload_file
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import ANNA, BERTA, TYPES, bundle, push, rows, vorgang_of

MB = 1024 * 1024
FORM = {
    "type": "default", "id": "pruefung", "schemaVersion": 18,
    "components": [{"type": "filepicker", "key": "fotos", "label": "Fotos", "id": "f1", "multiple": True}],
}  # fmt: skip
DIAGRAM = process(
    start(), user("pruefen", extension='<zeebe:formDefinition formId="pruefung"/>'), end(), flows("start > pruefen > end")
)


@pytest.fixture
def case(amt: str) -> str:
    files = {**bundle(DIAGRAM, "dateien", "DA"), "forms/pruefung.form": json.dumps(FORM).encode()}
    deploy_bundle(files, TYPES, by=SYSTEM)
    return vorgang_of(push("dateien"))


@pytest.fixture
def task(case: str) -> str:
    """A task that Anna has taken."""
    [task] = reads.list_aufgaben(vorgang_id=case).items
    claim_aufgabe(task.id, by=ANNA)
    return str(task.id)


def tags() -> list[str]:
    return [row.tag for row in rows(protokoll.T)]


def upload(task: str, name: str = "Foto.png", content: bytes = b"\x89PNG\r\n\x1a\n.", by: Konto = ANNA) -> reads.Dokument:
    return upload_file(task, name, "image/png", content, most_bytes=MB, by=by)


def test_what_is_typed_is_there_again_exactly_and_unchecked(task: str) -> None:
    typed = {"betrag": Decimal("0.10"), "gibt es nicht": [None, {"a": "ß"}]}
    saved = save_draft(task, typed, by=ANNA)
    assert reads.draft_of(task, "anna") == saved
    assert saved.data == typed


def test_the_first_draft_is_told_in_the_protokoll_the_others_are_not(task: str) -> None:
    for text in ("a", "ab", "abc"):
        save_draft(task, {"grund": text}, by=ANNA)
    assert tags().count("aufgabe:entwurf") == 1
    found = reads.draft_of(task, "anna")
    assert found is not None
    assert found.data == {"grund": "abc"}


def test_only_the_holder_keeps_a_draft_and_nobody_sees_it(task: str) -> None:
    save_draft(task, {"grund": "meins"}, by=ANNA)
    with pytest.raises(Conflict, match="von Anna") as refused:
        save_draft(task, {"grund": "deins"}, by=BERTA)
    assert refused.value.fresh.holder == "anna"
    assert reads.draft_of(task, "berta") is None
    with pytest.raises(Forbidden):
        save_draft(task, {}, by=Konto("3", "chef", "Chef", frozenset({ADMINISTRATION})))
    with pytest.raises(Unknown):
        save_draft("0" * 26, {}, by=ANNA)


def test_a_task_that_was_given_back_is_nobodys_and_its_draft_stays_with_who_typed_it(task: str) -> None:
    save_draft(task, {"grund": "a"}, by=ANNA)
    release_aufgabe(task, by=ANNA)
    with pytest.raises(Conflict, match="nicht bei Ihnen"):
        save_draft(task, {"grund": "b"}, by=ANNA)
    claim_aufgabe(task, by=BERTA)
    save_draft(task, {"grund": "c"}, by=BERTA)
    complete_aufgabe(task, {"fotos": []}, by=BERTA)
    assert reads.draft_of(task, "berta") is None
    found = reads.draft_of(task, "anna")
    assert found is not None
    assert found.data == {"grund": "a"}


def test_a_draft_goes_with_the_completion_and_when_it_is_discarded(task: str) -> None:
    save_draft(task, {"fotos": []}, by=ANNA)
    discard_draft(task, by=ANNA)
    discard_draft(task, by=ANNA)
    assert reads.draft_of(task, "anna") is None
    assert tags().count("aufgabe:entwurf-verworfen") == 1
    save_draft(task, {"fotos": []}, by=ANNA)
    complete_aufgabe(task, {"fotos": []}, by=ANNA)
    assert rows(task_draft.T) == []
    with pytest.raises(Conflict, match="schon erledigt"):
        save_draft(task, {"fotos": []}, by=ANNA)


def test_what_is_no_longer_needed_is_tidied_away_after_two_weeks(task: str) -> None:
    save_draft(task, {"grund": "a"}, by=ANNA)
    release_aufgabe(task, by=ANNA)
    complete_aufgabe(task, {"fotos": []}, by=BERTA)
    other = reads.list_aufgaben(vorgang_id=vorgang_of(push("dateien"))).items[0].id
    claim_aufgabe(other, by=ANNA)
    with clock.frozen(clock.now()):
        clock.move(dt.timedelta(days=15))
        save_draft(other, {"grund": "b"}, by=ANNA)
    assert [row.aufgabe_id for row in rows(task_draft.T)] == [other]


def test_a_draft_of_more_than_a_megabyte_is_refused(task: str) -> None:
    save_draft(task, {"grund": "ä" * (MB // 4)}, by=ANNA)
    with pytest.raises(TooLarge, match="1 MB"):
        save_draft(task, {"grund": "ä" * MB}, by=ANNA)


def test_the_values_of_the_case_are_shown_even_when_the_task_has_ended(task: str) -> None:
    complete_aufgabe(task, {"fotos": []}, by=ANNA)
    assert reads.form_of(task)[1]["antragsteller"] == "Muster"


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_file_becomes_a_document_of_the_case_and_an_answer(case: str, task: str) -> None:
    photo = upload(task)
    assert [(one.id, one.kind, one.media_type) for one in reads.list_dokumente(case)] == [(photo.id, "anlage", "image/png")]
    assert reads.document_file(case, photo.id).content == b"\x89PNG\r\n\x1a\n."
    assert tags().count("aufgabe:datei-hochgeladen") == 1
    complete_aufgabe(task, {"fotos": [photo.id]}, by=ANNA)
    assert reads.form_of(task)[1]["fotos"] == [photo.id]


def test_a_file_stays_with_the_case_although_the_form_is_never_sent(case: str, task: str) -> None:
    photo = upload(task)
    save_draft(task, {"fotos": [photo.id]}, by=ANNA)
    discard_draft(task, by=ANNA)
    release_aufgabe(task, by=ANNA)
    assert [one.id for one in reads.list_dokumente(case)] == [photo.id]


@pytest.mark.parametrize(
    ("name", "declared", "content", "kept"),
    [
        ("../../etc/passwd", "text/plain", b"x", ("passwd", "text/plain")),
        ("C:\\geheim\\Plan.pdf", "text/html", b"%PDF-1.7", ("Plan.pdf", "application/pdf")),
        ("b\u202egnp.exe", "image/png", b"MZ", ("bgnp.exe", "application/octet-stream")),
        ("", "kein typ\r\nX: y", b"x", ("anlage-1.bin", "application/octet-stream")),
        ("x" * 10_000 + ".png", "image/png", b"\x89PNG\r\n\x1a\n", ("x" * 196 + ".png", "image/png")),
    ],
)
def test_names_and_types_are_not_believed(
    case: str, task: str, name: str, declared: str, content: bytes, kept: tuple[str, str]
) -> None:
    found = upload_file(task, name, declared, content, most_bytes=MB, by=ANNA)
    assert (found.name, found.media_type) == kept


def test_a_file_that_is_empty_too_large_or_somebody_elses_is_refused(case: str, task: str) -> None:
    with pytest.raises(Invalid, match="leer"):
        upload(task, content=b"")
    with pytest.raises(TooLarge, match="1 MB"):
        upload(task, content=b"x" * (MB + 1))
    with pytest.raises(Conflict, match="von Anna"):
        upload(task, by=BERTA)
    assert reads.list_dokumente(case) == ()


def test_a_document_of_another_case_is_no_answer(task: str) -> None:
    other = reads.list_aufgaben(vorgang_id=vorgang_of(push("dateien"))).items[0].id
    claim_aufgabe(other, by=BERTA)
    foreign = upload(other, by=BERTA)
    with pytest.raises(Invalid) as refused:
        complete_aufgabe(task, {"fotos": [foreign.id]}, by=ANNA)
    assert refused.value.causes[0].pointer == "/fotos/0"
