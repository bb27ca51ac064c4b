"""How a request comes in: what its line in the table of routes (`web.routes`) asks for is checked before its view runs.

In this order: the municipality's namespace is entered, the address is checked against the networks its
clerks come from, the right is checked, what the address names must be something the Konto sees (else it does not exist), and a
request that a browser could have been tricked into must carry the page's token.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from flask import Flask, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from engine import reads
from engine.base import db
from engine.base.errors import Cause, Conflict, Forbidden, Invalid, TooLarge, Unknown
from engine.base.rights import Konto, in_place_of
from engine.model.zentrale import BETRIEB, SLUG, Kommune
from web import identity, neighbours, sessions
from web.routes import (
    ALSO_IN_BETRIEB,
    BEFORE_THE_CHANGE,
    BUNDLES,
    BY_ITSELF,
    FIRST,
    FIRST_OF_DESIGNERS,
    ROOM,
    ROUTES,
    THERE,
    UPLOADS,
    Open,
)
from web.security import allowed, client_address, csrf
from web.settings import MB, Settings
from web.wanted import wants_json

FRAME, THROWN_AWAY, BLOCK = 64 * 1024, 200 * MB, 1024 * 1024
KNOWN_FOR_S = 2.0


class SlugConverter(BaseConverter):
    """The first part of a path that can name a municipality."""

    regex = SLUG.pattern
    part_isolating = True


class IdConverter(BaseConverter):
    """A key of ours: letters and digits."""

    regex = "[0-9A-Za-z]{1,64}"
    part_isolating = True


class NameConverter(BaseConverter):
    """The name of a BPMN message."""

    regex = r"[^/\x00-\x1f\x7f]{1,200}"
    part_isolating = True


@dataclass(slots=True)
class Directory:
    """What the registry says of municipalities, believed for two seconds."""

    known: dict[str, tuple[float, Kommune]] = field(default_factory=dict)

    def find(self, slug: str) -> Kommune:
        at, kommune = self.known.get(slug, (0.0, None))
        if kommune is None or time.monotonic() - at > KNOWN_FOR_S:
            kommune = reads.kommune(slug)
            self.known[slug] = (time.monotonic(), kommune)
        return kommune


def wire(app: Flask) -> None:
    """Let an app's every request pass through here. Called before routes are added."""
    app.url_map.converters.update(slug=SlugConverter, id=IdConverter, name=NameConverter)
    app.extensions["directory"] = Directory()
    app.url_value_preprocessor(_take_slug)
    app.url_defaults(_give_slug)
    app.before_request(_admit)
    app.teardown_request(_leave)


def current_kommune() -> Kommune:
    """The municipality whose page or interface was called."""
    directory: Directory = current_app.extensions["directory"]
    return directory.find(g.kommune)


def forget_kommune() -> None:
    """Ask the registry anew: the municipality has just been changed."""
    directory: Directory = current_app.extensions["directory"]
    directory.known.pop(g.kommune, None)


def _take_slug(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Views need not name the municipality: they are in its namespace. Those of the operator are in the operator's."""
    if values and "kommune" in values:
        g.kommune = values.pop("kommune")
    elif _is_of_operator(endpoint):
        g.kommune = BETRIEB


def _give_slug(endpoint: str, values: dict[str, Any]) -> None:
    if "kommune" in g and current_app.url_map.is_endpoint_expecting(endpoint, "kommune"):
        values.setdefault("kommune", g.kommune)


def _admit() -> Response | None:
    if request.endpoint is None:
        return None  # no such address: answered as such, in no namespace
    rule = ROUTES[request.endpoint]
    most = _room(request.endpoint)
    if most is not None:  # the page's token stands in the same form as the file
        request.max_content_length = most + FRAME
    if "kommune" in g:
        if g.kommune == BETRIEB:
            _check_operator(request.endpoint)
        stack = ExitStack()
        stack.enter_context(db.namespace(g.kommune))
        g.entered = stack
        if not (isinstance(rule, Open) and rule.everywhere):
            _check_address()
        login = identity.current_login()
        sessions.bind(None if login is None else login.mark)
    if isinstance(rule, str):
        return _check_right(rule)
    if rule.token:
        csrf.protect()
    return None


def _check_right(right: str) -> Response | None:
    """Let in who has the right, sees what the address names, and comes from a page of ours; or say where to go first."""
    konto = identity.required_konto()
    by_session = identity.bearer() is None
    if by_session and request.endpoint not in BY_ITSELF:
        identity.stay()
    if by_session and identity.required_login().must_change and request.endpoint not in BEFORE_THE_CHANGE:
        return _change_first()
    if request.endpoint == FIRST and not konto.may(right) and konto.may(BUNDLES):
        return redirect(url_for(FIRST_OF_DESIGNERS), 303)
    if not konto.may(right):
        if request.endpoint in THERE:
            _refused_there(konto, THERE[request.endpoint], request.view_args or {})
        raise Forbidden(_("Dafür fehlt Ihnen die Berechtigung. Die Administration Ihrer Kommune kann sie vergeben."))
    for name, id in (request.view_args or {}).items():
        whom = reads.require_sight(konto, name, id)
        if whom is not None:
            g.entered.enter_context(in_place_of(whom))
    _check_room()
    if by_session:
        csrf.protect()
    return None


def _refused_there(konto: Konto, operation: str, named: Mapping[str, Any]) -> NoReturn:
    """Let another municipality refuse somebody who has no right at home to what they ask of it: its Protokoll tells of that.

    They are told there as who they are at this moment. Nothing is named that could be looked at or done, and whatever comes
    back is thrown away: so nothing is opened by it.

    Raises:
        Unknown: always; Unavailable where that one is away.
    """
    grant_id = named.get("grant_id") or named["ersuchen_id"]
    with suppress(Conflict, Invalid):
        neighbours.ask(konto, named["slug"], grant_id, operation)
    raise Unknown(reads.NOT_HERE)


def _room(endpoint: str) -> int | None:
    """How large a file a door takes; None for doors that take none."""
    settings: Settings = current_app.extensions["settings"]
    return settings.max_attachment_mb * MB if endpoint in UPLOADS else ROOM.get(endpoint)


def _check_room() -> None:
    """Go on only if the request is not larger than its door allows.

    Raises:
        TooLarge: it is.
    """
    most, length = _room(request.endpoint or ""), request.content_length or 0
    if most is None or length <= most + FRAME:
        return
    if length <= THROWN_AWAY:
        request.max_content_length = THROWN_AWAY
        while request.stream.read(BLOCK):
            pass
    hint = _("Zurückgehen und eine kleinere Datei wählen; die Seite hat nichts verändert.")
    sentence = _("Die Datei ist zu groß; erlaubt sind %(most)s MB.", most=most // MB)
    raise TooLarge(sentence, [Cause(_("Es wurde nichts gespeichert."), hint)])


def _change_first() -> Response:
    """Lead somebody with a password for one login to the page where it is changed."""
    if wants_json() or request.method != "GET":
        raise Forbidden(_("Bitte wählen Sie zuerst ein neues Passwort."))
    return redirect(url_for("desk.new_password", weiter=request.full_path.rstrip("?")), 303)


def _is_of_operator(endpoint: str | None) -> bool:
    return endpoint is not None and endpoint.startswith(f"{BETRIEB}.")


def _check_operator(endpoint: str) -> None:
    """Into the operator's namespace lead its own pages and the login, from the networks that the installation names."""
    if not (_is_of_operator(endpoint) or endpoint in ALSO_IN_BETRIEB):
        raise Unknown(_("Diese Adresse gibt es hier nicht."))
    settings: Settings = current_app.extensions["settings"]
    if not allowed(client_address(), map(str, settings.operators)):
        raise Forbidden(_("Von dieser Netzadresse aus sind die Seiten des Betriebs nicht erreichbar (AMTSWEG_OPERATORS)."))


def _check_address() -> None:
    networks = current_kommune().allow_ips
    if networks and not allowed(client_address(), networks):
        raise Forbidden(
            _("Von dieser Netzadresse aus ist die Kommune nicht erreichbar. Freigeben kann sie die Administration.")
        )


def _leave(_error: BaseException | None = None) -> None:
    entered: ExitStack | None = g.pop("entered", None)
    if entered is not None:
        entered.close()
