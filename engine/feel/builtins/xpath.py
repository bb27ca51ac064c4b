"""Regular expressions of XPath, which FEEL uses, brought to RE2, which cannot be made to run away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from engine.feel import limits
from engine.feel.errors import NoValue

_OUTSIDE = {
    "d": r"\p{Nd}", "D": r"\P{Nd}", "w": r"[^\p{P}\p{Z}\p{C}]", "W": r"[\p{P}\p{Z}\p{C}]", "s": r"[ \t\n\r]",
    "S": r"[^ \t\n\r]", "i": r"[\p{L}_:]", "I": r"[^\p{L}_:]", "c": r"[-.\p{L}\p{N}_:\x{B7}]", "C": r"[^-.\p{L}\p{N}_:\x{B7}]",
}  # fmt: skip
_INSIDE = {
    "d": r"\p{Nd}", "D": r"\P{Nd}", "w": r"\p{L}\p{M}\p{N}\p{S}", "W": r"\p{P}\p{Z}\p{C}", "s": r" \t\n\r",
    "i": r"\p{L}_:", "c": r"\-.\p{L}\p{N}_:\x{B7}",
}  # fmt: skip
_BLOCKS = {
    "IsBasicLatin": (0, 0x7F), "IsLatin-1Supplement": (0x80, 0xFF), "IsLatinExtended-A": (0x100, 0x17F),
    "IsLatinExtended-B": (0x180, 0x24F), "IsGreek": (0x370, 0x3FF), "IsGreekandCoptic": (0x370, 0x3FF),
    "IsCyrillic": (0x400, 0x4FF), "IsHebrew": (0x590, 0x5FF), "IsArabic": (0x600, 0x6FF),
}  # fmt: skip
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_SIGNS = frozenset("\\|.?*+(){}[]-^$")
_SPACE = " \t\n\r"


@lru_cache(maxsize=64)
def compiled(pattern: str, flags: str) -> Any:
    """The pattern ready to run."""
    import re2

    if len(pattern) > limits.MAX_PATTERN:
        raise NoValue(f"Das Muster ist länger als {limits.MAX_PATTERN} Zeichen.")
    if not set(flags) <= set("smix"):
        raise NoValue("Als Schalter gelten s, m, i und x.")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in flags
    options.max_mem = 1 << 20
    switches = "".join(flag for flag in "sm" if flag in flags)
    translated = _Translation(pattern, "x" in flags, "s" in flags).run()
    try:
        return re2.compile(f"(?{switches}){translated}" if switches else translated, options)
    except (re2.error, UnicodeEncodeError) as cause:
        raise NoValue(f"Das Muster „{pattern[:40]}“ ist nicht lesbar.") from cause


class _Translation:
    """Goes through one pattern from left to right."""

    def __init__(self, pattern: str, spaced: bool, dot_all: bool) -> None:
        self.pattern, self.spaced, self.dot_all = pattern, spaced, dot_all
        self.at = 0

    def fail(self, reason: str) -> NoValue:
        return NoValue(f"Das Muster „{self.pattern[:40]}“ ist nicht lesbar: {reason}.")

    def next(self) -> str:
        if self.at >= len(self.pattern):
            raise self.fail("es bricht ab")
        self.at += 1
        return self.pattern[self.at - 1]

    def run(self) -> str:
        out = []
        while self.at < len(self.pattern):
            character = self.next()
            if character == "\\":
                out.append(self.escape(_OUTSIDE))
            elif character == "[":
                out.append(self.charset())
            elif character == "(" and self.pattern.startswith("?", self.at) and not self.pattern.startswith("?:", self.at):
                raise self.fail("Gruppen mit (? gibt es nicht")
            elif character == "." and not self.dot_all:
                out.append(r"[^\n\r]")
            elif not (self.spaced and character in _SPACE):
                out.append(character)
        return "".join(out)

    def escape(self, classes: dict[str, str]) -> str:
        code = self.next()
        if code in classes:
            return classes[code]
        if code in "pP":
            return self.category(code)
        if code in _CONTROLS:
            return "\\" + code
        if code in _SIGNS:
            return "\\" + code
        raise self.fail("Rückbezüge gibt es nicht" if code.isdigit() else f"\\{code} gibt es nicht")

    def category(self, code: str) -> str:
        end = self.pattern.find("}", self.at)
        if self.at >= len(self.pattern) or self.pattern[self.at] != "{" or end < 0:
            raise self.fail(f"nach \\{code} fehlt eine Klasse in geschweiften Klammern")
        name = self.pattern[self.at + 1 : end]
        self.at = end + 1
        if name in _BLOCKS:
            low, high = _BLOCKS[name]
            if code == "p":
                return f"[\\x{{{low:X}}}-\\x{{{high:X}}}]"
            return f"[^\\x{{{low:X}}}-\\x{{{high:X}}}]"
        if not re.fullmatch(r"[A-Z][a-z]?", name):
            raise self.fail(f"die Klasse {name} gibt es nicht")
        return f"\\{code}{{{name}}}"

    def charset(self) -> str:
        """[a-z], [^a-z], and [a-z-[aeiou]], which RE2 does not know."""
        start = self.at
        negated = self.pattern.startswith("^", self.at)
        self.at += negated
        parts: list[str] = []
        while True:
            character = self.next()
            if character == "]" and parts:
                return f"[{'^' if negated else ''}{''.join(parts)}]"
            if character == "-" and self.pattern.startswith("[", self.at):
                self.at += 1
                return self.difference(parts, negated, start)
            if character == "[":
                raise self.fail("eine eckige Klammer muss mit \\ geschützt sein")
            parts.append(self.escape(_INSIDE) if character == "\\" else _guarded(character))

    def difference(self, parts: list[str], negated: bool, start: int) -> str:
        taken = self.charset()
        if self.next() != "]":
            raise self.fail("nach der abgezogenen Klasse fehlt ]")
        left = _intervals("".join(parts))
        right = _intervals(taken.removeprefix("[").removeprefix("^").removesuffix("]"))
        if left is None or right is None or taken.startswith("[^") or not parts:
            raise self.fail(f"„{self.pattern[start - 1 : self.at][:30]}“ lässt sich nicht abziehen")
        if negated:
            left = list(_subtract([(0, 0x10FFFF)], left))
        rest = list(_subtract(left, right))
        if not rest:
            return r"[^\x{0}-\x{10FFFF}]"
        return "[" + "".join(f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in rest) + "]"


def _guarded(character: str) -> str:
    return "\\" + character if character in "&~^" else character


_ITEM = re.compile(r"\\x\{([0-9A-F]+)\}|\\([^pPx])|([^\\])", re.DOTALL)


def _intervals(inner: str) -> list[tuple[int, int]] | None:
    """The characters between brackets as intervals; None when categories are among them."""
    codes: list[int | str] = []
    at = 0
    while at < len(inner):
        found = _ITEM.match(inner, at)
        if found is None:
            return None
        at = found.end()
        if found[1]:
            codes.append(int(found[1], 16))
        elif found[2]:
            codes.append(ord(_CONTROLS.get(found[2], found[2])))
        else:
            codes.append("-" if found[3] == "-" else ord(found[3]))
    return _paired(codes)


def _paired(codes: list[int | str]) -> list[tuple[int, int]] | None:
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(codes):
        low = ord("-") if codes[at] == "-" else codes[at]
        high = codes[at + 2] if at + 2 < len(codes) and codes[at + 1] == "-" else low
        if not isinstance(low, int) or not isinstance(high, int) or high < low:
            return None
        found.append((low, high))
        at += 3 if at + 2 < len(codes) and codes[at + 1] == "-" else 1
    return found


def _subtract(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for low, high in left:
        start = low
        for cut_low, cut_high in sorted(right):
            if cut_high < start or cut_low > high:
                continue
            if cut_low > start:
                yield start, cut_low - 1
            start = cut_high + 1
        if start <= high:
            yield start, high


def search_steps(expression: Any, text: str) -> int:
    """What it costs to look through a text."""
    size: int = expression.programsize
    return 40 + len(text) * (size + 16) // 256


_REFERENCE = re.compile(r"\\(.?)|\$([0-9]*)", re.DOTALL)


def replacement(template: str, groups: int) -> list[str | int]:
    """The parts of a replacement: text, and numbers of groups."""
    parts: list[str | int] = []
    at = 0
    for found in _REFERENCE.finditer(template):
        parts.append(template[at : found.start()])
        at = found.end()
        if found[0][0] == "\\":
            if found[1] not in ("\\", "$") or not found[1]:
                raise NoValue("Im Ersatz steht \\ nur vor \\ oder $.")
            parts.append(found[1])
            continue
        digits = found[2]
        if not digits:
            raise NoValue("Im Ersatz steht $ nur vor der Nummer einer Gruppe.")
        size = len(digits)
        while size > 1 and int(digits[:size]) > groups:
            size -= 1
        parts.append(int(digits[:size]) if int(digits[:size]) <= groups else "")
        parts.append(digits[size:])
    parts.append(template[at:])
    return parts
