"""An application as it came in: who, to which office, for what, with which answers and files.

The value every reader in this folder makes, whatever the form system. Frozen: what a citizen sent is never changed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

Kind = Literal["text", "zahl", "datum", "ja_nein", "gruppe"]
FileKind = Literal["darstellung", "anlage"]


@dataclass(frozen=True, slots=True)
class Servicekonto:
    """The applicant's mailbox: account (OSI, BAYERN_ID, …), its id, and how surely the person was identified (1–4)."""

    type: str
    trust_level: int | None
    identifier: str
    address_type: str


@dataclass(frozen=True, slots=True)
class Feld:
    """One answer, or a group of answers. A group has `items` and no value."""

    name: str
    label: str
    kind: Kind
    value: str | Decimal | dt.date | bool | None = None
    items: tuple[Feld, ...] = ()


@dataclass(frozen=True, slots=True)
class Datei:
    """A file that came with the application: its printed form (darstellung) or an upload (anlage)."""

    name: str
    media_type: str
    content: bytes
    kind: FileKind


@dataclass(frozen=True, slots=True)
class Antrag:
    """An application, read. Equal `content_hash` means: the same application was sent again."""

    transaction_id: str
    stelle: str
    leika_ids: tuple[str, ...]
    form_id: str
    name: str
    servicekonto: Servicekonto | None
    felder: tuple[Feld, ...]
    dateien: tuple[Datei, ...]
    content_hash: str
    place: str = ""
    """The AGS or ARS it is about; "" if it says none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one application may bring; past it, it is refused before anything is stored."""

    attachment_bytes: int = 25 * 1024 * 1024
    request_bytes: int = 100 * 1024 * 1024
    form_data_bytes: int = 10 * 1024 * 1024
    files: int = 200
    nodes: int = 10_000
    depth: int = 64
    text_length: int = 100_000


class RawFile(Protocol):
    """A file as a form system sent it, nothing checked yet."""

    @property
    def name(self) -> str: ...

    @property
    def media_type(self) -> str: ...

    @property
    def content(self) -> bytes: ...
