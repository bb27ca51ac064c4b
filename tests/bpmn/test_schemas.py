"""Decision tables against the schema of the standard, whatever their version."""

from __future__ import annotations

import pytest

from engine import bpmn
from tests.bpmn.diagrams import DMN

NAMESPACE = b"https://www.omg.org/spec/DMN/20191111/MODEL/"
OTHERS = [
    b"http://www.omg.org/spec/DMN/20180521/MODEL/",
    b"https://www.omg.org/spec/DMN/20211108/MODEL/",
    b"https://www.omg.org/spec/DMN/20230324/MODEL/",
]


@pytest.mark.parametrize("namespace", [NAMESPACE, *OTHERS])
def test_a_sound_table_has_no_findings_in_any_version(namespace: bytes) -> None:
    assert bpmn.dmn_findings("x.dmn", DMN.replace(NAMESPACE, namespace)) == []


@pytest.mark.parametrize("namespace", [NAMESPACE, *OTHERS])
def test_what_the_standard_does_not_know_is_found_with_its_place(namespace: bytes) -> None:
    broken = DMN.replace(b'hitPolicy="UNIQUE"', b'hitPolicy="IRGENDEINE"').replace(b"<input id", b"<quatsch/><input id")
    found = bpmn.dmn_findings("x.dmn", broken.replace(NAMESPACE, namespace))
    assert {cause.element for cause in found} >= {"t"}
    assert all(cause.file == "x.dmn" and cause.line and "DMN-Schema" in cause.message for cause in found)


@pytest.mark.parametrize("content", [b"", b"kein XML", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_what_is_no_dmn_is_left_to_other_checks(content: bytes) -> None:
    assert bpmn.dmn_findings("x.dmn", content) == []
