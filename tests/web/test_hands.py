"""What turns out to be costly goes on beside, and the worker is free for all others."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread, get_ident

import pytest

from web.hands import Act, Hands


@pytest.fixture
def enough() -> Iterator[Event]:
    """Lets what is costly come to its end."""
    event = Event()
    yield event
    event.set()


def costly(id: str, enough: Event, ended: list[str]) -> Act:
    def act(beside: object) -> list[str]:
        assert callable(beside)
        beside(["before", id])
        enough.wait()
        ended.append(id)
        return ["before", id, "never heard"]

    return act


def test_what_is_not_costly_is_done_when_it_is_done() -> None:
    hands = Hands()
    assert [hands.do(lambda beside, n=n: [f"{n}"]) for n in range(3)] == [["0"], ["1"], ["2"]]  # type: ignore[misc]


def test_what_is_costly_goes_on_while_others_are_done(enough: Event) -> None:
    hands, ended = Hands(), list[str]()
    assert hands.do(costly("slow", enough, ended)) == ["before", "slow"]
    assert hands.do(lambda beside: ["quick"]) == ["quick"]
    assert ended == []
    enough.set()
    hands.end(60)
    hands.finish()
    assert ended == ["slow"]


def test_with_too_many_beside_the_worker_waits(enough: Event) -> None:
    hands, ended = Hands(most_beside=1), list[str]()
    hands.do(costly("first", enough, ended))

    def second(beside: object) -> list[str]:
        assert callable(beside)
        beside(["second"])
        enough.set()
        return ["second", "to its end"]

    assert hands.do(second) == ["second", "to its end"]
    hands.end(60)
    hands.finish()
    assert hands.do(costly("third", enough, ended)) == ["before", "third"]  # there is room again
    hands.end(60)
    hands.finish()
    assert ended == ["first", "third"]


def test_what_is_costly_twice_tells_once(enough: Event) -> None:
    hands = Hands()

    def twice(beside: object) -> list[str]:
        assert callable(beside)
        beside(["one"])
        beside(["one", "two"])
        return []

    assert hands.do(twice) == ["one"]
    hands.end(60)
    hands.finish()
    assert hands.do(lambda beside: ["next"]) == ["next"]


def test_an_error_reaches_whoever_waits_and_the_same_hand_does_the_next() -> None:
    hands, by = Hands(), list[int]()

    def act(beside: object) -> list[str]:
        by.append(get_ident())
        return [str(1 // (len(by) - 1))]

    with pytest.raises(ZeroDivisionError):
        hands.do(act)
    assert hands.do(act) == ["1"]
    assert by[0] == by[1]


def test_an_error_of_what_goes_on_beside_is_told_and_ends_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    hands = Hands()

    def fails(beside: object) -> list[str]:
        assert callable(beside)
        beside(["one"])
        raise SystemExit

    assert hands.do(fails) == ["one"]
    hands.end(60)
    hands.finish()
    assert [record.getMessage() for record in caplog.records] == ["what went on beside has failed"]


def test_the_end_does_not_wait_for_ever(enough: Event) -> None:
    hands, ended = Hands(), list[str]()
    hands.do(costly("slow", enough, ended))
    hands.end(0)
    hands.finish()
    assert ended == []


def test_at_the_end_whoever_waits_goes_and_nothing_new_is_begun(enough: Event) -> None:
    hands, begun, ended = Hands(), Event(), list[str]()

    def call(beside: object) -> list[str]:
        begun.set()
        enough.wait()
        ended.append("call")
        return ["call"]

    Thread(target=lambda: begun.wait() and hands.end(0)).start()  # as SIGTERM does, in the middle of a call
    assert hands.do(call) == []
    assert hands.do(lambda beside: ended.append("next") or ["next"]) == []
    assert ended == []
    [left] = hands._beside
    enough.set()
    left.join(60)
    assert (ended, left.is_alive()) == (["call"], False)


def test_what_hangs_beside_is_known(enough: Event) -> None:
    hands = Hands()
    assert not hands.hang(-1)
    hands.do(costly("slow", enough, []))
    assert hands.hang(-1)
    assert not hands.hang(3600)
    enough.set()
    hands.end(60)
    hands.finish()
    assert not hands.hang(-1)
