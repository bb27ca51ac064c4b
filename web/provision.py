"""Making a municipality that can be worked in at once, and all else the operator does to one: a new link, a look, removal.

The command line and the pages of the operator call these; each gives a plain value.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.base.clock import ZONE
from engine.base.errors import Cause, Conflict, Invalid, Unavailable
from web.settings import EMAIL, Settings

if TYPE_CHECKING:
    from engine.model.zentrale import Kommune, Particulars
    from engine.verbs.backup import BackedUp
    from engine.verbs.furnish import Administrator
    from engine.verbs.invite import Link

PROCESSES = Path(__file__).resolve().parents[1] / "processes"
SHARED = PROCESSES / "gemeinsam"
"""The parts that bundles of this installation may use without bringing them."""
BUNDLES = (SHARED / "posteingang", SHARED / "vorgang")
"""What every municipality offers from its first day on: the post room, and a process for what has none of its own."""
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for another when a password is read out or copied by hand."""

Mail = Literal["sent", "off", "failed"]


@dataclass(frozen=True, slots=True)
class Invited:
    """A one-time link: whose, where it leads, until when it is good, and whether it went out by mail."""

    login: str
    email: str
    link: str = field(repr=False)
    link_until: dt.datetime
    mail: Mail


@dataclass(frozen=True, slots=True)
class Provided:
    """A municipality, and when it is new: how its administrator comes in first.

    The link leads to a password of their own. The password beside it, for programs, is good for one login.
    """

    kommune: Kommune
    new: bool
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    invited: Invited | None = None


def new_password() -> str:
    """A password for the first login: 20 signs in groups, 99 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(4))


def provide(
    slug: str,
    *,
    name: str,
    kind: str,
    admin_name: str,
    admin_email: str,
    land: str = "SH",
    allow_ips: Iterable[str] = (),
    stellen: Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
    password: str | None = None,
    site: Settings | None = None,
) -> Provided:
    """Make a municipality with all it needs to be worked in; the same again changes nothing.

    With a `password` it is the administrator's and stays, and there is no link. `site` are the settings of the installation,
    else those of the environment. What a killed call left is cleared away first: nobody knows the link it made.

    Raises:
        Invalid: with a cause for every wrong field.
        Conflict: there is another municipality of that slug, or it is being made at this moment.
        Unavailable: the database server is away or does not let us, or the disk is full; nothing is left behind.
    """
    from engine import make_kommune
    from engine.model.zentrale import checked
    from engine.verbs.furnish import Administrator
    from engine.verbs.kommune import clear_half_made
    from web.passwords import hash_password

    wanted = _checked(lambda: checked(slug, name, kind, land, allow_ips=allow_ips, stellen=stellen), admin_name, admin_email)
    clear_half_made(slug)
    shown = password or new_password()
    who = Administrator(" ".join(admin_name.split()), admin_email, hash_password(shown), once=password is None)
    links: list[Link | None] = []
    made = make_kommune(
        slug, name, kind, land, wanted.allow_ips, stellen=wanted.stellen,
        furnish=lambda: links.append(_furnished(who, wanted, settings or {})),
    )  # fmt: skip
    if not links:
        return Provided(made, new=False)
    link = links[-1]
    invited = None if link is None else _sent(made, link, admin_email, site or Settings.from_env())
    return Provided(made, new=True, login=who.login, password=shown, invited=invited)


def _furnished(who: Administrator, wanted: Particulars, settings: Mapping[str, Any]) -> Link | None:
    from engine import furnish
    from engine.model.bundle import read_folder
    from web.compose import connectors

    bundles, types = [read_folder(folder) for folder in BUNDLES], connectors().types()
    link: Link | None = furnish(who, name=wanted.name, land=wanted.land, bundles=bundles, types=types, settings=settings)
    return link


def _checked(particulars: Callable[[], Particulars], admin_name: str, admin_email: str) -> Particulars:
    """What was said of the municipality, in normal form, with all that is wrong told at once."""
    from engine.model.zentrale import BETRIEB

    causes = []
    if not (admin_name.strip() and admin_name.isprintable() and len(admin_name) <= 200):
        causes.append(Cause("Der Name der Administration fehlt oder ist nicht lesbar.", "1 bis 200 Zeichen.", "/admin_name"))
    if EMAIL.fullmatch(admin_email) is None:
        message = "Die E-Mail-Adresse der Administration ist nicht brauchbar."
        causes.append(Cause(message, "Zum Beispiel verwaltung@husum.example", "/admin_email"))
    try:
        wanted = particulars()
    except Invalid as refusal:
        raise Invalid(refusal.sentence, [*refusal.causes, *causes]) from refusal
    if wanted.slug == BETRIEB:  # the engine knows it, but not as a municipality
        causes.append(Cause(f"„{BETRIEB}“ ist ein vorbehaltenes Wort.", "Wählen Sie einen anderen Kurznamen.", "/slug"))
    if causes:
        raise Invalid("Die Kommune kann so nicht angelegt werden.", causes)
    return wanted


# --- links -----------------------------------------------------------------------------------------------------------


def invite(slug: str, login: str | None = None, *, site: Settings | None = None) -> Invited:
    """Make another one-time link, for the administrator or for another Konto; an earlier one is good for nothing any more.

    Raises:
        Unknown: there is no such municipality or Konto.
        Conflict: there are several administrators, and nobody said which.
    """
    from engine import make_link, reads, show_kommune
    from engine.base import db
    from engine.base.rights import SYSTEM

    kommune = show_kommune(slug)
    with db.namespace(slug):
        if login is None:
            there = reads.inventory().administrators
            if len(there) != 1:
                hint = f"Es gibt {', '.join(there) or 'keine'}; bitte einen nennen."
                raise Conflict(
                    "Für wen der Link sein soll, ist nicht eindeutig.", [Cause("Anmeldename fehlt.", hint, "/login")]
                )
            login = there[0]
        link = make_link(login, by=SYSTEM)
        konto, _ = reads.konto_by_login(login)
        email = reads.get_person(konto.id).email
    return _sent(kommune, link, email, site or Settings.from_env())


def _sent(kommune: Kommune, link: Link, email: str, site: Settings) -> Invited:
    """A link, after it went out by mail if that can be done. A mail that does not go undoes nothing: the link is shown."""
    from web import mail

    address = f"{site.public_url()}/{kommune.slug}/einmallink/{link.token}"
    state: Mail = "off"
    if mail.is_set(site):
        try:
            mail.send(site, email, f"Ihr Zugang zu Amtsweg: {kommune.name}", _letter(kommune.name, link, address))
            state = "sent"
        except Unavailable:
            state = "failed"
    return Invited(link.login, email, address, link.ends_at, state)


def _letter(name: str, link: Link, address: str) -> str:
    until = link.ends_at.astimezone(ZONE)
    return (
        f"Guten Tag,\n\nfür Sie gibt es einen Zugang zu Amtsweg: {name}.\nIhr Anmeldename: {link.login}\n\n"
        f"Wählen Sie hier Ihr Passwort:\n{address}\n\n"
        f"Der Link gilt einmal, bis zum {until:%d.%m.%Y, %H:%M} Uhr. Danach bekommen Sie einen neuen von der Administration\n"
        "Ihrer Kommune oder vom Betrieb. Haben Sie nicht damit gerechnet, geben Sie ihn bitte nicht weiter.\n"
    )


# --- looking, removing -----------------------------------------------------------------------------------------------


def describe(slug: str, *, site: Settings | None = None) -> dict[str, Any]:
    """What there is of a municipality: its row in the registry, what was made for it, what it offers, what waits in the queue.

    Raises:
        Unknown: there is none of that slug.
    """
    from engine import reads, show_kommune
    from engine.base import db
    from web.doorbell import QUEUE, RedisDoorbell, queue_of

    kommune = show_kommune(slug)
    found: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(kommune).items()
    }
    found["leistungen"] = []
    if kommune.state in ("bereit", "gesperrt"):
        with db.namespace_in_any_state(slug):
            found |= asdict(reads.inventory())
            found["leistungen"] = [asdict(one) for one in reads.list_leistungen()]
    url = (site or Settings.from_env()).redis_url
    bell = RedisDoorbell(url) if url else None
    own = bell is not None and bell.has_own(slug)
    found["queue"] = {"name": queue_of(slug) if own else QUEUE, "waiting": None if bell is None else bell.waiting(slug)}
    return found


def remove(
    slug: str, *, confirm: str, export: Path | None, running: bool = False, seen: Any = None, site: Settings | None = None
) -> BackedUp | None:
    """Remove a municipality, with its data in the file `export` first (None: without), and what rings for it in the queue.

    Raises:
        Unknown, Invalid, Conflict, Unavailable: as `engine.remove_kommune` says.
    """
    from engine import remove_kommune
    from engine.verbs.backup import unseen

    exported: BackedUp | None = remove_kommune(slug, confirm=confirm, export=export, running=running, seen=seen or unseen)
    url = (site or Settings.from_env()).redis_url
    if url:
        from web.doorbell import RedisDoorbell

        RedisDoorbell(url).forget(slug)
    return exported
