"""Which characters FEEL knows, and what was probably meant by those it does not."""

from __future__ import annotations

import re
import unicodedata

_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_SPACE = " \\t\\n\\r\\v\\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
TOKEN = re.compile(
    rf"(?P<space>[{_SPACE}]+)"
    rf"|(?P<name>[{_START}][{_START}0-9\u00b7\u0300-\u036f\u203f\u2040]*)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")'
    r"|(?P<op>\.\.|\*\*|<=|>=|!=|->|[-+*/=<>(){}\[\],:.@'])",
    re.DOTALL,
)

_MEANT = {
    "≤": "<=", "≥": ">=", "≠": "!=", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "×": "*", "·": "*", "÷": "/",
    "„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "‘": '"', "’": "'", "`": '"', "…": "..", "＝": "=", "；": ",",
    ";": ",", "&": "and", "|": "or", "!": "not( )", "^": "**", "#": "count( )", "~": "not( )",
}  # fmt: skip


def hint_for(character: str) -> str:
    """How to mend a character that FEEL does not know."""
    if character in _MEANT:
        return f"Gemeint ist vermutlich {_MEANT[character]}"
    if unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn"):
        return "Das Zeichen ist unsichtbar; bitte löschen."
    plain = unicodedata.normalize("NFKC", character)
    if plain != character:
        return f"Gemeint ist vermutlich {plain}"
    return "Bitte löschen oder in Anführungszeichen setzen."


def shown(character: str) -> str:
    """A character for a message, invisible ones by their number and name."""
    if character.isprintable() and not character.isspace():
        return f"„{character}“"
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'ohne Namen')})"


# Letters of other alphabets that look like Latin ones, so that a warning can say which name was meant.
_LATIN = str.maketrans(
    "аеорсухіјѕԁһκοανΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХІЈЅ",
    "aeopcyxijsdhkoavABEZHIKMNOPTYXABEKMHOPCTYXIJS",
)


def skeleton(name: str) -> str:
    """A name as it looks: look-alike letters made Latin, invisible characters dropped."""
    folded = unicodedata.normalize("NFKC", name).translate(_LATIN)
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")
