"""The pages for designers: Leistungen and their versions, upload with findings, test applications."""

from __future__ import annotations

from flask import Flask

from web.studio import overview, scenarios, trial, upload, version, words
from web.studio.blueprint import studio

__all__ = ["overview", "scenarios", "studio", "trial", "upload", "version", "wire"]


def wire(app: Flask) -> None:
    """Give an app the pages."""
    words.wire(app)
    app.register_blueprint(studio)
