"""Somebody writes to a case in the very instant in which it is deleted: it is kept, or the answer is that it is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from engine.base import clock, db
from engine.base.errors import Gone, Unavailable, Unknown
from engine.base.ports import File
from engine.base.rights import SYSTEM
from engine.base.tx import Tx
from engine.model import comment, nachricht, protokoll, reminder, retention, vorgang
from engine.verbs.notes import add_comment, set_reminder
from engine.verbs.post import note_retrieval, receive_reply
from engine.verbs.retention import delete_case, hold_case
from tests.engine.cases import ANNA, Bell, rows
from tests.engine.test_retention import ended, kept_for, later

pytestmark = [pytest.mark.integration, pytest.mark.parametrize("installation", ["postgresql"], indirect=True)]
# On SQLite nobody deletes while somebody writes: the lock is held from the start (tests/base/test_concurrency.py).

MOST = 20
WRITES: dict[str, Callable[[str], object]] = {
    "comment": lambda case: add_comment(case, "Noch ein Gedanke", by=ANNA),
    "reminder": lambda case: set_reminder(case, clock.local_day(clock.now()), "Nachsehen", True, by=ANNA),
    "hold": lambda case: hold_case(case, "Klage", None, by=ANNA),
    "reply": lambda case: receive_reply(
        "r-1", "m-1", "Noch etwas", [File("a.txt", "text/plain", b"spaet")], clock.now(), by=SYSTEM
    ),
    "retrieval": lambda case: note_retrieval(rows(nachricht.T)[0].id, clock.now(), "Sie rief an.", by=ANNA),
}
KEEPS = {"hold": retention.HOLDS, "reminder": reminder.T}
"""After these a case must not be deleted."""


def deleted_at_statement(number: int, case: str, work: Callable[[str], object], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do something to a case, and let it be deleted by somebody else before a statement of that; False if it had fewer.

    Raises:
        Gone, Unknown: it was too late.
    """
    kommune, now, me, seen = db.slug(), clock.now(), threading.current_thread(), [0]

    def delete() -> None:
        # Of two that wait for each other the server lets one go; who deletes tries it again in an hour.
        with db.namespace(kommune), clock.frozen(now), suppress(Unavailable):
            delete_case(case, by=SYSTEM)

    other = threading.Thread(target=delete)

    def counted(statement: Callable[..., Any]) -> Callable[..., Any]:
        def run(tx: Tx, *args: Any) -> Any:
            if threading.current_thread() is me and tx.writes:
                seen[0] += 1
                if seen[0] == number:
                    other.start()
                    other.join(0.15)  # it may have to wait for us
            return statement(tx, *args)

        return run

    try:
        with monkeypatch.context() as patched:
            patched.setattr(Tx, "execute", counted(Tx.execute))
            patched.setattr(Tx, "run", counted(Tx.run))
            work(case)
    finally:
        if other.ident is not None:
            other.join(60)
    return other.ident is not None


@pytest.mark.parametrize("what", WRITES)
def test_it_is_kept_or_the_answer_is_that_the_case_is_gone(
    amt: str, bell: Bell, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    kept_for("1 Monat")
    refused = 0
    for number in range(1, MOST):
        case = ended(bell, f"7c1b0c1e-0000-4000-8000-0000000000{number:02}")
        with db.transaction() as tx:
            nachricht.add(tx, case, direction="OUT", subject="x", body="x", documents=[], at=clock.now(), external_id="m-1")
        with clock.frozen(later(62)):
            try:
                met = deleted_at_statement(number, case, WRITES[what], monkeypatch)
            except (Gone, Unknown):
                refused += 1
                assert rows(vorgang.T) == []
                assert rows(comment.T) == []
            else:
                assert not (what in KEEPS and rows(vorgang.T) == []), "what keeps a case was said, and it is gone"
                if what in KEEPS:
                    assert len(rows(KEEPS[what], vorgang_id=case)) == (1 if what == "hold" else 2)
                if not met:
                    break
        if rows(vorgang.T):
            with db.transaction() as tx:
                for table in KEEPS.values():
                    tx.execute(table.delete().where(table.c.vorgang_id == case))
            with clock.frozen(later(62)):
                delete_case(case, by=SYSTEM)
        assert len(rows(protokoll.T, tag="vorgang:geloescht", vorgang_id=case)) == 1
    assert refused, "it was never deleted in time"
    assert number < MOST - 1, "it has more statements than were looked at"
