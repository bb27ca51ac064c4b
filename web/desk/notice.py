"""The notice workshop: a draft's parts as text, to be changed, seen as PDF while one writes, and saved.

Every button sends the whole text along, so that nothing typed is lost; only „Speichern“ keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Cause, Conflict, Invalid, Unavailable
from engine.base.ports import ConnectorError, Letter, Renderer
from engine.verbs.bescheid import approve_change, change_draft
from engine.verbs.settings import logo_of
from forms.characters import cleaned
from web.desk.blueprint import desk
from web.desk.words import editors_of
from web.identity import required_konto
from web.language import ROLE_NAMES
from web.security import INLINE_POLICY, limiter

Part = dict[str, str]
OPEN = ("entwurf", "freigegeben")
PREVIEWS = "120 per minute"


@dataclass(slots=True)
class Desk:
    """What the page shows: the parts as they are typed, and what became of the last press of a button."""

    parts: list[Part]
    seen: str
    focus: int | None = None
    causes: Sequence[Cause] = ()
    sentence: str = ""
    theirs: Mapping[int, Part] = field(default_factory=dict)
    changed_by: str = ""
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a draft: its case, how its approval stands, and where links and buttons lead.

    `waiting` are the tasks that approve it: name, address, for whom. `mine`: who looks at it has changed it.
    """

    case: reads.Vorgang
    to_case: str
    here: str
    preview: str
    as_kept: str
    approve: str
    waiting: Sequence[tuple[str, str, Sequence[str]]]
    by_hand: bool
    hindrance: str
    mine: bool
    names: Mapping[str, str]
    origin: str = ""
    """The municipality it belongs to, if not ours."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a draft is worked on, here or at another municipality: how it is read, and how a change is saved."""

    read: Callable[[], reads.Werkstatt]
    save: Callable[[Sequence[Part], str], object]
    around: Callable[[reads.Werkstatt], Around]


def _of_ours(bescheid_id: str) -> Workplace:
    return Workplace(
        lambda: reads.workshop(bescheid_id),
        lambda parts, seen: change_draft(bescheid_id, parts, seen, by=required_konto()),
        _around,
    )


@desk.get("/bescheide/<id:bescheid_id>")
def show_bescheid(bescheid_id: str) -> str:
    """The draft of a notice, to be changed; what is issued or replaced, to be read."""
    return show(_of_ours(bescheid_id))


def show(place: Workplace) -> str:
    """The page of a draft."""
    found = place.read()
    return _page(found, Desk(shown_parts(found.parts), found.bescheid.content_hash), place.around(found))


@desk.post("/bescheide/<id:bescheid_id>")
def edit_bescheid(bescheid_id: str) -> BaseResponse | tuple[str, int] | str:
    """Save the draft, or rearrange its parts without saving."""
    return edit(_of_ours(bescheid_id))


def edit(place: Workplace) -> BaseResponse | tuple[str, int] | str:
    """What a button of that page does."""
    found = place.read()
    around = place.around(found)
    page = Desk(typed_parts(), request.form.get("gesehen", ""), dirty=True)
    act = request.form.get("tun", "speichern")
    if act != "speichern":
        page.focus = rearrange(page.parts, act, request.form, found)
        return _page(found, page, around)
    try:
        place.save(page.parts, page.seen)
    except Invalid as invalid:
        page.sentence, page.causes = invalid.sentence, invalid.causes
        return _page(found, page, around), 422
    except Conflict as conflict:
        fresh = place.read()
        _compare(page, fresh, conflict.sentence, around.names)
        return _page(fresh, page, place.around(fresh)), 409
    flash(_("Der Entwurf ist gespeichert."))
    return redirect(around.here, 303)


@desk.post("/bescheide/<id:bescheid_id>/freigeben")
def approve_bescheid(bescheid_id: str) -> BaseResponse:
    """Approve a draft that was changed after its task had been completed."""
    try:
        approve_change(bescheid_id, request.form.get("gesehen", ""), by=required_konto())
        flash(_("Der Entwurf ist freigegeben."))
    except Conflict as conflict:
        flash(conflict.sentence)
    return redirect(url_for("desk.show_bescheid", bescheid_id=bescheid_id), 303)


@desk.post("/bescheide/<id:bescheid_id>/vorschau")
@limiter.limit(PREVIEWS, key_func=lambda: required_konto().id)
def preview_bescheid(bescheid_id: str) -> Response:
    """The parts as they are typed, as PDF; nothing is kept."""
    return as_pdf(*_with_logo(reads.preview_of(bescheid_id, typed_parts())))


@desk.get("/bescheide/<id:bescheid_id>/entwurf.pdf")
@limiter.limit(PREVIEWS, key_func=lambda: required_konto().id)
def show_entwurf(bescheid_id: str) -> Response:
    """The draft as it is kept, as PDF."""
    return as_pdf(*_with_logo(reads.preview_of(bescheid_id, shown_parts(reads.workshop(bescheid_id).parts))))


def _with_logo(letter: Letter) -> tuple[Letter, bytes]:
    return letter, logo_of(letter, None)


def as_pdf(letter: Letter, logo: bytes) -> Response:
    """A letter as PDF, to be looked at inside a page of ours."""
    renderer: Renderer = current_app.extensions["renderer"]()
    try:
        content = renderer.render(letter, logo)
    except ConnectorError as error:
        raise Unavailable(_("Die Vorschau lässt sich so nicht zeigen: %(error)s", error=error)) from error
    response = Response(content, content_type="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename="Entwurf.pdf")
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


# --- the parts as they are typed -----------------------------------------------------------------------------------


def shown_parts(parts: Sequence[Any]) -> list[Part]:
    return [{"kind": part.kind, "heading": part.heading, "text": part.text} for part in parts]


def typed_parts() -> list[Part]:
    """The parts that the page sent, in its order."""
    columns = [[_text(value) for value in request.form.getlist(name)] for name in ("kind", "heading", "text")]
    return [{"kind": kind, "heading": heading, "text": text} for kind, heading, text in zip(*columns, strict=False)]


def _text(value: str) -> str:
    return cleaned(value.replace("\r\n", "\n").replace("\r", "\n"))


def rearrange(parts: list[Part], act: str, chosen: Mapping[str, str], found: reads.Werkstatt) -> int | None:
    """Add, move or remove a part, or give it another text of the bundle; gives the part to go on at."""
    verb, _dash, number = act.partition("-")
    if verb == "neu":
        return _add(parts, chosen.get("neu", ""), found)
    index = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else len(parts)
    if index >= len(parts):
        return None
    kinds, kind = found.kinds, parts[index]["kind"]
    if verb == "weg" and kind in kinds and not kinds[kind].required:
        parts.pop(index)
        return min(index, len(parts) - 1)
    if verb in ("auf", "ab"):
        other = index - 1 if verb == "auf" else index + 1
        if movable(parts, index, other, kinds):
            parts[index], parts[other] = parts[other], parts[index]
            return other
    if verb == "variante":
        _choose(parts[index], chosen.get(f"variante-{index}", ""), found)
    return index


def movable(parts: Sequence[Part], index: int, other: int, kinds: Mapping[str, reads.Art]) -> bool:
    """Whether two neighbours may change places: ancillary provisions among themselves."""
    both = (index, other)
    return all(0 <= one < len(parts) and parts[one]["kind"] in kinds and kinds[parts[one]["kind"]].ancillary for one in both)


def _add(parts: list[Part], kind: str, found: reads.Werkstatt) -> int | None:
    """A new part where the law's order has it, with the bundle's text if there is one."""
    if kind not in found.kinds or not found.kinds[kind].addable:
        return None
    ranks = {name: rank for rank, name in enumerate(found.kinds)}
    before = [index for index, part in enumerate(parts) if ranks.get(part["kind"], 0) <= ranks[kind]]
    at = max(before) + 1 if before else 0
    text = next((each for each in found.variants if each.kind == kind and not each.lacks), None)
    parts.insert(at, {"kind": kind, "heading": "", "text": text.text if text is not None else ""})
    return at


def _choose(part: Part, number: str, found: reads.Werkstatt) -> None:
    offers = [each for each in found.variants if each.kind == part["kind"]]
    if number.isascii() and number.isdigit() and int(number[:4]) < len(offers) and not offers[int(number[:4])].lacks:
        part["text"] = offers[int(number[:4])].text


def _compare(page: Desk, fresh: reads.Werkstatt, sentence: str, names: Mapping[str, str]) -> None:
    """Somebody else saved meanwhile: show their text beside one's own, part by part; to save again is to decide."""
    theirs = shown_parts(fresh.parts)
    page.sentence, page.seen = sentence, fresh.bescheid.content_hash
    free = list(theirs)
    for index, part in enumerate(page.parts):
        found = next((one for one in free if one["kind"] == part["kind"]), None)
        if found is None:
            page.theirs = {**page.theirs, index: {"kind": part["kind"], "heading": "", "text": ""}}
            continue
        free.remove(found)
        if found != part:
            page.theirs = {**page.theirs, index: found}
    page.theirs = {**page.theirs, **{len(page.parts) + number: one for number, one in enumerate(free)}}
    page.changed_by = ", ".join(editors_of(fresh.bescheid, names))


# --- the page ------------------------------------------------------------------------------------------------------


def _around(found: reads.Werkstatt) -> Around:
    """What stands around a draft of ours."""
    konto, notice = required_konto(), found.bescheid
    approval, groups = reads.approval_of(notice.vorgang_id), {**ROLE_NAMES, **reads.names_of_stellen()}
    by_hand = approval.done if notice.state == "entwurf" and not approval.waiting else None
    return Around(
        case=reads.get_vorgang(notice.vorgang_id),
        to_case=url_for("desk.show_vorgang", vorgang_id=notice.vorgang_id),
        here=url_for("desk.show_bescheid", bescheid_id=notice.id),
        preview=url_for("desk.preview_bescheid", bescheid_id=notice.id),
        as_kept=url_for("desk.show_entwurf", bescheid_id=notice.id),
        approve=url_for("desk.approve_bescheid", bescheid_id=notice.id),
        waiting=[
            (task.name, url_for("desk.show_aufgabe", aufgabe_id=task.id), [groups.get(key, key) for key in task.groups])
            for task in approval.waiting
        ],
        by_hand=by_hand is not None,
        hindrance=reads.hindrance(by_hand, konto) if by_hand is not None else "",
        mine=konto.login in notice.editors,
        names=reads.names_of_konten(),
    )


def _page(found: reads.Werkstatt, page: Desk, around: Around) -> str:
    notice = found.bescheid
    return render_template(
        "bescheid.html",
        notice=notice,
        around=around,
        case=around.case,
        open=notice.state in OPEN,
        page=page,
        kinds=found.kinds,
        offers={kind: [each for each in found.variants if each.kind == kind] for kind in found.kinds},
        movable=lambda index, other: movable(page.parts, index, other, found.kinds),
        at={index: [cause for cause in page.causes if _is_at(cause, index)] for index in range(len(page.parts))},
        names=around.names,
        login=required_konto().login,
    )


def _is_at(cause: Cause, index: int) -> bool:
    return (cause.pointer or "").startswith(f"/abschnitte/{index}/")
