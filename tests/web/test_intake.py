"""Applications over HTTP, as the OZG-Cloud push interface sends them."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from ipaddress import ip_network

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.kommune import lock_kommune, unlock_kommune
from engine.verbs.operate import change_setting
from engine.verbs.operator import add_rule, operator
from tests.engine.cases import Upload
from tests.web.site import SLUG, Site, application, problem

PHOTO = Upload("foto.png", "image/png", b"\x89PNG\r\n\x1a\n...")
PDF = Upload("antrag.pdf", "application/pdf", b"%PDF-1.7 x")


def cases() -> int:
    with db.namespace(SLUG):
        return len(reads.list_vorgaenge(by=SYSTEM).items)


def test_an_application_is_answered_with_its_vorgang(site: Site) -> None:
    answer = site.send(files=[PHOTO, PHOTO], representations=[PDF])
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    vorgang = answer.json["vorgang"]
    assert vorgang["status"] == "NEU"
    documents = site.get(f"vorgaenge/{vorgang['vorgangId']}/dokumente").json["items"]
    assert [(document["kind"], document["name"]) for document in documents] == [
        ("darstellung", "antrag.pdf"),
        ("anlage", "foto.png"),
        ("anlage", "foto.png"),
    ]


def test_the_application_may_come_as_a_field_and_without_files(site: Site) -> None:
    assert site.send(as_file=False).status_code == 200


def test_second_delivery_is_the_first_answer_byte_for_byte(site: Site) -> None:
    content = application()
    first, second = site.send(content), site.send(content)
    assert (first.data, first.status_code) == (second.data, 200)
    assert cases() == 1


def test_the_same_transaction_with_other_content_is_a_conflict(site: Site) -> None:
    transaction = str(uuid.uuid4())
    site.send(application(transaction=transaction))
    problem(site.send(application(transaction=transaction, nr="8")), 409)
    assert cases() == 1


def test_an_unknown_form_goes_to_the_post_room(site: Site) -> None:
    case = site.new_case(form="gibt es nicht")
    assert site.get(f"vorgaenge/{case}").json["leistung"] == "posteingang"


def test_without_a_list_nobody_may_send(site: Site) -> None:
    with db.namespace(SLUG):
        change_setting("antrag.absender", [], by=SYSTEM)
    problem(site.send(), 403)
    assert cases() == 0


def test_only_listed_addresses_may_send(site: Site) -> None:
    with db.namespace(SLUG):
        change_setting("antrag.absender", ["192.0.2.0/24", "was ist das"], by=SYSTEM)
    problem(site.send(), 403)
    answer = site.client().post(
        f"/{SLUG}/antrag",
        data={"formData": json.dumps(application())},
        content_type="multipart/form-data",
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert answer.status_code == 200


def test_the_central_door_finds_the_municipality_by_the_organisational_unit(site: Site) -> None:
    content = application()
    first = site.send(content, path="/antrag")
    assert first.status_code == 200
    assert site.send(content).data == first.data


def test_what_belongs_to_nobody_only_those_may_send_whom_the_installation_names(site: Site) -> None:
    refused = problem(site.send(application(stelle="999"), path="/antrag"), 403)
    assert "AMTSWEG_SENDERS" in refused["detail"]
    assert cases() == 0
    site.app.extensions["settings"] = replace(site.app.extensions["settings"], senders=(ip_network("127.0.0.0/8"),))
    content = application(stelle="999")
    first = site.send(content, path="/antrag", files=[PHOTO])
    assert (first.status_code, first.json["vorgang"]["vorgangNummer"][:3]) == (200, "ZP-")
    assert site.send(content, path="/antrag", files=[PHOTO]).data == first.data
    problem(site.send(content, path="/antrag"), 409)
    assert cases() == 0


def test_a_locked_municipality_is_told_as_such_and_to_come_again(site: Site) -> None:
    lock_kommune(SLUG)
    answer = site.send(path="/antrag")
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    unlock_kommune(SLUG)
    assert site.send(path="/antrag").status_code == 200


def test_the_place_of_an_application_is_found_over_http(site: Site) -> None:
    with operator():
        add_rule(SLUG, leika="99093003001000", ags="01054", by=SYSTEM)
    content = application(stelle="999")
    content["control"] |= {"leikaIds": ["99093003001000"], "ags": "01054056"}
    assert site.send(content, path="/antrag").status_code == 200
    assert cases() == 1


def test_bad_input_at_the_central_door_is_refused_as_at_the_others(site: Site) -> None:
    problem(site.client().post("/antrag", data=b"x"), 400)
    problem(site.send(b"{", path="/antrag"), 400)
    assert problem(site.send({"control": {}}, path="/antrag"), 422)["causes"][0]["pointer"] == "/control/transactionId"


def test_nobody_sends_to_the_operator_itself(site: Site) -> None:
    with operator():
        pass
    problem(site.send(path="/betrieb/antrag"), 404)


def test_the_central_door_asks_the_municipality_who_may_send(site: Site) -> None:
    with db.namespace(SLUG):
        change_setting("antrag.absender", [], by=SYSTEM)
    problem(site.send(path="/antrag"), 403)
    assert cases() == 0


def test_another_municipality_is_unknown(site: Site) -> None:
    problem(site.send(path="/husum/antrag"), 404)
