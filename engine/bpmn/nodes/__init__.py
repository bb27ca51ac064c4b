"""The elements of BPMN that run, by their name in the diagram."""

from __future__ import annotations

from engine.bpmn.nodes.base import Body, Node, Text, Way, open_scope
from engine.bpmn.nodes.containers import AdHocSubProcess, Call, SubProcess
from engine.bpmn.nodes.events import Boundary, Catch, Start
from engine.bpmn.nodes.gateways import EventGateway, Exclusive, Inclusive, Parallel
from engine.bpmn.nodes.jobs import job_of
from engine.bpmn.nodes.tasks import Decide, Manual, Receive, Script, Send, Service, User
from engine.bpmn.nodes.throws import End, Throw, throw_error

__all__ = ["NODES", "Body", "Node", "Parallel", "Text", "Way", "job_of", "open_scope", "throw_error"]

NODES: dict[str, type[Node]] = {
    "startEvent": Start,
    "endEvent": End,
    "exclusiveGateway": Exclusive,
    "parallelGateway": Parallel,
    "inclusiveGateway": Inclusive,
    "eventBasedGateway": EventGateway,
    "intermediateCatchEvent": Catch,
    "intermediateThrowEvent": Throw,
    "boundaryEvent": Boundary,
    "userTask": User,
    "serviceTask": Service,
    "scriptTask": Script,
    "businessRuleTask": Decide,
    "sendTask": Send,
    "receiveTask": Receive,
    "manualTask": Manual,
    "task": Manual,
    "callActivity": Call,
    "subProcess": SubProcess,
    "transaction": SubProcess,
    "adHocSubProcess": AdHocSubProcess,
}
