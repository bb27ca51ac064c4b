"""In which language the pages speak: German, or English in a browser in which somebody chose it.

    amtsweg-sprache    the cookie that keeps the choice, for all municipalities; what a browser asks for by itself counts for
                       nothing, and an interface that is called without the cookie answers in German

The German stands in the code and is its own catalogue. The English stands in translations/en/LC_MESSAGES/messages.po and is
read when it is first needed; `make texts` keeps it complete. What citizens and designers wrote, letters, and the sentences of
the engine are German in both; an English page says so of them (`spoken`), so that screen readers read them as German.
"""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_babel import lazy_gettext as lazy
from markupsafe import Markup, escape

from engine.base.clock import ZONE
from engine.base.rights import ADMINISTRATION, POSTSTELLE, PROZESSDESIGN, SACHBEARBEITUNG

COOKIE, A_YEAR_S = "amtsweg-sprache", 31_536_000
GERMAN, ENGLISH = "de", "en"
# Each in its own language.
LANGUAGES = {GERMAN: "Deutsch", ENGLISH: "English"}
# Days and numbers as they are written in that language in Europe.
LOCALES = {GERMAN: "de", ENGLISH: "en_GB"}
CATALOGUE = Path(__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
# The roles as the engine calls them; a test holds the two together.
ROLE_NAMES = {
    SACHBEARBEITUNG: lazy("Sachbearbeitung"),
    POSTSTELLE: lazy("Poststelle"),
    PROZESSDESIGN: lazy("Prozessdesign"),
    ADMINISTRATION: lazy("Administration"),
}


def later(text: str) -> str:
    """A text of the catalogue that is translated where it is said, and kept in German until then."""
    return text


def current() -> str:
    """The language of this page."""
    locale = get_locale()
    return ENGLISH if locale is not None and locale.language == ENGLISH else GERMAN


def _chosen() -> str:
    chosen = request.cookies.get(COOKIE, GERMAN) if has_request_context() else GERMAN
    return LOCALES.get(chosen, LOCALES[GERMAN])


def choose(answer: Any, language: str) -> None:
    """Let an answer bring a browser the language that was chosen in it."""
    if language in LANGUAGES:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie(COOKIE, language, max_age=A_YEAR_S, secure=secure, httponly=True, samesite="Lax")


class Texts(Domain):
    """The texts of the pages, and which of them this request has said in Python."""

    def get_translations(self) -> NullTranslations:
        return _english() if current() == ENGLISH else _GERMAN

    def gettext(self, string: str, **variables: Any) -> str:
        said = str(super().gettext(string, **variables))
        _said().add(said)
        return said


_GERMAN = NullTranslations()


def _said() -> set[str]:
    if "said" not in g:
        g.said = set()
    said: set[str] = g.said
    return said


@functools.cache
def _english() -> Translations:
    """The English catalogue, compiled in memory: there is no file that could be older than the texts."""
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(CATALOGUE.read_bytes()), locale=ENGLISH))
    compiled.seek(0)
    return Translations(compiled)


def spoken(sentence: str) -> str | Markup:
    """A sentence that may be the engine's: then an English page marks it as German."""
    if not sentence or current() == GERMAN or str(sentence) in _said():
        return sentence
    return Markup('<span lang="de">') + escape(sentence) + Markup("</span>")


def wire(app: Flask) -> None:
    """Let an app speak the language of who reads."""
    babel = Babel(app, default_locale=GERMAN, default_timezone=str(ZONE), locale_selector=_chosen)
    babel.domain_instance = Texts()
    app.add_template_filter(spoken)
    app.context_processor(lambda: {"language": current(), "languages": LANGUAGES})
