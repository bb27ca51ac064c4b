"""What Camunda 7 gives to an element and takes from it: inputOutput, and in/out of call activities and signals."""

from __future__ import annotations

from lxml import etree

from engine.bpmn.dialects.pieces import quoted
from engine.bpmn.dialects.rewriting import NOTHING, B, Rewriting, Z, children, drop, placed, take
from engine.bpmn.xml import local
from engine.feel.grammar.names import is_plain

MAX_DEPTH = 20
KINDS = {"inputParameter": "input", "outputParameter": "output"}
OWN_KEY = frozenset({"#{execution.processBusinessKey}", "${execution.processBusinessKey}"})


def parameters(r: Rewriting, node: etree._Element) -> etree._Element | None:
    """`inputOutput` as mappings, in the order in which they stand; the first output comes back."""
    found = [one for io in children(node, "inputOutput") for one in io if isinstance(one.tag, str)]
    for one in found:
        kind = KINDS.get(local(one))
        if kind is None:
            r.say(node, f"„{local(one)}“ in „inputOutput“ wird nicht verstanden und hat keine Wirkung", severity="warning")
            continue
        source = _source(r, node, one)
        r.mapping(node, kind, source, one.get("name", ""), one)
    outputs = [one for one in found if local(one) == "outputParameter"]
    if len(outputs) < len(found) and local(node) == "callActivity":
        message = "die Eingaben (inputParameter) kennt hier auch der aufgerufene Prozess"
        r.say(found[0], message, "prüfen, dass sie dort nicht stören", "warning")
    return outputs[0] if outputs else None


def say_what_stays(r: Rewriting, node: etree._Element, output: etree._Element | None) -> None:
    """With outputs only they leave an element: so does the result of a script or decision, and of others it is said."""
    if output is None:
        return
    made = next((one for one in node.iterfind(f"{B}extensionElements/*") if local(one) in ("script", "calledDecision")), None)
    result, io = None if made is None else made.get("resultVariable"), node.find(f"{B}extensionElements/{Z}ioMapping")
    if result is not None and io is not None and all(one.get("target") != result for one in io.findall(f"{Z}output")):
        placed(etree.SubElement(io, f"{Z}output", source=f"={result}", target=result), output)
    if local(node) in ("userTask", "serviceTask", "sendTask", "receiveTask"):
        message = "nur was als Ausgabe (outputParameter) dasteht, verlässt das Element; in Camunda 7 bleibt auch das andere"
        r.say(output, message, "weitere Ergebnisse, die gebraucht werden, als Ausgabe ergänzen", "warning")


def _source(r: Rewriting, node: etree._Element, parameter: etree._Element) -> str:
    """What a parameter says, as the source of a mapping."""
    inside = [child for child in parameter if isinstance(child.tag, str)]
    if not inside:
        text = (parameter.text or "").strip()
        return r.text(parameter, parameter.get("name", ""), text) if text else "=null"
    feel = _definition(r, parameter, inside[0], 0)
    return NOTHING if feel is None else f"={feel}"


def _definition(r: Rewriting, parameter: etree._Element, node: etree._Element, depth: int) -> str | None:
    """A list, map or script as FEEL; None with a finding, where there is no counterpart."""
    name, kind = parameter.get("name", ""), local(node)
    if depth > MAX_DEPTH:
        r.say(parameter, f"„{name}“: mehr als {MAX_DEPTH} Listen und Zuordnungen ineinander", "flacher schreiben")
        return None
    inside = [child for child in node if isinstance(child.tag, str)]
    if kind == "list":
        made = [_definition(r, parameter, child, depth + 1) for child in inside]
        return None if None in made else f"[{', '.join(map(str, made))}]"
    if kind == "map":
        return _map(r, parameter, inside, depth)
    if kind == "entry" and inside:
        return _definition(r, parameter, inside[0], depth + 1)
    if kind in ("value", "entry"):
        return _feel(r, parameter, name, node.text or "")
    language = node.get("scriptFormat", "").lower()
    if kind == "script" and node.get("resource") is None and ("juel" in language or "feel" in language):
        text = (node.text or "").strip()
        return _feel(r, parameter, name, text if "juel" in language else f"={text.removeprefix('=')}")
    message = f"„{name}“: ein Skript in „{language or kind}“ wird nicht ausgeführt"
    r.say(parameter, message, "als Ausdruck ${…} oder als FEEL-Ausdruck mit = schreiben")
    return None


def _map(r: Rewriting, parameter: etree._Element, entries: list[etree._Element], depth: int) -> str | None:
    made = []
    for one in entries:
        key, value = one.get("key", ""), _definition(r, parameter, one, depth + 1)
        if "{" in key:
            r.say(parameter, f"der Name „{key[:40]}“ in einer Zuordnung ist ein Ausdruck", "als festen Text schreiben")
            return None
        if value is None:
            return None
        made.append(f"{quoted(key)}: {value}")
    return f"{{{', '.join(made)}}}"


def _feel(r: Rewriting, parameter: etree._Element, name: str, text: str) -> str | None:
    if not text.strip():
        return "null"
    made = r.text(parameter, name, text)
    if made == NOTHING:
        return None
    return f"({made[1:].strip()})" if made.startswith("=") else quoted(made)


# --- call activities ------------------------------------------------------------------------------------------------


def call_activity(r: Rewriting, node: etree._Element) -> None:
    """The process that is called, and what it gets and gives: in Camunda 7 nothing that is not said."""
    called = node.get("calledElement")
    _bound(r, node)
    if not r.camunda:
        if called:
            drop(node, "calledElement")
            r.zeebe(node, "calledElement", processId=_process_id(node, called))
        return
    every = {"in": False, "out": False}
    for kind, direction in (("in", "input"), ("out", "output")):
        for one in children(node, kind):
            every[kind] |= _variables(r, node, one, direction)
    if every["out"] and node.find(f"{B}extensionElements/{Z}ioMapping/{Z}output") is not None:
        message = "„out“ mit variables=all und einzelne Ausgaben zugleich: übernommen werden hier nur die einzelnen"
        r.say(node, message, "eines von beiden löschen")
    if called:
        drop(node, "calledElement")
        down, up = (str(every[kind]).lower() for kind in ("in", "out"))
        id = r.text(node, "calledElement", called) if "{" in called else _process_id(node, called)
        r.zeebe(
            node, "calledElement", processId=id, propagateAllParentVariables=down, propagateAllChildVariables=up
        )  # fmt: skip


def _process_id(node: etree._Element, name: str) -> str:
    """`calledElement` is a qualified name; its prefix, if it is one, says only in which file the process is."""
    prefix, _, rest = name.strip().partition(":")
    return rest if rest and prefix in node.nsmap else name.strip()


def _bound(r: Rewriting, node: etree._Element) -> None:
    binding = take(node, "calledElementBinding")
    fixed = [name for name in ("calledElementVersion", "calledElementVersionTag") if take(node, name) is not None]
    if fixed or binding in ("version", "versionTag"):
        message = f"„{(fixed or ['calledElementBinding'])[0]}“ hat keine Wirkung: es gilt der Prozess im Paket"
        r.say(node, message, "die gemeinte Fassung beilegen", "warning")
    elif binding == "latest":
        r.say(node, "„calledElementBinding“ hat keine Wirkung: es gilt der Prozess im Paket", severity="advice")
    for name in ("variableMappingClass", "variableMappingDelegateExpression"):
        if take(node, name) is not None:
            r.say(node, f"„{name}“ ist Java und wird nicht ausgeführt", "als in und out zuordnen")
    if take(node, "caseRef") is not None:
        r.say(node, "„caseRef“: Fälle nach CMMN werden nicht ausgeführt", "als Prozess modellieren")


def signal(r: Rewriting, node: etree._Element, holder: etree._Element) -> None:
    """What a thrown signal carries."""
    for one in children(node, "in"):
        if _variables(r, holder, one, "input"):
            r.say(one, "„in“ mit variables=all: ein Signal trägt hier nur, was einzeln zugeordnet ist", "einzeln zuordnen")


def _variables(r: Rewriting, node: etree._Element, one: etree._Element, kind: str) -> bool:
    """One `in` or `out` as a mapping; True if it means all variables."""
    name = "in" if kind == "input" else "out"
    key, every = one.get("businessKey"), one.get("variables") == "all"
    local_only = one.get("local") == "true"
    if key is not None and key.strip() not in OWN_KEY:
        r.say(one, "„businessKey“ hat keine Wirkung", "den Wert als Variable übergeben (source, target)", "warning")
    elif key is not None:
        r.say(one, "„businessKey“ hat keine Wirkung: alles gehört zum selben Vorgang und Aktenzeichen", severity="advice")
    if every and local_only:
        r.say(one, f"„{name}“ mit variables=all und local=true: nur die lokalen gibt es hier nicht", "einzeln zuordnen")
    elif local_only:
        r.say(one, f"„local“ an „{name}“ hat keine Wirkung", "prüfen, dass die Variable nur einmal vorkommt", "warning")
    source, expression, target = one.get("source"), one.get("sourceExpression"), one.get("target")
    if expression is not None:
        r.mapping(node, kind, _in_feel(r.text(one, "sourceExpression", expression)), target or "", one)
    elif source is not None:
        r.mapping(node, kind, _variable(r, one, source), target or source, one)
    elif not every and key is None:
        r.say(one, f"„{name}“ nennt keine Variable", "source und target angeben", "warning")
    return every


def _in_feel(text: str) -> str:
    return text if text.startswith("=") else f"={quoted(text)}"


def _variable(r: Rewriting, one: etree._Element, name: str) -> str:
    if "{" in name:
        return _in_feel(r.text(one, "source", name))
    if not is_plain(name.strip()):
        r.say(one, f"„{name[:60]}“ ist in FEEL kein Name", "die Variable umbenennen")
        return NOTHING
    return f"={name.strip()}"
