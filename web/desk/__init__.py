"""The pages for clerks: the way in, what is to be done, the post room, one case, one task, one notice."""

from __future__ import annotations

from flask import Flask

from web.desk import case, day, notice, task, words
from web.desk.blueprint import desk
from web.desk.entrance import entrance

__all__ = ["case", "day", "desk", "notice", "task", "wire"]


def wire(app: Flask) -> None:
    """Give an app the pages."""
    words.wire(app)
    app.register_blueprint(entrance)
    app.register_blueprint(desk)
