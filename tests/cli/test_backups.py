"""Backup, restore and release on the command line."""

from __future__ import annotations

from engine.base import db
from engine.reads import konto_by_login
from web.identity import verify_password


def test_a_municipality_is_saved_lost_and_brought_back_held(husum, amtsweg, tmp_path):
    file = tmp_path / "husum.amtsweg"
    saved = amtsweg("backup", "husum", file)
    assert saved.code == 0
    assert saved.out.startswith("Gesichert: husum mit ")
    assert amtsweg("kommune", "remove", "husum", "--confirm", "husum").code == 0
    back = amtsweg("restore", file)
    assert back.code == 0, back.err
    assert "Geprüft: Alles stimmig." in back.out
    assert "amtsweg release-outbox husum" in back.out
    with db.namespace("husum"):
        _, hash = konto_by_login("mara")
    assert verify_password(hash, husum.json["password"])
    assert amtsweg("release-outbox", "husum").out == "Der Ausgang ist freigegeben.\n"
    assert amtsweg("release-outbox", "husum").out == "Der Ausgang war nicht angehalten; nichts geändert.\n"
    assert amtsweg("verify", "husum").code == 0


def test_as_json(husum, amtsweg, tmp_path):
    file = tmp_path / "x"
    saved = amtsweg("backup", "husum", file, "--json").json
    assert (saved["ok"], saved["kommune"], saved["lacking"]) == (True, "husum", [])
    back = amtsweg("restore", file, "--as", "husum-probe", "--json").json
    assert (back["ok"], back["kommune"], back["held"], back["lost_units"]) == (True, "husum-probe", True, ["200001"])
    assert amtsweg("release-outbox", "husum-probe", "--json").json["released"] is True


def test_what_cannot_be_is_refused_with_a_sentence(husum, amtsweg, tmp_path):
    assert amtsweg("backup", "kiel", tmp_path / "x").code == 1
    nothing = amtsweg("restore", tmp_path / "gibt-es-nicht")
    assert (nothing.code, "nicht lesbar" in nothing.err) == (1, True)
    amtsweg("backup", "husum", tmp_path / "x")
    again = amtsweg("restore", tmp_path / "x")
    assert (again.code, "gibt es hier schon" in again.err) == (1, True)
    wrong = amtsweg("restore", tmp_path / "x", "--as", "api")
    assert (wrong.code, "vorbehaltenes Wort" in wrong.err) == (1, True)
