"""Upload: a bundle or one file of it is checked; what has no error can be deployed, exactly as it was checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import bpmn, reads
from engine.base.errors import Cause, Conflict, Invalid, TooLarge, Unknown
from engine.model.bundle import Bundle
from engine.verbs.design import check_bundle, deploy_bundle, unpack_zip
from engine.verbs.revise import Changes, Located, Revision, changes, keep, kept, locate, revise
from web.identity import required_konto
from web.provision import SHARED
from web.routes import ROOM
from web.settings import MB
from web.studio.blueprint import studio, types

WRONG = 422
MAX_SHOWN = 300
MAX_DRAWING, MAX_DRAWINGS = 1_000_000, 6
"""Characters of a diagram that is drawn beside its findings, and how many of them."""
Answer = str | BaseResponse | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was uploaded: the files as they would be deployed, and what a single file among them replaces."""

    name: str
    files: Mapping[str, bytes]
    base: str | None
    revision: Revision | None


@studio.get("/hochladen")
def upload() -> str:
    """Choose a file to be checked."""
    return _form(request.args.get("leistung", ""))


@studio.post("/hochladen")
def check() -> Answer:
    """Check what was uploaded; nothing is stored while it has errors."""
    chosen = request.form.get("leistung", "")
    try:
        draft = _draft(chosen)
    except (Invalid, TooLarge) as refusal:
        return _form(chosen, refusal.causes or (Cause(refusal.sentence, pointer="/datei"),)), WRONG
    bundle, findings = check_bundle(draft.files, types())
    if bundle is None:
        return _findings(draft.files, findings, draft=draft, chosen=chosen), WRONG
    base = _current(bundle.leistung) if draft.base is None else draft.base
    return redirect(url_for("studio.show_check", check_id=keep(draft.files, base)), 303)


@studio.get("/pruefungen/<id:check_id>")
def show_check(check_id: str) -> Answer:
    """What was checked and can be deployed: warnings and advice, and what would change."""
    try:
        files, base = kept(check_id)
    except Unknown as gone:
        return _again(gone.sentence)
    bundle, findings = check_bundle(files, types())
    return _findings(files, findings, bundle=bundle, check_id=check_id, base=base)


@studio.post("/pruefungen/<id:check_id>/einsetzen")
def deploy(check_id: str) -> Answer:
    """Make what was checked the current version, byte for byte, unless another has become current since."""
    try:
        files, base = kept(check_id)
        id = deploy_bundle(files, types(), base=base, by=required_konto())
    except (Unknown, Conflict) as refusal:
        return _again(refusal.sentence)
    except Invalid as refusal:
        return _findings(files, refusal.causes), WRONG
    version = reads.get_version(id)
    flash(_("Fassung %(number)s von „%(name)s“ gilt ab jetzt. Laufende Vorgänge bleiben bei ihrer Fassung.",
            number=version.number, name=version.name))  # fmt: skip
    return redirect(url_for("studio.show_version", version_id=id), 303)


# --- what was uploaded ---------------------------------------------------------------------------------------------


def _draft(chosen: str) -> Draft:
    """The uploaded file as a whole bundle.

    Raises:
        Invalid, TooLarge: it is none; pointers name the field of the page.
    """
    given = request.files.get("datei")
    content = b"" if given is None else given.read()
    if given is None or not given.filename or not content:
        raise _missing("/datei", _("Bitte wählen Sie eine Datei aus, die nicht leer ist."))
    if len(content) > ROOM["studio.check"]:
        raise TooLarge(_("Die Datei ist zu groß; erlaubt sind %(most)s MB.", most=ROOM["studio.check"] // MB))
    if given.filename.lower().endswith(".zip") or content.startswith(b"PK\x03\x04"):
        try:
            return Draft(given.filename, unpack_zip(content, SHARED), None, None)
        except (Invalid, TooLarge) as refusal:
            causes = [Cause(f"{refusal.sentence} {cause.message}".strip(), cause.hint, "/datei") for cause in refusal.causes]
            raise Invalid(refusal.sentence, causes or [Cause(refusal.sentence, pointer="/datei")]) from refusal
    base = _current(chosen)
    if not base:
        hint = _("Eine einzelne Datei ersetzt die gleichnamige der geltenden Fassung; ein ganzes Paket kommt als ZIP.")
        raise _missing("/leistung", _("Bitte wählen Sie, zu welcher Leistung die Datei gehört."), hint)
    revision = revise(reads.bundle_of(base).files, given.filename, content)
    return Draft(given.filename, revision.files, base, revision)


def _missing(pointer: str, message: str, hint: str = "") -> Invalid:
    return Invalid(_("Es fehlt eine Angabe."), [Cause(message, hint, pointer)])


# --- pages ---------------------------------------------------------------------------------------------------------


def _form(chosen: str, causes: Sequence[Cause] = ()) -> str:
    offered = [version for version in reads.list_versions() if version.current]
    given = {"offered": offered, "chosen": chosen, "causes": causes, "most": ROOM["studio.check"]}
    return render_template("studio_hochladen.html", **given, most_mb=ROOM["studio.check"] // MB)


def _findings(
    files: Mapping[str, bytes],
    findings: Sequence[Cause],
    *,
    bundle: Bundle | None = None,
    draft: Draft | None = None,
    chosen: str = "",
    check_id: str = "",
    base: str = "",
) -> str:
    located = sorted(locate(files, findings), key=lambda found: RANK[found.cause.severity])
    shown = located[:MAX_SHOWN]
    current = _current(bundle.leistung) if bundle is not None else ""
    return render_template(
        "studio_pruefung.html",
        findings=shown,
        more=len(located) - len(shown),
        count={severity: sum(found.cause.severity == severity for found in located) for severity in RANK},
        drawings=_drawings(files, shown),
        draft=draft,
        chosen=chosen,
        bundle=bundle,
        check_id=check_id,
        same=bundle is not None and bundle.id == current,
        moved=bundle is not None and base != current,
        current=reads.get_version(current) if current else None,
        before=_before(bundle),
        changed=_changes(current, files),
    )


RANK = {"error": 0, "warning": 1, "advice": 2}


def _before(bundle: Bundle | None) -> reads.Version | None:
    """The older version that had just this content."""
    try:
        return None if bundle is None else reads.get_version(bundle.id)
    except Unknown:
        return None


def _changes(current: str, files: Mapping[str, bytes]) -> Changes | None:
    return changes(reads.bundle_of(current).files, files) if current else None


def _drawings(files: Mapping[str, bytes], shown: Sequence[Located]) -> list[dict[str, Any]]:
    """The diagrams that have a finding on an element they draw, unless they are too large to be drawn here."""
    names = dict.fromkeys(str(found.cause.file) for found in shown if found.drawn)
    texts = [(name, bpmn.as_text(files[name])) for name in list(names)[:MAX_DRAWINGS]]
    return [{"file": name, "xml": text if len(text) <= MAX_DRAWING else ""} for name, text in texts]


def _again(sentence: str, leistung: str = "") -> BaseResponse:
    flash(sentence)
    return redirect(url_for("studio.upload", leistung=leistung or None), 303)


def _current(key: str) -> str:
    """The current version of a Leistung; "" if there is none yet."""
    try:
        return reads.current_version(key)
    except Unknown:
        return ""
