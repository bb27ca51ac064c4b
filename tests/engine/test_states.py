"""Every table of states, every pair: what may become what moves, what may not stays as it is."""

from __future__ import annotations

import itertools
from contextlib import closing

import pytest
import sqlalchemy as sa

from engine.base.tx import Tx
from engine.model import aufgabe, auftrag, bescheid, erwartung, frist, incident, parcel, reminder, signal, verification
from engine.model.states import Moves, move, sources

TABLES = [
    aufgabe.T, auftrag.T, bescheid.T, frist.T, erwartung.T, erwartung.MESSAGES, incident.T, parcel.T, reminder.T, signal.T,
    signal.DELIVERIES, verification.T,
]  # fmt: skip
PAIRS = [
    pytest.param(table.info["moves"], old, new, id=f"{table.name}: {old} → {new}")
    for table in TABLES
    for old, new in itertools.product(table.info["moves"], repeat=2)
]


@pytest.mark.parametrize(("moves", "old", "new"), PAIRS)
def test_a_row_moves_where_the_table_says_so_and_nowhere_else(moves: Moves, old: str, new: str) -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("state", sa.String), info={"moves": moves})
    with closing(sa.create_engine("sqlite://", poolclass=sa.StaticPool).connect()) as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"id": 1, "state": old}, {"id": 2, "state": old}])
        tx = Tx(connection, "test", True)
        if any(new in targets for targets in moves.values()):
            assert move(tx, table, table.c.id == 1, new) == (new in moves[old])
        else:
            with pytest.raises(ValueError, match="nothing may become"):
                move(tx, table, table.c.id == 1, new)
        states = {row.id: row.state for row in connection.execute(sa.select(table))}
    assert states == {1: new if new in moves[old] else old, 2: old}


def test_what_an_instance_waits_for_is_what_may_still_be_dropped() -> None:
    assert sources(aufgabe.MOVES, "entfallen") == ("offen",)
    assert sources(auftrag.MOVES, "entfallen") == ("bereit", "laeuft")
