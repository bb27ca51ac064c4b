"""The pages for the Administration of a municipality: who works here, in which Stellen, and how one gets in."""

from __future__ import annotations

from flask import Flask, render_template

from web.operate import entry, konten, roles, stellen
from web.operate.blueprint import operate

__all__ = ["entry", "konten", "operate", "roles", "stellen", "wire"]


@operate.get("/")
def overview() -> str:
    """What can be managed."""
    return render_template("verwaltung_start.html")


def wire(app: Flask) -> None:
    """Give an app the pages."""
    app.register_blueprint(operate)
