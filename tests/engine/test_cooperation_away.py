"""An origin that is away, locked, being upgraded or hangs: nothing is learnt, nothing half done, and all is written down."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from engine.base import clock, db
from engine.base.errors import Unavailable
from engine.base.patience import Patience, Wanted, always
from engine.base.ports import Neighbours, News, Reply, Request
from engine.base.rights import SYSTEM
from engine.model import aufgabe, grant, grant_attempt, grant_refused, protokoll
from engine.verbs import kommune as namespaces
from engine.verbs.attempts import note_attempt
from engine.verbs.cooperate import end_grant, use_neighbours
from engine.verbs.due import act_now, read_agenda, tick
from engine.verbs.operate import verify
from tests.engine.cases import rows
from tests.engine.neighbours import OFFICE, ThroughJson, agreed, asks, at, lines, looks, new_case, refusals, task
from web.neighbours import GONE, act, ask, ask_each

TRIED = "befugnis:nicht-erreichbar"
REFUSED = "befugnis:abgewiesen"
MINUTE = dt.timedelta(minutes=1)
LIMIT_S = 20.0
"""So long nothing takes; then a test fails instead of waiting for ever."""


@pytest.fixture
def office(way: ThroughJson) -> str:
    """A case at Husum whose tasks the Bauamt of the Kreis does; gives the id of the grant."""
    new_case("husum")
    return agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE)


def both(id: str, one: str) -> list[str]:
    """What somebody hears who looks at a task and takes it, while the origin is away."""
    said = []
    with at("kreis", "ute") as ute:
        for way in (ask, act):
            with pytest.raises(Unavailable) as away:
                way(ute, "husum", id, "aufgabe" if way is ask else "uebernehmen", aufgabe=one)
            said.append(away.value.sentence)
    return said


# --- away for a while ------------------------------------------------------------------------------------------------


def test_who_asks_of_an_origin_that_is_locked_learns_nothing_of_grant_or_task(office: str) -> None:
    one, ended = task("husum", "entwerfen"), agreed("husum", "kreis", grant.VERTRETUNG, ("stelle", "bau"))
    with at("husum", "chef") as chef:
        end_grant(ended, by=chef)
    namespaces.lock_kommune("husum")
    heard = {sentence for id in (office, ended, "0" * 26) for named in (one, "0" * 26) for sentence in both(id, named)}
    assert heard == {"Die Kommune „Stadt Husum“ ist vorübergehend gesperrt. Bitte später erneut versuchen."}


def test_an_origin_that_is_being_upgraded_is_away_too(office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = task("husum", "entwerfen")
    db.engines()._current.discard("husum")
    with monkeypatch.context() as behind:
        behind.setattr(db.engines(), "is_behind", lambda revision: True)
        [said] = set(both(office, one))
    assert "wird gerade aktualisiert" in said
    assert asks("kreis", "ute", "husum", office, "uebernehmen", aufgabe=one)["mine"]
    assert len(lines("kreis", TRIED)) == 2


def test_what_was_tried_meanwhile_is_in_its_protokoll_afterwards_once(way: ThroughJson, office: str) -> None:
    one, began = task("husum", "entwerfen"), clock.now()
    namespaces.lock_kommune("husum")
    both(office, one)
    both("0" * 26, one)
    with at("kreis", "ute") as ute:
        [listed] = ask_each(ute, (grant.GEMEINSAMES_AMT,), "aufgaben")
        assert listed.away
        assert [(line["herkunft"], line["befugnis"], line["tat"], line["konto"]) for line in lines("kreis", TRIED)] == [
            ("husum", id, what, "ute") for id in (office, "0" * 26) for what in ("aufgabe", "uebernehmen")
        ]  # fmt: skip
        soon = read_agenda().soon
        assert soon is not None
        assert began < soon <= clock.now() + MINUTE, "the clock comes by"
        with clock.frozen(clock.now() + 2 * MINUTE):
            assert tick()["told"] == 0, "it is still away"
    namespaces.unlock_kommune("husum")
    way.lost = True
    with db.namespace("kreis"), clock.frozen(clock.now() + 4 * MINUTE):
        assert tick()["told"] == 0
        assert len(lines("husum", REFUSED)) == 1, "told of the first, whose answer was lost: the others wait"
    way.lost = False
    with db.namespace("kreis"), clock.frozen(clock.now() + 6 * MINUTE):
        act_now()
        assert rows(grant_attempt.T) == []
    said = lines("husum", REFUSED)
    assert [(line["befugnis"], line["kommune"], line["tat"], line["grund"], line["von"]) for line in said] == [
        (id, "kreis", what, "nicht erreichbar", ute.id) for id in (office, "0" * 26) for what in ("aufgabe", "uebernehmen")
    ]  # fmt: skip
    assert all(began <= dt.datetime.fromisoformat(line["am"]) <= clock.now() for line in said)
    assert len(lines("kreis", "befugnis:nachgemeldet")) == 4


def test_what_is_tried_again_and_again_is_counted_and_lost_is_none_of_it(way: ThroughJson, office: str) -> None:
    namespaces.lock_kommune("husum")
    both(office, "0" * 26)
    both(office, "0" * 26)
    assert len(lines("kreis", TRIED)) == 2
    with at("kreis", "ute") as ute:
        for number in range(grant_attempt.MOST_KINDS + 5):
            note_attempt("husum", f"{number:026d}", "aufgabe", ute, by=SYSTEM)
        kept = rows(grant_attempt.T, konto=ute.id)
        assert len(kept) == grant_attempt.MOST_KINDS + 1
        assert [row.times for row in kept if row.grant_id == ""] == [7]
    namespaces.unlock_kommune("husum")
    way.lost = True
    with db.namespace("kreis"), clock.frozen(clock.now() + 2 * MINUTE):
        act_now()
    way.lost = False
    with db.namespace("kreis"):  # once more, before it is known that the origin has heard of the others
        note_attempt("husum", office, "aufgabe", ute, by=SYSTEM)
        for minutes in (4, 6):
            with clock.frozen(clock.now() + minutes * MINUTE):
                act_now()
        assert rows(grant_attempt.T) == []
    with db.namespace("husum"), clock.frozen(clock.now() + 10 * MINUTE):
        act_now()
        assert not any(row.times for row in rows(grant_refused.T))
        assert verify() == []
    assert refusals("husum")["nicht erreichbar"] + refusals("husum")[grant_refused.MANY] == 5 + grant_attempt.MOST_KINDS + 5
    assert len(lines("husum", REFUSED)) <= grant_refused.MOST_KINDS + 6


def test_an_origin_that_is_no_more_is_told_nothing(office: str) -> None:
    namespaces.lock_kommune("husum")
    both(office, "0" * 26)
    with db.zentrale() as tx:
        tx.execute(namespaces.KOMMUNE.update().where(namespaces.KOMMUNE.c.slug == "husum").values(state="wird_entfernt"))
    db.engines().forget("husum")
    with db.namespace("kreis"), clock.frozen(clock.now() + 2 * MINUTE):
        act_now()
        assert rows(grant_attempt.T) == []
        assert [line["angekommen"] for line in lines("kreis", "befugnis:nachgemeldet")] == [False, False]


# --- hanging ---------------------------------------------------------------------------------------------------------


@contextmanager
def hanging(slug: str) -> Iterator[threading.Thread]:
    """Somebody writes in a municipality and does not come to an end. Afterwards all that waited for them has gone on."""
    began, end = threading.Event(), threading.Event()

    def write() -> None:
        with db.namespace(slug), db.transaction() as tx:
            protokoll.take_turn(tx)
            began.set()
            end.wait(LIMIT_S)

    writer = threading.Thread(target=write)
    writer.start()
    began.wait(LIMIT_S)
    try:
        yield writer
    finally:
        end.set()
        writer.join()
        for thread in threading.enumerate():
            if thread.name.startswith("nachbar"):
                thread.join()


def test_an_act_is_called_off_while_the_origin_hangs_and_is_not_done_later(
    office: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = task("husum", "entwerfen")
    monkeypatch.setattr("web.neighbours.WAIT_S", 0.05)
    with hanging("husum") as hangs, at("kreis", "ute") as ute:
        for operation in ("uebernehmen", "erledigen"):
            with pytest.raises(Unavailable) as away:
                act(ute, "husum", office, operation, aufgabe=one)
            assert away.value.sentence == GONE.format(name="Stadt Husum")
        assert hangs.is_alive()
    with db.namespace("husum"):
        assert [(row.state, row.holder) for row in rows(aufgabe.T, id=one)] == [("offen", None)]
        assert rows(grant.USES) == []
    assert [line["tat"] for line in lines("kreis", TRIED)] == ["uebernehmen", "erledigen"]


def test_a_refusal_too_comes_while_the_origin_hangs_and_is_written_down_once(
    office: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.neighbours.WAIT_S", 0.05)
    with hanging("husum") as hangs:
        both("0" * 26, "0" * 26)
        both(office, "0" * 26)
        assert hangs.is_alive()
    assert lines("husum", REFUSED) == [], "nobody waited for it any more"
    with db.namespace("kreis"), clock.frozen(clock.now() + 2 * MINUTE):
        act_now()
    assert [line["grund"] for line in lines("husum", REFUSED)] == ["nicht erreichbar"] * 4


class Slow:
    """A way on which it takes long until the answer comes, once something has begun."""

    def __init__(self, port: Neighbours) -> None:
        self.port, self.begun, self.answer = port, threading.Event(), threading.Event()

    def ask(self, origin: str, request: Request, wanted: Wanted = always) -> Reply:
        def asked() -> bool:
            self.begun.set()
            return wanted()

        reply = self.port.ask(origin, request, asked)
        self.answer.wait(LIMIT_S)
        return reply

    def tell(self, guest: str, news: News) -> Reply:
        return self.port.tell(guest, news)


def test_an_act_that_has_begun_is_waited_for(way: ThroughJson, office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, slow, tired = task("husum", "entwerfen"), Slow(way), threading.Event()
    ends = Patience.ends

    def out_of_patience(patience: Patience) -> bool:
        slow.begun.wait(LIMIT_S)
        called_off = ends(patience)
        tired.set()
        return called_off

    monkeypatch.setattr("web.neighbours.WAIT_S", 0.05)
    monkeypatch.setattr(Patience, "ends", out_of_patience)
    use_neighbours(slow)
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(asks, "kreis", "ute", "husum", office, "uebernehmen", aufgabe=one)
        tired.wait(LIMIT_S)
        assert not taken.done()
        slow.answer.set()
        assert taken.result()["mine"]
    assert lines("kreis", TRIED) == []


def test_a_look_that_has_begun_is_not_waited_for(way: ThroughJson, office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(way)
    monkeypatch.setattr("web.neighbours.WAIT_S", 0.05)
    use_neighbours(slow)
    try:
        with pytest.raises(Unavailable):
            looks("kreis", "ute", "husum", office, "aufgabe", aufgabe=task("husum", "entwerfen"))
    finally:
        slow.answer.set()


def test_only_one_of_both_sides_decides() -> None:
    begun, called_off = Patience(), Patience()
    assert begun.lasts()
    assert not begun.ends()
    assert begun.lasts(), "also when it is asked again"
    assert called_off.ends()
    assert not called_off.lasts()


def test_an_act_that_is_done_is_told_as_done_although_nothing_can_be_looked_up_after_it(
    office: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise Unavailable("weg")

    monkeypatch.setattr("engine.verbs.guests._waiting", away)
    assert asks("kreis", "ute", "husum", office, "uebernehmen", aufgabe=task("husum", "entwerfen"))["mine"]
