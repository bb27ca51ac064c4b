"""Why variables are written by orjson and read by the standard library: the same data with the codecs that keep numbers exact.

`Marken` writes a number as an object `{"@n": "210.5"}`, which orjson can read without losing digits; `json` is the standard
library both ways. Neither of them marks objects that look like tags, as ours must when it writes.

python -m bench.codec
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import orjson

from bench._measure import interleaved, ms, ratio
from engine.bpmn.codec import decode, encode

ROUNDS = 40


def sample() -> dict[str, Any]:
    """About 100 KB: trees with species, numbers, days and a note."""
    return {
        "baeume": [
            {"art": f"Stieleiche {n}", "umfang": Decimal("210.5"), "am": dt.date(2026, 3, 2), "krank": True, "notiz": "x" * 80}
            for n in range(600)
        ]
    }


def _tagged(value: Any) -> Any:
    return {"@n": str(value)} if isinstance(value, Decimal) else {"@d": value.isoformat()}


def _hook(found: dict[str, Any]) -> Any:
    if "@n" in found:
        return Decimal(found["@n"])
    return dt.date.fromisoformat(found["@d"]) if "@d" in found else found


def _walk(value: Any) -> Any:
    if isinstance(value, list):
        return [_walk(item) for item in value]
    if not isinstance(value, dict):
        return value
    revived = _hook(value)
    return {key: _walk(item) for key, item in revived.items()} if isinstance(revived, dict) else revived


def main() -> None:
    """All three must give back what was written."""
    data, plain = sample(), orjson.OPT_PASSTHROUGH_DATETIME
    ours = encode(data)
    tags = orjson.dumps(data, default=_tagged, option=plain)
    standard = json.dumps(data, default=_tagged, ensure_ascii=False).encode()
    assert decode(ours) == data == _walk(orjson.loads(tags)) == json.loads(standard, object_hook=_hook)
    found = interleaved(
        {
            "schreiben": lambda: encode(data),
            "lesen": lambda: decode(ours),
            "schreiben (Marken)": lambda: orjson.dumps(data, default=_tagged, option=plain),
            "lesen (Marken)": lambda: _walk(orjson.loads(tags)),
            "schreiben (json)": lambda: json.dumps(data, default=_tagged, ensure_ascii=False).encode(),
            "lesen (json)": lambda: json.loads(standard, object_hook=_hook),
        },
        ROUNDS,
    )
    for name, seconds in found.items():
        print(f"{name}: {ms(seconds)}")
    for other in ("Marken", "json"):
        print(f"{other} / unseres: schreiben {ratio(found[f'schreiben ({other})'], found['schreiben']):.2f}, ", end="")
        print(f"lesen {ratio(found[f'lesen ({other})'], found['lesen']):.2f}")
    print(f"Bytes: unseres {len(ours)}, Marken {len(tags)}, json {len(standard)}")


if __name__ == "__main__":
    main()
