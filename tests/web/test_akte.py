"""The page of a case: what is to do, the application, timeline, documents, notes; and what bad input does to it."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base import clock, db
from engine.base.rights import SYSTEM, Konto
from engine.model import comment, nachricht, protokoll, reminder, vorgang
from engine.verbs.desk import hand_over
from engine.verbs.konten import add_konto
from engine.verbs.notes import add_comment, set_reminder
from tests.engine.cases import ANNA, Upload, rows
from tests.web.pages import WHY, XSS, browser, post, section, wrong_fields
from tests.web.site import HASH, SLUG, Site, application
from tests.web.test_desk import page, text
from tests.web.test_identity import BROWSER, token_of
from tests.web.test_messages import MAILBOX, case_with_mailbox
from web.security import INLINE_POLICY

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

PDF = b"%PDF-1.7\n%..."
PNG = b"\x89PNG\r\n\x1a\n.."


@pytest.fixture
def anna(site: Site) -> FlaskClient:
    return browser(site)


def test_the_page_shows_the_application_and_links_its_files(site: Site, anna: FlaskClient) -> None:
    content = application()
    tree = [{"name": "art", "label": "Baumart", "stringValue": "Eiche"}]
    content["formData"] += [
        {"name": "baeume", "label": "Bäume", "formItems": [{"name": "baum_1", "label": "Baum 1", "formItems": tree}]},
        {"name": "plan", "label": "Plan", "stringValue": "plan.pdf"},
    ]
    case = site.send(content, files=[Upload("plan.pdf", "application/pdf", PDF)]).json["vorgang"]["vorgangId"]
    shown = page(anna, f"vorgaenge/{case}")
    assert [cell.text_content() for cell in shown.xpath("//table//th[@scope='col']")] == ["Nr.", "Baumart"]
    [link] = shown.xpath("//*[@aria-labelledby='antrag']//a[text()='plan.pdf']")
    assert anna.get(link.get("href")).data == PDF


def test_what_is_to_do_stands_on_top_with_who_has_it(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    [task] = site.open_tasks(case)
    assert "noch frei" in section(page(anna, f"vorgaenge/{case}"), "aufgaben")
    site.post(f"aufgaben/{task}/claim", "berta")
    shown = page(anna, f"vorgaenge/{case}")
    assert "bei Berta" in section(shown, "aufgaben")
    assert shown.xpath("//form[contains(@action, 'uebernehmen')]") == []
    assert "In Bearbeitung bei Berta" in text(shown)


def test_a_reminder_stands_on_top_when_it_is_due_and_is_settled_there(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    today = clock.local_day(clock.now())
    with db.namespace(SLUG):
        due = set_reminder(case, today, "Nachfragen", True, by=ANNA)
        set_reminder(case, today + dt.timedelta(days=1), "Später", False, by=ANNA)
    todo = section(page(anna, f"vorgaenge/{case}"), "aufgaben")
    assert "Wiedervorlage: Nachfragen" in todo
    assert "Später" not in todo
    for _ in range(2):
        assert post(anna, f"wiedervorlagen/{due}/erledigt").status_code == 303
    assert "Nachfragen" not in section(page(anna, f"vorgaenge/{case}"), "aufgaben")
    with db.namespace(SLUG):
        assert len(rows(protokoll.T, tag="vorgang:wiedervorlage-erledigt")) == 1


def test_the_timeline_shows_what_matters_or_everything_and_keeps_it_in_the_address(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    [task] = site.open_tasks(case)
    site.post(f"aufgaben/{task}/claim", "anna")
    with db.namespace(SLUG):
        add_comment(case, "Bitte prüfen.", by=Konto("9", "weg", "Weg", frozenset({"sachbearbeitung"})))
    said = section(page(anna, f"vorgaenge/{case}"), "verlauf")
    assert "Kommentar Bitte prüfen." in said
    assert "übernommen" not in said
    everything = page(anna, f"vorgaenge/{case}?verlauf=alles")
    assert "„pruefen“ übernommen" in section(everything, "verlauf")
    assert section(everything, "verlauf").count("Anna") == 1
    [back] = [link for link in everything.xpath("//*[@aria-labelledby='verlauf']//a") if link.text == "Nur Wichtiges"]
    assert "verlauf=" not in back.get("href")


def test_who_gave_a_task_to_whom_is_told_by_name(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    [task] = site.open_tasks(case)
    site.post(f"aufgaben/{task}/claim", "anna")
    with db.namespace(SLUG):
        hand_over(task, "berta", by=ANNA)
    assert "„pruefen“ an Berta weitergegeben" in section(page(anna, f"vorgaenge/{case}?verlauf=alles"), "verlauf")


def test_long_timelines_have_pages_that_keep_the_filter(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    with db.namespace(SLUG):
        for number in range(51):
            add_comment(case, f"Nr. {number}.", by=ANNA)
    first = page(anna, f"vorgaenge/{case}?verlauf=alles")
    assert "Nr. 0." not in section(first, "verlauf")
    [older] = [link.get("href") for link in first.xpath("//a[text()='Ältere Einträge']")]
    assert "Nr. 0." in section(page(anna, older.removeprefix(f"/{SLUG}/").partition("#")[0]), "verlauf")
    assert "verlauf=alles" in older


# --- documents ---

HOSTILE = [
    Upload("echt.pdf", "application/pdf", PDF),
    Upload("foto.png", "image/png", PNG),
    Upload("bild.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    Upload("seite.pdf", "application/pdf", b"<html><script>alert(1)</script></html>"),
    Upload("seite.html", "text/html", b"<script>alert(1)</script>"),
    Upload("beides.pdf", "application/pdf", b"<script>alert(1)</script>%PDF-1.7"),
    Upload("x" * 10_000 + ".png", "image/png", PNG),
    Upload("\u202egnp.exe<script>.png", "image/png", PNG),
]


def test_only_real_pdfs_and_images_are_shown_and_nothing_in_them_runs(site: Site, anna: FlaskClient) -> None:
    case = site.send(application(), files=HOSTILE).json["vorgang"]["vorgangId"]  # type: ignore[index]
    with db.namespace(SLUG):
        documents = {document.name: document for document in reads.list_dokumente(case)}
    shown = page(anna, f"vorgaenge/{case}")
    frames = [one.get("src").partition("#")[0] for one in shown.xpath("//iframe | //section//img")]
    for name, document in documents.items():
        path = f"/{SLUG}/vorgaenge/{case}/dokumente/{document.id}/ansicht"
        answer = anna.get(path, headers=BROWSER)
        if name in ("echt.pdf", "foto.png") or name.endswith(".png"):
            assert answer.status_code == 200
            assert path in frames
            assert answer.headers["Content-Security-Policy"] == INLINE_POLICY
            assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Disposition"].startswith("inline")
            assert answer.content_type in ("application/pdf", "image/png")
        else:
            assert answer.status_code == 404, name
            assert b"alert(1)" not in answer.data
    assert "script-src" not in INLINE_POLICY
    assert "sandbox;" in INLINE_POLICY


def test_documents_of_other_cases_are_unknown(site: Site, anna: FlaskClient) -> None:
    case = site.send(application(), files=HOSTILE[:1]).json["vorgang"]["vorgangId"]  # type: ignore[index]
    other = site.new_case()
    with db.namespace(SLUG):
        [document] = reads.list_dokumente(case)
    page(anna, f"vorgaenge/{other}/dokumente/{document.id}/ansicht", 404)
    page(anna, f"vorgaenge/{other}/dokumente/{'0' * 26}/ansicht", 404)


def test_a_comment_is_kept_once_and_shown_as_text(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    new = page(anna, f"vorgaenge/{case}").xpath("//form[contains(@action, 'kommentare')]//input[@name='neu']")[0].get("value")
    for _ in range(2):
        assert post(anna, f"vorgaenge/{case}/kommentare", text=XSS, neu=new).status_code == 303
    with db.namespace(SLUG):
        assert [one.text for one in rows(comment.T)] == [XSS]
        assert len(rows(protokoll.T, tag="vorgang:kommentar")) == 1
    shown = page(anna, f"vorgaenge/{case}")
    assert XSS in section(shown, "notizen")
    assert XSS in section(shown, "verlauf")
    assert shown.xpath("//main//script | //main//img") == []


def test_a_refused_note_keeps_what_was_typed(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    long = "a" * 10_001
    refused = post(anna, f"vorgaenge/{case}/kommentare", text=long)
    assert (refused.status_code, wrong_fields(refused)) == (422, ["text"])
    assert long in refused.text
    refused = post(anna, f"vorgaenge/{case}/wiedervorlagen", am="gestern", anlass=XSS, fuer_mich="ja")
    assert (refused.status_code, wrong_fields(refused)) == (422, ["am"])
    assert html.fromstring(refused.data).get_element_by_id("anlass").get("value") == XSS
    refused = post(anna, f"vorgaenge/{case}/wiedervorlagen", am="2000-01-01", anlass="")
    assert wrong_fields(refused) == ["am", "anlass"]
    tomorrow = (clock.local_day(clock.now()) + dt.timedelta(days=1)).isoformat()
    assert post(anna, f"vorgaenge/{case}/wiedervorlagen", am=tomorrow, anlass="Gutachten da?").status_code == 303
    assert "Gutachten da?" in section(page(anna, f"vorgaenge/{case}"), "notizen")


def test_ids_of_what_one_does_not_see_answer_like_those_that_do_not_exist(site: Site) -> None:
    case = case_with_mailbox(site)
    with db.namespace(SLUG):
        noted = set_reminder(case, clock.local_day(clock.now()), "x", False, by=ANNA)
        with db.transaction() as tx:
            nachricht.add(tx, case, direction="OUT", subject="s", body="b", documents=[], at=clock.now(), id="1" * 26)
            tx.execute(vorgang.T.update().values(stelle="bauamt"))
        groups = frozenset({"ordnungsamt"})
        add_konto("olaf", "Olaf", "o@example.org", frozenset({"sachbearbeitung"}), groups, password=HASH, by=SYSTEM)
    olaf = browser(site, "olaf")
    for real, none in ((case, "0" * 26), ("1" * 26, "0" * 26), (noted, "0" * 26)):
        for path in (
            f"vorgaenge/{real}",
            f"vorgaenge/{real}/ablauf",
            f"vorgaenge/{real}/nachricht",
            f"nachrichten/{real}/geoeffnet",
        ):
            answer = olaf.get(f"/{SLUG}/{path}", headers=BROWSER)
            assert answer.status_code == olaf.get(f"/{SLUG}/{path.replace(real, none)}", headers=BROWSER).status_code == 404
        for path in (f"vorgaenge/{real}/kommentare", f"wiedervorlagen/{real}/erledigt", f"vorgaenge/{real}/zurueckgenommen"):
            assert post(olaf, path, text="x", grund=WHY, bestaetigt="ja").status_code == 404
    with db.namespace(SLUG):
        assert rows(comment.T) == []
        assert [one.state for one in rows(reminder.T)] == ["offen"]


def test_names_of_any_length_and_kind_do_no_harm(site: Site, anna: FlaskClient) -> None:
    content = application(nr="n" * 10_000)
    content["control"]["name"] = f"{XSS}{'N' * 250}"[:290]
    content["formData"][1]["formItems"][0]["stringValue"] = XSS + "M" * 10_000
    content["formData"][1]["label"] = XSS
    content["control"]["serviceKonto"] = MAILBOX
    case = site.send(content).json["vorgang"]["vorgangId"]  # type: ignore[index]
    for path in ("", "/ablauf", "/ablauf/liste", "/nachricht", "/zurueckgenommen"):
        tree = page(anna, f"vorgaenge/{case}{path}")
        assert tree.xpath("//main//script | //main//img | //script[not(@src)]") == []


@pytest.mark.parametrize("asked", ["?prozess=fehlt", "?prozess=%3Cscript%3E", "?prozess=posteingang"])
def test_a_process_that_is_no_part_of_the_case_is_unknown(site: Site, anna: FlaskClient, asked: str) -> None:
    case = site.new_case()
    for path in ("", "/ablauf", "/ablauf/liste"):
        page(anna, f"vorgaenge/{case}{path}{asked}", 404)
    assert site.get(f"vorgaenge/{case}/stand{asked}").status_code == 404


def test_pages_that_are_none_and_forms_without_a_token(site: Site, anna: FlaskClient) -> None:
    case = site.new_case()
    page(anna, f"vorgaenge/{case}?seite=99999999999&verlauf=%00")
    data = {"text": (io.BytesIO(b"x"), "x.txt")}
    assert anna.post(f"/{SLUG}/vorgaenge/{case}/kommentare", data=data, headers=BROWSER).status_code == 400
    assert token_of(anna.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER))
