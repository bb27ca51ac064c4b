"""`make fuzz`: what is drawn at random is drawn fifty times as often as in a CI run (or FUZZ times), differently each time."""

import os

from hypothesis import settings

times = float(os.environ.get("FUZZ", "50"))
settings.register_profile("fuzz", settings.get_profile("ci"), derandomize=False, max_examples=max(1, int(times * 100)))
