"""Messages to the applicant: written, looked at as they will go out, sent; and that one was opened, noted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.clock import ZONE
from engine.base.errors import Cause, Conflict, Invalid
from engine.base.ports import ReplyPolicy
from engine.verbs.post import checked_message, note_retrieval, send_message
from web.desk.acts import GONE, Answered
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of, chosen, made_id, text
from web.identity import required_konto

DRAFT = "entwurf"
UNITS = {"D": lazy("Tage"), "W": lazy("Wochen"), "M": lazy("Monate")}


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it was typed."""

    betreff: str
    text: str
    dokumente: frozenset[str]
    antwort: str
    frist: str
    einheit: str

    @property
    def reply(self) -> ReplyPolicy:
        return ReplyPolicy(self.antwort) if self.antwort in list(ReplyPolicy) else ReplyPolicy.FORBIDDEN

    @property
    def within(self) -> str | None:
        """The period that was asked for; without an answer there is none."""
        if self.reply == ReplyPolicy.FORBIDDEN or not self.frist:
            return None
        unit = self.einheit if self.einheit in UNITS else "D"
        number = int(self.frist) if self.frist.isascii() and self.frist.isdigit() and len(self.frist) <= 5 else self.frist
        return f"P{number}{unit}"


def _typed() -> Written:
    subject = " ".join(text("betreff").split())
    body = text("text").replace("\r\n", "\n")
    return Written(subject, body, chosen("dokumente"), text("antwort"), text("frist").strip(), text("einheit"))


@desk.route("/vorgaenge/<id:vorgang_id>/nachricht", methods=["GET", "POST"])
def write_message(vorgang_id: str) -> Answered:
    """Write to the applicant: first a look at what goes out, then it is sent."""
    head = reads.setting("briefkopf", {})
    asking = set(reads.tasks_that_ask(vorgang_id))
    documents = [one for one in reads.list_dokumente(vorgang_id) if one.kind != DRAFT]

    def look(written: Written, chosen: Sequence[str]) -> Any:
        content = (vorgang_id, written.betreff, written.text, chosen, written.reply)
        return checked_message(*content, written.within).deadline

    def send(written: Written, chosen: Sequence[str], until: dt.date | None, id: str) -> None:
        content = (vorgang_id, written.betreff, written.text, chosen, written.reply)
        send_message(*content, within=written.within, until=until, id=id, by=required_konto())

    return write(
        Mail(
            case=reads.get_vorgang(vorgang_id),
            to_case=url_for("desk.show_vorgang", vorgang_id=vorgang_id),
            mailbox=reads.mailbox_of(vorgang_id),
            sender=head.get("authority", "") if isinstance(head, dict) else "",
            documents=documents,
            asking=[
                (task.name, url_for("desk.show_aufgabe", aufgabe_id=task.id))
                for task in reads.list_aufgaben(vorgang_id=vorgang_id).items
                if task.id in asking
            ],
            look=look,
            send=send,
        )
    )


@dataclass(frozen=True, slots=True)
class Mail:
    """What a message is written about, and what is done with it, here or at another municipality.

    `look` gives the last day for an answer, `send` sends; both refuse what cannot be sent.
    """

    case: Any
    to_case: str
    mailbox: Any
    sender: str
    documents: Sequence[Any]
    asking: Sequence[tuple[str, str]]
    look: Callable[[Written, Sequence[str]], Any]
    send: Callable[[Written, Sequence[str], dt.date | None, str], object]


def write(mail: Mail) -> Answered:
    """One step of writing a message: typed, looked at, sent."""
    written = _typed()
    if request.method == "GET" or text("schritt") == "aendern":
        return _form(mail, written)
    documents = [one.id for one in mail.documents if one.id in written.dokumente]
    documents += sorted(written.dokumente - set(documents))  # what is none of them is refused by the verb
    try:
        if text("schritt") != "senden":
            return _preview(mail, written, mail.look(written, documents))
        mail.send(written, documents, _seen_day(), made_id())
    except Invalid as refusal:
        return _form(mail, written, causes_of(refusal)), WRONG
    except Conflict as refusal:
        return _preview(mail, written, mail.look(written, documents), causes_of(refusal)), GONE
    flash(_("Die Nachricht ist unterwegs. Sobald sie im Postfach liegt, steht das am Vorgang."))
    return redirect(f"{mail.to_case}#nachrichten", 303)


def _seen_day() -> dt.date | None:
    """The last day for an answer, as it was shown before sending."""
    try:
        return dt.date.fromisoformat(text("bis"))
    except ValueError:
        return None


def _form(mail: Mail, written: Written, causes: tuple[Cause, ...] = ()) -> str:
    return render_template(
        "nachricht.html",
        case=mail.case,
        to_case=mail.to_case,
        mailbox=mail.mailbox,
        documents=mail.documents,
        asking=mail.asking,
        written=written,
        units=UNITS,
        causes=causes,
        new_id=made_id(),
    )


def _preview(mail: Mail, written: Written, deadline: Any, causes: tuple[Cause, ...] = ()) -> str:
    return render_template(
        "nachricht_vorschau.html",
        case=mail.case,
        to_case=mail.to_case,
        mailbox=mail.mailbox,
        sender=mail.sender,
        documents=[one for one in mail.documents if one.id in written.dokumente],
        written=written,
        deadline=deadline,
        causes=causes,
        new_id=made_id(),
    )


@desk.route("/nachrichten/<id:nachricht_id>/geoeffnet", methods=["GET", "POST"])
def record_opening(nachricht_id: str) -> Answered:
    """Note by hand that the applicant has opened a message."""
    vorgang_id = reads.case_of_message(nachricht_id)
    causes: tuple[Cause, ...] = ()
    status = 200
    if request.method == "POST":
        try:
            note_retrieval(nachricht_id, _instant(), text("grund"), by=required_konto())
        except Invalid as refusal:
            causes, status = causes_of(refusal), WRONG
        except Conflict as refusal:
            causes, status = causes_of(refusal), GONE
        else:
            flash(_("Vermerkt, dass die Nachricht geöffnet wurde."))
            return _back(vorgang_id)
    message = next(one for one in reads.list_nachrichten(vorgang_id) if one.id == nachricht_id)
    values = {name: text(name) for name in ("tag", "uhrzeit", "grund")}
    page = render_template("abruf.html", case=reads.get_vorgang(vorgang_id), message=message, causes=causes, typed=values)
    return page, status


def _back(vorgang_id: str) -> BaseResponse:
    return redirect(url_for("desk.show_vorgang", vorgang_id=vorgang_id, _anchor="nachrichten"), 303)


def _instant() -> dt.datetime:
    """The instant that was typed, by the clocks of this place.

    Raises:
        Invalid: day or time are none.
    """
    causes = []
    day, time = dt.date.min, dt.time.min
    try:
        day = dt.date.fromisoformat(text("tag"))
    except ValueError:
        causes.append(Cause(_("Bitte geben Sie einen Tag an."), pointer="/tag"))
    try:
        time = dt.time.fromisoformat(text("uhrzeit"))
    except ValueError:
        causes.append(Cause(_("Bitte geben Sie eine Uhrzeit an."), _("Zum Beispiel 14:30."), "/uhrzeit"))
    if not causes and day.year < 2000:
        causes.append(Cause(_("Dieser Tag liegt zu weit zurück."), pointer="/tag"))
    if causes:
        raise Invalid(_("Der Abruf kann so nicht vermerkt werden."), causes)
    return dt.datetime.combine(day, time.replace(tzinfo=None), tzinfo=ZONE)
