"""Diagrams that throw, catch and begin by events, and what tests ask of their cases."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from engine import reads
from engine.base.rights import SYSTEM
from engine.model import vorgang
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from tests.bpmn.diagrams import begins, catch, catching, end, flows, io, message, node, process, signal, start, throw, user
from tests.engine.cases import ANNA, TYPES, bundle, push, rows, vorgang_of

MANIFEST = 'leistung = "{key}"\nname = "{key}"\nkuerzel = "EV"\nprocess = "p"\n'


def sends(id: str, message_id: str, key: str = "", mid: str = "", ttl: str = "", inputs: Any = None) -> str:
    """An event that throws a message to who waits for that key."""
    told = {"correlationKey": key and f"={key}", "messageId": mid and f"={mid}", "timeToLive": ttl}
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in told.items() if value)
    inside = f'<bpmn:messageEventDefinition messageRef="{message_id}"/>'
    return node("intermediateThrowEvent", id, f"<zeebe:publishMessage{attributes}/>" + io(inputs, None), inside)


HEAD = message("m", "antwort", "antrag.nr") + signal("s", "wecker") + '<bpmn:message id="b" name="beginn"/>\n'
SENDS = process(
    start(), sends("senden", "m", "antrag.nr", inputs={"inhalt": '="ja"'}), end(), flows("start > senden > end"), head=HEAD
)
WAITS = process(
    start(), catch("antwort", "m"), user("pruefen"), end(), flows("start > antwort > pruefen > end"), head=HEAD
)  # fmt: skip
THROWS = process(
    start(), throw("werfen", "signal", "s", inputs={"stunde": "=7"}), end(), flows("start > werfen > end"), head=HEAD
)  # fmt: skip
HEARS = process(
    start(), catching("hoeren", "signal", "s"), user("aufstehen"), end(), flows("start > hoeren > aufstehen > end"), head=HEAD
)  # fmt: skip
BY_MESSAGE = process(begins("los", "message", "b"), user("pruefen"), end(), flows("los > pruefen > end"), head=HEAD)
BY_SIGNAL = process(begins("los", "signal", "s"), user("pruefen"), end(), flows("los > pruefen > end"), head=HEAD)


def by_time(text: str, kind: str = "timeCycle", last: str = "end") -> bytes:
    """A process that a time begins, and whose end has this id."""
    inside = f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    return process(node("startEvent", "los", "", inside, name="Stichtag"), end(last), flows(f"los > {last}"))


def deploy(diagram: bytes, key: str, *, forms: bool = True) -> str:
    """Deploy a Leistung; without `forms` no application begins it."""
    files = bundle(diagram, key, "EV")
    if not forms:
        files["bundle.toml"] = MANIFEST.format(key=key).encode()
    return str(deploy_bundle(files, TYPES, by=SYSTEM))


def begin(key: str, nr: str = "7") -> str:
    """Begin a case with an application; gives its id."""
    return vorgang_of(push(form=key, nr=nr))


def tasks(id: str) -> list[str]:
    """Where a case waits for people."""
    return [task.element for task in reads.list_aufgaben(vorgang_id=id).items if task.state == "offen"]


def do(id: str, **answers: Any) -> None:
    """Complete the only task of a case."""
    [task] = [task for task in reads.list_aufgaben(vorgang_id=id).items if task.state == "offen"]
    claim_aufgabe(task.id, by=ANNA)
    complete_aufgabe(task.id, answers, by=ANNA)


def of(key: str) -> list[Any]:
    """The cases of a Leistung, oldest first."""
    return sorted(rows(vorgang.T, leistung=key), key=lambda row: row.id)


def states(table: Any, **where: Any) -> list[str]:
    return [row.state for row in rows(table, **where)]
