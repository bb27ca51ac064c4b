"""A second municipality beside the site's: Husum, whose tasks the people of Nordfriesland see by a grant."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting
from engine.verbs.stellen import add_stelle
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.browser.town import FORM
from tests.engine.cases import POSTEINGANG, TYPES, Upload, bundle, push, vorgang_of
from tests.engine.neighbours import agreed, at
from tests.patterns import Patterns
from tests.web.conftest import furnish
from tests.web.site import HASH, SLUG

HUSUM, NAME = "husum", "Stadt Husum"
FOR = '<zeebe:assignmentDefinition candidateGroups="bau"/>'
FOUR_EYES = FOR + '<zeebe:properties><zeebe:property name="vier_augen" value="pruefen"/></zeebe:properties>'
TREES = process(
    start(),
    user("pruefen", name="Antrag prüfen", extension=f'<zeebe:formDefinition formId="pruefung"/>{FOR}'),
    user("gegenlesen", name="Gegenlesen", extension=FOUR_EYES),
    end(),
    flows("start > pruefen > gegenlesen > end"),
)
PLAN = Upload("plan.txt", "text/plain", b"Lageplan")


def furnish_husum() -> None:
    """Make Husum: Doris and Emil in the Bauamt, an Administration, one Leistung."""
    make_kommune(HUSUM, NAME, "Stadt", "SH", ["127.0.0.0/8"], stellen=["200001"])
    with db.namespace(HUSUM):
        add_stelle("Bauamt", key="bau", nummer="200001", by=SYSTEM)
        deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
        deploy_bundle({**bundle(TREES, "baum", "BA"), "forms/pruefung.form": json.dumps(FORM).encode()}, TYPES, by=SYSTEM)
        for login, role in (("doris", "sachbearbeitung"), ("emil", "sachbearbeitung"), ("chef", "administration")):
            groups = frozenset({"bau"}) if role == "sachbearbeitung" else frozenset()
            add_konto(login, login.title(), f"{login}@husum.example", frozenset({role}), groups, HASH, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)


def both() -> dict[str, str]:
    """Nordfriesland and Husum; gives the tokens of Nordfriesland's people."""
    furnish_husum()
    return furnish()


@pytest.fixture
def tokens(installation: Installation, patterns: Patterns) -> dict[str, str]:
    """Nordfriesland and Husum."""
    return patterns.settle(both)


def new_case() -> str:
    """An application in Husum; gives the id of its case."""
    with db.namespace(HUSUM):
        return vorgang_of(push("baum", transaction=str(uuid.uuid4()), stelle="200001", files=[PLAN]))


def task(case: str) -> reads.Aufgabe:
    """The open task of a case."""
    with db.namespace(HUSUM):
        found: reads.Aufgabe = reads.list_aufgaben(vorgang_id=case).items[0]
        return found


def taken_by(login: str, case: str) -> None:
    with at(HUSUM, login) as konto:
        claim_aufgabe(task(case).id, by=konto)


def cover(opens: tuple[str, str] = ("konto", "doris"), *users: str, **days: Any) -> str:
    """A Vertretung of Husum that both Administrations have signed; logins of Nordfriesland use it. Gives its id."""
    with db.namespace(SLUG):
        ids = [reads.konto_by_login(login)[0].id for login in users or ("anna",)]
    return agreed(HUSUM, SLUG, "vertretung", opens, users=tuple(("konto", id) for id in ids), **days)
