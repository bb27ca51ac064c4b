"""Tokens and scopes as they were stored, each made into a value when somebody looks at it.

A step looks at few of the tokens of its instance: the one that moves and those that contain it. The others stay the bytes they
are, so that completing one of a thousand tasks costs what completing one of ten costs.

Stored are lines, one for each token, in the order of their ids (which is the order in which they came to be):

    id TAB token [TAB name TAB value]…

`token` is what `machine.Token` is made of, then come the token's variables, all as JSON, in which neither TAB nor line feed
can stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from engine.base.errors import Problem

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

V = TypeVar("V")

LINE, TAB = b"\n", b"\t"


class Damaged(Problem):
    """The snapshot cannot be read: truncated, changed, or from a newer version. `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Der gespeicherte Zustand dieses Vorgangs ist beschädigt oder stammt aus einer neueren Fassung von Amtsweg. "
            "Es geht nicht weiter, bis der Betrieb ihn wiederhergestellt hat."
        )
        self.reason = reason


class Shelf:
    """The lines that follow `start` in a snapshot, and which of them have been taken out; no id is larger than `last`."""

    __slots__ = ("content", "last", "start", "taken")

    def __init__(self, content: bytes, start: int, last: int) -> None:
        self.content = content
        self.start = start
        self.last = last
        self.taken: dict[str, tuple[int, int]] = {}
        """Where the line of what was taken out begins and ends."""

    def take(self, id: str) -> bytes | None:
        """Take out the line of that id; None if it has been taken before, or was never here."""
        if id in self.taken or not id.isdecimal() or int(id) > self.last:
            return None
        span = self._find(int(id))
        if span is None:
            return None
        self.taken[id] = span
        return self.content[span[0] : span[1]]

    def _find(self, number: int) -> tuple[int, int] | None:
        """Where the line of a number begins and ends: the lines are in the order of their numbers."""
        content, low, high = self.content, self.start, len(self.content)
        while low < high:
            begin = content.rfind(LINE, low, (low + high) // 2) + 1 or low
            tab = content.index(TAB, begin)
            here = int(content[begin:tab])
            if here == number:
                return begin, content.index(LINE, tab)
            if here < number:
                low = content.index(LINE, tab) + 1
            else:
                high = begin
        return None

    def take_all(self) -> Iterator[bytes]:
        """Take out everything that is still here."""
        begin = self.start
        while begin < len(self.content):
            end = self.content.index(LINE, begin)
            id = self.content[begin : self.content.index(TAB, begin)].decode()
            if id not in self.taken:
                self.taken[id] = begin, end
                yield self.content[begin:end]
            begin = end + 1

    def put_back(self, line: Callable[[str], bytes]) -> Iterator[bytes]:
        """All lines in order, those that were taken out as they are now (b"" if they are gone)."""
        at = self.start
        for id, (begin, end) in sorted(self.taken.items(), key=lambda item: item[1]):
            yield self.content[at:begin]
            yield line(id)
            at = end + 1
        yield self.content[at:]


class Shelved(dict[str, V], Generic[V]):
    """Values by id. What is not there yet is fetched from the shelf: one by its id, all when they are asked for in a row."""

    __slots__ = ("fetch", "fetch_all")

    def __init__(self, made: dict[str, V], fetch: Callable[[str], object], fetch_all: Callable[[], object]) -> None:
        super().__init__(made)
        self.fetch = fetch
        self.fetch_all = fetch_all

    @property
    def made(self) -> dict[str, V]:
        """What has been fetched or was added."""
        return dict(dict.items(self))

    def __missing__(self, id: str) -> V:
        self.fetch(id)
        if not dict.__contains__(self, id):
            raise KeyError(id)
        return dict.__getitem__(self, id)

    def __contains__(self, id: object) -> bool:
        if dict.__contains__(self, id):
            return True
        if isinstance(id, str):
            self.fetch(id)
        return dict.__contains__(self, id)

    def get(self, id: str, default: Any = None) -> Any:
        return dict.__getitem__(self, id) if id in self else default

    def setdefault(self, id: str, default: Any = None) -> Any:
        return dict.__getitem__(self, id) if id in self else dict.setdefault(self, id, default)

    def pop(self, id: str, *default: Any) -> Any:
        _ = id in self  # fetched by now, if it was on the shelf
        return dict.pop(self, id, *default)

    def values(self) -> Any:
        self.fetch_all()
        return dict.values(self)

    def items(self) -> Any:
        self.fetch_all()
        return dict.items(self)

    def __iter__(self) -> Iterator[str]:
        self.fetch_all()
        return dict.__iter__(self)

    def __len__(self) -> int:
        self.fetch_all()
        return dict.__len__(self)


class Contained:
    """The ids of what a token contains: always counted, and found out when somebody wants to know them."""

    __slots__ = ("_count", "_ids", "_machine", "_of")

    def __init__(self, machine: Machine, of: str, count: int = 0) -> None:
        self._machine = machine
        self._of = of
        self._count = count
        self._ids: dict[str, None] | None = None if count else {}

    def __len__(self) -> int:
        return self._count

    def add(self, id: str) -> None:
        self._count += 1
        if self._ids is not None:
            self._ids[id] = None

    def discard(self, id: str) -> None:
        self._count -= 1
        if self._ids is not None:
            del self._ids[id]

    def __iter__(self) -> Iterator[str]:
        if self._ids is None:
            self._ids = {token.id: None for token in self._machine.tasks.values() if token._parent == self._of}
        return iter(self._ids)
