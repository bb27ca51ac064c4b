"""What turns out to be costly goes on beside, and the worker is free for all others."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

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
    hands.finish(60)
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
    hands.finish(60)
    assert hands.do(costly("third", enough, ended)) == ["before", "third"]  # there is room again
    hands.finish(60)
    assert ended == ["first", "third"]


def test_what_is_costly_twice_tells_once(enough: Event) -> None:
    hands = Hands()

    def twice(beside: object) -> list[str]:
        assert callable(beside)
        beside(["one"])
        beside(["one", "two"])
        return []

    assert hands.do(twice) == ["one"]
    hands.finish(60)
    assert hands.do(lambda beside: ["next"]) == ["next"]


def test_an_error_reaches_whoever_waits_and_the_next_is_done() -> None:
    hands = Hands()
    with pytest.raises(ZeroDivisionError):
        hands.do(lambda beside: [str(1 // 0)])
    assert hands.do(lambda beside: ["next"]) == ["next"]


def test_the_end_does_not_wait_for_ever(enough: Event) -> None:
    hands, ended = Hands(), list[str]()
    hands.do(costly("slow", enough, ended))
    hands.finish(0)
    assert ended == []
