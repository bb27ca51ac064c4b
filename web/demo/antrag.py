"""The applications of the demo: what a form system sends, with the names that the bundles of the demo read."""

from __future__ import annotations

import functools
import json
import struct
import uuid
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from web.demo.place import KOMMUNEN, DemoKommune

POSTFACH = "00000000-0000-4000-8000-000000000002"
TREES: dict[str, Sequence[tuple[str, int]]] = {
    "nordfriesland": [("Stieleiche", 210), ("Rotbuche", 260), ("Sommerlinde", 180)],
    "husum": [("Rosskastanie", 140), ("Sandbirke", 95)],
}
COMPLETE: dict[str, dict[str, Any]] = {
    slug: {
        "vollstaendigkeit": "vollstaendig",
        "angaben": {
            "standort": "Hafenstraße 7, 25813 Husum",
            "baeume": [{"art": art, "umfang_cm": cm} for art, cm in trees],
        },
    }
    for slug, trees in TREES.items()
}
"""What the clerk answers at the task `vollstaendigkeit_pruefen`."""
OPINION = {"stellungnahme": {"bedenken": "auflagen", "text": "Keine Nester und Höhlen; Ersatz ist zu pflanzen."}}
"""What the Naturschutz answers at the task `stellungnahme_abgeben`, where there is one."""
ANSWERS: dict[str, dict[str, Any]] = {
    "nordfriesland": {
        "entscheidung": "genehmigen",
        "begruendung": "Die Standsicherheit der drei Bäume ist nach den Fotos und dem Lageplan nicht mehr gegeben.",
        "ersatzpflanzung": 4,
    },
    "husum": {
        "entscheidung": "genehmigen",
        "ermessen": "Beide Bäume sind nach den Fotos hohl; die Verkehrssicherheit geht dem Schutz des Ortsbilds vor.",
        "ersatzpflanzung": 2,
        "gueltig_bis": "2099-12-31",
    },
}
"""What the clerk answers at the task `pruefen`."""
PLANTED = {"nachweis": "erbracht"}
"""What is noted at the task `ersatz_nachweisen`: the new trees stand."""
RELEASE = {"freigabe": "freigeben"}
"""What the second person answers at the task `freigeben`."""


def node(name: str, label: str, value: str | int | Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A field as the OZG-Cloud push interface has it; a group has its fields as value."""
    if isinstance(value, str):
        return {"name": name, "label": label, "stringValue": value}
    if isinstance(value, int):
        return {"name": name, "label": label, "numberValue": value}
    return {"name": name, "label": label, "formItems": list(value)}


def application(one: DemoKommune, transaction: str, reason: str = "Die Bäume drohen umzustürzen.") -> dict[str, Any]:
    """The part formData: control and the answers of the form."""
    trees = [
        node(
            f"baum_{number}",
            f"Baum {number}",
            [node("art", "Baumart", art), node("umfang", "Stammumfang in 1 m Höhe (cm)", cm)],
        )
        for number, (art, cm) in enumerate(TREES[one.slug], 1)
    ]
    name = [node("vorname", "Vorname", "Mara"), node("nachname", "Nachname", "Muster")]
    address = [
        node("strasse", "Straße und Hausnummer", "Hafenstraße 7"),
        node("plz", "Postleitzahl", "25813"),
        node("ort", "Ort", "Husum"),
    ]
    return {
        "control": {
            "transactionId": transaction,
            "zustaendigeStelle": one.stelle,
            "leikaIds": ["99093003001000"],
            "formId": "baumfaellung",
            "name": "Antrag auf Baumfällgenehmigung",
            "serviceKonto": {
                "type": "OSI",
                "trustLevel": "STORK-QAA-Level-3",
                "postfachAddress": {"identifier": POSTFACH, "type": "citizen"},
            },
        },
        "formData": [
            node("antragsteller", "Antragstellende Person", name + address),
            node("standort", "Standort der Bäume", address),
            node("baeume", "Bäume", trees),
            node("grund", "Grund", reason),
        ],
    }


Files = list[tuple[str, tuple[str, bytes, str]]]


def parts(form_data: Mapping[str, Any]) -> Files:
    """The multipart request: formData, the representation, two attachments."""
    return [
        ("formData", ("formData.json", json.dumps(form_data, ensure_ascii=False).encode(), "application/json")),
        ("representation", ("antrag.pdf", pdf("Antrag auf Baumfällgenehmigung"), "application/pdf")),
        ("attachment", ("lageplan.pdf", pdf("Lageplan"), "application/pdf")),
        ("attachment", ("foto.png", photo(), "image/png")),
    ]


@functools.cache
def pdf(title: str) -> bytes:
    """A page with a heading, as the form system would have made it. Kept, because typst writes the time into it."""
    import typst

    source = '#set document(title: sys.inputs.title)\n#set text(lang: "de")\n= #sys.inputs.title\nBeispiel aus der Demo.'
    made: bytes = typst.compile(source.encode(), sys_inputs={"title": title})
    return made


def photo() -> bytes:
    """A small green picture as PNG."""
    side = 48
    rows = b"".join(b"\0" + bytes((40, 120, 60)) * side for _ in range(side))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write_examples(folder: Path) -> None:
    """Applications as files, to be sent by hand."""
    folder.mkdir(exist_ok=True)
    (folder / "antrag.pdf").write_bytes(pdf("Antrag auf Baumfällgenehmigung"))
    for one in KOMMUNEN:
        text = json.dumps(application(one, str(uuid.uuid4())), ensure_ascii=False, indent=2)
        (folder / f"{one.slug}.json").write_text(text, encoding="utf-8")
