"""The drawings: complete, nothing on top of anything else, lines that end where they should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from lxml import etree

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
FILES = sorted(path.relative_to(PROCESSES).as_posix() for path in PROCESSES.rglob("*.bpmn"))
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
LINE = 14
# Flows that go back: into an earlier row of the drawing, to an earlier task, around a loop.
BACK = {
    "angaben_da", "angaben_unbrauchbar", "antwort_pruefen", "aktenlage_reicht_aus", "aktenlage_reicht_nicht",
    "bleibt_ungeschuetzt", "zum_ersatz", "wieder_pruefen", "angehoert", "zurueck", "freigabe_ja", "nachfrist_gewaehrt",
    "tag_eingetragen", "verlaengerung_gilt_nicht", "neue_frist_laeuft", "erneut_freigeben",
    "anderer_weg", "postaufgabe_unmoeglich", "nachweis_unmoeglich", "weiter_warten", "erneut_zustellen", "angaben_nachholen",
    "entschieden",
}  # fmt: skip
SIGN = 5.6  # the mean width of a sign in the font of labels, in the drawing's units


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, node: etree._Element) -> Box:
        return cls(*(float(node.get(key, "nan")) for key in ("x", "y", "width", "height")))

    def meets(self, other: Box) -> bool:
        apart = self.x + self.width <= other.x or other.x + other.width <= self.x
        return not (apart or self.y + self.height <= other.y or other.y + other.height <= self.y)

    def holds(self, other: Box) -> bool:
        across = self.x <= other.x and other.x + other.width <= self.x + self.width
        return across and self.y <= other.y and other.y + other.height <= self.y + self.height

    def edge_has(self, x: float, y: float) -> bool:
        on_side = x in (self.x, self.x + self.width) and self.y <= y <= self.y + self.height
        return on_side or (y in (self.y, self.y + self.height) and self.x <= x <= self.x + self.width)


class Drawing:
    """What a BPMN file draws."""

    def __init__(self, file: str) -> None:
        self.root = etree.fromstring((PROCESSES / file).read_bytes())
        self.elements = {node.get("id"): node for node in self.root.iterfind(".//bpmn:process//*[@id]", NS)}
        self.shapes = {node.get("bpmnElement"): node for node in self.root.iterfind(".//bpmndi:BPMNShape", NS)}
        self.edges = {node.get("bpmnElement"): node for node in self.root.iterfind(".//bpmndi:BPMNEdge", NS)}
        self.boxes = {id: Box.of(node.find("dc:Bounds", NS)) for id, node in self.shapes.items()}
        self.lines = {
            id: [(float(point.get("x")), float(point.get("y"))) for point in node.iterfind("di:waypoint", NS)]
            for id, node in self.edges.items()
        }

    def kind(self, id: str) -> str:
        return str(etree.QName(self.elements[id]).localname)

    def labels(self) -> Iterator[tuple[str, Box]]:
        """Every label outside a shape, as wide and high as its text is written."""
        for id, node in {**self.shapes, **self.edges}.items():
            bounds = node.find("bpmndi:BPMNLabel/dc:Bounds", NS)
            if bounds is not None:
                yield id, written(self.elements[id].get("name"), Box.of(bounds))

    def segments(self) -> Iterator[tuple[str, Box]]:
        for id, points in self.lines.items():
            for (x1, y1), (x2, y2) in pairwise(points):
                yield id, Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))


def written(text: str, room: Box) -> Box:
    """How a text is set in the room of its label: centred, broken at words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) * SIGN > max(room.width, 30):
            lines.append(word)
        else:
            lines[-1] = longer
    width = max(len(line) for line in lines) * SIGN
    return Box(room.x + room.width / 2 - width / 2, room.y, width, LINE * len(lines))


@pytest.fixture(params=FILES)
def drawing(request: pytest.FixtureRequest) -> Drawing:
    return Drawing(request.param)


def test_every_element_has_a_shape_and_every_flow_an_edge(drawing):
    flows = {id for id in drawing.elements if drawing.kind(id) == "sequenceFlow"}
    nodes = {node.get("id") for node in drawing.root.iterfind(".//bpmn:process//*[bpmn:incoming]", NS)}
    nodes |= {node.get("id") for node in drawing.root.iterfind(".//bpmn:process//*[bpmn:outgoing]", NS)}
    assert set(drawing.edges) == flows
    assert set(drawing.shapes) == nodes
    assert nodes


def test_flows_touch_what_they_connect_and_turn_at_right_angles(drawing):
    for id, points in drawing.lines.items():
        flow = drawing.elements[id]
        assert drawing.boxes[flow.get("sourceRef")].edge_has(*points[0]), id
        assert drawing.boxes[flow.get("targetRef")].edge_has(*points[-1]), id
        assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairwise(points)), id


def test_shapes_do_not_overlap(drawing):
    for one, other in combinations(drawing.boxes, 2):
        a, b = drawing.boxes[one], drawing.boxes[other]
        attached = "boundaryEvent" in {drawing.kind(one), drawing.kind(other)}
        if not (a.holds(b) or b.holds(a) or attached):
            assert not a.meets(b), f"{one} lies on {other}"


def test_a_boundary_event_sits_on_the_edge_of_its_host(drawing):
    for id, box in drawing.boxes.items():
        if drawing.kind(id) == "boundaryEvent":
            host = drawing.boxes[drawing.elements[id].get("attachedToRef")]
            assert host.edge_has(box.x + box.width / 2, box.y + box.height / 2)


def test_flows_do_not_run_through_shapes(drawing):
    for id, segment in drawing.segments():
        flow = drawing.elements[id]
        for other, box in drawing.boxes.items():
            inside = Box(box.x + 1, box.y + 1, box.width - 2, box.height - 2)
            own = other in (flow.get("sourceRef"), flow.get("targetRef"))
            around = drawing.kind(other) == "subProcess" and flow.getparent().get("id") == other
            on_host = drawing.elements[flow.get("sourceRef")].get("attachedToRef") == other
            if not (own or around or on_host):
                assert not segment.meets(inside), f"{id} runs through {other}"


def test_labels_lie_on_nothing(drawing):
    labels = list(drawing.labels())
    assert labels
    for id, label in labels:
        for other, box in drawing.boxes.items():
            if not box.holds(label):
                assert not label.meets(box), f"label of {id} lies on {other}"
        for other, segment in drawing.segments():
            assert not label.meets(segment), f"label of {id} lies on {other}"
    for (one, a), (other, b) in combinations(labels, 2):
        assert not a.meets(b), f"labels of {one} and {other} overlap"


def test_events_and_questions_are_labelled(drawing):
    labelled = {id for id, _ in drawing.labels()}
    for id, element in drawing.elements.items():
        if element.get("name") and drawing.kind(id).endswith(("Event", "Gateway", "Flow")):
            assert id in labelled, id


def test_gateways_that_ask_name_the_answers(drawing):
    for id in drawing.boxes:
        ways = [flow for flow in drawing.lines if drawing.elements[flow].get("sourceRef") == id]
        if drawing.kind(id) == "exclusiveGateway" and len(ways) > 1:
            assert drawing.elements[id].get("name", "").endswith("?")
            assert all(drawing.elements[flow].get("name") for flow in ways)


def test_what_follows_is_drawn_to_the_right_of_what_comes_before(drawing):
    back = [id for id, points in drawing.lines.items() if points[-1][0] < points[0][0]]
    assert set(back) <= BACK
