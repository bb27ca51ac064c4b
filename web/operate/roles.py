"""What each role may do, in plain words."""

from __future__ import annotations

from flask import render_template
from flask_babel import lazy_gettext as _l

from engine.base.rights import ASK_HELP, COOPERATE, GIVE_HELP, OPERATE, OWN, RIGHTS
from web.language import ROLE_NAMES
from web.operate.blueprint import operate

# A sentence for every right there is; a test holds the two together.
MEANS = {
    OWN: _l("sich an- und abmelden und das eigene Passwort ändern"),
    "vorgang.lesen": _l("Vorgänge mit Antrag, Dokumenten, Nachrichten und Verlauf ansehen"),
    "vorgang.bearbeiten": _l("Vorgänge an eine andere Stelle geben"),
    "aufgabe.bearbeiten": _l("Aufgaben übernehmen, zurückgeben und erledigen, auch Bescheide entwerfen und freigeben"),
    "nachricht.senden": _l("der antragstellenden Person Nachrichten schreiben"),
    "post.bearbeiten": _l("den Posteingang verteilen"),
    "leistung.lesen": _l("die Leistungen der Kommune und ihre Abläufe ansehen"),
    "leistung.gestalten": _l("Abläufe, Formulare und Briefe prüfen und neue Fassungen einspielen"),
    "aufbewahrung.sperren": _l("sehen, welche Vorgänge gelöscht werden, und das mit einer Löschsperre aufhalten"),
    "stoerung.beheben": _l("Störungen ansehen und einen Schritt noch einmal versuchen, auch mit berichtigten Werten"),
    "kommune.verwalten": _l(
        "Konten, Stellen, Netze und die Anmeldung verwalten und dafür alle Vorgänge sehen, gleich welcher Stelle sie gehören"
    ),
    ASK_HELP: _l("in einem Vorgang eine andere Kommune um Amtshilfe bitten"),
    GIVE_HELP: _l("Ersuchen anderer Kommunen um Amtshilfe sehen und beantworten"),
    COOPERATE: _l("Vereinbarungen mit anderen Kommunen anbieten, unterschreiben und beenden, und sehen, wer sie benutzt hat"),
    "schnittstelle.nutzen": _l("über die Schnittstelle Ereignisse aus anderen Programmen melden"),
    OPERATE: _l("die Installation betreiben: Kommunen anlegen und sperren, Zuständigkeiten, zentrale Poststelle"),
}


@operate.get("/rollen")
def show_roles() -> str:
    """What each role may do."""
    roles = [(name, [MEANS[right] for right in MEANS if right in RIGHTS[role]]) for role, name in ROLE_NAMES.items()]
    return render_template("rollen.html", roles=roles, everybody=MEANS[OWN])
