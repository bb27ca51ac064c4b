"""The pictures of docs/desk.md: each page that people see has one, at the width of a desk and at that of a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.site import Site

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

BILDER = Path(__file__).resolve().parents[2] / "docs/bilder"
NAMES = {
    "entrance.choose": "kommunen",
    "desk.sign_in": "anmelden anmelden-dienst sitzung-zu-ende fortsetzen",
    "desk.signed_in": "wieder-angemeldet",
    "desk.new_password": "neues-passwort",
    "desk.my_konto": "mein-konto",
    "desk.choose_password": "einmallink einmallink-vorbei",
    "desk.home": "mein-tag suche anderswo-mein-tag",
    "desk.show_aufgabe": "aufgabe-frei aufgabe aufgabe-erledigt freigabe",
    "desk.choose_colleague": "weitergeben",
    "desk.show_vorgang": "vorgang vorgang-amtshilfe",
    "desk.ask_help": "amtshilfe-bitten",
    "desk.list_help": "amtshilfe",
    "desk.show_help": "amtshilfe-ersuchen amtshilfe-nicht-gesendet",
    "desk.show_diagram": "ablauf",
    "desk.write_message": "nachricht nachricht-vorschau",
    "desk.record_opening": "nachricht-geoeffnet",
    "desk.record_arrival": "zugang",
    "desk.withdraw": "zurueckgenommen",
    "desk.close_without_notice": "ohne-bescheid",
    "desk.give_away": "abgeben",
    "desk.show_task_elsewhere": "anderswo-aufgabe",
    "desk.show_case_elsewhere": "anderswo-vorgang anderswo-akte",
    "desk.show_notice_elsewhere": "anderswo-bescheid",
    "desk.write_elsewhere": "anderswo-nachricht",
    "desk.list_to_delete": "zu-loeschen",
    "desk.hold": "loeschsperre",
    "desk.show_bescheid": "bescheid",
    "desk.posteingang": "posteingang",
    "desk.assign": "zuordnen",
    "desk.forward": "weiterleiten",
    "desk.discard": "verwerfen",
    "operate.overview": "verwaltung",
    "operate.list_konten": "verwaltung-konten",
    "operate.new_konto": "verwaltung-konten-neu",
    "operate.show_konto": "verwaltung-konten-konto",
    "operate.list_vertretungen": "verwaltung-vertretungen",
    "operate.list_agreements": "verwaltung-vereinbarungen",
    "operate.offer": "verwaltung-vereinbarungen-neu verwaltung-vereinbarungen-neu-amt",
    "operate.list_grants": "verwaltung-befugnisse",
    "operate.show_grant": "verwaltung-befugnis",
    "operate.show_held": "verwaltung-befugnis-unterschreiben verwaltung-befugnis-von",
    "operate.list_stellen": "verwaltung-stellen",
    "operate.new_stelle": "verwaltung-stellen-neu",
    "operate.show_stelle": "verwaltung-stellen-stelle",
    "operate.show_roles": "verwaltung-rollen",
    "operate.login_settings": "verwaltung-anmeldung",
    "operate.oidc_settings": "verwaltung-anmeldung-dienst",
    "operate.networks": "verwaltung-netze",
    "operate.retention": "verwaltung-aufbewahrung",
    "operate.show_retention": "verwaltung-aufbewahrung-baumfaellung",
    "operate.letterhead": "verwaltung-briefkopf",
    "operate.list_leistungen": "verwaltung-leistungen",
    "operate.show_parameters": "verwaltung-leistungen-baumfaellung",
    "operate.list_connectors": "verwaltung-konnektoren",
    "operate.show_connector": "verwaltung-konnektoren-servicekonto",
    "operate.senders": "verwaltung-absender",
    "operate.show_verification": "verwaltung-pruefung",
    "operate.list_incidents": "verwaltung-stoerungen verwaltung-stoerungen-versucht",
    "operate.show_incident": "verwaltung-stoerung",
    "betrieb.list_kommunen": "betrieb-kommunen",
    "betrieb.new_kommune": "betrieb-kommunen-neu",
    "betrieb.show_kommune": "betrieb-kommune",
    "betrieb.list_parcels": "betrieb-poststelle",
    "betrieb.show_parcel": "betrieb-poststelle-sendung",
    "betrieb.list_rules": "betrieb-zustaendigkeiten",
    "betrieb.new_rule": "betrieb-zustaendigkeiten-neu",
    "betrieb.list_acts": "betrieb-protokoll",
    "studio.home": "studio",
    "studio.show_leistung": "studio-leistungen-baumfaellung",
    "studio.upload": "studio-hochladen",
    "studio.show_check": "studio-pruefung",
    "studio.show_version": "studio-fassung",
    "studio.show_tables": "studio-fassung-tabellen",
    "studio.show_forms": "studio-fassung-formulare",
    "studio.show_letters": "studio-fassung-briefe",
    "studio.show_parameters": "studio-fassung-werte",
    "studio.show_scenarios": "studio-fassung-szenarien",
    "studio.new_test": "studio-fassung-probe",
    "studio.show_test": "studio-probevorgang",
}
OTHERS = "fehler postfaecher postfach postfach-nachricht baumregister"
"""What no address of ours has for itself: every refusal, and the pages of the twins."""
PAGELESS = {
    "betrieb.home": "leads to the list of municipalities",
    "desk.begin_oidc": "leads to the login service",
    "desk.end_oidc": "leads on from it",
    "desk.show_now": "a part that a page asks for",
    "desk.show_stand": "a part that a page asks for",
    "desk.show_entwurf": "a PDF",
    "desk.show_draft_elsewhere": "a PDF",
    "desk.help_document": "a file",
    "desk.view_dokument": "a file",
    "desk.view_document_elsewhere": "a file",
    "desk.save_document_elsewhere": "a file",
    "desk.get_form_elsewhere": "a form",
    "desk.show_now_elsewhere": "a part that a page asks for",
    "operate.logo": "a picture",
    "operate.verification_now": "a part that a page asks for",
    "studio.download": "a file",
    "studio.get_diagram": "a diagram",
    "studio.get_form": "a form",
    "studio.get_test_diagram": "a diagram",
    "studio.get_test_state": "a state",
}
DOORS = ("entrance", "desk", "operate", "betrieb", "studio")


def test_every_page_has_its_picture_wide_and_narrow_and_there_is_no_other(site: Site) -> None:
    pages = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {page for page in pages if page.startswith(DOORS)} == NAMES.keys() | PAGELESS.keys()
    names = " ".join([*NAMES.values(), OTHERS]).split()
    assert {path.stem for path in BILDER.iterdir()} == {*names, *(f"{name}-schmal" for name in names)}
