"""A snapshot that was truncated, changed or of a newer version: an incident of that one case, nothing else stops."""

from __future__ import annotations

import datetime as dt
import zlib

import orjson
import pytest
import sqlalchemy as sa

from engine import bpmn, reads
from engine.base import clock, db
from engine.base.rights import SYSTEM
from engine.model import aufgabe, auftrag, frist, incident, protokoll, vorgang
from engine.step import look
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.operate import retry_incident, verify
from engine.verbs.work import work
from tests.engine.cases import ANNA, Bell, Twin, push, rows, vorgang_of, work_all
from web.problems import status_of

LATER = dt.timedelta(days=20)


def newer(snapshot: bytes) -> bytes:
    length = int.from_bytes(snapshot[4:8], "big")
    head = orjson.dumps({**orjson.loads(snapshot[8 : 8 + length]), "v": 99})
    body = len(head).to_bytes(4, "big") + head + snapshot[8 + length :]
    return zlib.crc32(body).to_bytes(4, "big") + body


DAMAGES = {
    "empty": lambda whole: b"",
    "a byte": lambda whole: b"x",
    "zeros": lambda whole: bytes(len(whole)),
    "truncated": lambda whole: whole[: len(whole) // 2],
    "one bit": lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
    "longer": lambda whole: whole + b"x",
    "newer": newer,
}


def write(id: str, snapshot: bytes) -> None:
    with db.transaction() as tx:
        tx.execute(sa.update(vorgang.T).where(vorgang.T.c.id == id).values(snapshot=snapshot))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_it_is_refused_becomes_one_incident_and_holds_up_no_other(amt: str, bell: Bell, damage: str) -> None:
    hurt, sound = vorgang_of(push()), vorgang_of(push())
    work_all(bell, Twin())
    whole = look(hurt).snapshot
    write(hurt, DAMAGES[damage](whole))

    [task] = rows(aufgabe.T, vorgang_id=hurt)
    claim_aufgabe(task.id, by=ANNA)
    with pytest.raises(bpmn.Damaged, match="beschädigt") as refused:
        complete_aufgabe(task.id, {"ok": True}, by=ANNA)
    assert status_of(refused.value) == 409
    assert [one.token for one in rows(incident.T)] == [incident.UNREADABLE]
    with pytest.raises(bpmn.Damaged):
        reads.diagramm(hurt)
    assert "zustand" in {item.invariant for item in verify()}

    with clock.frozen(clock.now() + LATER):
        assert tick()["timers"] == 1, "the sound one"
        assert tick()["timers"] == 0
    assert rows(vorgang.T, id=sound)[0].state == "completed"
    [told] = rows(incident.T, vorgang_id=hurt)
    assert (told.token, told.state) == (incident.UNREADABLE, "offen")
    assert len(rows(protokoll.T, vorgang_id=hurt, tag="frist:ausgeloest")) == 0

    write(hurt, whole)
    retry_incident(told.id, {}, by=SYSTEM)
    with clock.frozen(clock.now() + LATER):
        assert tick()["timers"] == 1
    assert rows(frist.T, vorgang_id=hurt)[0].state == "ausgeloest"


def test_an_auftrag_of_it_is_handed_back_and_left_alone_until_it_is_mended(amt: str, bell: Bell) -> None:
    hurt, twin = vorgang_of(push()), Twin()
    whole = look(hurt).snapshot
    write(hurt, whole[:20])
    [order] = rows(auftrag.T)
    for _ in range(5):
        with clock.frozen(clock.now() + LATER):
            work(order.id, twin, by=SYSTEM)
            assert tick()["offered"] == 0
    assert len(twin.ledger) == 1
    [told] = rows(incident.T)
    write(hurt, whole)
    retry_incident(told.id, {}, by=SYSTEM)
    with clock.frozen(clock.now() + 2 * LATER):
        assert work(order.id, twin, by=SYSTEM)
    assert twin.ledger[0] == twin.ledger[1]
    assert rows(auftrag.T)[0].state == "erledigt"
