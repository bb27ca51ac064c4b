"""What forms of pages have in common: what was typed, and what was wrong with it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import request

from engine.base.db import new_id
from engine.base.errors import Cause, Problem
from forms.characters import cleaned

# What a page answers whose form was refused: the same page again.
WRONG = 422
_ID = re.compile(r"[0-9a-z]{26}")


def text(name: str) -> str:
    """What was typed into a field, in characters that can be kept."""
    return cleaned(request.form.get(name, ""))


def chosen(name: str) -> frozenset[str]:
    """What was ticked of several."""
    return frozenset(cleaned(value) for value in request.form.getlist(name))


def made_id(name: str = "neu") -> str:
    """The id that the form gave beforehand to what it makes: sent twice it makes one thing."""
    given = request.form.get(name, "")
    return given if _ID.fullmatch(given) else new_id()


def causes_of(problem: Problem) -> tuple[Cause, ...]:
    """What was wrong, each with the field it is about where there is one."""
    return problem.causes or (Cause(problem.sentence),)


def with_titles(causes: Sequence[Cause], titles: Mapping[str, str]) -> tuple[Cause, ...]:
    """What was wrong, each with the title of its field before it: for the list at the top, where the field is not beside it."""

    def titled(cause: Cause) -> Cause:
        title = titles.get((cause.pointer or "").removeprefix("/"))
        return cause if title is None else dataclasses.replace(cause, message=f"{title}: {cause.message}")

    return tuple(map(titled, causes))


def about_field(causes: Sequence[Cause], name: str) -> bool:
    """Whether one of the causes is about a field, or about a line of it."""
    return any(cause.pointer is not None and cause.pointer.split("/")[1:2] == [name] for cause in causes)


def address_with(name: str, value: object) -> str:
    """The address of this page with one thing of its query changed; what else stands in it stays."""
    return f"{request.script_root}{request.path}?{urlencode({**request.args, name: value})}"


def page_number(name: str) -> int:
    """The page of a list that is asked for; what is no page is the first."""
    given = request.args.get(name, "1")
    return min(int(given), 100_000) if given.isascii() and given.isdigit() and len(given) < 10 else 1
