"""Who may reach what: one table of all routes. A route that is not in it cannot be reached at all.

`web.access` looks here before a view runs. A line says which right it takes, or that anybody may come and why.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.base.rights import ASK_HELP, COOPERATE, GIVE_HELP, OPERATE, OWN
from web.settings import MB


@dataclass(frozen=True, slots=True)
class Open:
    """A route that anybody may reach, and why. `everywhere`: also from outside the networks of the municipality."""

    reason: str
    everywhere: bool = False
    token: bool = False


SENDER = Open("form systems have no login; the setting antrag.absender says which addresses may send", everywhere=True)
CASES, TASKS, BUNDLES, INCIDENTS = "vorgang.lesen", "aufgabe.bearbeiten", "leistung.lesen", "stoerung.beheben"
MANAGE, DESIGN = "kommune.verwalten", "leistung.gestalten"
WHOLE, POST, HOLD = "vorgang.bearbeiten", "post.bearbeiten", "aufbewahrung.sperren"

ROUTES: dict[str, str | Open] = {
    # the installation itself
    "static": Open("style sheets and scripts, the same for everybody", everywhere=True),
    "health.live": Open("says only that the process runs", everywhere=True),
    "health.ready": Open("says only whether database, Redis and disk answer", everywhere=True),
    "health.metrics": Open("numbers without personal data, only to this machine and the trusted proxies", everywhere=True),
    "intake.receive_central": SENDER,
    "entrance.choose": Open("names the municipalities that work here; what they do is behind their login", everywhere=True),
    # machines
    "intake.receive": SENDER,
    "webhook.receive": Open("the Servicekonto signs what it sends", everywhere=True),
    "api-docs.show": Open("describes the interface and holds no data"),
    "vorgaenge.list_vorgaenge": CASES,
    "vorgaenge.get_vorgang": CASES,
    "vorgaenge.list_verlauf": CASES,
    "vorgaenge.list_bescheide": CASES,
    "vorgaenge.list_dokumente": CASES,
    "vorgaenge.get_dokument": CASES,
    "vorgaenge.list_nachrichten": CASES,
    "vorgaenge.send_nachricht": "nachricht.senden",
    "vorgaenge.record_zugang": "vorgang.bearbeiten",
    "vorgaenge.get_diagramm": CASES,
    "vorgaenge.get_stand": CASES,
    "aufgaben.list_aufgaben": CASES,
    "aufgaben.get_aufgabe": CASES,
    "aufgaben.get_formular": CASES,
    "aufgaben.claim": TASKS,
    "aufgaben.release": TASKS,
    "aufgaben.complete": TASKS,
    "aufgaben.put_entwurf": TASKS,
    "aufgaben.delete_entwurf": TASKS,
    "aufgaben.upload_datei": TASKS,
    "bescheide.get_bescheid": CASES,
    "bescheide.put_bescheid": TASKS,
    "bundles.list_bundles": BUNDLES,
    "bundles.get_bundle": BUNDLES,
    "bundles.deploy": DESIGN,
    "bundles.check": DESIGN,
    "nachrichten.correlate": "schnittstelle.nutzen",
    "signale.throw": "schnittstelle.nutzen",
    "incidents.list_incidents": INCIDENTS,
    "incidents.retry": INCIDENTS,
    # people
    "desk.sign_in": Open("here one signs in; a page of ours must have been asked for first", token=True),
    "desk.choose_language": Open("in which language this browser's pages speak, also before the login", token=True),
    "desk.sign_out": Open("ends a session, and does nothing without one", token=True),
    "desk.begin_oidc": Open("leads to the login service, and begins nothing here"),
    "desk.end_oidc": Open("here the login service sends people back to; it counts only with the state that was given to them"),
    "desk.choose_password": Open("whoever has the one-time link of a Konto may choose its password, once", token=True),
    "desk.my_konto": OWN,
    "desk.cover_me": OWN,
    "desk.end_my_cover": OWN,
    "desk.new_password": OWN,
    "desk.home": CASES,
    "desk.posteingang": CASES,
    "desk.show_vorgang": CASES,
    "desk.show_diagram": CASES,
    "desk.show_stand": CASES,
    "desk.view_dokument": CASES,
    "desk.add_comment": WHOLE,
    "desk.set_reminder": WHOLE,
    "desk.settle_reminder": WHOLE,
    "desk.write_message": "nachricht.senden",
    "desk.record_opening": WHOLE,
    "desk.ask_help": ASK_HELP,
    "desk.end_help": ASK_HELP,
    "desk.list_help": GIVE_HELP,
    "desk.show_help": GIVE_HELP,
    "desk.help_document": GIVE_HELP,
    "desk.record_arrival": WHOLE,
    "desk.withdraw": WHOLE,
    "desk.close_without_notice": WHOLE,
    "desk.assign": POST,
    "desk.forward": POST,
    "desk.discard": POST,
    "desk.list_to_delete": HOLD,
    "desk.hold": HOLD,
    "desk.lift": HOLD,
    "desk.show_aufgabe": CASES,
    "desk.claim": TASKS,
    "desk.release": TASKS,
    "desk.choose_colleague": TASKS,
    "desk.hand_over": TASKS,
    "desk.complete": TASKS,
    "desk.show_now": CASES,
    "desk.signed_in": CASES,
    "desk.show_bescheid": TASKS,
    "desk.edit_bescheid": TASKS,
    "desk.preview_bescheid": TASKS,
    "desk.show_entwurf": CASES,
    "desk.approve_bescheid": TASKS,
    "desk.give_away": "vorgang.bearbeiten",
    # tasks of other municipalities
    "desk.show_task_elsewhere": CASES,
    "desk.show_case_elsewhere": CASES,
    "desk.save_document_elsewhere": CASES,
    "desk.view_document_elsewhere": CASES,
    "desk.get_form_elsewhere": CASES,
    "desk.show_now_elsewhere": CASES,
    "desk.take_elsewhere": TASKS,
    "desk.give_back_elsewhere": TASKS,
    "desk.complete_elsewhere": TASKS,
    "desk.answer_elsewhere": TASKS,
    "desk.keep_draft_elsewhere": TASKS,
    "desk.drop_draft_elsewhere": TASKS,
    "desk.upload_elsewhere": TASKS,
    "desk.show_notice_elsewhere": TASKS,
    "desk.edit_notice_elsewhere": TASKS,
    "desk.approve_notice_elsewhere": TASKS,
    "desk.preview_notice_elsewhere": TASKS,
    "desk.show_draft_elsewhere": TASKS,
    "desk.write_elsewhere": "nachricht.senden",
    "desk.comment_elsewhere": WHOLE,
    "desk.act_elsewhere": WHOLE,
    "desk.remind_elsewhere": WHOLE,
    "desk.settle_elsewhere": WHOLE,
    "desk.choose_colleague_elsewhere": TASKS,
    "desk.hand_over_elsewhere": TASKS,
    # designers
    "studio.home": BUNDLES,
    "studio.show_leistung": BUNDLES,
    "studio.show_version": BUNDLES,
    "studio.get_diagram": BUNDLES,
    "studio.show_tables": BUNDLES,
    "studio.show_forms": BUNDLES,
    "studio.get_form": BUNDLES,
    "studio.show_letters": BUNDLES,
    "studio.show_parameters": BUNDLES,
    "studio.show_scenarios": BUNDLES,
    "studio.run_scenarios": DESIGN,
    "studio.download": BUNDLES,
    "studio.upload": DESIGN,
    "studio.check": DESIGN,
    "studio.show_check": DESIGN,
    "studio.deploy": DESIGN,
    "studio.new_test": DESIGN,
    "studio.start": DESIGN,
    "studio.show_test": DESIGN,
    "studio.get_test_diagram": DESIGN,
    "studio.get_test_state": DESIGN,
    # the Administration of the municipality
    "operate.overview": MANAGE,
    "operate.list_konten": MANAGE,
    "operate.new_konto": MANAGE,
    "operate.show_konto": MANAGE,
    "operate.cover": MANAGE,
    "operate.end_cover": MANAGE,
    "operate.lock": MANAGE,
    "operate.unlock": MANAGE,
    "operate.reset": MANAGE,
    "operate.make_token": MANAGE,
    "operate.take_token_back": MANAGE,
    "operate.list_grants": COOPERATE,
    "operate.show_grant": COOPERATE,
    "operate.end_grant": COOPERATE,
    "operate.show_held": COOPERATE,
    "operate.sign_held": COOPERATE,
    "operate.end_held": COOPERATE,
    "operate.list_vertretungen": MANAGE,
    "operate.end_vertretung_of_all": MANAGE,
    "operate.list_agreements": COOPERATE,
    "operate.offer": COOPERATE,
    "operate.list_stellen": MANAGE,
    "operate.new_stelle": MANAGE,
    "operate.show_stelle": MANAGE,
    "operate.drop_stelle": MANAGE,
    "operate.show_roles": MANAGE,
    "operate.networks": MANAGE,
    "operate.login_settings": MANAGE,
    "operate.oidc_settings": MANAGE,
    "operate.drop_oidc": MANAGE,
    "operate.retention": MANAGE,
    "operate.show_retention": MANAGE,
    "operate.letterhead": MANAGE,
    "operate.preview_letterhead": MANAGE,
    "operate.logo": MANAGE,
    "operate.list_leistungen": MANAGE,
    "operate.show_parameters": MANAGE,
    "operate.list_connectors": MANAGE,
    "operate.show_connector": MANAGE,
    "operate.check_connector": MANAGE,
    "operate.try_connector_now": MANAGE,
    "operate.senders": MANAGE,
    "operate.show_verification": MANAGE,
    "operate.verification_now": MANAGE,
    "operate.ask_now": MANAGE,
    # the operator of the installation
    "betrieb.home": OPERATE,
    "betrieb.list_kommunen": OPERATE,
    "betrieb.new_kommune": OPERATE,
    "betrieb.show_kommune": OPERATE,
    "betrieb.lock": OPERATE,
    "betrieb.unlock": OPERATE,
    "betrieb.bring_up": OPERATE,
    "betrieb.list_rules": OPERATE,
    "betrieb.new_rule": OPERATE,
    "betrieb.drop_rule": OPERATE,
    "betrieb.list_parcels": OPERATE,
    "betrieb.show_parcel": OPERATE,
    "betrieb.list_acts": OPERATE,
    "operate.list_incidents": INCIDENTS,
    "operate.show_incident": INCIDENTS,
    "operate.retry_incidents": INCIDENTS,
}

# What there is in the operator's namespace beside its own pages: to sign in and out, and one's own Konto. Nothing else,
# whatever roles somebody might come to have there.
ALSO_IN_BETRIEB = frozenset(
    {"desk.sign_in", "desk.sign_out", "desk.choose_language", "desk.my_konto", "desk.new_password", "desk.choose_password"}
)
# What a page of something at another municipality asks for there. Who lacks the right (any more) is refused by that one, as
# unknown and with a line in its Protokoll, and not by us.
THERE: dict[str, str] = {
    "desk.show_help": "ersuchen",
    "desk.help_document": "ersuchen.dokument",
    "desk.show_task_elsewhere": "aufgabe",
    "desk.show_case_elsewhere": "vorgang",
    "desk.save_document_elsewhere": "dokument",
    "desk.view_document_elsewhere": "dokument",
    "desk.get_form_elsewhere": "aufgabe",
    "desk.show_now_elsewhere": "aufgabe",
    "desk.take_elsewhere": "uebernehmen",
    "desk.give_back_elsewhere": "zurueckgeben",
    "desk.complete_elsewhere": "erledigen",
    "desk.answer_elsewhere": "erledigen",
    "desk.keep_draft_elsewhere": "entwurf",
    "desk.drop_draft_elsewhere": "entwurf.verwerfen",
    "desk.upload_elsewhere": "datei",
    "desk.show_notice_elsewhere": "bescheid",
    "desk.edit_notice_elsewhere": "bescheid.aendern",
    "desk.approve_notice_elsewhere": "bescheid.freigeben",
    "desk.preview_notice_elsewhere": "bescheid.vorschau",
    "desk.show_draft_elsewhere": "bescheid.vorschau",
    "desk.write_elsewhere": "nachricht",
    "desk.comment_elsewhere": "kommentar",
    "desk.act_elsewhere": "abschliessen",
    "desk.remind_elsewhere": "wiedervorlage",
    "desk.settle_elsewhere": "wiedervorlage.erledigen",
    "desk.choose_colleague_elsewhere": "weitergeben",
    "desk.hand_over_elsewhere": "weitergeben",
    "operate.show_held": "vereinbarung",
    "operate.sign_held": "vereinbarung.unterschreiben",
    "operate.end_held": "vereinbarung.beenden",
}
# Pages ask for these by themselves, again and again: that somebody is there does not follow.
BY_ITSELF = frozenset({"vorgaenge.get_stand", "studio.get_test_state", "operate.verification_now"})
# Where somebody may go who must choose a new password first.
BEFORE_THE_CHANGE = frozenset({"desk.new_password", "desk.sign_out"})
# Doors of pages that take a file: how much of one. What is larger is read and thrown away, so that the browser gets the answer.
ROOM: dict[str, int] = {
    "studio.check": 20 * MB, "operate.letterhead": 5 * MB, "operate.preview_letterhead": 5 * MB, "desk.show_help": 25 * MB,
}  # fmt: skip
# As much as an attachment of an application may have.
UPLOADS = frozenset({"aufgaben.upload_datei", "desk.upload_elsewhere"})
# The page everybody goes to first, and where it is instead for who sees no cases.
FIRST, FIRST_OF_DESIGNERS = "desk.home", "studio.home"
