"""Guest notice: how clerks of another municipality write, change and approve our Bescheide, by a gemeinsames Amt.

The draft stays here, with its approval and four eyes; what goes over is what the page of a draft is made of. Each function
answers one operation of `engine.verbs.guests`, which has checked that the grant opens the case of the Bescheid.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from engine import reads
from engine.base import db, files
from engine.base.errors import Unreadable
from engine.base.rights import Konto
from engine.model import bescheid
from engine.verbs.bescheid import approve_change, change_draft
from engine.verbs.guest_tasks import look_at
from engine.verbs.kommune import show_kommune

Content = Mapping[str, Any]
PART = ("kind", "heading", "text")
MOST_PARTS = 200


def show(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """A draft as it may be changed: its parts, the kinds of parts, the texts of its bundle, and how its approval stands."""
    found, names = reads.workshop(arguments["bescheid"]), reads.names_of_konten()
    notice = found.bescheid
    look_at(notice.vorgang_id, by=guest)
    case, approval = reads.get_vorgang(notice.vorgang_id), reads.approval_of(notice.vorgang_id)
    by_hand = approval.done if notice.state == bescheid.DRAFT and not approval.waiting else None
    return {
        **head(notice, names),
        "fall": head_of_case(case),
        "sections": [dataclasses.asdict(section) for section in notice.sections],
        "mitgewirkt": guest.login in notice.editors,
        "abschnitte": [dataclasses.asdict(part) for part in found.parts],
        "arten": [dataclasses.asdict(kind) for kind in found.kinds.values()],
        "bausteine": [dataclasses.asdict(variant) for variant in found.variants],
        "wartet": [{"id": task.id, "name": task.name} for task in approval.waiting],
        "von_hand": by_hand is not None,
        "hinderung": "" if by_hand is None else reads.hindrance(by_hand, guest),
    }  # fmt: skip


def head(notice: reads.Bescheid, names: Mapping[str, str]) -> dict[str, Any]:
    """What a list of notices shows; people are named."""
    return {
        "id": notice.id, "vorgang": notice.vorgang_id, "name": notice.name, "state": notice.state,
        "content_hash": notice.content_hash, "editors": [names.get(login, login) for login in notice.editors],
        "drafted_at": notice.drafted_at.isoformat(), "approved_by": named(notice.approved_by, names),
        "approved_at": _instant(notice.approved_at), "issued_at": _instant(notice.issued_at), "sha256": notice.sha256,
        "outdated": notice.outdated,
    }  # fmt: skip


def head_of_case(case: reads.Vorgang) -> dict[str, Any]:
    """What every page of a case says above all else."""
    return {
        "id": case.id, "nummer": case.nummer, "name": case.name, "leistung": case.leistung, "applicant": case.applicant,
        "status": case.status, "opened_at": case.opened_at.isoformat(), "closed_at": _instant(case.closed_at),
        "origin": case.origin, "origin_name": case.origin_name, "kommune": show_kommune(db.slug()).name,
    }  # fmt: skip


def named(login: str | None, names: Mapping[str, str]) -> str | None:
    """What somebody is called; logins of ours do not go over."""
    return None if login is None else names.get(login, "")


def preview(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """The letter with these parts, to be set as a PDF where it is looked at; nothing is kept."""
    written = parts(arguments)
    look_at(reads.get_bescheid(arguments["bescheid"]).vorgang_id, by=guest)  # a letter says more of a case than its page
    letter = reads.preview_of(arguments["bescheid"], written)
    logo = letter.letterhead.logo
    picture = base64.b64encode(files.get(logo)).decode("ascii") if logo else ""
    return {"brief": bescheid.content_of(letter).decode(), "logo": picture}


def change(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Write other text into a draft; an approval it had is void."""
    changed = change_draft(arguments["bescheid"], parts(arguments), str(arguments.get("gesehen", "")), by=guest)
    return {"content_hash": changed.content_hash}


def approve(row: Any, guest: Konto, arguments: Mapping[str, Any]) -> Content:
    """Approve a draft that was changed after its task had been completed."""
    approved = approve_change(arguments["bescheid"], str(arguments.get("gesehen", "")), by=guest)
    return {"state": approved.state}


def parts(arguments: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """The parts of a draft as a request brings them.

    Raises:
        Unreadable: they are none.
    """
    sent = arguments.get("abschnitte")
    if not isinstance(sent, list) or len(sent) > MOST_PARTS or not all(isinstance(one, Mapping) for one in sent):
        raise Unreadable("Die Abschnitte des Bescheids sind nicht lesbar.")
    return [{name: str(one.get(name, "")) for name in PART} for one in sent]


def _instant(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat()
