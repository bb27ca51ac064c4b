"""Who is calling: a person with a password and a session, or a machine with an API token."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from engine import reads
from engine.base.errors import Unauthenticated, Unknown
from engine.base.rights import Konto

# OWASP's second choice for argon2id; the library's default costs 0.3 s on two cores.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Of a password nobody knows: a login that does not exist must take as long as a wrong password.
_NOBODY = _HASHER.hash("niemand")

MAX_PASSWORD = 1000


class Person(UserMixin):
    """A Konto as Flask-Login wants it."""

    def __init__(self, konto: Konto) -> None:
        self.konto = konto

    def get_id(self) -> str:
        return self.konto.id


def hash_password(password: str) -> str:
    """The argon2id hash of a password, as a Konto keeps it."""
    return _HASHER.hash(password)


def verify_password(hash: str | None, password: str) -> bool:
    """Whether a password is the one of that hash; without a hash it takes as long and is wrong."""
    if len(password) > MAX_PASSWORD:
        return False
    try:
        return _HASHER.verify(hash or _NOBODY, password) and hash is not None
    except (VerificationError, InvalidHashError):
        return False


def sign_in(login: str, password: str) -> Konto | None:
    """Begin a session of the Konto with that login and password, if they are right."""
    konto, hash = _found(login)
    if not verify_password(hash, password) or konto is None:
        return None
    session.clear()  # nothing planted before the login survives it
    session.permanent = True
    login_user(Person(konto))
    return konto


def sign_out() -> None:
    """End the session."""
    logout_user()
    session.clear()


def _found(login: str) -> tuple[Konto | None, str | None]:
    try:
        return reads.konto_by_login(login)
    except Unknown:
        return None, None


def current_konto() -> Konto | None:
    """Who is calling, in the municipality that is called; None if nobody we know."""
    if "konto" not in g:
        token = bearer()
        if token is not None:
            g.konto = reads.konto_by_token(token)
        else:
            g.konto = current_user.konto if current_user.is_authenticated else None
    konto: Konto | None = g.konto
    return konto


def required_konto() -> Konto:
    """Who is calling.

    Raises:
        Unauthenticated: nobody we know.
    """
    konto = current_konto()
    if konto is None:
        raise Unauthenticated("Bitte melden Sie sich an.")
    return konto


def bearer() -> str | None:
    """The API token of the request, if it brings one; then a session beside it counts for nothing."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.casefold() == "bearer" else None


def wire(app: Flask) -> None:
    """Give an app its login."""
    manager = LoginManager()
    manager.session_protection = None  # it would believe any X-Forwarded-For; web.security knows whom to believe
    manager.init_app(app)

    @manager.user_loader
    def load(id: str) -> Person | None:
        if "entered" not in g:
            return None  # an address that does not exist, or a municipality that is locked: a page without a person
        konto = reads.konto_by_id(id)
        return None if konto is None else Person(konto)
