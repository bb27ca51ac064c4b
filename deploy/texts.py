"""Bring the English catalogue up to date with the texts in the code: `make texts`.

Texts stand in the code in German, as `_("…")` or one of its relatives. New ones come into the catalogue without a translation,
those that are gone leave it; what is translated stays. Nothing else is written, so that a change is seen in a few lines.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PO = ROOT / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
# How each kind of file is read. What the command line and the reference servers say is German and stays so.
SOURCES = (("python", "web", "*.py"), ("jinja2", "web/templates", "*.html"), ("javascript", "web/static/src", "*.js"))
GERMAN_ONLY = ("cli", "demo", "twins")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy": None, "_l": None, "later": None}
HEADER = r"""# The English of the web pages. The German stands in the code; `make texts` brings new texts here.
msgid ""
msgstr ""
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""

Text = str | tuple[str, ...]


def texts() -> Iterator[tuple[str, Text]]:
    """Every text in the code, with the file it stands in."""
    for method, folder, names in SOURCES:
        for path in sorted((ROOT / folder).rglob(names)):
            if path.relative_to(ROOT).parts[1] not in GERMAN_ONLY:
                with path.open("rb") as source:
                    for found in extract(method, source, KEYWORDS, options={"encoding": "utf-8"}):
                        yield path.relative_to(ROOT).as_posix(), found[1]


def updated(known: str) -> str:
    """The catalogue as it must be, with the translations of the one that is known."""
    old, new = read_po(io.StringIO(known), locale="en"), Catalog(locale="en", fuzzy=False)
    for file, text in texts():
        translated = old.get(text if isinstance(text, str) else text[0])
        new.add(text, translated.string if translated is not None else None, locations=[(file, 0)])
    written = io.BytesIO()
    write_po(written, new, width=0, omit_header=True, sort_output=True, include_lineno=False)
    return HEADER + written.getvalue().decode("utf-8")


def main() -> None:
    """Update the file; says how many texts have no translation yet, and which."""
    known = PO.read_text(encoding="utf-8") if PO.exists() else HEADER
    PO.write_text(updated(known), encoding="utf-8")
    catalogue = read_po(io.StringIO(PO.read_text(encoding="utf-8")), locale="en")
    open_texts = [message.id for message in catalogue if message.id and not all(strings(message.string))]
    for text in open_texts:
        print(f"ohne Übersetzung: {text}")
    print(f"{len(catalogue)} Texte, {len(open_texts)} ohne Übersetzung")


def strings(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """A text, or its singular and plural, as one or two strings."""
    return (given or "",) if isinstance(given, str | None) else tuple(given)


if __name__ == "__main__":
    main()
