"""Tables and the rules that need nothing else: one noun, one module. Importing this package makes them all known."""

from __future__ import annotations

from engine.model import (
    antrag,
    aufgabe,
    auftrag,
    bescheid,
    decision,
    dokument,
    einstellung,
    erwartung,
    frist,
    history,
    incident,
    konto,
    leistung,
    nachricht,
    password,
    protokoll,
    session,
    stelle,
    vorgang,
    zentrale,
)

__all__ = [
    "antrag",
    "aufgabe",
    "auftrag",
    "bescheid",
    "decision",
    "dokument",
    "einstellung",
    "erwartung",
    "frist",
    "history",
    "incident",
    "konto",
    "leistung",
    "nachricht",
    "password",
    "protokoll",
    "session",
    "stelle",
    "vorgang",
    "zentrale",
]
