"""Incidents of all cases: what is stuck, and another attempt, one by one or many at once."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from engine import correct_incident, reads, retry_incident
from engine.base.errors import Cause, Conflict, Invalid, Problem
from engine.verbs.incidents import Typed
from forms.characters import cleaned
from web.forms import WRONG, causes_of, page_number, text, with_titles
from web.identity import required_konto
from web.operate.blueprint import operate

STATE = "seite-stand"
AT_ONCE = 10
MOST = 1000
SHOWN = 50
TYPES = {
    "userTask": _l("Aufgabe"), "serviceTask": _l("Auftrag an ein anderes System"), "sendTask": _l("Nachricht"),
    "scriptTask": _l("Berechnung"), "businessRuleTask": _l("Entscheidung nach Tabelle"), "callActivity": _l("Teilablauf"),
    "exclusiveGateway": _l("Verzweigung"), "parallelGateway": _l("Zusammenführung"), "subProcess": _l("Teilablauf"),
    "inclusiveGateway": _l("Verzweigung"), "transaction": _l("Teilablauf"), "adHocSubProcess": _l("Teilablauf"),
    "receiveTask": _l("Warten auf eine Nachricht"),
}  # fmt: skip


@operate.get("/stoerungen")
def list_incidents() -> str:
    """Everything that is stuck; alike ones together."""
    leistung = _asked("leistung")
    like = _asked("wie")
    groups = reads.list_alike(leistung)
    chosen = next((group for group in groups if group.id == like), None)
    return render_template(
        "stoerungen.html",
        groups=groups,
        chosen=chosen,
        leistungen=reads.leistungen_with_incidents(),
        leistung=leistung,
        page=reads.list_stuck(leistung=leistung, like=like, page=page_number("seite")),
        like=like,
    )


def _asked(name: str) -> str | None:
    return cleaned(request.args.get(name, ""))[:200] or None


@operate.route("/stoerungen/<id:incident_id>", methods=["GET", "POST"])
def show_incident(incident_id: str) -> str | BaseResponse | tuple[str, int]:
    """An incident with the values it may be about: look, correct and try again."""
    case = reads.get_stuck(incident_id)
    if request.method == "GET":
        return _page(case)
    typed = {
        each.path: Typed(cleaned(request.form[each.path]), text(f"{each.path}-art"))
        for each in case.values
        if each.path in request.form
    }
    try:
        goes_on = correct_incident(incident_id, typed, text(STATE), by=required_konto())
    except Invalid as refusal:
        return _page(case, typed, causes_of(refusal)), WRONG
    except Conflict as conflict:
        if not case.open:
            flash(conflict.sentence)
            return redirect(url_for("operate.list_incidents"), 303)
        return _page(case, typed, causes_of(conflict)), 409
    if goes_on:
        flash(_("Der Schritt wird noch einmal versucht. Was daraus wird, zeigt der Vorgang."))
        return redirect(url_for("desk.show_vorgang", vorgang_id=case.incident.vorgang_id), 303)
    flash(_("Der Schritt wurde noch einmal versucht und ist wieder stehen geblieben. Es gibt eine neue Störung dazu."))
    return redirect(url_for("operate.list_incidents"), 303)


def _page(case: reads.StuckCase, typed: dict[str, Typed] | None = None, causes: tuple[Cause, ...] = ()) -> str:
    simple = [each for each in case.values if each.kind != "ausdruck"]
    return render_template(
        "stoerung.html",
        case=case,
        simple=simple,
        rest=[each for each in case.values if each not in simple],
        typed=typed or {},
        causes=causes,
        summary=with_titles(causes, {each.path: each.path.replace("_", " ").replace(".", " › ") for each in case.values}),
        state_field=STATE,
        type=TYPES.get(case.type, ""),
    )


# --- many at once --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """One that could not go on: which, and why."""

    id: str
    nummer: str
    why: str


@operate.post("/stoerungen/wiederholen")
def retry_incidents() -> str | BaseResponse:
    """Try several again, each in a transaction of its own; some at a time, and the page asks for the next by itself."""
    chosen = _chosen()
    if not chosen and not text("gesamt"):
        flash(_("Bitte wählen Sie zuerst aus, was noch einmal versucht werden soll."))
        return redirect(url_for("operate.list_incidents"), 303)
    now, later = chosen[:AT_ONCE], chosen[AT_ONCE:]
    done, stuck = _counted("weiter"), [id for id in text("stehen").split() if id.isalnum()][:MOST]
    failed = [tried for tried in map(_try, now) if tried is not None]
    done += len(now) - len(failed)
    total = _counted("gesamt") or len(chosen)
    template = "stoerungen_fortschritt.html" if "HX-Request" in request.headers else "stoerungen_versucht.html"
    return render_template(
        template,
        total=total,
        done=done,
        later=later,
        stuck=[*stuck, *(tried.id for tried in failed)],
        failed=failed[:SHOWN],
        tried=total - len(later),
    )


def _chosen() -> list[str]:
    """The incidents to try, each once: those that were ticked, all that are like one, or what was left the last time."""
    if text("alle_wie"):
        return list(reads.alike_ids(text("alle_wie")[:40]))
    ids = [*request.form.getlist("stoerung"), *text("rest").split()]
    return list(dict.fromkeys(id for id in ids if id.isascii() and id.isalnum() and len(id) <= 40))[:MOST]


def _counted(name: str) -> int:
    given = text(name)
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0


def _try(id: str) -> Tried | None:
    """Try one; what it could not."""
    try:
        if retry_incident(id, {}, by=required_konto()):
            return None
        return Tried(id, reads.get_stuck(id).incident.nummer, _("wieder stehen geblieben; dazu gibt es eine neue Störung"))
    except Problem as problem:
        return Tried(id, "", problem.sentence)
