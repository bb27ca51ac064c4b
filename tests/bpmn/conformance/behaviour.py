"""What a behaviour is: an element, a sentence, a small diagram and how it is played.

The scenarios are those of `amtsweg scenario`; a few steps and expectations go beyond its format (a retry after an incident, all
that is open, when a timer is due) and are seen only by our own player.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.verbs import scenario_file
from tests.bpmn.diagrams import end, flow, flows, node, par, process, start

OPENING = re.compile(r'<bpmn:(\w+) id="([^"]+)"([^>]*)>')
DELIVERS = "start" in scenario_file.TOP
"""Whether scenarios begin at other start events and deliver what is thrown."""


UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def plain(sentence: str) -> str:
    """A sentence as the id of a test."""
    return re.sub(r"\W+", "_", sentence.translate(UMLAUTS)).strip("_")


@dataclass(frozen=True)
class Play:
    """One scenario of a behaviour: what is given, what happens, and what is expected then."""

    given: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any]
    begin_at: str | None = None
    now: dt.datetime | None = None
    throws: bool = False

    @property
    def native(self) -> bool:
        """Whether the scenario runner can play it as it is."""
        acts = any({"retry", "terminate", "sleep", "fire"} & step.keys() for step in self.steps)
        nulls = has_null(self.given) or any("variables" in step and has_null(step["variables"]) for step in self.steps)
        return not acts and not nulls and (DELIVERS or not (self.throws or self.begin_at))


def has_null(value: Any) -> bool:
    """Whether there is a null in it, which TOML cannot say."""
    if isinstance(value, Mapping):
        return any(has_null(inner) for inner in value.values())
    return any(has_null(inner) for inner in value) if isinstance(value, list) else value is None


@dataclass(frozen=True)
class Behaviour:
    """What an element does, said in a sentence that a process designer understands."""

    element: str
    sentence: str
    files: Mapping[str, bytes]
    plays: tuple[Play, ...]
    elsewhere: str = ""
    """The test that shows it, where it is no scenario."""

    @property
    def id(self) -> str:
        return plain(f"{self.element} {self.sentence}")


@dataclass(frozen=True)
class Refusal:
    """What is refused at upload or warned of: what it is, and a part of the sentence that says so."""

    what: str
    says: str
    content: bytes
    severity: str

    @property
    def id(self) -> str:
        return plain(self.what)


def behaviour(element: str, sentence: str, content: bytes | Mapping[str, bytes], *plays: Play) -> Behaviour:
    files = {"test.bpmn": content} if isinstance(content, bytes) else content
    return Behaviour(element, sentence, files, plays)


def elsewhere(element: str, sentence: str, test: str) -> Behaviour:
    """A behaviour that another test shows: `tests/…/test_x.py::test_name`."""
    return Behaviour(element, sentence, {}, (), test)


def play(
    given: Mapping[str, Any] | None = None,
    *steps: Mapping[str, Any],
    at: str | None = None,
    now: str | None = None,
    throws: bool = False,
    state: str = "completed",
    **expect: Any,
) -> Play:
    """A scenario; completed at its end unless said otherwise. `at` is a start event, `now` the clock."""
    moment = None if now is None else dt.datetime.fromisoformat(now)
    return Play(given or {}, steps, {"state": state, **expect}, at, moment, throws)


# --- steps -----------------------------------------------------------------------------------------------------------

Step = dict[str, Any]


def done(element: str, item: int | None = None, **variables: Any) -> Step:
    """A person completes a user task."""
    return {"complete": element, "variables": variables} | ({} if item is None else {"item": item})


def worked(element: str, **variables: Any) -> Step:
    """The work of a service task is done."""
    return {"job": element, "variables": variables}


def broke(element: str) -> Step:
    """The work of a service task has failed for good."""
    return {"fail": element}


def refused(element: str, code: str, **variables: Any) -> Step:
    """The work of a service task ended in a BPMN error."""
    return {"error": {"job": element, "code": code}, "variables": variables}


def told(name: str, key: Any = "", /, *, once: str | None = None, lasts: str | None = None, **variables: Any) -> Step:
    """A message comes; `once` is its id, `lasts` how long it is kept."""
    message = {"name": name, "key": key} | ({"id": once} if once else {}) | ({"ttl": lasts} if lasts else {})
    return {"message": message, "variables": variables}


def heard(signal: str, /, **variables: Any) -> Step:
    """A signal is thrown somewhere."""
    return {"signal": signal, "variables": variables}


def later(duration: str) -> Step:
    """Time passes, and what falls due happens."""
    return {"advance": duration}


def tasks(*elements: str) -> Step:
    """Exactly these user tasks are open."""
    return {"waits_at": list(elements)}


def waiting(*elements: str) -> Step:
    """Exactly this is waited for: tasks, work, messages, signals, times and incidents."""
    return {"open": list(elements)}


def due(element: str, instant: str) -> Step:
    """A timer is due then."""
    return {"due": (element, instant)}


def incident(element: str, says: str = "") -> Step:
    """There is an incident at the element, and says so."""
    return {"incident": (element, says)}


def again(element: str, **variables: Any) -> Step:
    """A person mends the incident at an element: it is tried again."""
    return {"retry": element, "variables": variables}


# --- diagrams --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """Parts of a diagram that are entered and left at one element each."""

    text: str
    entry: str
    exit: str


@dataclass(frozen=True)
class Aside:
    """Parts of a diagram that stand beside the line."""

    text: str


def aside(edge: str, *parts: str) -> Aside:
    """An event at an edge and what follows it, up to an end `nach_…`."""
    ids = [OPENING.match(part)[2] for part in (edge, *parts)]  # type: ignore[index]  # every part is an element
    last = f"nach_{ids[0]}"
    return Aside("\n".join([edge, *parts, end(last), flows(" > ".join([*ids, last]))]))


def _parts(parts: Iterable[str | Block | Aside], begin: str, finish: str) -> list[str]:
    """Parts one after another between a start and an end; events at an edge lead to an end of their own (`nach_…`)."""
    found: list[str] = []
    chain: list[tuple[str, str]] = []
    for part in parts:
        if isinstance(part, Block | Aside):
            found.append(part.text)
            chain += [(part.entry, part.exit)] if isinstance(part, Block) else []
            continue
        found.append(part)
        kind, id, attributes = OPENING.match(part.strip()).groups()  # type: ignore[union-attr]  # every part is an element
        if kind == "boundaryEvent" and "compensateEventDefinition" not in part:
            found += [end(f"nach_{id}"), flow(id, f"nach_{id}")]
        elif kind not in ("boundaryEvent", "sequenceFlow") and not re.search(
            'triggeredByEvent|isForCompensation="true', attributes
        ):
            chain.append((id, id))
    if not found or not chain or not found[0].lstrip().startswith("<bpmn:startEvent"):
        found.insert(0, start(begin))
        chain.insert(0, (begin, begin))
    if not _ends(found, chain[-1][1]):
        found.append(end(finish))
        chain.append((finish, finish))
    found += [flow(left, entered) for (_, left), (entered, _) in itertools.pairwise(chain)]
    return found


def _ends(parts: list[str], last: str) -> bool:
    return any(part.lstrip().startswith(f'<bpmn:endEvent id="{last}"') for part in parts)


def line(*parts: str | Block | Aside, head: str = "", id: str = "p") -> bytes:
    """A process of these parts, one after another."""
    return process(*_parts(parts, "start", "end"), head=head, id=id)


def inner(
    id: str, *parts: str | Block | Aside, kind: str = "subProcess", extension: str = "", loop: str = "", **attributes: str
) -> str:
    """A sub-process of these parts, one after another, from `s_id` to `e_id`."""
    return node(kind, id, extension, loop, *_parts(parts, f"s_{id}", f"e_{id}"), **attributes)


def listener(id: str, begin: str, *parts: str | Block, extension: str = "") -> str:
    """An event sub-process of these parts after its start event `begin`."""
    return node("subProcess", id, extension, *_parts([begin, *parts], "", f"e_{id}"), triggeredByEvent="true")


def row(*parts: str | Block) -> Block:
    """Parts one after another, without start and end."""
    found = _parts(parts, "?", "!")
    chain = [part for part in found if '"?"' not in part and 'id="!"' not in part and '"!"' not in part]
    flows = {m[1]: m[2] for part in found for m in [re.search(r'sourceRef="([^"]+)" targetRef="([^"]+)"', part)] if m}
    last = next(source for source, target in flows.items() if target == "!")
    return Block("\n".join(chain), flows["?"], last)


def both(id: str, *branches: str | Block, gateway: Any = par) -> Block:
    """Branches at the same time, from `id` to `id_zu`."""
    parts = [gateway(id), gateway(f"{id}_zu")]
    for branch in branches:
        block = branch if isinstance(branch, Block) else row(branch)
        parts += [block.text, flow(id, block.entry), flow(block.exit, f"{id}_zu")]
    return Block("\n".join(parts), id, f"{id}_zu")


@dataclass
class Collection:
    """The behaviours of one module, in order."""

    found: list[Behaviour] = field(default_factory=list)
    element: str = ""

    def of(self, element: str) -> None:
        """The element whose behaviours follow."""
        self.element = element

    def __call__(self, sentence: str, content: bytes | Mapping[str, bytes], *plays: Play) -> None:
        self.found.append(behaviour(self.element, sentence, content, *plays))

    def shown(self, sentence: str, test: str) -> None:
        self.found.append(elsewhere(self.element, sentence, test))
