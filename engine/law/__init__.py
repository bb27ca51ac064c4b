"""Periods and delivery as the law has them, pure: days in, a day with its reasoned steps out. No database, no clock.

    rules        fristen.toml and zustellung.toml: every rule with its source, as data
    values       Berechnung (day, steps, source), NotDelivered; which years are calculated with
    workdays     holidays of a Land, the next workday, so many workdays later
    period       § 31 VwVfG, §§ 187–193 BGB: days, weeks, months, years; extension
    delivery     when a notice counts as delivered, by channel and Land; which account is which channel; periods set in letters
    remedy       objection periods (VwGO), the fictitious permit (§ 42a VwVfG)
    listening    who is told when a day is calculated, with its steps
    functions    all this for FEEL: frist(), bekanntgabe(), …; importing engine.law declares them
    reference    docs/law.md, written from the rules

`engine.feel` knows nothing of this floor; `engine.bpmn` imports it, so that diagrams and decisions can name the functions.
"""

from __future__ import annotations

from engine.law import functions as _functions  # noqa: F401 - declares the functions of FEEL
from engine.law.delivery import authority_period, channel_of, deemed_delivered, delivery_in
from engine.law.listening import Calculation, listening
from engine.law.period import Length, deadline, extended, length_of
from engine.law.remedy import ApprovalFiction, Extension, approval_fiction, remedy_period, usual_remedy
from engine.law.rules import CHANNELS, LAENDER
from engine.law.values import FIRST_YEAR, LAST_YEAR, Berechnung, NotDelivered, Step
from engine.law.values import long as written_out
from engine.law.workdays import calendar_of, naechster_werktag, plus_werktage

__all__ = [
    "CHANNELS",
    "FIRST_YEAR",
    "LAENDER",
    "LAST_YEAR",
    "ApprovalFiction",
    "Berechnung",
    "Calculation",
    "Extension",
    "Length",
    "NotDelivered",
    "Step",
    "approval_fiction",
    "authority_period",
    "calendar_of",
    "channel_of",
    "deadline",
    "deemed_delivered",
    "delivery_in",
    "extended",
    "length_of",
    "listening",
    "naechster_werktag",
    "plus_werktage",
    "remedy_period",
    "usual_remedy",
    "written_out",
]
