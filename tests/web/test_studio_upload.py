"""Upload in the studio: findings, what is refused, and that what is deployed is what was checked."""

from __future__ import annotations

import io
import random

import pytest

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.model.bundle import pack
from engine.verbs.design import deploy_bundle
from tests.bpmn.diagrams import DMN, end, flows, node, process, start, user
from tests.engine.cases import PROBE, TYPES, bundle, zipped
from tests.web.designer import BROKEN, HINT, LETTER, SCENARIO, XSS, Designer, current, rich, text, versions
from tests.web.site import SLUG, Site

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def designer(site: Site) -> Designer:
    return Designer(site)


def test_errors_are_named_with_file_line_element_and_how_to_mend_and_nothing_is_stored(designer: Designer) -> None:
    answer = designer.upload("p.bpmn", BROKEN, "probe")
    assert answer.status_code == 422
    page = text(answer)
    assert "2 Fehler: So kann es nicht eingesetzt werden." in page
    assert "einen Konnektor für „demo.drukt“ gibt es nicht" in page
    assert "So wird es richtig: eine von amtshilfe.anfragen, baumregister.melden" in page
    assert "p.bpmn, Zeile" in page
    assert "Ihre Datei liegt unverändert bei Ihnen" in page
    assert "einsetzen</span>" not in answer.text
    assert versions() == 1


def test_a_single_file_replaces_the_one_of_that_name_and_is_deployed_as_checked(designer: Designer) -> None:
    answer = designer.upload("p.bpmn", HINT, "probe")
    page = text(designer.client.get(answer.location))
    assert "Geändert p.bpmn" in page
    assert "die Warnungen und Hinweise" in page
    done = designer.deployed(answer)
    assert done.status_code == 303
    assert "Fassung 2 von „probe“ gilt ab jetzt." in designer.client.get(done.location).text
    with db.namespace(SLUG):
        assert reads.bundle_of(current()).files == {**bundle(PROBE), "p.bpmn": HINT}


def test_a_new_version_is_startable_at_once(site: Site, designer: Designer) -> None:
    designer.deployed(designer.upload("p.bpmn", HINT, "probe"))
    case = site.new_case()
    with db.namespace(SLUG):
        assert reads.get_vorgang(case).version_id == current()


def test_a_zip_is_deployed_whatever_was_chosen_beside_it(designer: Designer) -> None:
    designer.deployed(designer.upload("neu.zip", pack(bundle(PROBE, "neu", "NE")), "probe"))
    assert (versions("neu"), versions("probe")) == (1, 1)


def test_a_zip_needs_not_bring_the_shared_parts_it_uses(designer: Designer) -> None:
    files = bundle(PROBE, "mit", "MI")
    files["bundle.toml"] += b'uses = ["rueckfrage"]\n'
    answer = designer.upload("mit.zip", pack(files))
    page = text(answer)
    assert "gemeinsamen Teil" not in page
    assert "gemeinsam/rueckfrage" in page, "its connectors are not here, which is said of the part itself"


def test_deploying_the_same_page_twice_makes_one_version(designer: Designer) -> None:
    answer = designer.upload("p.bpmn", HINT, "probe")
    assert designer.deployed(answer).location == designer.deployed(answer).location
    assert versions() == 2


def test_a_page_that_others_have_overtaken_overwrites_nothing(designer: Designer) -> None:
    answer = designer.upload("p.bpmn", HINT, "probe")
    with db.namespace(SLUG):
        theirs = deploy_bundle(rich(), TYPES, by=SYSTEM)
    assert "eine andere Fassung eingesetzt" in designer.client.get(answer.location).text
    refused = designer.deployed(answer)
    assert refused.location.startswith(f"/{SLUG}/studio/hochladen")
    assert "noch einmal hochladen" in designer.client.get(refused.location).text
    assert current() == theirs


def test_what_was_checked_lies_ready_for_a_while_only(designer: Designer) -> None:
    gone = designer.get("pruefungen/" + "0" * 64)
    assert "liegt nicht mehr bereit" in designer.client.get(gone.location).text
    gone = designer.post(f"pruefungen/{'0' * 64}/einsetzen")
    assert "liegt nicht mehr bereit" in designer.client.get(gone.location).text


def test_a_leistung_with_an_umlaut_has_its_pages_and_its_zip(designer: Designer) -> None:
    designer.deployed(designer.upload("neu.zip", pack(bundle(PROBE, "grün", "GR"))))
    assert "grün" in designer.get("leistungen/grün").text
    answer = designer.get(f"fassungen/{current('grün')}/paket.zip")
    assert "grün-1.zip" in answer.headers["Content-Disposition"]


def test_who_may_not_design_cannot_deploy_what_somebody_checked(site: Site, designer: Designer) -> None:
    location = designer.upload("p.bpmn", HINT, "probe").location
    chef = Designer(site, "chef")
    page = chef.client.get(f"/{SLUG}/studio/").text
    answer = chef.client.post(f"{location}/einsetzen", data={"csrf_token": Designer.token(page)})
    assert answer.status_code == 403
    assert versions() == 1


def test_without_the_token_of_the_page_nothing_is_checked(designer: Designer) -> None:
    data = {"datei": (io.BytesIO(HINT), "p.bpmn"), "leistung": "probe"}
    assert designer.client.post(f"/{SLUG}/studio/hochladen", data=data, content_type="multipart/form-data").status_code == 400


REFUSED = [
    ("nothing chosen", "", b"", "probe", "Bitte wählen Sie eine Datei aus"),
    ("an empty file", "p.bpmn", b"", "probe", "nicht leer"),
    ("no Leistung", "p.bpmn", PROBE, "", "zu welcher Leistung"),
    ("a Leistung that is not there", "p.bpmn", PROBE, XSS, "zu welcher Leistung"),
    ("no zip", "p.zip", b"hallo", "", "kein lesbares ZIP-Archiv"),
    ("a torn zip", "p.zip", pack(bundle(PROBE))[:-30], "", "kein lesbares ZIP-Archiv"),
    ("a bomb", "p.zip", zipped({**bundle(PROBE), "n.txt": b"\0" * 19_000_000}), "", "zu groß"),
    ("a name that leads out", "p.zip", zipped({**bundle(PROBE), "../../x": b""}), "", "unerlaubten Dateinamen"),
    ("a name with a line break", "p.zip", zipped({**bundle(PROBE), "a\nb": b""}), "", "unerlaubten Dateinamen"),
    ("a name that is too long", "p.zip", zipped({**bundle(PROBE), "x" * 10_000: b""}), "", "unerlaubten Dateinamen"),
    ("a programme", "p.exe", b"MZ", "probe", "weder Paket noch Ablauf"),
    ("a name of markup", f"{XSS}.exe", b"MZ", "probe", "weder Paket noch Ablauf"),
    ("a folder as a name", "../../etc/passwd", b"x", "probe", "weder Paket noch Ablauf"),
]


@pytest.mark.parametrize(("name", "content", "leistung", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_checked_is_refused_on_the_same_page(
    designer: Designer, name: str, content: bytes, leistung: str, said: str
) -> None:
    answer = designer.upload(name, content, leistung)
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'role="alert"' in answer.text
    assert XSS not in answer.text
    assert versions() == 1


BAD_FILES = [
    ("p.bpmn", b"<bpmn:definitions"),
    ("p.bpmn", PROBE.replace(b"<bpmn:def", b"<!DOCTYPE d [<!ENTITY a 'b'>]><bpmn:def", 1)),
    ("p.bpmn", b"\xff\xfe\x00"),
    ("t.dmn", b"<x/>"),
    ("pruefung.form", b"{"),
    ("pruefung.form", b"[" * 100_000),
    ("p.bpmn", process(start(), node("complexGateway", "g", name=XSS), end(), flows("start > g > end"))),
]


@pytest.mark.parametrize(("name", "content"), BAD_FILES)
def test_a_file_that_cannot_be_run_is_answered_with_findings(designer: Designer, name: str, content: bytes) -> None:
    answer = designer.upload(name, content, "probe")
    assert answer.status_code == 422
    assert "So kann es nicht eingesetzt werden." in answer.text
    assert XSS not in answer.text
    assert versions() == 1


@pytest.mark.parametrize("size", [21, 50])
def test_a_file_that_is_too_large_is_refused_with_a_sentence(designer: Designer, size: int) -> None:
    answer = designer.upload("p.zip", b"\0" * (size * 1024 * 1024))
    assert answer.status_code == 413
    assert "Die Datei ist zu groß; erlaubt sind 20 MB." in text(answer)


def test_a_package_of_some_megabytes_is_taken(designer: Designer) -> None:
    files = {**bundle(PROBE, "gross", "GR"), "bild.png": random.Random(1).randbytes(6_000_000)}
    assert designer.deployed(designer.upload("gross.zip", pack(files))).status_code == 303


def test_a_diagram_of_ten_thousand_elements_is_checked_and_listed_in_part(designer: Designer) -> None:
    ids = [f"t{number}" for number in range(10_000)]
    diagram = process(start(), *(user(id) for id in ids), end(), flows(" > ".join(["start", *ids, "end"])))
    answer = designer.deployed(designer.upload("gross.zip", pack(bundle(diagram, "gross", "GR"))))
    page = designer.client.get(answer.location)
    assert "So viele lassen sich hier nicht zeichnen" in page.text
    assert "weitere Elemente" in page.text
    assert len(page.data) < 2_000_000


def test_many_findings_are_cut_and_counted(designer: Designer) -> None:
    ids = [f"t{number}" for number in range(1_000)]
    tasks = (user(id, extension='<zeebe:formDefinition formId="fehlt"/>') for id in ids)
    diagram = process(start(), *tasks, end(), flows(" > ".join(["start", *ids, "end"])))
    answer = designer.upload("p.bpmn", diagram, "probe")
    assert "1000 Fehler" in text(answer)
    assert "und 700 weitere" in text(answer)


def test_markup_in_a_bundle_stays_text(designer: Designer) -> None:
    files = rich()
    files["p.bpmn"] = PROBE.replace(b'id="pruefen"', f'id="pruefen" name="{XSS.replace("<", "&lt;")}"'.encode())
    files["bundle.toml"] = (
        files["bundle.toml"].replace(b'name = "probe"', f'name = "{XSS}"'.encode()).replace(b'"SH"', f'"{XSS}"'.encode())
    )
    files["notices/auskunft.toml"] = LETTER.replace("Wir haben ihn erhalten.", XSS).replace("Auskunft", XSS).encode()
    files["schutz.dmn"] = DMN.replace(b'name="schutz"', b'name="&lt;script&gt;alert(1)&lt;/script&gt;"')
    files["scenarios/gut.toml"] = SCENARIO.format(name=XSS, state="completed").encode()
    with db.namespace(SLUG):
        id = deploy_bundle(files, TYPES, by=SYSTEM)
    for path in ("", "leistungen/probe", "hochladen", *(f"fassungen/{id}{part}" for part in (
        "", "/tabellen", "/formulare", "/briefe", "/werte", "/szenarien", "/probe",
    ))):  # fmt: skip
        answer = designer.get(path)
        assert answer.status_code == 200
        assert XSS not in answer.text, path
