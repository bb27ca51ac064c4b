"""Amtshilfe on pages: asked at a case, seen and answered by the other municipality, taken back; and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine import migrations, reads
from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import grant, protokoll
from engine.verbs import kommune as namespaces
from engine.verbs.help_chosen import chosen_fields
from engine.verbs.konten import add_konto, change_konto
from engine.verbs.vorgang import withdraw
from tests.engine.cases import Upload, rows
from tests.web.pages import XSS
from tests.web.site import HASH, SLUG, Site, application, parts
from tests.web.test_administration import follow, said, send, tree
from tests.web.test_identity import BROWSER, sign_in, token_of
from tests.web.test_sessions import look
from web.desk.help_asked import _paths, choices

OTHER = "husum"
QUESTION = "Steht die Eiche unter Schutz?"


@pytest.fixture
def anna(site: Site) -> FlaskClient:
    """A clerk of Nordfriesland; there is a Stadt Husum beside it."""
    namespaces.make_kommune(OTHER, "Stadt Husum", "Stadt", "SH", [])
    with db.namespace(OTHER):
        for login, role in (("hans", "sachbearbeitung"), ("chefin", "administration"), ("dirk", "prozessdesign")):
            add_konto(login, login.title(), f"{login}@husum.example", frozenset({role}), password=HASH, by=SYSTEM)
    client = site.client()
    sign_in(client, "anna")
    return client


def helper(site: Site, login: str = "hans") -> FlaskClient:
    """Somebody of Husum who is signed in."""
    client = site.client()
    sign_in(client, login, slug=OTHER)
    return client


def there(client: FlaskClient, path: str = "") -> TestResponse:
    return client.get(f"/{OTHER}/{path}", headers=BROWSER)


def a_case(site: Site) -> str:
    files = [Upload("plan.txt", "text/plain", b"PLAN"), Upload("geheim.txt", "text/plain", b"GEHEIM")]
    answer = site.client().post(f"/{SLUG}/antrag", data=parts(application(), files), content_type="multipart/form-data")
    site.work()
    return str(answer.json["vorgang"]["vorgangId"])  # type: ignore[index]


def document(case: str, name: str) -> str:
    with db.namespace(SLUG):
        return next(one.id for one in reads.list_dokumente(case) if one.name == name)


def asked(site: Site, anna: FlaskClient) -> tuple[str, str]:
    """A case in which Husum was asked with a plan and a number; its id and that of the request."""
    case = a_case(site)
    answer = send(
        anna, f"vorgaenge/{case}/amtshilfe", kommune=OTHER, frage=QUESTION, bis=_in(10), felder=["nr"],
        dokumente=[document(case, "plan.txt")],
    )  # fmt: skip
    assert "Das Ersuchen ist gestellt" in said(follow(anna, answer))
    with db.namespace(SLUG):
        return case, str(rows(grant.T, vorgang_id=case)[0].id)


def _in(days: int) -> str:
    return (clock.local_day(clock.now()) + dt.timedelta(days=days)).isoformat()


def reply(client: FlaskClient, id: str, text: str, *files: tuple[str, bytes], origin: str = SLUG) -> TestResponse:
    """Send an answer, with the token of another page: that of the request may be gone by now."""
    data: dict[str, Any] = {"csrf_token": token_of(there(client)), "text": text}
    data["dokumente"] = [(io.BytesIO(content), name) for name, content in files]
    return client.post(f"/{OTHER}/amtshilfe/{origin}/{id}", data=data, headers=BROWSER)


def test_a_clerk_asks_the_other_answers_and_the_answer_stands_at_the_case(site: Site, anna: FlaskClient) -> None:
    case, id = asked(site, anna)
    hans = helper(site)
    assert "Amtshilfe für andere Kommunen (1)" in said(there(hans))
    assert "Kreis Nordfriesland" in said(there(hans, "amtshilfe"))
    shown = there(hans, f"amtshilfe/{SLUG}/{id}")
    assert all(word in said(shown) for word in (QUESTION, "Nummer", "plan.txt"))
    assert not any(word in shown.text for word in ("Muster", "geheim.txt", "210"))
    [path] = tree(shown).xpath("//a[@download]/@href")
    assert there(hans, path.removeprefix(f"/{OTHER}/")).data == b"PLAN"
    secret = path.replace(document(case, "plan.txt"), document(case, "geheim.txt"))
    assert there(hans, secret.removeprefix(f"/{OTHER}/")).status_code == 404
    answer = reply(hans, id, f"Ja. {XSS}", ("karte.txt", b"KARTE"))
    assert answer.headers["Location"] == f"/{OTHER}/amtshilfe"
    assert "Zurzeit bittet niemand" in said(there(hans, "amtshilfe"))
    page = look(anna, f"vorgaenge/{case}")
    block = " ".join(tree(page).xpath("string(//section[@aria-labelledby='amtshilfe'])").split())
    assert all(word in block for word in (QUESTION, "beantwortet am", "Hans (Stadt Husum)", XSS, "karte.txt"))
    assert "<script>alert(1)" not in page.text
    assert "Amtshilfe geleistet" in said(page)
    assert reply(hans, id, "Noch etwas").status_code == 404


def group(name: str, /, **inside: str) -> dict[str, Any]:
    items = [{"name": one, "label": one, "kind": "text", "value": value, "items": []} for one, value in inside.items()]
    return {"name": name, "label": name.title(), "kind": "gruppe", "value": None, "items": items}


def test_of_several_fields_of_one_name_only_the_one_that_is_ticked_is_seen() -> None:
    """Applications have several groups of one name, and names with a slash: each box stands for one field."""
    slash = {"name": "a/b", "label": "Schräg", "kind": "text", "value": "S", "items": []}
    fields = [
        group("kind", name="Erstes", alter="1"),
        group("kind", name="Zweites"),
        slash,
        group("a", b="T"),
        group("kind~#1", c="U"),
    ]
    boxes = {value: path for choice in choices(fields) for path, _label, value in choice.fields}
    assert len(set(boxes.values())) == len(boxes) == 6
    for value, path in boxes.items():
        [seen] = chosen_fields(fields, [path])
        assert value in str(seen)
        assert not [other for other in boxes if other != value and other in str(seen).split("'")]
    assert [choice.label for choice in choices(fields)] == ["", "Kind 1", "Kind 2", "A", "Kind~#1"]
    both = chosen_fields(fields, ["kind/name"])
    assert [one["items"][0]["value"] for one in both] == ["Erstes", "Zweites"], "a process means all of a name"
    labels = dict(_paths(fields))
    assert (labels["kind~#2/name"], labels["kind"]) == ("Kind 2: name", "Kind")


def test_what_was_wrong_stands_at_the_fields_and_what_was_typed_is_kept(site: Site, anna: FlaskClient) -> None:
    path = f"vorgaenge/{a_case(site)}/amtshilfe"
    answer = send(anna, path, kommune="nirgends", frage=" ", bis="x", dokumente=["0" * 26], felder=["nr"])
    assert answer.status_code == 422
    assert set(tree(answer).xpath("//*[@role='alert']//a/@href")) == {"#kommune", "#frage", "#bis", "#dokumente"}
    assert tree(answer).xpath("//input[@name='felder' and @checked]/@value") == ["nr"]
    _, id = asked(site, anna)
    hans = helper(site)
    answer = reply(hans, id, "x" * 20_001)
    assert answer.status_code == 422
    assert tree(answer).xpath("//*[@role='alert']//a/@href") == ["#text"]
    assert len(tree(answer).xpath("string(//textarea)").strip()) == 20_001
    answer = reply(hans, id, "Ja.", *[(f"{number}.txt", b"x") for number in range(21)])
    assert (answer.status_code, tree(answer).xpath("string(//textarea)").strip()) == (422, "Ja.")
    answer = reply(hans, id, "Ja.", ("karte.txt", b"KARTE"), ("leer.pdf", b""))
    assert (answer.status_code, tree(answer).xpath("//*[@role='alert']//a/@href")) == (422, ["#dokumente"])
    assert "leer.pdf" in said(answer)


def test_a_request_that_is_taken_back_is_gone_and_the_answer_typed_meanwhile_is_kept(site: Site, anna: FlaskClient) -> None:
    case, id = asked(site, anna)
    hans, page = helper(site), f"vorgaenge/{case}"
    berta = site.client()
    sign_in(berta, "berta")
    assert "zurückziehen" not in said(look(berta, page))
    assert send(berta, page, f"{page}/amtshilfe/{id}/beenden").status_code == 404
    other = a_case(site)
    assert send(anna, page, f"vorgaenge/{other}/amtshilfe/{id}/beenden").status_code == 404, "of another case"
    shown = follow(anna, send(anna, page, f"{page}/amtshilfe/{id}/beenden"))
    assert "Das Ersuchen ist zurückgezogen." in said(shown)
    assert "Amtshilfeersuchen zurückgezogen: Stadt Husum" in said(shown)
    assert "Ersuchen zurückziehen" not in said(shown)
    answer = reply(hans, id, "Ja, sie steht unter Schutz.")
    assert (answer.status_code, "Ja, sie steht unter Schutz." in said(answer)) == (404, True)
    assert there(hans, f"amtshilfe/{SLUG}/{id}").status_code == 404
    send(anna, f"vorgaenge/{other}/amtshilfe", kommune=OTHER, frage=QUESTION, bis=_in(10))
    with db.namespace(SLUG):
        withdraw(other, "Zurückgenommen.", by=SYSTEM)
    shown = look(anna, f"vorgaenge/{other}")
    assert "Amtshilfeersuchen mit dem Vorgang beendet: Stadt Husum" in said(shown)
    assert "noch keine da" not in said(shown)


def reasons() -> list[str]:
    with db.namespace(SLUG):
        return [str(json.loads(row.detail)["grund"]) for row in rows(protokoll.T, tag="befugnis:abgewiesen")]


@pytest.fixture
def asked_once(site: Site, anna: FlaskClient) -> str:
    """A request that was made."""
    return asked(site, anna)[1]


def refused(client: FlaskClient, id: str, reason: str) -> None:
    """That pages of a request are as if it did not exist, at once; and that the origin writes down why."""
    for path in (f"amtshilfe/{SLUG}/{id}", f"amtshilfe/{SLUG}/{id}/dokumente/{'0' * 26}"):
        before = len(reasons())
        answer = there(client, path)
        assert answer.status_code == 404
        assert reasons()[before:] == [reason]
        assert QUESTION not in answer.text
    before = len(reasons())
    assert reply(client, id, "Ja.").status_code == 404
    assert reasons()[before:] == [reason]


def test_expired_forged_and_foreign_requests_are_as_if_there_were_none(site: Site, asked_once: str) -> None:
    hans = helper(site)
    refused(hans, "0" * 26, "keine solche Befugnis")
    namespaces.make_kommune("heide", "Stadt Heide", "Stadt", "SH", [])
    with db.namespace("heide"):
        add_konto("hans", "Hans", "hans@heide.example", frozenset({"sachbearbeitung"}), password=HASH, by=SYSTEM)
    client = site.client()
    sign_in(client, "hans", slug="heide")
    before = len(reasons())
    assert client.get(f"/heide/amtshilfe/{SLUG}/{asked_once}", headers=BROWSER).status_code == 404
    assert reasons()[before:] == ["die Befugnis einer anderen Kommune"]
    assert there(hans, f"amtshilfe/nirgends/{asked_once}").status_code == 404
    with clock.frozen(clock.now() + dt.timedelta(days=11)):
        late = helper(site)
        refused(late, asked_once, "abgelaufen")
        assert "Zurzeit bittet niemand" in said(there(late, "amtshilfe"))


def test_who_has_lost_the_role_sees_it_no_more_and_others_have_no_such_page(site: Site, asked_once: str) -> None:
    hans = helper(site)
    with db.namespace(OTHER):
        konto, boss = reads.konto_by_login("hans")[0], reads.konto_by_login("chefin")[0]
        change_konto(
            konto.id, name="Hans", email="hans@husum.example", roles=frozenset({"prozessdesign"}), groups=frozenset(), by=boss
        )
    for client in (hans, helper(site, "dirk"), helper(site, "chefin")):
        assert there(client, f"amtshilfe/{SLUG}/{asked_once}").status_code == 404
        assert there(client, "amtshilfe").status_code == 403, "a list of ours"
    assert reasons() == ["nicht für dieses Konto"] * 3


def test_an_origin_that_is_away_is_told_as_such_and_what_was_typed_is_kept(site: Site, asked_once: str) -> None:
    hans = helper(site)
    namespaces.lock_kommune(SLUG)
    try:
        assert "zurzeit nicht erreichbar" in said(there(hans, "amtshilfe"))
        assert there(hans, f"amtshilfe/{SLUG}/{asked_once}").status_code == 503
        answer = reply(hans, asked_once, "Ja, sie steht unter Schutz.")
        assert (answer.status_code, "Ja, sie steht unter Schutz." in said(answer)) == (503, True)
    finally:
        namespaces.unlock_kommune(SLUG)
    assert reply(hans, asked_once, "Ja, sie steht unter Schutz.").status_code == 303


def test_an_origin_that_is_being_upgraded_is_away(site: Site, asked_once: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hans, line = helper(site), migrations.line("kommune")
    with db.namespace(OTHER), db.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "line", lambda kind: ("9999", *line))
        for slug in (SLUG, OTHER):
            db.engines().forget(slug)
        assert "zurzeit nicht erreichbar" in said(there(hans, "amtshilfe"))
        assert there(hans, f"amtshilfe/{SLUG}/{asked_once}").status_code == 503
        answer = reply(hans, asked_once, "Ja, sie steht unter Schutz.")
        assert (answer.status_code, "Ja, sie steht unter Schutz." in said(answer)) == (503, True)
    db.engines().forget(SLUG)
    assert there(hans, f"amtshilfe/{SLUG}/{asked_once}").status_code == 200


def test_without_another_municipality_the_page_says_what_to_do(site: Site) -> None:
    client = site.client()
    sign_in(client, "anna")
    assert "keine andere Kommune" in said(look(client, f"vorgaenge/{a_case(site)}/amtshilfe"))
    assert "Zurzeit bittet niemand" in said(look(client, "amtshilfe"))
