"""My day: what is to be done, and all cases."""

from __future__ import annotations

from flask import render_template, request

from engine import reads
from forms.characters import cleaned
from web.desk.blueprint import desk
from web.identity import required_konto


@desk.get("/")
def home() -> str:
    """What is to be done, and all cases."""
    konto = required_konto()
    words = cleaned(request.args.get("q", "").strip())[:200]
    return render_template(
        "start.html",
        mine=reads.list_aufgaben(holder=konto.login),
        tasks=reads.list_aufgaben(by=konto, page=_page("aufgaben")),
        cases=reads.list_vorgaenge(by=konto, q=words or None, page=_page("seite")),
        q=words,
    )


def _page(name: str) -> int:
    """The page asked for; what is no page is the first."""
    text = request.args.get(name, "1")
    return min(int(text), 100_000) if text.isascii() and text.isdigit() and len(text) < 10 else 1
