"""Trial: a designer tries a version with an application made up for it. It is a Vorgang like any other, marked as a test."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.base import db
from engine.base.errors import Cause, Invalid, Unavailable
from engine.base.rights import Konto, verb
from engine.bpmn.codec import encode
from engine.model import leistung, parameter, vorgang
from engine.verbs.asked import Kind
from engine.verbs.intake import Repeated, begin, open_antrag, stored_answer
from engine.verbs.starts import require_antrag_start
from forms import numbers
from forms.antrag import Antrag, Feld, Servicekonto
from forms.characters import has_unwanted

MARK = "Test: "
MAILBOX = Servicekonto("OSI", 3, "00000000-0000-4000-8000-00000000007e", "citizen")
"""The mailbox of nobody: the reference Servicekonto makes it when it gets its first message."""
MAX_APPLICANT, MAX_TEXT, MAX_DEPTH, MAX_FIELDS = 200, 10_000, 6, 200
_STEP = re.compile(r"([^\W\d][\w-]{0,99})(?:\[([1-9]\d{0,2})\])?")
SENTENCE = "Der Probeantrag kann so nicht gestellt werden."


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed into a field of a test application: `path` as in `antrag.…`, and what kind of value it is to be."""

    path: str
    kind: Kind
    text: str


@dataclass(slots=True)
class _Branch:
    """A group or an answer while the tree is being made."""

    below: dict[tuple[str, int], _Branch] = field(default_factory=dict)
    leaf: Feld | None = None


@verb(right="leistung.gestalten", tag="leistung:probiert")
def start_test(
    version_id: str, fields: Sequence[Given], *, applicant: str, mailbox: bool, transaction_id: str, by: Konto
) -> str:
    """Start a Vorgang of a version, current or not, with a made-up application; gives the id of the Vorgang.

    The same transactionId with the same application again gives the same Vorgang.

    Raises:
        Unknown: there is no such version.
        Invalid: pointers name the row of a field (`/pfad-3`, `/wert-3`) or `/name`; or the process begins by an event only.
        Conflict: the transactionId came before with another content.
    """
    felder = _tree(fields, applicant)
    with db.reading() as tx:
        bundle = parameter.with_own(tx, leistung.version(tx, version_id))
        nummer = vorgang.likely_nummer(tx, bundle.short)
    require_antrag_start(bundle)
    content = encode([version_id, mailbox, *map(_plain, felder)])
    antrag = Antrag(
        transaction_id=transaction_id, stelle="", leika_ids=bundle.leika_ids, form_id="", name=f"{MARK}{bundle.name}"[:300],
        servicekonto=MAILBOX if mailbox else None, felder=felder, dateien=(), content_hash=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    answer = stored_answer(antrag)
    if answer is None:
        begun = begin(antrag, bundle, nummer, [])
        try:
            with db.transaction() as tx:
                answer = open_antrag(tx, antrag, bundle, [], begun, test_by=by.login)
        except Repeated:
            answer = stored_answer(antrag)
    if answer is None:
        raise Unavailable("Derselbe Probeantrag wird gerade gestellt. Bitte gleich noch einmal versuchen.")
    return str(json.loads(answer)["vorgang"]["vorgangId"])


def transaction_id(text: str) -> str:
    """The transactionId a page has kept, or a new one if it is none."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


def _plain(feld: Feld) -> Any:
    return [feld.name, feld.kind, feld.value, [_plain(item) for item in feld.items]]


# --- from rows to an application -----------------------------------------------------------------------------------


def _tree(fields: Sequence[Given], applicant: str) -> tuple[Feld, ...]:
    causes: list[Cause] = []
    root = _Branch()
    name = " ".join(applicant.split())
    if not name or len(name) > MAX_APPLICANT or has_unwanted(name):
        hint = f"Höchstens {MAX_APPLICANT} Zeichen, zum Beispiel Erika Muster."
        causes.append(Cause("Bitte geben Sie an, wer beantragt.", hint, "/name"))
    else:
        first, _, last = name.rpartition(" ")
        for part, text in (("vorname", first), ("nachname", last)):
            if text:
                _put(root, 0, f"antragsteller.{part}", "text", text, causes)
    for row, given in enumerate(fields[:MAX_FIELDS], 1):
        if given.text.strip():
            _put(root, row, given.path.strip(), given.kind, given.text.strip(), causes)
    if len(fields) > MAX_FIELDS:
        causes.append(Cause(f"Mehr als {MAX_FIELDS} Angaben nimmt ein Probeantrag nicht auf."))
    felder = _felder(root.below)
    if causes:
        raise Invalid(SENTENCE, causes)
    return felder


def _put(root: _Branch, row: int, path: str, kind: Kind, text: str, causes: list[Cause]) -> None:
    """Put an answer into the tree where its path says."""
    steps = [_STEP.fullmatch(step) for step in path.removeprefix("antrag.").split(".")]
    names = [(step[1], int(step[2] or 0)) for step in steps if step is not None]
    if len(names) < len(steps) or len(names) > MAX_DEPTH:
        hint = "Wie im Ablauf, zum Beispiel standort.ort oder baeume[2].art."
        causes.append(Cause("So heißt kein Feld.", hint, f"/pfad-{row}"))
        return
    at = root
    for name in names:
        if at.leaf is not None:
            causes.append(Cause("Dieses Feld ist schon eine einzelne Angabe.", "Einen anderen Namen wählen.", f"/pfad-{row}"))
            return
        at = at.below.setdefault(name, _Branch())
    if at.below or at.leaf is not None:
        causes.append(Cause("Dieses Feld kommt schon vor.", "Eine der beiden Angaben löschen.", f"/pfad-{row}"))
        return
    try:
        value = _value(kind, text)
    except ValueError as refusal:
        causes.append(Cause(str(refusal), pointer=f"/wert-{row}"))
        value = None
    at.leaf = Feld(names[-1][0], _label(names[-1][0]), kind, value)


def _value(kind: Kind, text: str) -> str | Decimal | dt.date | bool:
    """The value that was typed.

    Raises:
        ValueError: it is none of that kind; the sentence is for people.
    """
    if kind == "zahl":
        try:
            return numbers.from_value(text)
        except ValueError:
            raise ValueError("Das ist keine Zahl. Zum Beispiel 210 oder 80,5.") from None
    if kind == "datum":
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise ValueError("Das ist kein Tag. Zum Beispiel 2026-03-02.") from None
    if kind == "ja_nein":
        if text not in ("ja", "nein"):
            raise ValueError("Bitte „ja“ oder „nein“ angeben.")
        return text == "ja"
    if len(text) > MAX_TEXT or has_unwanted(text):
        raise ValueError(f"Der Text ist länger als {MAX_TEXT} Zeichen oder enthält Steuerzeichen.")
    return text


def _felder(below: Mapping[tuple[str, int], _Branch]) -> tuple[Feld, ...]:
    """The branches as answers and groups; entries of a list stand in their order under one group."""
    lists: dict[str, list[tuple[int, _Branch]]] = {}
    for (name, number), branch in below.items():
        lists.setdefault(name, []).append((number, branch))
    felder: list[Feld] = []
    for name, found in lists.items():
        entries = [branch for _, branch in sorted(found, key=lambda pair: pair[0])]
        groups = [_felder(branch.below) for branch in entries if branch.leaf is None]
        felder += [branch.leaf for branch in entries if branch.leaf is not None]
        if groups and all(number for number, _ in found):
            items = tuple(Feld(f"eintrag_{at}", f"Eintrag {at}", "gruppe", items=items) for at, items in enumerate(groups, 1))
            felder.append(Feld(name, _label(name), "gruppe", items=items))
        else:
            felder += [Feld(name, _label(name), "gruppe", items=items) for items in groups]
    return tuple(felder)


def _label(name: str) -> str:
    """A name as people read it."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
