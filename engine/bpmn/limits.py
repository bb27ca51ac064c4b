"""How much one instance may cost, in one step and at all. Every number here is a promise that tests/bpmn/test_budgets.py keeps.

What goes beyond is an incident at the element where it happened: the worker lives, other instances do not notice, and a
person mends the variables, tries again or ends the Vorgang. What one expression may cost says engine.feel.limits.
"""

from __future__ import annotations

import datetime as dt

MAX_STEPS = 60_000
"""Work of one step, from one wait to the next: tokens run, and what expressions, decisions and values cost, all counted alike.

It is counted, not timed: the same event at the same snapshot always comes as far."""
FEEL_STEPS = 50
"""So many steps of FEEL (engine.feel.limits) are one step here."""
EVALUATION = 10
"""Steps of FEEL for beginning an evaluation, however small."""
FIRED = FEEL_STEPS
"""Steps of FEEL for a rule that fired: it is written down."""
BYTES_PER_STEP = 128
"""Bytes of a value that is written, for a step of FEEL."""
BYTES_MOVED_PER_STEP = 1024
"""Bytes of a list of which one item is replaced, for a step of FEEL."""
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
