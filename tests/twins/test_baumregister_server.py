"""The reference tree register takes only what fits its schema, once for each key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from web.twins import baumregister

TOKEN = "ein-token-zum-testen"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<meldung xmlns="urn:amtsweg:baumregister:1"><kommune>husum</kommune><behoerde>Stadt Husum</behoerde>
<aktenzeichen>HUS-1</aktenzeichen><entscheidung>genehmigt</entscheidung><datum>2026-03-02</datum>
<standort>Am Deich 1 &lt;b&gt;</standort><baeume><baum><art>Eiche</art><umfangCm>210.5</umfangCm><stueck>2</stueck></baum>
<baum><art>Linde</art><umfangCm>90</umfangCm><stueck>1</stueck></baum></baeume></meldung>"""


@pytest.fixture
def post(tmp_path: Path, serve: Callable[[Any], str], http: httpx.Client) -> Callable[..., httpx.Response]:
    url = serve(baumregister.create_app(tmp_path / "register", TOKEN))

    def post(xml: str | bytes = XML, key: str = "k-1", **headers: str) -> httpx.Response:
        usual = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/xml", "Idempotency-Key": key}
        content = xml.encode() if isinstance(xml, str) else xml
        return http.post(f"{url}/eintraege", content=content, headers={**usual, **headers})

    return post


Post = Callable[..., httpx.Response]


def test_an_entry_gets_a_number_and_stands_in_the_list(post: Post, http: httpx.Client) -> None:
    made = post()
    assert made.status_code == 201
    number = made.json()["registernummer"]
    base = str(made.request.url).removesuffix("/eintraege")
    listed = http.get(base)
    assert number in listed.text
    assert "Am Deich 1 &lt;b&gt;" in listed.text
    assert "<td>3</td>" in listed.text
    assert listed.headers["Content-Security-Policy"].startswith("default-src 'none'")
    kept = http.get(f"{base}/eintraege/{number}")
    assert (kept.content, kept.headers["Content-Type"]) == (XML.encode(), "application/xml; charset=utf-8")
    assert http.get(f"{base}/eintraege/BR-1999-000001").status_code == 404


def test_numbers_run_on_and_a_repeated_key_gets_the_first_answer(post: Post) -> None:
    first, second = post(key="a").json()["registernummer"], post(key="b").json()["registernummer"]
    assert (first[-6:], second[-6:]) == ("000001", "000002")
    assert post(key="a").json()["registernummer"] == first


def test_the_same_key_with_other_content_is_a_conflict(post: Post) -> None:
    post()
    assert post(XML.replace("Linde", "Buche")).status_code == 409


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("genehmigt", "vielleicht"),
        ("<kommune>husum</kommune>", ""),
        ("<kommune>husum</kommune>", "<kommune>Husum</kommune>"),
        ("210.5", "210.55"),
        ("210.5", "0"),
        ("210.5", "NaN"),
        ("2026-03-02", "2026-02-30"),
        ("2026-03-02", "2026-03-02Z"),
        ("<art>Eiche</art>", "<art> </art>"),
        ("<art>Eiche</art>", f"<art>{'E' * 256}</art>"),
        ("<stueck>2</stueck>", "<stueck>0</stueck>"),
        ("<stueck>2</stueck>", "<stueck>2</stueck><mehr/>"),
        ("urn:amtsweg:baumregister:1", "urn:amtsweg:baumregister:2"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused(post: Post, old: str, new: str) -> None:
    assert old in XML
    said = post(XML.replace(old, new))
    assert said.status_code == 422
    assert "Schema" in said.json()["detail"]
    assert post().status_code == 201


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE meldung>",
        '<!DOCTYPE meldung [<!ENTITY a "b">]>',
        '<!DOCTYPE meldung SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE meldung [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>',
    ],
    ids=["bare", "entity", "external", "file", "bomb"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_in_every_encoding(post: Post, doctype: str, encoding: str) -> None:
    head, body = XML.split("\n", 1)
    said = post((head.replace("UTF-8", encoding) + doctype + body).encode(encoding))
    assert (said.status_code, said.json()["detail"]) == (422, "Ein DOCTYPE wird nicht angenommen.")


@pytest.mark.parametrize("xml", ["", "kein xml", "<a>", "<a>&unbekannt;</a>", b"\xff\xfe\x00", "<a>" * 100_000], ids=range(6))
def test_what_is_no_xml_is_refused(post: Post, xml: str | bytes) -> None:
    assert post(xml).status_code == 400


def test_too_much_is_refused(post: Post) -> None:
    assert post(XML + " " * (1024 * 1024)).status_code == 413


def test_another_kind_of_content_a_wrong_token_and_a_missing_key_are_refused(post: Post) -> None:
    assert post(**{"Content-Type": "application/json"}).status_code == 415
    assert post(Authorization="Bearer falsch").status_code == 401
    assert post(key="").status_code == 400
