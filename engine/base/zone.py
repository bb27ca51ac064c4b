"""Local time in Germany: the one zone in which days begin and end here."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")


def local_day(instant: dt.datetime) -> dt.date:
    """The calendar day on which an instant falls in Germany."""
    return instant.astimezone(ZONE).date()
