"""What is kept for a while: found by its hash, not for long, and never too much of it."""

from __future__ import annotations

import os
import time

import pytest

from engine.base import db, stash
from engine.base.errors import Unknown
from engine.verbs.kommune import make_kommune

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def test_what_was_kept_is_found_by_its_name(kommune: str) -> None:
    name = stash.put(b"geprueft")
    assert stash.get(name) == b"geprueft"
    assert stash.put(b"geprueft") == name


@pytest.mark.parametrize("name", ["", "0" * 64, "../kommune.sqlite", "x"])
def test_what_was_not_kept_is_not_there(kommune: str, name: str) -> None:
    with pytest.raises(Unknown, match="noch einmal hoch"):
        stash.get(name)


def test_what_is_old_is_gone_and_removed_by_the_next(kommune: str) -> None:
    name = stash.put(b"alt")
    before = time.time() - stash.MAX_AGE_S - 1
    os.utime(stash.folder() / name, (before, before))
    with pytest.raises(Unknown):
        stash.get(name)
    stash.put(b"neu")
    assert not (stash.folder() / name).exists()


def test_only_the_youngest_are_kept(kommune: str) -> None:
    names = [stash.put(str(number).encode()) for number in range(stash.MAX_ITEMS + 5)]
    assert len(list(stash.folder().iterdir())) == stash.MAX_ITEMS
    assert stash.get(names[-1])


def test_what_was_changed_is_not_given_out(kommune: str) -> None:
    name = stash.put(b"geprueft")
    (stash.folder() / name).write_bytes(b"anderes")
    with pytest.raises(Unknown):
        stash.get(name)


def test_another_municipality_does_not_find_it(kommune: str) -> None:
    name = stash.put(b"unser")
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    with db.namespace("husum"), pytest.raises(Unknown):
        stash.get(name)
