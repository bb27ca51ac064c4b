"""How much one instance may cost, in one step and at all. Every number here is a promise that tests/bpmn/test_budgets.py keeps.

What goes beyond is an incident at the element where it happened: the worker lives, other instances do not notice, and a
person mends the variables, tries again or ends the Vorgang. What one expression may cost says engine.feel.limits.
"""

from __future__ import annotations

import datetime as dt

MAX_STEPS = 60_000
"""Tokens run in one step, from one wait to the next; expressions count with FEEL_STEPS of theirs for one."""
FEEL_STEPS = 50
MAX_TOKENS = 10_000
"""Tokens of an instance at a time."""
MAX_DEPTH = 200
"""Processes and sub-processes inside one another, called ones too."""
MAX_ITEMS = 5_000
"""Items that an activity is done for."""
MAX_BYTES = 8_000_000
"""All variables of an instance together, as they are stored."""
SHORTEST_CYCLE = dt.timedelta(minutes=1)
"""Between two turns of a repeating timer."""
