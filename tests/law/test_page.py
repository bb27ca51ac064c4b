"""docs/law.md: up to date, and nothing that was decided is missing on it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from engine.law import reference
from engine.law.rules import accounts, delivery_rules, notice_rules, period_rules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/law.md").read_text(encoding="utf-8")
RULES = [*period_rules().values(), *delivery_rules(), *notice_rules()]


def test_the_page_is_up_to_date_and_prints_itself():
    assert reference.page() == PAGE
    command = [sys.executable, "-W", "error", "-m", "engine.law.reference"]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout == PAGE


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_stands_there_with_its_source_the_day_it_was_read_and_what_to_confirm(rule):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{rule.id}` | "))
    assert rule.source in row
    assert f"{rule.read_on:%d.%m.%Y}" in row
    assert rule.says in row
    assert (f"* `{rule.id}` ({rule.source}): {rule.confirm}" in PAGE) == bool(rule.confirm)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_has_a_source_and_was_read(rule):
    assert rule.source.startswith("Einstellung") or any(word in rule.source for word in ("§", "Art."))
    assert rule.valid_from <= rule.read_on <= dt.date(2026, 11, 26)


def test_each_delivery_rule_must_be_confirmed():
    assert all(rule.confirm for rule in delivery_rules())


def test_the_accounts_stand_there_and_must_be_confirmed():
    assert all(f"| {', '.join([account.name, *account.also])} | " in PAGE for account in accounts())
    assert "**von einer Juristin zu bestätigen**" in PAGE
