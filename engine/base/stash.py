"""What a page has been given and will soon be asked for again, in the folder of the municipality we are in.

Named by the hash of its content, kept for an hour, at most a few at a time: not data, and in no backup.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from engine.base import db
from engine.base.columns import new_id
from engine.base.databases import make_folder
from engine.base.errors import Unavailable, Unknown

MAX_AGE_S, MAX_ITEMS = 3600, 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


def put(content: bytes) -> str:
    """Keep bytes for a while; gives the hash that names them. What is old, or too much, goes.

    Raises:
        Unavailable: the disk is full or cannot be written to.
    """
    db.assert_outside()
    name = hashlib.sha256(content).hexdigest()
    temporary = folder() / f"{new_id()}.neu"
    try:
        make_folder(folder())
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.rename(folder() / name)
    except OSError as cause:
        temporary.unlink(missing_ok=True)
        raise Unavailable(f"Die Datei konnte nicht zwischengespeichert werden: {cause.strerror}.") from cause
    tidy()
    return name


def get(name: str) -> bytes:
    """Bytes that were kept.

    Raises:
        Unknown: there are none of that name, or no longer.
    """
    db.assert_outside()
    path = folder() / name
    try:
        content = path.read_bytes() if _SHA256.fullmatch(name) and _age(path) <= MAX_AGE_S else b""
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() == name:
        return content
    raise Unknown("Die geprüfte Datei liegt nicht mehr bereit. Bitte laden Sie sie noch einmal hoch.")


def tidy() -> None:
    """Remove what is old, and of the rest all but the youngest; another process may do the same."""
    ages = []
    for path in folder().glob("*"):
        try:
            ages.append((_age(path), path))
        except FileNotFoundError:
            continue
    for place, (age, path) in enumerate(sorted(ages)):
        if age > MAX_AGE_S or place >= MAX_ITEMS:
            path.unlink(missing_ok=True)


def folder() -> Path:
    """Where it is kept."""
    return db.current_installation().folder(db.slug()) / "pruefungen"


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime  # file times are the machine's
