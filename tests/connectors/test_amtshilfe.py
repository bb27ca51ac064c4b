"""The connector of Amtshilfe: what a diagram may give, and what is to be asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from connectors import Switchboard
from connectors.amtshilfe import check
from engine.base.ports import Call, HelpWanted, Refused, Repeat

TYPE = "amtshilfe.anfragen"
GOOD: dict[str, Any] = {"kommune": "husum", "frage": "Steht die Eiche unter Schutz?", "bis": dt.date(2026, 3, 16)}
MakeCall = Callable[..., Call]


def test_it_says_what_is_to_be_asked(switchboard: Switchboard, make_call: MakeCall) -> None:
    plan = {"dokument": "d-1", "name": "plan.pdf", "media_type": "application/pdf", "art": "anlage"}
    answer = switchboard.call(make_call(TYPE, {**GOOD, "dokumente": [plan, "d-2"], "felder": ["standort"]}))
    assert answer.help == HelpWanted("husum", GOOD["frage"], GOOD["bis"], ("d-1", "d-2"), ("standort",))
    assert answer.variables == {}
    assert switchboard.call(make_call(TYPE, {**GOOD, "dokumente": None, "felder": None})).help == HelpWanted(*GOOD.values())


def test_it_may_be_repeated_and_has_nothing_to_set(switchboard: Switchboard) -> None:
    assert switchboard.repeat(TYPE) is Repeat.KEY
    assert check({}) == []
    assert switchboard.types()[TYPE] == {"ersuchen"}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kommune": " "}, "kommune"),
        ({"frage": None}, "frage"),
        ({"frage": "x" * 5001}, "frage"),
        ({"bis": "bald"}, "bis"),
        ({"dokumente": [7]}, "dokumente"),
        ({"dokumente": [{"name": "plan.pdf"}]}, "dokumente"),
        ({"felder": "standort"}, "felder"),
        ({"felder": ["x"] * 201}, "felder"),
        ({"wer": "alle"}, "wer"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(
    switchboard: Switchboard, make_call: MakeCall, wrong: dict[str, Any], named: str
) -> None:
    with pytest.raises(Refused, match=named):
        switchboard.call(make_call(TYPE, {**GOOD, **wrong}))
