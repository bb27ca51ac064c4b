"""The secret of the installation takes another's place: what was wrapped with the old one is wrapped with the new one."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from engine.base import db
from engine.base.errors import Invalid
from engine.base.seal import seal, unseal
from engine.model.zentrale import KOMMUNE
from engine.verbs.kommune import prepare


def rewrap(new: str) -> int:
    """Wrap keys and passwords of all municipalities with another AMTSWEG_SECRET, in one commit; gives how many were changed.

    The keys themselves stay, so no data is touched. What opens with the new secret already is left as it is: the same again
    changes nothing. From then on only processes that were started with the new secret can work.

    Raises:
        Invalid: there is no new secret, or something opens with neither of the two.
    """
    old = db.current_installation().secret
    if not new or new == old:
        raise Invalid("Das neue Geheimnis fehlt oder ist das bisherige. Bitte AMTSWEG_SECRET_NEW setzen.")
    prepare()
    changed = 0
    with db.zentrale() as tx:
        for row in tx.all(sa.select(KOMMUNE).order_by(KOMMUNE.c.slug).with_for_update()):
            values = {name: _rewrapped(getattr(row, name), old, new) for name in ("key", "password")}
            if values != {"key": row.key, "password": row.password}:
                tx.execute(sa.update(KOMMUNE).where(KOMMUNE.c.slug == row.slug).values(**values))
                changed += 1
    db.configure(replace(db.current_installation(), secret=new))
    return changed


def _rewrapped(wrapped: str | None, old: str, new: str) -> str | None:
    if wrapped is None:
        return None
    try:
        unseal(wrapped, new)
    except Invalid:
        return seal(unseal(wrapped, old), new)
    return wrapped
