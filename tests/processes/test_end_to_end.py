"""The permit with database, outbox and letters, on a moved clock: reply leads to the grant, silence to the refusal."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest

from connectors import CONNECTORS, Switchboard
from engine import reads
from engine.base import clock
from engine.base.errors import Forbidden
from engine.base.ports import Answer, Call, Offer
from engine.base.rights import SYSTEM
from engine.model.bundle import read_folder
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.intake import receive_push
from engine.verbs.konten import add_konto
from engine.verbs.operate import verify
from engine.verbs.post import receive_reply
from forms.antrag import Limits
from tests.engine.cases import ANNA, BERTA, Bell, vorgang_of, work_all
from tests.processes.conftest import PROCESSES
from web.demo.antrag import application
from web.demo.place import KOMMUNEN

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
REAL = Switchboard(CONNECTORS)
TREES = [{"art": "Stieleiche", "umfang_cm": 210}]
ANGABEN = {"standort": "Hafenstraße 7, 25813 Husum", "baeume": TREES}


class Outside:
    """The outside inside the process: letters are really written, accounts and register answer at once."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def types(self) -> Offer:
        return REAL.types()

    def call(self, call: Call) -> Answer:
        if call.type == "bescheid.erstellen":
            return REAL.call(call)
        if call.type == "baumregister.melden":
            return Answer({"registernummer": "R-1"})
        self.sent.append(call.inputs["betreff"])
        provided = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Answer({"messageId": f"m-{len(self.sent)}", "providedAt": provided})


class Fall:
    """A Vorgang that speaks the diagram's language."""

    def __init__(self, bell: Bell) -> None:
        self.bell, self.outside = bell, Outside()
        body = json.dumps(application(KOMMUNEN[0], "7c1b0c1e-0000-4000-8000-000000000001")).encode()
        self.id = vorgang_of(bytes(receive_push(body, (), (), limits=Limits(), by=SYSTEM)))
        self.settle()

    def settle(self) -> None:
        work_all(self.bell, self.outside)
        tick()
        work_all(self.bell, self.outside)

    def days_pass(self, days: int) -> None:
        """Day by day, as the clock does."""
        for _ in range(days):
            clock.move(dt.timedelta(days=1))
            self.settle()

    def waits_at(self) -> list[str]:
        return [task.element for task in reads.list_aufgaben(vorgang_id=self.id).items]

    def complete(self, element, by=ANNA, **answers) -> None:
        [task] = [task for task in reads.list_aufgaben(vorgang_id=self.id).items if task.element == element]
        complete_aufgabe(task.id, answers, by=by)
        self.settle()

    def letters(self) -> list[str]:
        return [document.name for document in reads.list_dokumente(self.id) if document.name.endswith(".pdf")]


@pytest.fixture
def fall(kommune: str) -> Iterator[Fall]:
    """An application in Nordfriesland; the data is verified at the end."""
    bell = Bell()
    use_doorbell(bell)
    for name in ("gemeinsam/posteingang", "nordfriesland/baumfaellung"):
        deploy_bundle(read_folder(PROCESSES / name), REAL.types(), by=SYSTEM)
    for konto in (ANNA, BERTA):
        add_konto(konto.login, konto.name, f"{konto.login}@example.org", konto.roles, by=SYSTEM)
    with clock.frozen(NOW):
        yield Fall(bell)
        assert verify() == []


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
    fall.days_pass(16)
    fall.complete("pruefen", entscheidung="ablehnen", begruendung=why)
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    assert [subject.partition(" – ")[0] for subject in fall.outside.sent] == [
        "Ihr Antrag ist eingegangen", "Rückfrage zu Ihrem Antrag", "Erinnerung an unsere Rückfrage", "Anhörung", "Ihr Bescheid",
    ]  # fmt: skip
    assert fall.letters() == ["Anhörung.pdf", "Bescheid.pdf"]
    clock.move(dt.timedelta(days=40))
    fall.settle()
    assert reads.get_vorgang(fall.id).status == "ABGESCHLOSSEN"
