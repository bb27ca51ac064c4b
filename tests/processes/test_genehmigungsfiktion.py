"""A Leistung whose law orders § 42a VwVfG: its decision beside the watch over the period; whichever comes first ends the other.

No shipped bundle is one: a permit to fell trees does not count as granted by the lapse of time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from engine import reads
from engine.base import clock
from engine.base.errors import Conflict, Invalid
from engine.base.rights import SYSTEM
from engine.model.bundle import read_folder
from engine.step import use_doorbell
from engine.verbs.design import check_bundle, deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.konten import add_konto
from engine.verbs.operate import verify
from engine.verbs.post import correlate
from tests.bpmn.diagrams import (
    boundary_error,
    call,
    end,
    end_error,
    error,
    flow,
    flows,
    par,
    process,
    start,
    sub,
    user,
    xor,
)
from tests.engine.cases import ANNA, POSTEINGANG, TYPES, Bell, bundle, push, vorgang_of
from tests.processes.conftest import PROCESSES

PART = "gemeinsam/genehmigungsfiktion"
MORNING = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
LEISTUNG = process(
    start(),
    user("unterlagen_pruefen", outputs={"vollstaendig_am": "=vorgang.eingang"}),
    sub(
        "bearbeitung",
        start("bearbeitung_beginnt"),
        par("zugleich"),
        user("entscheiden", extension='<zeebe:formDefinition formId="pruefung"/>'),
        end_error("ist_entschieden", "entschieden"),
        call("frist_ueberwachen", "genehmigungsfiktion", up=False, outputs={"fiktion": "=fiktion", "ausgang": "=ausgang"}),
        xor("was_war_zuerst", default="was_war_zuerst_anderswo_entschieden"),
        end_error("gilt_als_erteilt", "erteilt"),
        end_error("anderswo_entschieden", "entschieden"),
        flow("was_war_zuerst", "gilt_als_erteilt", 'ausgang = "fiktion_eingetreten"'),
        flows(
            "bearbeitung_beginnt > zugleich > entscheiden > ist_entschieden",
            "zugleich > frist_ueberwachen > was_war_zuerst > anderswo_entschieden",
        ),
    ),
    boundary_error("bei_entscheidung", "bearbeitung", "entschieden"),
    boundary_error("bei_fiktion", "bearbeitung", "erteilt"),
    end("beschieden"),
    user("fiktion_bescheinigen"),
    end("erteilt_ohne_bescheid"),
    flows(
        "start > unterlagen_pruefen > bearbeitung",
        "bei_entscheidung > beschieden",
        "bei_fiktion > fiktion_bescheinigen > erteilt_ohne_bescheid",
    ),
    head=error("entschieden", "entschieden") + error("erteilt", "erteilt"),
)


def files() -> dict[str, bytes]:
    """The bundle, with the shared part as `uses` adds it."""
    own = bundle(LEISTUNG, "werbeanlage", "WA")
    own["bundle.toml"] += b'uses = ["genehmigungsfiktion"]\n[parameter]\nland = "SH"\n'
    shared = {f"{PART}/{name}": content for name, content in read_folder(PROCESSES / PART).items() if "scenarios" not in name}
    return {**own, **shared}


class Fall:
    """A Vorgang of that Leistung, complete on 2 March 2026: to be decided until 2 June, alarm on 19 May."""

    def __init__(self) -> None:
        self.id = vorgang_of(push("werbeanlage"))
        self.complete("unterlagen_pruefen")

    def waits_at(self) -> list[str]:
        return sorted(task.element for task in reads.list_aufgaben(vorgang_id=self.id).items)

    def complete(self, element: str, **answers: Any) -> None:
        [task] = [task for task in reads.list_aufgaben(vorgang_id=self.id).items if task.element == element]
        complete_aufgabe(task.id, answers, by=ANNA)

    def until(self, day: dt.date) -> None:
        """The clock goes on to the morning of a day."""
        clock.move(dt.datetime.combine(day, dt.time(8), dt.UTC) - clock.now())
        tick()

    def extend(self, told: dt.date, count: int = 1, why: str = "Die Statik ist noch nicht geprüft.") -> None:
        self.complete(
            "entscheiden_oder_verlaengern", fiktion_weg="verlaengern", verlaengerung_anzahl=count,
            verlaengerung_einheit="Monate", verlaengerung_grund=why, mitgeteilt_am=told.isoformat(),
        )  # fmt: skip

    def passed(self) -> list[str]:
        return [line.element for line in reads.verlauf(self.id) if line.kind == "completed"]

    def calculated(self) -> list[tuple[str, dt.date | None]]:
        return [(one.element, one.result) for one in reads.list_berechnungen(self.id)]


@pytest.fixture
def fall(kommune: str) -> Iterator[Fall]:
    use_doorbell(Bell())
    deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
    deploy_bundle(files(), TYPES, by=SYSTEM)
    add_konto(ANNA.login, ANNA.name, "anna@example.org", ANNA.roles, by=SYSTEM)
    with clock.frozen(MORNING):
        yield Fall()
        assert reads.list_incidents().items == ()
        assert verify() == []


def test_the_bundle_is_free_of_findings() -> None:
    assert check_bundle(files(), TYPES)[1] == []


def test_no_shipped_bundle_uses_the_part() -> None:
    for manifest in PROCESSES.rglob("bundle.toml"):
        assert "genehmigungsfiktion" not in manifest.read_text(encoding="utf-8")


def test_a_decision_in_time_ends_the_watch(fall: Fall) -> None:
    assert fall.waits_at() == ["entscheiden"]
    fall.until(dt.date(2026, 4, 1))
    fall.complete("entscheiden", ok=True)
    assert fall.passed()[-1] == "beschieden"
    assert (reads.get_vorgang(fall.id).status, reads.list_fristen(fall.id)) == ("ABGESCHLOSSEN", ())
    fall.until(dt.date(2026, 7, 1))
    assert "gilt_als_erteilt" not in fall.passed()


def test_alarm_then_one_extension_then_the_decision(fall: Fall) -> None:
    fall.until(dt.date(2026, 5, 18))
    assert fall.waits_at() == ["entscheiden"]
    fall.until(dt.date(2026, 5, 20))
    assert fall.waits_at() == ["entscheiden", "entscheiden_oder_verlaengern"]
    fall.extend(told=dt.date(2026, 5, 20))
    assert fall.waits_at() == ["entscheiden"]
    assert fall.calculated() == [
        ("fiktionsfrist_bestimmen", dt.date(2026, 6, 2)), ("verlaengerung_berechnen", dt.date(2026, 7, 2))
    ]  # fmt: skip
    fall.until(dt.date(2026, 6, 19))
    assert fall.waits_at() == ["entscheiden", "rechtzeitig_entscheiden"]
    fall.complete("rechtzeitig_entscheiden")
    fall.until(dt.date(2026, 7, 2))
    fall.complete("entscheiden", ok=True)
    assert fall.passed()[-1] == "beschieden"


def test_after_the_last_day_the_permit_counts_as_granted_and_the_open_tasks_are_gone(fall: Fall) -> None:
    fall.until(dt.date(2026, 6, 2))
    [decide, watch] = sorted(reads.list_aufgaben(vorgang_id=fall.id).items, key=lambda task: task.element)
    assert (decide.element, watch.element) == ("entscheiden", "entscheiden_oder_verlaengern")
    fall.until(dt.date(2026, 6, 3))
    assert fall.waits_at() == ["fiktion_bescheinigen"]
    with pytest.raises(Conflict):
        complete_aufgabe(decide.id, {"ok": True}, by=ANNA)
    fall.complete("fiktion_bescheinigen")
    assert fall.passed()[-1] == "erteilt_ohne_bescheid"
    [made] = reads.list_berechnungen(fall.id)
    assert made.source.startswith("§ 42a Abs. 2 Satz 2 VwVfG")


def test_the_extended_period_ends_too(fall: Fall) -> None:
    fall.until(dt.date(2026, 5, 20))
    fall.extend(told=dt.date(2026, 5, 20))
    fall.until(dt.date(2026, 7, 2))
    assert "entscheiden" in fall.waits_at()
    fall.until(dt.date(2026, 7, 3))
    assert fall.waits_at() == ["fiktion_bescheinigen"]


@pytest.mark.parametrize(
    "told", [dt.date(2026, 6, 3), dt.date(2026, 5, 21), dt.date(2026, 3, 1)], ids=["late", "tomorrow", "before the documents"]
)
def test_an_extension_that_does_not_count_leads_back_to_the_task_with_the_reason(fall: Fall, told: dt.date) -> None:
    fall.until(dt.date(2026, 5, 20))
    fall.extend(told=told)
    assert fall.waits_at() == ["entscheiden", "entscheiden_oder_verlaengern"]
    [task] = [one for one in reads.list_aufgaben(vorgang_id=fall.id).items if one.element == "entscheiden_oder_verlaengern"]
    hint = reads.form_of(task.id)[1]["verlaengerung_hinweis"]
    assert hint.endswith("bis spätestens zum 2.6.2026.")
    fall.until(dt.date(2026, 6, 3))
    assert fall.waits_at() == ["fiktion_bescheinigen"]


def test_the_form_wants_length_reason_and_day_of_an_extension(fall: Fall) -> None:
    fall.until(dt.date(2026, 5, 20))
    with pytest.raises(Invalid) as refused:
        fall.complete("entscheiden_oder_verlaengern", fiktion_weg="verlaengern")
    assert {cause.pointer for cause in refused.value.causes} == {
        "/verlaengerung_anzahl", "/verlaengerung_einheit", "/verlaengerung_grund", "/mitgeteilt_am"
    }  # fmt: skip
    with pytest.raises(Invalid):
        fall.extend(told=dt.date(2026, 5, 20), count=0)
    with pytest.raises(Invalid):
        fall.extend(told=dt.date(2026, 5, 20), why="kurz")
    with pytest.raises(Invalid):
        fall.complete("entscheiden_oder_verlaengern", fiktion_weg="vertagen")
    fall.complete("entscheiden_oder_verlaengern", fiktion_weg="entscheiden")
    assert fall.waits_at() == ["entscheiden"]


def test_a_decision_made_elsewhere_ends_both_when_it_is_told(fall: Fall) -> None:
    correlate("genehmigungsfiktion.entschieden", reads.get_vorgang(fall.id).nummer, "e-1", {}, None, by=SYSTEM)
    assert fall.waits_at() == []
    assert fall.passed()[-1] == "beschieden"
