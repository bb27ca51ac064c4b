"""Where the parts meet: the engine gets its database and its doorbell, the web its pages and its interfaces.

    compose(settings)       every process: web, worker, tick, a command
    connectors()            what the outside offers
    create_app(settings)    the WSGI app
    ask                     the wire to an outside server, also for the login service

Nothing else in `web` but the worker and the command line knows the connectors.
"""

from __future__ import annotations

import functools
import gc
from typing import TYPE_CHECKING

from connectors import CONNECTORS, Switchboard
from connectors.outside import ask
from engine.base import db, faults
from engine.base.errors import Invalid
from engine.base.ports import Renderer
from web.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["all_is_loaded", "ask", "compose", "connectors", "create_app"]


def compose(settings: Settings) -> None:
    """Make this process one of the installation: its data, its doorbell, its named points of failure.

    Raises:
        Invalid: a setting cannot be right.
        Unavailable: the database server is away.
    """
    from engine.bpmn.budget import use_pause
    from engine.step import let_others_go_on, use_courier, use_doorbell
    from engine.verbs.cooperate import use_neighbours
    from engine.verbs.courier import carry
    from engine.verbs.kommune import prepare
    from web.neighbours import Local

    db.configure(settings.installation())
    try:
        faults.arm(settings.crash_at)
    except ValueError as cause:
        raise Invalid(f"AMTSWEG_CRASH_AT ist falsch: {cause}") from cause
    prepare()
    use_courier(carry)
    use_neighbours(Local())
    use_pause(let_others_go_on)
    if settings.redis_url:
        from web.doorbell import RedisDoorbell  # slow to load

        use_doorbell(RedisDoorbell(settings.redis_url))


def all_is_loaded() -> None:
    """Say that this process has begun, and keeps what it has loaded for good.

    Python's search for what nobody uses any more goes through all objects and stops every thread meanwhile: a quarter of a
    second, mostly for what was there from the beginning. That is left out from now on.
    """
    gc.collect()
    gc.freeze()


@functools.cache
def connectors() -> Switchboard:
    """All connectors of this installation behind one call."""
    return Switchboard(CONNECTORS)


def renderer() -> Renderer:
    """What sets letters, for previews; its child is started when it is first used."""
    from connectors.letter import previewer

    return previewer()


def create_app(settings: Settings) -> Flask:
    """The web application: pages for people, interfaces for machines.

    Raises:
        Invalid: AMTSWEG_SECRET is missing.
    """
    from web import app

    settings.required_secret()
    compose(settings)
    return app.assemble(settings, connectors(), renderer)
