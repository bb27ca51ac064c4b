"""Which characters FEEL knows, and what was probably meant by those it does not."""

from __future__ import annotations

import re
import unicodedata

# Beyond ASCII the pattern takes any character into a name: classes of far characters are slow to compile. `stranger`
# then finds those that no name may have, and `BLANKS` are the blanks among them.
TOKEN = re.compile(
    r"(?P<space>[ \t\n\r\v\f]+)"
    r"|(?P<name>[^\x00-\x3e\x40\x5b-\x5e\x60\x7b-\x7f][^\x00-\x2f\x3a-\x3e\x40\x5b-\x5e\x60\x7b-\x7f]*)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")'
    r"|(?P<op>\.\.|\*\*|<=|>=|!=|->|[-+*/=<>(){}\[\],:.@'])",
    re.DOTALL,
)
BLANKS = frozenset("\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(code) for code in range(0x2000, 0x200B)}
# The standard's ranges of characters that begin a name, without those that cannot be seen.
_START = (
    (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D), (0x37F, 0x167F), (0x1681, 0x180D), (0x180F, 0x1FFF),
    (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFEFE),
    (0xFF00, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
_FURTHER = ((0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))  # only further inside a name
_JOINERS = "\u200c\u200d"


def stranger(name: str) -> int:
    """The index of the first character that ends a name or does not belong in one; its length when all belong."""
    for index, character in enumerate(name):
        code = ord(character)
        if code < 0x80 or any(low <= code <= high for low, high in _START):
            if character in _JOINERS and (index == 0 or name[index - 1] < "\u0300" or name[index + 1 : index + 2] < "\u0300"):
                return index  # an invisible joiner belongs inside emoji and some scripts, not beside plain letters
        elif index == 0 or not any(low <= code <= high for low, high in _FURTHER):
            return index
    return len(name)


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
