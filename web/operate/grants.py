"""Befugnisse: all that other municipalities may do here, and what this one may do there; who used it, and an end to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from engine import keep_signed, reads
from engine.base.errors import Cause, Conflict, Invalid, Problem, Unknown
from engine.base.rights import GIVE_HELP, Konto
from engine.model import grant
from engine.verbs.cooperate import end_grant as end_given
from engine.verbs.held import drop_held
from web import neighbours
from web.forms import WRONG, causes_of, chosen, page_number, text
from web.identity import required_konto
from web.language import ROLE_NAMES
from web.operate import agreements
from web.operate.blueprint import operate
from web.operate.vertretungen import groups

KINDS = {grant.AMTSHILFE: _l("Amtshilfe"), **agreements.KINDS}
BECAUSE = {grant.ANSWERED: _l("beantwortet"), **agreements.ENDED_BECAUSE}
FORMS = {
    grant.DELEGATION: _l("§ 18 GkZ: Die Aufgabe geht über; geschrieben wird unter dem Briefkopf der anderen Kommune"),
    grant.MANDATE: _l("§ 19a GkZ: Die andere Kommune handelt in unserem Namen und unter unserem Briefkopf"),
}
# What a grant allows, in few words; a test holds it and what grants can give together.
ALLOWS = {
    "vorgang.lesen": _l("Vorgänge ansehen"),
    "vorgang.bearbeiten": _l("Kommentare und Wiedervorlagen schreiben, Vorgänge abschließen"),
    "aufgabe.bearbeiten": _l("Aufgaben und Bescheide bearbeiten"),
    "nachricht.senden": _l("der antragstellenden Person schreiben"),
    GIVE_HELP: _l("das Ersuchen lesen und beantworten"),
}
# What somebody has done by a grant, by the tag of the act; a test holds it and what guests can do together.
DID = {
    "befugnis:eingesehen": _l("Vorgang angesehen"),
    "amtshilfe:eingesehen": _l("Ersuchen angesehen"),
    "amtshilfe:beantwortet": _l("Ersuchen beantwortet"),
    "aufgabe:uebernommen": _l("Aufgabe übernommen"),
    "aufgabe:zurueckgegeben": _l("Aufgabe zurückgegeben"),
    "aufgabe:weitergegeben": _l("Aufgabe weitergegeben"),
    "aufgabe:abgeschlossen": _l("Aufgabe erledigt"),
    "aufgabe:entwurf": _l("Entwurf eines Formulars gespeichert"),
    "aufgabe:entwurf-verworfen": _l("Entwurf eines Formulars verworfen"),
    "aufgabe:datei-hochgeladen": _l("Datei hochgeladen"),
    "bescheid:geaendert": _l("Bescheid geändert"),
    "bescheid:freigegeben": _l("Bescheid freigegeben"),
    "nachricht:gesendet": _l("Nachricht gesendet"),
    "vorgang:kommentar": _l("Kommentar geschrieben"),
    "vorgang:wiedervorlage": _l("Wiedervorlage angelegt"),
    "vorgang:wiedervorlage-erledigt": _l("Wiedervorlage erledigt"),
    "vorgang:zurueckgenommen": _l("Rücknahme des Antrags vermerkt"),
    "vorgang:ohne-bescheid": _l("Ohne Bescheid abgeschlossen"),
    "bekanntgabe:zugang": _l("Zugang festgestellt"),
}
Answered = str | BaseResponse | tuple[str, int]
HELD = "/befugnisse/von/<slug:slug>/<id:grant_id>"


@operate.get("/befugnisse")
def list_grants() -> str:
    """All grants, given and held, with who used them and the way to their end."""
    given, held = reads.list_grants(page=page_number("gegeben")), reads.list_held(page_number("erhalten"))
    return render_template(
        "befugnisse.html",
        given=given,
        held=held,
        users=reads.users_of_grants([one.id for one in given.items]),
        ours=reads.own_users(held.items),
        opens=opens,
        used_by=used_by,
        kinds=KINDS,
        states=agreements.STATES,
        gone=reads.neighbours_gone(),
    )


@operate.get("/befugnisse/<id:grant_id>")
def show_grant(grant_id: str) -> str:
    """A grant we have given: what it opens, who has used it."""
    return _page(grant_id)


@operate.post("/befugnisse/<id:grant_id>/beenden")
def end_grant(grant_id: str) -> Answered:
    """End a grant we have given."""
    if text("bestaetigt") != "ja":
        return _page(grant_id, _not_meant()), WRONG
    ended = end_given(grant_id, by=required_konto())
    flash(_("Die Befugnis ist beendet.") if ended else _("Die Befugnis war schon beendet."))
    return redirect(url_for("operate.show_grant", grant_id=grant_id), 303)


def _page(grant_id: str, causes: tuple[Cause, ...] = ()) -> str:
    given = reads.get_grant(grant_id)
    return render_template(
        "befugnis.html",
        grant=given,
        gone=reads.is_gone(given.guest),
        uses=reads.list_uses(grant_id, page_number("seite")),
        people=reads.names_of_konten(),
        opens=opens,
        kinds=KINDS,
        states=agreements.STATES,
        because=BECAUSE,
        forms=FORMS,
        allowed=allowed,
        did=DID,
        causes=causes,
    )


# --- held ------------------------------------------------------------------------------------------------------------


@operate.get(HELD)
def show_held(slug: str, grant_id: str) -> str:
    """A grant we hold: what the origin says of it now, and who of us has used it."""
    return _page_of_held(slug, grant_id)


@operate.post(f"{HELD}/unterschreiben")
def sign_held(slug: str, grant_id: str) -> Answered:
    """Sign an agreement that another municipality has offered us, and say who of us works by it."""
    konto, users = required_konto(), sorted(chosen("wer"))
    pairs = [(what, key) for what, _sep, key in (one.partition(":") for one in users)]
    try:
        answer = neighbours.act(konto, slug, grant_id, "vereinbarung.unterschreiben", benutzt_von=[list(one) for one in pairs])
        kept = [(what, key) for what, key in answer["benutzt_von"]]
        keep_signed(slug, grant_id, kept, by=konto)
    except Invalid as refusal:
        return _page_of_held(slug, grant_id, causes_of(refusal), users), WRONG
    except Conflict as conflict:
        flash(conflict.sentence)
    except Unknown:
        flash(_("Das Angebot gilt dort nicht mehr. Sie können es hier beenden."))
    else:
        if sorted(kept) != sorted(pairs):
            flash(_("Die Vereinbarung war schon unterschrieben. Wer damit arbeitet, steht unten."))
        else:
            flash(_("Unterschrieben. Wer dafür gewählt ist, findet die Aufgaben unter „Mein Tag“."))
    return redirect(url_for("operate.show_held", slug=slug, grant_id=grant_id), 303)


@operate.post(f"{HELD}/beenden")
def end_held(slug: str, grant_id: str) -> Answered:
    """End an agreement by which we work elsewhere, or decline it; where the origin knows of none, it ends here.

    A request for Amtshilfe ends so only if its origin has left: else with the answer.
    """
    held, konto = reads.get_held(slug, grant_id), required_konto()
    gone = reads.is_gone(slug)
    if held.kind == grant.AMTSHILFE and not gone:
        raise Unknown(reads.NOT_HERE)
    if text("bestaetigt") != "ja":
        return _page_of_held(slug, grant_id, _not_meant()), WRONG
    if held.ended:
        flash(_("Die Befugnis war schon beendet."))
    elif not gone and _ended_there(konto, slug, grant_id):
        flash(_("Die Befugnis ist beendet."))
    else:
        drop_held(slug, grant_id, by=konto)
        flash(_("Die Befugnis ist hier beendet; dort galt sie nicht mehr."))
    return redirect(url_for("operate.show_held", slug=slug, grant_id=grant_id), 303)


def _ended_there(konto: Konto, slug: str, grant_id: str) -> bool:
    """End an agreement at its origin; False if that knows of none (any more)."""
    try:
        neighbours.act(konto, slug, grant_id, "vereinbarung.beenden")
    except Unknown:
        return False
    return True


def _page_of_held(slug: str, grant_id: str, causes: tuple[Cause, ...] = (), users: Any = ()) -> str:
    """The page of a grant we hold; where the origin is away, or ended it, we say what we know."""
    held, terms, away, gone = reads.get_held(slug, grant_id), {}, "", reads.is_gone(slug)
    if held.kind != grant.AMTSHILFE and not held.ended and not gone:
        try:
            terms = dict(neighbours.ask(required_konto(), slug, grant_id, "vereinbarung"))
        except Unknown:
            away = _("Sie gilt dort nicht mehr.")
        except Problem as problem:
            away = problem.sentence
    return render_template(
        "befugnis_erhalten.html",
        held=held,
        terms=terms,
        away=away,
        gone=gone,
        offered=terms.get("stand") == grant.OFFERED,
        # Signed there, but the answer was lost: until it is written down here too, nobody of us finds the tasks.
        to_sign=bool(terms) and not held.signed,
        choices=_users(),
        users=users,
        uses=reads.list_own_uses(slug, grant_id, page_number("seite")),
        used_by=used_by,
        opened=opened,
        kinds=KINDS,
        states=agreements.STATES,
        forms=THEIR_FORMS,
        allowed=allowed,
        did=DID,
        causes=causes,
    )


def _users() -> list[tuple[str, Any]]:
    """Who of us can work by an agreement, as boxes."""
    people = [(f"konto:{one.id}", one.name) for one in reads.possible_substitutes("")]
    return [*groups(), *people]


THEIR_FORMS = {
    grant.DELEGATION: _l("§ 18 GkZ: Die Aufgabe geht auf uns über; geschrieben wird unter unserem Briefkopf"),
    grant.MANDATE: _l("§ 19a GkZ: Wir handeln im Namen der anderen Kommune und unter ihrem Briefkopf"),
}


def _not_meant() -> tuple[Cause, ...]:
    return (Cause(_("Bitte bestätigen Sie, dass Sie das wollen."), pointer="/bestaetigt"),)


def opens(given: reads.Grant) -> str:
    """What a grant opens, in a few words."""
    if given.kind == grant.AMTSHILFE:
        return _("vom Vorgang %(nummer)s eine Frage und was dafür ausgewählt ist", nummer=given.opens_name)
    return opened(given.opens[0], given.opens_name)


def opened(what: str, name: str) -> str:
    """Of what an agreement opens the tasks."""
    words = {
        grant.KONTO: _("die Aufgaben von %(name)s", name=name),
        grant.ROLLE: _("die Aufgaben der Rolle %(name)s", name=name),
        grant.STELLE: _("die Aufgaben der Stelle %(name)s", name=name),
        grant.LEISTUNG: _("alle Vorgänge der Leistung „%(name)s“", name=name),
    }
    return words.get(what, name)


def allowed(rights: Sequence[str]) -> str:
    """What a grant allows, in a few words; a right that an origin knows and we do not is left out."""
    return ", ".join(str(ALLOWS[right]) for right in rights if right in ALLOWS)


def used_by(held: Any) -> str:
    """Who of us may use a grant we hold."""
    stellen = reads.names_of_stellen()
    names = []
    for what, key in held.users:
        known = {grant.ROLLE: ROLE_NAMES.get(key, key), grant.STELLE: stellen.get(key, key)}
        names.append(str(known.get(what) or _name_of(key)))
    return ", ".join(names)


def _name_of(konto_id: str) -> str:
    try:
        return reads.get_person(konto_id).name
    except Problem:
        return _("ein Konto, das es nicht mehr gibt")
