"""Incidents of all cases: alike ones together, the values an element takes, another attempt with corrected ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import bpmn, reads
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.ports import Answer, Refused
from engine.base.rights import ADMINISTRATION, SYSTEM, Konto
from engine.model import incident, protokoll
from engine.step import look
from engine.verbs.design import deploy_bundle
from engine.verbs.incidents import Typed, correct_incident
from engine.verbs.operate import retry_incident
from tests.bpmn.diagrams import end, flow, flows, process, script, service, start, user, xor
from tests.engine.cases import ANNA, TYPES, Bell, Twin, bundle, push, rows, vorgang_of, work_all

CHEF = Konto("9", "chef", "Chefin", frozenset({ADMINISTRATION}))
SETS = script("setzt", '{a: {zahl: "zwölf", text: "x", ja: true, tag: @"2026-03-02", liste: ["p"], tief: [{b: 1}]}}.a', "werte")
# The way on is a condition that is neither true nor false until the value is mended.
STUCK = process(
    start(), SETS, xor("weg", default="weg_nein"), user("weiter"), end("ja"), end("nein"),
    flow("weg", "weiter", "werte.zahl > 10 and fehlt"), flows("start > setzt > weg > nein", "weiter > ja"),
)  # fmt: skip


def stuck(diagram: bytes = STUCK, key: str = "klemmt", *, count: int = 1) -> list[str]:
    """Cases that are stuck at once; gives the ids of their incidents."""
    deploy_bundle(bundle(diagram, key, key[:2].upper()), TYPES, by=SYSTEM)
    cases = [vorgang_of(push(key)) for _ in range(count)]
    return [found.id for case in cases for found in reads.list_incidents(case).items]


def variables(incident_id: str) -> dict[str, Any]:
    case = look(reads.get_stuck(incident_id).incident.vorgang_id)
    return dict(bpmn.variables(case.bundle.spec, case.snapshot))


def shown(incident_id: str) -> dict[str, tuple[str, str]]:
    return {each.path: (each.kind, each.text) for each in reads.get_stuck(incident_id).values}


def test_the_values_that_the_element_s_expressions_name_are_shown_and_no_others(amt: str) -> None:
    [id] = stuck()
    assert shown(id) == {"werte.zahl": ("text", "zwölf"), "fehlt": ("", "")}
    case = reads.get_stuck(id)
    assert (case.open, case.type, case.incident.leistung) == (True, "exclusiveGateway", "klemmt")


def test_whole_contexts_are_shown_leaf_by_leaf_and_the_rest_as_expressions(amt: str, bell: Bell) -> None:
    prints = service("s", inputs={"text": "=werte"})
    deploy_bundle(
        bundle(process(start(), SETS, prints, end(), flows("start > setzt > s > end")), "druckt", "DR"), TYPES, by=SYSTEM
    )
    from engine.step import use_doorbell
    from tests.engine.cases import Bell

    bell = Bell()
    use_doorbell(bell)
    push("druckt")

    def refuse(call: Any) -> Answer:
        raise Refused("Nein.")

    work_all(bell, Twin(refuse))
    [found] = reads.list_stuck().items
    assert shown(found.id) == {
        "werte.zahl": ("text", "zwölf"),
        "werte.text": ("text", "x"),
        "werte.ja": ("ja_nein", "ja"),
        "werte.tag": ("tag", "02.03.2026"),
        "werte.liste": ("liste", "p"),
        "werte.tief": ("ausdruck", "[{b: 1}]"),
    }
    seen = reads.get_stuck(found.id).state
    typed = {"werte.tief": Typed('[{"b": 2}, {b: @"2026-01-01"}]'), "werte.ja": Typed("nein"), "werte.tag": Typed("03.03.2026")}
    before = variables(found.id)["werte"]
    assert correct_incident(found.id, typed, seen, by=CHEF)
    after = variables(found.id)["werte"]
    assert {name for name in after if after[name] != before[name]} == {"tief", "ja", "tag"}
    assert after["tief"][0] == {"b": 2}
    assert after["tief"][1]["b"].isoformat() == "2026-01-01"


def test_corrected_values_let_it_go_on_and_the_protokoll_names_them(amt: str) -> None:
    [id] = stuck()
    seen = reads.get_stuck(id).state
    typed = {"werte.zahl": Typed("12"), "fehlt": Typed("ja", "ja_nein")}
    assert not correct_incident(id, typed, seen, by=CHEF), "a text is still no number: stuck again"
    [again] = reads.list_stuck().items
    assert again.id != id
    assert shown(again.id) == {"werte.zahl": ("text", "12"), "fehlt": ("ja_nein", "ja")}
    seen = reads.get_stuck(again.id).state
    assert correct_incident(again.id, {"werte.zahl": Typed("12", "zahl")}, seen, by=CHEF), "the same words, as a number"
    assert reads.list_stuck().items == ()
    first, _ = [json.loads(row.detail) for row in rows(protokoll.T) if row.tag == "incident:berichtigt"]
    assert first == {"incident": id, "berichtigt": ["fehlt", "werte"]}
    assert {row.corrected_by for row in rows(incident.T)} == {"chef"}


def test_left_as_they_were_nobody_has_corrected_anything(amt: str) -> None:
    [id] = stuck()
    case = reads.get_stuck(id)
    typed = {each.path: Typed(each.text + "\r\n", "text") for each in case.values}
    assert not correct_incident(id, typed, case.state, by=CHEF)
    assert {row.corrected_by for row in rows(incident.T)} == {None}


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"fehlt": Typed("viel", "zahl")}, "/fehlt"),
        ({"fehlt": Typed("31.02.2026", "tag")}, "/fehlt"),
        ({"fehlt": Typed("1 +", "ausdruck")}, "/fehlt"),
        ({"fehlt": Typed("erfunden", "ausdruck")}, "/fehlt"),
        ({"fehlt": Typed("function(x) x", "ausdruck")}, "/fehlt"),
        ({"fehlt": Typed("[" * 2000, "ausdruck")}, "/fehlt"),
    ],
)
def test_a_value_that_is_none_of_its_kind_is_refused_at_its_field(amt: str, typed: dict[str, Typed], at: str) -> None:
    [id] = stuck()
    with pytest.raises(Invalid) as refused:
        correct_incident(id, typed, reads.get_stuck(id).state, by=CHEF)
    assert [cause.pointer for cause in refused.value.causes] == [at]
    assert reads.get_stuck(id).open


def test_a_stale_page_and_a_double_click_are_told(amt: str) -> None:
    [id] = stuck()
    seen = reads.get_stuck(id).state
    with pytest.raises(Conflict, match="inzwischen geändert"):
        correct_incident(id, {}, "anders", by=CHEF)
    correct_incident(id, {}, seen, by=CHEF)
    with pytest.raises(Conflict, match="schon behoben"):
        correct_incident(id, {}, seen, by=CHEF)
    assert not reads.get_stuck(id).open
    with pytest.raises(Forbidden):
        correct_incident(id, {}, seen, by=ANNA)
    with pytest.raises(Unknown):
        reads.get_stuck("erfunden")


def test_alike_ones_stand_together_the_most_frequent_first(amt: str) -> None:
    many = stuck(count=3)
    few = stuck(process(start(), script("rechnet", "1 / 0", "x"), xor("g", default="g_end"), end("a"), end("end"),
                        flow("g", "a", "x"), flows("start > rechnet > g > end")), "teilt", count=1)  # fmt: skip
    first, second = reads.list_alike()
    assert (first.count, first.name, first.leistung, second.count) == (3, "weg", "klemmt", 1)
    assert set(reads.alike_ids(first.id)) == set(many)
    assert [one.id for one in reads.list_stuck(like=second.id).items] == few
    assert {one.id for one in reads.list_stuck(leistung="klemmt").items} == set(many)
    assert reads.leistungen_with_incidents() == (("klemmt", "klemmt"), ("teilt", "teilt"))
    retry_incident(many[0], {"werte": {"zahl": 12}, "fehlt": True}, by=CHEF)
    assert len(reads.alike_ids(many[0])) == 2, "what was mended still names its kind"


def test_a_letter_shows_the_values_of_its_text(amt: str, bell: Bell) -> None:
    writes = process(
        start(), script("s", '{name: "Erika"}', "angaben"),
        service("b", type="bescheid.erstellen", inputs={"vorlage": '="brief"'}), end(), flows("start > s > b > end"),
    )  # fmt: skip
    files = bundle(writes, "schreibt", "SC")
    files["notices/brief.toml"] = (
        b'title = "T"\nsubject = "S"\nsalutation = "Guten Tag,"\n'
        b'signatory = "{= bearbeitung.name}"\naddressee = ["{= angaben.name}"]\n'
        b'[[section]]\nkind = "text"\nwhen = "grund != null"\ntext = "{= angaben.ort}"\n'
    )
    deploy_bundle(files, {**TYPES, "bescheid.erstellen": frozenset()}, by=SYSTEM)
    push("schreibt")
    work_all(bell, Twin())
    [found] = reads.list_stuck().items
    assert shown(found.id) == {"angaben.name": ("text", "Erika"), "angaben.ort": ("", ""), "grund": ("", "")}
