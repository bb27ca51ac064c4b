"""The elements of BPMN that run, by their name in the diagram."""

from __future__ import annotations

from engine.bpmn.nodes.activities import Call, Decide, Script, Service, SubProcess, User
from engine.bpmn.nodes.base import Body, Node, Text, Way
from engine.bpmn.nodes.events import Boundary, Catch, End, EventGateway, Exclusive, Parallel, Start, throw_error

__all__ = ["NODES", "Body", "Node", "Parallel", "Service", "Text", "Way", "throw_error"]

NODES: dict[str, type[Node]] = {
    "startEvent": Start,
    "endEvent": End,
    "exclusiveGateway": Exclusive,
    "parallelGateway": Parallel,
    "intermediateCatchEvent": Catch,
    "boundaryEvent": Boundary,
    "userTask": User,
    "serviceTask": Service,
    "scriptTask": Script,
    "businessRuleTask": Decide,
    "callActivity": Call,
    "eventBasedGateway": EventGateway,
    "subProcess": SubProcess,
}
