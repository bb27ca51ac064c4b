"""A gemeinsames Amt at work: Bescheid, letters and file by its legal form; messages and comments by the guest."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from connectors import CONNECTORS, Switchboard
from engine import reads
from engine.base import clock, db, files
from engine.base.db import Installation
from engine.base.errors import Conflict, Invalid, Unknown
from engine.base.ports import Answer, Call, File, Letter
from engine.base.rights import SYSTEM
from engine.feel import json_text
from engine.model import auftrag, grant
from engine.verbs import kommune as namespaces
from engine.verbs.bescheid import change_draft
from engine.verbs.cooperate import end_grant, neighbours, use_neighbours
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting, verify
from engine.verbs.work import work
from tests.bpmn.diagrams import boundary_error, end, error, flow, flows, process, service, start, user, xor
from tests.engine.cases import Bell, KnowsKeys, bundle, push, rows, vorgang_of, work_all
from tests.engine.neighbours import CLERK, UNITS, ThroughJson, agreed, asks, at, lines, three_towns, who
from tests.engine.test_bescheid import BESCHEID, OFFER, approving, drafting
from tests.patterns import Patterns
from tests.pdf import text_of
from web.neighbours import act

KEY = "bescheide"
REAL = Switchboard(CONNECTORS)
TOWN = {"authority": "Stadt Husum", "address": ["Beispielweg 2", "25813 Husum"], "place": "Husum"}
COUNTY = {"authority": "Kreis Nordfriesland", "address": ["Musterstraße 1", "25899 Niebüll"], "place": "Niebüll"}
LOGO = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
LETTER = (
    BESCHEID.replace('behoerde = "Kreis Nordfriesland"', 'behoerde = "{= parameter.behoerde}"')
    .replace('signatory = "Anna"', 'signatory = "{= bearbeitung.name}"')
    .replace("Sie haben einen Antrag gestellt.", "Sie haben bei uns ({= parameter.behoerde}) einen Antrag gestellt.")
)


def for_bau(id: str, extension: str = "") -> str:
    return user(id, extension=f'<zeebe:assignmentDefinition candidateGroups="bau"/>{extension}')


def office_bundle() -> dict[str, bytes]:
    issued = service(
        "erlassen", type="bescheid.erlassen", inputs={"bescheid": "=entwurf.bescheid"}, outputs={"bescheid": "=dokument"}
    )
    diagram = process(
        start(), for_bau("pruefen"), drafting(), for_bau("freigeben", approving()), xor("g", default="g_pruefen"), issued,
        boundary_error("doch_nicht", "erlassen", "e"), for_bau("weiter"), end(), flow("g", "erlassen", 'freigabe = "ja"'),
        flows("start > pruefen > entwerfen > freigeben > g > pruefen", "erlassen > weiter > end", "doch_nicht > freigeben"),
        head=error("e", "nicht_freigegeben"),
    )  # fmt: skip
    made = {**bundle(diagram, KEY, "BE"), "notices/bescheid.toml": LETTER.encode()}
    made["bundle.toml"] += b'\n[parameter]\nbehoerde = "Stadt Husum"\n'
    return made


def towns_with_notices() -> None:
    three_towns()
    for slug, head in (("husum", TOWN), ("kreis", COUNTY)):
        with db.namespace(slug):
            change_setting("briefkopf", head, by=SYSTEM)
            deploy_bundle(office_bundle(), OFFER, by=SYSTEM)


class Outside(KnowsKeys):
    """Sets letters as text, and takes messages."""

    types = staticmethod(lambda: OFFER)

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def call(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.letter is None:
            return Answer({"messageId": "m-1", "providedAt": "2026-03-02T09:00:00+01:00"})
        file = File(
            "Bescheid.pdf", "application/pdf", f"{call.letter}".encode(), "entwurf" if call.letter.draft else "bescheid"
        )
        return Answer({"seiten": 1, "sha256": file.sha256}, (file,))

    @property
    def letters(self) -> list[Letter]:
        return [call.letter for call in self.calls if call.letter is not None]


@pytest.fixture
def outside(installation: Installation, patterns: Patterns, bell: Bell) -> Iterator[Outside]:
    patterns.settle(towns_with_notices)
    before = neighbours()
    use_neighbours(ThroughJson())
    try:
        yield Outside()
    finally:
        use_neighbours(before)
    for slug in ("husum", "kreis"):
        with db.namespace(slug):
            assert verify() == []


class Amt:
    """A case of Husum, worked on by the county's clerks."""

    def __init__(self, bell: Bell, outside: Any, form: str) -> None:
        self.bell, self.outside = bell, outside
        self.id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, ("leistung", KEY), form=form)
        with db.namespace("husum"):
            self.case = vorgang_of(push(KEY, stelle=UNITS["husum"]))

    def settle(self) -> None:
        with db.namespace("husum"):
            work_all(self.bell, self.outside)

    def does(self, login: str, operation: str, **arguments: Any) -> Any:
        done = asks("kreis", login, "husum", self.id, operation, **arguments)
        self.settle()
        return done

    def completes(self, login: str, **answers: Any) -> Any:
        [task] = [one for one in self.does(login, "aufgaben")["aufgaben"] if one["vorgang"] == self.case]
        return self.does(login, "erledigen", aufgabe=task["id"], antworten=json_text(answers))

    @property
    def notice(self) -> Any:
        return self.does("ute", "vorgang", vorgang=self.case)["bescheide"][-1]


def at_home(amt: Amt, login: str, **answers: Any) -> None:
    """Somebody of Husum completes the open task of the case."""
    with at("husum", login) as konto:
        [task] = reads.list_aufgaben(vorgang_id=amt.case).items
        complete_aufgabe(task.id, answers, by=konto)
    amt.settle()


def objection(letter: Letter) -> str:
    [section] = [one for one in letter.sections if one.kind == "rechtsbehelf"]
    return section.blocks[0].text


# --- letters ---------------------------------------------------------------------------------------------------------


def test_in_the_name_of_the_origin_all_of_a_letter_is_the_origins_but_who_signs(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.MANDATE)
    amt.completes("ute", cent=5000)
    amt.completes("udo", freigabe="ja")
    assert [one.draft for one in outside.letters] == [True, False]
    for letter in outside.letters:
        assert (letter.letterhead.authority, letter.place) == ("Stadt Husum", "Husum")
        assert "folgender Behörde zu erheben: Stadt Husum, Sitz in Husum" in objection(letter)
        assert "bei uns (Stadt Husum)" in str(letter.sections)
        assert letter.signatory == "Ute kreis"
        assert "Niebüll" not in str(letter.letterhead)
    assert outside.calls[0].authority == "Stadt Husum"


def test_where_the_task_has_passed_over_letterhead_and_remedy_body_are_the_guests(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.DELEGATION)
    with db.namespace("kreis"):
        change_setting("brieftexte", {"closing": "Freundliche Grüße aus Niebüll", "privacy": "Datenschutz: Kreis"}, by=SYSTEM)
        picture = files.put(LOGO)
        change_setting("briefkopf", {**COUNTY, "logo": picture, "logo_type": "image/png"}, by=SYSTEM)
    amt.completes("ute", cent=5000)
    amt.completes("udo", freigabe="ja")
    draft, issued = outside.letters
    for letter in (draft, issued):
        assert letter.letterhead.address == ("Musterstraße 1", "25899 Niebüll")
        assert (letter.letterhead.authority, letter.place, letter.signatory) == ("Kreis Nordfriesland", "Niebüll", "Ute kreis")
        assert "folgender Behörde zu erheben: Kreis Nordfriesland, Sitz in Niebüll" in objection(letter)
        assert "bei uns (Kreis Nordfriesland)" in str(letter.sections)
        assert (letter.closing, letter.privacy) == ("Freundliche Grüße aus Niebüll", "Datenschutz: Kreis")
        assert letter.letterhead.logo == picture
    assert [call.logo for call in outside.calls] == [LOGO, LOGO], "kept with the origin's documents"
    assert {call.authority for call in outside.calls} == {"Nordfriesland"}, "as the municipality is called"
    assert {call.kommune for call in outside.calls} == {"husum"}


@pytest.mark.parametrize("form", [grant.DELEGATION, grant.MANDATE])
def test_the_file_is_the_origins_under_both_legal_forms(bell: Bell, outside: Outside, form: str) -> None:
    amt = Amt(bell, outside, form)
    amt.completes("ute", cent=5000)
    amt.completes("udo", freigabe="ja")
    with db.namespace("husum"):
        [notice] = reads.list_bescheide(amt.case)
        assert (notice.state, notice.approver) == ("erlassen", "Udo kreis (Nordfriesland)")
        assert [one.kind for one in reads.list_dokumente(amt.case)] == ["entwurf", "bescheid"]
    with db.namespace("kreis"):
        assert reads.list_vorgaenge(by=who("kreis", "chef")).items == ()
        assert list(files.stored()) == []


def test_a_letter_waits_while_the_municipality_that_writes_it_is_away(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.DELEGATION)
    namespaces.lock_kommune("kreis")
    at_home(amt, "ute", cent=5000)
    assert outside.letters == []
    with db.namespace("husum"):
        assert reads.list_incidents(amt.case).items == ()
        namespaces.unlock_kommune("kreis")
        [waiting] = rows(auftrag.T, vorgang_id=amt.case, state=auftrag.READY)
        with clock.frozen(clock.now() + dt.timedelta(minutes=5)):
            work(waiting.id, outside, by=SYSTEM)
    assert [one.letterhead.authority for one in outside.letters] == ["Kreis Nordfriesland"]


def test_after_its_end_the_origin_writes_itself_again(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.DELEGATION)
    with at("husum", "chef") as chef:
        end_grant(amt.id, by=chef)
    at_home(amt, "ute", cent=5000)
    assert outside.letters[0].letterhead.authority == "Stadt Husum"


def ended(amt: Amt) -> None:
    with at("husum", "chef") as chef:
        end_grant(amt.id, by=chef)


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_draft_of_another_authority_than_decides_now_is_made_anew(bell: Bell, outside: Outside) -> None:
    """What the issued PDF says is what holds when it is issued; the approval of another letterhead is none."""
    amt = Amt(bell, REAL, grant.DELEGATION)
    amt.completes("ute", cent=5000)
    ended(amt)
    with db.namespace("husum"):
        [draft] = reads.to_approve(reads.list_aufgaben(vorgang_id=amt.case).items[0].id)
        assert "Inzwischen entscheidet wieder Stadt Husum" in draft.outdated, "told before somebody tries"
    with pytest.raises(Conflict, match=r"im Namen von Kreis Nordfriesland .* Inzwischen entscheidet wieder Stadt Husum"):
        at_home(amt, "udo", freigabe="ja")
    at_home(amt, "udo", freigabe="nein")
    at_home(amt, "ute", cent=5000)
    at_home(amt, "udo", freigabe="ja")
    with db.namespace("husum"):
        [old, new] = reads.list_bescheide(amt.case)
        assert (old.state, new.state) == ("verworfen", "erlassen")
        kept = {one.id: one.kind for one in reads.list_dokumente(amt.case)}
        assert list(kept.values()) == ["entwurf", "entwurf", "bescheid"], "the file is ours, before and after"
        draft, issued = (text_of(reads.document_file(amt.case, id).content) for id in (next(iter(kept)), new.document_id))
    assert "KreisNordfriesland" in draft
    assert "Niebüll" not in issued.replace("25899Niebüll", ""), "the addressee lives there"
    assert "beifolgenderBehördezuerheben:StadtHusum,SitzinHusum" in issued.replace("\n", "")


@pytest.mark.parametrize("form", [grant.DELEGATION, grant.MANDATE])
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_what_was_approved_before_an_agreement_began_is_issued_only_if_we_still_decide(
    bell: Bell, outside: Outside, form: str
) -> None:
    with db.namespace("husum"):
        case = vorgang_of(push(KEY, stelle=UNITS["husum"]))
    with at("husum", "ute") as ute:
        complete_aufgabe(reads.list_aufgaben(vorgang_id=case).items[0].id, {"cent": 5000}, by=ute)
        work_all(bell, outside)
    with at("husum", "udo") as udo:
        complete_aufgabe(reads.list_aufgaben(vorgang_id=case).items[0].id, {"freigabe": "ja"}, by=udo)
    agreed("husum", "kreis", grant.GEMEINSAMES_AMT, ("leistung", KEY), form=form)
    with db.namespace("husum"):
        work_all(bell, outside)
        [notice] = reads.list_bescheide(case)
        [task] = reads.list_aufgaben(vorgang_id=case).items
    if form == grant.MANDATE:  # in our name: nothing has changed
        assert (notice.state, task.element) == ("erlassen", "weiter")
        return
    assert (notice.state, task.element) == ("freigegeben", "freigeben")
    with at("husum", "udo") as udo, pytest.raises(Conflict, match="Inzwischen entscheidet Nordfriesland"):
        complete_aufgabe(task.id, {"freigabe": "ja"}, by=udo)


def test_an_agreement_that_follows_with_the_same_municipality_changes_nothing(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.DELEGATION)
    amt.completes("ute", cent=5000)
    ended(amt)
    amt.id = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, ("leistung", KEY), form=grant.DELEGATION)
    amt.completes("udo", freigabe="ja")
    assert amt.notice["state"] == "erlassen"


# --- the draft -------------------------------------------------------------------------------------------------------


def test_the_draft_is_read_changed_and_approved_there(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.MANDATE)
    amt.completes("ute", cent=5000)
    found = amt.does("ute", "bescheid", bescheid=amt.notice["id"])
    assert found["wartet"][0]["name"] == "freigeben"
    parts = [{**one, "text": f"{one['text']} Neu."} if one["kind"] == "sachverhalt" else one for one in found["abschnitte"]]
    shown = amt.does("ute", "bescheid.vorschau", bescheid=found["id"], abschnitte=parts)
    assert "Neu." in shown["brief"]
    amt.does("udo", "bescheid.vorschau", bescheid=found["id"], abschnitte=parts)
    looked = [one["wer"] for one in lines("husum", "befugnis:eingesehen")]
    assert looked == [f"kreis/{who('kreis', login).id}" for login in ("ute", "udo")], "whoever sees the letter has looked"
    amt.does("ute", "bescheid.aendern", bescheid=found["id"], abschnitte=parts, gesehen=found["content_hash"])
    assert amt.notice["editors"] == ["Ute kreis (Nordfriesland)"]
    with pytest.raises(Conflict):
        amt.does("ute", "bescheid.aendern", bescheid=found["id"], abschnitte=found["abschnitte"], gesehen="0" * 64)
    with pytest.raises(Unknown):
        amt.completes("ute", freigabe="ja")
    amt.completes("udo", freigabe="ja")
    assert amt.notice["state"] == "erlassen"
    assert "Neu." in str(outside.letters[-1].sections)


def test_who_changed_a_draft_does_not_approve_it_under_another_name(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.MANDATE)
    amt.completes("ute", cent=5000)
    with db.namespace("kreis"):
        add_konto("udos-zweites", "Udo", "Udo@Husum.example", CLERK, frozenset({"bau"}), by=SYSTEM)
    with at("husum", "udo") as udo:
        [draft] = reads.list_bescheide(amt.case)
        parts = [{"kind": one.kind, "heading": one.heading, "text": one.text} for one in reads.workshop(draft.id).parts]
        parts[3] = {**parts[3], "text": "Anders."}
        change_draft(draft.id, parts, draft.content_hash, by=udo)
    amt.settle()
    with pytest.raises(Unknown):
        amt.completes("udos-zweites", freigabe="ja")


def test_a_notice_of_another_leistung_is_unknown(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.MANDATE)
    other = agreed("husum", "kreis", grant.GEMEINSAMES_AMT, ("leistung", "zwei"))
    amt.completes("ute", cent=5000)
    notice = amt.notice["id"]
    for operation in ("bescheid", "bescheid.vorschau", "bescheid.aendern", "bescheid.freigeben"):
        with pytest.raises(Unknown):
            asks("kreis", "ute", "husum", other, operation, bescheid=notice, abschnitte=[], gesehen="")
    cover = agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    with pytest.raises(Unknown):
        asks("kreis", "ute", "husum", cover, "bescheid", bescheid=notice)
    assert asks("kreis", "ute", "husum", cover, "vorgang", vorgang=amt.case)["bescheide"] == []


# --- messages and comments -------------------------------------------------------------------------------------------


def test_messages_and_comments_lie_in_the_origins_file_with_both_names(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.DELEGATION)
    amt.completes("ute", cent=5000, servicekonto={"type": "OSI", "identifier": "x"})
    told = amt.does("ute", "nachricht", vorgang=amt.case)
    assert (told["von"], told["postfach"]["account"]) == ("Nordfriesland", "OSI")
    asked = {"betreff": "Frage", "text": "Welche Bäume?", "antwort": "MANDATORY", "frist": "P14D"}
    ends = amt.does("ute", "nachricht.ansehen", vorgang=amt.case, **asked)["frist"]
    id = "0" * 26
    for _ in range(2):
        amt.does("ute", "nachricht.senden", vorgang=amt.case, id=id, bis=ends["result"], **asked)
    with pytest.raises(Conflict):
        amt.does("ute", "nachricht.senden", vorgang=amt.case, bis="2020-01-01", **asked)
    with pytest.raises(Invalid):
        amt.does("ute", "nachricht.senden", vorgang=amt.case, betreff="", text="")
    amt.does("ute", "kommentar", vorgang=amt.case, text="Angerufen.")
    file = amt.does("ute", "vorgang", vorgang=amt.case)
    assert [(one["subject"], one["sent"]) for one in file["nachrichten"]] == [("Frage", True)]
    assert [(one["author"], one["text"]) for one in file["kommentare"]] == [("Ute kreis (Nordfriesland)", "Angerufen.")]
    with db.namespace("husum"):
        assert [one.author for one in reads.list_comments(amt.case)] == [f"kreis/{who('kreis', 'ute').id}"]
        assert len(reads.list_nachrichten(amt.case)) == 1
    assert outside.calls[-1].authority == "Nordfriesland"


def test_nothing_of_the_file_is_had_after_the_end(bell: Bell, outside: Outside) -> None:
    amt = Amt(bell, outside, grant.MANDATE)
    with at("kreis", "chef") as chef:
        act(chef, "husum", amt.id, "vereinbarung.beenden")
    for operation in ("vorgang", "nachricht", "nachricht.senden", "kommentar"):
        with pytest.raises(Unknown):
            amt.does("ute", operation, vorgang=amt.case, text="x", betreff="x")
