"""Which characters of a text we keep.

Databases, PDF and XML cannot hold NUL, most control characters, or half of a surrogate pair; people do not type them.
"""

from __future__ import annotations

import re

_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def has_unwanted(text: str) -> bool:
    """Whether a text holds a character that no document can carry."""
    return _UNWANTED.search(text) is not None


def cleaned(text: str) -> str:
    """The text with each such character shown as the replacement sign, so that one sees that something stood there."""
    return _UNWANTED.sub(_REPLACEMENT, text)
