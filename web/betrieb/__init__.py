"""The pages for the operator of the installation: municipalities, who is competent for what, the central post room.

They stand in the operator's own namespace, with Konten of its own, and reach no case of a municipality.
"""

from __future__ import annotations

from flask import Flask

from web.betrieb import acts, kommunen, post, rules
from web.betrieb.blueprint import betrieb

__all__ = ["acts", "betrieb", "kommunen", "post", "rules", "wire"]


def wire(app: Flask) -> None:
    """Give an app the pages."""
    app.register_blueprint(betrieb)
