"""All three ways in which municipalities work together, one after the other, in the demo as it is set up, with its processes.

No scenario file says this: a scenario rehearses one process without Konten, and here it matters who acts, by which grant, and
in whose namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import feel, reads
from engine.base import db, files
from engine.base.rights import SYSTEM
from engine.model import grant
from engine.step import use_courier
from engine.verbs.cooperate import neighbours, use_neighbours
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.work import work_next
from tests.engine.neighbours import asks, at, lines, looks
from tests.pdf import text_of
from tests.processes.fall import Outside
from web.demo import cooperation, office
from web.demo.antrag import ANSWERS, COMPLETE, OPINION, RELEASE
from web.demo.place import Place, free_port
from web.neighbours import ask_each

COUNTY, TOWN = "nordfriesland", "husum"


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The demo, set up twice, as by two starts, without its servers."""
    for name in ("AMTSWEG_HOME", "AMTSWEG_DATABASE", "AMTSWEG_REDIS_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    before, place = neighbours(), Place(tmp_path / "demo", free_port())
    try:
        place.prepare()
        for _start in range(2):
            cooperation.settle(place)
        settle()
        yield place
    finally:
        use_neighbours(before)
        use_courier(lambda: None)
        db.close()


def settle() -> None:
    """Let both work until a person must."""
    for slug in (COUNTY, TOWN):
        with db.namespace(slug):
            for _round in range(2):
                while work_next(Outside(), by=SYSTEM):
                    pass
                tick()


def case_in(slug: str) -> str:
    """The case in which a municipality of the demo has asked for help."""
    with db.namespace(slug):
        [one] = reads.list_vorgaenge(by=reads.konto_by_login("verwaltung")[0]).items
        return str(one.id)


def does(demo: Place, login: str, element: str, answers: Mapping[str, Any]) -> None:
    """Somebody of the county does a task there."""
    known = demo.secrets["kommunen"][COUNTY]
    with db.namespace(COUNTY):
        by = reads.konto_by_token(known["token"] if login == known["login"] else known[login]["token"])
        assert by is not None
        [task] = [one for one in reads.list_aufgaben(by=by).items if one.element == element]
        claim_aufgabe(task.id, by=by)
        complete_aufgabe(task.id, answers, by=by)
    settle()


def does_there(slug: str, login: str, origin: str, grant_id: str, name: str, answers: Mapping[str, Any]) -> None:
    """Somebody finds a task of another municipality in their list, takes it, and completes it."""
    with at(slug, login) as by:
        [found] = [one for one in ask_each(by, grant.KINDS[1:], "aufgaben") if one.held.id == grant_id]
    [task] = [one for one in found.content["aufgaben"] if one["name"] == name]
    asks(slug, login, origin, grant_id, "uebernehmen", aufgabe=task["id"])
    asks(slug, login, origin, grant_id, "erledigen", aufgabe=task["id"], antworten=feel.json_text(answers))
    settle()


def notice_of(slug: str, case: str) -> str:
    """What the notice of a case says, without its blanks."""
    with db.namespace(slug):
        [notice] = [one for one in reads.list_bescheide(case) if one.state == "erlassen"]
        assert notice.sha256 is not None
        return text_of(files.get(notice.sha256))


def says(text: str, *words: str) -> bool:
    return all(one.replace(" ", "") in text for one in words)


def test_help_is_given_a_substitute_acts_and_the_shared_office_writes_the_notice(demo: Place) -> None:
    case = case_in(COUNTY)
    help_is_given(demo)
    a_substitute_of_the_other_municipality_acts(case)
    a_substitute_of_our_own_acts(demo, case)
    the_shared_office_works_to_the_notice(case_in(TOWN))


def help_is_given(demo: Place) -> None:
    """The town reads what the county has chosen, answers once, and the process of the county goes on."""
    helper = (TOWN, cooperation.UNIT, COUNTY, cooperation.ASKED)
    seen = looks(*helper, "ersuchen")
    assert "Bebauungsplan" in seen["frage"]
    assert [one["name"] for one in seen["dokumente"]] == ["lageplan.pdf"]
    assert "Muster" not in seen["felder"]
    asks(*helper, "ersuchen.beantworten", text="Nein, dort gilt kein Bebauungsplan.", dokumente=[])
    with db.namespace(COUNTY):
        assert reads.get_grant(cooperation.ASKED).ended_because == grant.ANSWERED
    settle()
    [line] = lines(TOWN, "befugnis:benutzt")[-1:]
    assert (line["konto"], line["tat"]) == (cooperation.UNIT, "amtshilfe:beantwortet")
    does(demo, "verwaltung", "vollstaendigkeit_pruefen", COMPLETE[COUNTY])


def a_substitute_of_the_other_municipality_acts(case: str) -> None:
    """Grünflächen of the town for the Naturschutz of the county: both names stand in the history of the case."""
    name = "Zum Naturschutz Stellung nehmen"
    does_there(TOWN, cooperation.UNIT, COUNTY, cooperation.AGREED, name, OPINION)
    [line] = [one for one in lines(COUNTY, "aufgabe:abgeschlossen") if "befugnis" in one]
    assert line["befugnis"] == cooperation.AGREED
    with db.namespace(COUNTY):
        names = reads.names_of_konten()
        [done] = [one for one in reads.verlauf(case) if one.kind == "completed" and one.element == "stellungnahme_abgeben"]
    assert (names[done.konto], names[done.acted_for or ""]) == ("Grünflächen der Demo (Stadt Husum)", "Naturschutz")


def a_substitute_of_our_own_acts(demo: Place, case: str) -> None:
    """The Ordnungsamt of the county approves for its Leitung, and the county writes under its own name."""
    does(demo, "verwaltung", "pruefen", ANSWERS[COUNTY])
    does(demo, "ordnungsamt", "freigeben", RELEASE)
    assert lines(COUNTY, "aufgabe:abgeschlossen")[-1]["fuer"] == "leitung"
    assert says(notice_of(COUNTY, case), "Untere Naturschutzbehörde", "Kreis Nordfriesland")


def the_shared_office_works_to_the_notice(case: str) -> None:
    """By § 19a GkZ: people of the county decide, letterhead and remedy body are those of the town."""
    at_town = (TOWN, office.ID)
    does_there(COUNTY, "ordnungsamt", *at_town, "Vollständigkeit prüfen", COMPLETE[TOWN])
    does_there(COUNTY, "ordnungsamt", *at_town, "Ausnahme prüfen und entscheiden", ANSWERS[TOWN])
    does_there(COUNTY, "leitung", *at_town, "Bescheid freigeben", RELEASE)
    notice = notice_of(TOWN, case)
    assert says(notice, "Beispielweg 2", "folgender Behörde zu erheben: Stadt Husum", "Ordnungsamt der Demo")
    assert not says(notice, "Kreis Nordfriesland")
    with db.namespace(TOWN):
        assert reads.get_vorgang(case).status == "BESCHIEDEN"
        [asked] = reads.list_grants(vorgang_id=case).items
        assert asked.ended_because == grant.ANSWERED
