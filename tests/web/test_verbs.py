"""Every verb can be reached through `web`, or is listed with its reason; every right a door asks for can be had."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import engine.verbs
import web
from engine.base.rights import OWN, RIGHTS, VERBS
from web.desk.timeline import ACTS, TOLD_ELSEWHERE
from web.routes import ROUTES, Open

# Verbs that no part of `web` calls, and why.
NOT_REACHED: dict[str, str] = {
    "engine.verbs.courier.deliver_message": "its caller is deliver_messages, of the same module",
    "engine.verbs.courier.deliver_signal": "its caller is deliver_signals, of the same module",
    "engine.verbs.starts.begin_by_message": "its caller is the courier",
    "engine.verbs.starts.begin_by_signal": "its caller is the courier",
    "engine.verbs.starts.begin_by_timer": "its caller is due.fire_starts",
    "engine.verbs.retention.delete_case": "its caller is purge, of the same module",
    "engine.verbs.courier.fire_timer": "its callers are fire and bring, of the same module",
    "engine.verbs.courier.delay": "its caller is safely, of the same module",
    "engine.verbs.courier.delay_start": "its caller is safely, of the same module",
    "engine.verbs.cooperate.tell_grant": "its caller is announce, of the same module",
    "engine.verbs.attempts.tell_attempt": "its caller is tell_attempts, of the same module",
    "engine.verbs.attempts.hear_attempt": "its caller is held.hear",
    "engine.verbs.four_eyes.note_refusal": "its caller is written_down, of the same module",
    "engine.verbs.guests.refuse": "its caller is receive, of the same module",
    "engine.verbs.refusals.tell_refusal": "its caller is tell_refusals, of the same module",
    "engine.verbs.forgetting.forget_neighbours": "its caller is tidying.tidy",
    "engine.verbs.guest_tasks.look_at": "its callers are operations of the same module",
    "engine.verbs.guest_help.look_at_request": "its callers are operations of the same module",
    "engine.verbs.guest_help.answer_request": "its caller is answer, of the same module",
    "engine.verbs.guest_agreement.sign_grant": "its caller is sign_it, of the same module",
    "engine.verbs.guest_agreement.leave_grant": "its caller is end_it, of the same module",
    "engine.verbs.uses.tell_anew": "its caller is tell_use, of the same module",
    "engine.verbs.held.hold": "its caller is hear, of the same module",
    "engine.verbs.held.note_use": "its caller is hear, of the same module",
    "engine.verbs.held.let_go": "its caller is hear, of the same module",
    "engine.verbs.restore._take_rows": "its caller is restore, of the same module",
}


def test_every_right_in_the_table_is_one_that_some_role_gives() -> None:
    rights = {right for rights in RIGHTS.values() for right in rights}
    assert {rule for rule in ROUTES.values() if isinstance(rule, str)} <= rights | {OWN}
    assert all(rule.reason for rule in ROUTES.values() if isinstance(rule, Open))


def called_by_web() -> set[str]:
    """Every function of engine.verbs that a module of `web` imports, by its full name."""
    found = set()
    for path in Path(web.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("engine.verbs"):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
                # `from engine.verbs import work`, then work.work(…)
                found |= {f"engine.verbs.{alias.name}.{alias.name}" for alias in node.names if node.module == "engine.verbs"}
            if isinstance(node, ast.ImportFrom) and node.module == "engine":
                home = importlib.import_module("engine")._HOME
                found |= {f"{home[alias.name]}.{alias.name}" for alias in node.names if alias.name in home}
    return found


def test_every_verb_is_reached_by_web_or_listed_with_its_reason() -> None:
    for module in pkgutil.iter_modules(engine.verbs.__path__, "engine.verbs."):
        importlib.import_module(module.name)
    assert len(VERBS) >= 12
    assert VERBS.keys() - called_by_web() == NOT_REACHED.keys()


def test_every_act_of_a_person_on_a_case_has_its_words() -> None:
    """A verb of which the timeline would be silent is listed with those that something else tells of."""
    for module in pkgutil.iter_modules(engine.verbs.__path__, "engine.verbs."):
        importlib.import_module(module.name)
    about_cases = ("vorgang:", "aufgabe:", "bescheid:", "nachricht:", "signal:", "bekanntgabe:", "loeschsperre:", "amtshilfe:")
    tags = {tag for _, tag in VERBS.values() if tag.startswith(about_cases)}
    assert tags - {"nachricht:empfangen", "signal:geworfen"} <= ACTS.keys() | TOLD_ELSEWHERE
