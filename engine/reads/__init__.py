"""Every look: frozen values, never live rows. Each opens a look of its own or takes part in an open transaction."""

from __future__ import annotations

from engine.reads.akte import (
    Dokument,
    Incident,
    Nachricht,
    case_of_message,
    document_file,
    get_dokument,
    list_dokumente,
    list_incidents,
    list_nachrichten,
)
from engine.reads.aufgaben import Aufgabe, aufgabe_of, form_of, get_aufgabe, list_aufgaben
from engine.reads.bescheide import Bescheid, get_bescheid, list_bescheide
from engine.reads.diagramm import Ablauf, Diagramm, Knoten, diagram_xml, diagramm
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
from engine.reads.notes import (
    Act,
    Comment,
    Reminder,
    list_acts,
    list_comments,
    list_reminders,
    names_of_konten,
    names_of_stellen,
    names_of_tasks,
)
from engine.reads.paging import PAGE, Page
from engine.reads.post import Sendung, list_posteingang
from engine.reads.reasons import (
    Berechnung,
    Entschieden,
    Frist,
    list_berechnungen,
    list_decisions,
    list_fristen,
)
from engine.reads.sight import is_for, require_sight
from engine.reads.vorgaenge import Ereignis, Vorgang, antrag_of, get_vorgang, list_vorgaenge, verlauf
from engine.reads.writing import Mailbox, mailbox_of, reply_deadline, tasks_that_ask, waits_for_arrival

__all__ = [
    "PAGE",
    "Ablauf",
    "Act",
    "Aufgabe",
    "Berechnung",
    "Bescheid",
    "Comment",
    "Diagramm",
    "Dokument",
    "Entschieden",
    "Ereignis",
    "Frist",
    "Incident",
    "Knoten",
    "Leistung",
    "Mailbox",
    "Nachricht",
    "Page",
    "Reminder",
    "Sendung",
    "Vorgang",
    "antrag_of",
    "aufgabe_of",
    "case_of_message",
    "counts",
    "diagram_xml",
    "diagramm",
    "document_file",
    "form_of",
    "get_aufgabe",
    "get_bescheid",
    "get_dokument",
    "get_vorgang",
    "is_for",
    "kommune",
    "konto_by_id",
    "konto_by_login",
    "konto_by_token",
    "list_acts",
    "list_aufgaben",
    "list_berechnungen",
    "list_bescheide",
    "list_comments",
    "list_decisions",
    "list_dokumente",
    "list_fristen",
    "list_incidents",
    "list_leistungen",
    "list_nachrichten",
    "list_posteingang",
    "list_reminders",
    "list_vorgaenge",
    "mailbox_of",
    "names_of_konten",
    "names_of_stellen",
    "names_of_tasks",
    "registry_answers",
    "reply_deadline",
    "require_sight",
    "setting",
    "tasks_that_ask",
    "verlauf",
    "waits_for_arrival",
]
