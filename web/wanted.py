"""What the other side wants to have: a page for a person, or problem+json for a program."""

from __future__ import annotations

from flask import request

# Blueprints whose views are pages.
PAGES = frozenset({None, "betrieb", "desk", "operate", "studio"})


def wants_json() -> bool:
    """Whether the other side is a machine: an interface was called, or no page was asked for."""
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return False  # a person followed a link, be it to a document of the interface
    if request.blueprint not in PAGES or "/api/" in request.path or "HX-Request" in request.headers:
        return True
    accepted = request.accept_mimetypes
    return bool(accepted["text/html"] <= accepted["application/problem+json"])


def goes_to_a_page() -> bool:
    """Whether a person goes to a page as a whole: not a part of one that htmx or a script fetches into it."""
    by_script = "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    return not by_script and not wants_json()
