"""The diagrams of the fault tests, and three municipalities with people, tokens and settings to run them in."""

from __future__ import annotations

import json
from typing import Any

from connectors import CONNECTORS, Switchboard
from engine.base import db
from engine.base.rights import ADMINISTRATION, SACHBEARBEITUNG, SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto, new_token
from engine.verbs.operate import change_setting
from tests.bpmn.diagrams import (
    begins,
    boundary_timer,
    catch,
    catching,
    end,
    flow,
    flows,
    loop,
    message,
    par,
    process,
    service,
    signal,
    start,
    timer,
    user,
    xor,
)
from tests.engine.events import sends
from tests.faults.druckerei import CONNECTOR

SLUGS = ("nordfriesland", "husum", "augsburg")
CLERKS = 10
SECRET, TOKEN = "geheimnis-des-servicekontos", "token-des-registers"
MANIFEST = 'leistung = "{key}"\nname = "{key}"\nkuerzel = "{short}"\nprocess = "p"\nform_ids = ["{key}"]\n'
TREES = '[{art: "Eiche", umfang_cm: 210, stueck: 1}]'
M = message("m", "antwort", "antrag.nr")
S = signal("s", "wecker")
BEGINS = '<bpmn:message id="b" name="beginn"/>\n'
BRANCHES = 10
"""Timers of one case of `viele`."""
LETTER = """title = "Bestätigung"
subject = "Ihr Antrag"
addressee = ["Deichweg 3", "25899 Niebüll"]
salutation = "Guten Tag,"
signatory = "Amt"
[[section]]
kind = "text"
text = '''
Ihr Antrag ist eingegangen.
'''
"""


def told() -> str:
    """A message to the applicant."""
    inputs = {"konto": "=servicekonto", "betreff": "Eingang", "text": "=vorgang.aktenzeichen"}
    return service("eingang", type="servicekonto.nachricht", inputs=inputs)


def reported() -> str:
    """An entry in the tree register."""
    inputs = {
        "aktenzeichen": "=vorgang.aktenzeichen", "entscheidung": "genehmigt", "baeume": f"={TREES}", "standort": "Husum",
        "datum": "=vorgang.eingang",
    }  # fmt: skip
    return service("melden", type="baumregister.melden", inputs=inputs)


DIAGRAMS: dict[str, bytes] = {
    "schleife": process(
        start(), user("pruefen"), xor("g", default="g_end"), end(), flow("g", "pruefen", "weiter = true"),
        flows("start > pruefen > g > end"),
    ),
    "konto": process(
        start(), told(), reported(), service("druck", inputs={"text": "=vorgang.aktenzeichen"}), end(),
        flows("start > eingang > melden > druck > end"),
    ),
    "mehrfach": process(start(), user("stelle", loop("[1, 2, 3]", "nr")), end(), flows("start > stelle > end")),
    "uhr": process(start(), timer("ruhe", "PT2S"), end(), flows("start > ruhe > end")),
    "sendet": process(start(), sends("senden", "m", "antrag.nr"), end(), flows("start > senden > end"), head=M),
    "wartet": process(start(), catch("antwort", "m"), end(), flows("start > antwort > end"), head=M),
    "grenze": process(
        start(), user("pruefen"), boundary_timer("frist", "pruefen", "PT4S"), reported(), end(), end("spaet"),
        flows("start > pruefen > melden > end", "frist > spaet"),
    ),
    "bescheid": process(
        start(), service("brief", type="bescheid.erstellen", inputs={"vorlage": "brief", "name": "Brief"}), end(),
        flows("start > brief > end"),
    ),
    "fehler": process(
        start(), par("auf"), service("nein", type="demo.lehnt_ab"), service("kaputt", type="demo.bricht"), par("zu"), end(),
        flows("start > auf > nein > zu > end", "auf > kaputt > zu"),
    ),
    "druck": process(
        start(), service("drucken", type="druckerei.drucken", inputs={"text": "=vorgang.aktenzeichen"}),
        service("frankieren", type="druckerei.frankieren", inputs={"text": "=vorgang.aktenzeichen"}), end(),
        flows("start > drucken > frankieren > end"),
    ),
    "hoert": process(start(), catching("hoeren", "signal", "s"), end(), flows("start > hoeren > end"), head=S),
    "beginnt": process(
        begins("los", "message", "b"), service("druck", inputs={"text": "Los"}), end(), flows("los > druck > end"), head=BEGINS
    ),
    "viele": process(
        start(), par("auf"), *(timer(f"ruhe{number}", "PT2S") for number in range(BRANCHES)), par("zu"), end(),
        flows("start > auf", "zu > end", *(f"auf > ruhe{number} > zu" for number in range(BRANCHES))),
    ),
    "zehn": process(
        start(), user("allein"), user("stelle", loop("[1, 2, 3]", "nr")), end(), flows("start > allein > stelle > end")
    ),
    "posteingang": process(start(), user("sichten"), end(), flows("start > sichten > end")),
    "probe": process(start(), service("druck", inputs={"text": "Probe"}), end(), flows("start > druck > end")),
}  # fmt: skip
"""`sendet` and `wartet` are one pair; a message begins `beginnt`; `probe` and those with a name of their own are for faults."""
MIXED = (
    "schleife", "konto", "konto", "mehrfach", "uhr", "sendet", "wartet", "grenze", "bescheid", "fehler", "druck", "druck",
    "hoert",
)  # fmt: skip
BEGUN_BY_MESSAGE, FOR_TEN = "beginnt", "zehn"


def files_of(key: str) -> dict[str, bytes]:
    """The bundle of a diagram."""
    manifest = MANIFEST.format(key=key, short=key[:3].upper())
    if key == BEGUN_BY_MESSAGE:
        manifest = "\n".join(line for line in manifest.splitlines() if not line.startswith("form_ids"))
    files = {"bundle.toml": manifest.encode(), "p.bpmn": DIAGRAMS[key]}
    if key == "bescheid":
        files["notices/brief.toml"] = LETTER.encode()
    return files


def furnish(konto_url: str, register_url: str, printer_url: str) -> dict[str, Any]:
    """Make the municipalities; gives for each its tokens."""
    made, types = {}, Switchboard((*CONNECTORS, CONNECTOR)).types()
    for number, slug in enumerate(SLUGS, 1):
        make_kommune(slug, slug.title(), "Kreis", "SH", ["127.0.0.0/8"], stellen=[f"{number}00001"])
        with db.namespace(slug):
            made[slug] = {"stelle": f"{number}00001", **_people()}
            for key in DIAGRAMS:
                deploy_bundle(files_of(key), types, by=SYSTEM)
            change_setting("antrag.absender", ["127.0.0.1/32"], by=SYSTEM)
            change_setting("konnektor.servicekonto", {"url": konto_url, "secret": SECRET, "timeout_s": 5}, by=SYSTEM)
            change_setting("konnektor.baumregister", {"url": register_url, "token": TOKEN, "timeout_s": 5}, by=SYSTEM)
            change_setting("konnektor.druckerei", {"url": printer_url}, by=SYSTEM)
            head = {"authority": "Kreis", "address": ["Weg 1", "25813 Husum"], "place": "Husum"}
            change_setting("briefkopf", head, by=SYSTEM)
    return made


def _people() -> dict[str, Any]:
    clerks = {}
    for number in range(CLERKS):
        login = f"amt{number}"
        add_konto(login, f"Amt {number}", f"{login}@example.org", frozenset({SACHBEARBEITUNG}), by=SYSTEM)
        clerks[login] = new_token(login, by=SYSTEM)
    add_konto("leitung", "Leitung", "leitung@example.org", frozenset({ADMINISTRATION}), by=SYSTEM)
    return {"clerks": clerks, "admin": new_token("leitung", by=SYSTEM)}


def form_data(transaction: str, key: str, stelle: str, nr: str) -> bytes:
    """An application."""
    control = {
        "transactionId": transaction, "zustaendigeStelle": stelle, "leikaIds": [], "formId": key, "name": "Antrag",
        "serviceKonto": {"type": "OSI", "postfachAddress": {"identifier": f"p-{nr}", "type": "citizen"}},
    }  # fmt: skip
    return json.dumps(
        {"control": control, "formData": [{"name": "nr", "label": "Nummer", "stringValue": nr}]}, sort_keys=True
    ).encode()
