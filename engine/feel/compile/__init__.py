"""From the tree of an expression to Python functions on decimals, once."""

from engine.feel.compile import basics, calls, loops, operators, unary
from engine.feel.compile.code import MISSING, Code, Compiled

__all__ = ["MISSING", "Code", "Compiled", "basics", "calls", "loops", "operators", "unary"]
