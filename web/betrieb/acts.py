"""What operators have done: their Protokoll. Of acts on a municipality it tells before they are done."""

from __future__ import annotations

from flask import render_template
from flask_babel import lazy_gettext as _l

from engine.reads import operator as looks
from web.betrieb.blueprint import betrieb
from web.forms import page_number

# Words for every act of an operator; a test holds the two together.
ACTS = {
    "kommune:anlegen": _l("Kommune anlegen"),
    "kommune:sperren": _l("Kommune sperren"),
    "kommune:entsperren": _l("Kommune entsperren"),
    "kommune:aktualisieren": _l("Datenbank aktualisieren"),
    "zustaendigkeit:eingetragen": _l("Zuständigkeit eingetragen"),
    "zustaendigkeit:entfernt": _l("Zuständigkeit ausgetragen"),
    "zentrale:zugewiesen": _l("Antrag zugewiesen"),
    "betrieb:konto": _l("Konto eingelassen"),
    "betrieb:konto-gesperrt": _l("Konto gesperrt"),
    "anmeldung:erfolgt": _l("Angemeldet"),
    "anmeldung:beendet": _l("Abgemeldet"),
    "anmeldung:gescheitert": _l("Anmeldung gescheitert"),
}


@betrieb.get("/protokoll")
def list_acts() -> str:
    """Who did what, the newest first."""
    return render_template("betrieb_protokoll.html", page=looks.list_acts(tuple(ACTS), page_number("seite")), words=ACTS)
