"""What events wait for and throw, and how often activities are done: from BPMN XML to values."""

from __future__ import annotations

from lxml import etree

from engine.bpmn.diagram import AdHoc, EventDefinition, MultiInstance, StandardLoop
from engine.bpmn.reading import GERMAN, THROWING, B, Reading, Z, feel_of
from engine.bpmn.xml import BPMN, local, namespace_of

# Which event definitions run at which event; everything else is refused.
EVENT_KINDS = {
    "startEvent": frozenset({"none", "message", "timer", "signal"}),
    "endEvent": frozenset({"none", "message", "signal", "error", "escalation", "compensate", "cancel", "terminate"}),
    "intermediateCatchEvent": frozenset({"timer", "message", "signal", "conditional", "link"}),
    "intermediateThrowEvent": frozenset({"none", "message", "signal", "escalation", "compensate", "link"}),
    "boundaryEvent": frozenset(
        {"timer", "message", "signal", "error", "escalation", "conditional", "compensate", "cancel"}
    ),
}  # fmt: skip
TRIGGERS = frozenset({"timer", "message", "signal", "error", "escalation", "conditional"})
"""What may start an event sub-process."""
KIND_NAMES = {
    "message": "Nachricht", "timer": "Zeit", "signal": "Signal", "error": "Fehler", "escalation": "Eskalation",
    "conditional": "Bedingung", "compensate": "Kompensation", "link": "Link", "cancel": "Abbruch", "terminate": "Beendigung",
}  # fmt: skip


def read_event(reading: Reading, node: etree._Element, kind: str, *, triggers: bool, interrupting: bool) -> EventDefinition:
    """The event definition of an event; `triggers` says whether it starts an event sub-process."""
    definitions = [child for child in node if namespace_of(child) == BPMN and local(child).endswith("EventDefinition")]
    if len(definitions) > 1:
        reading.finding(
            node, "mehrere Ereignisdefinitionen an einem Ereignis werden nicht ausgeführt", "in mehrere Ereignisse teilen"
        )
        return EventDefinition()
    refs = node.findall(f"{B}eventDefinitionRef")
    if refs:
        reading.finding(refs[0], "eine Ereignisdefinition außerhalb des Ereignisses wird nicht gelesen", "am Ereignis angeben")
    event = _definition(reading, definitions[0], kind) if definitions else EventDefinition()
    if event.kind not in (TRIGGERS if triggers else EVENT_KINDS[kind]):
        where = "Startereignis eines Ereignis-Teilprozesses" if triggers else GERMAN[kind]
        what = f" mit {KIND_NAMES.get(event.kind, event.kind)}" if event.kind != "none" else " ohne Ereignisdefinition"
        reading.finding(
            node, f"„{where}{what}“ wird nicht ausgeführt", "durch ein unterstütztes Ereignis ersetzen (docs/bundles.md)"
        )
    _check_event(reading, node, kind, event, repeats=not interrupting and (triggers or kind == "boundaryEvent"))
    return event


def _check_event(reading: Reading, node: etree._Element, kind: str, event: EventDefinition, *, repeats: bool) -> None:
    if event.timer == "cycle" and not repeats and kind in ("boundaryEvent", "intermediateCatchEvent"):
        message = "ein wiederkehrendes Zeitereignis geschieht hier nur einmal"
        reading.finding(node, message, "Zeitpunkt oder Dauer angeben", "warning")
    if event.kind == "error" and repeats:
        reading.finding(node, "ein Fehler unterbricht die Aktivität immer", "als unterbrechend modellieren")
    if event.kind in ("error", "escalation") and kind not in ("boundaryEvent", "startEvent") and not event.name:
        word = KIND_NAMES[event.kind]
        message = f"{GERMAN[kind]} mit {word}: nennt keinen {'Fehlercode' if event.kind == 'error' else 'Code'}"
        reading.finding(node, message, f"{word} mit Code anlegen und zuordnen")
    if event.kind in ("signal", "link") and not event.name:
        reading.finding(node, f"das Ereignis nennt keinen Namen ({KIND_NAMES[event.kind]})", "Namen anlegen und zuordnen")


def _definition(reading: Reading, node: etree._Element, at: str) -> EventDefinition:
    kind = local(node).removesuffix("EventDefinition")
    if kind == "timer":
        return _timer(reading, node)
    if kind == "message":
        return read_message(reading, node, at)
    if kind in ("signal", "error", "escalation"):
        return EventDefinition(kind, name=reading.codes.get(node.get(f"{kind}Ref", ""), ""))
    if kind == "conditional":
        text = feel_of(node.find(f"{B}condition"))
        if text is None:
            reading.finding(node, "das Bedingungsereignis nennt keine Bedingung", "Bedingung als FEEL angeben")
        return EventDefinition(kind, text=text or "false")
    if kind == "compensate":
        if node.get("waitForCompletion") == "false":
            reading.finding(node, "auf die Kompensation wird immer gewartet", "waitForCompletion entfernen", "warning")
        return EventDefinition(kind, activity=node.get("activityRef", ""))
    if kind == "link":
        return EventDefinition(kind, name=(node.get("name") or "").strip())
    return EventDefinition(kind)


def _timer(reading: Reading, node: etree._Element) -> EventDefinition:
    for name, timer in (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle")):
        found = node.find(f"{B}{name}")
        if found is not None and (found.text or "").strip():
            return EventDefinition("timer", timer, (found.text or "").strip())
    reading.finding(node, "das Zeitereignis nennt keine Zeit", "Zeitpunkt oder Dauer angeben")
    return EventDefinition("timer", "duration", "PT0S")


def read_message(reading: Reading, node: etree._Element, at: str) -> EventDefinition:
    """The message that an event or task names; thrown ones may say whom they are for, and how long they wait."""
    name, key = reading.messages.get(node.get("messageRef", ""), ("", None))
    holder = node.getparent() if node.getparent() is not None and local(node).endswith("EventDefinition") else node
    sent = None if holder is None else holder.find(f"{B}extensionElements/{Z}publishMessage")
    if at in THROWING:
        has_job = holder is not None and holder.find(f"{B}extensionElements/{Z}taskDefinition") is not None
        if not name and not has_job and at != "sendTask":
            message = "das Ereignis nennt keine Nachricht; es wird keine gesendet"
            reading.finding(node, message, "Nachricht mit Namen anlegen und zuordnen", "warning")
        if sent is not None:
            key = sent.get("correlationKey") or key
            return EventDefinition("message", name=name, key=key, id=sent.get("messageId"), ttl=sent.get("timeToLive"))
        return EventDefinition("message", name=name, key=key)
    if not name:
        reading.finding(node, "das Nachrichtenereignis nennt keine Nachricht", "Nachricht mit Namen anlegen und zuordnen")
    elif key is None and at != "startEvent":
        message = f"die Nachricht „{name}“ hat keinen Korrelationsschlüssel und kommt nur ohne Schlüssel an"
        reading.finding(node, message, "Korrelationsschlüssel als FEEL angeben", "warning")
    return EventDefinition("message", name=name, key=key)


def read_loop(reading: Reading, node: etree._Element) -> MultiInstance | StandardLoop | None:
    """How often an activity is done."""
    again = node.find(f"{B}standardLoopCharacteristics")
    if again is not None:
        return _standard_loop(reading, again)
    loop = node.find(f"{B}multiInstanceLoopCharacteristics")
    if loop is None:
        return None
    zeebe = loop.find(f"{B}extensionElements/{Z}loopCharacteristics")
    given = _attributes(zeebe)
    item, data = loop.find(f"{B}inputDataItem"), loop.find(f"{B}loopDataInputRef")
    made, into = loop.find(f"{B}outputDataItem"), loop.find(f"{B}loopDataOutputRef")
    collection = given.get("inputCollection", "").removeprefix("=").strip() or feel_of(data)
    cardinality = feel_of(loop.find(f"{B}loopCardinality"))
    if collection is None and cardinality is None:
        reading.finding(node, "die Mehrfachausführung nennt keine Liste", "Eingabeliste (inputCollection) als FEEL angeben")
        return None
    return MultiInstance(
        collection,
        given.get("inputElement") or (None if item is None else item.get("name")),
        given.get("outputCollection") or feel_of(into),
        given.get("outputElement", "").removeprefix("=") or (None if made is None else made.get("name")),
        feel_of(loop.find(f"{B}completionCondition")),
        loop.get("isSequential") == "true",
        None if collection is not None else cardinality,
    )


def _attributes(node: etree._Element | None) -> dict[str, str]:
    return {} if node is None else {str(name): str(value) for name, value in node.attrib.items()}


def _standard_loop(reading: Reading, node: etree._Element) -> StandardLoop:
    most, condition = node.get("loopMaximum"), feel_of(node.find(f"{B}loopCondition"))
    if condition is None and most is None:
        message = "die Schleife nennt weder eine Bedingung noch eine höchste Zahl und endet nie"
        reading.finding(node, message, "Bedingung (loopCondition) als FEEL angeben")
    return StandardLoop(condition, node.get("testBefore") == "true", int(most) if most and most.strip().isdigit() else None)


def read_adhoc(node: etree._Element) -> AdHoc:
    """How the activities of an ad-hoc sub-process are done."""
    zeebe = node.find(f"{B}extensionElements/{Z}adHoc")
    given = _attributes(zeebe)
    return AdHoc(
        given.get("activeElementsCollection", "").removeprefix("=").strip() or None,
        node.get("ordering") == "Sequential",
        feel_of(node.find(f"{B}completionCondition")),
        node.get("cancelRemainingInstances", "true") != "false",
        given.get("outputCollection"),
        given.get("outputElement", "").removeprefix("=") or None,
    )
