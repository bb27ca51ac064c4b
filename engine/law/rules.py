"""The rules as data: fristen.toml (periods), zustellung.toml (delivery), bescheid.toml (procedure), read and checked once."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from engine.base.errors import Cause, Invalid

_FOLDER = Path(__file__).parent
CONSENT = ("keine", "noetig", "vermutet")
COUNTS_FROM = {
    "aufgabe": "Aufgabe zur Post",
    "absendung": "Absendung",
    "benachrichtigung": "Benachrichtigung über die Bereitstellung",
    "bereitstellung": "Bereitstellung im Postfach",
    "abruf": "Abruf",
}
CHANNELS = {
    "post": "Brief mit der Post",
    "elektronisch": "elektronische Übermittlung (E-Mail, De-Mail)",
    "abruf": "Abruf über ein Portal",
    "ozg_postfach": "Postfach des Nutzerkontos",
    "bayern_digital": "Portal in Bayern",
}

# ISO 3166-2:DE without the prefix
LAENDER = {
    "BB": "Brandenburg", "BE": "Berlin", "BW": "Baden-Württemberg", "BY": "Bayern", "HB": "Bremen", "HE": "Hessen",
    "HH": "Hamburg", "MV": "Mecklenburg-Vorpommern", "NI": "Niedersachsen", "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz", "SH": "Schleswig-Holstein", "SL": "Saarland", "SN": "Sachsen", "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}  # fmt: skip
BUND, ALLE = "BUND", "ALLE"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it says, its paragraph, since when, when it was read, what a lawyer must confirm."""

    id: str
    source: str
    says: str
    valid_from: dt.date
    read_on: dt.date
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """A rule of the procedure or of the notice, and what in Amtsweg puts it into effect."""

    id: str
    source: str
    says: str
    where: str
    valid_from: dt.date
    read_on: dt.date
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRule:
    """When a notice sent by a channel counts as delivered. The fields are explained at the head of zustellung.toml."""

    id: str
    channel: str
    land: str
    consent: str
    days: int
    counts_from: str
    moves: bool
    other_way: str
    falls: str
    source: str
    says: str
    valid_from: dt.date
    start_known: bool
    read_on: dt.date
    confirm: str
    window_days: int = 0
    notified: bool = False
    valid_to: dt.date = dt.date.max


@dataclass(frozen=True, slots=True)
class Account:
    """The channel that the mailbox of an account is, in a Land or everywhere."""

    name: str
    land: str
    channel: str
    also: tuple[str, ...] = ()


R = TypeVar("R", Rule, NoticeRule, DeliveryRule, Account)


def read(kind: type[R], entries: Iterable[Mapping[str, Any]], file: str) -> tuple[R, ...]:
    """Entries of a rule file as values.

    Raises:
        Invalid: with a cause for each entry that lacks something, has an unknown field or a wrong kind of value.
    """
    types, made, causes = get_type_hints(kind), [], []
    needed = {f.name for f in fields(kind) if f.default is MISSING}
    for number, entry in enumerate(entries, 1):
        label = f"{number}. Eintrag ({entry.get('id') or entry.get('name') or 'ohne Namen'})"
        wrong = [f"„{name}“ fehlt" for name in sorted(needed - entry.keys())]
        wrong += [f"„{name}“ ist unbekannt" for name in sorted(entry.keys() - types.keys())]
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
        for name, value in values.items():
            if name in types and type(value) is not (getattr(types[name], "__origin__", None) or types[name]):
                wrong.append(f"„{name}“ hat eine falsche Art von Wert")
        if wrong:
            causes += [Cause(f"{label}: {what}.", file=file) for what in wrong]
        else:
            made.append(kind(**values))
    if causes:
        raise Invalid(f"Die Regeln in {file} sind nicht lesbar.", causes)
    return tuple(made)


def checked_delivery(rules: tuple[DeliveryRule, ...], file: str = "zustellung.toml") -> tuple[DeliveryRule, ...]:
    """The rules themselves, if each is sound and no two hold for the same day.

    Raises:
        Invalid: with a cause for each rule that is wrong.
    """
    causes = []
    for number, rule in enumerate(rules):
        wrong = [
            ("channel", rule.channel not in CHANNELS),
            ("land", rule.land not in (*LAENDER, BUND, ALLE)),
            ("consent", rule.consent not in CONSENT),
            ("counts_from", rule.counts_from not in COUNTS_FROM),
            ("days", not 0 <= rule.days <= 60),
            ("window_days", not 0 <= rule.window_days <= 60 or (rule.window_days > 0) != (rule.counts_from == "abruf")),
            ("valid_to", rule.valid_to < rule.valid_from),
        ]
        causes += [Cause(f"Regel {rule.id}: „{name}“ passt nicht.", file=file) for name, bad in wrong if bad]
        for other in rules[:number]:
            same = (rule.channel, rule.land) == (other.channel, other.land)
            if other.id == rule.id or (same and rule.valid_from <= other.valid_to and other.valid_from <= rule.valid_to):
                causes.append(Cause(f"Die Regeln {other.id} und {rule.id} gelten zugleich.", file=file))
    if causes:
        raise Invalid(f"Die Regeln in {file} passen nicht zusammen.", causes)
    return rules


def _parsed(file: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / file).read_text(encoding="utf-8"))


@cache
def period_rules() -> Mapping[str, Rule]:
    """The rules of periods by their id, in the order of the file."""
    return {rule.id: rule for rule in read(Rule, _parsed("fristen.toml")["rule"], "fristen.toml")}


@cache
def notice_rules() -> tuple[NoticeRule, ...]:
    """The rules of procedure and notice, in the order of the file."""
    return read(NoticeRule, _parsed("bescheid.toml")["rule"], "bescheid.toml")


@cache
def delivery_rules() -> tuple[DeliveryRule, ...]:
    """The rules of delivery, in the order of the file."""
    return checked_delivery(read(DeliveryRule, _parsed("zustellung.toml")["rule"], "zustellung.toml"))


@cache
def accounts() -> tuple[Account, ...]:
    """Which channel the mailbox of which account is."""
    return read(Account, _parsed("zustellung.toml")["account"], "zustellung.toml")


def cite(rule: str) -> str:
    """The paragraph of a rule of periods."""
    return period_rules()[rule].source
