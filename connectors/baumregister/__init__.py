"""Reports a decision on trees to the reference tree register: XML that validates against the register's own XSD.

The register is a server of ours (web/twins/baumregister); it stands for any specialist system that takes XML and honours
idempotency keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree
from marshmallow import ValidationError

from connectors.fields import Choice, Day, Form, Many, Number, Part, Secret, Text, WebAddress, Whole, named, sentence
from connectors.outside import ask
from connectors.shape import Connector, Operation
from engine.base.ports import Answer, Call, ConnectorError, Refused, Repeat, Unsure

if TYPE_CHECKING:
    from xmlschema import XMLSchema

XSD = Path(__file__).with_name("baumregister.xsd")
NAMESPACE = "urn:amtsweg:baumregister:1"
PARTNER = "Das Baumregister"


class Settings(Form):
    """What a municipality sets: where the register is, its token, how long to wait."""

    url = WebAddress(required=True, metadata=named("Adresse des Registers", "Zum Beispiel https://baumregister.example"))
    token = Secret(required=True, metadata=named("Zugangsschlüssel", "Ihn vergibt das Register; mindestens 8 Zeichen."))
    timeout_s = Number(
        least=1, most=60, load_default=10, metadata=named("Wartezeit in Sekunden", "Ohne Angabe 10; von 1 bis 60.")
    )


class Baum(Form):
    """One kind of tree at the site."""

    art = Text(required=True, shortest=1)
    umfang_cm = Number(required=True, least=0.1, most=5000)
    stueck = Whole(load_default=1, least=1, most=9999)


class Meldung(Form):
    """A decision on trees, as the register wants to know it."""

    aktenzeichen = Text(required=True, shortest=1)
    entscheidung = Choice("genehmigt", "abgelehnt", required=True)
    baeume = Many(Part(Baum), required=True, least=1, most=500)
    standort = Text(required=True, shortest=1)
    datum = Day(required=True)


class Eintrag(Form):
    """The number under which the register keeps the entry."""

    registernummer = Text(required=True, shortest=1, longest=50)


def report(call: Call, inputs: dict[str, Any]) -> Answer:
    """Report a decision, once for each key."""
    body = _valid(_build(call, inputs))
    headers = {
        "Authorization": f"Bearer {call.config['token']}",
        "Content-Type": "application/xml; charset=utf-8",
        "Idempotency-Key": call.key,
    }
    url = f"{call.config['url']}/eintraege"
    said = ask(PARTNER, "POST", url, timeout_s=float(call.config["timeout_s"]), content=body, headers=headers).json()
    if not isinstance(said, dict) or "registernummer" not in said:
        raise Unsure(f"{PARTNER} hat keine Registernummer genannt.")
    return Answer({"registernummer": said["registernummer"]})


def check(config: Mapping[str, Any]) -> list[str]:
    """Look at the settings, then ask the register whether it knows the token."""
    try:
        loaded = Settings().load(dict(config))
    except ValidationError as cause:
        return [f"Die Einstellungen passen nicht: {sentence(cause.messages)}"]
    headers = {"Authorization": f"Bearer {loaded['token']}"}
    try:
        ask(PARTNER, "GET", f"{loaded['url']}/status", timeout_s=min(5.0, float(loaded["timeout_s"])), headers=headers)
    except ConnectorError as cause:
        return [str(cause)]
    return []


def _build(call: Call, inputs: Mapping[str, Any]) -> etree._Element:
    prefixes: dict[str | None, str] = {None: NAMESPACE}
    root = etree.Element(f"{{{NAMESPACE}}}meldung", nsmap=prefixes)  # type: ignore[arg-type]  # lxml takes None, its stubs do not
    try:
        _add(root, "kommune", call.kommune)
        _add(root, "behoerde", call.authority)
        _add(root, "aktenzeichen", inputs["aktenzeichen"])
        _add(root, "entscheidung", inputs["entscheidung"])
        _add(root, "datum", inputs["datum"].isoformat())
        _add(root, "standort", inputs["standort"])
        trees = _add(root, "baeume")
        for tree in inputs["baeume"]:
            entry = _add(trees, "baum")
            _add(entry, "art", tree["art"])
            _add(entry, "umfangCm", f"{tree['umfang_cm']:f}")
            _add(entry, "stueck", str(tree["stueck"]))
    except ValueError as cause:
        raise Refused("Die Meldung an das Baumregister enthält Zeichen, die in XML nicht erlaubt sind.") from cause
    return root


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    # Line breaks in a one-line field would be refused over there; they carry no meaning in it.
    child.text = " ".join(text.split()) if text is not None else None
    return child


def _valid(root: etree._Element) -> bytes:
    """The XML as bytes, after it was held against the register's XSD."""
    from xmlschema import XMLSchemaException  # slow to load, and only who sends something needs it

    try:
        errors = [f"{error.path}: {error.reason}" for error in _schema().iter_errors(root)]
    except XMLSchemaException as cause:
        raise Refused("Die Meldung an das Baumregister lässt sich nicht gegen das Schema prüfen.") from cause
    if errors:
        raise Refused("Die Meldung an das Baumregister verletzt dessen Schema: " + "; ".join(errors[:5]))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


@cache
def _schema() -> XMLSchema:
    """The register's schema, loaded once. allow='local': xmlschema would fetch imports from the network otherwise."""
    from xmlschema import XMLSchema

    return XMLSchema(str(XSD), allow="local")


CONNECTOR = Connector(
    name="baumregister",
    title="Baumregister",
    config=Settings,
    check=check,
    operations=(
        Operation(
            "baumregister.melden",
            "Entscheidung an das Baumregister melden",
            Meldung,
            Eintrag,
            report,
            repeat=Repeat.KEY,
            timeout_s=60,
        ),
    ),
    about="Meldet Entscheidungen über Bäume an das Fachverfahren.",
)
