"""DMN files as they come: versions, editors' own attributes, drawings; and files that are refused."""

from importlib import resources
from pathlib import Path

import pytest
from lxml import etree

import engine.feel
from engine.base.errors import Invalid, TooLarge, Unreadable
from engine.feel.dmn.reading import NAMESPACES, read

# SpiffWorkflow ships the standard's schema of DMN 1.3; that of 1.5 lies beside the repository where it is developed.
SCHEMAS = {
    "https://www.omg.org/spec/DMN/20191111/MODEL/": Path(str(resources.files("SpiffWorkflow"))) / "dmn/parser/schema/DMN13.xsd",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": Path(__file__).parents[3] / "shared/schemas/dmn/DMN15.xsd",
}
FOUND = {namespace: path for namespace, path in SCHEMAS.items() if path.exists()}


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_versions_1_1_to_1_5(files, namespace):
    table = files.table(["x"], ["y"], [["< 5", "1"], [">= 5", "2"]])
    content = files.model(files.input("x", "number"), files.decision("e", table, inputs=("x",)), xmlns=namespace)
    assert read(content).version == NAMESPACES[namespace]
    assert engine.feel.decide(content, "e", {"x": 7}) == 2


MODELER = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"
    xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
    xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_1"
    name="DRD" namespace="http://camunda.org/schema/1.0/dmn" exporter="Camunda Modeler" exporterVersion="5.20.0"
    modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.4.0">
  <!-- drawn by hand -->
  <decision id="Decision_1" name="Baum geschützt" camunda:historyTimeToLive="180">
    <decisionTable id="Table_1" hitPolicy="FIRST" biodi:annotationsWidth="400">
      <input id="Input_1" label="Umfang" biodi:width="192">
        <inputExpression id="IE_1" typeRef="integer"><text>umfang</text></inputExpression></input>
      <input id="Input_2" label="Art"><inputExpression id="IE_2" typeRef="string"><text>art</text></inputExpression></input>
      <output id="Output_1" label="geschützt?" name="geschuetzt" typeRef="boolean"/>
      <rule id="Rule_1"><description>Obst</description>
        <inputEntry id="E1"><text></text></inputEntry><inputEntry id="E2"><text>"Birne","Apfel"</text></inputEntry>
        <outputEntry id="O1"><text>false</text></outputEntry></rule>
      <rule id="Rule_2"><inputEntry id="E3"><text>&gt;80</text></inputEntry><inputEntry id="E4"><text></text></inputEntry>
        <outputEntry id="O2"><text>true</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="Decision_2" name="Hinweis">
    <informationRequirement id="IR_1"><requiredDecision href="#Decision_1"/></informationRequirement>
    <literalExpression id="LE_1" expressionLanguage="feel"><text>if geschuetzt then "Antrag nötig" else "frei"</text>
    </literalExpression>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef="Decision_1"><dc:Bounds height="80" width="180" x="160" y="100"/>
  </dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>"""


def test_files_of_the_camunda_modeler_and_dmn_js():
    content = MODELER.encode()
    result = engine.feel.decide_explained(content, "Decision_1", {"umfang": 90, "art": "Eiche"})
    assert result.value is True
    assert result.rules[0].rule == "Rule_2"
    assert result.rules[0].inputs == (("Umfang", 90), ("Art", "Eiche"))
    assert engine.feel.decide(content, "Hinweis", {"umfang": 90, "art": "Birne"}) == "frei"
    assert engine.feel.decide_explained(content, "Baum geschützt", {"umfang": 9, "art": "Birne"}).rules[0].annotations == (
        "Obst",
    )
    assert [finding.severity for finding in engine.feel.check_dmn({"a.dmn": content})] == ["advice", "advice", "advice"]


@pytest.mark.parametrize("namespace", FOUND)
def test_the_files_these_tests_write_are_valid_by_the_schema_of_the_standard(files, namespace):
    schema = etree.XMLSchema(etree.parse(FOUND[namespace]))
    table = files.table(
        ["x"], ["y"], [["< 5", "1"], [">= 5", "2"]], values={"y": "1, 2"}, defaults={"y": "1"}, input_values={"x": "> 0"}
    )
    content = files.model(
        files.item("tX", "<typeRef>number</typeRef><allowedValues><text>&gt; 0</text></allowedValues>"),
        files.input("x", "tX"),
        files.decision("e", table, inputs=("x",)),
        files.decision("f", files.text("k(e)"), decisions=("e",), knows=("k",)),
        files.knowledge("k", {"a": "number"}, files.text("a + 1")),
        xmlns=namespace,
    )
    schema.assertValid(etree.fromstring(content))
    assert engine.feel.decide(content, "f", {"x": 7}) == 3


ENTITIES = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE definitions [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]>'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="&i;" namespace="x"/>'
)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", Unreadable), (b"kein XML", Unreadable), (b"<a>", Unreadable), (b"\xff\xfe\x00", Unreadable),
        (BOMB.encode(), Unreadable),
        (BOMB.replace("1.0\"?>", '1.0" encoding="UTF-16"?>', 1).encode("utf-16"), Unreadable),
        (b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>', Unreadable),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', Unreadable), (b"<x/>", Invalid),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', Invalid),
        (b'<decision xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/"/>', Invalid), (b" " * 8_000_001, TooLarge),
    ],
    ids=[
        "empty", "text", "open", "bytes", "bomb", "bomb in UTF-16", "external DTD", "external entity", "other", "BPMN",
        "no definitions", "large",
    ],
)  # fmt: skip
def test_files_that_are_refused(content, error):
    with pytest.raises(error) as caught:
        engine.feel.decide(content, "e", {})
    assert caught.value.sentence


def test_broken_structure_is_refused_with_line_and_element(files):
    short = files.table(["x"], ["y"], [["1", "2"]]).replace("<inputEntry><text>1</text></inputEntry>", "")
    with pytest.raises(Invalid) as caught:
        engine.feel.decide(files.model(files.decision("e", short)), "e", {})
    assert (caught.value.causes[0].element, caught.value.causes[0].line) == ("r1", 3)


@pytest.mark.parametrize(
    "logic",
    [
        '<decisionTable id="t"/>', '<decisionTable id="t" hitPolicy="ALWAYS"><output/></decisionTable>', "<invocation/>",
        "<conditional/>", "<filter/>",
        '<for iteratorVariable="a"/>', '<relation><column name="a"/><row/></relation>',
        '<invocation><literalExpression><text>f</text></literalExpression><binding/></invocation>',
        '<decisionTable id="t" hitPolicy="COLLECT" aggregation="MEAN"><output/></decisionTable>',
    ],
)  # fmt: skip
def test_boxes_that_miss_a_part_are_refused(files, logic):
    with pytest.raises(Invalid):
        engine.feel.decide(files.model(files.decision("e", logic)), "e", {})


def test_the_same_id_twice_is_refused(files):
    with pytest.raises(Invalid, match="zweimal"):
        engine.feel.decide(files.model(files.input("a"), files.input("a")), "e", {})


def test_boxes_in_boxes_without_end_are_refused(files):
    deep = "<list>" * 80 + files.text("1") + "</list>" * 80
    with pytest.raises(Invalid, match="tiefer"):
        engine.feel.decide(files.model(files.decision("e", deep)), "e", {})


def test_a_file_of_many_rules_is_read_once(files):
    content = files.model(files.decision("e", files.table(["x"], ["y"], [[str(n), str(n * 2)] for n in range(200)])))
    assert engine.feel.decide(content, "e", {"x": 150}) == 300
    assert engine.feel.decide(bytes(bytearray(content)), "e", {"x": 199}) == 398


def test_comments_inside_a_text_do_not_cut_it(files):
    content = files.model(files.decision("e", files.text("1 + 2"))).replace(b"1 + 2", b"1 <!-- und --> + 2")
    assert engine.feel.decide(content, "e", {}) == 3
