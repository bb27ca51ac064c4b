"""A server that misbehaves does so by its seed, on its paths only, and as each word says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest

from web.twins.stoerung import KINDS, Stoerung, parse


class Works:
    """A small app that counts its work."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.done += 1
        start_response("201 Created", [("Content-Type", "application/json"), ("Content-Length", "14")])
        return [b'{"fertig":true}'[:14]]


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.mark.parametrize(("kind", "status"), [("fehler", 503), ("viel", 429)])
def test_a_refused_request_does_no_work(
    works: Works, serve: Callable[[Any], str], http: httpx.Client, kind: str, status: int
) -> None:
    assert http.get(serve(Stoerung(works, {kind: 1}, "/")) + "/x").status_code == status
    assert works.done == 0


@pytest.mark.parametrize(("kind", "done"), [("abbruch", 0), ("verloren", 1), ("halb", 1)])
def test_a_cut_line_leaves_the_client_without_an_answer(
    works: Works, serve: Callable[[Any], str], http: httpx.Client, kind: str, done: int
) -> None:
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        http.get(serve(Stoerung(works, {kind: 1}, "/")) + "/x")
    assert works.done == done


def test_a_slow_server_does_the_work_late(works: Works, serve: Callable[[Any], str], http: httpx.Client) -> None:
    started = time.monotonic()
    assert http.get(serve(Stoerung(works, {"langsam": 1, "dauer": 0.4}, "/")) + "/x").status_code == 201
    assert time.monotonic() - started >= 0.4


def test_a_wrong_answer_has_the_wrong_type(works: Works, serve: Callable[[Any], str], http: httpx.Client) -> None:
    said = http.get(serve(Stoerung(works, {"falsch": 1}, "/")) + "/x")
    assert said.headers["Content-Type"].startswith("text/html")
    assert works.done == 1


def test_an_endless_answer_goes_on_until_the_client_leaves(
    works: Works, serve: Callable[[Any], str], http: httpx.Client
) -> None:
    with http.stream("GET", serve(Stoerung(works, {"endlos": 1}, "/")) + "/x") as said:
        got = 0
        for part in said.iter_raw():
            got += len(part)
            if got > 5_000_000:
                break
    assert got > 5_000_000


def test_paths_for_people_stay_well(works: Works, serve: Callable[[Any], str], http: httpx.Client) -> None:
    assert http.get(serve(Stoerung(works, {"fehler": 1}, "/api/")) + "/").status_code == 201


def draws(settings: dict[str, float], count: int = 400) -> list[str]:
    disturbed = Stoerung(Works(), settings, "/")
    return [disturbed._draw() for _ in range(count)]


def test_the_same_seed_gives_the_same_misfortunes() -> None:
    settings = dict.fromkeys(KINDS, 0.1)
    assert draws({**settings, "saat": 7}) == draws({**settings, "saat": 7})
    assert draws({**settings, "saat": 7}) != draws({**settings, "saat": 8})
    assert set(draws({**settings, "saat": 7})) == {*KINDS, "gut"}


def test_misfortunes_come_about_as_often_as_asked() -> None:
    found = draws({"fehler": 0.25, "verloren": 0.25}, 4000)
    assert 900 < found.count("fehler") < 1100
    assert 900 < found.count("verloren") < 1100
    assert 1800 < found.count("gut") < 2200


def test_the_text_form_is_read() -> None:
    assert parse(" saat=7, fehler=0.1,dauer=0.5,") == {"saat": 7, "fehler": 0.1, "dauer": 0.5}
    assert parse("") == {}


@pytest.mark.parametrize("text", ["fehlr=0.1", "fehler", "fehler=oft", "fehler=-1", "fehler=0.6,verloren=0.6", "fehler=nan"])
def test_a_text_form_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)
