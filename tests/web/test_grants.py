"""The page of all grants: given and held, who used them, and an end to each."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from engine import reads
from engine.base import db
from engine.base.errors import Invalid
from engine.base.rights import RIGHTS, SYSTEM
from engine.model import grant
from engine.verbs.cooperate import RIGHTS_OF, ask_help
from engine.verbs.kommune import lock_kommune, unlock_kommune
from engine.verbs.removal import remove_kommune
from engine.verbs.serving import office as letter_office
from engine.verbs.serving import passed_to
from engine.verbs.work import work_next
from tests.engine.cases import Twin
from tests.engine.neighbours import agreed, asks, at, lines, today
from tests.web import husum
from tests.web.husum import HUSUM, tokens  # noqa: F401  a fixture
from tests.web.pages import browser, post
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER
from tests.web.test_others import office, page
from web.operate.agreements import STATES
from web.operate.grants import ALLOWS, BECAUSE, DID, KINDS

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def chef(site: Site) -> FlaskClient:
    return browser(site, "chef")


def given() -> str:
    """Nordfriesland lets the people of Husum's Bauamt do its `baum` cases; gives the id."""
    return agreed(SLUG, HUSUM, grant.GEMEINSAMES_AMT, ("leistung", "posteingang"), form="18")


def test_all_grants_stand_on_one_page_and_each_can_be_ended(site: Site, chef: FlaskClient) -> None:
    case, id = site.new_case(form="unbekannt"), given()
    asks(HUSUM, "doris", SLUG, id, "vorgang", vorgang=case)
    shown = page(chef, "verwaltung/befugnisse")
    for words in (
        "Gemeinsames Amt: Stadt Husum",
        "alle Vorgänge der Leistung",
        "einmal benutzt: Doris (Stadt Husum)",
        "bei keiner anderen Kommune",
    ):
        assert words in shown
    assert f"befugnisse/{id}#beenden" in chef.get(f"/{SLUG}/verwaltung/befugnisse", headers=BROWSER).text
    shown = page(chef, f"verwaltung/befugnisse/{id}")
    for words in ("§ 18 GkZ", "Vorgang angesehen", "Doris (Stadt Husum)", "Urlaub", "Befugnis beenden"):
        assert words in shown
    assert post(chef, f"verwaltung/befugnisse/{id}/beenden").status_code == 422
    assert post(chef, f"verwaltung/befugnisse/{id}/beenden", bestaetigt="ja").status_code == 303
    shown = page(chef, f"verwaltung/befugnisse/{id}")
    assert "von uns beendet" in shown
    assert "Befugnis beenden" not in shown
    with db.namespace(SLUG):
        assert reads.get_grant(id).ended_because == grant.WITHDRAWN


def test_what_we_hold_is_shown_as_the_origin_says_and_can_be_ended(site: Site, chef: FlaskClient) -> None:
    id = office(site)
    shown = page(chef, "verwaltung/befugnisse")
    assert "Gemeinsames Amt: Stadt Husum" in shown
    assert "Bei uns arbeiten damit: Anna" in shown
    assert "keine andere Kommune hier etwas" in shown
    address = f"verwaltung/befugnisse/von/{HUSUM}/{id}"
    assert "§ 19a GkZ: Wir handeln im Namen" in page(chef, address)
    assert "Aufgaben und Bescheide bearbeiten, der antragstellenden Person schreiben" in page(chef, address)
    lock_kommune(HUSUM)
    assert "lässt sich gerade nicht zeigen" in page(chef, address)
    assert post(chef, f"{address}/beenden", bestaetigt="ja").status_code == 503
    unlock_kommune(HUSUM)
    assert post(chef, f"{address}/beenden").status_code == 422
    assert post(chef, f"{address}/beenden", bestaetigt="ja").status_code == 303
    assert "beendet" in page(chef, address)
    assert len(lines(HUSUM, "befugnis:gekuendigt")) == 1


def test_a_request_that_we_hold_ends_with_its_answer_and_its_page_says_who_of_us_has_read_it(
    site: Site, chef: FlaskClient
) -> None:
    case = husum.new_case()
    with at(HUSUM, "doris") as doris:
        id = ask_help(case, SLUG, "Wem gehört der Baum?", today(14), by=doris)
    address = f"verwaltung/befugnisse/von/{HUSUM}/{id}"
    shown = page(chef, address)
    for words in ("Ein Ersuchen endet mit der Antwort", "Sachbearbeitung", "Noch niemand."):
        assert words in shown
    assert "Befugnis beenden" not in shown
    assert "noch nicht benutzt" in page(chef, "verwaltung/befugnisse")
    asks(SLUG, "anna", HUSUM, id, "ersuchen")
    with db.namespace(HUSUM):
        while work_next(Twin(), by=SYSTEM):
            pass
    assert "benutzt von Anna" in page(chef, "verwaltung/befugnisse")
    assert "Ersuchen angesehen" in page(chef, address)
    assert "Anna" in page(chef, address)
    with db.namespace(SLUG):
        [use] = reads.list_own_uses(HUSUM, id).items
        assert (use.sequence, use.konto, use.tag) == (1, "anna", "amtshilfe:eingesehen")
        assert reads.list_own_uses(HUSUM, id, 2).items == ()


def test_what_is_left_of_a_municipality_that_has_gone_is_seen_and_ended_here(site: Site, chef: FlaskClient) -> None:
    mine, theirs = given(), office(site)
    with at(HUSUM, "doris") as doris:
        asked = ask_help(husum.new_case(), SLUG, "Wem gehört der Baum?", today(14), by=doris)
    addresses = [f"verwaltung/befugnisse/von/{HUSUM}/{id}" for id in (theirs, asked)]
    assert post(chef, f"{addresses[1]}/beenden", bestaetigt="ja").status_code == 404, "a request ends with its answer"
    assert "nicht mehr ist" not in page(chef, "verwaltung/")
    with db.namespace(SLUG):
        passed = passed_to("posteingang")
    remove_kommune(HUSUM, confirm=HUSUM, export=None, running=True)
    assert "Befugnisse mit einer Kommune, die hier nicht mehr ist" in page(chef, "verwaltung/")
    assert page(chef, "verwaltung/befugnisse").count("Kommune nicht mehr da") == 3
    with db.namespace(SLUG), pytest.raises(Invalid, match=r"gibt es hier nicht mehr.*unter „Befugnisse“"):
        letter_office(passed)
    assert "denn die Aufgabe ist übergegangen" in page(chef, f"verwaltung/befugnisse/{mine}")
    assert post(chef, f"verwaltung/befugnisse/{mine}/beenden", bestaetigt="ja").status_code == 303
    for address in addresses:
        assert "Die Befugnis öffnet nichts" in page(chef, address)
        assert post(chef, f"{address}/unterschreiben", wer="rolle:sachbearbeitung").status_code == 303
        assert post(chef, f"{address}/beenden").status_code == 422
        assert post(chef, f"{address}/beenden", bestaetigt="ja").status_code == 303
        assert "hier beendet" in page(chef, address)
    assert "nicht mehr ist" not in page(chef, "verwaltung/")
    assert "Kommune nicht mehr da" not in page(chef, "verwaltung/befugnisse")
    assert [one["befugnis"] for one in lines(SLUG, "befugnis:erloschen")] == [theirs, asked]


def test_an_agreement_that_its_origin_does_not_know_is_ended_here(site: Site, chef: FlaskClient) -> None:
    id = office(site)
    with db.namespace(HUSUM), db.transaction() as tx:
        tx.execute(sa.delete(grant.T))
    address = f"verwaltung/befugnisse/von/{HUSUM}/{id}"
    assert "gilt dort nicht mehr" in page(chef, address)
    assert post(chef, f"{address}/beenden", bestaetigt="ja").status_code == 303
    assert [one["befugnis"] for one in lines(SLUG, "befugnis:erloschen")] == [id]


def test_only_the_administration_sees_them(site: Site) -> None:
    id = given()
    anna = browser(site, "anna")
    for path in ("verwaltung/befugnisse", f"verwaltung/befugnisse/{id}"):
        assert anna.get(f"/{SLUG}/{path}", headers=BROWSER).status_code == 403
    assert post(anna, f"verwaltung/befugnisse/{id}/beenden", bestaetigt="ja").status_code == 403
    chef = browser(site, "chef")
    assert chef.get(f"/{SLUG}/verwaltung/befugnisse/{'0' * 26}", headers=BROWSER).status_code == 404


def test_there_are_words_for_all_that_a_grant_is(installation: object) -> None:
    assert set(ALLOWS) == {right for rights in RIGHTS_OF.values() for right in rights}
    assert set(ALLOWS) <= RIGHTS["sachbearbeitung"]
    assert set(KINDS) == set(grant.KINDS)
    assert set(STATES) == {grant.OFFERED, grant.VALID, grant.NOT_YET, grant.OVER, grant.ENDED}
    of_itself = {grant.BY_THE_DAY, grant.WITH_CASE, grant.UNAWAITED}
    assert set(BECAUSE) == {grant.ANSWERED, grant.WITHDRAWN, grant.BY_THE_GUEST, *of_itself}
    assert "befugnis:eingesehen" in DID
    assert husum.HUSUM == HUSUM
