"""Forms for tests: each checked against the published form-js schema, then read as the platform reads it."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.base.errors import Invalid
from forms.aufgabe import Form, parse_form, validate

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
TODAY = dt.date(2026, 3, 2)


@pytest.fixture(scope="session")
def published() -> jsonschema.Draft7Validator:
    """The published schema of form-js 1.18; without the folder beside the repository one that takes everything."""
    path = SHARED / "schemas" / "form-js" / "form-json-schema-1.18.0.bundled.json"
    return jsonschema.Draft7Validator(json.loads(path.read_text()) if path.is_file() else {})


@pytest.fixture
def schema(published: jsonschema.Draft7Validator) -> Callable[..., dict[str, Any]]:
    """Make a form-js schema of components, and be sure that form-js itself would take it."""

    def make(*components: dict[str, Any]) -> dict[str, Any]:
        made = {"type": "default", "id": "pruefen", "schemaVersion": 19, "components": list(components)}
        published.validate(made)
        return made

    return make


@pytest.fixture
def form(schema: Callable[..., dict[str, Any]]) -> Callable[..., Form]:
    """Make a form of components."""

    def make(*components: dict[str, Any]) -> Form:
        return parse_form(schema(*components))

    return make


@pytest.fixture
def answer() -> Callable[..., dict[str, Any]]:
    """Send answers to a form on 2 March 2026."""

    def send(form: Form, data: Any, context: dict[str, Any] | None = None) -> dict[str, Any]:
        return validate(form, data, context or {}, today=TODAY)

    return send


@pytest.fixture
def refusal() -> Callable[..., list[tuple[str | None, str]]]:
    """Pointer and sentence of every cause for which answers are refused."""

    def send(form: Form, data: Any, context: dict[str, Any] | None = None) -> list[tuple[str | None, str]]:
        with pytest.raises(Invalid) as caught:
            validate(form, data, context or {}, today=TODAY)
        return [(cause.pointer, cause.message) for cause in caught.value.causes]

    return send
