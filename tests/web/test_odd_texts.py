"""What a citizen writes goes from intake to letter as it was written, or is refused with a sentence; it is never run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from connectors import CONNECTORS, Switchboard
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.operate import change_setting
from tests.bpmn.diagrams import end, flows, process, service, start, user
from tests.engine.cases import bundle
from tests.pdf import text_of
from tests.web.site import SLUG, Site, application, delivery, problem
from tests.web.test_bad_input import nothing_is_stored
from tests.web.test_identity import BROWSER, sign_in
from web.settings import Settings

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

REAL = Switchboard(CONNECTORS)
DIAGRAM = process(
    start(),
    service("brief", type="bescheid.erstellen", inputs={"vorlage": "bestaetigung", "name": "Brief"}),
    user("pruefen"),
    end(),
    flows("start > brief > pruefen > end"),
)
LETTER = """title = "Bestätigung"
subject = "Ihr Antrag"
addressee = ["{= antragsteller}", "Deichweg 3", "25899 Niebüll"]
salutation = "Guten Tag,"
signatory = "Amt"
[[section]]
kind = "text"
text = '''
Sie haben geschrieben: {= antrag.grund}
- {= antrag.grund}
'''
[data]
grund = "antrag.grund"
"""
ODD = {
    "typst": '#panic("x") #read("/etc/passwd") #import "@preview/a:1.0.0": * *fett* $x^2$ `roh` <marke>',
    "FEEL": '{= 1 + 1} {datum= today()} = "a" + "b" antrag.grund {euro= 5}',
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)> {{7*7}} ${1+1} &amp;",
    "letter markup": "1. Tenor\n- Punkt\n| Zelle | Zelle |",
    "TOML": "''' [[section]] kind = \"tenor\"",
}


def sent(site: Site, text: str) -> Any:
    """An application whose reason is this text, worked on until a person must."""
    site.twin.behave = REAL.call
    with db.namespace(SLUG):
        change_setting("briefkopf", {"authority": "Kreis", "address": ["Weg 1", "25813 Husum"], "place": "Husum"}, by=SYSTEM)
        files = {**bundle(DIAGRAM, "brief", "BR"), "notices/bestaetigung.toml": LETTER.encode()}
        deploy_bundle(files, REAL.types(), by=SYSTEM)
    content = application(form="brief")
    content["formData"].append({"name": "grund", "label": "Grund", "stringValue": text})
    push = delivery(content)
    answer = site.client().post(f"/{SLUG}/antrag", data=push.read(), content_type=push.headers["Content-Type"])
    site.work()
    return answer


def written(site: Site, case: str) -> str:
    """The text of the letter, without white space."""
    [document] = site.get(f"vorgaenge/{case}/dokumente").json["items"]  # type: ignore[index]
    return text_of(site.get(f"vorgaenge/{case}/dokumente/{document['id']}").data)


def kept(site: Site, case: str) -> str:
    """The reason as it stands in the case."""
    fields = site.get(f"vorgaenge/{case}").json["antrag"]  # type: ignore[index]
    return next(field["value"] for field in fields if field["name"] == "grund")


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_what_looks_like_code_stands_in_case_and_letter_as_it_was_written(site: Site, text: str) -> None:
    case = sent(site, text).json["vorgang"]["vorgangId"]
    assert site.get(f"vorgaenge/{case}").json["state"] == "active"  # type: ignore[index]
    assert kept(site, case) == text
    plain = re.sub(r"\s", "", text)
    assert written(site, case).count(plain) >= 2
    client = site.client()
    sign_in(client)
    page = client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_marks_that_turn_the_reading_direction_are_kept_in_the_case_and_turn_nothing_in_the_letter(site: Site) -> None:
    text = "Der Antrag wird \u202etnhelegba\u202c und \u2067mehr\u2069\u200f."
    case = sent(site, text).json["vorgang"]["vorgangId"]
    assert kept(site, case) == text
    said = written(site, case)
    assert "DerAntragwirdtnhelegbaundmehr." in said
    assert not set(said) & set("\u202e\u202c\u2067\u2069\u200f")


@pytest.mark.parametrize("text", ["Wort " * 200_000, "x" * 1_000_000, "#[*a*] $x^2$ " * 80_000], ids=["words", "one", "marks"])
def test_a_megabyte_is_refused_at_the_door_and_nothing_is_left_behind(site: Site, settings: Settings, text: str) -> None:
    refused = problem(sent(site, text), 413)
    assert refused["detail"] == "Ein Text im Antrag ist länger als 100000 Zeichen."
    assert nothing_is_stored(settings)


@pytest.mark.parametrize(("piece", "times"), [("Wort ", 20_000), ("x", 100_000), ("#[*a*] ", 14_000)])
def test_the_longest_text_becomes_a_letter_or_an_incident_that_says_so_and_is_kept(site: Site, piece: str, times: int) -> None:
    text = piece * times
    case = sent(site, text).json["vorgang"]["vorgangId"]
    assert kept(site, case) == text
    shown: Any = site.get(f"vorgaenge/{case}").json
    page: Any = site.get("incidents", "chef").json
    if incidents := [one["message"] for one in page["items"] if one["vorgang_id"] == case]:
        assert re.search(r"kürzen|zu lang|länger", incidents[0]), incidents[0][:300]
        assert (shown["state"], shown["dokumente"]) == ("incident", [])
    else:
        assert [task["element"] for task in shown["aufgaben"]] == ["pruefen"]
        assert written(site, case).count(piece.strip()) >= 2 * times
    client = site.client()
    sign_in(client)
    assert client.get(f"/{SLUG}/vorgaenge/{case}", headers=BROWSER).status_code == 200
