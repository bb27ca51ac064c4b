"""Four eyes: nobody approves their own work."""

from __future__ import annotations

import json

import pytest

from engine import reads
from engine.base.errors import Forbidden, Invalid
from engine.base.rights import ADMINISTRATION, SACHBEARBEITUNG, SYSTEM, Konto
from engine.model import protokoll
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, hand_over
from engine.verbs.operate import retry_incident
from tests.bpmn.diagrams import end, findings, flow, flows, process, start, user, xor
from tests.engine.cases import ANNA, BERTA, TYPES, bundle, push, rows, vorgang_of


def eyes(tasks: str) -> str:
    return f'<zeebe:properties><zeebe:property name="vier_augen" value="{tasks}"/></zeebe:properties>'


DIAGRAM = process(
    start(), user("m", name="Entwerfen"), user("freigeben", extension=eyes("m")), xor("g", default="g_m"), end(),
    flow("g", "end", "ok"), flows("start > m > freigeben > g > m"),
)  # fmt: skip


def open_task(case: str) -> str:
    return str(reads.list_aufgaben(vorgang_id=case).items[0].id)


def test_who_drafted_cannot_approve_and_another_can(amt: str) -> None:
    deploy_bundle(bundle(DIAGRAM, "vier", "VA"), TYPES, by=SYSTEM)
    case = vorgang_of(push("vier"))
    complete_aufgabe(open_task(case), {}, by=ANNA)
    for act in (
        lambda: claim_aufgabe(open_task(case), by=ANNA),
        lambda: complete_aufgabe(open_task(case), {"ok": True}, by=ANNA),
    ):
        with pytest.raises(Forbidden, match="Vier-Augen-Prinzip: Sie haben „Entwerfen“"):
            act()
    assert [(line.konto, json.loads(line.detail)["tat"]) for line in rows(protokoll.T, tag="aufgabe:vier-augen")] == [
        ("anna", "aufgabe:uebernommen"), ("anna", "aufgabe:abgeschlossen"),
    ]  # fmt: skip
    complete_aufgabe(open_task(case), {"ok": False}, by=BERTA)
    complete_aufgabe(open_task(case), {}, by=BERTA)
    for konto in (ANNA, BERTA):
        with pytest.raises(Forbidden):
            complete_aufgabe(open_task(case), {"ok": True}, by=konto)
    assert reads.get_vorgang(case).state == "active"


def test_it_is_not_handed_to_who_drafted_it(amt: str) -> None:
    deploy_bundle(bundle(DIAGRAM, "vier", "VA"), TYPES, by=SYSTEM)
    case = vorgang_of(push("vier"))
    complete_aufgabe(open_task(case), {}, by=ANNA)
    with pytest.raises(Invalid) as refusal:
        hand_over(open_task(case), "anna", by=BERTA)
    [cause] = refusal.value.causes
    assert "Vier-Augen-Prinzip: Anna hat in diesem Vorgang „Entwerfen“ bearbeitet." in cause.message
    assert reads.get_aufgabe(open_task(case)).holder is None


def test_a_task_that_does_not_exist_is_a_finding() -> None:
    found = findings(start(), user("u", extension=eyes("gibtesnicht")), end(), flows("start > u > end"))
    assert any("gibtesnicht" in finding for finding in found)


def test_who_corrected_values_at_an_incident_cannot_approve(amt: str) -> None:
    broken = process(
        start(), user("m"), xor("g", default="g_end"), user("freigeben", extension=eyes("m")), end(),
        flow("g", "freigeben", "wert"), flows("start > m > g > end", "freigeben > end"),
    )  # fmt: skip
    deploy_bundle(bundle(broken, "werte", "WE"), TYPES, by=SYSTEM)
    case = vorgang_of(push("werte"))
    complete_aufgabe(open_task(case), {}, by=ANNA)
    chefin = Konto("3", "chefin", "Chefin", frozenset({ADMINISTRATION, SACHBEARBEITUNG}))
    retry_incident(reads.list_incidents(case).items[0].id, {"wert": True}, by=chefin)
    with pytest.raises(Forbidden, match="bei einer Störung Werte berichtigt"):
        complete_aufgabe(open_task(case), {"ok": True}, by=chefin)
    complete_aufgabe(open_task(case), {"ok": True}, by=BERTA)
