"""Acts on a case as a whole, each with a page of its own: why, what will happen, and a tick that it is meant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from werkzeug.wrappers import Response as BaseResponse

from engine import reads
from engine.base.errors import Cause, Conflict, Invalid, Unknown
from engine.base.rights import Konto
from engine.verbs.post import record_arrival as record_arrival_of
from engine.verbs.vorgang import POSTEINGANG
from engine.verbs.vorgang import assign as assign_case
from engine.verbs.vorgang import close_without_notice as close_case
from engine.verbs.vorgang import discard as discard_case
from engine.verbs.vorgang import forward as forward_case
from engine.verbs.vorgang import withdraw as withdraw_case
from web.desk.blueprint import desk
from web.forms import WRONG, causes_of, text
from web.identity import required_konto
from web.routes import ROUTES

GONE = 409
ASSIGN = "zuordnen"
Answered = str | BaseResponse | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Act:
    """An act as people read of it. `way` says by which name a case allows it, `asks` what is asked besides the reason."""

    endpoint: str
    title: Any
    says: Any
    button: Any
    done: Any
    way: str
    asks: str = ""


def ways_of(case: reads.Vorgang) -> frozenset[str]:
    """What can be done with a case as it is now."""
    in_post_room = case.closed_at is None and case.leistung == POSTEINGANG
    return reads.ways_to_act(case.id) | ({ASSIGN} if in_post_room else set())


ACTS = (
    Act(
        "desk.assign",
        lazy("Einer Leistung zuordnen"),
        lazy("Der Ablauf der Leistung beginnt mit diesem Antrag von vorn; Aktenzeichen, Dokumente und Verlauf bleiben."),
        lazy("Zuordnen"),
        lazy("Der Vorgang ist zugeordnet; der Ablauf der Leistung hat begonnen."),
        ASSIGN,
        "leistung",
    ),
    Act(
        "desk.record_arrival",
        lazy("Zugang feststellen"),
        lazy(
            "Der Bescheid kam später an, als das Gesetz vermutet, oder gar nicht. Die Vermutung entfällt damit: Bei einem "
            "späteren Tag beginnt die Frist für den Rechtsbehelf erst dann; kam er nicht an, wird er auf anderem Weg "
            "zugestellt. Der Ablauf geht sofort weiter. Ist die Frist schon vorbei, wird es vermerkt, und der Vorgang kommt "
            "heute zur Wiedervorlage: Ein Mensch prüft, ob der Bescheid bestandskräftig ist."
        ),
        lazy("Feststellen"),
        lazy("Der Zugang ist festgestellt."),
        reads.ARRIVED,
        "zugang",
    ),
    Act(
        "desk.withdraw",
        lazy("Rücknahme des Antrags vermerken"),
        lazy(
            "Die antragstellende Person hat ihren Antrag zurückgenommen. Der Vorgang wird abgeschlossen: Offene Aufgaben und "
            "Fristen entfallen, und es geht nichts mehr hinaus. Das lässt sich nicht rückgängig machen."
        ),
        lazy("Rücknahme vermerken und abschließen"),
        lazy("Die Rücknahme ist vermerkt; der Vorgang ist abgeschlossen."),
        reads.WITHDRAW,
    ),
    Act(
        "desk.close_without_notice",
        lazy("Ohne Bescheid abschließen"),
        lazy(
            "Es braucht keinen Bescheid, etwa weil sich der Antrag erledigt hat. Der Vorgang wird abgeschlossen: Offene "
            "Aufgaben und Fristen entfallen, und es geht nichts mehr hinaus. Das lässt sich nicht rückgängig machen."
        ),
        lazy("Ohne Bescheid abschließen"),
        lazy("Der Vorgang ist ohne Bescheid abgeschlossen."),
        reads.CLOSE,
    ),
    Act(
        "desk.forward",
        lazy("An eine andere Behörde weiterleiten"),
        lazy(
            "Eine andere Behörde ist zuständig. Hier wird vermerkt, welche, und der Vorgang abgeschlossen; übersandt wird der "
            "Antrag damit noch nicht. Das lässt sich nicht rückgängig machen."
        ),
        lazy("Weiterleitung vermerken und abschließen"),
        lazy("Die Weiterleitung ist vermerkt; der Vorgang ist abgeschlossen."),
        reads.CLOSE,
        "an",
    ),
    Act(
        "desk.discard",
        lazy("Verwerfen"),
        lazy(
            "Was einging, ist kein Antrag, etwa Werbung oder eine doppelte Sendung. Der Vorgang wird abgeschlossen; offene "
            "Aufgaben und Fristen entfallen. Das lässt sich nicht rückgängig machen."
        ),
        lazy("Verwerfen"),
        lazy("Der Vorgang ist verworfen."),
        reads.CLOSE,
    ),
)
BY_ENDPOINT = {act.endpoint: act for act in ACTS}


def may(konto: Konto, endpoint: str) -> bool:
    """Whether a Konto has the right that a page asks for."""
    right = ROUTES.get(endpoint)
    return isinstance(right, str) and konto.may(right)


def offered(case: reads.Vorgang, konto: Konto) -> list[Act]:
    """The acts that a Konto may do with a case as it is now."""
    allowed = [act for act in ACTS if may(konto, act.endpoint)]
    ways = ways_of(case) if allowed else ()
    return [act for act in allowed if act.way in ways]


@desk.route("/vorgaenge/<id:vorgang_id>/zurueckgenommen", methods=["GET", "POST"])
def withdraw(vorgang_id: str) -> Answered:
    """Note that the applicant has taken the application back."""
    return _act(vorgang_id, lambda by: withdraw_case(vorgang_id, text("grund"), by=by))


@desk.route("/vorgaenge/<id:vorgang_id>/ohne-bescheid", methods=["GET", "POST"])
def close_without_notice(vorgang_id: str) -> Answered:
    """Close a case that needs no notice."""
    return _act(vorgang_id, lambda by: close_case(vorgang_id, text("grund"), by=by))


@desk.route("/vorgaenge/<id:vorgang_id>/weiterleiten", methods=["GET", "POST"])
def forward(vorgang_id: str) -> Answered:
    """Note which other authority is competent, and close the case."""
    return _act(vorgang_id, lambda by: forward_case(vorgang_id, text("an"), text("grund"), by=by))


@desk.route("/vorgaenge/<id:vorgang_id>/verwerfen", methods=["GET", "POST"])
def discard(vorgang_id: str) -> Answered:
    """Close what is no application."""
    return _act(vorgang_id, lambda by: discard_case(vorgang_id, text("grund"), by=by))


@desk.route("/vorgaenge/<id:vorgang_id>/zuordnen", methods=["GET", "POST"])
def assign(vorgang_id: str) -> Answered:
    """Give a case of the post room to a Leistung."""
    choices = [(one.key, one.name) for one in reads.list_leistungen() if one.key != POSTEINGANG]

    def do(by: Konto) -> None:
        try:
            assign_case(vorgang_id, text("leistung"), by=by)
        except Unknown as unknown:
            reads.get_vorgang(vorgang_id)
            raise Invalid(unknown.sentence, [Cause(_("Bitte wählen Sie eine Leistung."), pointer="/leistung")]) from unknown

    return _act(vorgang_id, do, choices=choices)


@desk.route("/vorgaenge/<id:vorgang_id>/zugang", methods=["GET", "POST"])
def record_arrival(vorgang_id: str) -> Answered:
    """Record that a notice arrived later than presumed, or never."""

    def do(by: Konto) -> None:
        record_arrival_of(vorgang_id, arrived_on(), text("grund"), by=by)

    return _act(vorgang_id, do)


def arrived_on() -> dt.date | None:
    """The day that was typed, or None for never.

    Raises:
        Invalid: neither was said.
    """
    how = text("art")
    if how == "nie":
        return None
    cause = Cause(_("Bitte sagen Sie, wann der Bescheid ankam, oder dass er nicht ankam."), pointer="/art")
    if how == "tag":
        try:
            return dt.date.fromisoformat(text("zugang"))
        except ValueError:
            cause = Cause(_("Bitte geben Sie einen Tag an."), pointer="/zugang")
    raise Invalid(_("Der Zugang kann so nicht festgestellt werden."), [cause])


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act is done: `look` gives the case and how it may be acted on, `do` does it; then one goes back to the case."""

    to_case: str
    look: Callable[[], tuple[reads.Vorgang, Collection[str]]]
    do: Callable[[Konto], object]


def _act(vorgang_id: str, do: Callable[[Konto], None], **more: Any) -> Answered:
    """Show the page of an act on a case of ours, or do it and go back to the case."""

    def look() -> tuple[reads.Vorgang, Collection[str]]:
        case = reads.get_vorgang(vorgang_id)
        return case, ways_of(case)

    here = Place(url_for("desk.show_vorgang", vorgang_id=vorgang_id), look, do)
    return act_on(BY_ENDPOINT[str(request.endpoint)], here, **more)


def act_on(act: Act, place: Place, **more: Any) -> Answered:
    """Show the page of an act, or do it and go back to the case."""
    if request.method == "GET":
        return _page(act, place, **more)
    try:
        _meant()
        place.do(required_konto())
    except Invalid as refusal:
        return _page(act, place, causes=causes_of(refusal), **more), WRONG
    except Conflict as refusal:
        return _page(act, place, causes=causes_of(refusal), **more), GONE
    flash(str(act.done))
    return redirect(place.to_case, 303)


def _meant() -> None:
    if text("bestaetigt") != "ja":
        cause = Cause(_("Bitte bestätigen Sie, dass Sie das wollen."), pointer="/bestaetigt")
        raise Invalid(_("Das braucht Ihre Bestätigung."), [cause])


def _page(act: Act, place: Place, causes: tuple[Cause, ...] = (), **more: Any) -> str:
    case, ways = place.look()
    fits = act.way in ways
    return render_template(
        "handlung.html", case=case, to_case=place.to_case, act=act, fits=fits, causes=causes, typed=_typed(), **more
    )


def _typed() -> Mapping[str, str]:
    return {name: text(name) for name in ("grund", "an", "leistung", "art", "zugang", "bestaetigt")}
