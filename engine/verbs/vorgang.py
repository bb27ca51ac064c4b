"""Vorgang: what a person does with a case as a whole: end it, each time with a reason, or give it to a Leistung."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base.db import Tx, new_id
from engine.base.errors import Cause, Conflict, Invalid, Unknown
from engine.base.rights import Konto, verb
from engine.model import bescheid, comment, leistung, parameter, vorgang
from engine.step import Case, begin_again, look, step
from engine.verbs.starts import require_antrag_start

POSTEINGANG = "posteingang"
SHORTEST, LONGEST = 5, 2000
KEPT = ("antrag", "antragsteller", "servicekonto", "dokumente", "vorgang")


@verb(right="vorgang.bearbeiten", tag="vorgang:zurueckgenommen")
def withdraw(vorgang_id: str, reason: str, *, by: Konto) -> None:
    """Close a case because the applicant has taken the application back.

    Raises:
        Invalid: no reason is given.
        Conflict: it is closed already.
    """
    _end(vorgang_id, vorgang.ABGESCHLOSSEN, "Antrag zurückgenommen", reason, by, undecided=False)


@verb(right="vorgang.bearbeiten", tag="vorgang:ohne-bescheid")
def close_without_notice(vorgang_id: str, reason: str, *, by: Konto) -> None:
    """Close a case that needs no Bescheid.

    Raises:
        Invalid: no reason is given.
        Conflict: it is closed already, or a Bescheid was issued.
    """
    _end(vorgang_id, vorgang.ABGESCHLOSSEN, "Ohne Bescheid abgeschlossen", reason, by)


@verb(right="post.bearbeiten", tag="vorgang:weitergeleitet")
def forward(vorgang_id: str, to: str, reason: str, *, by: Konto) -> None:
    """Close a case because another authority is competent, and note which (§ 25 VwVfG: advice to the applicant).

    Raises:
        Invalid: the other authority or the reason is missing.
        Conflict: it is closed already, or a Bescheid was issued.
    """
    if not 2 <= len(to.strip()) <= 200:
        raise Invalid(
            "So kann nicht weitergeleitet werden.",
            [Cause("Bitte nennen Sie die Stelle, an die weitergeleitet wird.", "2 bis 200 Zeichen", "/an")],
        )
    _end(vorgang_id, vorgang.WEITERGELEITET, f"Weitergeleitet an {to.strip()}", reason, by)


@verb(right="post.bearbeiten", tag="vorgang:verworfen")
def discard(vorgang_id: str, reason: str, *, by: Konto) -> None:
    """Close a case that is no application at all.

    Raises:
        Invalid: no reason is given.
        Conflict: it is closed already, or a Bescheid was issued.
    """
    _end(vorgang_id, vorgang.VERWORFEN, "Verworfen", reason, by)


@verb(right="post.bearbeiten", tag="vorgang:zugeordnet")
def assign(vorgang_id: str, key: str, *, by: Konto) -> None:
    """Give a case of the post room to a Leistung: its process begins, the Aktenzeichen stays.

    Raises:
        Unknown: there is no such Leistung.
        Conflict: it is closed, or belongs to a Leistung already.
        Invalid: the process of that Leistung begins by an event only.
    """
    case = look(vorgang_id)
    if case.bundle.leistung != POSTEINGANG or case.state in vorgang.ENDED:
        raise Conflict("Zuordnen lässt sich nur, was offen im Posteingang liegt.")
    with db.reading() as tx:
        version_id = leistung.current(tx, key)
        if version_id is None or key == POSTEINGANG:
            raise Unknown("Diese Leistung gibt es hier nicht.")
        bundle = parameter.with_own(tx, leistung.version(tx, version_id))
    require_antrag_start(bundle)
    now = clock.now()
    ended = bpmn.advance(case.bundle.spec, case.snapshot, bpmn.Terminate(), now)
    after = bpmn.tokens_so_far(case.bundle.spec, ended.snapshot)
    begun = bpmn.start(bundle.spec, bundle.process, _variables(case, bundle), now, after=after)
    begin_again(case, ended, bundle, begun, leistung=key, fassung=version_id)


def _variables(case: Case, bundle: Any) -> dict[str, Any]:
    """What the process of another Leistung starts with."""
    known = bpmn.variables(case.bundle.spec, case.snapshot)
    kept: dict[str, Any] = {name: known.get(name) for name in KEPT}
    return {**kept, "vorgang": {**kept["vorgang"], "leistung": bundle.name}, "parameter": dict(bundle.parameters)}


def _undecided(tx: Tx, vorgang_id: str) -> None:
    """Refuse where a Bescheid was issued: it stands, whatever becomes of the case."""
    issued = sa.select(bescheid.T.c.id).where(bescheid.T.c.vorgang_id == vorgang_id, bescheid.T.c.state == bescheid.ISSUED)
    if tx.scalar(issued.limit(1)) is not None:
        raise Conflict("Zu diesem Vorgang ist ein Bescheid erlassen; er lässt sich nur noch zu Ende führen.")


def _end(vorgang_id: str, status: str, what: str, reason: str, by: Konto, *, undecided: bool = True) -> None:
    """End the instance, and keep the reason with the case; where `undecided`, only one without a Bescheid."""
    said = reason.strip()
    if not SHORTEST <= len(said) <= LONGEST:
        message = "Bitte nennen Sie den Grund; er bleibt beim Vorgang."
        raise Invalid("Ohne Grund geht das nicht.", [Cause(message, f"{SHORTEST} bis {LONGEST} Zeichen", "/grund")])
    id = new_id()

    def also(tx: Tx, _: bpmn.Outcome) -> None:
        if undecided:  # asked in this transaction: one may be issued at this moment
            _undecided(tx, vorgang_id)
        comment.add(tx, vorgang_id, f"{what}: {said}", by.login, id)

    step(vorgang_id, bpmn.Terminate(), also, called=status, kommentar=id)
