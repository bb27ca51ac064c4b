"""Three municipalities that work together, and the way between them: messages go through JSON, as they would over HTTPS."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine import reads
from engine.base import clock, db
from engine.base.patience import Wanted, always
from engine.base.ports import Clerk, Neighbours, News, Reply, Request
from engine.base.rights import ADMINISTRATION, SACHBEARBEITUNG, SYSTEM, Konto
from engine.model import aufgabe, grant, grant_refused, protokoll
from engine.verbs import kommune as namespaces
from engine.verbs.cooperate import ask_help, neighbours, offer_agreement
from engine.verbs.design import deploy_bundle
from engine.verbs.held import keep_signed
from engine.verbs.konten import add_konto
from engine.verbs.stellen import add_stelle
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import TYPES, bundle, push, rows, vorgang_of
from web import neighbours as over
from web.neighbours import Local, act, ask

over.WAIT_S = 30.0  # a machine that is busy with other tests is no origin that is away; tests of that say how long they wait

FOR = '<zeebe:assignmentDefinition candidateGroups="{}"/>'
FOUR_EYES = FOR.format("bau") + '<zeebe:properties><zeebe:property name="vier_augen" value="entwerfen"/></zeebe:properties>'
TWO = process(
    start(), user("entwerfen", extension=FOR.format("bau")), user("freigeben", extension=FOUR_EYES), end(),
    flows("start > entwerfen > freigeben > end"),
)  # fmt: skip
ENTRY = process(start(), user("eintragen", extension=FOR.format("sachbearbeitung")), end(), flows("start > eintragen > end"))
OPEN = process(start(), user("tun"), end(), flows("start > tun > end"))
CLERK, CHEF = frozenset({SACHBEARBEITUNG}), frozenset({ADMINISTRATION})
OFFICE = ("leistung", "zwei")
TOWNS = {"husum": "Stadt Husum", "kreis": "Nordfriesland", "heide": "Stadt Heide"}
UNITS = {"husum": "100001", "kreis": "200002", "heide": "300003"}


def three_towns() -> None:
    """Make three municipalities, each with Bauamt (Ute, Udo), Kasse (Kim), an Administration, and three Leistungen."""
    for slug, name in TOWNS.items():
        namespaces.make_kommune(slug, name, "Stadt", "SH", stellen=[UNITS[slug]])
        with db.namespace(slug):
            add_stelle("Bauamt", key="bau", by=SYSTEM)
            add_stelle("Kasse", key="kasse", by=SYSTEM)
            for login, key in (("ute", "bau"), ("udo", "bau"), ("kim", "kasse")):
                add_konto(login, f"{login.title()} {slug}", f"{login}@{slug}.example", CLERK, frozenset({key}), by=SYSTEM)
            add_konto("chef", f"Chefin {slug}", f"chef@{slug}.example", CHEF, by=SYSTEM)
            for key, short, diagram in (
                ("posteingang", "PE", OPEN),
                ("zwei", "ZW", TWO),
                ("offen", "OF", OPEN),
                ("eintrag", "EI", ENTRY),
            ):
                deploy_bundle(bundle(diagram, key, short), TYPES, by=SYSTEM)


@dataclass
class ThroughJson:
    """A way to the neighbours on which nothing survives that is not JSON; it remembers what it carried."""

    port: Neighbours = field(default_factory=Local)
    carried: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    lost: bool = False

    def ask(self, origin: str, request: Request, wanted: Wanted = always) -> Reply:
        told = self._over(self.carried, dataclasses.asdict(request))
        request = Request(**{**told, "clerk": Clerk(**{n: _plain(v) for n, v in told["clerk"].items()})})
        return self._back(self.port.ask(origin, request, wanted))

    def tell(self, guest: str, news: News) -> Reply:
        return self._back(self.port.tell(guest, News(**self._over(self.carried, dataclasses.asdict(news)))))

    def _back(self, reply: Reply) -> Reply:
        told = self._over(self.answered, dataclasses.asdict(reply))
        if self.lost:
            return Reply("away", sentence="Die Antwort kam nicht an.")
        return Reply(**{**told, "causes": tuple(told["causes"])})

    def _over(self, ledger: list[str], value: Any) -> Any:
        text = json.dumps(value, allow_nan=False)
        ledger.append(text)
        return json.loads(text)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def who(slug: str, login: str) -> Konto:
    """Somebody as they come in with their next request."""
    with db.namespace(slug):
        return reads.konto_by_login(login)[0]


def today(days: int = 0) -> dt.date:
    return clock.local_day(clock.now()) + dt.timedelta(days)


@contextmanager
def at(slug: str, login: str) -> Iterator[Konto]:
    """In the namespace of somebody who is calling."""
    with db.namespace(slug):
        yield reads.konto_by_login(login)[0]


def asks(slug: str, login: str, origin: str, grant_id: str, operation: str, **arguments: Any) -> Mapping[str, Any]:
    """A clerk of a guest asks an origin."""
    with at(slug, login) as by:
        return act(by, origin, grant_id, operation, **arguments)


def looks(slug: str, login: str, origin: str, grant_id: str, operation: str, **arguments: Any) -> Mapping[str, Any]:
    """A clerk of a guest looks at something, as pages do."""
    with at(slug, login) as by:
        return ask(by, origin, grant_id, operation, **arguments)


def agreed(
    origin: str, guest: str, kind: str, opens: tuple[str, str], *, users: tuple[tuple[str, str], ...] = (("stelle", "bau"),),
    first: int = 0, last: int = 30, form: str = "", purpose: str = "Urlaub",
) -> str:  # fmt: skip
    """A Vertretung or a gemeinsames Amt that both Administrations have signed; gives its id."""
    form = form or (grant.MANDATE if kind == grant.GEMEINSAMES_AMT else "")
    with at(origin, "chef") as chef:
        id = offer_agreement(kind, guest, opens, purpose, today(first), today(last), legal_form=form, by=chef)
    sign(guest, origin, id, users)
    return id


def sign(guest: str, origin: str, id: str, users: tuple[tuple[str, str], ...] = (("stelle", "bau"),)) -> None:
    with at(guest, "chef") as chef:
        act(chef, origin, id, "vereinbarung.unterschreiben", benutzt_von=[list(one) for one in users])
        keep_signed(origin, id, users, by=chef)


def lines(slug: str, tag: str) -> list[dict[str, Any]]:
    """What the Protokoll of a municipality says of a tag."""
    with db.namespace(slug):
        return [{**json.loads(row.detail), "wer": row.konto} for row in rows(protokoll.T, tag=tag)]


def new_case(slug: str, form: str = "zwei", **more: Any) -> str:
    with db.namespace(slug):
        return vorgang_of(push(form, stelle=UNITS[slug], **more))


def task(slug: str, element: str, case: str | None = None) -> str:
    with db.namespace(slug):
        found = rows(aufgabe.T, element=element, state="offen", **({} if case is None else {"vorgang_id": case}))
    return str(found[0].id)


def request(slug: str, login: str, origin: str, id: str, operation: str, **arguments: Any) -> Request:
    with at(slug, login) as by:
        return reads.request_of(by, TOWNS[slug], origin, id, operation, arguments)


def refused(request: Request, origin: str = "husum", guest: str = "kreis") -> str:
    """That a request is refused as unknown, and what the Protokoll of the origin says to it."""
    before = refusals(origin)
    with db.namespace(guest):
        reply = neighbours().ask(origin, request)
    assert (reply.kind, reply.content, reply.sentence) == ("unknown", {}, reads.NOT_HERE)
    [reason] = (refusals(origin) - before).elements()
    return reason


def refusals(origin: str) -> Counter[str]:
    """How often an origin refused something for which reason: as its Protokoll says, and as was counted since its last line."""
    found = Counter[str]()
    for line in lines(origin, "befugnis:abgewiesen"):
        found[line["grund"]] += line.get("mal", 1)
    with db.namespace(origin):
        for row in rows(grant_refused.T):
            found[row.reason] += row.times
    return found


def help_asked(case: str, **chosen: Any) -> str:
    with at("husum", "ute") as ute:
        return ask_help(case, "kreis", "Steht die Eiche unter Schutz?", today(14), by=ute, **chosen)
