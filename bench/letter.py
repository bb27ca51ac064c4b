"""A letter from the warm child with its limits, against a bare warm compile of the same template and data in this process.

python -m bench.letter
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import typst

from bench._measure import interleaved, ms, ratio, verdict
from connectors.letter import renderer
from connectors.letter.layout import job
from connectors.letter.renderer import TEMPLATE
from engine.base.ports import Block, Letter, Letterhead, Section

ROUNDS = 100
LIMIT = 1.5


def letters() -> Iterator[Letter]:
    """Notices of two pages, each another one: what typst has set before it would give back without setting it again."""
    reasons = " ".join(f"Grund {number}: Die Bäume stehen zu nah am Haus." for number in range(40))
    for number in itertools.count(1):
        yield Letter(
            title="Bescheid",
            letterhead=Letterhead("Kreis Nordfriesland", "Naturschutz", ("Musterstraße 1", "25813 Husum"), ("Telefon 0",)),
            addressee=("Mara Muster", f"Weg {number}", "25813 Husum"),
            reference=f"BF-2026-{number:06}",
            date=dt.date(2026, 3, 2),
            place="Husum",
            subject=f"Ihr Antrag Nummer {number}",
            salutation="Guten Tag,",
            sections=(
                Section("tenor", "Entscheidung", (Block("item", f"Baum {number} darf gefällt werden."),)),
                Section("auflage", "Auflagen", tuple(Block("item", f"Auflage {n}") for n in range(5)), "Nebenbestimmungen"),
                Section(
                    "kosten", "Kosten", (Block("row", cells=("Posten", "Betrag")), Block("row", cells=("Bescheid", "50 €")))
                ),
                Section("ermessen", "Ermessen", (Block("paragraph", f"{number} {reasons}"),), "Begründung"),
                Section("rechtsbehelf", "Rechtsbehelfsbelehrung", (Block("paragraph", "Widerspruch ist möglich."),)),
            ),
            signatory="Im Auftrag",
            data={"nummer": number},
        )


def main() -> None:
    """Both sides set letters of the same kind; none is set twice."""
    fonts = typst.Fonts(include_system_fonts=False)
    compiler = typst.Compiler(input=str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=fonts, ignore_system_fonts=True)
    waiting = letters()
    prepared = iter([job(next(waiting)) for _ in range(ROUNDS + 10)])

    def bare() -> bytes:
        brief, timestamp = next(prepared)
        pdf = compiler.compile(format="pdf", sys_inputs={"brief": brief}, pdf_standards=["ua-1", "a-3a"], timestamp=timestamp)
        assert isinstance(pdf, bytes)
        return pdf

    ours = renderer()
    assert ours.typeset(next(waiting)).pages == 2
    found = interleaved({"child": lambda: ours.typeset(next(waiting)), "bare": bare}, ROUNDS)
    print(f"Brief mit zwei Seiten: im Kindprozess {ms(found['child'])}, bloß gesetzt {ms(found['bare'])}")
    print(verdict(ratio(found["child"], found["bare"]), LIMIT, "  Kindprozess / bloß gesetzt"))


if __name__ == "__main__":
    main()
