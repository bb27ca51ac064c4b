"""Which characters a database can keep: not NUL, nor half of a surrogate pair, though JSON of the other side may name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def in_kept_characters(value: Any) -> bool:
    """Whether all texts in a value are made of characters that a database can keep."""
    if isinstance(value, str):
        return NO_TEXT.search(value) is None
    if isinstance(value, Mapping):
        return all(in_kept_characters(one) for pair in value.items() for one in pair)
    return not isinstance(value, list | tuple) or all(map(in_kept_characters, value))
