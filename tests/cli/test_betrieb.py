"""The operator on the command line: who operates, who is competent, the central post room."""

from __future__ import annotations

import json
import uuid

import pytest

from engine import reads
from engine.base.rights import SYSTEM
from engine.verbs.central import park, way_of
from engine.verbs.operator import operator
from forms.antrag import read_push

LEIKA, HUSUM = "99093003001000", "01054056"


@pytest.fixture
def waiting(husum):
    """The id of an application for which nobody is competent."""
    control = {
        "transactionId": str(uuid.uuid4()),
        "zustaendigeStelle": "999",
        "leikaIds": [LEIKA],
        "ags": HUSUM,
        "name": "Baum",
    }
    body = json.dumps({"control": control, "formData": []}).encode()
    antrag = read_push(body, (), ())
    with operator():
        answer = park(body, (), (), antrag, way_of(antrag), by=SYSTEM)
    return json.loads(answer)["vorgang"]["vorgangId"]


def test_an_operator_is_let_in_with_a_link_and_again_with_another(home, amtsweg):
    refused = amtsweg("betrieb", "link", "ole", "--json")
    assert (refused.code, [cause["pointer"] for cause in refused.json["causes"]]) == (1, ["/name", "/email"])
    first = amtsweg("betrieb", "link", "ole", "--name", "Ole Olsen", "--email", "ole@betrieb.example", "--json").json
    again = amtsweg("betrieb", "link", "ole", "--json").json
    assert (first["new"], again["new"], first["mail"]) == (True, False, "off")
    assert "/betrieb/einmallink/" in first["link"]
    with operator():
        konto, hash = reads.konto_by_login("ole")
        assert hash is None
        assert [reads.invited(one["link"].rpartition("/")[2]) is not None for one in (first, again)] == [False, True]
    assert (konto.roles, konto.may("betrieb.fuehren"), konto.may("vorgang.lesen")) == (frozenset({"betrieb"}), True, False)
    assert amtsweg("betrieb", "lock", "ole").code == 0
    assert amtsweg("betrieb", "list", "--json").json == [
        {"login": "ole", "name": "Ole Olsen", "email": "ole@betrieb.example", "active": False}
    ]
    assert amtsweg("betrieb", "lock", "ole").code == 1


def test_rules_are_added_listed_and_removed(husum, amtsweg):
    added = amtsweg("zustaendigkeit", "add", "husum", "--leika", LEIKA, "--ort", HUSUM, "--an", "42", "--json")
    assert (added.code, added.json["ok"]) == (0, True)
    [rule] = [one for one in amtsweg("zustaendigkeit", "list", "husum", "--json").json if one["leika"]]
    assert rule == {"id": added.json["id"], "slug": "husum", "stelle": None, "leika": LEIKA, "ags": HUSUM, "unit": "42"}
    refused = amtsweg("zustaendigkeit", "add", "husum", "--leika", LEIKA, "--ort", HUSUM)
    assert refused.code == 1
    assert "Dafür ist schon eingetragen: husum" in refused.err
    assert amtsweg("zustaendigkeit", "add", "husum", "--leika", "12", "--ort", HUSUM).code == 1
    assert amtsweg("zustaendigkeit", "remove", added.json["id"]).code == 0
    assert amtsweg("zustaendigkeit", "remove", added.json["id"]).code == 1
    assert "200001" in amtsweg("zustaendigkeit", "list").out


def test_an_application_for_nobody_is_listed_and_assigned(waiting, amtsweg):
    [listed] = amtsweg("poststelle", "list", "--json").json
    assert (listed["id"], listed["place"], listed["state"]) == (waiting, HUSUM, "wartet")
    assert "ZP-" in amtsweg("poststelle", "list").out
    assert amtsweg("poststelle", "assign", waiting, "gibtsnicht").code == 1
    done = amtsweg("poststelle", "assign", waiting, "husum", "--merken", "ort")
    assert (done.code, "Zugestellt" in done.out) == (0, True)
    assert amtsweg("poststelle", "list", "--json").json == []
    assert [one["ags"] for one in amtsweg("zustaendigkeit", "list", "husum", "--json").json if one["ags"]] == [HUSUM]


def test_what_a_locked_municipality_cannot_take_is_assigned_and_said(waiting, amtsweg):
    from engine.verbs.kommune import lock_kommune

    lock_kommune("husum")
    done = amtsweg("poststelle", "assign", waiting, "husum")
    assert (done.code, "sobald es geht" in done.out) == (0, True)


def test_the_word_of_the_operator_is_no_municipality(husum, amtsweg):
    amtsweg("betrieb", "list")
    assert [one["slug"] for one in amtsweg("kommune", "list", "--json").json] == ["husum"]
    for kind in ("Stadt", "Betrieb"):
        options = ("--kind", kind, "--admin-name", "M", "--admin-email", "m@husum.example")
        refused = amtsweg("kommune", "add", "betrieb", "--name", "Betrieb", *options)
        assert (refused.code, "vorbehalten" in refused.err) == (1, True)
    assert amtsweg("verify").out.startswith("Alles stimmig")
