"""Passwords that people choose: long enough, and not among the first that anybody would try.

BSI IT-Grundschutz ORP.4.A22 and NIST SP 800-63B: length and a list of the common ones; no forced mix of signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.base.errors import Cause

SHORTEST, LONGEST = 12, 1000

# What remains of the most common passwords when case, digits and signs are left out; also when it is written several times.
COMMON = frozenset(
    """
    abc abcdef abcdefghijkl admin administrator amtsweg anmeldung asdf asdfasdf asdfghjkl baseball behörde berlin bitte changeme
    default deutschland dragon einstein football fussball fußball geheim geheimnis hallo herbst hsv iloveyou internet kennwort
    kommune landkreis lassmichrein letmein liebe login master monkey nordsee ostsee pass passwort passwörter password password
    qaywsx qaywsxedc qwer qwert qwerty qwertyuiop qwertyuiopasdf qwertz qwertzuiop qwertzuiopü rathaus root schalke schatz
    secret service sommer sonnenschein start startpasswort stadt test testtest user verwaltung welcome werder willkommen winter
    wordpass
    """.split()
)
_OTHER_SIGNS = re.compile(r"[\W\d_]+")


def wrong_with(password: str, names: Iterable[str], pointer: str = "/passwort_neu") -> list[Cause]:
    """What speaks against a password; `names` are what others know of its owner: login, name, e-mail address."""
    if len(password) < SHORTEST:
        hint = "Gut zu merken sind mehrere Wörter hintereinander."
        return [Cause(f"Das Passwort braucht mindestens {SHORTEST} Zeichen.", hint, pointer)]
    if len(password) > LONGEST:
        return [Cause(f"Das Passwort darf höchstens {LONGEST} Zeichen haben.", pointer=pointer)]
    if _is_named(password, names):
        hint = "Wählen Sie etwas, das mit Ihnen nichts zu tun hat."
        return [Cause("Das Passwort besteht aus Ihrem Namen oder Anmeldenamen.", hint, pointer)]
    if len(set(password.casefold())) < 5 or _is_common(_letters(password)):
        hint = "Nehmen Sie zum Beispiel vier Wörter, die nichts miteinander zu tun haben."
        return [Cause("Dieses Passwort wird als eines der ersten probiert.", hint, pointer)]
    return []


def _letters(text: str) -> str:
    return _OTHER_SIGNS.sub("", text.casefold())


def _is_named(password: str, names: Iterable[str]) -> bool:
    """Whether letters and signs of the password are a name, forwards or backwards, with nothing but digits added."""
    told = _letters(password)
    known: set[str] = set()
    for name in names:
        parts = [_letters(part) for part in re.split(r"[\s@.]+", name)]
        known |= {_letters(name), "".join(reversed(parts)), _letters(name.partition("@")[0]), *parts}
    known = {name for name in known if name}
    return password.casefold() in {name.casefold() for name in names} or any(
        _repeats(told, name) or _repeats(told, name[::-1]) for name in known
    )


def _is_common(letters: str) -> bool:
    """Whether it is a common word, perhaps several times; without any letter it is digits, which are guessed in order."""
    return any(_repeats(letters, word) for word in COMMON) if letters else True


def _repeats(text: str, word: str) -> bool:
    return len(text) % len(word) == 0 and text == word * (len(text) // len(word)) and text != ""
