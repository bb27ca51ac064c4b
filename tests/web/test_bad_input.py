"""What cannot be taken is refused with a sentence and a pointer, leaves nothing behind, and is never a 500."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.model import vorgang
from engine.model.bundle import MANIFEST, pack
from engine.verbs.kommune import lock_kommune, unlock_kommune
from tests.engine.cases import PROBE, Upload, bundle, zipped
from tests.web.site import MULTIPART, SLUG, Site, application, delivery, problem
from web.compose import create_app
from web.settings import MB, Settings

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

PUSH = f"/{SLUG}/antrag"


def nothing_is_stored(settings: Settings) -> bool:
    """No case, no receipt, no document, not even bytes that nobody names."""
    with db.namespace(SLUG):
        none = not reads.list_vorgaenge(by=SYSTEM).items
    folder = settings.installation().folder(SLUG) / "dokumente"
    return none and not [path for path in folder.glob("??/??/*") if path.is_file()]


# --- applications --------------------------------------------------------------------------------------------------

NO_MULTIPART: list[tuple[str, bytes, str]] = [
    ("JSON instead of multipart", json.dumps(application()).encode(), "application/json"),
    ("nothing at all", b"", ""),
    ("no boundary", b"--x\r\n", "multipart/form-data"),
    ("a boundary that is no boundary", b"--x\r\n", "multipart/form-data; boundary=ä"),
    ("another boundary", b"--x\r\n\r\n--x--", "multipart/form-data; boundary=y"),
    (
        "it breaks off",
        b'--x\r\nContent-Disposition: form-data; name="formData"\r\n\r\n{"con',
        "multipart/form-data; boundary=x",
    ),
    ("a part without a name", b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    ("form fields", b"formData=%7B%7D", "application/x-www-form-urlencoded"),
    (
        "no formData",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
]


@pytest.mark.parametrize(("body", "media_type"), [row[1:] for row in NO_MULTIPART], ids=[row[0] for row in NO_MULTIPART])
def test_what_is_no_delivery_is_unreadable(site: Site, settings: Settings, body: bytes, media_type: str) -> None:
    problem(site.client().post(PUSH, data=body, content_type=media_type), 400)
    assert nothing_is_stored(settings)


def test_two_formData_are_unreadable(site: Site, settings: Settings) -> None:
    data = {"formData": [(io.BytesIO(b"{}"), "a.json"), (io.BytesIO(b"{}"), "b.json")]}
    problem(site.client().post(PUSH, data=data, content_type=MULTIPART), 400)
    assert nothing_is_stored(settings)


NO_JSON = [b"", b"{", b"nein", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": 1e999999999999}', b"[" * 100_000]


@pytest.mark.parametrize("raw", NO_JSON, ids=[raw[:20].decode(errors="replace") for raw in NO_JSON])
def test_what_is_no_json_is_refused(site: Site, settings: Settings, raw: bytes) -> None:
    refused = problem(site.send(raw, files=[Upload("a.txt", "text/plain", b"a")]), 413 if raw.startswith(b"[") else 400)
    assert "formData" in refused["detail"]
    assert nothing_is_stored(settings)


def without(key: str) -> dict[str, Any]:
    content = application()
    del content["control"][key]
    return content


def changed(change: Any) -> dict[str, Any]:
    content = application()
    change(content)
    return content


NO_APPLICATION = [
    ([], "", "a list"),
    ({}, "/control", "empty"),
    (without("transactionId"), "/control/transactionId", "no transactionId"),
    (without("zustaendigeStelle"), "/control/zustaendigeStelle", "no unit"),
    (application(transaction="17"), "/control/transactionId", "no UUID"),
    (changed(lambda c: c["control"].update(leikaIds=["1"])), "/control/leikaIds/0", "no LeiKa id"),
    (changed(lambda c: c["formData"][0].update(numberValue=1)), "/formData/0", "two values"),
    (changed(lambda c: c["formData"][0].pop("stringValue")), "/formData/0", "no value"),
    (changed(lambda c: c["formData"][2].update(numberValue="2")), "/formData/2/numberValue", "a number as text"),
    (changed(lambda c: c.update(formData={"a": 1})), "/formData", "no list of fields"),
    (changed(lambda c: c["formData"][1]["formItems"].append(7)), "/formData/1/formItems/1", "a field that is a number"),
]


@pytest.mark.parametrize(("content", "place"), [row[:2] for row in NO_APPLICATION], ids=[row[2] for row in NO_APPLICATION])
def test_what_is_no_application_is_refused_with_a_pointer(site: Site, settings: Settings, content: Any, place: str) -> None:
    refused = problem(site.send(content, files=[Upload("a.txt", "text/plain", b"a")]), 422)
    assert place in [cause["pointer"] for cause in refused["causes"]]
    assert nothing_is_stored(settings)


@pytest.fixture
def small(site: Site, settings: Settings) -> FlaskClient:
    """The same installation with low limits."""
    return create_app(
        Settings(home=settings.home, secret=settings.secret, plain_http=True, max_attachment_mb=1, max_request_mb=2)
    ).test_client()


def test_an_attachment_over_the_limit_is_named(small: FlaskClient, settings: Settings) -> None:
    files = [Upload("klein.txt", "text/plain", b"a"), Upload("groß.txt", "text/plain", b"a" * (MB + 1))]
    sent = delivery(application(), files)
    refused = problem(small.post(PUSH, data=sent.read(), content_type=sent.headers["Content-Type"]), 413)
    assert refused["causes"][0]["pointer"] == "/attachment/1"
    assert "groß.txt" in refused["causes"][0]["message"]
    assert nothing_is_stored(settings)


def test_a_delivery_over_the_limit_is_refused(small: FlaskClient, settings: Settings) -> None:
    files = [Upload(f"{number}.txt", "text/plain", b"a" * MB) for number in range(3)]
    sent = delivery(application(), files)
    problem(small.post(PUSH, data=sent.read(), content_type=sent.headers["Content-Type"]), 413)
    announced = {"CONTENT_LENGTH": str(400 * MB)}
    refused = small.post(PUSH, data=sent.read(), content_type=sent.headers["Content-Type"], environ_overrides=announced)
    assert problem(refused, 413)["detail"] == "Die Anfrage ist zu groß; erlaubt sind 2 MB."
    assert nothing_is_stored(settings)


def test_too_many_parts_are_refused(site: Site, settings: Settings) -> None:
    data = {"formData": json.dumps(application()), **{f"x{number}": "1" for number in range(1100)}}
    problem(site.client().post(PUSH, data=data, content_type=MULTIPART), 413)
    assert nothing_is_stored(settings)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b.txt", "\u202egpj.exe", "x" * 5000, "", " . "])
def test_whatever_a_file_is_called_it_is_kept_under_a_name_that_is_one(site: Site, name: str) -> None:
    body = (
        f'--x\r\nContent-Disposition: form-data; name="formData"\r\n\r\n{json.dumps(application())}\r\n'
        f'--x\r\nContent-Disposition: form-data; name="attachment"; filename="{name}"\r\n\r\na\r\n--x--\r\n'
    )
    answer = site.client().post(PUSH, data=body.encode(), content_type=f"{MULTIPART}; boundary=x")
    if answer.status_code != 200:
        assert answer.status_code in (400, 413)
        return
    documents = site.get(f"vorgaenge/{answer.json['vorgang']['vorgangId']}/dokumente").json["items"]
    for document in documents:
        assert 1 <= len(document["name"]) <= 200
        assert not set(document["name"]) & set('/\\\x00\u202e"<>')
        assert site.get(f"vorgaenge/{answer.json['vorgang']['vorgangId']}/dokumente/{document['id']}").data == b"a"


# --- bundles -------------------------------------------------------------------------------------------------------


BAD_ZIPS = [
    ("nothing", b"", 400),
    ("no zip", b"PK\x03\x04 nein", 422),
    ("a zip that breaks off", pack(bundle(PROBE))[:-30], 422),
    ("a name that leads out", zipped({**bundle(PROBE), "../../boese.txt": b"x"}), 422),
    ("an absolute name", zipped({**bundle(PROBE), "/etc/passwd": b"x"}), 422),
    ("a name with a backslash", zipped({**bundle(PROBE), "..\\boese.txt": b"x"}), 422),
    ("a bomb", zipped({**bundle(PROBE), "nullen.txt": b"\0" * 19_000_000}), 413),
    ("too many files", zipped({f"{number}.txt": b"" for number in range(501)}), 413),
    ("no manifest", zipped({"p.bpmn": PROBE}), 422),
    ("a manifest that is no TOML", zipped({**bundle(PROBE), MANIFEST: b"= ="}), 422),
    ("a manifest in another encoding", zipped({**bundle(PROBE), MANIFEST: b"name = '\xff'"}), 422),
    ("no diagram", zipped({MANIFEST: bundle(PROBE)[MANIFEST]}), 422),
    ("a DOCTYPE", zipped(bundle(PROBE.replace(b"<bpmn:def", b"<!DOCTYPE d [<!ENTITY a 'b'>]><bpmn:def", 1))), 422),
    ("a diagram that is no XML", zipped(bundle(b"<bpmn:definitions")), 422),
    ("Python in a condition", zipped(bundle(PROBE.replace(b">=ok<", b">=__import__('os').system('id')<"))), 422),
    ("a form that is no JSON", zipped({**bundle(PROBE), "forms/a.form": b"{"}), 422),
    ("a form nested without end", zipped({**bundle(PROBE), "forms/a.form": b"[" * 100_000}), 422),
    ("a notice that is no TOML", zipped({**bundle(PROBE), "notices/a.toml": b"["}), 422),
]


@pytest.mark.parametrize(("content", "status"), [row[1:] for row in BAD_ZIPS], ids=[row[0] for row in BAD_ZIPS])
@pytest.mark.parametrize("path", ["bundles", "bundles/check"])
def test_a_bad_bundle_is_refused_and_not_deployed(site: Site, path: str, content: bytes, status: int) -> None:
    before = site.get("bundles", "design").json
    answer = site.post(path, "design", data=content)
    if path == "bundles/check" and answer.status_code == 200:
        assert answer.json["ok"] is False
        assert answer.json["findings"]
    else:
        refused = problem(answer, status)
        assert refused["detail"]
    assert site.get("bundles", "design").json == before


# --- the interface -------------------------------------------------------------------------------------------------

BODIES: list[tuple[str, bytes, int]] = [
    ("no JSON", b"{", 400),
    ("a list", b"[]", 422),
    ("a number", b"7", 422),
    ("NaN", b'{"data": {"ok": NaN}}', 400),
    ("a key twice", b'{"data": {}, "data": {}}', 400),
    ("unknown members", b'{"data": {}, "und": 1}', 422),
    ("no data", b"{}", 422),
    ("nothing", b"", 422),
    ("data that is a list", b'{"data": []}', 422),
    ("null", b'{"data": null}', 422),
    ("too deep", b'{"data": ' + b'{"a":' * 5000, 413),
    ("NUL in a text", b'{"data": {"ok": "\\u0000"}}', 400),
    ("half a surrogate pair", b'{"data": {"ok": "\\ud800"}}', 400),
    ("no UTF-8", b'{"data": {"ok": "\xff"}}', 400),
    ("a number without end", b'{"data": {"ok": 1e99999999999}}', 400),
]


@pytest.mark.parametrize(("body", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_body_that_does_not_fit_is_refused(site: Site, body: bytes, status: int) -> None:
    [task] = site.open_tasks(site.new_case())
    problem(site.post(f"aufgaben/{task}/complete", data=body, content_type="application/json"), status)
    assert site.get(f"aufgaben/{task}").json["state"] == "offen"


def test_json_must_be_called_json(site: Site) -> None:
    [task] = site.open_tasks(site.new_case())
    problem(site.post(f"aufgaben/{task}/complete", data=b'{"data": {"ok": true}}', content_type="text/plain"), 400)


def test_a_body_over_the_limit_is_refused(site: Site) -> None:
    body = b'{"data": {"ok": "' + b"x" * (3 * MB) + b'"}}'
    problem(site.post("aufgaben/0/complete", data=body, content_type="application/json"), 413)


QUERIES = ["seite=0", "seite=-1", "seite=eins", "seite=1e9", "seite=" + "9" * 5000, "q=" + "x" * 201, "q=%00", "gibt=es+nicht"]


@pytest.mark.parametrize("query", QUERIES, ids=[query[:20] for query in QUERIES])
def test_a_question_that_makes_no_sense_is_refused(site: Site, query: str) -> None:
    assert problem(site.get(f"vorgaenge?{query}"), 422)["causes"]


@pytest.mark.parametrize("query", ["faellig_bis=gestern", "faellig_bis=2026-02-30", "meine=vielleicht"])
def test_a_question_about_tasks_that_makes_no_sense_is_refused(site: Site, query: str) -> None:
    refused = problem(site.get(f"aufgaben?{query}"), 422)
    assert refused["causes"][0]["pointer"] == "/" + query.partition("=")[0]


PATHS = [
    "/%00",
    "/nordfriesland%00/",
    "/nord%20friesland/",
    "/N/",
    "/husum/",
    "/live/x",
    "/" + "a" * 3000 + "/",
    "/%ff%fe/",
    "/..",
]


@pytest.mark.parametrize("path", PATHS, ids=[path[:20] for path in PATHS])
def test_an_address_that_does_not_exist_is_not_found(site: Site, path: str) -> None:
    problem(site.client().get(path), 404)
    problem(site.client().get(f"/{SLUG}{path}"), 404)


def test_what_an_address_allows_is_said_when_it_is_called_otherwise(site: Site) -> None:
    answer = site.client().delete(f"/{SLUG}/api/v1/vorgaenge")
    problem(answer, 405)
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    answer = site.client().get(PUSH)
    problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_a_locked_municipality_is_away_for_a_while(site: Site) -> None:
    lock_kommune(SLUG)
    try:
        assert problem(site.get("vorgaenge"), 503)
        assert problem(site.send(), 503)
        page = site.client().get(f"/{SLUG}/", headers={"Accept": "text/html"})
        assert (page.status_code, "vorübergehend gesperrt" in page.text) == (503, True)
    finally:
        unlock_kommune(SLUG)


def test_a_bug_is_a_500_with_a_number_that_the_log_knows(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError(str(uuid.uuid4()))

    monkeypatch.setattr(reads, "list_vorgaenge", broken)
    told = problem(site.get("vorgaenge"), 500)["detail"]
    [record] = [record for record in caplog.records if record.name == "web.problems"]
    assert record.incident in told  # type: ignore[attr-defined]
    assert str(record.exc_info[1]) not in told  # type: ignore[index]


# --- data that has gone bad ------------------------------------------------------------------------------------------


def test_a_case_whose_snapshot_is_damaged_is_refused_with_a_sentence_and_the_others_go_on(site: Site) -> None:
    damaged, sound = site.new_case(), site.new_case()
    [bad], [good] = site.open_tasks(damaged), site.open_tasks(sound)
    one = vorgang.T.c.id == damaged
    with db.namespace(SLUG), db.transaction() as tx:
        whole = tx.scalar(sa.select(vorgang.T.c.snapshot).where(one))
        tx.execute(sa.update(vorgang.T).where(one).values(snapshot=whole[: len(whole) // 2]))
    for answer in (site.get(f"aufgaben/{bad}/formular"), site.post(f"aufgaben/{bad}/complete", json={"data": {"ok": True}})):
        assert answer.status_code == 409
        assert "beschädigt" in answer.get_json()["detail"]
    assert site.post(f"aufgaben/{good}/complete", json={"data": {"ok": True}}).status_code == 200
    with db.namespace(SLUG), db.transaction() as tx:
        tx.execute(sa.update(vorgang.T).where(one).values(snapshot=whole))
