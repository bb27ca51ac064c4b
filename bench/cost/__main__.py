"""Every figure of the cost table, with its limit and whether it is kept.

python -m bench.cost                      all of them
python -m bench.cost completion loop      some parts
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module

from bench._measure import Figure

PARTS = ("completion", "loop", "state", "items", "timers", "held")


def main(parts: list[str]) -> int:
    """Measure; gives 1 if a limit was missed."""
    missed: list[Figure] = []
    for part in parts or PARTS:
        print(f"--- {part}", flush=True)
        for figure in import_module(f"bench.cost.{part}").measure():
            print(figure, flush=True)
            if not figure.kept:
                missed.append(figure)
        gc.collect()
    for figure in missed:
        print(f"VERFEHLT: {figure}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
