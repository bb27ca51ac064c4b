"""A system that can be asked afterwards, over a real line: what it has done already is not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors import Switchboard
from engine import bpmn
from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import auftrag
from engine.step import look
from engine.verbs import work as working
from engine.verbs.design import deploy_bundle
from engine.verbs.operate import change_setting
from tests.bpmn.diagrams import end, flows, process, service, start, user
from tests.engine.cases import Bell, bundle, push, rows, vorgang_of
from tests.faults.asked import CONNECTOR, TYPE, Pruefstelle

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

REGISTERS = process(
    start(), service("anmelden", type=TYPE), user("pruefen"), end(), flows("start > anmelden > pruefen > end")
)  # fmt: skip


@pytest.fixture
def there(amt: str, serve: Callable[[Any], str]) -> Iterator[Pruefstelle]:
    """The system outside, and a Leistung that uses it; the clock stands."""
    server, connectors = Pruefstelle(), Switchboard([CONNECTOR])
    deploy_bundle(bundle(REGISTERS, "anmeldung", "AN"), connectors.types(), by=SYSTEM)
    change_setting("konnektor.pruefstelle", {"url": serve(server)}, by=SYSTEM)
    with clock.frozen(clock.now()):
        yield server


def worked(bell: Bell) -> str:
    """Work until the case goes on; gives the number it was given."""
    case = vorgang_of(push(form="anmeldung"))
    connectors = Switchboard([CONNECTOR])
    for _ in range(3):
        working.work(bell.rung[0], connectors, by=SYSTEM)
        clock.move(auftrag.LONGEST_WAIT / 2)
    found = look(case)
    return str(bpmn.variables(found.bundle.spec, found.snapshot)["nummer"])


def test_whose_answer_was_lost_is_asked_and_has_done_it_once(there: Pruefstelle, bell: Bell) -> None:
    there.loses = 1
    number = worked(bell)
    assert list(there.done.values()) == [1]
    assert number == f"P-{next(iter(there.done))}"
    assert there.asked == 1


def test_who_was_not_told_before_is_not_asked(there: Pruefstelle, bell: Bell) -> None:
    worked(bell)
    assert (list(there.done.values()), there.asked) == ([1], 0)


def test_a_worker_that_died_before_it_sent_is_followed_by_a_question_and_a_call(there: Pruefstelle, bell: Bell) -> None:
    case = vorgang_of(push(form="anmeldung"))
    with db.transaction() as tx:
        assert auftrag.claim(tx, bell.rung[0]) is not None  # and dies
    clock.move(auftrag.LONGEST_WAIT)
    assert working.work(bell.rung[0], Switchboard([CONNECTOR]), by=SYSTEM)
    assert (list(there.done.values()), there.asked) == ([1], 1)
    assert [row.vorgang_id for row in rows(auftrag.T, state=auftrag.DONE)] == [case]
