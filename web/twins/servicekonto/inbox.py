"""The pages of the reference Servicekonto, for citizens: choose a mailbox, read, fetch documents, answer.

There is no login: this account stands in for a real one on a developer's machine and in the demo, and binds to
127.0.0.1 unless told otherwise.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import PurePosixPath
from sqlite3 import Connection, Row
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from web.twins.problems import Refusal
from web.twins.servicekonto import mailboxes
from web.twins.servicekonto.api import check_files
from web.twins.servicekonto.mailboxes import Attachment, Mailboxes

if TYPE_CHECKING:
    from web.twins.servicekonto import Limits

ZONE = ZoneInfo("Europe/Berlin")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
LONGEST_REPLY = 20_000
ACCOUNTS = {"BAYERN_ID": "BayernID", "BUND_ID": "BundID", "UNTERNEHMENSKONTO": "Unternehmenskonto"}
LEVELS = {1: "Basis", 2: "niedrig", 3: "substanziell", 4: "hoch"}
ENDINGS = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
           ".txt": "text/plain", ".xml": "application/xml"}  # fmt: skip


def blueprint(store: Mailboxes, limits: Limits, now: Callable[[], datetime]) -> Blueprint:
    """The routes of the pages."""
    pages = Blueprint("inbox", __name__)
    pages.add_app_template_filter(moment)
    pages.add_app_template_filter(day)
    pages.add_app_template_filter(size)
    pages.add_app_template_filter(account)

    @pages.get("/")
    def list_mailboxes() -> str:
        with store.reading() as db:
            return render_template("postfaecher.html", boxes=db.execute(BOXES).fetchall())

    @pages.get("/postfach/<int:box>")
    def show_mailbox(box: int) -> str:
        with store.reading() as db:
            found = db.execute("SELECT * FROM postfach WHERE id = ?", (box,)).fetchone()
            if found is None:
                raise Refusal(404, "Dieses Postfach gibt es nicht.")
            return render_template("postfach.html", box=found, messages=db.execute(MESSAGES, (box,)).fetchall())

    @pages.get("/nachricht/<number>")
    def read_message(number: str) -> str:
        return _page(store, limits, number, now())

    @pages.get("/nachricht/<number>/anlage/<int:file>")
    def fetch_attachment(number: str, file: int) -> Response:
        with store.transaction() as db:
            _open(db, number, now())
            found = db.execute("SELECT * FROM datei WHERE id = ? AND nachricht = ?", (file, number)).fetchone()
        if found is None:
            raise Refusal(404, "Diese Anlage gibt es nicht.")
        content = BytesIO(found["inhalt"])
        return send_file(content, mimetype=found["art"], as_attachment=True, download_name=found["name"])

    @pages.post("/nachricht/<number>/antwort")
    def answer_message(number: str) -> tuple[str, int] | BaseResponse:
        _same_site()
        at = now()
        text, files = request.form.get("text", "").strip(), _uploads(request.files.getlist("datei"))
        with store.transaction() as db:
            row = _open(db, number, at)
            sentence = _hindrance(row, text, files, limits, at)
            if sentence is None:
                mailboxes.reply(db, number, token=_token(), text=text, files=files, at=at)
        if sentence is not None:
            return _page(store, limits, number, at, text=text, error=sentence), 422
        return redirect(url_for("inbox.read_message", number=number) + "#antworten", code=303)

    return pages


BOXES = """
SELECT postfach.*, count(nachricht.id) AS alle, sum(nachricht.retrieved_at IS NULL) AS ungelesen,
       max(nachricht.provided_at) AS neueste
FROM postfach JOIN nachricht ON nachricht.postfach = postfach.id GROUP BY postfach.id ORDER BY neueste DESC
"""
MESSAGES = """
SELECT nachricht.*, (SELECT count(*) FROM datei WHERE datei.nachricht = nachricht.id) AS anlagen,
       (SELECT count(*) FROM erwiderung WHERE erwiderung.nachricht = nachricht.id) AS antworten
FROM nachricht WHERE postfach = ? ORDER BY provided_at DESC, rowid DESC
"""


def moment(text: str) -> str:
    """An instant as people here read it."""
    at = datetime.fromisoformat(text).astimezone(ZONE)
    return f"{day(at.date())}, {at:%H:%M} Uhr"


def day(value: date | str) -> str:
    """A day as people here write it."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{value.day}. {MONTHS[value.month - 1]} {value.year}"


def account(kind: str) -> str:
    """The name people know an account by."""
    return ACCOUNTS.get(kind, kind)


def size(count: int) -> str:
    """A number of bytes, rounded for people."""
    if count < 1024:
        return f"{count} Bytes"
    amount, unit = (count / 1024, "KB") if count < 1024 * 1024 else (count / (1024 * 1024), "MB")
    return f"{amount:.1f} {unit}".replace(".0 ", " ").replace(".", ",")


def _open(db: Connection, number: str, at: datetime) -> Row:
    try:
        return mailboxes.retrieve(db, number, at)
    except LookupError:
        raise Refusal(404, "Diese Nachricht gibt es nicht.") from None


def _page(store: Mailboxes, limits: Limits, number: str, at: datetime, *, text: str = "", error: str = "") -> str:
    """The page of one message; showing it is what counts as retrieval."""
    with store.transaction() as db:
        row = _open(db, number, at)
        files = db.execute("SELECT id, name, art, length(inhalt) AS bytes FROM datei WHERE nachricht = ?", (number,)).fetchall()
        replies = db.execute("SELECT * FROM erwiderung WHERE nachricht = ? ORDER BY gesendet_at, rowid", (number,)).fetchall()
        sent: dict[str, list[Row]] = {
            reply["id"]: db.execute(
                "SELECT name, length(inhalt) AS bytes FROM datei WHERE erwiderung = ?", (reply["id"],)
            ).fetchall()
            for reply in replies
        }
    words: dict[str, Any] = {
        "message": row,
        "files": files,
        "replies": replies,
        "sent": sent,
        "open": _may_answer(row, at),
        "level": LEVELS.get(row["vertrauensniveau"]),
        "token": str(uuid.uuid4()),
        "accept": ",".join(ending for ending, kind in ENDINGS.items() if kind in limits.attachment_types),
        "limits": limits,
        "text": text,
        "error": error,
    }
    return render_template("nachricht.html", **words)


def _may_answer(row: Row, at: datetime) -> bool:
    if row["antwort"] == "FORBIDDEN":
        return False
    until = row["antwort_bis"]
    return until is None or at.astimezone(ZONE).date() <= date.fromisoformat(until)


def _hindrance(row: Row, text: str, files: list[Attachment], limits: Limits, at: datetime) -> str | None:
    """Why an answer cannot be sent, as a sentence; None when it can."""
    if not _may_answer(row, at):
        return "Auf diese Nachricht können Sie nicht oder nicht mehr antworten."
    if not text and not files:
        return "Bitte schreiben Sie einen Text oder wählen Sie eine Datei aus."
    if len(text) > LONGEST_REPLY:
        return f"Ihr Text ist zu lang: höchstens {LONGEST_REPLY} Zeichen."
    try:
        check_files(files, limits)
    except Refusal as refusal:
        return refusal.sentence
    return None


def _uploads(parts: list[FileStorage]) -> list[Attachment]:
    """The chosen files; the type goes by the ending, because what a browser claims is no better."""
    files = []
    for part in parts:
        if not part.filename:
            continue
        name = PurePosixPath(part.filename.replace("\\", "/")).name
        kind = ENDINGS.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
        files.append(Attachment(name, kind, part.read()))
    return files


def _token() -> str:
    """The form's own id, so that sending the form twice is one answer."""
    try:
        return str(uuid.UUID(request.form.get("kennung", "")))
    except ValueError:
        raise Refusal(400, "Das Formular ist unvollständig; bitte laden Sie die Seite neu.") from None


def _same_site() -> None:
    """Refuse forms that another site sends in the citizen's browser; there is no session that could tell them apart."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, "Diese Antwort kam von einer fremden Seite und wurde nicht angenommen.")
