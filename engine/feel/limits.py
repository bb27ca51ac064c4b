"""How much one expression may cost. Every number here is a promise that a test keeps."""

from __future__ import annotations

MAX_TEXT = 65_536  # characters of one expression
MAX_TOKENS = 6_000  # words, numbers and signs of one expression
MAX_DEPTH = 80  # nesting of an expression
MAX_NAME = 256  # characters of one name
STEPS = 60_000  # one evaluation; a step is about half a microsecond of work
CALL_DEPTH = 48  # functions of the designer calling each other
MAX_STRING = 1_000_000  # characters of one text
DATA_DEPTH = 100  # nesting of a value
MAX_WARNINGS = 100  # warnings kept of one evaluation
MAX_PATTERN = 1_000  # characters of a regular expression
MAX_CACHE = 4_096  # compiled expressions kept
MAX_KEPT = 4_000  # characters of an expression that is kept
CHARS_PER_STEP = 16  # text made for one step
CHARS_READ_PER_STEP = 128  # text searched for one step
CHARS_PER_TURN = 8  # of the text of a loop's body, for one step a turn
CALL_STEPS = 14  # a call of a function of the designer
MAX_VALUES = 200_000  # values in a result, repetitions counted
