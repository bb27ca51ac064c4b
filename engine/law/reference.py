"""The page docs/law.md, written from the rules: `python -m engine.law.reference > docs/law.md`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator

from engine.feel.builtins import registry
from engine.law import functions, period, workdays
from engine.law.rules import (
    ALLE,
    BUND,
    CHANNELS,
    COUNTS_FROM,
    LAENDER,
    DeliveryRule,
    NoticeRule,
    Rule,
    accounts,
    delivery_rules,
    notice_rules,
    period_rules,
)
from engine.law.values import FIRST_YEAR, LAST_YEAR

_HEAD = """# Fristen, Bekanntgabe, Bescheid: Regeln und Quellen

*Diese Seite ist aus den Regeldateien erzeugt (`python -m engine.law.reference`) und wird von einem Test verglichen.*

Amtsweg rechnet Fristen und den Tag der Bekanntgabe nach Regeln, die als Daten in `engine/law/fristen.toml` und
`engine/law/zustellung.toml` stehen, jede mit Vorschrift, Geltungsbeginn und dem Tag, an dem sie gelesen wurde. Jede Berechnung
gibt den Tag, die einzelnen Schritte mit ihrer Vorschrift und alle Quellen zurück, zum Anzeigen und Aufheben. Wonach Verfahren
und Bescheid gebaut sind, steht in `engine/law/bescheid.toml`.

„Gelesen“ heißt: in den Fachnotizen des Projekts, zum Teil auch in öffentlichen Abschriften der Vorschriften, nicht in den
amtlichen Fassungen. Seit wann die Fristregeln gelten, ist allgemein bekannt und nicht nachgelesen.

Die Texte hier sind unsere Worte, nicht der Wortlaut des Gesetzes, und keine Rechtsberatung. **Was unter
[Zu bestätigen](#zu-bestätigen) steht, muss eine Juristin bestätigen, bevor eine Kommune danach Bescheide erlässt.**
"""
_CONSENT = {"keine": "nicht nötig", "noetig": "nötig", "vermutet": "vermutet, solange sie nicht ausgeschlossen ist"}
_ACCOUNTS_NOTE = """Welcher Weg das Postfach eines Kontos ist, ist unsere Lesart und **von einer Juristin zu bestätigen**.
Ein Konto, das hier fehlt (etwa das Unternehmenskonto), hat keinen Weg: Der Bescheid geht dann anders hinaus."""


def _date(day: dt.date) -> str:
    return f"{day:%d.%m.%Y}"


def _place(land: str) -> str:
    return {BUND: "Bund", ALLE: "alle Länder ohne eigene Zeile"}.get(land) or LAENDER[land]


def _table(head: str, rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {head} |"
    yield "|" + "---|" * (head.count("|") + 1)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def _periods() -> Iterator[str]:
    yield "## Fristen"
    yield ""
    rows = ([f"`{r.id}`", r.says, r.source, _date(r.valid_from), _date(r.read_on)] for r in period_rules().values())
    yield from _table("Regel | Inhalt | Quelle | gilt seit | gelesen am", rows)
    yield "Der Sonnabend steht seit 1965 in § 193 BGB. Vor dem genannten Beginn rechnen die Funktionen auch; Recht ist das dann"
    yield "nicht. Nicht abgebildet, weil kein Ablauf sie braucht: Fristen nach Stunden, § 189 Abs. 2, §§ 191 und 192 BGB."
    yield ""


def _delivery() -> Iterator[str]:
    yield "## Bekanntgabe"
    yield ""
    yield "Eine Zeile gilt nur für Tage ab ihrem Beginn. Für frühere Tage und Wege ohne Zeile wird abgelehnt, nicht geraten."
    yield ""
    yield from _table(
        "Regel | Weg | Land | Inhalt | Einwilligung | zählt ab | rückt auf Werktag | sonst | Quelle | gilt seit | gelesen am",
        (_delivery_row(rule) for rule in delivery_rules()),
    )
    yield "(*) angesetzt: Der Beginn wurde nicht gelesen."
    yield ""
    yield "Kommt ein Bescheid später an oder nie, entfällt die Vermutung; die Behörde muss Zugang und Tag nachweisen. Die"
    yield "Sachbearbeitung trägt den Tag oder „nie“ mit einem Grund ein, die Berechnung nennt die Vorschrift:"
    yield ""
    yield from _table("Regel | Quelle", ([f"`{rule.id}`", rule.falls] for rule in delivery_rules()))


def _delivery_row(rule: DeliveryRule) -> list[str]:
    since = _date(rule.valid_from) + ("" if rule.start_known else " (*)")
    until = "" if rule.valid_to == dt.date.max else f" bis {_date(rule.valid_to)}"
    return [
        f"`{rule.id}`", f"`{rule.channel}`: {CHANNELS[rule.channel]}", _place(rule.land), rule.says, _CONSENT[rule.consent],
        COUNTS_FROM[rule.counts_from], "ja" if rule.moves else "nein", rule.other_way, rule.source, since + until,
        _date(rule.read_on),
    ]  # fmt: skip


def _notices() -> Iterator[str]:
    yield "## Verfahren und Bescheid"
    yield ""
    rows = ([f"`{r.id}`", r.says, r.where, r.source, _date(r.valid_from), _date(r.read_on)] for r in notice_rules())
    yield from _table("Regel | Inhalt | umgesetzt in | Quelle | gilt seit | gelesen am", rows)


def _accounts() -> Iterator[str]:
    yield "## Konten"
    yield ""
    yield _ACCOUNTS_NOTE
    yield ""
    rows = ([", ".join([a.name, *a.also]), _place(a.land), f"`{a.channel}`: {CHANNELS[a.channel]}"] for a in accounts())
    yield from _table("Konto | Land | Weg", rows)


def _to_confirm() -> Iterator[str]:
    yield "## Zu bestätigen"
    yield ""
    rules: list[Rule | NoticeRule | DeliveryRule] = [*period_rules().values(), *delivery_rules(), *notice_rules()]
    for rule in rules:
        if rule.confirm:
            yield f"* `{rule.id}` ({rule.source}): {rule.confirm}"
    yield "* Konten: die Zuordnung oben."
    yield "* Übergang: Es gilt die Regel, die am Tag der Aufgabe, Absendung, Bereitstellung oder Benachrichtigung in Kraft ist."
    yield ""


def _limits() -> Iterator[str]:
    yield "## Grenzen"
    yield ""
    yield f"* Gerechnet wird mit den Jahren {FIRST_YEAR} bis {LAST_YEAR}; davor und danach wird abgelehnt."
    yield f"* Feiertage sind ab {workdays.HOLIDAYS_FROM} hinterlegt; für frühere Jahre prüft die Berechnung nur Sonnabend und"
    yield "  Sonntag und sagt das in einem Schritt. Für künftige Jahre gelten die Feiertage nach heutigem Recht."
    yield f"* Eine Frist hat mindestens einen Tag und höchstens 100 Jahre ({period.MOST['days']} Tage); Werktage höchstens"
    yield f"  {workdays.MOST_WORKDAYS}, eigene Feiertage höchstens {workdays.MOST_OWN}."
    yield f"* Länder: {', '.join(f'{name} ({code})' for code, name in LAENDER.items())}."
    yield "* Was abgelehnt wird, ist in Python `Invalid` mit einem Satz, in FEEL `null` mit demselben Satz als Warnung."
    yield ""


def _functions() -> Iterator[str]:
    yield "## In Diagrammen und Tabellen"
    yield ""
    yield "Die Funktionen stehen überall, wo Diagramme laufen, in FEEL bereit. Die meisten geben einen Kontext: `ergebnis` (der"
    yield "Tag), `schritte` (je `text` und `tag`) und `quelle`. Ein Tag ist ein Datum, ein Zeitpunkt (dessen Tag in"
    yield "Deutschland) oder ein Text wie `2026-03-01`; eine Dauer ein Text wie `1 Monat`, `14 Tage`, `Vierteljahr`, `P14D`"
    yield "oder eine Dauer von FEEL. `deadline`, `working days` und `deemed delivered` sind andere Namen von `frist`,"
    yield "`werktage` und `bekanntgabe`, mit englischen Parametern; Ergebnis und erlaubte Werte sind dieselben."
    yield ""
    yield "Was diese Funktionen in einem Vorgang berechnen, bleibt bei ihm: Funktion, Eingaben, Ergebnis, Schritte und Quelle,"
    yield "an dem Element, dessen Ausdruck sie nennt (Skript, Zuordnung, Zeitereignis, Entscheidungstabelle …). Es steht auf"
    yield "der Seite des Vorgangs und in der Schnittstelle unter `berechnungen`, je Element und Eingaben einmal. Was nur einen"
    yield "Weg wählt (Bedingungen an Flüssen, Abbruch einer Mehrfachausführung), legt keinen Tag fest und wird nicht"
    yield "aufgehoben; ebenso `ist werktag` und `zustellweg`, die keinen Tag ergeben. Auch was abgelehnt wird, bleibt, mit dem"
    yield "Satz, warum."
    yield ""
    signatures = [s for builtin in registry.all_builtins() for s in builtin.signatures if s.group == functions.GROUP]
    rows = (
        [f"`{s.declaration}`", s.description, "<br>".join(f"`{e.expression}` → `{e.value}`" for e in s.examples)]
        for s in signatures
    )
    yield from _table("Funktion | Bedeutung | Beispiele", rows)


def page() -> str:
    """The whole page."""
    parts = (_periods(), _delivery(), _accounts(), _notices(), _to_confirm(), _limits(), _functions())
    return _HEAD + "\n" + "\n".join(line for part in parts for line in part)


if __name__ == "__main__":
    sys.stdout.write(page())
