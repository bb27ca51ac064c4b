"""The post room: cases of which nobody knows yet whose they are, and what came with them."""

from __future__ import annotations

from flask import render_template, request

from engine import reads
from web.desk.acts import ACTS, may
from web.desk.blueprint import desk
from web.forms import page_number
from web.identity import required_konto

ALL = "alle"


@desk.get("/posteingang")
def posteingang() -> str:
    """Cases of which nobody knows yet whose they are."""
    konto = required_konto()
    everything = request.args.get("zeigen") == ALL
    return render_template(
        "posteingang.html",
        page=reads.list_posteingang(by=konto, everything=everything, page=page_number("seite")),
        everything=everything,
        stellen={key: one.name for one in reads.list_stellen() for key in (one.key, one.nummer)},
        acts=[
            act for act in ACTS if may(konto, act.endpoint) and act.endpoint in ("desk.assign", "desk.forward", "desk.discard")
        ],
    )
