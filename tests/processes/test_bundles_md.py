"""docs/bundles.md names everything a designer may use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors import CONNECTORS, Switchboard
from engine.base.ports import Repeat
from engine.bpmn.reading import RUNNABLE
from engine.model.bundle import TEXT_FIELDS, with_shared
from engine.model.notice import FORMATS, SECTION_KINDS, parse_notice
from engine.model.parameter import FIXED, KEYS
from engine.model.typed import KINDS
from engine.verbs.design import check_bundle
from tests.processes.conftest import PROCESSES, parts_of

TEXT = (Path(__file__).resolve().parents[2] / "docs/bundles.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([^`\n]+)`", TEXT))
REPEATS = {Repeat.KEY: "Schlüssel", Repeat.ASK: "Nachfrage", Repeat.ONCE: "nur durch einen Menschen"}
OPERATIONS = [operation for connector in CONNECTORS for operation in connector.operations]


def block(first: str) -> str:
    """The TOML block that begins with a word."""
    found = [text for text in re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL) if text.startswith(first)]
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("kind", sorted(RUNNABLE))
def test_every_element_that_runs_is_in_the_table(kind):
    assert kind in WORDS


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.type)
def test_every_operation_stands_in_the_table_with_what_it_takes_and_gives(operation):
    [line] = [line for line in TEXT.splitlines() if line.startswith(f"| `{operation.type}` |")]
    named = set(re.findall(r"`(\w+)`", line))
    assert {*operation.inputs().fields, *operation.outputs().fields} <= named
    assert line.rstrip("| ").endswith(f"| {REPEATS[operation.repeat]}")


def test_every_field_of_the_manifest_is_shown():
    shown = block('leistung = "baumfaellung"')
    assert all(f"\n{name} = " in f"\n{shown}" for name in (*TEXT_FIELDS, "form_ids", "leika_ids"))


def test_a_service_without_a_diagram_of_its_own_needs_a_manifest_only():
    files = {"bundle.toml": block('leistung = "sondernutzung"').encode()}
    bundle, findings = check_bundle(with_shared(files, PROCESSES / "gemeinsam"), Switchboard(CONNECTORS).types())
    assert findings == []
    assert bundle is not None
    assert (bundle.process, parts_of(bundle)) == ("vorgang", ["rechtsbehelfsfrist", "vorgang", "zustellung"])


def test_everything_a_parameter_s_field_may_say_is_named():
    assert {*KINDS, FIXED, *KEYS} <= WORDS


def test_the_letter_shown_can_be_read_and_uses_every_placeholder():
    notice, findings = parse_notice("notices/beispiel.toml", block("title").encode())
    assert findings == []
    assert notice is not None
    assert all(f"{{{name}= " in TEXT for name in FORMATS)
    assert SECTION_KINDS <= WORDS
