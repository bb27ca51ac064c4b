"""Neighbours: how one municipality asks another. Both live in this installation here; over HTTPS it would be the same words.

    ask         look at something there, by a grant: what came back, or the refusal; who is away is so after a second
    act         do something there. What has not begun after a second is called off and never begins; what has is waited for
    ask_each    the same question to several origins at once, each for itself: one that is away is told as such

Whoever asks is the municipality whose namespace we are in; it cannot say that it is another. What one wanted of an origin that
was away is written down here, and told to it later (`engine.verbs.attempts`).
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine import reads
from engine.base import db
from engine.base.errors import Problem, Unavailable, Unknown
from engine.base.patience import Patience, Wanted, always
from engine.base.ports import Neighbours, News, Reply, Request
from engine.base.rights import SYSTEM, Konto, in_place_of
from engine.verbs.attempts import note_attempt
from engine.verbs.cooperate import name_of_guest, neighbours
from engine.verbs.guests import receive
from engine.verbs.held import hear

log = logging.getLogger(__name__)

WAIT_S = 1.0
"""How long somebody waits for an origin that does not answer."""
AT_ONCE = 16
GONE = "Die Kommune „{name}“ ist zurzeit nicht erreichbar. Bitte später erneut versuchen."


class Local:
    """The municipalities of this installation."""

    def ask(self, origin: str, request: Request, wanted: Wanted = always) -> Reply:
        asked = dataclasses.replace(request, guest=db.slug())
        return self._there(origin, lambda: receive(asked, wanted))

    def tell(self, guest: str, news: News) -> Reply:
        told = dataclasses.replace(news, origin=db.slug())
        return self._there(guest, lambda: hear(told))

    def _there(self, slug: str, act: Any) -> Reply:
        try:
            # For whom somebody stands in at home is nobody's affair there.
            with db.namespace(slug), in_place_of(None):
                reply: Reply = act()
                return reply
        except Unavailable as problem:
            return Reply("away", sentence=problem.sentence)
        except Unknown:
            return Reply("unknown", sentence=reads.NOT_HERE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one origin has answered; `away` says why nothing came."""

    held: reads.Held
    content: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    away: str = ""


def ask(by: Konto, origin: str, grant_id: str, operation: str, **arguments: Any) -> Mapping[str, Any]:
    """Look at something at an origin, by a grant that our municipality holds, as who is calling.

    Raises:
        Unknown: there is no such thing, or it is not theirs to see.
        Conflict, Invalid: it cannot be asked so.
        Unavailable: the origin is away, or does not answer within a second.
    """
    return _one(by, origin, _request(by, origin, grant_id, operation, arguments), to_the_end=False)


def act(by: Konto, origin: str, grant_id: str, operation: str, **arguments: Any) -> Mapping[str, Any]:
    """Do something at an origin. What has begun there is waited for: nobody is left in doubt whether it was done.

    Raises:
        as `ask`; Unavailable too if it does not begin within a second, and then it was not done and never will be.
    """
    return _one(by, origin, _request(by, origin, grant_id, operation, arguments), to_the_end=True)


def _one(by: Konto, origin: str, request: Request, *, to_the_end: bool) -> Mapping[str, Any]:
    own, port, patience = db.slug(), neighbours(), Patience()
    with _threads(1) as pool:
        future = pool.submit(_asked, port, own, origin, request, patience.lasts)
        try:
            reply = future.result(WAIT_S)
        except Late:
            begun = not patience.ends()
            sentence = GONE.format(name=name_of_guest(origin) or origin)
            reply = future.result() if begun and to_the_end else Reply("away", sentence=sentence)
    if reply.kind == "away":
        note_attempt(origin, request.grant, request.operation, by, by=SYSTEM)
    return reads.content_of(reply)


def ask_each(by: Konto, kinds: Sequence[str], operation: str, **arguments: Any) -> list[Answer]:
    """Ask every origin whose grants somebody may use, all at once; who refuses is left out, who is away is told as such."""
    own, port, held = db.slug(), neighbours(), reads.held_by(by, kinds)
    until = time.monotonic() + WAIT_S
    with _threads(len(held)) as pool:
        asked = [
            (one, pool.submit(_asked, port, own, one.origin, _request(by, one.origin, one.id, operation, arguments)))
            for one in held
        ]
        answers = [_answer(one, future, max(0.0, until - time.monotonic())) for one, future in asked]
    return [answer for answer in answers if answer is not None]


@contextmanager
def _threads(wanted: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for some questions. Who has not answered in time is not waited for."""
    pool = ThreadPoolExecutor(max(1, min(AT_ONCE, wanted)), thread_name_prefix="nachbar")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _request(by: Konto, origin: str, grant_id: str, operation: str, arguments: Mapping[str, Any]) -> Request:
    return reads.request_of(by, reads.kommune(db.slug()).name, origin, grant_id, operation, arguments)


def _asked(port: Neighbours, own: str, origin: str, request: Request, wanted: Wanted = always) -> Reply:
    """One question, in a thread of its own."""
    with db.namespace(own):
        return port.ask(origin, request, wanted)


def _answer(held: reads.Held, future: Future[Reply], wait_s: float) -> Answer | None:
    try:
        return Answer(held, reads.content_of(future.result(wait_s)))
    except Late:
        log.warning("a municipality does not answer", extra={"kommune": held.origin})
        return Answer(held, away=GONE.format(name=held.origin_name))
    except Unavailable as problem:
        return Answer(held, away=problem.sentence)
    except Problem:
        return None
