"""Files of an application: safe names, honest media types, bearable sizes.

A name is what the sender claims: it loses folders, invisible and direction-turning characters, and is shortened. A media
type follows the first bytes where these speak for themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from engine.base.errors import Cause, TooLarge
from forms.antrag.antrag import Datei, FileKind, Limits, RawFile
from forms.strict_json import pointer

MAX_NAME = 200
UNKNOWN = "application/octet-stream"
_PARTS: dict[FileKind, str] = {"darstellung": "representation", "anlage": "attachment"}
_EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "application/zip": "zip"}
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_ZIP_BASED = re.compile(r"application/(?:vnd\.|epub\+zip|java-archive|x-zip|.*\+zip)")


def check_sizes(form_data: bytes, files: Sequence[tuple[FileKind, Sequence[RawFile]]], limits: Limits) -> None:
    """Refuse an application that brings too much.

    Raises:
        TooLarge: a file, their number, or all together pass a limit; causes name each file.
    """
    if len(form_data) > limits.form_data_bytes:
        raise TooLarge(f"Der Teil formData ist größer als {_mb(limits.form_data_bytes)}.")
    if sum(len(group) for _, group in files) > limits.files:
        raise TooLarge(f"Ein Antrag darf höchstens {limits.files} Dateien haben.")
    causes = [
        Cause(
            f"Die Datei „{safe_name(file.name, file.media_type, kind, number)}“ ist größer als {_mb(limits.attachment_bytes)}.",
            hint="Bitte verkleinern oder aufteilen.",
            pointer=pointer(_PARTS[kind], number - 1),
        )
        for kind, group in files
        for number, file in enumerate(group, start=1)
        if len(file.content) > limits.attachment_bytes
    ]
    if causes:
        raise TooLarge(f"Eine Datei darf höchstens {_mb(limits.attachment_bytes)} groß sein.", causes)
    if len(form_data) + sum(len(file.content) for _, group in files for file in group) > limits.request_bytes:
        raise TooLarge(f"Ein Antrag darf mit allen Dateien höchstens {_mb(limits.request_bytes)} groß sein.")


def read_files(kind: FileKind, files: Sequence[RawFile]) -> tuple[Datei, ...]:
    """The files of one kind with safe names and corrected media types, in the order they came."""
    read = []
    for number, file in enumerate(files, start=1):
        media_type = true_media_type(file.media_type, file.content)
        read.append(Datei(safe_name(file.name, media_type, kind, number), media_type, file.content, kind))
    return tuple(read)


def true_media_type(declared: str | None, content: bytes) -> str:
    """The media type by the first bytes for PDF, PNG, JPEG and ZIP; else as declared, if that can be true."""
    claimed = (declared or "").split(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(claimed):
        claimed = UNKNOWN
    found = _by_content(content)
    if found == "application/zip" and _ZIP_BASED.match(claimed):
        return claimed
    if found is None and claimed in _EXTENSIONS:
        return UNKNOWN
    return found or claimed


def safe_name(name: str | None, media_type: str, kind: FileKind, number: int) -> str:
    """A file name that is only a name; without one, `anlage-1.bin` or what the media type says."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name or ""))[-1]
    kept = "".join(sign for sign in base if unicodedata.category(sign)[0] != "C" and sign not in "\u2028\u2029")
    kept = re.sub(r'[<>:"|?*]', "_", kept)
    kept = re.sub(r"\s+", " ", kept).strip(" .")
    if not kept:
        return f"{kind}-{number}.{_EXTENSIONS.get(media_type, 'bin')}"
    if len(kept) <= MAX_NAME:
        return kept
    stem, dot, extension = kept.rpartition(".")
    if not dot or len(extension) > 20:
        return kept[:MAX_NAME].rstrip(" .")
    return stem[: MAX_NAME - len(extension) - 1].rstrip(" .") + dot + extension


def _by_content(content: bytes) -> str | None:
    if b"%PDF-" in content[:1024]:
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "application/zip"
    return None


def _mb(size: int) -> str:
    mib = size / (1024 * 1024)
    return f"{mib:.0f} MB" if mib >= 1 else f"{size} Byte"
