"""The OZG-Cloud push interface: `formData`, `representation` and `attachment` parts become an Antrag.

Only what cannot be read is refused. Tolerated: absent optional members, members we do not know, both spellings of
`postfachAddress.type`, null for absent. Refused, with a JSON pointer: a node with no value or two, a number that is text,
a date that does not exist, a transactionId that is no UUID, an absent zustaendigeStelle.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.base.errors import Cause, Invalid, TooLarge
from forms import numbers, strict_json
from forms.antrag.antrag import Antrag, Datei, Feld, Kind, Limits, RawFile, Servicekonto
from forms.antrag.files import check_sizes, read_files
from forms.antrag.place import place_of
from forms.characters import cleaned, has_unwanted
from forms.strict_json import pointer

MAX_CAUSES = 50
MAX_ID = 255
MAX_LABEL = 1000
DEFAULT_LIMITS = Limits()
SUBJECT = "Der Teil formData"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LEIKA = re.compile(r"[0-9]{14}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUST_LEVEL = re.compile(r"STORK-QAA-Level-([1-4])", re.IGNORECASE)
_VALUES: dict[str, Kind] = {
    "stringValue": "text",
    "numberValue": "zahl",
    "dateValue": "datum",
    "booleanValue": "ja_nein",
    "formItems": "gruppe",
}
_EXPECTED: dict[Kind, tuple[str, str]] = {
    "text": ("ist kein Text", "Als Zeichenkette in Anführungszeichen senden."),
    "zahl": ("ist keine Zahl", "Als JSON-Zahl senden, etwa 210 oder 12.5, ohne Anführungszeichen."),
    "datum": ("ist kein Datum des Kalenders", "Als Text JJJJ-MM-TT senden, etwa 2026-03-02."),
    "ja_nein": ("ist weder true noch false", "Als JSON-Wahrheitswert true oder false senden."),
    "gruppe": ("ist keine Liste", "Als JSON-Liste von Feldern senden."),
}


def read_push(
    form_data: bytes, representations: Sequence[RawFile], attachments: Sequence[RawFile], limits: Limits = DEFAULT_LIMITS
) -> Antrag:
    """Read one application as the OZG-Cloud push interface sends it.

    Raises:
        TooLarge: more bytes, files, nodes or depth than `limits` allow.
        Unreadable: `form_data` is not UTF-8 or not JSON, or says a thing twice.
        Invalid: it is JSON, but not an application; each cause points at its place and says how to mend it.
    """
    check_sizes(form_data, (("darstellung", representations), ("anlage", attachments)), limits)
    # A node and its list are two levels of JSON; the rest is for the frame and for members we ignore.
    content = strict_json.loads(form_data, subject=SUBJECT, depth=2 * limits.depth + 16)
    return _Reading(limits).antrag(content, read_files("darstellung", representations) + read_files("anlage", attachments))


class _Reading:
    """One pass over one application; collects what is wrong with it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.causes: list[Cause] = []
        self.nodes = 0

    def antrag(self, content: Any, dateien: tuple[Datei, ...]) -> Antrag:
        if not isinstance(content, dict):
            raise Invalid(f"{SUBJECT} ist kein JSON-Objekt mit control und formData.", [_cause("", "Hier steht kein Objekt.")])
        control = content.get("control")
        if not isinstance(control, dict):
            self.add(pointer("control"), "Der Abschnitt control fehlt.", "transactionId und zustaendigeStelle angeben.")
            control = {}
        transaction_id = self.transaction_id(control)
        stelle = self.text(control, "zustaendigeStelle", required=True)
        leika_ids = self.leika_ids(control)
        form_id, name = self.text(control, "formId"), self.text(control, "name", longest=MAX_LABEL)
        servicekonto = self.servicekonto(control)
        felder = self.felder(content.get("formData"), ("formData",), 1)
        if self.causes:
            raise Invalid("Der Antrag ist so nicht lesbar. Die genannten Stellen sind zu ändern.", self.causes)
        place = place_of(control, felder)
        read = Antrag(transaction_id, stelle, leika_ids, form_id, name, servicekonto, felder, dateien, "", place)
        return replace(read, content_hash=_content_hash(read))

    def add(self, place: str, message: str, hint: str = "") -> None:
        if len(self.causes) < MAX_CAUSES:
            self.causes.append(_cause(place, message, hint))

    def transaction_id(self, control: Mapping[str, Any]) -> str:
        given = control.get("transactionId")
        if isinstance(given, str) and _UUID.fullmatch(given.strip()):
            return given.strip().lower()
        problem = "Die transactionId fehlt." if given is None else "Die transactionId ist keine UUID."
        self.add(pointer("control", "transactionId"), problem, "Eine UUID senden; dieselbe bei jeder Wiederholung.")
        return ""

    def text(
        self,
        source: Mapping[str, Any],
        key: str,
        *,
        under: tuple[str, ...] = ("control",),
        required: bool = False,
        longest: int = MAX_ID,
    ) -> str:
        """A short text that serves as a name or an id; control characters have no place in it."""
        given, place = source.get(key), pointer(*under, key)
        if given is None or (isinstance(given, str) and not given.strip()):
            if required:
                self.add(place, f"{key} fehlt.", "Die Kennung der zuständigen Organisationseinheit angeben.")
            return ""
        if not isinstance(given, str):
            self.add(place, f"{key} ist kein Text.", "Als Zeichenkette in Anführungszeichen senden.")
        elif len(given) > longest:
            self.add(place, f"{key} ist länger als {longest} Zeichen.")
        elif has_unwanted(given):
            self.add(place, f"{key} enthält Steuerzeichen.", "Steuerzeichen entfernen.")
        else:
            return given.strip()
        return ""

    def leika_ids(self, control: Mapping[str, Any]) -> tuple[str, ...]:
        given = control.get("leikaIds")
        if given is None:
            return ()
        if not isinstance(given, list) or len(given) > 100:
            self.add(pointer("control", "leikaIds"), "leikaIds ist keine Liste von höchstens 100 Schlüsseln.")
            return ()
        for index, leika in enumerate(given):
            if not isinstance(leika, str) or not _LEIKA.fullmatch(leika):
                place = pointer("control", "leikaIds", index)
                self.add(place, "Kein LeiKa-Schlüssel.", "Ein LeiKa-Schlüssel ist ein Text aus genau 14 Ziffern.")
        return tuple(dict.fromkeys(leika for leika in given if isinstance(leika, str)))

    def servicekonto(self, control: Mapping[str, Any]) -> Servicekonto | None:
        """The applicant's mailbox. An account without an address is none: no letter can reach it."""
        given = control.get("serviceKonto")
        if given is None:
            return None
        if not isinstance(given, dict):
            self.add(pointer("control", "serviceKonto"), "serviceKonto ist kein Objekt.")
            return None
        under = ("control", "serviceKonto", "postfachAddress")
        address = given.get("postfachAddress")
        if address is not None and not isinstance(address, dict):
            self.add(pointer(*under), "postfachAddress ist kein Objekt mit identifier und type.")
        if not isinstance(address, dict):
            return None
        account = self.text(given, "type", under=under[:2])
        level = _TRUST_LEVEL.fullmatch(self.text(given, "trustLevel", under=under[:2]))
        identifier = self.text(address, "identifier", under=under)
        address_type = self.text(address, "type", under=under).casefold() or "citizen"
        return Servicekonto(account, int(level[1]) if level else None, identifier, address_type) if identifier else None

    def felder(self, given: Any, path: tuple[str | int, ...], depth: int) -> tuple[Feld, ...]:
        """The nodes of one list. Deeper than the limit, or more of them, is refused at once."""
        if given is None:
            return ()
        if not isinstance(given, list):
            self.add(pointer(*path), "Hier steht keine Liste von Feldern.")
            return ()
        self.nodes += len(given)
        if self.nodes > self.limits.nodes:
            raise TooLarge(f"Der Antrag hat mehr als {self.limits.nodes} Felder.")
        if given and depth > self.limits.depth:
            raise TooLarge(f"Die Felder sind tiefer als {self.limits.depth} Ebenen verschachtelt.")
        read = (self.feld(node, (*path, index), depth) for index, node in enumerate(given))
        return tuple(feld for feld in read if feld is not None)

    def feld(self, node: Any, path: tuple[str | int, ...], depth: int) -> Feld | None:
        place = pointer(*path)
        if not isinstance(node, dict):
            self.add(place, "Das Feld ist kein Objekt.", "Jedes Feld braucht name, label und einen Wert.")
            return None
        name = node.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > MAX_ID or has_unwanted(name):
            hint = f"name ist ein Text von 1 bis {MAX_ID} Zeichen ohne Steuerzeichen."
            self.add(place + "/name", "Das Feld hat keinen gültigen Namen.", hint)
            name = ""
        present = [member for member in _VALUES if node.get(member) is not None]
        if len(present) != 1:
            said = "hat keinen Wert" if not present else f"hat mehrere Werte ({', '.join(present)})"
            self.add(place, f"Das Feld „{name}“ {said}.", f"Genau eines von {', '.join(_VALUES)} senden.")
            return None
        member = present[0]
        kind = _VALUES[member]
        label = self.label(node, name, place)
        if kind == "gruppe" and isinstance(node[member], list):
            return Feld(name, label, kind, None, self.felder(node[member], (*path, member), depth + 1))
        value = self.value(kind, node[member])
        if value is None:
            problem, hint = _EXPECTED[kind]
            self.add(f"{place}/{member}", f"Der Wert von „{name}“ {problem}.", hint)
        return Feld(name, label, kind, value)

    def label(self, node: Mapping[str, Any], name: str, place: str) -> str:
        given = node.get("label")
        if given is not None and not isinstance(given, str):
            self.add(place + "/label", f"Die Beschriftung von „{name}“ ist kein Text.")
        return cleaned(given)[:MAX_LABEL] if isinstance(given, str) and given.strip() else name

    def value(self, kind: Kind, given: Any) -> str | Decimal | dt.date | bool | None:
        if kind == "text" and isinstance(given, str):
            if len(given) > self.limits.text_length:
                raise TooLarge(f"Ein Text im Antrag ist länger als {self.limits.text_length} Zeichen.")
            return cleaned(given)
        if kind == "zahl" and isinstance(given, Decimal):
            return given
        if kind == "ja_nein" and isinstance(given, bool):
            return given
        if kind == "datum" and isinstance(given, str) and _DATE.fullmatch(given):
            try:
                return dt.date.fromisoformat(given)
            except ValueError:
                return None
        return None


def _cause(place: str, message: str, hint: str = "") -> Cause:
    return Cause(cleaned(message), hint=hint, pointer=place)


def _content_hash(antrag: Antrag) -> str:
    """The digest of what was read: neither the order of JSON keys nor white space nor ignored members change it."""
    konto = antrag.servicekonto
    content = {
        "control": [antrag.transaction_id, antrag.stelle, antrag.leika_ids, antrag.form_id, antrag.name],
        "serviceKonto": [konto.type, konto.trust_level, konto.identifier, konto.address_type] if konto else None,
        "formData": [_canonical(feld) for feld in antrag.felder],
        "files": [[d.kind, d.name, d.media_type, hashlib.sha256(d.content).hexdigest()] for d in antrag.dateien],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _canonical(feld: Feld) -> list[Any]:
    value: Any = feld.value
    if isinstance(value, Decimal):
        value = numbers.plain(value)
    elif isinstance(value, dt.date):
        value = value.isoformat()
    return [feld.name, feld.label, feld.kind, value, [_canonical(item) for item in feld.items]]
