"""The functions of FEEL, one small Python function each, grouped as in the standard."""

from __future__ import annotations

from importlib import import_module

GROUPS = ("conversion", "booleans", "strings", "lists", "statistics", "arithmetic", "temporal", "ranges", "contexts")


def load() -> None:
    """Declare all functions of the standard."""
    for group in GROUPS:
        import_module(f"engine.feel.builtins.{group}")
