"""The legal skeleton of a letter: which parts there are, and what a Bescheid must have.

A letter with a part that decides, reasons or instructs is a Bescheid: it decides a case (§ 35 VwVfG), and the whole skeleton
is due. A part that is missing is a finding when the letter is checked (`findings`) and a refusal when it is filled in
(`lacking`): a condition, a setting or an empty value can take away what the text had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.base.ports import Letter, Section
from engine.model.notice.values import SectionTemplate, says

ANCILLARY, REASONS = "Nebenbestimmungen", "Begründung"
PERIOD = "eines Monats"  # §§ 70 (1), 74 (1) VwGO


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of section: its heading, the heading it shares with others of its group, and the law it stands on."""

    label: str
    group: str = ""
    source: str = ""

    def heading(self, own: str) -> str:
        """The heading in a letter. An ancillary provision says of which type it is, whatever else its heading says."""
        if not self.source:
            return own or self.label
        return f"{own}: {self.label} ({self.source})" if own else f"{self.label} ({self.source})"


# In the order in which they stand in a Bescheid. § 36 (2) VwVfG names the types of ancillary provisions, § 39 (1) VwVfG what
# reasons consist of.
PARTS: Mapping[str, Part] = {
    "tenor": Part("Entscheidung"),
    "befristung": Part("Befristung", ANCILLARY, "§ 36 Abs. 2 Nr. 1 VwVfG"),
    "bedingung": Part("Bedingung", ANCILLARY, "§ 36 Abs. 2 Nr. 2 VwVfG"),
    "widerrufsvorbehalt": Part("Widerrufsvorbehalt", ANCILLARY, "§ 36 Abs. 2 Nr. 3 VwVfG"),
    "auflage": Part("Auflagen", ANCILLARY, "§ 36 Abs. 2 Nr. 4 VwVfG"),
    "auflagenvorbehalt": Part("Auflagenvorbehalt", ANCILLARY, "§ 36 Abs. 2 Nr. 5 VwVfG"),
    "kosten": Part("Kostenentscheidung"),
    "sachverhalt": Part("Sachverhalt", REASONS),
    "rechtslage": Part("Rechtslage", REASONS),
    "ermessen": Part("Ermessen", REASONS),
    "rechtsbehelf": Part("Rechtsbehelfsbelehrung"),
    "hinweise": Part("Hinweise"),
    "anlagen": Part("Anlagen"),
    "text": Part(""),
}
PLAIN = frozenset({"hinweise", "anlagen", "text"})  # parts that any letter may have
REQUIRED = {
    "tenor": "Entscheidung (Tenor)",
    "kosten": "Kostenentscheidung",
    "sachverhalt": "Begründung, Sachverhalt",
    "rechtslage": "Begründung, Rechtslage",
    "ermessen": "Begründung, Ermessen",
    "rechtsbehelf": "Rechtsbehelfsbelehrung",
}
FORMER = {
    "nebenbestimmungen": [kind for kind, part in PARTS.items() if part.group == ANCILLARY],
    "gruende": list(REQUIRED)[2:5],
}
# What the data attached to a Bescheid must say, and what we say there ourselves.
REQUIRED_DATA = {"entscheidung": "was entschieden ist", "gebuehr_cent": "die Gebühr in Cent, 0 für keine"}
RESERVED = frozenset({"vorlage", "aktenzeichen", "datum", "tenor", "nebenbestimmungen", "rechtsbehelf"})


@dataclass(frozen=True, slots=True)
class Remedy:
    """A remedy: how its file calls the body it goes to, and our sentence for it."""

    body: str
    sentence: str


AUTHORITY = "behoerde"
"""To whom an objection goes, as a file calls it: the authority that decided (§ 70 (1) VwGO); a court is another."""
# The sentence says what § 58 (1) VwGO asks for and nothing else: a form that is named and not complete would make it wrong.
REMEDIES: Mapping[str, Remedy] = {
    "Widerspruch": Remedy(
        AUTHORITY,
        "Gegen diesen Bescheid kann innerhalb {period}, nachdem er bekannt gegeben worden ist, Widerspruch erhoben werden "
        "(§ 70 VwGO). Der Widerspruch ist bei folgender Behörde zu erheben: {body}, Sitz in {seat}.",
    ),
    "Klage": Remedy(
        "gericht",
        "Gegen diesen Bescheid kann innerhalb {period}, nachdem er bekannt gegeben worden ist, Klage erhoben werden "
        "(§ 74 VwGO). Die Klage ist bei folgendem Gericht zu erheben: {body}, Sitz in {seat}.",
    ),
}

Found = tuple[str, str, int | None]  # what is wrong, how to mend it, in which section


def decides(kinds: Sequence[str]) -> bool:
    """Whether a letter with these parts is a Bescheid."""
    return not PLAIN.issuperset(kinds)


def required(bound: bool) -> dict[str, str]:
    """The parts of a Bescheid. Where the law leaves no discretion there are no reasons of discretion (§ 39 (1) VwVfG)."""
    return {kind: name for kind, name in REQUIRED.items() if not (bound and kind == "ermessen")}


# --- checked -------------------------------------------------------------------------------------------------------


def findings(raw: Mapping[str, Any], sections: Sequence[SectionTemplate | None]) -> Iterator[Found]:
    """What a Bescheid lacks as it is written down."""
    kinds = [section.kind for section in sections if section is not None]
    if not decides(kinds):
        return
    bound = raw.get("gebunden") is True
    for kind, name in required(bound).items():
        if kind not in kinds:
            other = "; lässt das Gesetz keinen Spielraum: gebunden = true" if kind == "ermessen" else ""
            yield f"dem Bescheid fehlt: {name}", f'[[section]] mit kind = "{kind}" ergänzen{other}', None
    if bound and "ermessen" in kinds:
        yield "ein gebundener Bescheid hat kein Ermessen", "gebunden = true oder den Abschnitt „ermessen“ streichen", None
    addressee = raw.get("addressee")
    if not isinstance(addressee, list) or not any(isinstance(line, str) and line.strip() for line in addressee):
        yield "dem Bescheid fehlt: Anschrift", 'addressee = ["…"] ergänzen (§ 37 Abs. 1 VwVfG)', None
    data = raw.get("data")
    for key, name in REQUIRED_DATA.items():
        if not isinstance(data, Mapping) or key not in data:
            yield f"in den Daten des Bescheids fehlt: {key}", f'[data] {key} = "FEEL": {name}', None
    yield from _order(sections)
    for index, section in enumerate(sections):
        if section is not None:
            yield from _section(index, section)


def _order(sections: Sequence[SectionTemplate | None]) -> Iterator[Found]:
    """Parts stand in the order of the law's skeleton; plain text may stand anywhere, annexes come last by themselves."""
    ranks = {kind: rank for rank, kind in enumerate(PARTS) if kind not in ("text", "anlagen")}
    last = ""
    for index, section in enumerate(sections):
        if section is None or section.kind not in ranks:
            continue
        if last and ranks[section.kind] < ranks[last]:
            yield f"„{section.kind}“ steht nach „{last}“", "die Reihenfolge: " + ", ".join(ranks), index
        last = section.kind


def _section(index: int, section: SectionTemplate) -> Iterator[Found]:
    for blocks in section.texts:
        yield from _text(index, section, [block.kind for block in blocks])


def _text(index: int, section: SectionTemplate, kinds: Sequence[str]) -> Iterator[Found]:
    if section.kind in REQUIRED and section.kind != "rechtsbehelf" and not kinds:
        yield f"dem Bescheid fehlt: {REQUIRED[section.kind]} (der Abschnitt ist leer)", "text ergänzen", index
    elif section.kind == "tenor" and "item" not in kinds:
        yield "der Tenor hat keinen nummerierten Satz", 'eine Zeile "1. …" je Entscheidung', index
    elif PARTS[section.kind].group == ANCILLARY and set(kinds) != {"item"}:
        yield "eine Nebenbestimmung hat keine Nummer", 'eine Zeile "1. …" je Nebenbestimmung, sonst nichts', index


# --- filled in -----------------------------------------------------------------------------------------------------


WHERE_LETTERHEAD = "in der Verwaltung unter „Briefkopf und Texte“ ergänzen"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a letter lacks, how to mend it, and which part it is about."""

    message: str
    hint: str
    kind: str = ""


def lacking(letter: Letter, bescheid: bool, bound: bool) -> Iterator[Lack]:
    """What a letter lacks now that it is filled in."""
    for name, value in (("Titel", letter.title), ("Betreff", letter.subject), ("Unterschrift", letter.signatory)):
        if not says(value):
            yield Lack(f"dem Brief fehlt: {name}", "Wert im Vorgang oder Text des Briefs ergänzen")
    if not says(letter.letterhead.authority):
        yield Lack("dem Brief fehlt: Behörde im Briefkopf", WHERE_LETTERHEAD)
    if not bescheid:
        return
    if not any(says(line) for line in letter.letterhead.address):
        yield Lack("dem Bescheid fehlt: Anschrift der Behörde im Briefkopf", WHERE_LETTERHEAD)
    if not letter.addressee:
        yield Lack("dem Bescheid fehlt: Anschrift (an wen er sich richtet, § 37 Abs. 1 VwVfG)", "Namen im Vorgang ergänzen")
    if not says(letter.reference):
        yield Lack("dem Bescheid fehlt: Aktenzeichen", "der Vorgang hat keins; bitte den Betrieb fragen")
    yield from _missing_parts(letter, bound)
    for key, name in REQUIRED_DATA.items():
        if letter.data.get(key) is None:
            yield Lack(f"in den Daten des Bescheids fehlt: {key}", f"{name}: Wert im Vorgang ergänzen")


def _missing_parts(letter: Letter, bound: bool) -> Iterator[Lack]:
    text = "Bedingung oder Text des Abschnitts berichtigen"
    there = {section.kind for section in letter.sections}
    for kind, name in required(bound).items():
        if kind not in there:
            yield Lack(f"dem Bescheid fehlt: {name}", text, kind)
        elif kind == "tenor" and not numbered(letter.sections, "tenor"):
            yield Lack("der Tenor hat keinen nummerierten Satz", text, kind)


def numbered(sections: Sequence[Section], kind: str) -> list[str]:
    """The numbered texts of a part."""
    return [block.text for section in sections if section.kind == kind for block in section.blocks if block.kind == "item"]


def provisions(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """The ancillary provisions with the numbers they have in the letter, their type and text."""
    found = [
        (section.kind, block.text)
        for section in sections
        if section.group == ANCILLARY
        for block in section.blocks
        if block.kind == "item"
    ]
    return [
        {"nummer": number, "art": kind, "rechtsgrundlage": PARTS[kind].source, "text": text}
        for number, (kind, text) in enumerate(found, 1)
    ]
