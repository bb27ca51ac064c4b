"""The shared Ordnungsamt of the demo: people of the county work on the permits of the town, by an agreement of both.

In the name of the town (§ 19a GkZ): its letterhead, its file; the people are the county's.
"""

from __future__ import annotations

import datetime as dt

from engine import add_stelle, reads
from engine.base import clock, db
from engine.base.errors import Unknown
from engine.base.rights import SYSTEM
from engine.model import grant
from engine.verbs.cooperate import offer_agreement
from engine.verbs.held import keep_signed
from web.neighbours import act

ORIGIN, GUEST = "husum", "nordfriesland"
UNIT, UNIT_NAME = "ordnungsamt", "Gemeinsames Ordnungsamt"
OPENS = "baumfaellung"
ID = "0000000000000000000000DEM0"
"""One and the same with each start: what somebody has ended stays ended."""
DAYS = 3 * 365
PURPOSE = "Öffentlich-rechtlicher Vertrag über ein gemeinsames Ordnungsamt (Beispiel)"
USERS = (("stelle", UNIT), ("stelle", "leitung"))


def agree(login: str) -> None:
    """Let both Administrations sign, once; `login` is what they are called at both."""
    with db.namespace(ORIGIN):
        try:
            reads.get_grant(ID)
        except Unknown:
            today = clock.local_day(clock.now())
            until, opens = today + dt.timedelta(days=DAYS), ("leistung", OPENS)
            chef = reads.konto_by_login(login)[0]
            offer_agreement(
                grant.GEMEINSAMES_AMT, GUEST, opens, PURPOSE, today, until, legal_form=grant.MANDATE, id=ID, by=chef
            )
        signed = reads.get_grant(ID).signed_at is not None or reads.get_grant(ID).ended_at is not None
    if signed:
        return
    with db.namespace(GUEST):
        chef = reads.konto_by_login(login)[0]
        act(chef, ORIGIN, ID, "vereinbarung.unterschreiben", benutzt_von=[list(one) for one in USERS])
        keep_signed(ORIGIN, ID, USERS, by=chef)


def add_unit(key: str = UNIT, name: str = UNIT_NAME) -> None:
    """A unit, if it is not there yet: that of the county that works for both."""
    if key not in reads.names_of_stellen():
        add_stelle(name, key=key, by=SYSTEM)
