"""The interface as a whole: its parts, and its description in OpenAPI 3.1.

The description is made for each municipality: the paths begin after /{kommune}, which is the server's address in it.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import flask_smorest  # type: ignore[import-untyped]
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app, g
from flask_smorest.utils import prepare_response, resolve_schema_instance  # type: ignore[import-untyped]

from web import exact
from web.access import IdConverter, NameConverter, SlugConverter
from web.api.aufgaben import aufgaben
from web.api.bescheide import bescheide
from web.api.bundles import bundles
from web.api.incidents import incidents
from web.api.nachrichten import nachrichten
from web.api.schemas import ProblemOut
from web.api.signale import signale
from web.api.vorgaenge import vorgaenge

PROBLEM = "application/problem+json"
PREFIX = "/{kommune}"
BINARY = {"type": "string", "format": "binary"}
PUSH: dict[str, Any] = {
    "post": {
        "tags": ["antrag"],
        "summary": "Take in an application as the OZG-Cloud push interface sends it.",
        "description": "The same transactionId again gives the first answer, byte for byte; with other content 409.",
        "security": [],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["formData"],
                        "properties": {
                            "formData": {"type": "string", "contentMediaType": "application/json"},
                            "representation": {"type": "array", "items": BINARY},
                            "attachment": {"type": "array", "items": BINARY},
                        },
                    }
                }
            },
        },
        "responses": {
            "200": {"description": "Taken in", "content": {"application/json": {"schema": {"type": "object"}}}},
            "default": {"$ref": "#/components/responses/DEFAULT_ERROR"},
        },
    }
}


class Api(flask_smorest.Api):
    """flask-smorest with our errors: problem+json, answered by web.problems, which keeps `Allow` on a 405."""

    ERROR_SCHEMA = ProblemOut

    def _register_error_handlers(self) -> None:
        """web.problems answers."""

    def _register_doc_blueprint(self) -> None:
        """`show` answers, for one municipality."""

    def _register_etag_headers(self) -> None:
        """Nothing here has an ETag."""

    def _register_pagination_header(self) -> None:
        """Pages say in their body whether there is another."""

    def _register_responses(self) -> None:
        """`describe` does, when somebody asks."""

    def register_blueprint(self, part: flask_smorest.Blueprint) -> None:
        """Answer what a part of the interface answers; `describe` describes it."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][part.name] = self
        self._app.register_blueprint(part)

    def describe(self, parts: Iterable[flask_smorest.Blueprint]) -> dict[str, Any]:
        """The description of these parts, in OpenAPI. To be asked once, and late: it takes as long as all else at the start."""
        self._describe_responses()
        for part in parts:
            part.register_views_in_doc(self, self._app, self.spec, name=part.name, parameters=None)
            self.spec.tag({"name": part.name, "description": part.description})
        self.spec.path(rule=next(self._app.url_map.iter_rules("intake.receive")), operations=copy.deepcopy(PUSH))
        described: dict[str, Any] = self.spec.to_dict()
        return described

    def _describe_responses(self) -> None:
        for status in [*HTTPStatus, None]:
            name, phrase = ("DEFAULT_ERROR", "Refused, and why") if status is None else (status.name, status.phrase)
            response: dict[str, Any] = {"description": phrase}
            if status is None or status >= HTTPStatus.BAD_REQUEST:
                response["schema"] = ProblemOut
            prepare_response(response, self.spec, PROBLEM)
            self.spec.components.response(name, response, lazy=True)


PARTS = (vorgaenge, aufgaben, bescheide, bundles, nachrichten, signale, incidents)
_alone = threading.Lock()

docs = Blueprint("api-docs", __name__, url_prefix="/<slug:kommune>/api")


@docs.get("/openapi.json")
def show() -> Response:
    """The description of the interface of this municipality."""
    with _alone:
        described = copy.deepcopy(current_app.extensions["openapi"]())
    described["servers"] = [{"url": f"/{g.kommune}"}]
    return Response(exact.dumps(described), content_type="application/json")


def wire(app: Flask) -> None:
    """Give an app the interface."""
    app.config.update(
        API_TITLE="Amtsweg",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"security": [{"token": []}]},
    )
    names = MarshmallowPlugin(schema_name_resolver=_name)
    api = Api(app, spec_kwargs={"marshmallow_plugin": names})
    for converter in (SlugConverter, IdConverter, NameConverter):
        api.register_converter(converter, lambda known: {"type": "string", "pattern": f"^{known.regex}$"})
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for part in PARTS:
        api.register_blueprint(part)
    app.register_blueprint(docs)
    app.extensions["openapi"] = functools.cache(lambda: _of_one_municipality(api.describe(PARTS)))


def _name(schema: Any) -> str:
    """What a schema is called in the description."""
    return type(resolve_schema_instance(schema)).__name__.removesuffix("Out")


def _of_one_municipality(spec: dict[str, Any]) -> dict[str, Any]:
    """The description with paths that begin after the municipality."""
    paths = {}
    for path, item in spec["paths"].items():
        item["parameters"] = [parameter for parameter in item.get("parameters", []) if parameter.get("name") != "kommune"]
        paths[path.removeprefix(PREFIX)] = item
    return {**spec, "paths": paths}
