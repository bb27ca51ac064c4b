"""Remedy periods (§§ 58, 70, 74 VwGO) and the fictitious permit (§ 42a VwVfG)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from engine.base.errors import Invalid
from engine.law.period import EREIGNIS, Length, extension_end, length_of, nominal_end, settled
from engine.law.values import Berechnung, Trail, checked_day, long, shifted
from engine.law.workdays import Calendar, Own, calendar_of

RICHTIG = "richtig"
INSTRUCTIONS = (RICHTIG, "fehlt", "falsch")
WIDERSPRUCH, KLAGE = "widerspruch", "klage"
# Remedy → its name in a sentence, the rule of its period of one month.
REMEDIES = {WIDERSPRUCH: ("Widerspruch", "rechtsbehelf"), KLAGE: ("Klage", "klage")}
_COURT = {"anwendung": "klage-anwendung", "werktag": "klage-werktag"}  # a court's periods follow the ZPO
# Laender in which, but for a few fields, no objection goes before a court action.
_WITHOUT_OBJECTION = {"BY": "Art. 12 Abs. 2 AGVwGO"}
THREE_MONTHS = Length(3, "months")
TWO_WEEKS_BEFORE = Length(14, "days")


def remedy_period(
    delivered: dt.date, land: str, instruction: str = RICHTIG, *, remedy: str = WIDERSPRUCH, own: Own = ()
) -> Berechnung:
    """The last day on which a notice can be contested, counted from the day of delivery.

    One month with a right instruction on remedies, one year if it is missing ("fehlt") or wrong ("falsch"). `remedy` is
    "widerspruch", or "klage" where the Land has no objection procedure.

    Raises:
        Invalid: no such day, Land, remedy or kind of instruction.
    """
    calendar, trail = calendar_of(land, own), Trail(_COURT if remedy == KLAGE else {})
    start = checked_day(delivered, "Bekanntgabe")
    if instruction not in INSTRUCTIONS:
        raise Invalid(f"Die Belehrung ist eines von {', '.join(INSTRUCTIONS)}, nicht „{str(instruction)[:40]}“.")
    if remedy not in REMEDIES:
        raise Invalid(f"Der Rechtsbehelf ist eines von {', '.join(REMEDIES)}, nicht „{str(remedy)[:40]}“.")
    name, month = REMEDIES[remedy]
    if instruction == RICHTIG:
        length = Length(1, "months")
        trail.add(start, f"{name} ist binnen eines Monats nach der Bekanntgabe möglich", month)
    else:
        length = Length(1, "years")
        what = "fehlt" if instruction == "fehlt" else "ist unrichtig"
        trail.add(start, f"Die Rechtsbehelfsbelehrung {what}: {name} ist binnen eines Jahres möglich", "rechtsbehelf-ein-jahr")
    end = nominal_end(trail, start, length, EREIGNIS)
    return trail.finish(settled(trail, end, calendar))


def usual_remedy(land: str) -> str:
    """What is mostly possible against a notice in a Land; for a single field of law it may be otherwise."""
    return KLAGE if land in _WITHOUT_OBJECTION else WIDERSPRUCH


@dataclass(frozen=True, slots=True)
class Extension:
    """The one extension of the period: how long, why, and the day it was told to the applicant."""

    length: str | Length
    reason: str
    told_am: dt.date


@dataclass(frozen=True, slots=True)
class ApprovalFiction:
    """When a permit counts as granted: the last day to decide, the day it counts from, the day of the alarm before."""

    calculation: Berechnung
    granted_am: dt.date
    alarm_am: dt.date


def approval_fiction(
    complete: dt.date,
    land: str,
    *,
    length: str | Length = THREE_MONTHS,
    extension: Extension | None = None,
    lead: str | Length = TWO_WEEKS_BEFORE,
    own: Own = (),
) -> ApprovalFiction:
    """The period after which a permit counts as granted, from the day the documents were complete.

    The alarm is `lead` (days or weeks) before the calculated end, on a workday, never before the day of completeness.

    Raises:
        Invalid: no such day, Land or length; an extension without a reason, or told after the period had ended.
    """
    calendar, trail = calendar_of(land, own), Trail()
    start, period = checked_day(complete, "vollständig am"), length_of(length)
    trail.add(start, "Die Frist beginnt mit dem Eingang der vollständigen Unterlagen", "fiktion-beginn")
    trail.add(start, f"Sie beträgt {period}" + ("" if period == THREE_MONTHS else ", abweichend bestimmt"), "fiktion-dauer")
    end = nominal_end(trail, start, period, EREIGNIS)
    if extension is not None:
        end = _extended(trail, start, end, extension, calendar)
    last = settled(trail, end, calendar)
    granted = shifted(last, 1)
    trail.add(
        granted, f"Ist bis dahin nicht entschieden, gilt die Genehmigung ab {long(granted)} als erteilt", "fiktion-eintritt"
    )
    alarm = _alarm(start, end, length_of(lead), calendar)
    trail.add(alarm, f"Erinnerung {length_of(lead)} vorher: {long(alarm)}", "fiktion-alarm")
    return ApprovalFiction(trail.finish(last), granted, alarm)


def _extended(trail: Trail, start: dt.date, end: dt.date, extension: Extension, calendar: Calendar) -> dt.date:
    """The calculated end after the extension."""
    told = checked_day(extension.told_am, "Verlängerung mitgeteilt am")
    if not isinstance(extension.reason, str) or not extension.reason.strip():
        raise Invalid("Eine Verlängerung ist zu begründen (§ 42a Abs. 2 Satz 4 VwVfG). Bitte den Grund angeben.")
    last = settled(Trail(), end, calendar)
    if not start <= told <= last:
        raise Invalid(
            f"Die Verlängerung muss vom {long(start)} bis zum {long(last)} mitgeteilt sein, nicht am {long(told)} "
            "(§ 42a Abs. 2 Satz 4 VwVfG)."
        )
    reason = " ".join(extension.reason.split())[:300]
    length = length_of(extension.length)
    trail.add(told, f"Am {long(told)} einmal um {length} verlängert, Grund: {reason}", "fiktion-verlaengerung")
    return extension_end(trail, end, length)


def _alarm(start: dt.date, end: dt.date, lead: Length, calendar: Calendar) -> dt.date:
    if lead.unit not in ("days", "weeks"):
        raise Invalid(f"Die Vorwarnung wird in Tagen oder Wochen angegeben, nicht als {lead}.")
    day = max(start, shifted(end, -lead.count * (7 if lead.unit == "weeks" else 1)))
    while day > start and calendar.closed(day):
        day = shifted(day, -1)
    return day
