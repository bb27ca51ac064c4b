"""The pages for the Administration of a municipality: who works here and how one gets in, what is set, what is stuck."""

from __future__ import annotations

from flask import Flask

from web.operate import (
    doors,
    entry,
    grants,
    incidents,
    konten,
    letterhead,
    overview,
    parameters,
    retention,
    roles,
    stellen,
    verification,
)
from web.operate.blueprint import operate

__all__ = [
    "doors",
    "entry",
    "grants",
    "incidents",
    "konten",
    "letterhead",
    "operate",
    "overview",
    "parameters",
    "retention",
    "roles",
    "stellen",
    "verification",
    "wire",
]


def wire(app: Flask) -> None:
    """Give an app the pages."""
    app.register_blueprint(operate)
