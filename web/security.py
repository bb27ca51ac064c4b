"""What every answer and every request must bear: headers, the true sender, limits on attempts, tokens against forgery."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect

from web.settings import Network, Settings

POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# For bytes that came from outside: whatever they claim to be, nothing in them runs.
DOCUMENT_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
# The same, for those that a page of ours shows inside itself.
INLINE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
A_YEAR_S = 31_536_000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def wire(app: Flask, settings: Settings) -> None:
    """Give an app its headers, its limits and its protection against forged requests."""
    csrf.init_app(app)
    app.config.update(
        RATELIMIT_STORAGE_URI=_storage(settings.redis_url),
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),  # a Redis that is away must not open the door
        RATELIMIT_KEY_PREFIX="amtsweg",
    )
    limiter.init_app(app)

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not settings.plain_http:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={A_YEAR_S}")
        return response


def _storage(redis_url: str | None) -> str:
    """Where attempts are counted; without Redis in this process."""
    if not redis_url:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url


def client_address() -> str:
    """The address the request came from; a proxy is believed only if the settings name it."""
    settings: Settings = current_app.extensions["settings"]
    hops = [request.remote_addr or "", *reversed(request.headers.get("X-Forwarded-For", "").split(","))]
    trusted = settings.trusted_proxies
    for index, hop in enumerate(hops):
        address = address_of(hop)
        if address is None:
            return hops[max(0, index - 1)].strip()
        if not is_in(address, trusted):
            return str(address)
    return hops[-1].strip()


def address_of(text: str) -> Address | None:
    """An IP address as a value; an IPv4 address in IPv6 clothes is the IPv4 address."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def allowed(address: str, networks: Iterable[str]) -> bool:
    """Whether an address belongs to one of the networks in CIDR form; what is no network allows nobody."""
    found = address_of(address)
    return found is not None and any(is_in(found, [network]) for network in map(_network, networks) if network is not None)


def _network(text: object) -> Network | None:
    try:
        return ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        return None


csrf = CSRFProtect()
limiter = Limiter(client_address)
