"""What the engine asks of the outside, as plain values. Connectors know these and nothing else of the engine.

A connector is a schema in and out and a function, listed in `connectors.CONNECTORS`; plus `check(config)`. It gets a
`Call` and gives an `Answer`, or raises one of four errors, each with a different consequence:

    Refused       the other side said no and will say no again: an incident a person must look at
    Unreachable   nothing happened there: tried again later
    Unsure        it may have been done there: what follows depends on how the operation may be repeated (`Repeat`)
    BpmnError     an outcome the diagram knows: goes to the boundary event with that code, else an incident
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from engine.base.characters import NO_TEXT
from engine.base.patience import Wanted, always

# --- documents ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class File:
    """A document as bytes: what came with an Antrag, what a connector made, what is sent."""

    name: str
    media_type: str
    content: bytes
    kind: str = "anlage"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


# --- the Servicekonto --------------------------------------------------------------------------------------------


class ReplyPolicy(StrEnum):
    """Whether the applicant may answer a message (OZG-Cloud's three words, unverified; ours in fact)."""

    FORBIDDEN = "FORBIDDEN"
    POSSIBLE = "POSSIBLE"
    MANDATORY = "MANDATORY"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of a Servicekonto: the account it belongs to (OSI, BAYERN_ID, BUND_ID, …), its id and its type."""

    account: str
    identifier: str
    type: str = "citizen"


@dataclass(frozen=True, slots=True)
class Message:
    """A letter to an applicant's mailbox. `trust_level` is the lowest STORK level (1–4) that may open it."""

    address: Address
    sender: str
    subject: str
    body: str
    case_reference: str
    service: str = ""
    reply: ReplyPolicy = ReplyPolicy.FORBIDDEN
    reply_until: dt.date | None = None
    trust_level: int | None = None
    attachments: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a mailbox says of a message. `provided_at` is the instant that counts in law; the others come later."""

    message_id: str
    provided_at: dt.datetime
    notified_at: dt.datetime | None = None
    retrieved_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of Servicekonto can do. `reply` is none, email or thread; sizes are bytes."""

    reply: str
    attachment_types: frozenset[str]
    max_attachment_bytes: int
    max_total_bytes: int
    status_messages: bool


class Mailbox(Protocol):
    """A kind of Servicekonto: OSI, BayernID, BundID and our reference server all fit this."""

    def capabilities(self, config: Mapping[str, Any]) -> Capabilities: ...

    def send(self, message: Message, *, config: Mapping[str, Any], key: str) -> Delivery: ...


# --- letters -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The authority that writes: name, unit, address lines, contact lines.

    `logo` is the hash of a picture that lies with the documents of the municipality, `logo_alt` what it shows, in words.
    """

    authority: str
    unit: str = ""
    address: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    logo: str = ""
    logo_type: str = ""
    logo_alt: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text, plain values only. kind: paragraph | item (numbered) | bullet | row (cells of a table)."""

    kind: str
    text: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a letter; kinds are those of engine.model.notice. Sections of one `group` share its heading and number on."""

    kind: str
    heading: str = ""
    blocks: tuple[Block, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice or letter, filled in: everything the renderer needs and nothing it would have to look up but the picture.

    `footer` and `privacy` stand at the end of every letter of the municipality: opening hours, bank, how data are protected.
    `written_by` is the slug of the municipality to which the task has passed over (§ 18 GkZ); none: the one whose case it is.
    """

    title: str
    letterhead: Letterhead
    addressee: tuple[str, ...]
    reference: str
    date: dt.date
    place: str
    subject: str
    salutation: str
    sections: tuple[Section, ...]
    signatory: str
    closing: str = "Mit freundlichen Grüßen"
    draft: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    footer: tuple[str, ...] = ()
    privacy: str = ""
    written_by: str = ""


class Renderer(Protocol):
    """Makes a tagged PDF of a letter, with the bytes of its logo. The same letter gives the same bytes."""

    def render(self, letter: Letter, logo: bytes = b"") -> bytes: ...


# --- connectors --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to do outside, once.

    `key` is the idempotency key: the same for every retry, another for every new activation. `inputs` are as the
    diagram mapped them; the connector loads them through its schema. `config` is what the Kommune set for this connector.
    `document` gives the bytes of a document of this Vorgang by its id. `letter` is there for operations that write one, `logo`
    are the bytes of the picture that it names.
    """

    type: str
    key: str
    kommune: str
    authority: str
    case_reference: str
    inputs: Mapping[str, Any]
    config: Mapping[str, Any]
    document: Callable[[str], File]
    letter: Letter | None = None
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class HelpWanted:
    """What another municipality is asked in a case, to which last day, and what of the case it gets to see.

    `documents` are ids, `fields` paths of the application (`antragsteller/nachname`).
    """

    guest: str
    question: str
    until_bis: dt.date | None
    documents: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: variables for the diagram, documents to keep with the Vorgang; `help` is to be asked for in its name."""

    variables: Mapping[str, Any]
    documents: tuple[File, ...] = ()
    help: HelpWanted | None = None


class ConnectorError(Exception):
    """The reason a call did not succeed, in a German sentence; it may quote the other side, whatever that says."""

    def __init__(self, sentence: str) -> None:
        super().__init__(NO_TEXT.sub("\ufffd", sentence))


class Refused(ConnectorError):
    """The other side said no, and will say no again."""


class Unreachable(ConnectorError):
    """Nobody was there, or said to come later; nothing was done."""


class Unsure(Unreachable):
    """It was sent, and no answer says whether it was done: too late, cut off, unreadable."""


class Repeat(StrEnum):
    """What may follow an attempt whose outcome nobody knows.

    KEY: repeat it, the other side knows the key and does it once. ASK: ask the other side first whether it was done.
    ONCE: never repeat it by itself; a person looks over there and decides.
    """

    KEY = "key"
    ASK = "ask"
    ONCE = "once"


class BpmnError(ConnectorError):
    """An outcome the diagram can catch by its code."""

    def __init__(self, code: str, message: str, variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = NO_TEXT.sub("\ufffd", code)
        self.variables = dict(variables or {})


Offer = Mapping[str, frozenset[str]]
"""Operation types that a diagram may name, each with the names of the variables it gives."""


@dataclass(frozen=True, slots=True)
class SettingField:
    """Something a municipality sets for a connector. kind: text | secret | url | number | choice."""

    name: str
    title: str
    kind: str
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """A connector as people see it: what it is for, which operations it has, and what is to be set."""

    name: str
    title: str
    about: str
    operations: tuple[str, ...]
    fields: tuple[SettingField, ...]


class Connectors(Protocol):
    """All connectors of an installation, as the engine, the checker and the Administration see them."""

    def types(self) -> Offer: ...

    def call(self, call: Call) -> Answer: ...

    def repeat(self, type: str) -> Repeat:
        """What may follow an attempt of that operation whose outcome nobody knows."""

    def ask(self, call: Call) -> Answer | None:
        """Ask whether a call has been done already; its answer, or None if it was not. Only where `repeat` is ASK."""

    def doors(self) -> tuple[Door, ...]: ...

    def read_settings(self, name: str, typed: Mapping[str, str], kept: Mapping[str, Any]) -> dict[str, Any]:
        """What was typed for a connector, as it is kept; a secret that was left empty stays.

        Raises:
            Invalid: it does not fit; causes point at fields.
        """

    def check(self, name: str, config: Mapping[str, Any]) -> list[str]:
        """What is wrong with settings of a connector, in sentences; looks outside too. None: nothing is wrong."""


# --- the doorbell ------------------------------------------------------------------------------------------------


class Doorbell(Protocol):
    """Tells a worker that an Auftrag is ready. It may fail or forget: the table is the truth."""

    def ring(self, kommune: str, auftrag_id: str) -> None: ...


# --- other municipalities ------------------------------------------------------------------------------------------
#
# What goes over are values that survive JSON: another installation can be asked in the same words over HTTPS (docs/adr/0022).


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who asks, as the guest knows them at this moment: their rights at home, and the ids of those they stand in for there.

    `had` are e-mail addresses they had once: four eyes know a person by them too.
    """

    id: str
    login: str
    name: str
    email: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    had: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What a clerk of the guest asks of the origin, by a grant and the secret that proves it is the guest's."""

    guest: str
    guest_name: str
    grant: str
    secret: str = field(repr=False)
    clerk: Clerk
    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back. kind: ok | unknown | conflict | invalid | away; `content` for ok, else a sentence and its causes."""

    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)
    sentence: str = ""
    causes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """What an origin tells a guest. kind: grant (one was given) | use (somebody of the guest used one) | end.

    Or what it asks: letterhead (of a guest to which a task has passed over, for the letter that is being written). Or what a
    guest tells it: attempt (to use a grant while it was away). `origin` is always who tells.
    """

    origin: str
    origin_name: str
    kind: str
    grant: str
    content: Mapping[str, Any] = field(default_factory=dict)


class Neighbours(Protocol):
    """The other municipalities. Called outside of every transaction, from the namespace of the one that asks or tells."""

    def ask(self, origin: str, request: Request, wanted: Wanted = always) -> Reply:
        """Ask an origin. Right before something is done or refused there `wanted` is called: if it says no, nothing is.

        Over a network it is no message: the origin would say that it is there, and be told to go on.
        """

    def tell(self, guest: str, news: News) -> Reply: ...
