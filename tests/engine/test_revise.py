"""One file of a version replaced; what is deployed is what was checked, on the version it was made for."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import reads
from engine.base import db
from engine.base.errors import Cause, Conflict, Invalid
from engine.base.rights import SYSTEM
from engine.model.bundle import content_id, pack, unpack
from engine.verbs.design import check_bundle, deploy_bundle
from engine.verbs.revise import changes, keep, kept, locate, revise
from tests.bpmn.diagrams import DMN, end, flows, node, process, start, user
from tests.engine.cases import FORM, PROBE, TYPES, bundle

FILES = {
    **bundle(PROBE),
    "schutz.dmn": DMN,
    "gemeinsam/teil/teil.bpmn": process(start(), end(), flows("start > end"), id="teil"),
}


def form(id: str) -> bytes:
    return json.dumps({**FORM, "id": id}).encode()


def test_a_file_replaces_the_one_of_its_name_wherever_it_lies() -> None:
    made = revise(FILES, "C:\\Modelle\\pruefung.FORM", form("anders"))
    assert (made.path, made.new) == ("forms/pruefung.form", False)
    assert made.files == {**FILES, "forms/pruefung.form": form("anders")}
    assert revise(FILES, "teil.bpmn", b"x").path == "gemeinsam/teil/teil.bpmn"


@pytest.mark.parametrize(
    ("name", "content", "path"),
    [
        ("formular (3).form", form("pruefung"), "forms/pruefung.form"),
        ("diagram_1.bpmn", PROBE, "p.bpmn"),
        ("Tabelle.dmn", DMN, "schutz.dmn"),
    ],
)
def test_a_file_of_another_name_replaces_the_one_with_the_same_id(name: str, content: bytes, path: str) -> None:
    made = revise(FILES, name, content)
    assert (made.path, made.new) == (path, False)


def test_a_file_that_is_neither_is_added() -> None:
    made = revise(FILES, "neu.form", form("neu"))
    assert (made.path, made.new) == ("forms/neu.form", True)


def test_two_files_of_one_name_are_told_apart_by_their_ids() -> None:
    files = {**FILES, "alt/pruefung.form": form("alt")}
    assert revise(files, "pruefung.form", form("alt")).path == "alt/pruefung.form"
    both = {**FILES, "alt/pruefung.form": FILES["forms/pruefung.form"]}
    with pytest.raises(Invalid) as refused:
        revise(both, "pruefung.form", FILES["forms/pruefung.form"])
    assert "alt/pruefung.form, forms/pruefung.form" in refused.value.causes[0].message


@pytest.mark.parametrize(
    "name", ["", "bundle.toml", "a.exe", "../../x", "bo\x00se.bpmn", "x" * 300 + ".bpmn", ".bpmn/..", "a.bpmn\n.txt"]
)
def test_what_is_no_part_of_a_bundle_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        revise(FILES, name, b"x")
    [cause] = refused.value.causes
    assert cause.pointer == "/datei"
    assert cause.message.isprintable()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[" * 100_000, b"<x", b"\xff\xfe", b"null"])
@pytest.mark.parametrize("suffix", ["form", "bpmn", "dmn"])
def test_a_file_that_cannot_be_read_is_only_replaced_by_name(content: bytes, suffix: str) -> None:
    assert revise(FILES, f"unbekannt.{suffix}", content).new


def test_changes_are_named() -> None:
    found = changes({"a": b"1", "b": b"1", "c": b"1"}, {"a": b"1", "b": b"2", "d": b"1"})
    assert (found.added, found.changed, found.removed) == (("d",), ("b",), ("c",))


def test_findings_are_located_by_name_also_in_a_diagram_that_cannot_run() -> None:
    diagram = process(start(), node("inclusiveGateway", "wahl", name="Was nun?"), user("pruefen", name="Prüfen"), end())
    _, findings = check_bundle(bundle(diagram), TYPES)
    names = {found.label.name for found in locate(bundle(diagram), findings) if found.label}
    assert "Was nun?" in names
    rule = Cause("x", file="schutz.dmn", element="x2")
    [found] = locate({"schutz.dmn": DMN}, [rule])
    assert found.label is not None
    assert (found.label.kind, found.label.within) == ("inputEntry", "schutz, Regel 2")
    [gone] = locate({}, [rule])
    assert (gone.label, gone.drawn) == (None, False)


def test_what_is_kept_comes_back_byte_for_byte(kommune: str) -> None:
    files = {**FILES, "nullen.bin": b"\0" * 1_000_000}
    assert kept(keep(files, "")) == (files, "")
    assert kept(keep(files, "a" * 64)) == (files, "a" * 64)


def test_a_packed_version_can_be_unpacked_whatever_compresses_well() -> None:
    files = {**FILES, "nullen.bin": b"\0" * 5_000_000}
    assert content_id(unpack(pack(files))) == content_id(files)


# --- deploying on the version it was made for ----------------------------------------------------------------------


def named(name: str) -> dict[str, bytes]:
    files = bundle(PROBE)
    return {**files, "bundle.toml": files["bundle.toml"].replace(b'name = "probe"', f'name = "{name}"'.encode())}


def test_who_was_slower_overwrites_nothing(amt: Any) -> None:
    base = reads.current_version("probe")
    theirs = deploy_bundle(named("Ihre"), TYPES, base=base, by=SYSTEM)
    with pytest.raises(Conflict, match="andere Fassung"):
        deploy_bundle(named("Meine"), TYPES, base=base, by=SYSTEM)
    assert reads.current_version("probe") == theirs
    assert len(reads.list_versions("probe")) == 2


def test_a_double_click_deploys_once(amt: Any) -> None:
    base = reads.current_version("probe")
    first = deploy_bundle(named("Neu"), TYPES, base=base, by=SYSTEM)
    assert deploy_bundle(named("Neu"), TYPES, base=base, by=SYSTEM) == first
    assert len(reads.list_versions("probe")) == 2


@pytest.mark.parametrize("base", [None, ""])
def test_two_who_deploy_a_first_version_at_once_leave_one_history(amt: str, base: str | None) -> None:
    def deploy(number: int) -> str:
        files = {**bundle(PROBE, "neu", "NE"), "hinweis.txt": str(number).encode()}
        with db.namespace(amt):
            try:
                return deploy_bundle(files, TYPES, base=base, by=SYSTEM)
            except Conflict:
                return ""

    with ThreadPoolExecutor(4) as pool:
        ids = [id for id in pool.map(deploy, range(4)) if id]
    versions = reads.list_versions("neu")
    assert len(ids) == len(versions) == (4 if base is None else 1)
    assert [version.number for version in versions] == list(range(len(ids), 0, -1))
    assert [version.current for version in versions].count(True) == 1


def test_a_new_leistung_is_deployed_where_none_was(amt: Any) -> None:
    with pytest.raises(Conflict):
        deploy_bundle(bundle(PROBE, "neu", "NE"), TYPES, base="0" * 64, by=SYSTEM)
    deploy_bundle(bundle(PROBE, "neu", "NE"), TYPES, base="", by=SYSTEM)
    [version] = reads.list_versions("neu")
    assert (version.number, version.current) == (1, True)


def test_an_older_version_becomes_current_again_under_its_number(amt: Any) -> None:
    first = reads.current_version("probe")
    deploy_bundle(named("Neu"), TYPES, by=SYSTEM)
    assert deploy_bundle(bundle(PROBE), TYPES, by=SYSTEM) == first
    versions = reads.list_versions("probe")
    assert [(version.number, version.current) for version in versions] == [(2, False), (1, True)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('leistung = "a/../b"', "keine Kennung"),
        (f'leistung = "{"x" * 101}"', "zu lang"),
        (f'name = "{"x" * 10_000}"', "zu lang"),
        ('kuerzel = "A\\nB"', "Steuerzeichen"),
        (f'form_ids = ["{"x" * 10_000}"]', "zu lang"),
    ],
)
def test_a_manifest_that_fits_no_column_is_found(line: str, said: str) -> None:
    key = line.partition(" ")[0]
    lines = [row for row in bundle(PROBE)["bundle.toml"].decode().splitlines() if not row.startswith(key)]
    files = {**bundle(PROBE), "bundle.toml": "\n".join([*lines, line]).encode()}
    found, findings = check_bundle(files, TYPES)
    assert found is None
    assert any(said in cause.message for cause in findings)
