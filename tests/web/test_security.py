"""Headers on every answer, and the true address of a sender."""

from __future__ import annotations

import ipaddress

import pytest

from tests.web.site import SLUG, Site
from web.compose import create_app
from web.security import allowed
from web.settings import Settings

ON_SQLITE = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@ON_SQLITE
@pytest.mark.parametrize(
    "path", ["/live", f"/{SLUG}/anmelden", f"/{SLUG}/api/v1/vorgaenge", "/gibt/es/nicht", "/static/app.css"]
)
def test_every_answer_carries_the_headers(site: Site, path: str) -> None:
    headers = site.client().get(path, buffered=True).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; style-src 'self' 'unsafe-inline';")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@ON_SQLITE
def test_only_files_of_the_front_end_are_kept_by_browsers(site: Site) -> None:
    client = site.client()
    assert client.get(f"/{SLUG}/api/v1/vorgaenge").headers["Cache-Control"] == "no-store"
    assert client.get(f"/{SLUG}/anmelden").headers["Cache-Control"] == "no-store"
    assert "immutable" in client.get("/static/app.css?v=1", buffered=True).headers["Cache-Control"]
    assert client.get("/static/seiten.css", buffered=True).headers["Content-Type"] == "text/css; charset=utf-8"


@ON_SQLITE
@pytest.mark.parametrize("name", ["../settings.py", "%2e%2e/build.mjs", "/etc/passwd", "src/app.js", "x" * 5000, "a%00b", ""])
def test_nothing_else_is_served_as_a_file(site: Site, name: str) -> None:
    assert site.client().get(f"/static/{name}").status_code in (404, 308)


@pytest.mark.parametrize(
    ("address", "networks", "expected"),
    [
        ("192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.3.7", ["192.0.2.0/24", "192.0.3.7"], True),
        ("192.0.3.8", ["192.0.2.0/24"], False),
        ("::ffff:192.0.2.7", ["192.0.2.0/24"], True),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("2001:db8::1", ["0.0.0.0/0"], False),
        ("kein Netz", ["0.0.0.0/0", "::/0"], False),
        ("192.0.2.7", [], False),
        ("192.0.2.7", ["überall", ""], False),
    ],
)
def test_an_address_is_allowed_by_a_network_it_is_in(address: str, networks: list[str], expected: bool) -> None:
    assert allowed(address, networks) is expected


@ON_SQLITE
@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # not our proxy: what it claims counts for nothing
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.7", "198.51.100.7"),  # the sender wrote the first part itself
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "127.0.0.1, Unsinn", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
    ],
)
def test_a_proxy_is_believed_only_if_the_settings_name_it(
    site: Site, settings: Settings, remote: str, forwarded: str, expected: str
) -> None:
    from web.security import client_address

    networks = (ipaddress.ip_network("10.0.0.0/8"),)
    app = create_app(Settings(home=settings.home, secret=settings.secret, trusted_proxies=networks))
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context("/live", headers=headers, environ_base={"REMOTE_ADDR": remote}):
        assert client_address() == expected
