"""Amtsweg's engine: a Vorgang from Antrag to Bescheid. No HTTP, no HTML, no outside system.

This is the map of the system. Everything outside calls verbs (changes of state) and reads (looks); all else is inside.

    verbs.intake     receive_push            an application becomes a Vorgang
    verbs.desk       claim, release, complete_aufgabe; hand_over
    verbs.drafts     save_draft, discard_draft, upload_file: a form before it is sent
    verbs.bescheid   change_draft, approve_change
    verbs.vorgang    withdraw, close_without_notice, forward, discard, assign
    verbs.notes      add_comment, set_reminder, settle_reminder
    verbs.post       send_message, correlate, throw_signal, receive_reply, record_retrieval, note_retrieval, record_arrival
    verbs.work       work                    one Auftrag: claim → connector → finish; verbs.offering: whom to ring for
    verbs.due        tick, fire_timers, fire_starts
    verbs.courier    carry, deliver_thrown: messages and signals to those who wait; verbs.starts: a Vorgang begins by an event
    verbs.design     check_bundle, deploy_bundle, check_path
    verbs.revise     revise, keep, kept      one file of a version replaced; what was checked, until it is deployed
    verbs.trial      start_test              a designer tries a version; `asked` says what it asks for
    verbs.scenario   run_path                scenarios, without a database; `rehearse` runs those of a stored version
    verbs.operate    retry_incident, change_setting, verify
    verbs.verification  ask_verification, change_verification, run_verification: `verify` by night, what it finds is kept
    verbs.incidents  correct_incident        another attempt with corrected values
    verbs.settings   change_letterhead, change_connector, try_connector, change_senders, change_parameters
    verbs.retention  change_retention, hold_case, lift_hold, purge: how long ended cases are kept
    verbs.login      begin_session, end_session, how one signs in
    verbs.konten     who works here: Konten, their passwords and tokens
    verbs.invite     make_link, use_link     one-time links to a password of one's own
    verbs.vertretung stand_in, cover_group, end_vertretung: who acts for whom for a time
    verbs.cooperate  ask_help, offer_agreement, end_grant: what other municipalities may do; verbs.guests: receive, their door
    verbs.held       hear, keep_signed: what a municipality is told by others
    verbs.stellen    organisational units; give_to_stelle
    verbs.kommune    make, list, show, upgrade, lock: namespaces; change_networks; verbs.removal: remove, with an export first
    verbs.backup     back_up                 a namespace as one file; verbs.restore: restore, release_outbox
    verbs.furnish    what a new municipality needs
    verbs.operator   the operator's own namespace; who is competent: add_rule, remove_rule; lock, unlock, bring_up
    verbs.central    the central door: way_of, pass_on; the post room: park, assign_parcel, deliver_parcel
    reads            every look, as frozen values
    step             the heart: one event in, run until quiet, write down what we wait for
    model            tables and their rules; one German noun a file
    bpmn             pure: diagram → Spec → Outcome
    feel             pure: FEEL and DMN
    base             database, clock, ports, errors, rights

Names are loaded when they are first used, so that `import engine` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    "engine.verbs.intake": ("receive_push",),
    "engine.verbs.desk": ("claim_aufgabe", "complete_aufgabe", "hand_over", "release_aufgabe"),
    "engine.verbs.drafts": ("discard_draft", "save_draft", "upload_file"),
    "engine.verbs.bescheid": ("approve_change", "change_draft"),
    "engine.verbs.vorgang": ("assign", "close_without_notice", "discard", "forward", "withdraw"),
    "engine.verbs.notes": ("add_comment", "set_reminder", "settle_reminder"),
    "engine.verbs.post": (
        "correlate",
        "note_retrieval",
        "receive_reply",
        "record_arrival",
        "record_retrieval",
        "send_message",
        "throw_signal",
    ),
    "engine.verbs.offering": ("offer",),
    "engine.verbs.work": ("work",),
    "engine.verbs.due": ("fire_starts", "fire_timers", "tick"),
    "engine.verbs.courier": ("carry", "deliver_messages", "deliver_thrown"),
    "engine.verbs.design": ("check_bundle", "check_path", "deploy_bundle", "unpack_zip"),
    "engine.verbs.trial": ("start_test",),
    "engine.verbs.operate": ("change_setting", "retry_incident", "verify"),
    "engine.verbs.verification": ("ask_verification", "change_verification", "look_for_work", "run_verification"),
    "engine.verbs.incidents": ("correct_incident",),
    "engine.verbs.settings": (
        "change_connector",
        "change_letterhead",
        "change_parameters",
        "change_senders",
        "try_connector",
    ),
    "engine.verbs.retention": ("change_retention", "hold_case", "lift_hold", "purge"),
    "engine.verbs.login": ("begin_session", "change_idle", "change_oidc", "end_session", "refuse_login"),
    "engine.verbs.konten": (
        "activate_konto",
        "add_konto",
        "change_konto",
        "change_password",
        "deactivate_konto",
        "new_token",
        "reset_password",
        "withdraw_token",
    ),
    "engine.verbs.invite": ("make_link", "use_link"),
    "engine.verbs.vertretung": ("cover_group", "end_vertretung", "stand_in"),
    "engine.verbs.cooperate": ("ask_help", "end_grant", "offer_agreement"),
    "engine.verbs.held": ("keep_signed",),
    "engine.verbs.stellen": ("add_stelle", "change_stelle", "give_to_stelle", "remove_stelle"),
    "engine.verbs.kommune": (
        "change_networks",
        "list_kommunen",
        "lock_kommune",
        "make_kommune",
        "show_kommune",
        "unlock_kommune",
        "upgrade",
    ),
    "engine.verbs.removal": ("remove_kommune",),
    "engine.verbs.central": ("assign_parcel", "deliver_assigned", "deliver_parcel", "park", "pass_on", "way_of"),
    "engine.verbs.operator": ("add_rule", "bring_up", "let_operate", "order_kommune", "remove_rule", "shut_out"),
    "engine.verbs.furnish": ("furnish",),
    "engine.verbs.backup": ("back_up",),
    "engine.verbs.restore": ("release_outbox", "restore"),
}
_HOME = {name: module for module, names in _WHERE.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605  # the names are those of the table above


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(importlib.import_module(module), name)
