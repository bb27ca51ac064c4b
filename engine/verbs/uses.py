"""Uses: the Auftrag that tells a guest what somebody of it has done here by a grant, and what is done if it knows of none.

tell_use     a line in the Protokoll of the guest: brought twice it is one
tell_anew    a guest that has come out of an older backup knows nothing of what it was given since: it is told again
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from engine.base import db
from engine.base.errors import Problem, Unavailable
from engine.base.rights import SYSTEM, SYSTEM_RIGHT, Konto, verb
from engine.model import grant, protokoll
from engine.verbs.cooperate import name_of_guest, tell, tell_grant, told_of

log = logging.getLogger(__name__)


def tell_use(inputs: Mapping[str, Any]) -> None:
    """Bring a use into the Protokoll of the guest: what its Auftrag is for.

    Where the guest has left the installation there is nobody to tell: that must not hold the case up for ever.

    Raises:
        Unavailable: the guest is away.
        Problem: it does not know of the grant, nor do we.
    """
    guest, id = inputs["kommune"], inputs["befugnis"]
    content = {name: inputs[name] for name in ("konto", "tat", "vorgang", "am", "benutzung")}
    content["nummer"] = int(inputs["nummer"])
    reply = tell(guest, id, "use", content)
    if reply.kind not in ("ok", "away") and name_of_guest(guest) is None:
        log.warning("a guest that is gone was not told of a use", extra={"befugnis": id})
        return
    if reply.kind == "unknown":
        tell_anew(id, by=SYSTEM)
        reply = tell(guest, id, "use", content)
    if reply.kind == "away":
        raise Unavailable(reply.sentence)
    if reply.kind != "ok":
        raise Problem(f"Die Kommune „{name_of_guest(guest) or guest}“ kennt die Befugnis nicht, die sie benutzt hat.")


@verb(right=SYSTEM_RIGHT, tag="befugnis:neu-mitgeteilt")
def tell_anew(grant_id: str, *, by: Konto) -> None:
    """Tell a guest of a grant of which it knows nothing (any more), with another secret.

    One that has ended is told, and at once that it has, for the sake of what was done by it: that secret opens nothing.

    Raises:
        Unknown: there is no such grant.
        Unavailable: the guest is away, or is just being told.
    """
    secret = secrets.token_urlsafe(32)
    with db.transaction() as tx:
        row = grant.get(tx, grant_id, locked=True)
        if row.ended_at is None and not grant.renew(tx, grant_id, secret):
            raise Unavailable("Die andere Kommune erfährt gerade von der Befugnis.")
        protokoll.record(tx, None, befugnis=row.id, kommune=row.guest)
    if row.ended_at is None:
        told = tell_grant(grant_id, by=SYSTEM)
    else:
        replies = [tell(row.guest, row.id, "grant", told_of(row, secret)), tell(row.guest, row.id, "end", {})]
        told = all(reply.kind != "away" for reply in replies)
    if not told:
        raise Unavailable("Die andere Kommune ist nicht erreichbar.")
