"""Pictures for tests."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from PIL import Image


def png(width: int = 30, height: int = 20, content: bytes | None = None) -> bytes:
    """A PNG of one colour; with other content something that only begins like one."""
    raw = b"".join(b"\0" + bytes([30, 90, 160]) * width for _ in range(height)) if content is None else content

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def small(path: Path, content: bytes) -> None:
    """Keep a picture of a page with 64 colours: a page has few, and so it is a fraction of the size."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
