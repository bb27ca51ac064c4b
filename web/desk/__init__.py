"""The pages for clerks: the way in, one's own Konto, what is to be done, the post room, one case, one task, one notice."""

from __future__ import annotations

from flask import Flask

from web.desk import (
    acts,
    case,
    day,
    diagram,
    documents,
    elsewhere,
    help_asked,
    help_given,
    konto,
    link,
    messages,
    notes,
    notice,
    office,
    office_case,
    post,
    retention,
    stelle,
    task,
    words,
)
from web.desk.blueprint import desk
from web.desk.entrance import entrance

__all__ = [
    "acts",
    "case",
    "day",
    "desk",
    "diagram",
    "documents",
    "elsewhere",
    "help_asked",
    "help_given",
    "konto",
    "link",
    "messages",
    "notes",
    "notice",
    "office",
    "office_case",
    "post",
    "retention",
    "stelle",
    "task",
    "wire",
]


def wire(app: Flask) -> None:
    """Give an app the pages."""
    words.wire(app)
    app.add_template_global(acts.may)
    app.add_template_filter(documents.preview)
    app.register_blueprint(entrance)
    app.register_blueprint(desk)
