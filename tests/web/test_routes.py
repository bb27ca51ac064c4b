"""The house's rule for doors: every route is guarded, or open for a reason."""

from __future__ import annotations

import pytest
from flask import Flask

from engine.verbs.guests import OPERATIONS
from engine.verbs.operator import make_operator
from tests.web.site import SLUG, Site, problem
from web.routes import ROUTES, THERE, Open

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

ID = "0" * 26


def unlisted(app: Flask) -> set[str]:
    """Endpoints without a line in the table, and lines without an endpoint."""
    return {rule.endpoint for rule in app.url_map.iter_rules()} ^ ROUTES.keys()


def test_every_route_is_in_the_table_and_the_table_names_no_other(site: Site) -> None:
    assert unlisted(site.app) == set()


def test_a_route_that_is_not_in_the_table_is_found_and_cannot_be_reached(site: Site) -> None:
    site.app.add_url_rule("/<slug:kommune>/neu", "neu", lambda: "offen")
    assert unlisted(site.app) == {"neu"}
    answer = site.client().get(f"/{SLUG}/neu")
    assert answer.status_code == 500
    assert b"offen" not in answer.data


def guarded(app: Flask) -> list[tuple[str, str]]:
    """Method and path of every guarded route."""
    found = []
    for rule in app.url_map.iter_rules():
        if not isinstance(ROUTES[rule.endpoint], Open):
            _, path = rule.build(
                {"kommune": SLUG, "slug": SLUG, "name": "n", **{name: ID for name in rule.arguments if name.endswith("_id")}}
            )
            found += [(method, path) for method in rule.methods - {"HEAD", "OPTIONS"}]
    return found


@pytest.fixture
def with_operator(site: Site) -> Site:
    """The pages of the operator are there as well."""
    make_operator()
    return site


def test_guarded_routes_let_nobody_in_without_login_and_token(with_operator: Site) -> None:
    site = with_operator
    routes = guarded(site.app)
    assert len(routes) > 25
    for method, path in routes:
        answer = problem(site.client().open(path, method=method), 401)
        assert answer["detail"] == "Bitte melden Sie sich an."


def test_guarded_routes_let_nobody_in_with_a_token_of_nobody(with_operator: Site) -> None:
    site = with_operator
    for method, path in guarded(site.app):
        headers = {"Authorization": "Bearer aw_erfunden"}
        assert site.client().open(path, method=method, headers=headers).status_code == 401


def test_who_lacks_the_right_is_refused(site: Site) -> None:
    problem(site.get("vorgaenge", "design"), 403)
    problem(site.get("bundles", "anna"), 403)
    problem(site.post("bundles", "anna", data=b"x"), 403)
    problem(site.get("incidents", "anna"), 403)
    problem(site.post(f"aufgaben/{ID}/claim", "chef"), 403)
    problem(site.post("nachrichten/n", "anna", json={}), 403)


def test_what_is_at_another_municipality_is_refused_there_by_the_right_that_the_page_takes(site: Site) -> None:
    named = {"grant_id", "ersuchen_id"}
    there = {rule.endpoint for rule in site.app.url_map.iter_rules() if "slug" in rule.arguments and named & rule.arguments}
    assert there == THERE.keys()
    assert {endpoint: OPERATIONS[operation].right for endpoint, operation in THERE.items()} == {
        endpoint: ROUTES[endpoint] for endpoint in there
    }


def test_every_route_is_closed_to_foreign_networks_but_those_open_everywhere(site: Site) -> None:
    outside = {"REMOTE_ADDR": "192.0.2.9"}
    headers = {"Authorization": f"Bearer {site.tokens['chef']}"}
    for rule in site.app.url_map.iter_rules():
        access = ROUTES[rule.endpoint]
        if isinstance(access, Open) and access.everywhere:
            continue
        ids = {name: ID for name in rule.arguments if name.endswith("_id")}
        _, path = rule.build({"kommune": SLUG, "slug": SLUG, "name": "n", "token": "t" * 43, **ids})
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = site.client().open(path, method=method, headers=headers, environ_base=outside)
            assert "Netzadresse" in problem(answer, 403)["detail"]
