"""Places in data: what stands at a path, setting and removing it without touching what others share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class _Absent:
    """Nothing was sent, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def at(data: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path, or ABSENT."""
    for step in path:
        if not isinstance(data, Mapping) or step not in data:
            return ABSENT
        data = data[step]
    return data


def put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a value at a path; what is shared with others on the way is copied first."""
    for step in path[:-1]:
        inner = data.get(step)
        data[step] = dict(inner) if isinstance(inner, Mapping) else {}
        data = data[step]
    data[path[-1]] = value


def drop(data: dict[str, Any], path: tuple[str, ...]) -> None:
    """Remove what stands at a path, if anything does; copies on the way as `put` does."""
    if at(data, path) is ABSENT:
        return
    for step in path[:-1]:
        data[step] = dict(data[step])
        data = data[step]
    del data[path[-1]]
