"""A Bescheid says to whom it is addressed (§ 37 (1) VwVfG): who is not named in the application is asked for in time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine import bpmn
from engine.base.errors import Invalid
from engine.model.bundle import Bundle
from engine.verbs.desk import parsed_form
from forms.aufgabe import validate
from tests.processes.conftest import bundle_of

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
ACCOUNT = {"type": "OSI", "postfachAddress": {"identifier": "p-1", "type": None}}
TREE = {"art": "Esche", "umfang_cm": 210}
PERSON = {"strasse": "Deichweg 3", "plz": "25899", "ort": "Niebüll"}
DONE = {"vollstaendigkeit": "vollstaendig", "angaben": {"standort": "Flur 4", "baeume": [TREE]}}
REPLIES = {
    "messageId": "m-1",
    "providedAt": "2026-03-02T08:00:00.000Z",
    "dokument": {"dokument": "d-1", "name": "Brief.pdf"},
    "postaufgabe_am": "2026-03-03",
}


class Fall:
    """A Vorgang that waits at `vollstaendigkeit_pruefen`."""

    def __init__(self, bundle: Bundle, name: str, person: dict[str, str], account: dict[str, Any] | None) -> None:
        self.bundle = bundle
        known = {
            "antrag": {"antragsteller": person},
            "antragsteller": name,
            "servicekonto": account,
            "dokumente": [],
            "parameter": bundle.parameters,
            "vorgang": {"aktenzeichen": "BF-1", "eingang": NOW.date(), "leistung": bundle.name, "kommune": "husum"},
        }
        self.outcome = bpmn.start(bundle.spec, bundle.process, known, NOW)
        while not self._waits_at("vollstaendigkeit_pruefen"):
            self._reply()

    def _waits_at(self, element: str) -> list[Any]:
        return [task for task in self.outcome.aufgaben.opened if task.element == element]

    def _reply(self) -> None:
        """The outside answers, the post office notes the day."""
        event: bpmn.Event
        if self.outcome.auftraege.opened:
            event = bpmn.JobFinished(self.outcome.auftraege.opened[0].token, REPLIES)
        else:
            event = bpmn.TaskCompleted(self.outcome.aufgaben.opened[0].token, REPLIES)
        self.outcome = bpmn.advance(self.bundle.spec, self.outcome.snapshot, event, NOW)

    def complete(self, answers: dict[str, Any]) -> list[str]:
        """Complete it; gives the tasks that are open now."""
        [task] = self._waits_at("vollstaendigkeit_pruefen")
        known = bpmn.variables(self.bundle.spec, self.outcome.snapshot, task.token)
        values = validate(parsed_form(self.bundle.forms[task.form]), answers, known)
        event = bpmn.TaskCompleted(task.token, values)
        self.outcome = bpmn.advance(self.bundle.spec, self.outcome.snapshot, event, NOW)
        return [task.element for task in self.outcome.aufgaben.opened]

    @property
    def address(self) -> list[str]:
        angaben = self.outcome.variables["angaben"]
        return [angaben["name"], *angaben["anschrift"]]


@pytest.fixture(params=["nordfriesland/baumfaellung", "husum/baumfaellung", "augsburg/baumfaellung"])
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return bundle_of(request.param)


def asked(fall: Fall, answers: dict[str, Any]) -> list[str | None]:
    """The fields that are missing."""
    with pytest.raises(Invalid) as refusal:
        fall.complete(answers)
    return [cause.pointer for cause in refusal.value.causes]


def test_who_is_named_with_an_address_is_not_asked_for_again(bundle):
    fall = Fall(bundle, "Erika Muster", PERSON, None)
    assert fall.complete(DONE) != ["vollstaendigkeit_pruefen"]
    assert fall.address == ["Erika Muster", "Deichweg 3", "25899 Niebüll"]


def test_without_an_account_name_and_place_must_be_given(bundle):
    fall = Fall(bundle, "", {}, None)
    assert asked(fall, DONE) == ["/empfaenger/name", "/empfaenger/ort"]
    assert fall.complete({**DONE, "empfaenger": {"name": "E. Muster", "ort": "Husum"}}) != ["vollstaendigkeit_pruefen"]
    assert fall.address == ["E. Muster", "Husum"]


def test_with_an_account_the_name_is_enough_and_an_address_that_is_known_stays(bundle):
    fall = Fall(bundle, " ", PERSON, ACCOUNT)
    assert asked(fall, DONE) == ["/empfaenger/name"]
    assert fall.complete({**DONE, "empfaenger": {"name": "E. Muster"}}) != ["vollstaendigkeit_pruefen"]
    assert fall.address == ["E. Muster", "Deichweg 3", "25899 Niebüll"]


def test_a_name_that_is_missing_can_be_asked_for_in_a_query(bundle):
    fall = Fall(bundle, "", {}, ACCOUNT)
    assert fall.complete({"vollstaendigkeit": "rueckfrage", "rueckfrage_text": "Wie heißen Sie bitte?"}) == []


def test_a_name_of_spaces_does_not_pass(bundle):
    fall = Fall(bundle, "", {}, ACCOUNT)
    assert asked(fall, {**DONE, "empfaenger": {"name": "\u00a0\u00a0"}}) == ["/empfaenger/name"]
