"""The functions of FEEL for periods and delivery. Each gives a context: ergebnis, schritte, quelle.

A day may be a date, a date and time (its day in Germany) or a text like "2026-03-01". What the law refuses is null and a
warning with the sentence. A function that fixes a day (`calculation`) tells whoever listens how it came to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from engine.base.errors import Problem
from engine.base.zone import local_day
from engine.feel.builtins.registry import builtin, find
from engine.feel.errors import NoValue
from engine.feel.values.durations import YearsMonths
from engine.feel.values.temporal import parse_date, parse_date_time
from engine.law import delivery, period, remedy, workdays
from engine.law.listening import tell
from engine.law.values import Berechnung, NotDelivered, Step

GROUP = "Fristen und Bekanntgabe"
_WEIGHT = 300  # a first look at the holidays of a year takes as long as some hundred steps
_DAY = "date|date and time|string"
_LENGTH = "string|days and time duration|years and months duration"

T = TypeVar("T")
Day = dt.date | str
Made = TypeVar("Made", bound=Berechnung | NotDelivered | remedy.ApprovalFiction)


def _lawful(calculate: Callable[[], T]) -> T:
    """What a calculation gives; its refusal is null with a warning."""
    try:
        return calculate()
    except Problem as problem:
        raise NoValue(problem.sentence) from problem


def _day(value: Any) -> Any:
    """A value of FEEL as a day."""
    try:
        if isinstance(value, str):
            value = parse_date_time(value) if "T" in value else parse_date(value)
        if isinstance(value, dt.datetime):
            return local_day(value) if value.tzinfo else value.date()
    except OverflowError as cause:
        raise NoValue("Der Tag liegt außerhalb der Jahre, mit denen gerechnet wird.") from cause
    return value


def _days(values: list[Any] | None) -> list[Any]:
    """A municipality's own days: texts like "08-15" stay as they are."""
    return [value if isinstance(value, str) else _day(value) for value in values or []]


def _length(value: str | dt.timedelta | YearsMonths) -> str | period.Length:
    if isinstance(value, YearsMonths):
        return period.Length(value.total, "months")
    if isinstance(value, dt.timedelta):
        if value.seconds or value.microseconds:
            raise NoValue("Eine Frist wird in ganzen Tagen angegeben.")
        return period.Length(value.days, "days")
    return value


def _steps(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    return [{"text": step.text, "tag": step.day} for step in steps]


def _context(made: Berechnung) -> dict[str, Any]:
    return {"ergebnis": made.result, "schritte": _steps(made.steps), "quelle": made.source}


def _result(made: Berechnung) -> dt.date:
    return made.result


def calculation(
    declaration: str,
    description: str,
    *examples: tuple[str, str],
    gives: Callable[[Any], Any] = _context,
    weight: int = _WEIGHT,
    also: str = "",
) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Declare a function that fixes a day. `gives` makes its value for FEEL of what was calculated."""
    name = declaration.partition("(")[0]

    def declare(body: Callable[..., Made]) -> Callable[..., Made]:
        names: list[str] = []

        def told(*values: Any) -> Any:
            given = {parameter: value for parameter, value in zip(names, values, strict=False) if value is not None}
            try:
                made = body(*values)
            except NoValue as refused:
                tell(name, given, str(refused))
                raise
            tell(name, given, made.calculation if isinstance(made, remedy.ApprovalFiction) else made)
            return gives(made)

        builtin(declaration, description, *examples, group=GROUP, weight=weight, also=also)(told)
        declared = find(name)
        assert declared is not None  # it was declared just now
        names += [parameter.name for parameter in declared.signatures[-1].parameters]
        return body

    return declare


# --- periods -------------------------------------------------------------------------------------------------------


@calculation(
    f"frist(beginn: {_DAY}, dauer: {_LENGTH}, land: string, art?: string, eigene tage?: list): context",
    "Der letzte Tag einer Frist mit Rechenweg und Quelle. art ist „ereignis“ (der Tag zählt nicht mit, so ohne Angabe) oder "
    "„tagesbeginn“ (er zählt mit). eigene tage sind zusätzliche gesetzliche Feiertage der Kommune, etwa „08-15“.",
    ('frist(@"2026-01-31", "1 Monat", "SH").ergebnis', '@"2026-03-02"'),
    (
        'frist(@"2026-03-02", "14 Tage", "SH").quelle',
        '"§ 31 Abs. 1 VwVfG; § 187 Abs. 1 BGB; § 188 Abs. 1 BGB; § 31 Abs. 3 VwVfG, § 193 BGB"',
    ),
    ('count(frist(@"2026-03-02", @"P1M", "BY").schritte)', "3"),
    ('frist(@"2026-03-02", "minus ein Tag", "SH")', "null"),
    also=f"deadline(start: {_DAY}, length: {_LENGTH}, land: string, kind?: string, own days?: list): context",
)
def frist(beginn: Day, dauer: Any, land: str, art: str | None = None, own: list[Any] | None = None) -> Berechnung:
    begin = period.EREIGNIS if art is None else art
    return _lawful(lambda: period.deadline(_day(beginn), _length(dauer), land, begin=begin, own=_days(own)))


@calculation(
    f"fristende(beginn: {_DAY}, dauer: {_LENGTH}, land: string, art?: string, eigene tage?: list): date",
    "Nur der letzte Tag einer Frist, gerechnet wie frist.",
    ('fristende(@"2026-03-05", "1 Monat", "SH")', '@"2026-04-07"'),
    ('fristende(@"2026-03-01", "1 Monat", "SH", "tagesbeginn")', '@"2026-03-31"'),
    ('fristende(@"2026-07-15", "1 Monat", "BY", "ereignis", ["08-17"])', '@"2026-08-18"'),
    gives=_result,
)
def fristende(beginn: Day, dauer: Any, land: str, art: str | None = None, own: list[Any] | None = None) -> Berechnung:
    return frist(beginn, dauer, land, art, own)


@calculation(
    f"fristverlaengerung(ende: {_DAY}, dauer: {_LENGTH}, land: string, eigene tage?: list): context",
    "Der letzte Tag einer verlängerten Frist; ende ist der letzte Tag der vorigen.",
    ('fristverlaengerung(@"2026-02-27", "1 Monat", "SH").ergebnis', '@"2026-03-27"'),
)
def fristverlaengerung(ende: Day, dauer: Any, land: str, own: list[Any] | None = None) -> Berechnung:
    return _lawful(lambda: period.extended(_day(ende), _length(dauer), land, own=_days(own)))


# --- workdays ------------------------------------------------------------------------------------------------------


@builtin(
    f"ist werktag(tag: {_DAY}, land: string, eigene tage?: list): boolean",
    "Ob ein Tag ein Werktag ist: Montag bis Freitag und kein Feiertag des Landes.",
    ('ist werktag(@"2026-06-04", "SH")', "true"),
    ('ist werktag(@"2026-06-04", "BY")', "false"),
    ('ist werktag(@"2026-12-24", "SH")', "true"),
    group=GROUP,
    weight=_WEIGHT,
)
def ist_werktag(tag: Day, land: str, own: list[Any] | None = None) -> bool:
    day = _day(tag)
    return _lawful(lambda: workdays.naechster_werktag(day, land, _days(own)).result == day)


@calculation(
    f"naechster werktag(tag: {_DAY}, land: string, eigene tage?: list): date",
    "Der Tag selbst, wenn er ein Werktag ist, sonst der nächste.",
    ('naechster werktag(@"2026-04-03", "SH")', '@"2026-04-07"'),
    gives=_result,
)
def naechster_werktag(tag: Day, land: str, own: list[Any] | None = None) -> Berechnung:
    return _lawful(lambda: workdays.naechster_werktag(_day(tag), land, _days(own)))


@calculation(
    f"werktage(tag: {_DAY}, anzahl: number, land: string, eigene tage?: list): context",
    "Der Werktag so viele Werktage nach einem Tag; der Tag selbst zählt nicht mit.",
    ('werktage(@"2026-04-01", 3, "SH").ergebnis', '@"2026-04-08"'),
    weight=5 * _WEIGHT,
    also=f"working days(day: {_DAY}, count: number, land: string, own days?: list): context",
)
def werktage(tag: Day, anzahl: Decimal, land: str, own: list[Any] | None = None) -> Berechnung:
    if anzahl != anzahl.to_integral_value():
        raise NoValue("Die Zahl der Werktage muss eine ganze Zahl sein.")
    return _lawful(lambda: workdays.plus_werktage(_day(tag), int(anzahl), land, _days(own)))


# --- delivery and remedies -----------------------------------------------------------------------------------------


def _delivery(made: Berechnung | NotDelivered) -> dict[str, Any]:
    if isinstance(made, NotDelivered):
        found: dict[str, Any] = {"ergebnis": None, "schritte": _steps(made.steps), "quelle": made.source}
        rest = {"hinweis": made.sentence, "abruf_bis": made.retrievable_bis, "zaehlt_ab": made.counts_from}
        return {**found, "bekanntgegeben": False, **rest}
    return {**_context(made), "bekanntgegeben": True, "hinweis": None, "abruf_bis": None, "zaehlt_ab": made.counts_from}


@calculation(
    f"bekanntgabe(kanal: string, land: string, tag: {_DAY}, einwilligung?: boolean, abruf?: {_DAY}, benachrichtigung?: {_DAY}, "
    f"zugang?: {_DAY}, eigene tage?: list): context",
    "Der Tag, an dem ein Bescheid als bekanntgegeben gilt. Im Kontext stehen auch bekanntgegeben, hinweis, abruf_bis und "
    "zaehlt_ab (wovon die Regel zählt); gilt er nicht als bekanntgegeben, ist ergebnis null, hinweis nennt den anderen Weg "
    "und abruf_bis den letzten Tag für den Abruf. tag ist der Tag der Aufgabe zur Post, der Absendung oder der "
    "Bereitstellung; zählt die Regel ab der benachrichtigung, gilt deren Tag, ohne Angabe tag. zugang ist der spätere Tag "
    "oder „nie“.",
    ('bekanntgabe("post", "SH", @"2026-03-02").ergebnis', '@"2026-03-06"'),
    ('bekanntgabe("ozg_postfach", "SH", @"2026-03-02").ergebnis', '@"2026-03-05"'),
    ('bekanntgabe("bayern_digital", "BY", @"2026-03-02", true).ergebnis', '@"2026-03-05"'),
    ('bekanntgabe("bayern_digital", "BY", @"2026-03-02", true, null, @"2026-03-03").ergebnis', '@"2026-03-06"'),
    ('bekanntgabe("abruf", "SH", @"2026-03-02", true, @"2026-03-09").ergebnis', '@"2026-03-10"'),
    ('bekanntgabe("abruf", "SH", @"2026-03-02", true).bekanntgegeben', "false"),
    gives=_delivery,
    also=f"deemed delivered(channel: string, land: string, day: {_DAY}, consent?: boolean, retrieved?: {_DAY}, "
    f"notified?: {_DAY}, arrived?: {_DAY}, own days?: list): context",
)
def bekanntgabe(
    kanal: str, land: str, tag: Day, einwilligung: bool | None = None, abruf: Day | None = None,
    benachrichtigung: Day | None = None, zugang: Day | None = None, own: list[Any] | None = None,
) -> Berechnung | NotDelivered:  # fmt: skip
    arrived = zugang if zugang == delivery.NIE else _day(zugang)
    return _lawful(
        lambda: delivery.deemed_delivered(
            kanal, land, _day(tag), einwilligung, _day(abruf), notified=_day(benachrichtigung), arrived=arrived, own=_days(own)
        )
    )


@calculation(
    f"behoerdenfrist(abgesandt: {_DAY}, dauer: {_LENGTH}, land: string, kanal?: string, eigene tage?: list): context",
    "Der letzte Tag einer Frist, die die Behörde in einem Schreiben setzt: gezählt ab dem Tag, an dem das Schreiben auf "
    "diesem Weg als bekanntgegeben gilt; gibt es für den Weg keine Regel, ab dem Tag der Absendung. Muss es abgerufen "
    "werden, zählt der letzte Tag für den Abruf als abgerufen.",
    ('behoerdenfrist(@"2026-03-02", "14 Tage", "SH", "ozg_postfach").ergebnis', '@"2026-03-19"'),
    ('behoerdenfrist(@"2026-03-02", "14 Tage", "SH", "post").ergebnis', '@"2026-03-20"'),
    ('behoerdenfrist(@"2026-03-02", "14 Tage", "SH").ergebnis', '@"2026-03-16"'),
)
def behoerdenfrist(abgesandt: Day, dauer: Any, land: str, kanal: str | None = None, own: list[Any] | None = None) -> Berechnung:
    return _lawful(lambda: delivery.authority_period(_day(abgesandt), _length(dauer), land, kanal, own=_days(own)))


@builtin(
    "kalendertag(zeitpunkt: date|date and time|string): date",
    "Der Tag, auf den ein Zeitpunkt in Deutschland fällt; kurz vor Mitternacht ist es hier schon der nächste.",
    ('kalendertag("2026-05-01T22:30:00Z")', '@"2026-05-02"'),
    group=GROUP,
    weight=10,
)
def kalendertag(zeitpunkt: Day) -> dt.date:
    day = _day(zeitpunkt)
    if not isinstance(day, dt.date):
        raise NoValue("Das ist kein Zeitpunkt.")
    return day


@builtin(
    "zustellweg(konto: string, land: string): string",
    "Welcher Weg der Bekanntgabe das Postfach eines Kontos ist (unsere Lesart, von einer Juristin zu bestätigen).",
    ('zustellweg("OSI", "SH")', '"ozg_postfach"'),
    ('zustellweg("BAYERN_ID", "BY")', '"bayern_digital"'),
    group=GROUP,
    weight=10,
)
def zustellweg(konto: str, land: str) -> str:
    return _lawful(lambda: delivery.channel_of(konto, land))


@calculation(
    f"rechtsbehelfsfrist(bekanntgabe: {_DAY}, land: string, belehrung?: string, eigene tage?: list, rechtsbehelf?: string): "
    "context",
    "Der letzte Tag für den rechtsbehelf („widerspruch“, so ohne Angabe, oder „klage“): ein Monat nach der Bekanntgabe; ein "
    "Jahr, wenn die belehrung „fehlt“ oder „falsch“ ist.",
    ('rechtsbehelfsfrist(@"2026-03-06", "SH").ergebnis', '@"2026-04-07"'),
    ('rechtsbehelfsfrist(@"2026-03-06", "SH", "fehlt").ergebnis', '@"2027-03-08"'),
    ('starts with(rechtsbehelfsfrist(@"2026-05-04", "BY", null, null, "klage").quelle, "§ 74 Abs. 1 VwGO")', "true"),
)
def rechtsbehelfsfrist(
    bekanntgabe_am: Day, land: str, belehrung: str | None = None, own: list[Any] | None = None, rechtsbehelf: str | None = None
) -> Berechnung:
    how = remedy.RICHTIG if belehrung is None else belehrung
    which = remedy.WIDERSPRUCH if rechtsbehelf is None else rechtsbehelf
    return _lawful(lambda: remedy.remedy_period(_day(bekanntgabe_am), land, how, remedy=which, own=_days(own)))


def _fiction(made: remedy.ApprovalFiction) -> dict[str, Any]:
    return {**_context(made.calculation), "erteilt_am": made.granted_am, "alarm_am": made.alarm_am}


@calculation(
    f"genehmigungsfiktion(vollstaendig: {_DAY}, land: string, dauer?: {_LENGTH}, verlaengerung?: {_LENGTH}, "
    f"begruendung?: string, mitgeteilt?: {_DAY}, vorlauf?: {_LENGTH}, eigene tage?: list): context",
    "Der letzte Tag, an dem entschieden werden kann, bevor die Genehmigung als erteilt gilt; im Kontext stehen auch erteilt_am "
    "und alarm_am. dauer ist ohne Angabe drei Monate, vorlauf 14 Tage. Eine verlaengerung braucht begruendung und den Tag, an "
    "dem sie mitgeteilt wurde.",
    ('genehmigungsfiktion(@"2026-03-02", "SH").ergebnis', '@"2026-06-02"'),
    ('genehmigungsfiktion(@"2026-03-02", "SH").alarm_am', '@"2026-05-19"'),
    ('genehmigungsfiktion(@"2026-03-02", "SH", null, "1 Monat", "Gutachten nötig", @"2026-05-20").ergebnis', '@"2026-07-02"'),
    gives=_fiction,
)
def genehmigungsfiktion(
    vollstaendig: Day, land: str, dauer: Any = None, verlaengerung: Any = None, begruendung: str | None = None,
    mitgeteilt: Day | None = None, vorlauf: Any = None, own: list[Any] | None = None,
) -> remedy.ApprovalFiction:  # fmt: skip
    def calculate() -> remedy.ApprovalFiction:
        extension = None
        if verlaengerung is not None:
            extension = remedy.Extension(_length(verlaengerung), begruendung or "", _day(mitgeteilt))
        length = remedy.THREE_MONTHS if dauer is None else _length(dauer)
        lead = remedy.TWO_WEEKS_BEFORE if vorlauf is None else _length(vorlauf)
        return remedy.approval_fiction(_day(vollstaendig), land, length=length, extension=extension, lead=lead, own=_days(own))

    return _lawful(calculate)
