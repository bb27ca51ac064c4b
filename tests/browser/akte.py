"""A real case in a running Nordfriesland: trees, photos, hostile files, a decision, messages with answers, a notice."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors import CONNECTORS, Switchboard
from engine import reads
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.ports import File, ReplyPolicy
from engine.base.rights import SYSTEM, Konto
from engine.model.bundle import read_folder
from engine.step import use_doorbell
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto
from engine.verbs.operate import change_setting
from engine.verbs.post import receive_reply, record_retrieval, send_message
from tests.engine.cases import ANNA, BERTA, Bell, Upload, work_all
from tests.patterns import Patterns
from tests.processes.fall import ANGABEN, Outside
from tests.served import served
from tests.web.site import HASH, SLUG, Site, app_on
from web.demo.antrag import application, node, pdf, photo
from web.demo.place import KOMMUNEN

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
FILES = (
    Upload("lageplan.pdf", "application/pdf", pdf("Lageplan")),
    Upload("foto.png", "image/png", photo()),
    Upload(f"{HOSTILE}.pdf", "application/pdf", b"<html><script>document.title=1</script></html>"),
    Upload("bild.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title=1</script></svg>'),
)


class Akte(Site):
    """The running site and one case in it, which speaks the diagram's language."""

    url = ""
    id = ""
    outside: Outside

    def page(self, path: str = "") -> str:
        """The address of the case, or of a page below it."""
        return f"{self.url}vorgaenge/{self.id}{path}"

    def settle(self) -> None:
        work_all(self.bell, self.outside)
        tick()
        work_all(self.bell, self.outside)

    def complete(self, element: str, by: Konto = ANNA, **answers: Any) -> None:
        with db.namespace(SLUG):
            [task] = [task for task in reads.list_aufgaben(vorgang_id=self.id).items if task.element == element]
            complete_aufgabe(task.id, answers, by=by)
            self.settle()

    def submit(self, content: dict[str, Any] | None = None, files: Sequence[Upload] = FILES) -> str:
        """Send an application; gives the id of its case."""
        sent = content or application(KOMMUNEN[0], str(uuid.uuid4()))
        sent["formData"].append(node("plan", "Lageplan und Fotos", "lageplan.pdf, foto.png"))
        answer = self.send(sent, files=files, representations=[Upload("antrag.pdf", "application/pdf", pdf("Antrag"))])
        assert answer.status_code == 200, answer.text
        with db.namespace(SLUG):
            self.settle()
        return str(answer.json["vorgang"]["vorgangId"])  # type: ignore[index]

    def write(self, subject: str, text: str, within: str | None = None) -> str:
        """A free message; it is in the mailbox afterwards. Gives the id that the Servicekonto knows it by."""
        reply = ReplyPolicy.MANDATORY if within else ReplyPolicy.FORBIDDEN
        with db.namespace(SLUG):
            send_message(self.id, subject, text, [], reply, within=within, by=ANNA)
            self.settle()
        return f"m-{len(self.outside.sent)}"

    def answer(self, message: str, text: str, files: Sequence[File] = ()) -> None:
        with db.namespace(SLUG):
            record_retrieval(message, clock.now(), by=SYSTEM)
            receive_reply(str(uuid.uuid4()), message, text, files, clock.now(), by=SYSTEM)
            self.settle()

    def query(self) -> None:
        """A question of the process itself, answered."""
        self.complete("vollstaendigkeit_pruefen", vollstaendigkeit="rueckfrage", rueckfrage_text="Welche Eiche ist gemeint?")
        self.answer(
            f"m-{len(self.outside.sent)}", "Die am Zaun.\nEin Foto liegt bei.", [File("zaun.png", "image/png", photo())]
        )

    def decide(self) -> None:
        """On to a grant that waits for its release."""
        self.complete("vollstaendigkeit_pruefen", vollstaendigkeit="vollstaendig", angaben=ANGABEN)
        self.complete("stellungnahme_abgeben", stellungnahme={"bedenken": "keine", "text": "Keine Nester, keine Höhlen."})
        why = "Die Eiche ist nicht mehr standsicher."
        self.complete("pruefen", entscheidung="genehmigen", begruendung=why, ersatzpflanzung=1)

    def release(self) -> None:
        """The grant is released and delivered."""
        self.complete("freigeben", by=BERTA, freigabe="freigeben")


def furnish() -> None:
    """Make Nordfriesland with its bundles and four people."""
    make_kommune(SLUG, "Kreis Nordfriesland", "Kreis", "SH", ["127.0.0.0/8"], stellen=["100001"])
    password = HASH
    people = {"anna": ("Anna Albers", "sachbearbeitung"), "berta": ("Berta Brandt", "sachbearbeitung")}
    people |= {"paula": ("Paula Post", "poststelle"), "chef": ("Carla Chef", "administration")}
    with db.namespace(SLUG):
        for name in ("gemeinsam/posteingang", "nordfriesland/baumfaellung"):
            deploy_bundle(read_folder(PROCESSES / name), Switchboard(CONNECTORS).types(), by=SYSTEM)
        change_setting("briefkopf", KOMMUNEN[0].letterhead, by=SYSTEM)
        change_setting("antrag.absender", ["127.0.0.0/8"], by=SYSTEM)
        for login, (name, role) in people.items():
            add_konto(login, name, f"{login}@example.org", frozenset({role}), password=password, by=SYSTEM)


@contextmanager
def running(installation: Installation, patterns: Patterns) -> Iterator[Akte]:
    """Nordfriesland with its bundles, four people and one application."""
    patterns.settle(furnish)
    akte = Akte(app_on(installation), Bell())
    akte.outside = Outside()
    use_doorbell(akte.bell)
    with served(akte.app) as url:
        akte.url = f"{url}/{SLUG}/"
        akte.id = akte.submit()
        yield akte


def unknown_form() -> dict[str, Any]:
    """An application for a Leistung that nobody here knows."""
    sent = json.loads(json.dumps(application(KOMMUNEN[0], str(uuid.uuid4()))))
    sent["control"].update(formId="hundesteuer", leikaIds=[], name="Anmeldung eines Hundes")
    return dict(sent)


def tomorrow() -> dt.date:
    return clock.local_day(clock.now()) + dt.timedelta(days=1)
