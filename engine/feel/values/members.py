"""The properties of dates, times, durations and ranges: date.year, duration.days, range.start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.values.durations import YearsMonths, parts_of
from engine.feel.values.ranges import Range
from engine.feel.values.temporal import offset_of, second_of, zone_name

_Getter = Callable[[Any], Any]
_DAY: dict[str, _Getter] = {
    "year": lambda v: Decimal(v.year),
    "month": lambda v: Decimal(v.month),
    "day": lambda v: Decimal(v.day),
    "weekday": lambda v: Decimal(v.isoweekday()),
}
_CLOCK: dict[str, _Getter] = {
    "hour": lambda v: Decimal(v.hour),
    "minute": lambda v: Decimal(v.minute),
    "second": second_of,
    "time offset": offset_of,
    "timezone": zone_name,
}
PROPERTIES: dict[type, dict[str, _Getter]] = {
    dt.date: _DAY,
    dt.time: _CLOCK,
    dt.datetime: {**_DAY, **_CLOCK},
    dt.timedelta: {
        "days": lambda v: parts_of(v)["days"],
        "hours": lambda v: parts_of(v)["hours"],
        "minutes": lambda v: parts_of(v)["minutes"],
        "seconds": lambda v: parts_of(v)["seconds"],
    },
    YearsMonths: {"years": lambda v: Decimal(v.years), "months": lambda v: Decimal(v.months)},
    Range: {
        "start": lambda v: v.start,
        "end": lambda v: v.end,
        "start included": lambda v: v.start_included,
        "end included": lambda v: v.end_included,
    },
}


def member(value: Any, name: str, missing: Any) -> Any:
    """The property of that name, or `missing`."""
    getter = PROPERTIES.get(type(value), {}).get(name)
    return missing if getter is None else getter(value)
