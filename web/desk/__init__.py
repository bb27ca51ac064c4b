"""The pages for clerks: the way in, what is to be done, the post room, one case, one task. The desk grows from them."""

from __future__ import annotations

from flask import Flask

from web.desk import words
from web.desk.pages import desk, entrance


def wire(app: Flask) -> None:
    """Give an app the pages."""
    words.wire(app)
    app.register_blueprint(entrance)
    app.register_blueprint(desk)
