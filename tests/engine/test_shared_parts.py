"""Shared parts become part of a bundle when it is read: what was deployed does not change with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.model.bundle import SHARED, content_id, pack, read_folder
from engine.verbs.design import check_bundle, unpack_zip
from tests.bpmn.diagrams import call, end, flows, process, start, user
from tests.engine.cases import TYPES, bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle that calls the shared part `frage`."""
    shared = tmp_path / "gemeinsam/frage"
    (shared / "scenarios").mkdir(parents=True)
    (shared / "frage.bpmn").write_bytes(process(start(), user("u"), end(), flows("start > u > end"), id="frage"))
    (shared / "scenarios/a.toml").write_text('name = "a"')
    own = tmp_path / "husum/probe"
    (own / "forms").mkdir(parents=True)
    for name, content in bundle(process(start(), call("ruf", "frage"), end(), flows("start > ruf > end"))).items():
        (own / name).write_bytes(content)
    manifest = own / "bundle.toml"
    manifest.write_text(manifest.read_text() + 'uses = ["frage"]\n')
    return own


def test_a_shared_part_is_bound_to_the_version(folder: Path) -> None:
    files = read_folder(folder)
    assert "gemeinsam/frage/frage.bpmn" in files
    assert not any("scenarios" in name for name in files)
    found, findings = check_bundle(files, TYPES)
    assert found is not None
    assert findings == []
    before = content_id(files)
    shared = folder.parent.parent / "gemeinsam/frage/frage.bpmn"
    shared.write_bytes(process(start(), end(), flows("start > end"), id="frage"))
    assert content_id(read_folder(folder)) != before
    assert set(found.spec.compiled) == {"p", "frage"}


@pytest.mark.parametrize("part", ["fehlt", "../husum", "."])
def test_a_part_that_is_not_there_is_a_finding(folder: Path, part: str) -> None:
    manifest = folder / "bundle.toml"
    manifest.write_text(manifest.read_text().replace('["frage"]', f'["{part}"]'))
    found, findings = check_bundle(read_folder(folder), TYPES)
    assert found is None
    assert any("gemeinsamen Teil" in cause.message for cause in findings)


def test_a_zip_gets_the_parts_it_does_not_bring_from_the_installation(folder: Path) -> None:
    own = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    shared = folder.parent.parent / SHARED
    assert content_id(unpack_zip(pack(own), shared)) == content_id(read_folder(folder))
    assert unpack_zip(pack(own)) == own


def test_a_part_that_a_zip_brings_stays_as_it_is_there(folder: Path) -> None:
    theirs = process(start(), end(), flows("start > end"), id="frage")
    brought = {**read_folder(folder), "gemeinsam/frage/frage.bpmn": theirs}
    assert unpack_zip(pack(brought), folder.parent.parent / SHARED) == brought
