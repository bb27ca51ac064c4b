"""Municipalities on the command line: made, listed, shown, upgraded, verified, removed."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import sqlalchemy as sa

from engine.base import db
from engine.model import einstellung, konto, protokoll, zentrale
from engine.reads import caller_with, invited, konto_by_login
from tests.engine.cases import push
from web.identity import verify_password

OPTIONS = ("--name", "Stadt Husum", "--kind", "Stadt", "--admin-name", "Mara Muster", "--admin-email", "mara@husum.example")


def test_a_new_municipality_names_the_login_and_a_password_that_works(husum):
    made = husum.json
    assert (made["slug"], made["state"], made["login"], made["stellen"]) == ("husum", "bereit", "mara", ["200001"])
    with db.namespace("husum"):
        _, hash = konto_by_login("mara")
    assert verify_password(hash, made["password"])
    assert not verify_password(hash, made["password"] + "x")


def test_the_password_of_the_first_administration_is_good_for_one_login(husum):
    with db.namespace("husum"), db.reading() as tx:
        assert tx.scalar(sa.select(konto.T.c.once)) is True


def test_for_people_login_and_link_are_printed_and_no_password(home, amtsweg):
    made = amtsweg("kommune", "add", "husum", *OPTIONS)
    assert made.code == 0
    assert "Anmeldung:   mara" in made.out
    assert "Einmal-Link: http://127.0.0.1:8000/husum/einmallink/" in made.out
    assert "kein Mailserver eingerichtet" in made.out
    assert "Passwort" not in made.out
    again = amtsweg("kommune", "add", "husum", *OPTIONS)
    assert again.out.endswith("Einen neuen Einmal-Link gibt: amtsweg kommune link husum\n")


def test_a_new_link_takes_the_place_of_the_one_before(husum, amtsweg):
    assert (husum.json["mail"], husum.json["link_until"][:2]) == ("off", "20")
    made = amtsweg("kommune", "link", "husum", "--json").json
    assert made["login"] == "mara"
    with db.namespace("husum"):
        assert invited(husum.json["link"].rpartition("/")[2]) is None
        assert invited(made["link"].rpartition("/")[2]) is not None
    assert "Einmal-Link: http" in amtsweg("kommune", "link", "husum", "mara").out
    assert amtsweg("kommune", "link", "husum", "niemand").code == 1


def test_the_post_room_is_there_from_the_start(husum, amtsweg):
    shown = amtsweg("kommune", "show", "husum", "--json").json
    assert {leistung["key"] for leistung in shown["leistungen"]} == {"posteingang", "allgemein"}


def test_show_says_what_was_made_and_whether_the_key_is_there(husum, amtsweg):
    shown = amtsweg("kommune", "show", "husum", "--json").json
    assert (shown["database"], shown["key"], shown["newest"], shown["administrators"]) == (
        "kommune.sqlite",
        True,
        True,
        ["mara"],
    )
    said = amtsweg("kommune", "show", "husum").out
    for word in ("Schlüssel", "ja", "Ordner", "Warteschlange", "Bekanntgabe", "Allgemeiner Vorgang"):
        assert word in said


def test_adding_the_same_again_changes_nothing_and_shows_no_password(husum, amtsweg):
    again = amtsweg("kommune", "add", "husum", *OPTIONS, "--stelle", "200001", "--json")
    assert again.code == 0
    assert (again.json["new"], again.json["password"]) == (False, None)
    with db.namespace("husum"), db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(konto.T)) == 1


def test_what_a_killed_process_left_is_made_anew_and_the_password_printed_is_the_one_that_works(husum, amtsweg):
    with db.zentrale() as tx:
        tx.execute(sa.update(zentrale.KOMMUNE).values(state="entsteht"))
    db.close()
    again = amtsweg("kommune", "add", "husum", *OPTIONS, "--json")
    assert again.code == 0
    with db.namespace("husum"):
        _, hash = konto_by_login("mara")
    assert verify_password(hash, again.json["password"])


def test_another_municipality_of_that_slug_is_refused(husum, amtsweg):
    other = amtsweg("kommune", "add", "husum", *OPTIONS, "--land", "HH")
    assert other.code == 1
    assert "gibt es schon" in other.err


@pytest.mark.parametrize(
    ("slug", "changed", "says"),
    [
        ("api", {}, "vorbehaltenes Wort"),
        ("husum", {"--kind": "Dorf"}, "Die Art „Dorf“"),
        ("husum", {"--land": "XX"}, "Das Land „XX“"),
        ("husum", {"--allow-ip": "10.0.0.300"}, "kein Netz"),
        ("husum", {"--admin-email": "mara"}, "E-Mail-Adresse"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_leaves_nothing(home, amtsweg, slug, changed, says):
    options = dict(zip(OPTIONS[::2], OPTIONS[1::2], strict=True)) | changed
    refused = amtsweg("kommune", "add", slug, *(part for pair in options.items() for part in pair))
    assert refused.code == 1
    assert says in refused.err
    assert amtsweg("kommune", "list", "--json").json == []


def test_a_server_that_is_away_is_a_sentence_and_leaves_nothing(home, amtsweg, monkeypatch):
    monkeypatch.setenv("AMTSWEG_DATABASE", "postgresql://jemand@127.0.0.1:1/amtsweg")
    refused = amtsweg("kommune", "add", "husum", *OPTIONS, "--json")
    assert refused.code == 1
    assert "nicht erreichbar" in refused.json["message"]
    assert not (home / "kommunen").exists()


def test_without_a_secret_no_municipality_is_made(home, amtsweg, monkeypatch):
    monkeypatch.delenv("AMTSWEG_SECRET")
    refused = amtsweg("kommune", "add", "husum", *OPTIONS)
    assert refused.code == 1
    assert "AMTSWEG_SECRET fehlt" in refused.err


def test_the_list_shows_what_there_is(husum, amtsweg):
    [one] = amtsweg("kommune", "list", "--json").json
    assert one["slug"] == "husum"
    assert one["created_at"] == dt.datetime.fromisoformat(one["created_at"]).isoformat()
    assert "Stadt Husum" in amtsweg("kommune", "list").out


def test_a_refusal_is_json_when_json_was_asked_for(home, amtsweg):
    unknown = amtsweg("kommune", "show", "nirgends", "--json")
    assert unknown.code == 1
    assert (unknown.json["ok"], unknown.err) == (False, "")
    assert "nirgends" in unknown.json["message"]


def test_an_upgrade_of_what_is_current_says_so(husum, amtsweg):
    done = amtsweg("kommune", "upgrade", "--json")
    assert done.code == 0
    assert done.json == {"ok": True, "kommunen": [{"slug": "husum", "changed": False, "problem": None}]}
    assert amtsweg("kommune", "upgrade", "nirgends").code == 1


def test_removing_wants_the_slug_twice(husum, amtsweg):
    assert amtsweg("kommune", "remove", "husum", "--confirm", "husun").code == 1
    assert amtsweg("kommune", "show", "husum").code == 0
    removed = amtsweg("kommune", "remove", "husum", "--confirm", "husum", "--json")
    assert removed.code == 0
    assert amtsweg("kommune", "show", "husum").code == 1
    assert amtsweg("restore", removed.json["export"]["file"]).code == 0
    assert amtsweg("kommune", "show", "husum").code == 0


def test_an_export_has_the_name_that_is_wanted_or_there_is_none(husum, amtsweg, tmp_path):
    target = tmp_path / "aus" / "husum"
    both = ("--export", target, "--ohne-ausfuhr")
    assert amtsweg("kommune", "remove", "husum", "--confirm", "husum", *both).code == 2
    removed = amtsweg("kommune", "remove", "husum", "--confirm", "husum", "--export", target)
    assert (removed.code, str(target) in removed.out, target.is_file()) == (0, True, True)
    assert amtsweg("restore", target).code == 0
    removed = amtsweg("kommune", "remove", "husum", "--confirm", "husum", "--ohne-ausfuhr", "--json")
    assert (removed.code, removed.json["export"]) == (0, None)


def test_while_cases_are_running_removing_is_refused_unless_that_is_wanted(husum, amtsweg, home):
    with db.namespace("husum"):
        push()
    refused = amtsweg("kommune", "remove", "husum", "--confirm", "husum")
    assert refused.code == 1
    assert "läuft noch 1 Vorgang" in refused.err
    assert "--mit-laufenden" in refused.err
    assert amtsweg("kommune", "show", "husum", "--json").json["running"] == 1
    assert amtsweg("kommune", "remove", "husum", "--confirm", "husum", "--mit-laufenden").code == 0
    [file] = (home / "ausfuhr").iterdir()
    assert amtsweg("restore", file).code == 0
    assert amtsweg("kommune", "show", "husum", "--json").json["running"] == 1


def test_one_that_is_shut_is_opened_again(husum, amtsweg):
    assert amtsweg("kommune", "lock", "husum", "--json").json["state"] == "gesperrt"
    assert amtsweg("token", "husum", "mara").code == 1
    assert amtsweg("kommune", "show", "husum", "--json").json["key"] is True
    assert amtsweg("kommune", "unlock", "husum").out == "Die Kommune „Stadt Husum“ ist offen.\n"
    assert amtsweg("token", "husum", "mara").code == 0


def test_the_secret_is_changed(husum, amtsweg, monkeypatch):
    assert amtsweg("kommune", "rewrap").code == 1
    monkeypatch.setenv("AMTSWEG_SECRET_NEW", "das neue Geheimnis")
    assert amtsweg("kommune", "rewrap", "--json").json == {"ok": True, "kommunen": 1}
    monkeypatch.delenv("AMTSWEG_SECRET_NEW")
    assert amtsweg("kommune", "show", "husum", "--json").json["key"] is False
    monkeypatch.setenv("AMTSWEG_SECRET", "das neue Geheimnis")
    assert amtsweg("kommune", "show", "husum", "--json").json["key"] is True


def test_a_token_belongs_to_the_konto_and_is_printed_alone(husum, amtsweg):
    made = amtsweg("token", "husum", "mara")
    with db.namespace("husum"):
        found = caller_with(made.out.strip())
    assert found is not None
    assert found[0].login == "mara"
    assert amtsweg("token", "husum", "niemand").code == 1


def test_verify_finds_nothing_where_nothing_is_broken(husum, amtsweg):
    assert amtsweg("verify", "--json").json == {"ok": True, "broken": []}
    assert amtsweg("verify", "husum").code == 0


def test_verify_lists_what_is_broken_and_ends_with_1(husum, amtsweg):
    with db.namespace("husum"), db.transaction() as tx:
        tx.execute(sa.update(protokoll.T).values(tag="gefälscht"))
    found = amtsweg("verify", "husum", "--json")
    assert found.code == 1
    assert found.json["ok"] is False
    assert {"invariant", "subject", "message"} <= found.json["broken"][0].keys()
    assert json.loads(found.out)["broken"][0]["invariant"] == "protokoll"
    assert "protokoll" in amtsweg("verify").out


# --- when nobody comes in any more ---------------------------------------------------------------------------------


def test_the_networks_of_a_municipality_that_has_shut_itself_out_are_mended(husum, amtsweg):
    assert "von überall" in amtsweg("kommune", "netze", "husum").out
    assert amtsweg("kommune", "netze", "husum", "192.0.2.0/24", "2001:db8::/32", "--json").json["allow_ips"] == [
        "192.0.2.0/24",
        "2001:db8::/32",
    ]
    wrong = amtsweg("kommune", "netze", "husum", "192.0.2.7/24")
    assert (wrong.code, "192.0.2.0/24" in wrong.err) == (1, True)
    assert amtsweg("kommune", "netze", "husum", "192.0.2.0/24", "--ueberall").code == 2
    assert amtsweg("kommune", "netze", "fehlt").code == 1
    assert "von überall" in amtsweg("kommune", "netze", "husum", "--ueberall").out
    with db.namespace("husum"), db.reading() as tx:
        lines = tx.all(sa.select(protokoll.T.c.konto).where(protokoll.T.c.tag == "kommune:netze"))
    assert [line.konto for line in lines] == ["system", "system"]


def test_passwords_are_allowed_again_beside_a_login_service(husum, amtsweg):
    assert "schon zugelassen" in amtsweg("kommune", "passwoerter", "husum").out
    with db.namespace("husum"), db.transaction() as tx:
        einstellung.write(tx, "anmeldung.oidc", {"issuer": "https://dienst.example", "only_oidc": True})
    assert "wieder mit Passwort" in amtsweg("kommune", "passwoerter", "husum").out
    with db.namespace("husum"), db.reading() as tx:
        assert einstellung.read(tx, "anmeldung.oidc") == {"issuer": "https://dienst.example", "only_oidc": False}
