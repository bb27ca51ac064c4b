"""Calling: what a connector is given to do an Auftrag with, and nothing else of the municipality."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from engine.base import db, files
from engine.base.ports import Call, File, Refused
from engine.model import dokument, einstellung, letterhead, restored
from engine.model.auftrag import Claim
from engine.step import Case
from engine.verbs import letters, serving


def call_of(claim: Claim, case: Case, sealed: Mapping[str, str]) -> Call:
    """The call of an Auftrag: its inputs, the settings of its connector and how to get at the documents it names."""
    config = einstellung.opened(sealed.get(f"konnektor.{claim.connector}"), {})
    head = letterhead.head_from(einstellung.opened(sealed.get(letterhead.HEAD), {}))
    origin = str(einstellung.opened(sealed.get(restored.ORIGIN), db.slug()))
    passed = serving.passed_to(case.bundle.leistung)
    letter = letters.letter_for(claim, case, passed) if claim.type in letters.TYPES else None
    return Call(
        type=claim.type,
        key=f"{origin}-{case.id}-{claim.token}",
        kommune=db.slug(),
        authority=head.authority if passed is None else passed.guest_name,
        case_reference=case.nummer,
        inputs=claim.inputs,
        config=config,
        document=lambda id: _document(case.id, id),
        letter=letter,
        logo=files.get(letter.letterhead.logo) if letter is not None and letter.letterhead.logo else b"",
    )


def _document(vorgang_id: str, id: str) -> File:
    """A document of this Vorgang; those of others cannot be named."""
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(dokument.T).where(dokument.T.c.id == id, dokument.T.c.vorgang_id == vorgang_id))
    if row is None:
        raise Refused(f"Das Dokument {id} gehört nicht zu diesem Vorgang.")
    if row.kind == dokument.DRAFT:
        raise Refused(f"„{row.name}“ ist ein Entwurf und wird nicht versandt; zuerst freigeben und erlassen.")
    return File(row.name, row.media_type, files.get(row.sha256), row.kind)
