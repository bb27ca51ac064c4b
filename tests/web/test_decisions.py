"""A decision made by a table can be explained afterwards: on the page, in German, with its inputs and rules."""

from __future__ import annotations

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.design import check_bundle, deploy_bundle
from tests.bpmn.diagrams import DMN, decide, end, flows, process, start, user
from tests.engine.cases import TYPES, bundle
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER, sign_in

UMFANG = {"umfang": "=antrag.umfang"}
LINE = flows("start > schutz > u > end")
DIAGRAM = process(start(), decide("schutz", "schutz", "geschuetzt", UMFANG, name="Schutz feststellen"), user("u"), end(), LINE)


def files(decision: bytes = DMN, diagram: bytes = DIAGRAM) -> dict[str, bytes]:
    return {**bundle(diagram, "baum", "BA"), "schutz.dmn": decision}


def test_a_decision_is_kept_with_inputs_rules_value_and_version(site: Site) -> None:
    with db.namespace(SLUG):
        version = deploy_bundle(files(), TYPES, by=SYSTEM)
    case = site.new_case(form="baum")
    with db.namespace(SLUG):
        (made,) = reads.list_decisions(case)
    assert (made.name, made.decision, made.value, made.version_id) == ("Schutz feststellen", "schutz", True, version)
    assert [rule["rule"] for rule in made.rules] == ["dick"]


def test_the_page_of_a_case_explains_its_decisions(site: Site) -> None:
    with db.namespace(SLUG):
        deploy_bundle(files(), TYPES, by=SYSTEM)
    case = site.new_case(form="baum")
    client = site.client()
    sign_in(client)
    page = client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text
    assert "Schutz feststellen: ja" in page
    assert "„schutz“, Regel 2" in page
    assert "umfang = 210,5" in page


def test_a_broken_table_and_an_unknown_decision_are_findings() -> None:
    _, broken = check_bundle(files(DMN.replace(b"&lt; 80", b"&lt; 80)")), TYPES)
    assert any(cause.file == "schutz.dmn" and cause.severity == "error" for cause in broken)
    unknown = DIAGRAM.replace(b'decisionId="schutz"', b'decisionId="schuz"')
    _, found = check_bundle(files(diagram=unknown), TYPES)
    assert any("„schuz“" in cause.message and "„schutz“" in cause.hint for cause in found)


def test_a_name_that_nothing_gives_is_advice_with_the_nearest() -> None:
    task = user("u", inputs={"y": "=geschutzt"})
    diagram = process(start(), decide("schutz", "schutz", "geschuetzt", UMFANG), task, end(), LINE)
    _, found = check_bundle(files(diagram=diagram), TYPES)
    advice = [cause for cause in found if "geschutzt" in cause.message]
    assert [cause.severity for cause in advice] == ["advice"]
    assert "geschuetzt" in advice[0].hint
