"""The day of a clerk, as a browser without scripts gets it: what is to be done, whose it is, and finding a case."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import event
from sqlalchemy.engine import Engine

from engine import reads
from engine.base import clock, db
from engine.base.rights import SACHBEARBEITUNG, SYSTEM
from engine.model import aufgabe, stelle
from engine.verbs.design import deploy_bundle
from engine.verbs.konten import add_konto
from engine.verbs.notes import set_reminder
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import TYPES, bundle
from tests.web.site import HASH, SLUG, Site, application
from tests.web.test_desk import page, text
from tests.web.test_identity import BROWSER, sign_in, token_of

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

EVIL = "<img src=x onerror=alert(1)>"
BAUEN = process(
    start(), user("pruefen", name="Prüfen", extension='<zeebe:assignmentDefinition candidateGroups="bauamt"/>'), end(),
    flows("start > pruefen > end"),
)  # fmt: skip


@pytest.fixture
def offices(site: Site) -> Site:
    """Paul and Petra work at the Bauamt, Olaf at the Ordnungsamt."""
    with db.namespace(SLUG):
        deploy_bundle(bundle(BAUEN, "bauen", "BA"), TYPES, by=SYSTEM)
        with db.transaction() as tx:
            tx.execute(sa.insert(stelle.T).values(key="bauamt", name="Amt für Bauen", nummer="100001"))
        for login, group in (("paul", "bauamt"), ("petra", "bauamt"), ("olaf", "ordnungsamt")):
            name, groups = f"{login.title()} Person", frozenset({group})
            add_konto(login, name, f"{login}@example.org", frozenset({SACHBEARBEITUNG}), groups, HASH, by=SYSTEM)
    return site


def browser(site: Site, login: str) -> FlaskClient:
    client = site.client()
    sign_in(client, login)
    return client


@pytest.fixture
def paul(offices: Site) -> FlaskClient:
    return browser(offices, "paul")


def tabs(tree: Any) -> list[str]:
    return [
        f"{link.text_content()}{'*' if link.get('aria-current') else ''}" for link in tree.xpath("//*[@class='aw-tabs']//a")
    ]


def rows(tree: Any) -> list[str]:
    return [text(row, ".") for row in tree.xpath("//*[@data-rows]/li")]


def post(client: FlaskClient, path: str, address: str = "", **data: str) -> Any:
    """Press a button of the list at an address; what it is answered with."""
    token = token_of(client.get(f"/{SLUG}/{address}", headers=BROWSER))
    return client.post(f"/{SLUG}/{path}", data={"csrf_token": token, **data}, headers=BROWSER)


def task_of(site: Site, form: str = "bauen") -> str:
    case = site.new_case(form=form)
    with db.namespace(SLUG):
        return str(reads.list_aufgaben(vorgang_id=case).items[0].id)


def due(task: str, at: dt.datetime) -> None:
    with db.namespace(SLUG), db.transaction() as tx:
        tx.execute(sa.update(aufgabe.T).where(aufgabe.T.c.id == task).values(due_at=at))


# --- whose -----------------------------------------------------------------------------------------------------------


def test_tabs_say_whose_tasks_and_how_many(offices: Site, paul: FlaskClient) -> None:
    task = task_of(offices)
    task_of(offices)
    offices.new_case(form="gibt es nicht")
    assert tabs(page(paul)) == ["Bei mir (0)", "Meine Stelle (3)*", "Alle (3)"]
    post(paul, f"aufgaben/{task}/uebernehmen")
    mine = page(paul, "?wer=ich")
    assert tabs(mine) == ["Bei mir (1)*", "Meine Stelle (3)", "Alle (3)"]
    [row] = rows(mine)
    assert "bei Ihnen" in row
    assert "Amt für Bauen" in row
    assert [row.count("Übernehmen") for row in rows(page(browser(offices, "petra")))] == [0, 1, 1]
    assert "bei Paul Person" in rows(page(browser(offices, "petra")))[0]


def test_who_belongs_to_no_stelle_has_no_tab_for_it(site: Site) -> None:
    site.new_case(form="gibt es nicht")
    assert tabs(page(browser(site, "anna"))) == ["Bei mir (0)", "Alle (1)*"]


def test_very_many_are_not_counted_to_the_last(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads.aufgaben, "MOST_COUNTED", 2)
    monkeypatch.setattr(reads, "MOST_COUNTED", 2)
    for _ in range(3):
        site.new_case(form="gibt es nicht")
    assert tabs(page(browser(site, "anna"))) == ["Bei mir (0)", "Alle (mehr als 1)*"]


def test_overdue_tasks_stand_first_and_say_so(offices: Site, paul: FlaskClient) -> None:
    calm, late, today = task_of(offices), task_of(offices), task_of(offices)
    due(late, clock.now() - dt.timedelta(days=3))
    due(today, clock.now() + dt.timedelta(seconds=30))
    shown = page(paul)
    assert [row.get("id") for row in shown.xpath("//*[@data-rows]/li")] == [f"aufgabe-{id}" for id in (late, today, calm)]
    first, second, third = rows(shown)
    assert "überfällig" in first
    assert "heute fällig" in second
    assert "fällig" not in third


def test_empty_lists_say_what_to_do(offices: Site, paul: FlaskClient) -> None:
    assert "Zurzeit ist nichts zu tun." in text(page(paul))
    assert "Sie haben zurzeit keine Aufgabe." in text(page(paul, "?wer=ich"))
    said = text(page(paul, "?leistung=bauen&bis=2020-01-01"))
    assert "Zu diesen Filtern gibt es hier keine offene Aufgabe." in said
    assert "Zu diesen Filtern gibt es keinen Vorgang." in said


def test_what_comes_up_again_today_stands_first(offices: Site, paul: FlaskClient) -> None:
    case, other = offices.new_case(form="bauen"), offices.new_case(form="bauen")
    with db.namespace(SLUG):
        today = clock.local_day(clock.now())
        for vorgang, am, what, login in (
            (case, today, f"Anrufen {EVIL}", None),
            (case, today, "Für Paul", "paul"),
            (other, today, "Für Petra", "petra"),
            (other, today + dt.timedelta(days=1), "Erst morgen", None),
        ):
            by, _ = reads.konto_by_login(login or "petra")
            set_reminder(vorgang, am, what, login is not None, by=by)
    shown = page(paul)
    said = text(shown, "//*[@aria-labelledby='wiedervorlagen']")
    assert f"Anrufen {EVIL}" in said
    assert "Für Paul" in said
    assert "Petra" not in said
    assert "morgen" not in said
    assert shown.xpath("//main//section/@aria-labelledby")[0] == "wiedervorlagen"
    assert shown.xpath("//*[@aria-labelledby='wiedervorlagen']//li/a/@href")[0] == f"/{SLUG}/vorgaenge/{case}"
    assert page(browser(offices, "olaf")).xpath("//*[@aria-labelledby='wiedervorlagen']") == []


# --- acting in the list ----------------------------------------------------------------------------------------------


def test_taking_and_giving_back_lead_back_to_the_same_list(offices: Site, paul: FlaskClient) -> None:
    task = task_of(offices)
    address = f"/{SLUG}/?wer=alle&leistung=bauen"
    [back] = page(paul, "?wer=alle&leistung=bauen").xpath("//*[@data-rows]//form[1]//*[@name='zurueck']/@value")
    assert back == address
    taken = post(paul, f"aufgaben/{task}/uebernehmen", zurueck=back)
    assert (taken.status_code, taken.headers["Location"]) == (303, address)
    assert "Übernommen: Prüfen (BA-" in text(page(paul, "?wer=alle"))
    assert "Zurückgeben" in rows(page(paul, "?wer=alle"))[0]
    given = post(paul, f"aufgaben/{task}/zurueckgeben", zurueck=back)
    assert given.headers["Location"] == address
    assert "noch frei" in rows(page(paul))[0]


@pytest.mark.parametrize(
    "back", ["https://example.org/", "//example.org", "/anderswo/", "\\\\x", "javascript:alert(1)", "x" * 9_999]
)
def test_nobody_is_led_to_another_site(offices: Site, paul: FlaskClient, back: str) -> None:
    answer = post(paul, f"aufgaben/{task_of(offices)}/uebernehmen", zurueck=back)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{SLUG}/")


def test_of_two_who_take_it_the_second_is_told_in_the_list(offices: Site, paul: FlaskClient) -> None:
    task = task_of(offices)
    petra = browser(offices, "petra")
    post(paul, f"aufgaben/{task}/uebernehmen", zurueck=f"/{SLUG}/")
    post(petra, f"aufgaben/{task}/uebernehmen", zurueck=f"/{SLUG}/")
    assert "Die Aufgabe wird gerade von Paul Person bearbeitet." in text(page(petra))


def test_a_task_is_handed_over_and_stands_in_the_colleagues_day(offices: Site, paul: FlaskClient) -> None:
    task = task_of(offices)
    chosen = page(paul, f"aufgaben/{task}/weitergeben")
    assert [option.get("value") for option in chosen.xpath("//option")] == ["", "alle", "anna", "berta", "petra"]
    post(paul, f"aufgaben/{task}/weitergeben", an="petra", zurueck=f"/{SLUG}/?wer=ich")
    assert "Weitergegeben an Petra Person: Prüfen (BA-" in text(page(paul))
    assert len(rows(page(browser(offices, "petra"), "?wer=ich"))) == 1
    assert "Weitergeben kann sie nur, wer sie hat." in text(page(paul, f"aufgaben/{task}/weitergeben"))
    post(paul, f"aufgaben/{task}/weitergeben", an="anna")
    assert "Die Aufgabe wird gerade von Petra Person bearbeitet." in text(page(paul))


@pytest.mark.parametrize("login", ["", "olaf", "niemand", EVIL, "x" * 10_000])
def test_whom_it_is_not_for_gets_nothing_and_it_is_said_at_the_field(offices: Site, paul: FlaskClient, login: str) -> None:
    task = task_of(offices)
    answer = post(paul, f"aufgaben/{task}/weitergeben", an=login, zurueck=f"/{SLUG}/?wer=ich")
    assert answer.status_code == 422
    shown = html.fromstring(answer.data)
    [link] = shown.xpath("//*[@role='alert']//a")
    assert link.get("href") == "#an"
    assert shown.xpath("//*[@id='an-fehler']")
    assert shown.xpath("//select[@id='an']/@aria-invalid") == ["true"]
    assert shown.xpath("//*[@name='zurueck']/@value") == [f"/{SLUG}/?wer=ich"]


def test_of_what_one_does_not_see_nothing_is_handed_over(offices: Site) -> None:
    task, olaf = task_of(offices), browser(offices, "olaf")
    assert "Das gibt es hier nicht." in text(page(olaf, f"aufgaben/{task}/weitergeben", 404))
    assert post(olaf, f"aufgaben/{task}/weitergeben", an="olaf").status_code == 404
    assert rows(page(olaf)) == []


def test_who_may_only_look_sees_no_buttons(offices: Site) -> None:
    task_of(offices)
    chef = browser(offices, "chef")
    [row] = rows(page(chef))
    assert "Übernehmen" not in row
    assert "Weitergeben" not in row
    assert page(chef).xpath("//*[@data-rows]//form") == []


def test_with_scripts_only_the_list_is_taken_out_of_the_same_page(offices: Site, paul: FlaskClient) -> None:
    task_of(offices)
    post(paul, f"aufgaben/{task_of(offices)}/uebernehmen", zurueck=f"/{SLUG}/")
    answer = paul.get(f"/{SLUG}/", headers={**BROWSER, "HX-Request": "true"})
    assert "Übernommen: Prüfen" in text(html.fromstring(answer.data), "//*[@id='gesagt']")
    assert len(html.fromstring(answer.data).xpath("//*[@id='aufgaben-liste']//*[@data-rows]/li")) == 2


# --- finding and narrowing -------------------------------------------------------------------------------------------


def test_what_is_narrowed_stands_in_every_link_of_the_page(offices: Site, paul: FlaskClient) -> None:
    task_of(offices)
    shown = page(paul, "?wer=alle&q=muster&leistung=bauen&status=NEU&bis=2099-12-31")
    kept = {"q": ["muster"], "leistung": ["bauen"], "status": ["NEU"], "bis": ["2099-12-31"]}
    for link in shown.xpath("//*[@class='aw-tabs']//a/@href"):
        asked = parse_qs(urlsplit(link).query)
        assert {name: asked[name] for name in kept} == kept
    fields = {field.get("name"): field.get("value") for field in shown.xpath("//form[@role='search']//input")}
    assert fields == {"wer": "alle", "q": "muster", "bis": "2099-12-31"}
    assert shown.xpath("//form[@role='search']//option[@selected]/@value") == ["bauen", "NEU"]
    assert shown.xpath("//details/@open")


def test_what_the_address_says_wrongly_is_left_out(offices: Site, paul: FlaskClient) -> None:
    task_of(offices)
    wrongs = "wer=niemand leistung=gibtesnicht status=FERTIG bis=morgen bis=2026-02-30 aufgaben=-1 seite=x"
    for wrong in wrongs.split():
        shown = page(paul, f"?{wrong}")
        assert tabs(shown)[1] == "Meine Stelle (1)*", wrong
        assert not shown.xpath("//details/@open")


@pytest.mark.parametrize(
    "added", ["endpoint=x", "_method=FOO", "_scheme=javascript&_external=1", "kommune=husum", "_anchor=x", "q=%25%26%C3%A4&q=x"]
)
def test_what_is_added_to_the_address_leads_the_links_to_other_pages_nowhere_else(
    offices: Site, paul: FlaskClient, added: str
) -> None:
    for _ in range(reads.PAGE + 1):
        offices.send(application(form="bauen"))
    answer = paul.get(f"/{SLUG}/?{added}", headers=BROWSER)
    assert answer.status_code == 200
    links = html.fromstring(answer.data).xpath("//*[@class='aw-pages']//a/@href")
    assert all(link.startswith(f"/{SLUG}/?") and not urlsplit(link).fragment for link in links)
    if not added.startswith("q="):
        tasks, cases = (parse_qs(urlsplit(link).query) for link in links)
        assert (tasks["aufgaben"], cases["seite"]) == (["2"], ["2"])


def test_a_case_is_found_by_what_its_application_says(offices: Site, paul: FlaskClient) -> None:
    offices.send(application(form="bauen", nr="Eichenweg"))
    task_of(offices)
    shown = page(paul, "?q=eichen")
    assert "1 Vorgang zu „eichen“." in text(shown)
    assert len(shown.xpath("//*[@id='treffer']//li")) == 1
    assert [section.get("aria-labelledby") for section in shown.xpath("//main//section")] == ["vorgaenge", "aufgaben"]
    assert "2 Vorgänge zu „muster“" in text(page(paul, "?q=muster"))


@pytest.mark.parametrize("query", [EVIL, '"><script>alert(1)</script>', "ä" * 10_000, "\x00", "%00", "' OR 1=1 --"])
def test_what_is_typed_is_shown_as_it_is_and_does_nothing(offices: Site, paul: FlaskClient, query: str) -> None:
    answer = paul.get(f"/{SLUG}/", query_string={"q": query}, headers=BROWSER)
    assert answer.status_code == 200
    shown = html.fromstring(answer.data)
    assert shown.xpath("//main//script | //main//img") == []
    [field] = shown.xpath("//input[@id='q']/@value")
    assert len(field) <= 200
    assert "gibt es keinen Vorgang" in text(shown, "//*[@id='treffer']")


def test_what_citizens_wrote_is_shown_as_text(offices: Site, paul: FlaskClient) -> None:
    content = application(form="bauen")
    content["control"]["name"] = EVIL
    content["formData"][1]["formItems"][0]["stringValue"] = EVIL + "x" * 250
    assert offices.send(content).status_code == 200
    shown = page(paul)
    assert shown.xpath("//main//img") == []
    assert EVIL in rows(shown)[0]


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_a_page_takes_as_many_statements_with_one_case_as_with_sixty(offices: Site, paul: FlaskClient) -> None:
    task_of(offices)
    paths = ("", "?wer=ich", "?wer=alle&leistung=bauen&status=NEU", "?q=muster", "posteingang")
    few = [statements(paul, path) for path in paths]
    for _ in range(60):
        offices.send(application(form="bauen"))
    assert len(rows(page(paul))) == reads.PAGE
    assert [statements(paul, path) for path in paths] == few
    assert max(few) <= 18  # two of them ask by what grants of other municipalities one works


def test_who_only_needs_the_names_of_stellen_has_no_cases_counted(offices: Site, paul: FlaskClient) -> None:
    """The count reads every case there is: with 100,000 of them it took ten times as long as the rest of the page."""
    task_of(offices)
    case = offices.new_case(form="bauen")
    said: list[str] = []

    def note(*given: Any) -> None:
        said.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for path in ("", "?wer=alle", f"vorgaenge/{case}", f"vorgaenge/{case}/abgeben", "mein-konto"):
            page(paul, path)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert "vorgang" in " ".join(said)
    assert [one for one in said if "GROUP BY vorgang" in one] == []


def statements(client: FlaskClient, path: str) -> int:
    """How many a page takes; what the registry said is believed for two seconds, so the fewest of three looks counts."""
    counts = []
    for _ in range(3):
        with db.statement_counter() as count:
            page(client, path)
        counts.append(count.statements)
    return min(counts)
