"""Furnish: what a new municipality needs before anyone can work in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.ports import Offer
from engine.base.rights import ROLES, SYSTEM
from engine.model import konto
from engine.verbs.design import deploy_bundle
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting


def furnish(
    *,
    admin_name: str,
    admin_email: str,
    password: str,
    once: bool = False,
    bundle: Mapping[str, bytes],
    types: Offer,
    settings: Mapping[str, Any],
) -> str:
    """Give a new municipality its administrator, its post room and its settings; gives the administrator's login.

    `password` is an argon2 hash, with `once` good for one login only. May be repeated: what is there stays as it is.
    """
    login = login_of(admin_email)
    with db.reading() as tx:
        there = tx.scalar(sa.select(konto.T.c.id).where(konto.T.c.login == login)) is not None
    if not there:
        add_konto(login, admin_name, admin_email, frozenset(ROLES), password=password, once=once, by=SYSTEM)
    for key, value in settings.items():
        change_setting(key, value, by=SYSTEM)
    deploy_bundle(bundle, types, by=SYSTEM)
    return login


def login_of(email: str) -> str:
    """The login made from an e-mail address: what stands before the @."""
    return email.partition("@")[0].lower()
