"""The description of the interface is valid, complete and true: calls drawn from it and against it are answered as it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from engine.model.bundle import pack
from tests.engine.cases import PROBE, bundle
from tests.web.site import SLUG, Site, application
from web.routes import ROUTES

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

MACHINES = ("vorgaenge", "aufgaben", "bescheide", "bundles", "nachrichten", "signale", "incidents", "intake.receive")


def described(site: Site) -> dict[str, Any]:
    spec: dict[str, Any] = site.client().get(f"/{SLUG}/api/openapi.json").json
    return spec


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                yield method, path, {**item[method], "parameters": item["parameters"] + item[method].get("parameters", [])}


def test_it_is_valid_openapi_3_1(site: Site) -> None:
    spec = described(site)
    assert spec["openapi"] == "3.1.0"
    validate(spec)  # type: ignore[arg-type]
    assert spec["servers"] == [{"url": f"/{SLUG}"}]


def test_it_describes_every_route_for_machines(site: Site) -> None:
    machines = {endpoint for endpoint in ROUTES if endpoint.startswith(MACHINES) and endpoint != "intake.receive_central"}
    assert len(list(operations(described(site)))) == len(machines)


def test_it_says_how_everything_is_refused(site: Site) -> None:
    spec = described(site)
    problem = {"$ref": "#/components/responses/DEFAULT_ERROR"}
    assert all(operation["responses"]["default"] == problem for _, _, operation in operations(spec))
    [(media_type, content)] = spec["components"]["responses"]["DEFAULT_ERROR"]["content"].items()
    assert (media_type, content["schema"]["$ref"]) == ("application/problem+json", "#/components/schemas/Problem")


# --- calls drawn from it -------------------------------------------------------------------------------------------

TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["", "0", "\x00", "\ud800", "ä", "x" * 400, "'; --", "%", "../"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def calls(draw: st.DrawFn, spec: dict[str, Any], ids: list[str]) -> tuple[str, str, str, dict[str, Any]]:
    """An operation, and a call of it that may or may not be right."""
    method, path, operation = draw(st.sampled_from(list(operations(spec))))
    template, query = path, {}
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace(
                "{" + parameter["name"] + "}", quote(draw(st.sampled_from(ids) | TEXTS), safe="", errors="surrogatepass")
            )
        elif draw(st.booleans()):
            query[parameter["name"]] = draw(st.sampled_from(["1", "true", "2026-03-02", "offen"]) | TEXTS)
    options: dict[str, Any] = {"query_string": {name: value.encode(errors="surrogatepass") for name, value in query.items()}}
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        options["data"] = draw(bodies(spec, media_type, content["schema"]))
        options["content_type"] = media_type + ("; boundary=x" if media_type.startswith("multipart") else "")
    return method, template, path, options


@st.composite
def bodies(draw: st.DrawFn, spec: dict[str, Any], media_type: str, schema: dict[str, Any]) -> bytes:
    if media_type != "application/json" or draw(st.integers(0, 9)) == 0:
        good = pack(bundle(PROBE)) if media_type == "application/zip" else delivery(application())
        cut = draw(st.integers(0, len(good)))
        return draw(st.sampled_from([good, good[:cut], good[cut:]]) | st.binary(max_size=60))
    members = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
    body = {name: draw(st.sampled_from([{}, "P7D", "k"]) | VALUES) for name in members if draw(st.integers(0, 4))}
    return json.dumps(draw(st.just(body) | VALUES)).encode()


def delivery(content: dict[str, Any]) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="formData"\r\n\r\n' + json.dumps(content).encode() + b"\r\n--x--\r\n"


def complaints(spec: dict[str, Any], schema: dict[str, Any], body: Any) -> list[str]:
    whole = {**schema, "components": spec["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(body)]


def test_whatever_is_called_the_answer_is_as_described_and_never_a_500(site: Site) -> None:
    spec = described(site)
    [task] = site.open_tasks(case := site.new_case())
    called: set[tuple[str, str, bool]] = set()

    @settings(max_examples=250, suppress_health_check=list(HealthCheck), deadline=None)
    @given(calls(spec, [case, task, "0" * 26]))
    def check(call: tuple[str, str, str, dict[str, Any]]) -> None:
        method, template, path, options = call
        headers = {"Authorization": f"Bearer {site.tokens['alle']}"}
        answer = site.client().open(f"/{SLUG}{path}", method=method.upper(), headers=headers, **options)
        assert answer.status_code < 500, (call, answer.text)
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json", call
            assert complaints(spec, {"$ref": "#/components/schemas/Problem"}, answer.json) == [], call
            return
        called.add((method, template, answer.status_code < 300))
        expected = (
            spec["paths"][template][method]["responses"].get(str(answer.status_code)) if answer.status_code < 300 else None
        )
        schema = (expected or {}).get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            assert complaints(spec, schema, answer.json) == [], call

    check()
    answered = {template for _, template, good in called if good}
    assert len(answered) >= 5, answered
