"""Pages of the desk in a browser without scripts: who is signed in, forms that are sent, what a page says."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from tests.web.site import SLUG, Site
from tests.web.test_desk import text
from tests.web.test_identity import BROWSER, sign_in

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
WHY = "Die Antragstellerin hat angerufen."


def browser(site: Site, login: str = "anna") -> FlaskClient:
    """A browser in which somebody is signed in."""
    client = site.client()
    assert sign_in(client, login).status_code == 303
    return client


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(f"/{SLUG}/", headers=BROWSER).text)
    assert found
    return found[1]


def post(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Send a form of a page."""
    return client.post(f"/{SLUG}/{path}", data={"csrf_token": token(client), **fields}, headers=BROWSER)


def section(tree: Any, name: str) -> str:
    return text(tree, f"//*[@aria-labelledby='{name}']")


def wrong_fields(answer: TestResponse) -> list[str]:
    """The fields that the summary of a refused form links to; each must be on the page."""
    tree = html.fromstring(answer.data)
    targets = [link.get("href").removeprefix("#") for link in tree.xpath("//*[@role='alert']//a")]
    assert all(tree.get_element_by_id(target) is not None for target in targets)
    return targets
