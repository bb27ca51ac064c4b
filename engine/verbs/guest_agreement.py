"""Guest agreement: what the Administration of the other side may do with a grant itself: read its terms, sign it, end it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.base import db
from engine.base.errors import Cause, Conflict, Invalid
from engine.base.rights import COOPERATE, Konto, verb
from engine.model import grant, grant_held, protokoll
from engine.verbs.cooperate import end_in
from engine.verbs.give_back import to_end
from engine.verbs.one_office import require_alone


def terms(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an agreement says."""
    return {
        "art": row.kind, "was": [row.opens, row.opens_key], "name": row.opens_name, "zweck": row.purpose,
        "rechtsform": row.legal_form, "von": row.from_am.isoformat(), "bis": row.until_bis.isoformat(),
        "rechte": json.loads(row.rights), "stand": grant.state_of(row),
    }  # fmt: skip


def sign_it(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Sign an agreement and say who uses it; gives who that is, for whoever signs again, and would have chosen others."""
    users = arguments.get("benutzt_von") or []
    if not (users and grant_held.are_users(users)):
        cause = Cause("Bitte wählen Sie, wer bei Ihnen die Aufgaben übernimmt.", pointer="/wer")
        raise Invalid("So kann die Vereinbarung nicht unterschrieben werden.", [cause])
    sign_grant(row.id, [(what, key) for what, key in users], by=guest)
    with db.reading() as tx:
        return {"benutzt_von": json.loads(grant.get(tx, row.id).users)}


@verb(right=COOPERATE, tag="befugnis:unterschrieben")
def sign_grant(grant_id: str, users: list[tuple[str, str]], *, by: Konto) -> None:
    """Agree to a grant for the other side; it holds from its first day on. Signed twice is once, by whomever there.

    Raises:
        Conflict: it has ended, or another gemeinsames Amt is agreed for that Leistung.
    """
    with db.transaction() as tx:
        row = grant.get(tx, grant_id)
        if row.signed_at is None and row.ended_at is None:
            require_alone(tx, row)
        if grant.sign(tx, grant_id, by.login, users):
            protokoll.record(tx, None, benutzt_von=users)
        elif grant.get(tx, grant_id).ended_at is not None:
            raise Conflict("Die Vereinbarung ist beendet.")


def end_it(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """End an agreement for the other side, or decline it."""
    leave_grant(row.id, by=guest)
    return {}


@verb(right=COOPERATE, tag="befugnis:gekuendigt")
def leave_grant(grant_id: str, *, by: Konto) -> bool:
    """End a grant as the one who has got it; False if it was ended."""
    with db.transaction() as tx:
        return end_in(tx, to_end(tx, grant_id), by, grant.BY_THE_GUEST)
