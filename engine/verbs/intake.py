"""Intake: an application becomes a Vorgang. What was answered is kept; the same again gets the same answer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import bpmn, reads
from engine.base import clock, db, files
from engine.base.db import Tx, new_id
from engine.base.errors import Conflict, Gone, Unavailable
from engine.base.faults import point
from engine.base.ports import File
from engine.base.rights import SYSTEM, Konto, verb
from engine.bpmn.codec import encode
from engine.model import antrag as antraege
from engine.model import deleted, dokument, history, leistung, parameter, protokoll, search, stelle, vorgang
from engine.model.bundle import Bundle
from engine.step import open_case
from forms.antrag import Antrag, Feld, Limits, RawFile, applicant, read_push, variables

POSTEINGANG = "posteingang"


@dataclass(frozen=True, slots=True)
class Came:
    """What the installation's own door knows of an application that it hands on to the municipality we are in.

    `unit` is the number of the Stelle that is competent, if not the one it names itself. What waited in the post room was
    answered there: `id` is the one its Vorgang gets, `nummer` and `at` say under which number and when it came, `answer` what
    the sender was told.
    """

    unit: str | None = None
    id: str | None = None
    nummer: str = ""
    at: dt.datetime | None = None
    answer: bytes | None = None


class Repeated(Exception):
    """Another delivery of the same application was faster."""


@verb(right="system", tag="antrag:eingang")
def receive_push(
    form_data: bytes,
    representations: Sequence[RawFile],
    attachments: Sequence[RawFile],
    *,
    limits: Limits,
    came: Came | None = None,
    by: Konto,
) -> bytes:
    """Take in an application as the OZG-Cloud push interface sends it, and answer with the new Vorgang.

    The same transactionId again gives the stored first answer, byte for byte. An application for a Leistung or unit that is not
    known here starts the process `posteingang`; `came` says that the installation has found us competent.

    Raises:
        Unreadable, Invalid, TooLarge: with pointers into the application; nothing is stored.
        Conflict: the transactionId came before with another content.
        Gone: it came before, and its case was deleted in the meantime.
    """
    antrag = read_push(form_data, representations, attachments, limits)
    stored = stored_answer(antrag)
    if stored is not None:
        return stored
    units = reads.kommune(db.slug()).stellen
    wanted = came is not None or antrag.stelle in units or not units
    described = _put_away(antrag)
    with db.reading() as tx:
        bundle = _bundle(tx, antrag if wanted else None)
        nummer = vorgang.likely_nummer(tx, bundle.short)
    begun = begin(antrag, bundle, nummer, described, None if came is None else came.at)
    try:
        with db.transaction() as tx:
            answer = open_antrag(tx, antrag, bundle, described, begun, came=came)
            point("intake.before_commit")
    except Repeated:
        repeated = stored_answer(antrag)
        if repeated is None:
            raise Unavailable("Derselbe Antrag wird gerade angenommen. Bitte gleich noch einmal senden.") from None
        return repeated
    point("intake.after_commit")
    return answer


def stored_answer(antrag: Antrag) -> bytes | None:
    """The answer that the same application got before.

    Raises:
        Conflict: under its transactionId came an application with another content.
        Gone: its case was deleted when the time for which it is kept was over.
    """
    with db.reading() as tx:
        found = antraege.receipt(tx, antrag.transaction_id)
        gone = found is None and deleted.is_gone(tx, deleted.ANTRAG, antrag.transaction_id)
    if gone:
        raise Gone(
            "Unter dieser transactionId ist hier schon ein Antrag eingegangen. Der Vorgang dazu ist gelöscht, weil seine "
            "Aufbewahrungsfrist abgelaufen ist."
        )
    if found is None:
        return None
    content_hash, answer = found
    if content_hash != antrag.content_hash:
        raise Conflict(
            "Unter dieser transactionId ist schon ein Antrag mit anderem Inhalt eingegangen. "
            "Bitte eine neue transactionId verwenden."
        )
    return answer


def _put_away(antrag: Antrag) -> list[dict[str, Any]]:
    """Write the files before the transaction that names them."""
    made = [File(datei.name, datei.media_type, datei.content, datei.kind) for datei in antrag.dateien]
    for file in made:
        files.put(file.content)
    return dokument.rows(made)


def _bundle(tx: Tx, antrag: Antrag | None) -> Bundle:
    """The version to start; the post room's if the Leistung is not known here (or the unit is another's: None)."""
    version_id = leistung.find(tx, antrag.form_id, antrag.leika_ids) if antrag is not None else None
    version_id = version_id or leistung.current(tx, POSTEINGANG)
    if version_id is None:
        raise Unavailable("Diese Kommune hat noch keinen Posteingang. Bitte wenden Sie sich an den Betrieb.")
    return parameter.with_own(tx, leistung.version(tx, version_id))


@dataclass(frozen=True, slots=True)
class Begun:
    """The first step of an application, under the number that it will probably get."""

    nummer: str
    now: dt.datetime
    outcome: bpmn.Outcome


def begin(
    antrag: Antrag,
    bundle: Bundle,
    nummer: str,
    described: Sequence[Mapping[str, Any]],
    came_at: dt.datetime | None = None,
) -> Begun:
    """Do the first step of an application, outside any transaction: what it costs holds nobody up."""
    now = clock.now()
    given = start_variables(antrag, bundle, nummer, described, came_at or now)
    return Begun(nummer, now, bpmn.start(bundle.spec, bundle.process, given, now))


def open_antrag(
    tx: Tx,
    antrag: Antrag,
    bundle: Bundle,
    described: list[dict[str, Any]],
    begun: Begun,
    test_by: str | None = None,
    came: Came | None = None,
) -> bytes:
    """Make an application a Vorgang of that version, with its receipt; gives the answer that is kept.

    `begun` is its first step, done once more if others were faster and it gets another number. `test_by` is the login of the
    designer who tries the version with it, `came` how it came if not straight.

    Raises:
        Repeated: another delivery of the same application was faster.
    """
    came = came or Came()
    id, nummer = came.id or new_id(), vorgang.next_nummer(tx, bundle.short)
    if begun.nummer != nummer:
        begun = begin(antrag, bundle, nummer, described, came.at)
    now, outcome = begun.now, begun.outcome
    row = {
        "id": id, "nummer": nummer, "leistung": bundle.leistung, "name": antrag.name or bundle.name,
        "applicant": applicant(antrag), "version_id": bundle.id, "process": bundle.process,
        "stelle": stelle.key_of(tx, came.unit or antrag.stelle), "test_by": test_by,
    }  # fmt: skip
    fields = [_field(feld) for feld in antrag.felder]
    open_case(tx, row, outcome, [came.nummer, *search.answers(fields)])
    answer = came.answer or answer_of(antrag.transaction_id, id, nummer, now)
    values = {
        "transaction_id": antrag.transaction_id, "content_hash": antrag.content_hash, "answer": answer,
        "received_at": came.at or now, "vorgang_id": id, "stelle": antrag.stelle, "form_id": antrag.form_id,
        "fields": encode(fields),
    }  # fmt: skip
    if not tx.insert_once(antraege.T, values):
        raise Repeated
    dokument.add(tx, id, described)
    if came.at is not None:
        history.note(tx, id, 1, "central", came.nummer, "", SYSTEM.login)
    protokoll.record(tx, id, leistung=bundle.leistung, fassung=bundle.id, **({"zentral": came.nummer} if came.nummer else {}))
    return answer


def answer_of(transaction_id: str, id: str, nummer: str, at: dt.datetime) -> bytes:
    """What a form system is told of the Vorgang that its application has become."""
    told = {"vorgangId": id, "vorgangNummer": nummer, "status": vorgang.NEU, "statusSince": at.isoformat()}
    return json.dumps({"transactionId": transaction_id, "vorgang": told}, ensure_ascii=False).encode()


def start_variables(
    antrag: Antrag, bundle: Bundle, nummer: str, described: Sequence[Mapping[str, Any]], at: dt.datetime
) -> dict[str, Any]:
    """What a process knows when it starts: the application, who sent it and when, the case, the municipality's parameters."""
    konto = antrag.servicekonto
    return {
        "antrag": variables(antrag),
        "antragsteller": applicant(antrag),
        "servicekonto": None
        if konto is None
        else {
            "type": konto.type,
            "trustLevel": konto.trust_level,
            "postfachAddress": {"identifier": konto.identifier, "type": konto.address_type},
        },
        "dokumente": [dokument.reference(dict(row)) for row in described],
        "parameter": dict(bundle.parameters),
        "vorgang": {
            "aktenzeichen": nummer,
            "eingang": clock.local_day(at),
            "leistung": bundle.name,
            "kommune": db.slug(),
        },
    }


def _field(feld: Feld) -> dict[str, Any]:
    """An answer as it is kept for reading."""
    items = [_field(item) for item in feld.items]
    return {"name": feld.name, "label": feld.label, "kind": feld.kind, "value": feld.value, "items": items}
