"""The task form and the notice workshop as the server sees them: drafts, files, stale pages, bad input, no scripts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.operate import change_setting
from tests.engine.test_bescheid import BESCHEID, BRIEFKOPF, OFFER, Outside, diagram, files
from tests.web.pages import XSS, browser, post, wrong_fields
from tests.web.site import SLUG, Site, problem
from tests.web.test_desk import page, text
from tests.web.test_identity import BROWSER

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

ID = "0" * 26
MB = 1024 * 1024


@pytest.fixture
def task(site: Site) -> str:
    """A task that Anna has taken."""
    [task] = site.open_tasks(site.new_case())
    assert site.post(f"aufgaben/{task}/claim").status_code == 200
    return task


# --- drafts and files over HTTP ------------------------------------------------------------------------------------


def test_a_draft_is_saved_comes_with_the_form_and_is_thrown_away(site: Site, task: str) -> None:
    saved = site.call("PUT", f"aufgaben/{task}/entwurf", json={"data": {"ok": None, "betrag": 0.1}})
    assert (saved.status_code, saved.json["data"]) == (200, {"ok": None, "betrag": 0.1})
    assert site.get(f"aufgaben/{task}/formular").json["entwurf"] == saved.json
    assert site.get(f"aufgaben/{task}/formular", "berta").json["entwurf"] is None
    assert site.call("DELETE", f"aufgaben/{task}/entwurf").status_code == 204
    assert site.get(f"aufgaben/{task}/formular").json["entwurf"] is None


def test_a_draft_is_refused_where_it_must_be(site: Site, task: str) -> None:
    lost = problem(site.call("PUT", f"aufgaben/{task}/entwurf", "berta", json={"data": {}}), 409)
    assert lost["fresh"]["holder"] == "anna"
    problem(site.call("PUT", f"aufgaben/{ID}/entwurf", json={"data": {}}), 404)
    problem(site.call("PUT", f"aufgaben/{task}/entwurf", json={"data": []}), 422)
    problem(site.call("PUT", f"aufgaben/{task}/entwurf", json={"data": {"a": "x" * MB}}), 413)
    problem(site.call("PUT", f"aufgaben/{task}/entwurf", "chef", json={"data": {}}), 403)


def body(content: bytes, name: str = "Datei.txt", part: str = "datei") -> dict[str, Any]:
    """A file as a browser sends it."""
    sent = httpx.Request("POST", "http://amtsweg.invalid/", files={part: (name, content, "text/plain")})
    return {"data": sent.read(), "content_type": sent.headers["Content-Type"]}


def upload(site: Site, task: str, content: bytes = b"x", login: str = "anna", part: str = "datei") -> TestResponse:
    return site.post(f"aufgaben/{task}/dateien", login, **body(content, part=part))


def test_a_file_larger_than_a_form_is_taken_by_its_door_only(site: Site, task: str) -> None:
    taken = upload(site, task, b"x" * (3 * MB))
    assert (taken.status_code, taken.json["size"], taken.json["kind"]) == (201, 3 * MB, "anlage")
    problem(upload(site, task, b"x" * (27 * MB)), 413)
    problem(upload(site, task, b"x" * (25 * MB + 1)), 413)
    problem(upload(site, task, b""), 422)
    problem(upload(site, task, part="andere"), 400)
    problem(site.post(f"aufgaben/{task}/dateien", data=b"x", content_type="text/plain"), 400)
    problem(upload(site, task, login="berta"), 409)
    problem(upload(site, ID), 404)


def test_a_file_from_a_page_needs_the_token_of_the_page(site: Site, task: str) -> None:
    client = browser(site)
    address = f"/{SLUG}/api/v1/aufgaben/{task}/dateien"
    large = body(b"x" * 3 * MB)
    problem(client.post(address, **large), 400)
    token = page(client).xpath("//meta[@name='csrf-token']/@content")[0]
    assert client.post(address, **large, headers={"X-CSRFToken": token}).status_code == 201


# --- pages ---------------------------------------------------------------------------------------------------------


def test_a_task_one_may_not_do_says_why_and_offers_nothing(site: Site, task: str) -> None:
    said = text(page(browser(site, "berta"), f"aufgaben/{task}"))
    assert "Die Aufgabe wird gerade von Anna bearbeitet." in said
    assert "Übernehmen" not in said
    said = text(page(browser(site, "chef"), f"aufgaben/{task}"))
    assert "ansehen, aber nicht bearbeiten" in said
    assert "Übernehmen" not in said


def test_how_a_task_stands_now_is_told_as_a_part_of_a_page(site: Site, task: str) -> None:
    since = "2026-01-01T00:00:00+00:00"
    client = browser(site, "berta")
    part = client.get(f"/{SLUG}/aufgaben/{task}/stand", query_string={"seit": since}, headers=BROWSER)
    assert "Die Aufgabe ist jetzt bei Anna." in part.text
    assert "<html" not in part.text
    site.post(f"aufgaben/{task}/complete", json={"data": {"ok": True}})
    part = client.get(f"/{SLUG}/aufgaben/{task}/stand", query_string={"seit": since}, headers=BROWSER)
    assert "Erledigt hat sie Anna." in part.text
    for odd in ("", "gestern", "2026-01-01", "x" * 10_000):
        assert client.get(f"/{SLUG}/aufgaben/{task}/stand", query_string={"seit": odd}, headers=BROWSER).status_code == 200


# --- the workshop without scripts ----------------------------------------------------------------------------------


@pytest.fixture
def bescheid(site: Site) -> reads.Bescheid:
    """A draft that waits for its approval."""
    with db.namespace(SLUG):
        change_setting("briefkopf", BRIEFKOPF, by=SYSTEM)
        deploy_bundle(files(diagram(), BESCHEID.replace("So ist es.", XSS.replace('"', "'"))), OFFER, by=SYSTEM)
    site.twin = Outside()  # type: ignore[assignment]  # another twin of the same port
    case = site.new_case(form="bescheide")
    [task] = site.open_tasks(case)
    assert site.post(f"aufgaben/{task}/complete", json={"data": {"cent": 5000}}).status_code == 200
    site.work()
    return now(case)


def now(case: str) -> reads.Bescheid:
    with db.namespace(SLUG):
        return reads.list_bescheide(case)[-1]


def typed(client: FlaskClient, bescheid: reads.Bescheid, **texts: str) -> dict[str, Any]:
    """All fields of the workshop's form, with other texts for some kinds."""
    form = page(client, f"bescheide/{bescheid.id}").get_element_by_id("werkstatt")
    fields: dict[str, Any] = {"gesehen": form.fields["gesehen"], "kind": [], "heading": [], "text": []}
    for part in form.xpath(".//fieldset"):
        [kind] = part.xpath(".//input[@name='kind']/@value")
        fields["kind"].append(kind)
        fields["heading"].append(part.xpath(".//input[@name='heading']/@value")[0])
        fields["text"].append(texts.get(kind, part.xpath(".//textarea")[0].text.removeprefix("\n")))
    return fields


def test_a_draft_is_changed_without_scripts_and_what_was_typed_stays_when_refused(site: Site, bescheid: reads.Bescheid) -> None:
    client = browser(site)
    fields = typed(client, bescheid, kosten="", sachverhalt=XSS)
    refused = post(client, f"bescheide/{bescheid.id}", **fields, tun="speichern")
    assert refused.status_code == 422
    assert XSS not in refused.text
    assert wrong_fields(refused) == [f"abschnitte-{fields['kind'].index('kosten')}-text"]
    assert XSS in [area.text.removeprefix("\n") for area in html.fromstring(refused.data).xpath("//textarea")]
    assert now(bescheid.vorgang_id) == bescheid
    fields["text"][fields["kind"].index("kosten")] = "1. Keine Kosten."
    saved = post(client, f"bescheide/{bescheid.id}", **fields, tun="speichern")
    assert saved.status_code == 303
    site.work()
    changed = now(bescheid.vorgang_id)
    assert XSS in [block.text for section in changed.sections for block in section.blocks]
    assert changed.editors == ("anna",)


@pytest.mark.parametrize(
    "act",
    [
        "neu",
        "weg-0",
        "weg-99",
        "auf-0",
        "ab-1",
        "auf--1",
        "variante-0",
        "variante-x",
        "weg-²",
        "löschen",
        "x" * 10_000,
        "auf-1",
    ],
)
def test_odd_buttons_change_nothing_that_must_stay(site: Site, bescheid: reads.Bescheid, act: str) -> None:
    client = browser(site)
    fields = typed(client, bescheid, ermessen="Getippt.")
    answer = post(client, f"bescheide/{bescheid.id}", **fields, tun=act, neu="tenor")
    assert answer.status_code == 200
    kinds = html.fromstring(answer.data).xpath("//input[@name='kind']/@value")
    assert kinds == fields["kind"]
    assert "Getippt." in answer.text
    assert now(bescheid.vorgang_id) == bescheid


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"kind": "spruch", "heading": "", "text": "x"}, 422),
        ({"kind": ["tenor"] * 70, "heading": [""] * 70, "text": ["1. x"] * 70}, 422),
        ({"kind": "tenor", "heading": "x" * 10_000, "text": "1. \x00\ud7ff" + "x" * 10_000}, 422),
        ({"kind": "tenor", "heading": "", "text": "x" * 3 * MB}, 413),
    ],
)
def test_odd_forms_are_refused_and_the_draft_stays(
    site: Site, bescheid: reads.Bescheid, fields: dict[str, Any], status: int
) -> None:
    client = browser(site)
    answer = post(client, f"bescheide/{bescheid.id}", **fields, gesehen=bescheid.content_hash, tun="speichern")
    assert answer.status_code == status
    assert now(bescheid.vorgang_id) == bescheid


def test_a_stale_page_shows_both_versions(site: Site, bescheid: reads.Bescheid) -> None:
    anna, berta = browser(site), browser(site, "berta")
    fields = typed(anna, bescheid, ermessen="Annas Fassung.")
    other = typed(berta, bescheid, ermessen="Bertas Fassung.")
    assert post(berta, f"bescheide/{bescheid.id}", **other, tun="speichern").status_code == 303
    stale = post(anna, f"bescheide/{bescheid.id}", **fields, tun="speichern")
    assert stale.status_code == 409
    said = text(html.fromstring(stale.data))
    assert "Annas Fassung." in said
    assert "Bertas Fassung." in said
    assert "Zuletzt gespeichert hat Berta." in said


def test_the_preview_is_a_pdf_that_only_our_pages_frame_and_nothing_is_kept(site: Site, bescheid: reads.Bescheid) -> None:
    client = browser(site)
    fields = typed(client, bescheid, ermessen="Nur zum Ansehen.")
    shown = post(client, f"bescheide/{bescheid.id}/vorschau", **fields)
    assert shown.data.startswith(b"%PDF-")
    assert shown.headers["Content-Security-Policy"].startswith("sandbox;")
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    kept = client.get(f"/{SLUG}/bescheide/{bescheid.id}/entwurf.pdf", headers=BROWSER)
    assert kept.data.startswith(b"%PDF-")
    assert now(bescheid.vorgang_id) == bescheid
    wrong = post(client, f"bescheide/{bescheid.id}/vorschau", **typed(client, bescheid, auflage="Ohne Nummer."))
    assert wrong.status_code == 422


def test_who_may_not_edit_is_not_let_in_and_not_offered_it(site: Site, bescheid: reads.Bescheid) -> None:
    chef = browser(site, "chef")
    for path in (f"bescheide/{bescheid.id}", f"bescheide/{ID}"):
        assert chef.get(f"/{SLUG}/{path}", headers=BROWSER).status_code == 403
    assert "Bescheid bearbeiten" not in text(page(chef, f"vorgaenge/{bescheid.vorgang_id}"))
    anna = browser(site)
    assert anna.get(f"/{SLUG}/bescheide/{ID}", headers=BROWSER).status_code == 404
    assert anna.get(f"/{SLUG}/bescheide/{ID}/entwurf.pdf", headers=BROWSER).status_code == 404
    assert "Bescheid bearbeiten" in text(page(anna, f"vorgaenge/{bescheid.vorgang_id}"))


def test_what_is_issued_can_only_be_read(site: Site, bescheid: reads.Bescheid) -> None:
    [task] = site.open_tasks(bescheid.vorgang_id)
    data = {"data": {"freigabe": "ja"}, "gesehen": bescheid.content_hash}
    assert site.post(f"aufgaben/{task}/complete", "berta", json=data).status_code == 200
    site.work()
    client = browser(site)
    tree = page(client, f"bescheide/{bescheid.id}")
    assert "Der Bescheid ist erlassen" in text(tree)
    assert tree.xpath("//textarea") == []
    refused = post(client, f"bescheide/{bescheid.id}", kind="tenor", heading="", text="1. Nein.", gesehen="x", tun="speichern")
    assert refused.status_code in (409, 422)
    assert post(client, f"bescheide/{bescheid.id}/vorschau", kind="tenor", heading="", text="1. x").status_code == 409
