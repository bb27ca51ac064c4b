"""How much one instance may cost, in one step and at all. Every number here is a promise that tests/bpmn/test_budgets.py keeps.

What goes beyond is an incident at the element where it happened: the worker lives, other instances do not notice, and a
person mends the variables, tries again or ends the Vorgang. What one expression may cost says engine.feel.limits.
"""

from __future__ import annotations

import datetime as dt

MAX_STEPS = 25_000
"""Work of one step, from one wait to the next: tokens run, and what expressions, decisions and values cost, all counted alike.

It is counted, not timed: the same event at the same snapshot always comes as far."""
FEEL_STEPS = 50
"""So many steps of FEEL (engine.feel.limits) are one step here."""
EVALUATION = 10
"""Steps of FEEL for beginning an evaluation, however small."""
FIRED = FEEL_STEPS
"""Steps of FEEL for a rule that fired: it is written down."""
DECIDED = 10 * FEEL_STEPS
"""Steps of FEEL for a decision: its reasons are kept as a row."""
THROW = 125 * FEEL_STEPS
"""Steps of FEEL for a message or signal that is thrown: it is kept and brought to everybody who waits."""
BYTES_PER_STEP = 128
"""Bytes of a value that is written, for a step of FEEL."""
BYTES_MOVED_PER_STEP = 1024
"""Bytes of a list of which one item is replaced, for a step of FEEL."""
TURN, FIRST_TURN = 100, 500
"""A step that has done more than the first 500 steps of its work lets others go on after every 100."""
MOST_LINES = 500
"""Lines of history kept from the beginning, and as many from the end, of a step that was stopped: what is between tells nothing
new, and writing it would hold up everybody else in the namespace."""
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
