"""Operate: incidents, settings; and `verify`, which checks the invariants on the stored data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from engine import bpmn
from engine.base import db
from engine.base.rights import Konto, verb
from engine.model import auftrag, einstellung, incident, protokoll, thrown
from engine.step import ring, step
from engine.verbs.courier import carry
from engine.verbs.invariants import Broken
from engine.verbs.stored import findings


@verb(right="stoerung.beheben", tag="incident:wiederholt")
def retry_incident(incident_id: str, variables: Mapping[str, Any], *, by: Konto) -> bool:
    """Try an element again after what broke it was mended, with corrected variables if given; False if it is stuck again.

    Raises:
        Conflict: it is no longer open.
    """
    return try_again(incident_id, variables, by=by)


def try_again(incident_id: str, variables: Mapping[str, Any], *, by: Konto) -> bool:
    """What the verbs do that try an element again; the Protokoll names the variables that were corrected, not their values."""
    with db.reading() as tx:
        row: Any = incident.get(tx, incident_id)

    if auftrag.is_free(row.token):
        _send_again(row)
        return True
    detail: dict[str, Any] = {"incident": incident_id, **({"berichtigt": sorted(variables)} if variables else {})}
    outcome = step(
        row.vorgang_id,
        bpmn.Retry(row.token, variables),
        lambda tx, _: incident.mend(tx, row.id, by.login if variables else None),
        closes=incident.T,
        **detail,
    )
    return not outcome.incidents.opened


def _send_again(row: Any) -> None:
    """Order the same message again, with the same key, after what broke it was mended; or let go what was held."""
    with db.transaction() as tx:
        incident.mend(tx, row.id)
        if thrown.release(tx, row.vorgang_id, row.token):
            tx.after(carry)
        for id in auftrag.reopen(tx, row.vorgang_id, row.token):
            tx.after(partial(ring, id))
        protokoll.record(tx, row.vorgang_id, incident=row.id)


@verb(right="kommune.verwalten", tag="einstellung:geaendert")
def change_setting(key: str, value: Any, *, by: Konto) -> None:
    """Change a setting of the municipality: `briefkopf`, `antrag.absender`, or `konnektor.<name>`."""
    with db.transaction() as tx:
        einstellung.write(tx, key, value)
        protokoll.record(tx, None, einstellung=key)


# --- verify --------------------------------------------------------------------------------------------------------


def verify() -> list[Broken]:
    """Check the invariants on the stored data of the namespace we are in; changes nothing."""
    return list(findings())
