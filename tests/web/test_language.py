"""German by default, English by choice: the choice is kept, and no page speaks half of each."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.notes import add_comment
from tests.web.pages import browser, post
from tests.web.site import SLUG, Site
from tests.web.test_bescheide import case
from tests.web.test_identity import BROWSER, sign_in, token_of
from web.language import COOKIE

__all__ = ["case"]
pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

# Words that German pages are full of; none is also English.
GERMAN = re.compile(
    r"\b(Abmelden|Ablauf|Anmelden|Antrag|Aufgaben?|Bescheide?|Bitte|Briefe?|Entwurf|Fassung|Fristen?|Konto|Konten|Leistung"
    r"|Nachricht|Rollen?|Seite|Sie|Speichern|Stellen?|Störung|Suchen|Uhr|Verlauf|Vorg[aä]nge?|Zur?|am|aus|bei|das|den|der|die|ein"
    r"|eine[nrs]?|für|ist|kein|keine|mit|nach|nicht|noch|nur|oder|seit|und|von|zum|zur|[a-z]+[äöüß][a-z]*)\b"
)

# --- the choice --------------------------------------------------------------------------------------------------------


def lang(page: TestResponse) -> str:
    return str(html.fromstring(page.data).get("lang"))


def choose(client: FlaskClient, language: str, back: str = f"/{SLUG}/anmelden") -> TestResponse:
    sent = {"csrf_token": token_of(client.get(f"/{SLUG}/anmelden", headers=BROWSER)), "sprache": language, "weiter": back}
    return client.post(f"/{SLUG}/sprache", data=sent, headers=BROWSER)


def test_pages_are_german_whatever_the_browser_asks_for(site: Site) -> None:
    page = site.client().get(f"/{SLUG}/anmelden", headers={**BROWSER, "Accept-Language": "en-GB,en;q=0.9"})
    assert lang(page) == "de"
    assert "Anmeldename" in page.text


def test_the_login_page_offers_each_language_in_itself(site: Site) -> None:
    tree = html.fromstring(site.client().get(f"/{SLUG}/anmelden", headers=BROWSER).data)
    buttons = tree.xpath("//button[@name='sprache']")
    assert [(each.get("lang"), each.text_content().strip(), each.get("aria-current")) for each in buttons] == [
        ("de", "Deutsch", "true"),
        ("en", "English", None),
    ]


def test_who_chooses_english_gets_it_before_and_after_the_login_until_german_is_chosen(site: Site) -> None:
    client = site.client()
    answer = choose(client, "en")
    assert (answer.status_code, answer.location) == (303, f"/{SLUG}/anmelden")
    kept = next(value for name, value in answer.headers if name == "Set-Cookie" and value.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(kept.split("; "))
    page = client.get(f"/{SLUG}/anmelden", headers=BROWSER)
    assert lang(page) == "en"
    assert "Login name" in page.text
    assert sign_in(client).status_code == 303
    own = client.get(f"/{SLUG}/mein-konto", headers=BROWSER)
    assert lang(own) == "en"
    assert "Caseworkers" not in own.text
    assert "Casework" in own.text
    assert post(client, "sprache", sprache="de", weiter=f"/{SLUG}/mein-konto").location == f"/{SLUG}/mein-konto"
    assert lang(client.get(f"/{SLUG}/mein-konto", headers=BROWSER)) == "de"


@pytest.mark.parametrize("language", ["", "fr", "en_GB", "../en"])
def test_a_language_that_is_none_of_ours_changes_nothing(site: Site, language: str) -> None:
    client = site.client()
    assert COOKIE not in str(choose(client, language).headers)
    client.set_cookie(COOKIE, language, path="/")
    assert lang(client.get(f"/{SLUG}/anmelden", headers=BROWSER)) == "de"


def test_the_choice_needs_a_page_of_ours_and_leads_nowhere_else(site: Site) -> None:
    client = site.client()
    assert client.post(f"/{SLUG}/sprache", data={"sprache": "en"}, headers=BROWSER).status_code == 400
    assert choose(client, "en", "https://example.org/").location == f"/{SLUG}/"
    assert choose(client, "en", "//example.org/").location == f"/{SLUG}/"


def test_an_interface_answers_in_german_without_the_cookie_and_a_page_s_script_in_english(site: Site) -> None:
    assert site.get("vorgaenge", None).json["detail"] == "Bitte melden Sie sich an."  # type: ignore[index]
    client = site.client()
    choose(client, "en")
    assert client.get(f"/{SLUG}/api/v1/vorgaenge").json["detail"] == "Please sign in."  # type: ignore[index]


def test_days_times_and_numbers_follow_the_language(site: Site) -> None:
    case = site.new_case()
    client = browser(site)
    german = client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text
    client.set_cookie(COOKIE, "en")
    english = client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text
    assert re.search(r"\d\. [A-Z]\w+ \d{4}, \d\d:\d\d Uhr", german)
    assert "210,5" in german
    assert re.search(r"\d [A-Z][a-z]+ \d{4}, \d\d:\d\d\b", english)
    assert "210.5" in english
    assert "Uhr" not in english


def test_a_sentence_of_the_engine_is_marked_as_german_on_an_english_page(site: Site) -> None:
    client = browser(site)
    client.set_cookie(COOKIE, "en")
    weak = {"passwort_alt": "falsch", "passwort_neu": "kurz", "passwort_wieder": "kurz"}
    tree = html.fromstring(post(client, "mein-konto", **weak).data)
    assert tree.xpath("//*[@role='alert']//span[@lang='de']")
    differ = {"passwort_alt": "falsch", "passwort_neu": "eins", "passwort_wieder": "zwei"}
    tree = html.fromstring(post(client, "mein-konto", **differ).data)
    [alert] = tree.xpath("//*[@role='alert']")
    assert not alert.xpath(".//*[@lang]")
    assert "The two new passwords are different." in alert.text_content()


# --- a walk ------------------------------------------------------------------------------------------------------------

# What is data here: what people, bundles and connectors of the tests are called, and what the law calls its parts.
DATA = re.compile(r"Antrag auf eine Probe|Bescheid(\.pdf| – Kreis| ·|$)")


def said(page: TestResponse) -> list[str]:
    """What a page says to people in its own language: texts and names for screen readers, without what it marks as German."""
    tree = html.fromstring(page.data)
    for part in tree.xpath("//*[@lang='de'] | //script | //style | //code | //textarea | //pre"):
        part.drop_tree()
    texts = [*tree.itertext(), *tree.xpath("//@aria-label | //@title | //@placeholder | //@alt | //@data-busy")]
    return [" ".join(text.split()) for text in texts if text.strip()]


def pages(site: Site, case: str) -> Iterator[str]:
    """An address of every page that shows something of this municipality, a case, its task, its notice or its version."""
    with db.namespace(SLUG):
        [task] = reads.list_aufgaben(vorgang_id=case).items
        [notice] = reads.list_bescheide(case)
        person = reads.list_personen(q=None, page=1).items[0]
        known = {"vorgang_id": case, "aufgabe_id": task.id, "bescheid_id": notice.id, "konto_id": person.id}
        known["version_id"] = str(reads.get_vorgang(case).version_id)
    for rule in site.app.url_map.iter_rules():
        name = "servicekonto" if rule.endpoint == "operate.show_connector" else "bescheide"
        values = {**known, "kommune": SLUG, "name": name}
        blueprint = rule.endpoint.partition(".")[0]
        if "GET" in (rule.methods or ()) and blueprint in ("desk", "studio", "operate") and rule.arguments <= values.keys():
            built = rule.build({name: values[name] for name in rule.arguments})
            assert built
            yield built[1]


def test_an_english_page_says_nothing_in_german(site: Site, case: str) -> None:
    with db.namespace(SLUG):
        add_comment(case, "A remark", by=SYSTEM)
    client = browser(site, "alle")
    client.set_cookie(COOKIE, "en")
    found, seen = [], 0
    for address in pages(site, case):
        page = client.get(address, headers=BROWSER, follow_redirects=True)
        if page.mimetype == "text/html" and page.status_code == 200:
            seen += 1
            assert "<html" not in page.text or lang(page) == "en", address
            found += [f"{address}: {text}" for text in said(page) if GERMAN.search(DATA.sub("", text))]
    assert seen > 45
    assert not found, "\n".join(found)
