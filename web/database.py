"""Sessions for the web: Flask-SQLAlchemy makes them, `engine.base.db` says in which transaction they work.

`SQLALCHEMY_DATABASE_URI` is the registry. No session connects through it by itself: a `NamespaceSession` works in the open
transaction of the municipality that was entered, or in none.
"""

from __future__ import annotations

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from engine.base import db
from engine.base.db import Base, Installation, NamespaceSession


def wire(app: Flask, installation: Installation) -> SQLAlchemy:
    """Let an app's Flask-SQLAlchemy make the sessions of this process."""
    app.config["SQLALCHEMY_DATABASE_URI"] = _registry(installation)
    database = SQLAlchemy(app, model_class=Base, session_options={"class_": NamespaceSession, "expire_on_commit": False})
    # The factory, not the scoped session: each transaction gets a new one, and closes it.
    db.use_sessions(database.session.session_factory)
    return database


def _registry(installation: Installation) -> object:
    if installation.dialect == "sqlite":
        return f"sqlite:///{installation.home / 'zentrale.sqlite'}"
    return installation.url(installation.prefix)
