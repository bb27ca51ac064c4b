"""The registry: which municipalities this installation serves, where their data is, and who is competent for what.

It never holds a case. Rules of domain.md 1: a municipality has a name, a kind and the addresses its clerks come from.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import ZentraleBase
from engine.base.errors import Cause, Conflict, Invalid

# ISO 3166-2:DE without the prefix
LAENDER = {
    "BB": "Brandenburg",
    "BE": "Berlin",
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "HB": "Bremen",
    "HE": "Hessen",
    "HH": "Hamburg",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SH": "Schleswig-Holstein",
    "SL": "Saarland",
    "SN": "Sachsen",
    "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}
KINDS = ("Stadt", "Gemeinde", "Amt", "Kreis", "Ministerium")
# Art. 1 LKrO BY: the Kreis is called Landkreis; Art. 3 GO BY: a Gemeinde may be called Markt.
KINDS_OF_LAND = {"BY": (*KINDS, "Landkreis", "Markt")}

SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
# First parts of paths that are not municipalities, and words an operator would mistake for one.
RESERVED = frozenset(
    {"live", "ready", "metrics", "static", "antrag", "api", "zentrale", "betrieb", "admin", "anmelden", "abmelden"}
    | {"amtsweg", "hilfe", "impressum", "datenschutz", "kommune", "kommunen", "login", "logout", "openapi", "docs"}
    | {"favicon", "robots", "www", "webhook", "sicherung", "system"}
)

BETRIEB = "betrieb"
"""The slug of the operator's own namespace: Konten of operators, their Protokoll, the central post room. No municipality."""

# from → may become. A removed municipality has no row.
STATES = {
    "entsteht": frozenset({"bereit", "wird_entfernt"}),
    "bereit": frozenset({"gesperrt", "wird_entfernt"}),
    "gesperrt": frozenset({"bereit", "wird_entfernt"}),
    "wird_entfernt": frozenset[str](),
}


class KommuneRow(ZentraleBase):
    """A municipality: its name and kind, its state, and where its database is."""

    __tablename__ = "kommune"
    __table_args__ = (sa.CheckConstraint("state IN ('entsteht', 'bereit', 'gesperrt', 'wird_entfernt')", name="state"),)

    slug: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str] = mapped_column(sa.String(20))
    land: Mapped[str] = mapped_column(sa.String(2))
    state: Mapped[str] = mapped_column(sa.String(20))
    database: Mapped[str] = mapped_column(sa.String(63))
    role: Mapped[str | None] = mapped_column(sa.String(63))
    password: Mapped[str | None] = mapped_column(sa.Text)
    key: Mapped[str] = mapped_column(sa.Text)
    """Its own key, wrapped with AMTSWEG_SECRET: what is sealed in its database opens with it only."""
    allow_ips: Mapped[list[str]] = mapped_column(sa.JSON)
    created_at: Mapped[dt.datetime]


class Zustaendigkeit(ZentraleBase):
    """Who is competent: an organisational unit, or a Leistung at a place, belongs to a municipality."""

    __tablename__ = "zustaendigkeit"
    __table_args__ = (
        sa.UniqueConstraint("stelle"),
        sa.UniqueConstraint("leika", "ags"),
        sa.CheckConstraint("(stelle IS NOT NULL) OR (leika IS NOT NULL AND ags IS NOT NULL)", name="names_something"),
    )

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    slug: Mapped[str] = mapped_column(sa.ForeignKey("kommune.slug", ondelete="CASCADE"), index=True)
    stelle: Mapped[str | None] = mapped_column(sa.String(100))
    leika: Mapped[str | None] = mapped_column(sa.String(14))
    ags: Mapped[str | None] = mapped_column(sa.String(12))
    unit: Mapped[str | None] = mapped_column(sa.String(100))
    """The number of the Stelle in the municipality that gets a Leistung at a place; None: it is left to the municipality."""


KOMMUNE = ZentraleBase.metadata.tables["kommune"]
ZUSTAENDIGKEIT = ZentraleBase.metadata.tables["zustaendigkeit"]


@dataclass(frozen=True)
class Kommune:
    """What the registry knows of a municipality, as a value."""

    slug: str
    name: str
    kind: str
    land: str
    state: str
    allow_ips: tuple[str, ...]
    stellen: tuple[str, ...]
    created_at: dt.datetime

    @property
    def particulars(self) -> Particulars:
        return Particulars(self.slug, self.name, self.kind, self.land, self.allow_ips, self.stellen)


@dataclass(frozen=True)
class Particulars:
    """What an operator says when a municipality is made, checked and in normal form."""

    slug: str
    name: str
    kind: str
    land: str
    allow_ips: tuple[str, ...] = ()
    stellen: tuple[str, ...] = ()


OPERATOR = Particulars(BETRIEB, "Betrieb", "Betrieb", "")


def checked(
    slug: str, name: str, kind: str, land: str, *, allow_ips: Iterable[str] = (), stellen: Iterable[str] = ()
) -> Particulars:
    """What was said, in normal form.

    Raises:
        Invalid: with a cause for every wrong field.
    """
    if (slug, kind) == (OPERATOR.slug, OPERATOR.kind):
        return OPERATOR
    causes: list[Cause] = []
    causes.extend(_wrong_slug(slug))
    name, land = " ".join(name.split()), land.strip().upper().removeprefix("DE-")
    if not 1 <= len(name) <= 200 or not name.isprintable():
        hint = "1 bis 200 Zeichen, zum Beispiel „Kreis Nordfriesland“."
        causes.append(Cause("Der Name fehlt, ist zu lang oder nicht lesbar.", hint, "/name"))
    if land not in LAENDER:
        causes.append(Cause(f"Das Land „{land}“ gibt es nicht.", f"Eines von {', '.join(sorted(LAENDER))}.", "/land"))
    kinds = KINDS_OF_LAND.get(land, KINDS)
    if kind not in kinds:
        causes.append(Cause(f"Die Art „{kind}“ ist hier nicht bekannt.", f"Eine von {', '.join(kinds)}.", "/kind"))
    networks = tuple(_network(text, index, causes) for index, text in enumerate(allow_ips))
    units = tuple(_stelle(text, index, causes) for index, text in enumerate(stellen))
    if causes:
        raise Invalid("Die Kommune kann so nicht angelegt werden.", causes)
    return Particulars(slug, name, kind, land, tuple(dict.fromkeys(networks)), tuple(sorted(set(units))))


def networks(texts: Iterable[str]) -> tuple[str, ...]:
    """Networks in normal form, each once.

    Raises:
        Invalid: with a cause for every one that is none.
    """
    causes: list[Cause] = []
    found = tuple(dict.fromkeys(_network(text, index, causes, "/netze") for index, text in enumerate(texts)))
    if causes:
        raise Invalid("Die Netze wurden nicht geändert.", causes)
    return found


def lets_in(networks: Iterable[str], address: str) -> bool:
    """Whether an address may come in: from one of the networks, or from anywhere if none is named."""
    found = [ipaddress.ip_network(network) for network in networks]
    return not found or any(ipaddress.ip_address(address) in network for network in found)


def _wrong_slug(slug: str) -> Iterable[Cause]:
    if slug in RESERVED:
        yield Cause(f"„{slug}“ ist ein vorbehaltenes Wort.", "Wählen Sie einen anderen Kurznamen.", "/slug")
    elif SLUG.fullmatch(slug) is None:
        yield Cause(
            f"„{slug[:60]}“ ist kein gültiger Kurzname.",
            "3 bis 40 Zeichen aus a–z, 0–9 und Bindestrich; am Anfang ein Buchstabe, am Ende kein Bindestrich.",
            "/slug",
        )


def _network(text: str, index: int, causes: list[Cause], field: str = "/allow_ips") -> str:
    """A network in CIDR form; a single address is a network of one."""
    text = text.strip()
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        hint = "Zum Beispiel 192.0.2.0/24, 192.0.2.7 oder 2001:db8::/32."
        try:
            hint = f"Gemeint ist wohl {ipaddress.ip_network(text, strict=False)}."
        except ValueError:
            pass  # not an address at all: the general hint stands
        causes.append(Cause(f"„{text[:60]}“ ist kein Netz in CIDR-Schreibweise.", hint, f"{field}/{index}"))
        return text


def _stelle(text: str, index: int, causes: list[Cause]) -> str:
    text = text.strip()
    if not 1 <= len(text) <= 100 or not text.isprintable():
        causes.append(Cause("Die Kennung der Stelle fehlt oder ist zu lang.", "1 bis 100 Zeichen.", f"/stellen/{index}"))
    return text


def may_become(before: str, after: str) -> bool:
    """Whether a municipality in one state may come into another; staying is no change and always allowed."""
    if before not in STATES or after not in STATES:
        raise ValueError(f"no such state: {before} → {after}")
    return before == after or after in STATES[before]


def moved(slug: str, before: str, after: str) -> str:
    """The state after a move.

    Raises:
        Conflict: a municipality in that state cannot become what was asked.
    """
    if not may_become(before, after):
        raise Conflict(f"Die Kommune „{slug}“ ist im Zustand „{before}“ und kann nicht „{after}“ werden.", fresh=before)
    return after


def value_of(row: Any, stellen: Sequence[str]) -> Kommune:
    """A row of the registry as a value."""
    return Kommune(
        row.slug, row.name, row.kind, row.land, row.state, tuple(row.allow_ips), tuple(sorted(stellen)), row.created_at
    )
