"""Tells a worker through Redis that an Auftrag is ready. It may fail or forget: the table is the truth, tick rings again."""

from __future__ import annotations

import logging
import time

from redis import Redis, RedisError
from redis import TimeoutError as Silent
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Job

log = logging.getLogger(__name__)

QUEUE = "amtsweg"
"""The queue of the workers that serve all municipalities. A worker of one municipality has a queue of its own: `queue_of`."""
OWN = "amtsweg:own:"
"""Before the slug: is there while a worker of this one municipality is. Then its rings go into the queue of its own."""
OWN_FOR_S = 90
"""Longer than such a worker is silent. Rings left by one that is gone, the reconciler rings anew, for the workers of all."""
JOB = "web.worker.run"
TURNS = "amtsweg:turns"
"""Which municipalities have rung, by when each was served last: whose turn it is. A hint, as all that is in Redis."""
PARKED = "amtsweg:parked:"
"""Before the slug: rings of a municipality that came to nothing, because as many calls were running there as may. One is put
back for each Auftrag that ends there; what is lost with Redis, the reconciler rings anew."""
PARKED_FOR_S = 600
# Longer than a claim's lease: whoever is stopped by it has been replaced already, and its late result is refused.
TIMEOUT_S = 300
PATIENCE_S = 2.0
SILENT_FOR_S = 5.0
"""A Redis that has not answered is left alone for so long: who rings for many must not wait for each."""
RING = """
local own = redis.call('EXISTS', KEYS[5]) == 1
local queue = own and KEYS[6] or KEYS[1]
if not redis.call('LPOS', queue, ARGV[1]) then
    redis.call('HSET', KEYS[2], unpack(ARGV, 4))
    if own then redis.call('HSET', KEYS[2], 'origin', ARGV[3]) end
    redis.call('SADD', KEYS[4], queue)
    redis.call('RPUSH', queue, ARGV[1])
end
if not own then redis.call('ZADD', KEYS[3], 'NX', 0, ARGV[2]) end
"""
"""What RQ does to enqueue a job, if it does not wait there already; in one go, for a ring is as frequent as an Auftrag."""


def queue_of(kommune: str) -> str:
    """The name of the queue that a worker of one municipality has, or of all."""
    return f"{QUEUE}:{kommune}" if kommune else QUEUE


def job_id(kommune: str, auftrag_id: str) -> str:
    """The id of the job that rings for an Auftrag."""
    return f"{kommune}-{auftrag_id}"


def kommune_of(job_id: str) -> str:
    """Whose Auftrag a job rings for."""
    return job_id.rpartition("-")[0]


class RedisDoorbell:
    """Puts the id of an Auftrag into the queue; nothing else leaves the database."""

    def __init__(self, url: str) -> None:
        # One attempt, briefly: a request must not wait for a Redis that is away.
        retry = Retry(NoBackoff(), 0)
        self._redis = Redis.from_url(url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S, retry=retry)
        self._queue = Queue(QUEUE, connection=self._redis, serializer="json")
        self._ring = self._redis.register_script(RING)
        self._not_before = 0.0

    def ring(self, kommune: str, auftrag_id: str) -> None:
        """Ring once; what is waiting in the queue already is not put there again."""
        if time.monotonic() < self._not_before:
            return
        id = job_id(kommune, auftrag_id)
        job = self._queue.create_job(
            JOB, (kommune, auftrag_id), job_id=id, timeout=TIMEOUT_S, result_ttl=0, failure_ttl=TIMEOUT_S, description=""
        )
        fields = [part for pair in job.to_dict().items() for part in pair]
        own = queue_of(kommune)
        keys = [self._queue.key, job.key, TURNS, Queue.redis_queues_keys, OWN + kommune]
        try:
            self._ring([*keys, Queue.redis_queue_namespace_prefix + own], [id, kommune, own, *fields])
        except RedisError as error:
            if isinstance(error, Silent):
                self._not_before = time.monotonic() + SILENT_FOR_S
            log.warning("the doorbell is out of order", extra={"auftrag": auftrag_id, "reason": type(error).__name__})

    def waiting(self, kommune: str) -> int | None:
        """How many rings of a municipality wait, in whichever queue; None when Redis is away."""
        try:
            return sum(len(ids) for ids in self._rings(kommune).values())
        except RedisError as error:
            log.warning("the doorbell is out of order", extra={"reason": type(error).__name__})
            return None

    def has_own(self, kommune: str) -> bool:
        """Whether a worker of this one municipality is there, with a queue of its own; False when Redis is away."""
        try:
            return bool(self._redis.exists(OWN + kommune))
        except RedisError:
            return False

    def forget(self, kommune: str) -> None:
        """Take the rings of a municipality that was removed out of the queues. One that stays is a ring for nothing."""
        try:
            for queue, ids in self._rings(kommune).items():
                for job_id in ids:
                    self._redis.lrem(queue, 1, job_id)
                    self._redis.delete(Job.key_for(job_id))
            own = Queue.redis_queue_namespace_prefix + queue_of(kommune)
            self._redis.delete(own, PARKED + kommune, OWN + kommune)
            self._redis.srem(Queue.redis_queues_keys, own)
            self._redis.zrem(TURNS, kommune)
        except RedisError as error:
            log.warning("the doorbell is out of order", extra={"reason": type(error).__name__})

    def _rings(self, kommune: str) -> dict[str, list[str]]:
        """The rings of a municipality, by where they lie: in the queue of all, in its own, parked."""
        own = Queue.redis_queue_namespace_prefix + queue_of(kommune)
        lists = {key: self._redis.lrange(key, 0, -1) for key in (self._queue.key, own, PARKED + kommune)}
        # An Auftrag's id has no hyphen, a slug may have some.
        return {key: [id for id in map(_text, ids) if kommune_of(id) == kommune] for key, ids in lists.items()}


def _text(id: bytes | str) -> str:
    return id.decode() if isinstance(id, bytes) else id
