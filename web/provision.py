"""Making a municipality that can be worked in at once: namespace, administrator, post room."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import Cause, Invalid, Unknown

if TYPE_CHECKING:
    from engine.model.zentrale import Kommune

PROCESSES = Path(__file__).resolve().parents[1] / "processes"
SHARED = PROCESSES / "gemeinsam"
"""The parts that bundles of this installation may use without bringing them."""
POSTEINGANG = SHARED / "posteingang"
EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for another when a password is read out or copied by hand."""


@dataclass(frozen=True, slots=True)
class Provided:
    """A municipality, and when it is new: how its administrator logs in first."""

    kommune: Kommune
    new: bool
    login: str | None = None
    password: str | None = None


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
) -> Provided:
    """Make a municipality with its administrator, post room and settings; the same again changes nothing.

    Raises:
        Invalid: with a cause for every wrong field.
        Conflict: there is another municipality of that slug.
    """
    from engine import furnish, make_kommune
    from engine.model.bundle import read_folder
    from web.compose import connectors
    from web.identity import hash_password

    _check_slug(slug)
    _check_admin(admin_name, admin_email)
    once, password = password is None, password or new_password()
    logins: list[str] = []

    def fill() -> None:
        logins.append(
            furnish(
                admin_name=" ".join(admin_name.split()),
                admin_email=admin_email,
                password=hash_password(password),
                once=once,
                bundle=read_folder(POSTEINGANG),
                types=connectors().types(),
                settings=settings or {},
            )
        )

    _clear_half_made(slug)
    made = make_kommune(slug, name, kind, land, allow_ips, stellen=stellen, furnish=fill)
    if not logins:
        return Provided(made, new=False)
    return Provided(made, new=True, login=logins[-1], password=password)


def _check_slug(slug: str) -> None:
    from engine.model.zentrale import BETRIEB

    if slug == BETRIEB:  # the engine knows it, but not as a municipality
        cause = Cause(f"„{slug}“ ist ein vorbehaltenes Wort.", "Wählen Sie einen anderen Kurznamen.", "/slug")
        raise Invalid("Die Kommune kann so nicht angelegt werden.", [cause])


def _check_admin(name: str, email: str) -> None:
    if not name.strip() or EMAIL.fullmatch(email) is None:
        message = "Name oder E-Mail-Adresse der Verwaltung ist nicht brauchbar."
        cause = Cause(message, "Zum Beispiel verwaltung@husum.example", "/admin_email")
        raise Invalid("Die Kommune kann so nicht angelegt werden.", [cause])


def _clear_half_made(slug: str) -> None:
    """Remove what a killed process left: it was never ready, and the password it gave the administrator is known to nobody."""
    from engine import remove_kommune, show_kommune

    try:
        half_made = show_kommune(slug).state == "entsteht"
    except Unknown:
        return
    if half_made:
        remove_kommune(slug, confirm=slug)
