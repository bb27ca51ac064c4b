"""How the two municipalities of the demo help each other, beside the office they share (`web.demo.office`).

    Vertretung      in the county the Ordnungsamt covers the Leitung; people of the town cover its Naturschutz, as both agreed
    Amtshilfe       each has a case in which it has asked the other: the county waits for the answer, the town has it

Everything has one and the same id with each start: what somebody has ended stays ended.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from contextlib import suppress

from engine import reads
from engine.base import clock, db
from engine.base.errors import Problem, Unknown
from engine.base.ports import File
from engine.base.rights import SYSTEM
from engine.model import grant
from engine.verbs.cooperate import ask_help, offer_agreement
from engine.verbs.held import keep_signed
from engine.verbs.intake import receive_push
from engine.verbs.vertretung import stand_in
from forms.antrag import Limits
from web.demo import antrag, office
from web.demo.place import KOMMUNEN, Place
from web.neighbours import act

COUNTY, TOWN = KOMMUNEN
UNIT, UNIT_NAME = "gruenflaechen", "Grünflächen"
"""The unit of the town whose people help the county out."""
COVERED = "naturschutz"
IN_HOUSE, AGREED = "0000000000000000000000DEM1", "0000000000000000000000DEM2"
ASKED, ANSWERED = "0000000000000000000000DEM3", "0000000000000000000000DEM4"
COVER_DAYS, HELP_DAYS = 180, 60
FIELDS = ("standort", "baeume")


def settle(place: Place) -> None:
    """Set all of it up in a demo that is prepared, or find it as it is."""
    login = place.secrets["kommunen"][COUNTY.slug]["login"]  # the same at both
    for slug, key, name in ((TOWN.slug, UNIT, UNIT_NAME), (COUNTY.slug, COVERED, "Naturschutz")):
        with db.namespace(slug):
            office.add_unit(key, name)
    place.add_colleague(TOWN.slug, UNIT, "Grünflächen der Demo", UNIT)
    asked = "Setzt ein Bebauungsplan der Stadt Bäume auf diesem Grundstück fest?"
    answered = "Ist einer der beiden Bäume als Naturdenkmal ausgewiesen?"
    steps = (
        lambda: _cover_in_house(login),
        lambda: _agree(login),
        lambda: _ask(COUNTY.slug, TOWN.slug, ASKED, login, asked),
        lambda: _ask(TOWN.slug, COUNTY.slug, ANSWERED, login, answered),
        lambda: _answer(COUNTY.slug, TOWN.slug, ANSWERED, "Nein. Beide Bäume stehen nicht in der Liste der Naturdenkmale."),
    )
    for step in steps:
        with suppress(Problem):  # a case that was deleted, a Konto that was locked: the demo starts all the same
            step()


def _days(length: int) -> tuple[dt.date, dt.date]:
    today = clock.local_day(clock.now())
    return today, today + dt.timedelta(days=length)


def _cover_in_house(login: str) -> None:
    """The Ordnungsamt of the county covers its Leitung."""
    with db.namespace(COUNTY.slug):
        chef, covered = (reads.konto_by_login(one)[0] for one in (login, "leitung"))
        stand_in(covered.id, "ordnungsamt", *_days(COVER_DAYS), "Fortbildung", id=IN_HOUSE, by=chef)


def _agree(login: str) -> None:
    """The people of the town's Grünflächen cover the Naturschutz of the county; both Administrations have signed."""

    def offer() -> None:
        chef = reads.konto_by_login(login)[0]
        opens = (grant.STELLE, COVERED)
        offer_agreement(
            grant.VERTRETUNG, TOWN.slug, opens, "Vertretung in der Urlaubszeit", *_days(COVER_DAYS), id=AGREED, by=chef
        )

    given = _once(COUNTY.slug, AGREED, offer)
    if given.signed_at is None and given.ended_at is None:
        users = ((grant.STELLE, UNIT),)
        with db.namespace(TOWN.slug):
            chef = reads.konto_by_login(login)[0]
            act(chef, COUNTY.slug, AGREED, "vereinbarung.unterschreiben", benutzt_von=[list(one) for one in users])
            keep_signed(COUNTY.slug, AGREED, users, by=chef)


def _once(slug: str, id: str, give: Callable[[], None]) -> reads.Grant:
    """A grant of the demo, given if it was not."""
    with db.namespace(slug):
        with suppress(Unknown):
            return reads.get_grant(id)
        give()
        return reads.get_grant(id)


def _ask(asking: str, asked: str, id: str, login: str, question: str) -> None:
    """Ask for Amtshilfe in a case of the demo: of the application the place and the trees are shown, and the plan."""

    def ask() -> None:
        case = _case(asking)
        plan = [one.id for one in reads.list_dokumente(case) if one.name == "lageplan.pdf"]
        until = _days(HELP_DAYS)[1]
        ask_help(case, asked, question, until, documents=plan, fields=FIELDS, id=id, by=reads.konto_by_login(login)[0])

    _once(asking, id, ask)


def _case(slug: str) -> str:
    """The case in which a municipality asks: an application that came once."""
    one = next(one for one in KOMMUNEN if one.slug == slug)
    sent = antrag.parts(antrag.application(one, str(uuid.uuid5(uuid.NAMESPACE_URL, f"amtsweg:demo:{slug}"))))
    files = [(part, File(name, media_type, content)) for part, (name, content, media_type) in sent]
    answer = receive_push(
        files[0][1].content,
        [file for part, file in files if part == "representation"],
        [file for part, file in files if part == "attachment"],
        limits=Limits(),
        by=SYSTEM,
    )  # fmt: skip
    return str(json.loads(bytes(answer))["vorgang"]["vorgangId"])


def _answer(answering: str, asking: str, id: str, text: str) -> None:
    """Answer a request of the demo, if nobody has."""
    with db.namespace(answering):
        if not reads.get_held(asking, id).ended:
            act(reads.konto_by_login("leitung")[0], asking, id, "ersuchen.beantworten", text=text, dokumente=[])
