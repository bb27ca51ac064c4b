"""Why variables are written with orjson and tags: the same data with the codecs that keep numbers exact.

python -m bench.codec
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

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


def _standard(value: Any) -> Any:
    return {"@n": str(value)} if isinstance(value, Decimal) else {"@d": value.isoformat()}


def _hook(found: dict[str, Any]) -> Any:
    if "@n" in found:
        return Decimal(found["@n"])
    return dt.date.fromisoformat(found["@d"]) if "@d" in found else found


def main() -> None:
    """orjson with tags against the standard library with the same tags; both must give back what was written."""
    data = sample()
    ours, standard = encode(data), json.dumps(data, default=_standard, ensure_ascii=False).encode()
    assert decode(ours) == data == json.loads(standard, object_hook=_hook)
    found = interleaved(
        {
            "schreiben": lambda: encode(data),
            "lesen": lambda: decode(ours),
            "schreiben (json)": lambda: json.dumps(data, default=_standard, ensure_ascii=False).encode(),
            "lesen (json)": lambda: json.loads(standard, object_hook=_hook),
        },
        ROUNDS,
    )
    for name, seconds in found.items():
        print(f"{name}: {ms(seconds)}")
    print(f"json / orjson: schreiben {ratio(found['schreiben (json)'], found['schreiben']):.2f}, ", end="")
    print(f"lesen {ratio(found['lesen (json)'], found['lesen']):.2f} ({len(ours) // 1000} KB)")


if __name__ == "__main__":
    main()
