"""The worker: takes a ring from the queue, does the Auftrag it names. Does not fork; one queue; warm from job to job.

It serves all municipalities, or the one it was started for: then from a queue of its own and without turns (docs/adr/0020).

The queue is a doorbell: a job carries (kommune, auftrag_id) and nothing else, and losing one loses nothing. So nothing is
kept in Redis about how a job went, and a worker outlives a Redis that goes away and comes back.

A ring says that there is work, not whose: for each ring it is the turn of one municipality, for one Auftrag at least and for
`TURN_S` at most to begin another. So ten thousand rings of one do not hold up the single one of another. Where as many
calls run as may, a ring is parked until one ends.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.exceptions import StopRequested
from rq.job import Job
from rq.queue import Queue
from rq.worker import SimpleWorker
from rq.worker.base import WorkerStatus

from engine.base import clock, db
from engine.base.errors import Problem
from engine.base.faults import point
from engine.base.rights import SYSTEM
from engine.bpmn.budget import use_pause
from engine.verbs.holding import hand_back
from engine.verbs.offering import is_left, offer, waits_for_room
from engine.verbs.work import More, work, work_next
from web import logs
from web.doorbell import JOB, OWN, OWN_FOR_S, PARKED, PARKED_FOR_S, TURNS, job_id, kommune_of, queue_of
from web.hands import Act, Hands
from web.redis import redis_url, with_redis
from web.settings import Settings
from web.tick import in_each, ready_kommunen

log = logging.getLogger(__name__)

HANGS_AFTER_S = 180
"""Longer than a lease: whoever works on one Auftrag for so long or longer has lost it to another, and is ended."""
LISTENS_S = 30
ENDS_WITHIN_S = 20.0
"""How long is waited, from SIGTERM on, for what is in hand; after that it is handed back, and another worker does it."""
REDIS_AGAIN_S = 1.0
BEAT_S = 10.0
"""How often a worker tells Redis that it is there; it is forgotten after more than a minute."""
TURN = """
local first = redis.call('ZPOPMIN', KEYS[1])
if first[1] then redis.call('ZADD', KEYS[1], ARGV[1], first[1]) end
return first[1]
"""
"""Whose turn it is comes after all others from then on; at once, so that nobody who dies takes the turn along."""
TURN_S = 0.1
"""How long it is one municipality's turn: one Auftrag at least, and in that time as many as there are."""
TURNS_TRIED = 8
"""How many municipalities are asked for work in turn, before the one that has rung is served."""


@functools.cache
def _connectors() -> Any:
    from web.compose import connectors

    return connectors()


@functools.cache
def _hands() -> Hands:
    return Hands()


def run(kommune: str, auftrag_id: str, more: More = lambda: False) -> list[str]:
    """Do one Auftrag of a municipality, and more as `work` does; gives their ids. What goes wrong is logged, never raised."""
    return _by_hand(kommune, lambda beside: work(auftrag_id, _connectors(), more, beside, by=SYSTEM), auftrag_id)


def run_next(kommune: str, more: More = lambda: False) -> list[str]:
    """Do what has waited longest in a municipality, and more of it; gives the ids."""
    return _by_hand(kommune, lambda beside: work_next(_connectors(), more, beside, by=SYSTEM))


def crowded(kommune: str) -> bool:
    """Whether work waits in a municipality only because too many calls are running there."""
    return bool(_in(kommune, lambda: [kommune] if waits_for_room() else []))


def left(kommune: str) -> bool:
    """Whether work waits in a municipality while calls are bounded, so that a ring must not be lost."""
    return bool(_in(kommune, lambda: [kommune] if is_left() else []))


def serve(
    turns: Callable[[], str | None],
    done_with: Callable[[str], object],
    kommune: str,
    auftrag_id: str,
    more: More = lambda: False,
) -> list[str]:
    """Do an Auftrag, and more while `more` says so: of the municipality whose turn it is, else of the one that was rung for.

    `turns` names whose turn it is and lets the next come after it; `done_with` hears who has nothing to do. Gives the ids of
    the jobs that rang for what was done.
    """
    for _ in range(TURNS_TRIED):
        turn = turns()
        if turn is None:
            break
        done = (run(kommune, auftrag_id, more) if turn == kommune else []) or run_next(turn, more)
        if done:
            return [job_id(turn, id) for id in done]
        done_with(turn)
    return [job_id(kommune, id) for id in run(kommune, auftrag_id, more)]


def _by_hand(kommune: str, act: Act, auftrag_id: str = "") -> list[str]:
    return _hands().do(lambda beside: _in(kommune, lambda: act(beside), auftrag_id))


def _in(kommune: str, act: Callable[[], list[str]], auftrag_id: str = "") -> list[str]:
    try:
        with db.namespace(kommune):
            return act()
    except Problem as problem:
        log.warning("no work done", extra={"kommune": kommune, "auftrag": auftrag_id, "reason": problem.sentence})
    except Exception:
        log.exception("work failed", extra={"kommune": kommune, "auftrag": auftrag_id})
    return []


class Worker(SimpleWorker):
    """RQ's worker that works in its own process, without what it would keep in Redis and take from there as commands."""

    max_connection_wait_time = 2.0
    log_job_description = False

    def __init__(self, connection: Redis, only: str = "") -> None:
        self._only = only
        super().__init__([queue_of(only)], connection=connection, serializer="json", worker_ttl=LISTENS_S + 15)
        self.asked_to_end = False
        self._beaten = float("-inf")
        self._turn = connection.register_script(TURN)

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Say that we are here. RQ would also set up logging and listen for commands that anyone with Redis may send."""
        self.register_birth()

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def _install_signal_handlers(self) -> None:
        """Nothing: our shift listens, from before the first of us on, and says `request_stop`."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """SIGTERM: end after the job at hand, if that does not take too long."""
        self.asked_to_end = True
        _hands().end(ENDS_WITHIN_S)
        super().request_stop(signum, frame)

    def check_for_suspension(self, burst: bool) -> None:
        """Nobody can suspend us: that would be a command, too."""

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Remember the state; telling Redis of each would cost more than many a job."""
        self._state = state

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say that we are here, now and then; RQ calls this before and after each job, and while it waits for one.

        A hanging job is not interrupted in the middle of a transaction: the process says where it hung and ends. So it does
        when what went on beside hangs. What RQ raises to end may have been swallowed where it struck, in a log for one.
        """
        if self.asked_to_end and self._state != WorkerStatus.BUSY:
            raise StopRequested
        now = time.monotonic()
        if now - self._beaten >= BEAT_S:
            if not _hands().hang(HANGS_AFTER_S):
                faulthandler.dump_traceback_later(HANGS_AFTER_S + BEAT_S, exit=True)
            super().heartbeat(timeout, pipeline)
            be_there(self.connection, self._only)
            self._beaten = now

    def teardown(self) -> None:
        """The end of `work`: nobody watches any more."""
        faulthandler.cancel_dump_traceback_later()
        super().teardown()

    def set_shutdown_requested_date(self) -> None:
        """Called in the signal handler, in the middle of a job: Redis must not be used there."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Do what a job names. Only our function is run, whatever a job says: who can write to Redis must not run code."""
        self._state = WorkerStatus.BUSY  # from here on SIGTERM waits for the end of the job
        done, parked = list[str](), ""
        try:
            arguments = arguments_of(job)
            if arguments is not None:
                done, parked = self._serve(*arguments)
        finally:
            point("worker.before_ack")
            if parked:
                self._park(job, queue, parked)
            else:
                self._forget(job, queue, done)
            point("worker.after_ack")
            self._state = WorkerStatus.IDLE

    def _serve(self, kommune: str, auftrag_id: str) -> tuple[list[str], str]:
        """What was done for a ring; if nothing, where it is kept because something waits there for room."""
        more, full = functools.partial(self._goes_on, time.monotonic() + TURN_S), list[str]()

        def done_with(name: str) -> None:
            if left(name):
                full.append(name)
            else:
                self._done_with(name)

        if done := serve(self._whose_turn, done_with, kommune, auftrag_id, more):
            return done, ""
        for name in dict.fromkeys([kommune, *full]):
            if left(name):  # what ran there may have ended since: then nobody else would come
                done = run_next(name, more)
                return [job_id(name, id) for id in done], "" if done else name
        return [], ""

    def _goes_on(self, until: float) -> bool:
        """Whether the turn goes on, so that another Auftrag may be begun."""
        return time.monotonic() < until and not self.asked_to_end

    def _whose_turn(self) -> str | None:
        """The municipality that was served longest ago, of those that have rung; its next turn is after all others."""
        if self._only:
            return None
        try:
            while name := self._turn([TURNS], [clock.now().timestamp()]):
                try:
                    return str(name, "ascii")
                except UnicodeDecodeError:  # no municipality is called so
                    self.connection.zrem(TURNS, name)
        except RedisError as error:
            log.warning("redis went away during a job", extra={"reason": str(error)})
        return None

    def _done_with(self, kommune: str) -> None:
        try:
            self.connection.zrem(TURNS, kommune)
        except RedisError as error:
            log.warning("redis went away during a job", extra={"reason": str(error)})

    def _forget(self, job: Job, queue: Queue, done: Sequence[str]) -> None:
        """Be done with a ring, and put one back that was parked where something has ended.

        It is worth one Auftrag, whichever that was; what was done beyond it needs its own no more.
        """
        others = done[1:]
        try:
            with self.connection.pipeline() as pipeline:
                pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
                for id in others:
                    pipeline.lrem(queue.key, 1, id)
                    pipeline.lrem(PARKED + kommune_of(id), 1, id)
                if done:
                    pipeline.lmove(PARKED + kommune_of(done[0]), queue.key)
                pipeline.delete(job.key, *map(Job.key_for, others))
                pipeline.execute()
        except RedisError as error:
            log.warning("redis went away during a job", extra={"reason": str(error)})

    def _park(self, job: Job, queue: Queue, kommune: str) -> None:
        """Keep a ring where there is no room for it now, until an Auftrag ends there."""
        try:
            with self.connection.pipeline() as pipeline:
                pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
                pipeline.rpush(PARKED + kommune, job.id)
                pipeline.expire(PARKED + kommune, PARKED_FOR_S)
                pipeline.execute()
            if not crowded(kommune):  # the last one ended before this was parked: nobody else would put it back
                self.connection.lmove(PARKED + kommune, queue.key)
        except RedisError as error:
            log.warning("redis went away during a job", extra={"reason": str(error)})


def be_there(connection: Redis, only: str) -> None:
    """Let rings of a municipality come into its own queue, for as long as a worker of it may be silent."""
    if only:
        connection.set(OWN + only, "1", ex=OWN_FOR_S)


def arguments_of(job: Job) -> tuple[str, str] | None:
    """What a job asks for; None if that is not what we do."""
    try:
        function, arguments, more = job.func_name, job.args, job.kwargs
    except Exception as error:  # RQ raises what the deserializer raises
        log.warning("an unreadable job was dropped", extra={"job": job.id, "reason": type(error).__name__})
        return None
    if function != JOB or more or len(arguments) != 2 or not all(isinstance(text, str) for text in arguments):
        log.warning("a job that is not ours was dropped", extra={"job": job.id})
        return None
    return arguments[0], arguments[1]


class Shift:
    """The working life of one process: until SIGTERM, across failures of Redis."""

    def __init__(self, url: str, only: str = "") -> None:
        self._only = only
        # RQ waits for a dropped connection itself; redis-py's own retries would only multiply the time.
        self._connection = Redis.from_url(
            url, socket_timeout=LISTENS_S + 15, socket_connect_timeout=2, retry=Retry(ConstantBackoff(0.1), 1)
        )
        self._ended = False
        self._worker: Worker | None = None

    def end(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the job at hand, or between two attempts to reach Redis."""
        self._ended = True
        if self._worker is not None:
            self._worker.request_stop(signum, frame)

    def announce(self) -> None:
        """Have rings come to us before the first is heard; a Redis that is away is told later."""
        try:
            be_there(self._connection, self._only)
        except RedisError as error:
            log.warning("redis is away", extra={"reason": type(error).__name__})

    def run(self) -> None:
        """Work until told to end. RQ catches what a signal raises within a round, but not between two."""
        signal.signal(signal.SIGTERM, self.end)
        signal.signal(signal.SIGINT, self.end)
        with contextlib.suppress(StopRequested):
            while not self._ended:
                self._work()

    def _work(self) -> None:
        """Work until told to end or until Redis goes away."""
        try:
            self._connection.ping()
            self._worker = Worker(self._connection, self._only)
            if not self._ended:  # who was told before there was a worker has told nobody else
                self._worker.work()
        except RedisError as error:
            log.warning("redis is away", extra={"reason": type(error).__name__})
        if not self._ended:
            time.sleep(REDIS_AGAIN_S)


def main() -> None:
    """Ring for what is waiting, then work until SIGTERM; the job at hand is finished, or handed back."""
    from web.compose import all_is_loaded, compose

    logs.configure("worker")
    settings = Settings.from_env()
    compose(with_redis(settings))
    _connectors()
    shift = Shift(redis_url(settings), settings.kommune)
    shift.announce()
    try:
        in_each(ready_kommunen(), offer)
    except Problem as problem:
        log.warning("the registry is away", extra={"reason": problem.sentence})
    all_is_loaded()
    log.info("worker ready", extra={"pid": os.getpid()})
    shift.run()
    use_pause(lambda steps: None)  # nobody is to be let go on any more
    _hands().end(ENDS_WITHIN_S)
    _hands().finish()
    if left_undone := hand_back():
        log.warning("what took too long was handed back", extra={"count": left_undone})
    db.close()


if __name__ == "__main__":
    main()
