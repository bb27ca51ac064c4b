"""A municipality with a server of its own, for tests of what clerks do: a form with everything in it, and a Bescheid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, expect

from engine import reads
from engine.base import db
from engine.base.db import Installation
from engine.base.rights import SYSTEM, Konto
from engine.model import aufgabe
from engine.step import use_doorbell
from engine.verbs import work as working
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting
from tests.bpmn.diagrams import end, flow, flows, process, service, start, user, xor
from tests.engine.cases import POSTEINGANG, TYPES, Bell, bundle, rows
from tests.engine.test_bescheid import BESCHEID, BRIEFKOPF, OFFER, approving, drafting, files
from tests.patterns import Patterns
from tests.served import served
from tests.web.site import HASH, PASSWORD, SLUG, Site, app_on
from web.compose import connectors

ANNA = Konto("1", "anna", "Anna Amsel", frozenset({"sachbearbeitung"}))
BERTA = Konto("2", "berta", "Berta Bussard", frozenset({"sachbearbeitung"}))
FORM = {
    "type": "default", "id": "pruefung", "schemaVersion": 18,
    "components": [
        {"type": "radio", "id": "f1", "key": "entscheidung", "label": "Entscheidung", "validate": {"required": True},
         "values": [{"label": "Genehmigen", "value": "ja"}, {"label": "Ablehnen", "value": "nein"}]},
        {"type": "textarea", "id": "f2", "key": "grund", "label": "Grund", "validate": {"maxLength": 2000}},
        {"type": "number", "id": "f8", "key": "umfang", "label": "Umfang in cm", "validate": {"min": 1}},
        {"type": "group", "id": "f3", "path": "ort", "label": "Ort", "components": [
            {"type": "group", "id": "f4", "path": "karte", "label": "Karte", "components": [
                {"type": "textfield", "id": "f5", "key": "flur", "label": "Flur", "validate": {"pattern": "^[0-9]*$"}}]}]},
        {"type": "dynamiclist", "id": "f6", "path": "baeume", "label": "Bäume", "isRepeating": True, "allowAddRemove": True,
         "defaultRepetitions": 1, "components": [{"type": "textfield", "id": "f7", "key": "art", "label": "Baumart"}]},
        {"type": "datetime", "id": "f9", "key": "tag", "subtype": "date", "dateLabel": "Ortstermin"},
        {"type": "filepicker", "id": "f10", "key": "fotos", "label": "Fotos", "multiple": True},
    ],
}  # fmt: skip
FREIGABE = {
    "type": "default", "id": "freigabe", "schemaVersion": 18,
    "components": [
        {"type": "radio", "id": "g1", "key": "freigabe", "label": "Ergebnis", "validate": {"required": True},
         "values": [{"label": "Freigeben", "value": "ja"}, {"label": "Zurück in die Prüfung", "value": "nein"}]},
    ],
}  # fmt: skip
FORMULAR = process(
    start(), user("pruefen", name="Antrag prüfen", extension='<zeebe:formDefinition formId="pruefung"/>'),
    user("weiter", name="Weiter"), end(), flows("start > pruefen > weiter > end"),
)  # fmt: skip
VARIANTS = '''kind = "ermessen"
[[section.variante]]
name = "Öffentliches Interesse"
text = "Das öffentliche Interesse überwiegt."
[[section.variante]]
name = "Interesse am Fällen"
text = "Ihr Interesse überwiegt."'''


def notice_files() -> dict[str, bytes]:
    """A bundle whose Bescheid is drafted, approved by form, and issued."""
    form = '<zeebe:formDefinition formId="freigabe"/>'
    issued = service(
        "erlassen", type="bescheid.erlassen", inputs={"bescheid": "=entwurf.bescheid"}, outputs={"bescheid": "=dokument"}
    )
    drawn = process(
        start(), user("pruefen", name="Antrag prüfen"), drafting(),
        user("freigeben", name="Bescheid freigeben", extension=form + approving()),
        xor("g", default="g_pruefen"), issued, user("weiter", name="Zustellung"), end(),
        flow("g", "erlassen", 'freigabe = "ja"'),
        flows("start > pruefen > entwerfen > freigeben > g > pruefen", "erlassen > weiter > end"),
    )  # fmt: skip
    letter = BESCHEID.replace('kind = "ermessen"\ntext = "So ist es."', VARIANTS)
    return {**files(drawn, letter), "forms/freigabe.form": json.dumps(FREIGABE).encode()}


class Town(Site):
    """The site with a server of its own, and what its people do beside the browser."""

    url = ""

    def task(self, case: str) -> reads.Aufgabe:
        with db.namespace(SLUG):
            found: reads.Aufgabe = reads.list_aufgaben(vorgang_id=case).items[0]
            return found

    def work(self) -> None:
        """Do everything that was rung for, with the connectors as they are shipped."""
        with db.namespace(SLUG):
            while self.bell.rung:
                working.work(self.bell.rung.pop(0), connectors(), by=SYSTEM)

    def taken(self, case: str, by: Konto = ANNA) -> str:
        """The address of a case's task, after somebody has taken it."""
        with db.namespace(SLUG):
            return f"{self.url}aufgaben/{claim_aufgabe(self.task(case).id, by=by).id}"

    def complete(self, case: str, data: Mapping[str, Any], by: Konto = BERTA) -> None:
        task = self.task(case)
        with db.namespace(SLUG):
            complete_aufgabe(task.id, data, by=by)
        self.work()

    def drafted(self) -> tuple[str, str]:
        """A case whose Bescheid is drafted: its id and that of the Bescheid."""
        case = self.new_case(form="bescheide")
        self.complete(case, {"cent": 5000}, by=ANNA)
        return case, self.bescheid(case).id

    def bescheid(self, case: str) -> reads.Bescheid:
        with db.namespace(SLUG):
            return reads.list_bescheide(case)[-1]


def furnish() -> None:
    """Make a municipality with its form, its Bescheid and two clerks."""
    make_kommune(SLUG, "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"])
    with db.namespace(SLUG):
        deploy_bundle(bundle(POSTEINGANG, "posteingang", "PE"), TYPES, by=SYSTEM)
        deploy_bundle(
            {**bundle(FORMULAR, "formular", "FO"), "forms/pruefung.form": json.dumps(FORM).encode()}, TYPES, by=SYSTEM
        )
        deploy_bundle(notice_files(), OFFER, by=SYSTEM)
        for konto in (ANNA, BERTA):
            hash = HASH
            add_konto(konto.login, konto.name, f"{konto.login}@example.org", konto.roles, password=hash, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)
        change_setting("briefkopf", BRIEFKOPF, by=SYSTEM)


@contextmanager
def town(installation: Installation, patterns: Patterns) -> Iterator[Town]:
    """A municipality that is served until the block ends."""
    patterns.settle(furnish)
    made = Town(app_on(installation), Bell())
    use_doorbell(made.bell)
    with served(made.app) as address:
        made.url = f"{address}/{SLUG}/"
        yield made


def sign_in(page: Page, made: Town, login: str = "anna") -> None:
    page.goto(f"{made.url}anmelden")
    fill_login(page, login)
    expect(page.get_by_role("button", name="Abmelden")).to_be_visible()


def fill_login(page: Page, login: str) -> None:
    page.get_by_label("Anmeldename").fill(login)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()


def saved(page: Page) -> None:
    """Wait until the draft of a form is saved."""
    expect(page.get_by_text("Entwurf gespeichert um")).to_be_visible()


def submit(page: Page) -> None:
    page.get_by_role("button", name="Abschließen").click()


def values_of(case: str) -> dict[str, Any]:
    """The values that a case has now."""
    with db.namespace(SLUG):
        [first, *_] = rows(aufgabe.T, vorgang_id=case)
        return dict(reads.form_of(first.id)[1])


def fits(page: Page, axe: Any) -> None:
    """No finding of axe, and nothing scrolls sideways."""
    assert axe() == [], page.url
    assert narrow_enough(page), page.url


def follow(page: Page, leads_on: Locator) -> None:
    """Click on what leads to another page, and wait until that is there."""
    with page.expect_navigation():
        leads_on.click()


def narrow_enough(page: Page) -> bool:
    """Whether nothing scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
