"""How days came about is kept with the case: in the interface, and on its page with steps and law to be opened."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.due import tick
from engine.verbs.operate import retry_incident
from tests.bpmn.diagrams import boundary_timer, end, flows, process, script, service, start, user
from tests.engine.cases import TYPES, bundle, rows
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER, sign_in

AT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
FRIST = 'fristende(today(), "1 Monat", "SH")'
POST = 'bekanntgabe("post", "SH", date("2026-03-03"))'
DIAGRAM = process(
    start(),
    script("tag", f"{POST}.ergebnis", "tag", name="Bekanntgabe bestimmen"),
    script("nicht", 'deemed delivered("abruf", "SH", tag, true).ergebnis', "x", name="Abruf prüfen"),
    script("bis", FRIST, "bis", name="Frist setzen"),
    user("u", name="Warten"),
    boundary_timer("eigene", "u", f'={FRIST} + duration("P1D")', "timeDate"),
    boundary_timer("fremde", "u", '=bis + duration("P1D")', "timeDate"),
    end(),
    end("e1"),
    end("e2"),
    flows("start > tag > nicht > bis > u > end", "eigene > e1", "fremde > e2"),
)


@pytest.fixture
def case(site: Site) -> str:
    with db.namespace(SLUG):
        deploy_bundle(bundle(DIAGRAM, "fristen", "FR"), TYPES, by=SYSTEM)
    with clock.frozen(AT):
        return site.new_case(form="fristen")


def test_the_interface_gives_calculations_with_arguments_steps_and_law(site: Site, case: str) -> None:
    made: list[dict[str, Any]] = site.get(f"vorgaenge/{case}").json["berechnungen"]  # type: ignore[index]
    assert [(one["name"], one["function"], one["result"]) for one in made] == [
        ("Bekanntgabe bestimmen", "bekanntgabe", "2026-03-07"),
        ("Abruf prüfen", "bekanntgabe", None),
        ("Frist setzen", "fristende", "2026-04-02"),
        ("eigene", "fristende", "2026-04-02"),
    ]
    assert made[2]["arguments"] == {"beginn": "2026-03-02", "dauer": "1 Monat", "land": "SH"}
    assert made[2]["steps"][-1]["day"] == "2026-04-02"
    assert made[0]["source"] == "§ 110 Abs. 2 Satz 1 LVwG"
    assert made[0]["at"] == "2026-03-02T08:00:00+00:00"


def test_only_a_timer_that_calculated_its_day_itself_names_the_law(site: Site, case: str) -> None:
    """The other is due on the same day; but that its day was calculated is not seen from it."""
    waiting = site.get(f"vorgaenge/{case}").json["fristen"]  # type: ignore[index]
    assert {one["element"]: one["source"][:20] for one in waiting} == {"eigene": "§ 31 Abs. 1 VwVfG; §", "fremde": ""}
    assert len({one["due_at"] for one in waiting}) == 1


def test_the_page_shows_each_day_written_out_with_its_steps_in_order(site: Site, case: str) -> None:
    client = site.client()
    sign_in(client)
    page = client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text
    assert "§\N{NO-BREAK SPACE}31 Abs.\N{NO-BREAK SPACE}1 VwVfG" in page
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    section = page.partition('id="berechnungen">')[2].partition("</section>")[0]
    assert section.startswith("Fristen und Bekanntgabe")
    assert "Bekanntgabe bestimmen: bekanntgegeben am Sonnabend, 7. März 2026" in section
    assert "Abruf prüfen: nicht bekanntgegeben" in section
    assert "Frist setzen: bis Donnerstag, 2. April 2026" in section
    steps = section.partition("Frist setzen")[2].partition("<ol")[2].partition("</ol>")[0]
    assert steps.index("zählt nicht mit") < steps.index("endet rechnerisch") < steps.index("ist ein Werktag")
    assert "dauer = 1 Monat" in section
    assert "nach § 31 Abs. 1 VwVfG" in page.partition('id="fristen">')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ('rechtsbehelfsfrist(date("2026-03-06"), "SH")', "Widerspruch möglich bis Dienstag, 7. April 2026"),
        ('rechtsbehelfsfrist(date("2026-03-06"), "BY", null, null, "klage")', "Klage möglich bis Dienstag, 7. April 2026"),
        ('genehmigungsfiktion(date("2026-03-02"), "SH")', "Entscheidung möglich bis Dienstag, 2. Juni 2026"),
        ('working days(date("2026-03-02"), 1, "SH")', "am Dienstag, 3. März 2026"),
        ('behoerdenfrist(date("2026-03-02"), "14 Tage", "SH")', "bis Montag, 16. März 2026"),
    ],
)
def test_each_calculation_says_what_its_day_means(site: Site, expression: str, says: str) -> None:
    diagram = process(start(), script("s", expression, "x", name="Tag"), user("u"), end(), flows("start > s > u > end"))
    with db.namespace(SLUG):
        deploy_bundle(bundle(diagram, "sagt", "SA"), TYPES, by=SYSTEM)
    case = site.new_case(form="sagt")
    client = site.client()
    sign_in(client)
    assert f"Tag: {says}" in client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text


def test_a_case_without_calculations_has_no_such_section(site: Site) -> None:
    case = site.new_case()
    client = site.client()
    sign_in(client)
    assert "Fristen und Bekanntgabe" not in client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text
    assert site.get(f"vorgaenge/{case}").json["berechnungen"] == []  # type: ignore[index]


def test_they_stay_when_the_case_has_ended(site: Site, case: str) -> None:
    with db.namespace(SLUG), clock.frozen(AT + dt.timedelta(days=40)):
        tick()
        assert reads.get_vorgang(case).closed_at is not None
        assert len(reads.list_berechnungen(case)) == 4


def test_trying_again_keeps_the_same_calculation_once(site: Site) -> None:
    diagram = process(start(), service("s", type="=art", inputs={"bis": f"={FRIST}"}), end(), flows("start > s > end"))
    with db.namespace(SLUG):
        deploy_bundle(bundle(diagram, "wieder", "WI"), TYPES, by=SYSTEM)
        with clock.frozen(AT):
            case = site.new_case(form="wieder")
            for _ in range(2):
                [broken] = reads.list_incidents(case).items
                retry_incident(broken.id, {}, by=SYSTEM)
        assert [made.result for made in reads.list_berechnungen(case)] == [dt.date(2026, 4, 2)]
        with clock.frozen(AT + dt.timedelta(days=1)):
            [broken] = reads.list_incidents(case).items
            retry_incident(broken.id, {"art": "demo.druckt"}, by=SYSTEM)
        assert [made.result for made in reads.list_berechnungen(case)] == [dt.date(2026, 4, 2), dt.date(2026, 4, 7)]


def test_a_step_that_calculates_nothing_sends_no_more_statements(site: Site) -> None:
    """Each calculation costs one; see also what completing a task costs (tests/engine/test_desk.py)."""
    from engine.model import calculation

    plain = process(start(), script("x", "1 + 1", "x"), user("u"), end(), flows("start > x > u > end"))
    with_day = plain.replace(b"1 + 1", FRIST.replace('"', "&quot;").encode())
    counted = {}
    for key, diagram in (("ohne", plain), ("mit", with_day)):
        with db.namespace(SLUG):
            deploy_bundle(bundle(diagram, key, key.upper()), TYPES, by=SYSTEM)
        site.new_case(form=key)
        with db.statement_counter() as count:
            case = site.new_case(form=key)
        counted[key] = count.statements
        with db.namespace(SLUG):
            assert len(rows(calculation.T, vorgang_id=case)) == (key == "mit")
    assert counted["mit"] == counted["ohne"] + 1
