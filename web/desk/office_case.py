"""What is done with a case of another municipality as a whole, by a gemeinsames Amt: reminders, its end, an arrival; and who of
us gets one of its tasks. The pages are those of our own cases; each press is done there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Cause, Conflict, Invalid, Unknown
from engine.base.rights import Konto
from web.desk import there
from web.desk.acts import BY_ENDPOINT, Answered, Place, act_on, arrived_on
from web.desk.blueprint import desk
from web.desk.elsewhere import CASE, ELSEWHERE, TASK, ask_there, do_there, page_of_case_elsewhere
from web.desk.notes import REMINDER, refused
from web.forms import WRONG, causes_of, made_id, text
from web.identity import required_konto
from web.typed import onward

ACTS = {
    reads.WITHDRAW: BY_ENDPOINT["desk.withdraw"],
    reads.CLOSE: BY_ENDPOINT["desk.close_without_notice"],
    reads.ARRIVED: BY_ENDPOINT["desk.record_arrival"],
}
"""What may be done with such a case; it is called there as here."""


@desk.route(f"{CASE}/handlungen/<name>", methods=["GET", "POST"])
def act_elsewhere(slug: str, grant_id: str, case_id: str, name: str) -> Answered:
    """Do something with a case of another municipality as a whole: why, what will happen, and a tick that it is meant."""
    if name not in ACTS:
        raise Unknown("Das gibt es hier nicht.")

    def look() -> tuple[reads.Vorgang, Collection[str]]:
        told = ask_there(slug, grant_id, "vorgang", vorgang=case_id)
        return there.case_of(told), told["handlungen"]

    def do(by: Konto) -> None:
        arrived = arrived_on() if name == reads.ARRIVED else None
        more = {"am": None if arrived is None else arrived.isoformat()} if name == reads.ARRIVED else {}
        do_there(slug, grant_id, name, vorgang=case_id, grund=text("grund"), **more)

    return act_on(ACTS[name], Place(_case(slug, grant_id, case_id), look, do))


def _case(slug: str, grant_id: str, case_id: str, anchor: str | None = None) -> str:
    return url_for("desk.show_case_elsewhere", slug=slug, grant_id=grant_id, case_id=case_id, _anchor=anchor)


# --- reminders -------------------------------------------------------------------------------------------------------


@desk.post(f"{CASE}/wiedervorlagen")
def remind_elsewhere(slug: str, grant_id: str, case_id: str) -> BaseResponse | tuple[str, int]:
    """Let such a case come up again on a day, there and in „Mein Tag“."""
    said = {"am": text("am"), "text": text("anlass"), "fuer_mich": text("fuer_mich") == "ja", "id": made_id()}
    try:
        do_there(slug, grant_id, "wiedervorlage", vorgang=case_id, **said)
    except Invalid as refusal:
        return page_of_case_elsewhere(slug, grant_id, case_id, refused(REMINDER, refusal)), WRONG
    flash(_("Die Wiedervorlage ist angelegt."))
    return redirect(_case(slug, grant_id, case_id, "notizen"), 303)


@desk.post(f"{ELSEWHERE}/wiedervorlagen/<id:reminder_id>/erledigt")
def settle_elsewhere(slug: str, grant_id: str, reminder_id: str) -> BaseResponse:
    """A reminder at such a case is done with."""
    told = do_there(slug, grant_id, "wiedervorlage.erledigen", wiedervorlage=reminder_id)
    flash(_("Die Wiedervorlage ist erledigt."))
    return redirect(_case(slug, grant_id, told["vorgang"], "notizen"), 303)


# --- a task for a colleague ------------------------------------------------------------------------------------------


@desk.get(f"{TASK}/weitergeben")
def choose_colleague_elsewhere(slug: str, grant_id: str, task_id: str) -> str:
    """Choose who of us is to have a task of another municipality."""
    return _colleagues(slug, grant_id, task_id, request.args.get("zurueck", ""))


@desk.post(f"{TASK}/weitergeben")
def hand_over_elsewhere(slug: str, grant_id: str, task_id: str) -> Answered:
    """Give it to a colleague, who is named there as who they are here now."""
    chosen, konto = text("an").strip(), required_konto()
    try:
        colleague = next((one for one in reads.colleagues_by(reads.get_held(slug, grant_id), konto) if one.id == chosen), None)
        if colleague is None:
            cause = Cause(_("Bitte wählen Sie, wer die Aufgabe bekommt."), pointer="/an")
            raise Invalid(_("Die Aufgabe lässt sich so nicht weitergeben."), [cause])
        do_there(slug, grant_id, "weitergeben", aufgabe=task_id, an=dataclasses.asdict(reads.clerk_of(colleague)))
        flash(_("Weitergegeben an %(who)s.", who=colleague.name))
    except Invalid as refusal:
        return _colleagues(slug, grant_id, task_id, text("zurueck"), chosen, causes_of(refusal)), WRONG
    except Conflict as conflict:
        flash(conflict.sentence)
    return redirect(_onward(text("zurueck"), slug, grant_id, task_id), 303)


def _onward(back: str, slug: str, grant_id: str, task_id: str) -> str:
    """To the list one came from, else to the task."""
    return onward(back) if back else url_for("desk.show_task_elsewhere", slug=slug, grant_id=grant_id, task_id=task_id)


def _colleagues(slug: str, grant_id: str, task_id: str, back: str, chosen: str = "", causes: Sequence[Cause] = ()) -> str:
    at: dict[str, Any] = {"slug": slug, "grant_id": grant_id, "task_id": task_id}
    task, held = there.task_of(ask_there(slug, grant_id, "aufgabe", aufgabe=task_id)), reads.get_held(slug, grant_id)
    return render_template(
        "weitergeben.html",
        task=task,
        colleagues=[(one.id, one.name) for one in reads.colleagues_by(held, required_konto())],
        chosen=chosen,
        causes=causes,
        possible=task.mine or task.free,
        holder=task.holder,
        target=url_for("desk.hand_over_elsewhere", **at),
        back=_onward(back, **at),
        after=back and onward(back),
        nobody=_("Außer Ihnen benutzt niemand diese Vereinbarung. Wer sie benutzt, hat Ihre Administration bestimmt."),
    )
