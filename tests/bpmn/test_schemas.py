"""Decision tables against the schema of the standard, whatever their version."""

from __future__ import annotations

import time
from threading import Thread
from types import SimpleNamespace

import pytest

from engine import bpmn
from engine.bpmn import schemas
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


def test_version_1_1_has_a_schema_of_its_own() -> None:
    old = DMN.replace(NAMESPACE, b"http://www.omg.org/spec/DMN/20151101/dmn.xsd").replace(b' id="r"', b"")
    assert bpmn.dmn_findings("x.dmn", old) == []
    assert bpmn.dmn_findings("x.dmn", old.replace(b'hitPolicy="UNIQUE"', b'hitPolicy="IRGENDEINE"'))


def test_a_newer_box_does_not_hide_what_is_wrong_elsewhere() -> None:
    text = b"<literalExpression><text>true</text></literalExpression>"
    inside = b"<if>%s</if><then>%s</then><else>%s</else>" % (text, text, text)
    box = b'<decision id="neu" name="neu"><conditional>' + inside + b"</conditional></decision>"
    newer = DMN.replace(NAMESPACE, OTHERS[-1]).replace(b"</definitions>", box + b"</definitions>")
    assert bpmn.dmn_findings("x.dmn", newer) == []
    assert bpmn.dmn_findings("x.dmn", newer.replace(b'hitPolicy="UNIQUE"', b'hitPolicy="IRGENDEINE"'))


@pytest.mark.parametrize("content", [b"", b"kein XML", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_what_is_no_dmn_is_left_to_other_checks(content: bytes) -> None:
    assert bpmn.dmn_findings("x.dmn", content) == []


def test_a_schema_is_read_and_asked_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    here, most, made = [0], [0], [0]

    class Slow:
        """A schema that notices who comes while it works."""

        def __init__(self, *_: object) -> None:
            made[0] += 1
            self.work()

        def work(self) -> None:
            here[0] += 1
            time.sleep(0.005)
            most[0] = max(most[0], here[0])
            here[0] -= 1

        def validate(self, root: object) -> bool:
            self.work()
            return True

    monkeypatch.setattr(schemas, "etree", SimpleNamespace(XMLSchema=Slow, parse=lambda path: None))
    schemas._dmn.cache_clear()
    threads = [Thread(target=bpmn.dmn_findings, args=("x.dmn", DMN)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    schemas._dmn.cache_clear()
    assert (most, made) == ([1], [1])
