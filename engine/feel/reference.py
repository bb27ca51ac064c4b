"""The reference page docs/feel.md, written from the declarations: `python -m engine.feel.reference > docs/feel.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import engine.feel
from engine.feel import limits
from engine.feel.builtins import registry

_HEAD = """# FEEL und DMN: was die Ausdrücke können

*Diese Seite ist aus dem Quelltext erzeugt (`python -m engine.feel.reference`) und wird von einem Test verglichen; jedes
Beispiel wird dabei ausgeführt.*

FEEL ist die Sprache des DMN-Standards (OMG, Version 1.5). In Amtsweg ist jeder Ausdruck FEEL: Bedingungen im Diagramm,
Zellen in Entscheidungstabellen, Sichtbarkeit in Formularen, Platzhalter in Bescheiden. Gerechnet wird mit Dezimalzahlen
von 34 Stellen, gerundet zur geraden Ziffer, also auf den Cent genau. Was keinen Wert hat, ist `null`; eine Warnung sagt,
welcher Teil des Ausdrucks es ist und warum.

## Schreibweise

| Ausdruck | Bedeutung |
|---|---|
| `1234.5`, `"Text"`, `true`, `null` | feste Werte |
| `@"2026-03-01"`, `@"10:30:00"`, `@"2026-03-01T10:30:00@Europe/Berlin"` | Datum, Uhrzeit, Zeitpunkt |
| `@"P1DT2H"`, `@"P1Y2M"` | Dauer in Tagen und Stunden, Dauer in Jahren und Monaten |
| `+ - * / **` | rechnen; Texte verbindet `+` |
| `= != < <= > >=`, `x between 1 and 5`, `x in [1..5)` | vergleichen |
| `a and b`, `a or b`, `not(a)` | verknüpfen, dreiwertig: unbekannt bleibt unbekannt |
| `if a then b else c` | wählen |
| `[1, 2, 3]`, `liste[1]`, `liste[-1]`, `liste[item > 1]` | Liste, erster, letzter Eintrag, Filter |
| `{art: "Eiche", umfang: 210}`, `baum.art` | Kontext und sein Eintrag |
| `for b in baeume return b.umfang` | für jeden Eintrag |
| `some b in baeume satisfies b.umfang > 80`, `every …` | ob einer, ob jeder |
| `x instance of number` | ob ein Wert von einer Art ist |
| `function(a, b) a + b` | eine eigene Funktion |

In Zellen einer Entscheidungstabelle: `-` alles, `"a", "b"` eines davon, `< 80`, `[80..100)`, `not("a")`, `? > 5 and ? < 9`.

## Grenzen

"""


def _count(number: int) -> str:
    """A number with the German sign for thousands."""
    return f"{number:,}".replace(",", ".")


def _limits() -> Iterator[str]:
    yield f"* Ein Ausdruck hat höchstens {_count(limits.MAX_TEXT)} Zeichen, {_count(limits.MAX_TOKENS)} Wörter und Zeichen und"
    yield f"  {limits.MAX_DEPTH} Ebenen Klammern; eine DMN-Datei höchstens 8 MB und 60 Ebenen Kästen."
    yield f"* Eine Auswertung darf {_count(limits.STEPS)} Schritte tun (ein Durchlauf einer Schleife kostet nach der Länge"
    yield f"  ihres Rumpfs, Text nach seiner Länge); Funktionen rufen einander höchstens {limits.CALL_DEPTH} Ebenen tief auf."
    yield f"* Ein Text hat höchstens {_count(limits.MAX_STRING)} Zeichen, ein Wert {limits.DATA_DEPTH} Ebenen, ein Muster"
    yield f"  {_count(limits.MAX_PATTERN)} Zeichen. Muster sind die von XPath ohne Rückbezüge; sie laufen in RE2."
    yield "* Zahlen haben 34 Stellen und gehen bis 10 hoch 6144."
    yield "* Gerechnet wird mit den Jahren 1 bis 9999 und nicht feiner als eine Mikrosekunde."
    yield "* Eine Uhrzeit in einer benannten Zeitzone ohne Datum hat deren Winterzeit. Eine Uhrzeit in der Stunde, die im"
    yield "  Frühjahr ausfällt, rückt um diese Stunde vor; in der doppelten Stunde im Herbst gilt die erste."
    yield "* Unsichtbare Zeichen außerhalb von Texten werden abgelehnt, auch solche, die der Standard als Leerraum zählt."
    yield "* Funktionen in Java oder PMML werden nicht ausgeführt."
    yield ""
    yield "Wird eine Grenze erreicht, ist der ganze Ausdruck `null` mit einer Warnung; ein zu langer oder unlesbarer Text wird"
    yield "mit Zeile und Spalte abgelehnt."


def _functions() -> Iterator[str]:
    groups: dict[str, list[registry.Signature]] = {}
    for builtin in registry.all_builtins():
        for signature in builtin.signatures:
            if signature.body.__module__.startswith("engine.feel."):  # what other floors add, they describe themselves
                groups.setdefault(signature.group, []).append(signature)
    for group, signatures in groups.items():
        yield f"### {group}"
        yield ""
        yield "| Funktion | Bedeutung | Beispiele |"
        yield "|---|---|---|"
        for signature in signatures:
            examples = "<br>".join(f"`{_cell(e.expression)}` → `{_cell(e.value)}`" for e in signature.examples)
            yield f"| `{_cell(signature.declaration)}` | {signature.description} | {examples} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page() -> str:
    """The whole page."""
    engine.feel.compile_expression("null")  # the functions are declared
    lines = [
        *_limits(),
        "",
        "## Funktionen",
        "",
        "`?` hinter einem Parameter: er kann fehlen. `...`: beliebig viele Werte.",
        "",
    ]
    return _HEAD + "\n".join([*lines, *_functions()])


if __name__ == "__main__":
    sys.stdout.write(page())
