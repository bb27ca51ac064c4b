"""Delivery: the day on which a notice counts as delivered, by the rules of zustellung.toml; no number of days stands here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

from engine.base.errors import Invalid
from engine.law.period import EREIGNIS, Length, length_of, nominal_end, settled
from engine.law.rules import ALLE, BUND, CHANNELS, COUNTS_FROM, LAENDER, DeliveryRule, accounts, delivery_rules
from engine.law.values import Berechnung, NotDelivered, Trail, checked_day, long, shifted
from engine.law.workdays import Own, calendar_of, checked_land, next_open

NIE = "nie"
_SIGNS = re.compile(r"[^A-Z0-9]")


def channel_of(account: str, land: str) -> str:
    """The channel that the mailbox of an account is for an authority of a Land.

    Our reading, to be confirmed by a lawyer: OSI, BundID and BayernID are the OZG-Postfach, in Bavaria a portal by
    Art. 24 BayDiG; e-mail and De-Mail are electronic sending. Spelling and separators do not matter: BUND_ID is BundID.

    Raises:
        Invalid: nothing is known of this account, or there is no such Land.
    """
    wanted = _bare(account) if isinstance(account, str) else ""
    if land != BUND:
        checked_land(land)
    for place in (land, ALLE):
        for known in accounts():
            if known.land == place and wanted in {_bare(name) for name in (known.name, *known.also)}:
                return known.channel
    raise Invalid(
        f"Für das Konto „{str(account)[:40]}“ ist kein Weg der Bekanntgabe hinterlegt. Bitte einen anderen Weg wählen."
    )


def _bare(name: str) -> str:
    return _SIGNS.sub("", name.upper()[:80])


def rule_for(channel: str, land: str, day: dt.date) -> DeliveryRule:
    """The rule that holds for a channel in a Land on the day of sending.

    Raises:
        Invalid: there is none; an earlier or later one is never guessed.
    """
    if channel not in CHANNELS:
        raise Invalid(f"Den Weg „{str(channel)[:40]}“ gibt es nicht. Bekannt sind {', '.join(CHANNELS)}.")
    if land != BUND:
        checked_land(land)
    of_channel = [rule for rule in delivery_rules() if rule.channel == channel]
    here = [rule for rule in of_channel if rule.land == land] or [rule for rule in of_channel if rule.land == ALLE]
    if not here:
        where = ", ".join(_place(rule.land) for rule in of_channel)
        raise Invalid(f"Für „{CHANNELS[channel]}“ ist in {_place(land)} keine Regel hinterlegt, nur für: {where}.")
    for rule in here:
        if rule.valid_from <= day <= rule.valid_to:
            return rule
    first = min(rule.valid_from for rule in here)
    raise Invalid(
        f"Für „{CHANNELS[channel]}“ in {_place(land)} ist für den Tag {long(day)} keine Regel hinterlegt; "
        f"die hinterlegte gilt ab {long(first)}."
    )


def delivery_in(land: str, day: dt.date) -> tuple[DeliveryRule, ...]:
    """The rules of delivery that hold in a Land on a day, one for each channel that has one."""
    found = []
    for channel in CHANNELS:
        try:
            found.append(rule_for(channel, land, day))
        except Invalid:
            continue
    return tuple(found)


def _place(land: str) -> str:
    return {BUND: "Bundesbehörden", ALLE: "allen Ländern"}.get(land) or LAENDER[land]


def deemed_delivered(
    channel: str,
    land: str,
    dispatched: dt.date,
    consent: bool | None = None,
    retrieved: dt.date | None = None,
    *,
    notified: dt.date | None = None,
    arrived: dt.date | str | None = None,
    own: Own = (),
) -> Berechnung | NotDelivered:
    """The day on which a notice counts as delivered, or that it does not.

    `dispatched` is the day of posting, sending or provision. `notified` is the day on which the notification went out: where
    the rule counts from it, it is the first day (`dispatched` if it is not given); where the rule wants one by the day of
    provision, it decides whether the notice counts. `consent` is whether the recipient agreed (None: nothing is known).
    `retrieved` is the day it was fetched, None if it never was. `arrived` is filled in by a clerk, with a reason on file,
    when the notice came later than the law presumes (the day) or never ("nie"): then the presumption falls.

    Raises:
        Invalid: no such channel, Land or day, no rule for that day, or days in an impossible order.
    """
    rule = rule_for(channel, land, checked_day(dispatched, "Tag"))
    if notified is not None:
        checked_day(notified, "Benachrichtigung")
    # What is counted from the notification cannot begin before the notice was there.
    told = notified if _starts_with(rule) == "benachrichtigung" else None
    for name, given in (("Benachrichtigung", told), ("Abruf", retrieved), ("Zugang", None if arrived == NIE else arrived)):
        if given is not None and (day := checked_day(given, name)) < dispatched:
            raise Invalid(f"„{name}“ ({long(day)}) liegt vor dem Tag, ab dem gezählt wird: {long(dispatched)}.")
    made = apply(rule, land, dispatched, consent, retrieved, notified=notified, arrived=arrived, own=own)
    return dataclasses.replace(made, counts_from=rule.counts_from)


def authority_period(
    sent: dt.date, length: str | Length, land: str, channel: str | None = None, *, own: Own = ()
) -> Berechnung:
    """The last day of a period that the authority sets in a letter (a query, a hearing), counted from its delivery.

    Where no rule says when a letter of that channel counts as delivered, it is counted from the day of sending. A letter
    that must be fetched is taken as fetched on the last day. Such letters need no consent.

    Raises:
        Invalid: no such day, Land or length.
    """
    own = tuple(own)
    calendar, trail = calendar_of(land, own), Trail()
    start = checked_day(sent, "Tag")
    try:
        rule = rule_for(channel or "", land, start)
    except Invalid:
        trail.add(
            start, f"Für diesen Weg ist keine Regel hinterlegt; gezählt wird ab der Absendung, {long(start)}", "behoerdenfrist"
        )
    else:
        fetched = shifted(start, rule.window_days) if rule.window_days else None
        made = apply(rule, land, start, True, fetched, notified=None, arrived=None, own=own)
        start = _take_over(trail, made)
    return trail.finish(settled(trail, nominal_end(trail, start, length_of(length), EREIGNIS), calendar))


def _take_over(trail: Trail, made: Berechnung | NotDelivered) -> dt.date:
    """The steps of a delivery as the beginning of another calculation; gives its day."""
    assert isinstance(made, Berechnung)  # consent and retrieval were given
    trail.steps.extend(made.steps)
    trail.sources.update(dict.fromkeys(made.source.split("; ")))
    trail.add(made.result, "Die Frist, die die Behörde setzt, beginnt am Tag nach der Bekanntgabe", "behoerdenfrist")
    return made.result


def _starts_with(rule: DeliveryRule) -> str:
    """What a rule looks at first: what it counts from, or what opens the window for fetching."""
    return "benachrichtigung" if rule.window_days else rule.counts_from


def apply(
    rule: DeliveryRule,
    land: str,
    dispatched: dt.date,
    consent: bool | None,
    retrieved: dt.date | None,
    *,
    notified: dt.date | None,
    arrived: dt.date | str | None,
    own: Own,
) -> Berechnung | NotDelivered:
    """What a rule gives."""
    trail = Trail()
    start = _starts_with(rule)
    first = notified if start == "benachrichtigung" and notified is not None else dispatched
    trail.cited(first, f"{COUNTS_FROM[start]}: {long(first)}; dieser Tag zählt nicht mit", rule.source)
    if consent is False and rule.consent != "keine":
        return _not(trail, rule, first, "Die Einwilligung ist ausgeschlossen")
    if consent is not True and rule.consent == "noetig":
        return _not(trail, rule, first, "Die nötige Einwilligung liegt nicht vor")
    if rule.notified and notified is not None and notified > dispatched:
        return _not(trail, rule, notified, f"Die Benachrichtigung ging erst am {long(notified)} hinaus")
    if rule.window_days:
        last = shifted(first, rule.window_days)
        trail.cited(last, f"Abgerufen werden kann innerhalb von {rule.window_days} Tagen, bis {long(last)}", rule.source)
        if retrieved is None or retrieved > last:
            return _not(trail, rule, last, f"Ein Abruf bis {long(last)} ist nicht bekannt", waits_bis=last)
        trail.cited(retrieved, f"Abgerufen am {long(retrieved)}", rule.source)
    elif retrieved is not None:
        trail.cited(retrieved, f"Abgerufen am {long(retrieved)}; das ändert den Tag der Bekanntgabe nicht", rule.source)
    day = _counted(trail, rule, land, retrieved if rule.window_days and retrieved else first, own)
    return _after_arrival(trail, rule, day, arrived)


def _counted(trail: Trail, rule: DeliveryRule, land: str, start: dt.date, own: Own) -> dt.date:
    """The day so many days later, moved where the rule says so."""
    day = shifted(start, rule.days)
    which = "Der Tag" if rule.days == 1 else f"Der {rule.days}. Tag"
    trail.cited(day, f"{which} danach: {long(day)}. Der Bescheid gilt an diesem Tag als bekanntgegeben", rule.source)
    if rule.moves:
        found, passed = next_open(day, calendar_of(land, own))
        if passed:
            trail.cited(found, f"Kein Werktag: {'; '.join(passed)}. Es gilt der nächste Werktag, {long(found)}", rule.source)
        return found
    return day


def _after_arrival(trail: Trail, rule: DeliveryRule, day: dt.date, arrived: dt.date | str | None) -> Berechnung | NotDelivered:
    """The presumption falls when the notice came later or never."""
    if arrived == NIE:
        return _not(trail, rule, day, "Der Bescheid ist nicht zugegangen; die Vermutung entfällt", rule.falls)
    if isinstance(arrived, dt.date):
        if arrived > day:
            trail.cited(arrived, f"Zugegangen ist er erst am {long(arrived)}; dieser Tag zählt", rule.falls)
            return trail.finish(arrived)
        trail.cited(day, f"Zugegangen ist er am {long(arrived)}, nicht später als vermutet; es bleibt bei dem Tag", rule.falls)
    return trail.finish(day)


def _not(
    trail: Trail, rule: DeliveryRule, day: dt.date, why: str, source: str = "", *, waits_bis: dt.date | None = None
) -> NotDelivered:
    trail.cited(day, f"{why}. Nicht bekanntgegeben; anderer Weg: {rule.other_way}", source or rule.source)
    sentence = f"nicht bekanntgegeben; anderer Weg: {rule.other_way}. {why}."
    return NotDelivered(sentence, rule.other_way, tuple(trail.steps), trail.source, waits_bis)
