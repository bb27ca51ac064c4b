"""Who may do what: rights by role, and what makes a function a verb.

A verb is one change of state: one transaction, one right, one Protokoll line. `@verb` checks the right before anything else
happens and remembers tag and Konto for the Protokoll line that the verb's transaction writes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.base.errors import Forbidden

SACHBEARBEITUNG, POSTSTELLE, PROZESSDESIGN, ADMINISTRATION = "sachbearbeitung", "poststelle", "prozessdesign", "administration"
BETRIEB, OPERATE = "betrieb", "betrieb.fuehren"
"""The role and the right of who operates the installation; no municipality can give it, for it is none of its `ROLES`."""

ASK_HELP, GIVE_HELP, COOPERATE = "amtshilfe.ersuchen", "amtshilfe.leisten", "zusammenarbeit.verwalten"

RIGHTS: dict[str, frozenset[str]] = {
    SACHBEARBEITUNG: frozenset(
        {"vorgang.lesen", "vorgang.bearbeiten", "aufgabe.bearbeiten", "nachricht.senden", "aufbewahrung.sperren"}
        | {ASK_HELP, GIVE_HELP}
    ),
    POSTSTELLE: frozenset({"vorgang.lesen", "aufgabe.bearbeiten", "post.bearbeiten"}),
    PROZESSDESIGN: frozenset({"leistung.lesen", "leistung.gestalten"}),
    ADMINISTRATION: frozenset(
        {"vorgang.lesen", "leistung.lesen", "stoerung.beheben", "kommune.verwalten", "schnittstelle.nutzen"}
        | {"aufbewahrung.sperren", COOPERATE}
    ),
    BETRIEB: frozenset({OPERATE}),
}
ROLES = {
    SACHBEARBEITUNG: "Sachbearbeitung",
    POSTSTELLE: "Poststelle",
    PROZESSDESIGN: "Prozessdesign",
    ADMINISTRATION: "Administration",
}

SYSTEM_RIGHT = "system"
OWN = "konto.eigenes"
"""What everybody has who is signed in: to sign out, to change one's own password."""


@dataclass(frozen=True, slots=True)
class Granted:
    """By which grant somebody of another municipality acts here, and what it opens: a `kind` of thing and its key.

    `rights` are those of the grant that the Konto has at home too; it has no others here. `covers` are those it stands in for
    by other grants and at home: nothing is opened by that here, but four eyes count them.
    """

    id: str
    kommune: str
    kind: str
    opens: tuple[str, str]
    rights: frozenset[str]
    covers: tuple[Konto, ...] = ()


@dataclass(frozen=True, slots=True)
class Konto:
    """Who acts: a person with a login, or the platform itself. A plain value, read once per request."""

    id: str
    login: str
    name: str
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    stands_in: tuple[Konto, ...] = ()
    """Whose tasks are also this one's for a time (Vertretung); the rights are its own."""
    granted: Granted | None = None
    """By which grant it acts here, if it belongs to another municipality."""

    @property
    def logins(self) -> tuple[str, ...]:
        """Under which logins the tasks are held that are this one's to do: its own first."""
        return (self.login, *(one.login for one in self.stands_in))

    def may(self, right: str) -> bool:
        if self.granted is not None:
            return right in self.granted.rights
        return self == SYSTEM or right == OWN or any(right in RIGHTS.get(role, ()) for role in self.roles)


SYSTEM = Konto("system", "system", "Amtsweg")

_represented: ContextVar[str | None] = ContextVar("amtsweg_represented", default=None)
_acting: ContextVar[tuple[str, Konto] | None] = ContextVar("amtsweg_acting", default=None)

F = TypeVar("F", bound=Callable[..., Any])
VERBS: dict[str, tuple[str, str]] = {}


def verb(*, right: str, tag: str) -> Callable[[F], F]:
    """Make a function a verb: callers pass `by`, who must have the right; its transaction writes one line with the tag."""

    def wrap(function: F) -> F:
        VERBS[f"{function.__module__}.{function.__qualname__}"] = (right, tag)

        @functools.wraps(function)
        def checked(*args: Any, by: Konto, **kwargs: Any) -> Any:
            if not by.may(right):
                raise Forbidden("Dafür fehlt Ihnen die Berechtigung. Die Administration Ihrer Kommune kann sie vergeben.")
            with acting(tag, by):
                return function(*args, by=by, **kwargs)

        return checked  # type: ignore[return-value]  # same signature

    return wrap


@contextmanager
def acting(tag: str, by: Konto) -> Iterator[None]:
    """Say for what and for whom the transactions inside are."""
    token = _acting.set((tag, by))
    try:
        yield
    finally:
        _acting.reset(token)


def current_act() -> tuple[str, Konto]:
    """The tag and Konto of the verb that is running."""
    act = _acting.get()
    if act is None:
        raise RuntimeError("state changes happen in verbs only")
    return act


@contextmanager
def in_place_of(login: str | None) -> Iterator[None]:
    """Say for whom somebody acts who stands in for somebody else; the Protokoll names both."""
    token = _represented.set(login)
    try:
        yield
    finally:
        _represented.reset(token)


def represented() -> str | None:
    """The login of whom the verb that is running acts for; None where everybody acts for themselves."""
    return _represented.get()
