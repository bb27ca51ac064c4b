"""The general case in a municipality just made: what has no diagram of its own walks through every status of a Vorgang."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.errors import Forbidden
from engine.base.rights import SYSTEM
from engine.model.bundle import with_shared
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe
from engine.verbs.konten import add_konto
from engine.verbs.operate import verify
from engine.verbs.vorgang import assign
from tests.engine.cases import ANNA, BERTA, Bell
from tests.pdf import text_of
from tests.processes.conftest import PROCESSES
from tests.processes.fall import NOW, Fall
from web.compose import connectors
from web.provision import provide
from web.settings import Settings

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)

ADDRESS = {"authority": "Stadt Husum", "address": ["Beispielweg 2", "25813 Husum"], "place": "Husum"}
DECIDED = {
    "ergebnis": "bescheid", "angaben": {"name": "Erika Muster", "strasse": "Deichweg 3", "ort": "25813 Husum"},
    "entscheidung": "stattgegeben", "tenor": "Die Gehwegüberfahrt am Deichweg 3 wird erlaubt.", "gebuehr_euro": 25.5,
    "sachverhalt": "Sie haben eine Gehwegüberfahrt beantragt.", "rechtslage": "Rechtsgrundlage ist die Satzung (Beispiel).",
    "ermessen": "Ihr Interesse überwiegt; der Gehweg bleibt begehbar.",
    "rechtsbehelf": {"art": "widerspruch", "stelle": "Stadt Husum", "sitz": "Husum"},
}  # fmt: skip

MANIFEST = """
leistung = "baumfaellung"
name = "Fällen von Bäumen"
kuerzel = "BF"
process = "vorgang"
uses = ["rechtsbehelfsfrist", "vorgang", "zustellung"]
form_ids = ["baumfaellung"]

[parameter]
land = "SH"
behoerde = "Stadt Husum"
rechtsbehelf = "widerspruch"
"""


@pytest.fixture
def husum(installation: Installation) -> Iterator[Bell]:
    """Husum as it is made, with two clerks and the address of its letterhead; verified at the end."""
    kept = Settings(home=installation.home, database=installation.database, secret=installation.secret)
    provide(
        "husum", name="Stadt Husum", kind="Stadt", admin_name="Mara Muster", admin_email="mara@husum.example", site=kept,
        settings={"briefkopf": ADDRESS},
    )  # fmt: skip
    bell = Bell()
    use_doorbell(bell)
    with db.namespace("husum"), clock.frozen(NOW):
        for konto in (ANNA, BERTA):
            add_konto(konto.login, konto.name, f"{konto.login}@example.org", konto.roles, by=SYSTEM)
        yield bell
        assert verify() == []


@pytest.fixture
def fall(husum: Bell) -> Fall:
    """An application for trees, which Husum has no diagram for; it lies in the post room."""
    return Fall(husum)


def status(fall: Fall) -> str:
    return reads.get_vorgang(fall.id).status


def test_a_service_without_a_diagram_of_its_own_walks_through_every_status(husum: Bell) -> None:
    files = {"bundle.toml": MANIFEST.encode()}
    deploy_bundle(with_shared(files, PROCESSES / "gemeinsam"), connectors().types(), by=SYSTEM)
    fall = Fall(husum)
    [task] = reads.list_aufgaben(vorgang_id=fall.id).items
    assert (status(fall), task.element) == ("NEU", "annehmen")
    claim_aufgabe(task.id, by=ANNA)
    assert status(fall) == "ANGENOMMEN"
    fall.complete("annehmen", weg="annehmen")
    assert status(fall) == "IN_BEARBEITUNG"
    fall.complete("bearbeiten", **DECIDED)
    with pytest.raises(Forbidden, match="Vier-Augen"):
        fall.complete("freigeben", freigabe="freigeben")
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    assert (status(fall), fall.letters()) == ("BESCHIEDEN", ["Bescheid.pdf"])
    [period] = reads.list_fristen(fall.id)
    assert period.due_at == dt.datetime(2026, 4, 7, 22, 0, tzinfo=dt.UTC)
    clock.move(dt.timedelta(days=40))
    fall.settle()
    assert (status(fall), fall.waits_at()) == ("ABGESCHLOSSEN", [])


def test_from_the_post_room_it_becomes_a_notice_that_says_what_was_typed(fall: Fall) -> None:
    assert (status(fall), fall.waits_at()) == ("NEU", ["sichten"])
    assign(fall.id, "allgemein", by=SYSTEM)
    fall.settle()
    assert fall.waits_at() == ["annehmen"]
    fall.complete("annehmen", weg="annehmen")
    fall.complete("bearbeiten", **DECIDED)
    fall.complete("freigeben", by=BERTA, freigabe="freigeben")
    [document] = [one for one in reads.list_dokumente(fall.id) if one.kind == "bescheid"]
    said = "".join(text_of(reads.document_file(fall.id, document.id).content).split())
    for words in ("Stadt Husum", "wird erlaubt", "25,50 Euro", "Sitz in Husum", "Anna"):
        assert words.replace(" ", "") in said
    assert fall.outside.sent[-1].startswith("Ihr Bescheid")


@pytest.mark.parametrize(
    ("answers", "ends"),
    [
        ({"weg": "weitergeleitet", "weiter_an": "Steueramt"}, "WEITERGELEITET"),
        ({"weg": "verworfen"}, "VERWORFEN"),
    ],
)
def test_what_is_not_accepted_ends_as_it_is_called(fall: Fall, answers: dict[str, str], ends: str) -> None:
    assign(fall.id, "allgemein", by=SYSTEM)
    fall.settle()
    fall.complete("annehmen", **answers)
    assert status(fall) == ends
