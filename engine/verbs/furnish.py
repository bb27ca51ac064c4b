"""Furnish: what a new municipality needs before anyone can work in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import law
from engine.base import db
from engine.base.ports import Offer
from engine.base.rights import ROLES, SYSTEM
from engine.model import konto
from engine.model.letterhead import HEAD
from engine.reads.kommune import list_leistungen, setting
from engine.reads.parameters import parameters_of
from engine.verbs.design import deploy_bundle
from engine.verbs.invite import Link, make_link
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting
from engine.verbs.settings import change_parameters


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who administers a new municipality. `password` is an argon2 hash, with `once` good for one login only."""

    name: str
    email: str
    password: str
    once: bool = False

    @property
    def login(self) -> str:
        """What stands before the @."""
        return self.email.partition("@")[0].lower()


def furnish(
    administrator: Administrator,
    *,
    name: str,
    land: str,
    bundles: Sequence[Mapping[str, bytes]],
    types: Offer,
    settings: Mapping[str, Any],
) -> Link | None:
    """Give a new municipality its administrator, letterhead, bundles with the law of the Land, and settings.

    Gives the administrator's one-time link; None if the password is one that stays. May be repeated: what is there stays as it
    is, but the link is another.
    """
    login = administrator.login
    with db.reading() as tx:
        there = tx.scalar(sa.select(konto.T.c.id).where(konto.T.c.login == login)) is not None
    if not there:
        add_konto(
            login, administrator.name, administrator.email, frozenset(ROLES),
            password=administrator.password, once=administrator.once, by=SYSTEM,
        )  # fmt: skip
    if HEAD not in settings and setting(HEAD) is None:
        change_setting(HEAD, {"authority": name}, by=SYSTEM)
    for key, value in settings.items():
        change_setting(key, value, by=SYSTEM)
    for bundle in bundles:
        deploy_bundle(bundle, types, by=SYSTEM)
    _make_at_home(name, land)
    return make_link(login, by=SYSTEM) if administrator.once else None


def _make_at_home(name: str, land: str) -> None:
    """Let the bundles that were just deployed know where they are: by the Land go public holidays and the day of delivery."""
    for leistung in list_leistungen():
        with db.reading() as tx:
            _, fields, _ = parameters_of(tx, leistung.key)
        known = {"land": land, "behoerde": name, "rechtsbehelf": law.usual_remedy(land)}
        here = {path: value for path, value in known.items() if path in fields}
        if here:
            change_parameters(leistung.key, here, by=SYSTEM)
