"""The pages for clerks: what is to be done, the post room, one case, one task. First pages; the desk grows from them."""

from __future__ import annotations

from flask import Flask

from web.desk import words
from web.desk.pages import desk


def wire(app: Flask) -> None:
    """Give an app the pages."""
    words.wire(app)
    app.register_blueprint(desk)
