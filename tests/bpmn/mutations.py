"""Valid diagrams with faults put in at random: what people's tools and hands do to XML."""

from __future__ import annotations

import copy

from lxml import etree

from tests.bpmn.dice import Dice
from tests.bpmn.drawing import Z

JUNK = [
    "",
    " ",
    "=",
    "=1 +",
    "=null",
    "ja",
    "Start",
    "End",
    "p",
    "u1",
    "PT",
    "R/PT0S",
    "P1D",
    "=[1",
    "äöü 😀",
    "-1",
    "0",
    "99999999999999999999",
    "true",
    "x" * 300,
    "=a.b.c",
    "{x}",
    "1.5",
]
KINDS = [
    "userTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "manualTask", "task", "subProcess",
    "transaction", "adHocSubProcess", "callActivity", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway", "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
    "sequenceFlow",
    "messageEventDefinition", "timerEventDefinition", "errorEventDefinition", "signalEventDefinition",
    "conditionalEventDefinition",
    "escalationEventDefinition", "compensateEventDefinition", "linkEventDefinition", "cancelEventDefinition",
    "terminateEventDefinition", "timeDate", "timeCycle", "timeDuration", "process", "association", "message",
    "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "dataStoreReference", "unbekannt",
]  # fmt: skip


def mutate(content: bytes, dice: Dice, most: int) -> bytes:
    """The same file with up to so many changes."""
    root = etree.fromstring(content)
    for _ in range(1 + dice.below(most)):
        nodes = [node for node in root.iter() if node is not root]
        if not nodes:
            break
        node = nodes[(dice.below(256) * 256 + dice.below(256)) % len(nodes)]
        CHANGES[dice.below(len(CHANGES))](root, node, dice)
    made = etree.tostring(root)
    if dice.chance(5):  # a file cut off, or with a strange byte in it
        at = (dice.below(256) * 256 + dice.below(256)) % len(made)
        return made[:at] if dice.chance(50) else made[:at] + bytes([dice.below(256)]) + made[at + 1 :]
    return made


def drop(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    above = node.getparent()
    assert above is not None  # not the root
    above.remove(node)


def double(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    above = node.getparent()
    assert above is not None
    twin = copy.deepcopy(node)
    if dice.chance(50):
        for one in twin.iter():
            if one.get("id"):
                one.set("id", f"{one.get('id')}_2")
    above.insert(dice.below(len(above) + 1), twin)


def move(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    """Somewhere else: into another element, or among its neighbours."""
    inside = set(node.iter())
    places = [one for one in root.iter() if one not in inside]
    place = places[(dice.below(256) * 256 + dice.below(256)) % len(places)]
    place.insert(dice.below(len(place) + 1), node)


def rename(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    space = etree.QName(node).namespace
    node.tag = f"{{{space if dice.chance(90) else 'urn:fremd'}}}{dice.pick(KINDS)}"


def text(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    """Other words where there are some; FEEL that is none, and texts that are."""
    said = [one for one in root.iter() if one.text and one.text.strip()] or [node]
    said[dice.below(256) % len(said)].text = dice.pick(JUNK)


def bend(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    """A flow or a reference that leads elsewhere."""
    refs = [one for one in root.iter() if any(name.endswith("Ref") or name == "default" for name in one.attrib)]
    ids = [one.get("id", "") for one in root.iter() if one.get("id")]
    if refs and ids:
        one = refs[(dice.below(256) * 256 + dice.below(256)) % len(refs)]
        name = dice.pick([name for name in one.attrib if name.endswith("Ref") or name == "default"])
        one.set(name, ids[(dice.below(256) * 256 + dice.below(256)) % len(ids)])


def words(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    """Junk in what an extension says."""
    said = [one for one in root.iter() if str(one.tag).startswith(Z)] or [node]
    one = said[(dice.below(256) * 256 + dice.below(256)) % len(said)]
    if one.attrib:
        one.set(dice.pick(sorted(one.attrib)), dice.pick(JUNK))


def attribute(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    """An attribute gone, renamed, with junk in it, or with what stands in another."""
    names = sorted(node.attrib)
    if not names:
        return
    name, what = dice.pick(names), dice.below(4)
    if what == 0:
        del node.attrib[name]
    elif what == 1:
        node.set(
            dice.pick(["default", "attachedToRef", "id", "isForCompensation", "triggeredByEvent", "fremd"]),
            node.attrib.pop(name),
        )
    elif what == 2:
        node.set(name, dice.pick(JUNK))
    else:
        ids = [one.get("id", "") for one in root.iter() if one.get("id")]
        node.set(name, ids[(dice.below(256) * 256 + dice.below(256)) % len(ids)])


def switch(root: etree._Element, node: etree._Element, dice: Dice) -> None:
    """What an element is, said otherwise."""
    name = dice.pick(
        [
            "isForCompensation",
            "triggeredByEvent",
            "cancelActivity",
            "isInterrupting",
            "isSequential",
            "testBefore",
            "default",
            "ordering",
            "loopMaximum",
        ]
    )
    node.set(name, dice.pick(["true", "false", "Sequential", "0", "quatsch"]))


CHANGES = [attribute, drop, double, move, rename, text, text, switch, switch, bend, bend, words, words]
