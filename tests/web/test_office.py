"""The tree-felling case of another municipality, worked on by a gemeinsames Amt on pages of ours, from task to Bescheid."""

from __future__ import annotations

import uuid

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import reads
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.rights import SYSTEM
from engine.model import grant
from engine.step import use_doorbell
from engine.verbs.cooperate import end_grant
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import lock_kommune
from engine.verbs.operate import change_setting
from tests.engine.cases import Bell, push, vorgang_of, work_all
from tests.engine.neighbours import agreed, at
from tests.engine.test_bescheid import OFFER
from tests.engine.test_shared_office import KEY, TOWN, Outside, office_bundle
from tests.patterns import Patterns
from tests.web import husum
from tests.web.conftest import furnish
from tests.web.husum import HUSUM
from tests.web.pages import browser, post, token
from tests.web.site import SLUG, Site
from tests.web.test_identity import BROWSER

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def both() -> dict[str, str]:
    husum.furnish_husum()
    with db.namespace(HUSUM):
        change_setting("briefkopf", TOWN, by=SYSTEM)
        deploy_bundle(office_bundle(), OFFER, by=SYSTEM)
    return furnish()


@pytest.fixture
def tokens(installation: Installation, patterns: Patterns) -> dict[str, str]:
    """Nordfriesland, and Husum with a Leistung that decides."""
    return patterns.settle(both)


class Office:
    """Anna and Berta of Nordfriesland at a case of Husum."""

    def __init__(self, site: Site) -> None:
        self.bell, self.outside = Bell(), Outside()
        use_doorbell(self.bell)
        self.anna, self.berta = browser(site, "anna"), browser(site, "berta")
        with db.namespace(SLUG):
            self.users = tuple(("konto", reads.konto_by_login(login)[0].id) for login in ("anna", "berta"))
        self.agree(grant.MANDATE)
        with db.namespace(HUSUM):
            self.case = vorgang_of(push(KEY, transaction=str(uuid.uuid4()), stelle="200001", files=[husum.PLAN]))

    def agree(self, form: str) -> None:
        """That they work on the cases of Husum, by a legal form (§ 19a or § 18 GkZ)."""
        self.grant = agreed(HUSUM, SLUG, "gemeinsames_amt", ("leistung", KEY), users=self.users, form=form)
        self.base = f"andere/{HUSUM}/{self.grant}"

    @property
    def task(self) -> str:
        return husum.task(self.case).id

    @property
    def notice(self) -> reads.Bescheid:
        with db.namespace(HUSUM):
            return reads.list_bescheide(self.case)[-1]

    def completes(self, client: FlaskClient, **answers: object) -> None:
        address = f"{self.base}/aufgaben/{self.task}"
        assert post(client, f"{address}/uebernehmen").status_code == 303

        headers = {"X-CSRFToken": token(client), "Accept": "application/json"}
        done = client.post(f"/{SLUG}/{address}/antworten", json={"data": answers}, headers=headers)
        assert done.status_code == 200, done.text
        self.work()

    def work(self) -> None:
        with db.namespace(HUSUM):
            work_all(self.bell, self.outside)

    def shown(self, client: FlaskClient, path: str, status: int = 200) -> str:
        answer = client.get(f"/{SLUG}/{self.base}/{path}", headers=BROWSER)
        assert answer.status_code == status, answer.text
        return " ".join(html.fromstring(answer.text).text_content().split())


@pytest.fixture
def amt(site: Site) -> Office:
    return Office(site)


def parts_of(amt: Office) -> dict[str, list[str]]:
    page = html.fromstring(amt.anna.get(f"/{SLUG}/{amt.base}/bescheide/{amt.notice.id}", headers=BROWSER).text)
    form = page.get_element_by_id("werkstatt")
    texts = [area.text.lstrip("\n") for area in form.xpath(".//textarea")]
    names = {name: form.xpath(f".//input[@name='{name}']/@value") for name in ("kind", "heading", "gesehen")}
    return {**names, "text": texts}


def test_the_draft_is_changed_on_our_page_and_approved_by_somebody_else(amt: Office) -> None:
    amt.completes(amt.anna, cent=5000)
    case = amt.shown(amt.anna, f"vorgaenge/{amt.case}")
    assert "Bescheid bearbeiten" in case
    assert "Freigegeben wird mit der Aufgabe freigeben" in amt.shown(amt.anna, f"bescheide/{amt.notice.id}")
    typed = parts_of(amt)
    typed["text"][3] += " Ergänzt."
    saved = post(amt.anna, f"{amt.base}/bescheide/{amt.notice.id}", tun="speichern", **typed)
    assert saved.status_code == 303, saved.text
    again = post(amt.anna, f"{amt.base}/bescheide/{amt.notice.id}", tun="speichern", **{**typed, "text": typed["text"][::-1]})
    assert again.status_code == 422
    stale = {**typed, "text": [*typed["text"][:3], "Anders.", *typed["text"][4:]]}
    assert post(amt.anna, f"{amt.base}/bescheide/{amt.notice.id}", tun="speichern", **stale).status_code == 409
    assert "von Hand geändert von Anna (Kreis Nordfriesland)" in amt.shown(amt.anna, f"bescheide/{amt.notice.id}")
    assert "Ergänzt." in amt.shown(amt.berta, f"aufgaben/{amt.task}")
    amt.completes(amt.berta, freigabe="ja")
    assert amt.notice.state == "erlassen"
    assert amt.outside.letters[-1].letterhead.authority == "Stadt Husum"
    assert "erlassen am" in amt.shown(amt.anna, f"vorgaenge/{amt.case}")
    assert "kann nicht mehr geändert werden" in amt.shown(amt.anna, f"bescheide/{amt.notice.id}")


def test_a_draft_of_another_authority_than_decides_now_says_so_before_it_is_approved(amt: Office) -> None:
    amt.completes(amt.anna, cent=5000)
    assert "Dieser Entwurf muss neu erzeugt werden." not in amt.shown(amt.berta, f"aufgaben/{amt.task}")
    with at(HUSUM, "chef") as chef:
        end_grant(amt.grant, by=chef)
    amt.agree(grant.DELEGATION)
    for page in (f"aufgaben/{amt.task}", f"bescheide/{amt.notice.id}"):
        told = amt.shown(amt.berta, page)
        assert "Dieser Entwurf muss neu erzeugt werden." in told
        assert "im Namen von Stadt Husum geschrieben. Inzwischen entscheidet Kreis Nordfriesland" in told


def test_the_draft_is_seen_as_pdf_without_being_kept(amt: Office) -> None:
    amt.completes(amt.anna, cent=5000)
    kept = amt.anna.get(f"/{SLUG}/{amt.base}/bescheide/{amt.notice.id}/entwurf.pdf")
    assert kept.data.startswith(b"%PDF-")
    before, typed = amt.notice.content_hash, parts_of(amt)
    seen = post(amt.anna, f"{amt.base}/bescheide/{amt.notice.id}/vorschau", **typed)
    assert seen.data.startswith(b"%PDF-")
    assert amt.notice.content_hash == before


def test_a_question_goes_to_the_applicant_and_stands_at_the_case(amt: Office) -> None:
    amt.completes(amt.anna, cent=5000, servicekonto={"type": "OSI", "identifier": "x"})
    address = f"{amt.base}/vorgaenge/{amt.case}/nachricht"
    asked = {"betreff": "Frage", "text": "Welche Bäume?", "antwort": "MANDATORY", "frist": "14", "einheit": "D"}
    with db.namespace(HUSUM):
        asked["dokumente"] = next(one.id for one in reads.list_dokumente(amt.case) if one.name == "plan.txt")
    assert "plan.txt" in amt.shown(amt.anna, f"vorgaenge/{amt.case}/nachricht")
    looked = post(amt.anna, address, schritt="vorschau", **asked)
    assert "plan.txt" in looked.text
    assert "Stadt Husum" in looked.text
    until = html.fromstring(looked.text).xpath("//input[@name='bis']/@value")[0]
    sent = post(amt.anna, address, schritt="senden", bis=until, neu="0" * 26, **asked)
    assert sent.status_code == 303, sent.text
    amt.work()
    post(amt.anna, f"{amt.base}/vorgaenge/{amt.case}/kommentare", text="Angerufen.", neu="1" * 26)
    case = amt.shown(amt.anna, f"vorgaenge/{amt.case}")
    for words in ("Wir: Frage", "Welche Bäume?", "Angerufen.", "Anna (Kreis Nordfriesland)", "Antwort erbeten bis"):
        assert words in case
    assert post(amt.anna, address, schritt="vorschau", betreff="", text="").status_code == 422


def test_a_task_goes_to_a_colleague_of_the_same_agreement(amt: Office) -> None:
    address = f"{amt.base}/aufgaben/{amt.task}"
    assert post(amt.anna, f"{address}/uebernehmen").status_code == 303
    task = amt.shown(amt.anna, f"aufgaben/{amt.task}")
    assert "Weitergeben" in task
    assert "Sie vertreten" not in task, "nobody stands in for a Leistung"
    page = html.fromstring(amt.anna.get(f"/{SLUG}/{address}/weitergeben", headers=BROWSER).text)
    people = {option.text: option.get("value") for option in page.xpath("//select[@name='an']/option[@value!='']")}
    assert list(people) == ["Berta"], "who uses the agreement, and nobody else of the county"
    for wrong in ("", "0" * 26):
        assert post(amt.anna, f"{address}/weitergeben", an=wrong).status_code == 422
    row = html.fromstring(amt.anna.get(f"/{SLUG}/?wer=ich", headers=BROWSER).text).xpath("//ul[@data-rows]/li")[0]
    [link] = row.xpath(".//a[@data-key='w']/@href")
    chosen = html.fromstring(amt.anna.get(link, headers=BROWSER).text)
    assert chosen.xpath("//input[@name='zurueck']/@value") == [f"/{SLUG}/?wer=ich"]
    given = post(amt.anna, f"{address}/weitergeben", an=people["Berta"], zurueck=f"/{SLUG}/?wer=ich")
    assert (given.status_code, given.location) == (303, f"/{SLUG}/?wer=ich"), given.text
    assert post(amt.anna, f"{address}/weitergeben", an=people["Berta"]).location.endswith(amt.task), "to the task else"
    assert post(amt.anna, f"{address}/weitergeben", an=people["Berta"], zurueck="https://x.example/").location == f"/{SLUG}/"
    assert "Die Aufgabe wird gerade von Berta (Kreis Nordfriesland) bearbeitet." in amt.shown(amt.anna, f"aufgaben/{amt.task}")
    assert "Weitergeben kann sie nur, wer sie hat." in amt.shown(amt.anna, f"aufgaben/{amt.task}/weitergeben")
    assert "Abschließen" in amt.berta.get(f"/{SLUG}/{address}", headers=BROWSER).text or "Erledigt" in amt.shown(
        amt.berta, f"aufgaben/{amt.task}"
    )


def test_a_reminder_comes_up_in_the_day_and_a_case_is_found_there(amt: Office) -> None:
    case, today = f"{amt.base}/vorgaenge/{amt.case}", clock.local_day(clock.now()).isoformat()

    def day(q: str = "") -> str:
        page = amt.anna.get(f"/{SLUG}/?q={q}", headers=BROWSER)
        return " ".join(html.fromstring(page.text).text_content().split())

    assert (
        post(amt.anna, f"{case}/wiedervorlagen", am=today, anlass="Gutachten da?", fuer_mich="ja", neu="2" * 26).status_code
        == 303
    )
    assert "Gutachten da?" in day()
    assert "Wiedervorlage am" in amt.shown(amt.anna, f"vorgaenge/{amt.case}")
    for am, reason in (("", "Bitte geben Sie einen Tag an."), ("2020-01-01", "Bitte einen Tag ab heute wählen.")):
        again = post(amt.anna, f"{case}/wiedervorlagen", am=am, anlass="Rückruf", neu="3" * 26)
        assert again.status_code == 422
        shown = html.fromstring(again.text)
        assert shown.xpath("//input[@name='anlass']/@value") == ["Rückruf"], "what was typed is not lost"
        assert shown.xpath("//details[@open]//input[@name='neu']/@value") == ["3" * 26]
        assert reason in shown.get_element_by_id("am-fehler").text_content()
    long = post(amt.anna, f"{case}/kommentare", text="x" * 10_001, neu="4" * 26)
    assert long.status_code == 422
    assert html.fromstring(long.text).xpath("//textarea[@name='text']")[0].text.strip() == "x" * 10_001
    assert post(amt.anna, f"{amt.base}/wiedervorlagen/{'2' * 26}/erledigt").status_code == 303
    assert "Gutachten da?" not in day()
    with db.namespace(HUSUM):
        number = reads.get_vorgang(amt.case).nummer
    assert f"{number} · " in day(number)
    assert "gibt es keinen Vorgang" not in day(number)
    assert f"1 Vorgang zu „{number}“." in day(number), "told to who does not see the list"
    assert "gibt es keinen Vorgang" in day("Nirgends")


def test_that_more_is_found_or_due_there_is_said_and_where_nothing_could_be_sought(
    amt: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.local_day(clock.now()).isoformat()

    def day(q: str = "Muster") -> str:
        page = amt.anna.get(f"/{SLUG}/?q={q}", headers=BROWSER)
        return " ".join(html.fromstring(page.text).text_content().split())

    for id in ("2" * 26, "3" * 26):
        post(amt.anna, f"{amt.base}/vorgaenge/{amt.case}/wiedervorlagen", am=today, anlass="Anruf", fuer_mich="ja", neu=id)
    with db.namespace(HUSUM):
        push(KEY, transaction=str(uuid.uuid4()), stelle="200001")
    assert "2 Vorgänge zu „Muster“" in day()
    assert "noch mehr" not in day()
    monkeypatch.setattr("engine.reads.paging.PAGE", 1)
    assert "Mehr als 1 Vorgänge zu „Muster“" in day()
    assert "Bei Stadt Husum gibt es noch mehr Vorgänge dazu." in day()
    assert "Es gibt noch mehr. Wenn diese erledigt sind" in day("Nirgends")
    assert "Nicht gesucht" not in day()
    lock_kommune(HUSUM)
    assert "Nicht gesucht werden konnte bei Stadt Husum" in day()
    assert "Nicht gesucht" not in day("")


def test_a_case_is_ended_on_a_page_that_asks_why(amt: Office) -> None:
    case = f"vorgaenge/{amt.case}"
    assert "Rücknahme des Antrags vermerken" in amt.shown(amt.anna, case)
    page = f"{case}/handlungen/zuruecknehmen"
    assert "Offene Aufgaben und Fristen entfallen" in amt.shown(amt.anna, page)
    assert amt.anna.get(f"/{SLUG}/{amt.base}/{case}/handlungen/loeschen", headers=BROWSER).status_code == 404
    for wrong in ({"grund": "Brief von heute"}, {"grund": "", "bestaetigt": "ja"}):
        assert post(amt.anna, f"{amt.base}/{page}", **wrong).status_code == 422
    done = post(amt.anna, f"{amt.base}/{page}", grund="Brief von heute", bestaetigt="ja")
    assert (done.status_code, done.location.endswith(case)) == (303, True)
    shown = amt.shown(amt.anna, case)
    assert "Die Rücknahme ist vermerkt" in shown
    assert "Antrag zurückgenommen: Brief von heute" in shown
    line = next(one for one in shown.split("Verlauf")[-1].split("Antrag zurückgenommen") if "Brief von heute" in one)
    assert "Anna (Kreis Nordfriesland) für" in line
    assert post(amt.anna, f"{amt.base}/{page}", grund="Brief von heute", bestaetigt="ja").status_code == 409
    assert "Das geht mit diesem Vorgang nicht" in amt.shown(amt.berta, page)


def test_all_of_it_is_gone_with_the_agreement(amt: Office) -> None:
    amt.completes(amt.anna, cent=5000)
    notice = amt.notice.id
    with at(HUSUM, "chef") as chef:
        end_grant(amt.grant, by=chef)
    for path in (f"vorgaenge/{amt.case}", f"bescheide/{notice}", f"vorgaenge/{amt.case}/nachricht"):
        assert amt.anna.get(f"/{SLUG}/{amt.base}/{path}", headers=BROWSER).status_code == 404
    assert post(amt.anna, f"{amt.base}/bescheide/{notice}/freigeben", gesehen="x").status_code == 404
