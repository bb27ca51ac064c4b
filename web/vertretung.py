"""Vertretung on pages: what the form sends, and what the pages of a Konto show of it; one's own and the Administration's."""

from __future__ import annotations

import datetime as dt
from typing import Any

from engine import reads, stand_in
from engine.base.db import new_id
from engine.base.errors import Cause, Invalid
from web.forms import causes_of, made_id, text
from web.identity import required_konto

FIELDS = ("vertretung", "von", "bis", "grund")
NEW = "vertretung_neu"


def enter(konto_id: str) -> tuple[Cause, ...]:
    """Let somebody act for a Konto as the form says; what was wrong with it, if anything."""
    try:
        stand_in(
            konto_id, text("vertretung"), day_of("von"), day_of("bis"), text("grund"), id=made_id(NEW), by=required_konto()
        )
    except Invalid as refusal:
        return causes_of(refusal)
    return ()


def day_of(name: str) -> dt.date | None:
    """A day as a date field sends it; what is none is missing."""
    try:
        return dt.date.fromisoformat(text(name))
    except ValueError:
        return None


def shown(login: str, *, typed: bool = False) -> dict[str, Any]:
    """What a page shows of the Vertretung of a Konto; `typed`: with what was typed and refused."""
    covered, acts = reads.vertretungen_of(login)
    return {
        "covered": covered,
        "acts_for": acts,
        "by_others": reads.covered_elsewhere(login),
        "people": reads.names_of_konten(),
        "substitutes": [(one.login, one.name) for one in reads.possible_substitutes(login)],
        "vertretung_typed": {name: text(name) if typed else "" for name in FIELDS},
        "vertretung_id": made_id(NEW) if typed else new_id(),
    }
