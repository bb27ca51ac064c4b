"""A BPMN file while it is read: what has been found in it so far, and what the elements are called in German."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from lxml import etree

from engine.base.errors import Cause, Severity
from engine.bpmn.schemas import owner
from engine.bpmn.xml import BPMN, ZEEBE, line_of, local, namespace_of

B, Z = f"{{{BPMN}}}", f"{{{ZEEBE}}}"

TASKS = frozenset(
    {
        "userTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "manualTask", "task",
    }
)  # fmt: skip
CONTAINERS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | CONTAINERS | {"callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
THROWING = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
RUNNABLE = ACTIVITIES | GATEWAYS | EVENTS

GERMAN = {
    "userTask": "Benutzeraufgabe", "serviceTask": "Service-Aufgabe", "scriptTask": "Skript-Aufgabe",
    "subProcess": "Teilprozess", "exclusiveGateway": "exklusives Gateway", "parallelGateway": "paralleles Gateway",
    "startEvent": "Startereignis", "endEvent": "Endereignis", "intermediateCatchEvent": "Zwischenereignis",
    "boundaryEvent": "Randereignis", "inclusiveGateway": "inklusives Gateway", "complexGateway": "komplexes Gateway",
    "eventBasedGateway": "ereignisbasiertes Gateway", "intermediateThrowEvent": "auslösendes Zwischenereignis",
    "callActivity": "Aufruf-Aktivität", "businessRuleTask": "Geschäftsregel-Aufgabe", "sendTask": "Sende-Aufgabe",
    "receiveTask": "Empfangs-Aufgabe", "manualTask": "manuelle Aufgabe", "task": "unbestimmte Aufgabe",
    "transaction": "Transaktion", "adHocSubProcess": "Ad-hoc-Teilprozess", "choreographyTask": "Choreografie",
    "subChoreography": "Choreografie", "callChoreography": "Choreografie", "conversation": "Konversation",
    "subConversation": "Konversation", "callConversation": "Konversation", "dataStoreReference": "Datenspeicher",
    "sequenceFlow": "Fluss",
}  # fmt: skip


@dataclass(slots=True)
class Reading:
    """A file while it is being read."""

    file: str
    root: etree._Element
    findings: list[Cause] = field(default_factory=list)
    messages: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """Name and correlation key of each message, by its id."""
    codes: dict[str, str] = field(default_factory=dict)
    """The name of each signal and the code of each error and escalation, by its id."""

    def finding(
        self, node: etree._Element, message: str, hint: str = "", severity: Severity = "error", element: str | None = None
    ) -> None:
        self.findings.append(
            Cause(message, hint, file=self.file, line=line_of(node), element=element or owner(node), severity=severity)
        )

    def ref(self, node: etree._Element, name: str, known: Collection[str] | None = None) -> str:
        """The id that an attribute refers to, without the prefix of its namespace; one that is not known is a finding."""
        prefix, _, rest = (node.get(name) or "").strip().rpartition(":")
        id = rest if not prefix or prefix in node.nsmap else f"{prefix}:{rest}"
        if id and known is not None and id not in known:
            self.finding(node, f"„{name}“ verweist auf „{id}“, das es in dieser Datei nicht gibt", "Verweis neu setzen")
        return id

    def refuse(self, node: etree._Element, kind: str) -> None:
        """Say that an element does not run."""
        word = GERMAN.get(kind, kind)
        self.finding(node, f"„{word}“ wird nicht ausgeführt", "durch ein unterstütztes Element ersetzen (docs/bundles.md)")

    def read_definitions(self) -> None:
        """What the file says once for all its events: messages, signals, errors and escalations."""
        for node in self.root:
            kind, id = local(node), node.get("id", "")
            if namespace_of(node) != BPMN:
                continue
            if kind == "message":
                subscription = node.find(f"{B}extensionElements/{Z}subscription")
                key = None if subscription is None else subscription.get("correlationKey")
                self.messages[id] = ((node.get("name") or "").strip(), key)
            elif kind == "signal":
                self.codes[id] = (node.get("name") or "").strip()
            elif kind == "error":
                self.codes[id] = (node.get("errorCode") or "").strip()
            elif kind == "escalation":
                self.codes[id] = (node.get("escalationCode") or "").strip()


def feel_of(node: etree._Element | None) -> str | None:
    """The FEEL in an element's text, without a leading `=`; None if there is none."""
    text = "" if node is None else (node.text or "").strip().removeprefix("=").strip()
    return text or None
