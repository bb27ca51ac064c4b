"""Every look: frozen values, never live rows. Each opens a look of its own or takes part in an open transaction."""

from __future__ import annotations

from engine.reads.akte import (
    Dokument,
    Incident,
    Nachricht,
    document_file,
    list_dokumente,
    list_incidents,
    list_nachrichten,
)
from engine.reads.aufgaben import Aufgabe, Entwurf, aufgabe_of, draft_of, form_of, get_aufgabe, list_aufgaben
from engine.reads.bescheide import Bescheid, get_bescheid, list_bescheide
from engine.reads.hindrance import hindrance
from engine.reads.kommune import (
    Leistung,
    counts,
    kommune,
    konto_by_id,
    konto_by_login,
    konto_by_token,
    list_leistungen,
    registry_answers,
    setting,
)
from engine.reads.paging import PAGE, Page
from engine.reads.reasons import (
    Berechnung,
    Entschieden,
    Frist,
    list_berechnungen,
    list_decisions,
    list_fristen,
)
from engine.reads.sight import is_for, require_sight
from engine.reads.vorgaenge import (
    Diagramm,
    Ereignis,
    Vorgang,
    antrag_of,
    diagram_xml,
    diagramm,
    get_vorgang,
    list_vorgaenge,
    verlauf,
)

__all__ = [
    "PAGE",
    "Aufgabe",
    "Berechnung",
    "Bescheid",
    "Diagramm",
    "Dokument",
    "Entschieden",
    "Entwurf",
    "Ereignis",
    "Frist",
    "Incident",
    "Leistung",
    "Nachricht",
    "Page",
    "Vorgang",
    "antrag_of",
    "aufgabe_of",
    "counts",
    "diagram_xml",
    "diagramm",
    "document_file",
    "draft_of",
    "form_of",
    "get_aufgabe",
    "get_bescheid",
    "get_vorgang",
    "hindrance",
    "is_for",
    "kommune",
    "konto_by_id",
    "konto_by_login",
    "konto_by_token",
    "list_aufgaben",
    "list_berechnungen",
    "list_bescheide",
    "list_decisions",
    "list_dokumente",
    "list_fristen",
    "list_incidents",
    "list_leistungen",
    "list_nachrichten",
    "list_vorgaenge",
    "registry_answers",
    "require_sight",
    "setting",
    "verlauf",
]
