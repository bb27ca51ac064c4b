"""Verification: whether what is stored is sound; what the last run has found, in sentences, and when it runs by night."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from engine import ask_verification, change_verification, reads
from engine.base.errors import Cause, Invalid
from engine.model.verification import OFF
from web.forms import WRONG, causes_of, text
from web.identity import required_konto
from web.operate.blueprint import operate

SHOWN = 50
RESTORE = _l("Der Betrieb vergleicht mit der letzten Sicherung und stellt wieder her, was fehlt.")
REPORT = _l("Bitte dem Betrieb melden: Das darf nicht vorkommen. An diesen Vorgängen so lange nichts ändern.")
LOOK = _l("Sehen Sie nach, ob der Vorgang weitergeht; der Betrieb stellt den Eintrag aus der letzten Sicherung wieder her.")
# Every invariant there is: what is wrong, and what to do. A test holds this and the engine together.
MEANS = {
    "antrag-vorgang": (_l("Antrag und Vorgang gehören nicht zusammen"), RESTORE),
    "beginn": (_l("Es ist nicht belegt, womit ein Vorgang begann"), RESTORE),
    "zustand": (
        _l("Der Zustand eines Vorgangs ist nicht lesbar"),
        _l(
            "Der Vorgang ruht und steht unter Störungen. Der Betrieb stellt seinen Zustand aus der letzten Sicherung wieder "
            "her; danach unter Störungen noch einmal versuchen."
        ),
    ),
    "zeilen": (_l("Was offen ist, passt nicht zum Zustand des Vorgangs"), LOOK),
    "wartegrund": (_l("Ein offener Vorgang wartet auf nichts, oder ein beendeter wartet noch"), LOOK),
    "ende": (_l("Das Ende eines Vorgangs ist nicht belegt"), REPORT),
    "verlauf": (_l("Der Verlauf ist weiter als der Vorgang"), RESTORE),
    "erledigung": (_l("Eine erledigte Aufgabe steht nicht genau einmal im Verlauf"), REPORT),
    "einmal": (_l("Etwas, das einmal geschieht, steht keinmal oder mehrmals im Protokoll"), REPORT),
    "frist": (
        _l("Eine Frist ist zu früh abgelaufen"),
        _l("Prüfen Sie, ob der Vorgang zu früh weiterging und etwas nachzuholen ist."),
    ),
    "nachricht": (_l("Eine Nachricht und ihr Empfänger passen nicht zusammen"), REPORT),
    "signal": (_l("Ein Signal und seine Empfänger passen nicht zusammen"), REPORT),
    "angehalten": (
        _l("Etwas ist angehalten, ohne dass eine Störung davon sagt"),
        _l("Der Betrieb gibt es frei oder verwirft es; von selbst geht es nicht weiter."),
    ),
    "startereignis": (
        _l("Worauf eine Leistung beginnt, ist nicht, was ihr Ablauf sagt"),
        _l("Wer die Rolle Prozessdesign hat, spielt die Leistung noch einmal ein."),
    ),
    "zeitstart": (_l("Zu einer Zeit begannen mehrere Vorgänge, oder einer ist zu viel fällig"), REPORT),
    "bescheid": (
        _l("Ein Bescheid ist nicht, was freigegeben wurde"),
        _l("Diesen Bescheid nicht verwenden und den Betrieb rufen: Er wurde an Amtsweg vorbei geändert."),
    ),
    "befugnis": (
        _l("Eine Befugnis einer anderen Kommune ist nicht, wie sie sein soll"),
        _l("Unter Befugnisse beenden und neu vereinbaren; liegt dort noch eine Aufgabe, nimmt sie jemand von hier zurück."),
    ),
    "geloescht": (_l("Ein gelöschter Vorgang ist noch da, oder dass er gelöscht ist, ist nicht belegt"), REPORT),
    "dokument": (_l("Ein Dokument fehlt oder ist beschädigt"), RESTORE),
    "suche": (
        _l("Ein Vorgang fehlt in der Suche"),
        _l("Der Betrieb trägt ihn nach: amtsweg kommune upgrade. Auf der Seite seiner Aufgaben ist er weiterhin."),
    ),
    "protokoll": (
        _l("Die Kette des Protokolls ist unterbrochen"),
        _l("Das Protokoll wurde an Amtsweg vorbei geändert oder gekürzt. Bitte dem Betrieb und dem Datenschutz melden."),
    ),
    "datenbank": (
        _l("Die Datenbank meldet einen Schaden"),
        _l("Der Betrieb sichert sofort, was da ist, prüft den Datenträger und stellt die letzte gute Sicherung wieder her."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """All findings of one kind: what is wrong, what to do, and the first of them."""

    title: str
    advice: str
    count: int
    first: tuple[reads.Finding, ...]


@operate.route("/pruefung", methods=["GET", "POST"])
def show_verification() -> str | BaseResponse | tuple[str, int]:
    """What the last run has found; change when it runs."""
    if request.method == "GET":
        return _page()
    typed = text("stunde")
    try:
        change_verification(int(typed) if typed.removeprefix("-").isdecimal() and len(typed) < 4 else 99, by=required_konto())
    except Invalid as refusal:
        return _page(causes_of(refusal)), WRONG
    flash(_("Gespeichert."))
    return redirect(url_for("operate.show_verification"), 303)


@operate.get("/pruefung/stand")
def verification_now() -> str:
    """How far it is; the page asks for this by itself."""
    known = reads.verifications()
    return render_template("pruefung_stand.html", known=known, kinds=_kinds(known.findings))


@operate.post("/pruefung/jetzt")
def ask_now() -> BaseResponse:
    """Have it verified now."""
    ask_verification(by=required_konto())
    return redirect(url_for("operate.show_verification"), 303)


def _page(causes: tuple[Cause, ...] = ()) -> str:
    known = reads.verifications()
    hours = [(str(OFF), _("nie")), *((str(hour), _("%(hour)s Uhr", hour=hour)) for hour in range(24))]
    return render_template("pruefung.html", known=known, kinds=_kinds(known.findings), hours=hours, causes=causes)


def _kinds(findings: Sequence[reads.Finding]) -> list[Kind]:
    """The findings by what is wrong."""
    found = []
    for invariant in dict.fromkeys(one.invariant for one in findings):
        mine = tuple(one for one in findings if one.invariant == invariant)
        title, advice = MEANS.get(invariant, (invariant, REPORT))
        first = tuple(dataclasses.replace(one, message=_sentence(one.message)) for one in mine[:SHOWN])
        found.append(Kind(str(title), str(advice), len(mine), first))
    return found


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + "." * (not message.endswith("."))
