"""Diagrams of other dialects in short, and what is said of them."""

from __future__ import annotations

from lxml import etree

from engine import bpmn
from engine.base.errors import Cause
from engine.bpmn.dialects import translate
from tests.bpmn.diagrams import end, flows, node, process, start

LINE = flows("start > x > end")
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"


def file(*parts: str, head: str = "", namespace: str = CAMUNDA, id: str = "p") -> bytes:
    """A file of Camunda 7 with one process."""
    return process(*parts, head=head, id=id).replace(
        b"<bpmn:definitions ", f'<bpmn:definitions xmlns:camunda="{namespace}" '.encode(), 1
    )


def one(kind: str, extension: str = "", *inside: str, head: str = "", **attributes: str) -> bytes:
    """A process with one element `x`; attributes of the dialect are written camunda_name."""
    named = {name.replace("camunda_", "camunda:"): value for name, value in attributes.items()}
    return file(start(), node(kind, "x", extension, *inside, **named), end(), LINE, head=head)


def said(content: bytes) -> list[Cause]:
    return bpmn.inspect({"test.bpmn": content})[1]


def says(content: bytes, text: str, severity: str = "error") -> Cause:
    found = [cause for cause in said(content) if text in cause.message]
    assert [cause.severity for cause in found] == [severity], said(content)
    return found[0]


def quiet(content: bytes) -> bytes:
    """A file of which nothing worse than advice is said."""
    assert [cause for cause in said(content) if cause.severity != "advice"] == []
    return content


def rewritten(content: bytes) -> tuple[str, list[Cause]]:
    """The file as the reader sees it, and what is said of it on the way."""
    root = etree.fromstring(content)
    causes = translate("test.bpmn", root)
    return etree.tostring(root, encoding="unicode"), causes
