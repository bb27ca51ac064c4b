"""Four eyes: whom they refuse has a line in the Protokoll of the Vorgang: it says that somebody tried."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from engine.base import db
from engine.base.db import Tx
from engine.base.errors import FourEyes
from engine.base.rights import Konto, current_act, verb
from engine.model import protokoll
from engine.reads.hindrance import four_eyes

F = TypeVar("F", bound=Callable[..., Any])


def require_four_eyes(tx: Tx, vorgang_id: str, elements: Sequence[str], by: Konto) -> None:
    """Refuse whoever has done one of these tasks of the Vorgang, or corrected its values, and whoever stands in for them."""
    if sentence := four_eyes(tx, vorgang_id, elements, by):
        raise FourEyes(sentence, vorgang_id)


def written_down(function: F) -> F:
    """Make a verb write down whom four eyes keep from it. Of a guest the refusal has its own line (`engine.verbs.guests`)."""

    @functools.wraps(function)
    def tried(*args: Any, by: Konto, **kwargs: Any) -> Any:
        try:
            return function(*args, by=by, **kwargs)
        except FourEyes as refusal:
            if by.granted is None:
                note_refusal(refusal.vorgang_id, current_act()[0], by=by)
            raise

    return tried  # type: ignore[return-value]  # same signature


@verb(right="aufgabe.bearbeiten", tag="aufgabe:vier-augen")
def note_refusal(vorgang_id: str, act: str, *, by: Konto) -> None:
    """Write down that four eyes kept somebody from an act, by its tag."""
    with db.transaction() as tx:
        protokoll.record(tx, vorgang_id, tat=act)
