"""`make fuzz`: what is drawn at random is drawn fifty times as often as in a CI run, and differently each time."""

from hypothesis import settings

settings.register_profile("fuzz", settings.get_profile("ci"), derandomize=False, max_examples=50 * 100)
