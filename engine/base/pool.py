"""Connections of all namespaces together are bounded, however many namespaces there are.

Every engine has a `BoundedPool`; all of them share one `Budget`. An idle connection is kept until its place is needed: then
the one that has been idle longest, of whatever namespace, is closed. A caller that finds every place taken waits, and gets
`sqlalchemy.exc.TimeoutError` at last.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from sqlalchemy import exc
from sqlalchemy.pool import ConnectionPoolEntry, Pool


class Budget:
    """How many connections one process may have open, over all namespaces."""

    def __init__(self, limit: int, wait_s: float) -> None:
        self.limit = limit
        self.wait_s = wait_s
        self._places = threading.BoundedSemaphore(limit)
        # Reentrant, because a connection somebody forgot to close comes back in the middle of anything.
        self._lock = threading.RLock()
        self._idle: OrderedDict[ConnectionPoolEntry, BoundedPool] = OrderedDict()
        self._open = 0

    @property
    def open(self) -> int:
        """Connections open now, in use or idle."""
        return self._open

    def take(self, pool: BoundedPool) -> ConnectionPoolEntry | None:
        """An idle connection of this pool, or None: then the caller may open one."""
        if not self._places.acquire(timeout=self.wait_s):
            raise exc.TimeoutError(f"no database connection was free within {self.wait_s} s (limit {self.limit})")
        stale = None
        with self._lock:
            if pool.idle:
                entry, _ = pool.idle.popitem()
                del self._idle[entry]
                return entry
            if self._open < self.limit:
                self._open += 1
            else:
                # We hold one of `limit` places, so at most limit - 1 connections are in use: one at least is idle.
                stale, owner = self._idle.popitem(last=False)
                del owner.idle[stale]
        if stale is not None:
            stale.close()
        return None

    def failed(self) -> None:
        """The connection that `take` allowed could not be opened."""
        with self._lock:
            self._open -= 1
        self._places.release()

    def give_back(self, pool: BoundedPool, entry: ConnectionPoolEntry) -> None:
        """The connection is idle from now on; of a closed pool it is shut at once."""
        with self._lock:
            if keep := not pool.closed:
                pool.idle[entry] = None
                self._idle[entry] = pool
            else:
                self._open -= 1
        if not keep:
            entry.close()
        self._places.release()

    def drop(self, pool: BoundedPool) -> list[ConnectionPoolEntry]:
        """Forget the idle connections of a pool; the caller closes them."""
        with self._lock:
            pool.closed = True
            entries = list(pool.idle)
            pool.idle.clear()
            for entry in entries:
                del self._idle[entry]
            self._open -= len(entries)
        return entries


class BoundedPool(Pool):
    """The connections of one namespace, within the budget of all."""

    def __init__(self, creator: Any, budget: Budget, **options: Any) -> None:
        super().__init__(creator, **options)
        self._budget = budget
        self.idle: OrderedDict[ConnectionPoolEntry, None] = OrderedDict()
        self.closed = False

    def _do_get(self) -> ConnectionPoolEntry:
        entry = self._budget.take(self)
        if entry is not None:
            return entry
        try:
            return self._create_connection()
        except BaseException:
            self._budget.failed()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        self._budget.give_back(self, record)

    def recreate(self) -> BoundedPool:
        return BoundedPool(
            self._creator,
            self._budget,
            recycle=self._recycle,
            echo=self.echo,
            logging_name=self._orig_logging_name,
            reset_on_return=self._reset_on_return,
            _dispatch=self.dispatch,
            dialect=self._dialect,
            pre_ping=self._pre_ping,
        )

    def dispose(self) -> None:
        for entry in self._budget.drop(self):
            entry.close()

    def status(self) -> str:
        return f"BoundedPool idle: {len(self.idle)}, open in all pools: {self._budget.open} of {self._budget.limit}"
