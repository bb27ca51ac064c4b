"""The English catalogue is whole: every text of the code is in it, translated, and nothing else."""

from __future__ import annotations

import re

from babel.messages import Message
from babel.messages.pofile import read_po

from deploy.texts import PO, strings, updated
from engine.base.rights import ROLES
from web.language import ROLE_NAMES

PLACE = re.compile(r"%\(\w+\)[sd]|%")
GERMAN = re.compile(r"[äöüßÄÖÜ]|\b(Sie|bei|das|der|die|eine?|für|ist|mit|nicht|oder|und|von|Vorgang|Aufgabe|Bescheid|Konto)\b")
# What an English sentence may quote in German: examples of what is typed, and the names of laws.
QUOTED = re.compile(r"“[^”]*”|[Ff]or example.*|2\. März 2026")


def messages() -> list[Message]:
    with PO.open("rb") as file:
        return [message for message in read_po(file, locale="en") if message.id]


def test_the_catalogue_holds_exactly_the_texts_of_the_code() -> None:
    known = PO.read_text(encoding="utf-8")
    assert updated(known) == known, "make texts"


def test_a_new_text_comes_in_without_a_translation_and_one_that_is_gone_leaves() -> None:
    known = PO.read_text(encoding="utf-8")
    gone = known + '\nmsgid "Das sagt niemand mehr."\nmsgstr "Nobody says this any more."\n'
    assert updated(gone) == known
    begin = known.index('msgid "Abmelden"\n')
    new = updated(known[:begin] + known[known.index("\n\n", begin) :])
    assert 'msgid "Abmelden"\nmsgstr ""\n' in new


def test_every_text_is_translated_with_the_same_places_for_values() -> None:
    found = messages()
    assert len(found) > 1000
    for message in found:
        for german, english in zip(strings(message.id), strings(message.string), strict=True):
            assert english.strip(), german
            assert sorted(PLACE.findall(german)) == sorted(PLACE.findall(english)), german
            assert (german[:1].isspace(), german[-1:].isspace()) == (english[:1].isspace(), english[-1:].isspace()), german


def test_no_translation_is_still_german() -> None:
    assert [text for each in messages() for text in strings(each.string) if GERMAN.search(QUOTED.sub("", text))] == []


def test_the_catalogue_names_no_time_and_no_person() -> None:
    head = PO.read_text(encoding="utf-8").partition("\n\n")[0]
    assert not re.search(r"\d{4}|@|Date|Translator|Generated", head)


def test_the_roles_are_called_as_the_engine_calls_them() -> None:
    assert {key: str(name) for key, name in ROLE_NAMES.items()} == ROLES
