"""A Vorgang of a municipality with database, outbox and letters, on a moved clock; it speaks the diagram's language."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from connectors import CONNECTORS, Switchboard
from engine import reads
from engine.base import clock
from engine.base.ports import Answer, Call, Offer, Repeat
from engine.base.rights import SYSTEM
from engine.verbs import letters
from engine.verbs.desk import complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.intake import receive_push
from forms.antrag import Limits
from tests.engine.cases import ANNA, BERTA, Bell, vorgang_of, work_all
from web.demo.antrag import application
from web.demo.place import KOMMUNEN

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
REAL = Switchboard(CONNECTORS)
TREES = [{"art": "Stieleiche", "umfang_cm": 210}]
ANGABEN = {"standort": "Hafenstraße 7, 25813 Husum", "baeume": TREES}


def provided() -> str:
    """Now, as a Servicekonto writes it."""
    return clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Outside:
    """The outside inside the process: letters are really written, accounts and register answer at once."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.account: Callable[[Call], Answer] = self.taken

    def types(self) -> Offer:
        return REAL.types()

    def repeat(self, type: str) -> Repeat:
        return REAL.repeat(type)

    def call(self, call: Call) -> Answer:
        if call.type in letters.TYPES:
            return REAL.call(call)
        if call.type == "baumregister.melden":
            return Answer({"registernummer": "R-1"})
        return self.account(call)

    def taken(self, call: Call) -> Answer:
        self.sent.append(call.inputs["betreff"])
        return Answer({"messageId": f"m-{len(self.sent)}", "providedAt": provided(), "notifiedAt": provided()})


class Fall:
    """A Vorgang that speaks the diagram's language."""

    def __init__(self, bell: Bell, account: str = "OSI", consent: bool | None = None) -> None:
        self.bell, self.outside = bell, Outside()
        sent = application(KOMMUNEN[0], "7c1b0c1e-0000-4000-8000-000000000001")
        sent["control"]["serviceKonto"]["type"] = account
        if consent is not None:
            sent["formData"].append({"name": "einwilligung_bekanntgabe", "label": "Einwilligung", "booleanValue": consent})
        self.id = vorgang_of(bytes(receive_push(json.dumps(sent).encode(), (), (), limits=Limits(), by=SYSTEM)))
        self.settle()

    def settle(self) -> None:
        work_all(self.bell, self.outside)
        tick()
        work_all(self.bell, self.outside)

    def days_pass(self, days: int) -> None:
        """Day by day, as the clock does."""
        for _ in range(days):
            clock.move(dt.timedelta(days=1))
            self.settle()

    def waits_at(self) -> list[str]:
        return [task.element for task in reads.list_aufgaben(vorgang_id=self.id).items]

    def complete(self, element, by=ANNA, **answers) -> None:
        [task] = [task for task in reads.list_aufgaben(vorgang_id=self.id).items if task.element == element]
        complete_aufgabe(task.id, answers, by=by)
        self.settle()

    def decided(self) -> None:
        """Go on to a grant that waits for its release."""
        self.complete("vollstaendigkeit_pruefen", vollstaendigkeit="vollstaendig", angaben=ANGABEN)
        self.complete("stellungnahme_abgeben", stellungnahme={"bedenken": "keine", "text": "Keine Nester, keine Höhlen."})
        why = "Die Eiche ist nicht mehr standsicher."
        self.complete("pruefen", entscheidung="genehmigen", begruendung=why, ersatzpflanzung=1)

    def granted(self) -> None:
        """Go on to the released grant, today."""
        self.decided()
        self.complete("freigeben", by=BERTA, freigabe="freigeben")

    def letters(self) -> list[str]:
        """What was written and is no draft."""
        written = [document for document in reads.list_dokumente(self.id) if document.name.endswith(".pdf")]
        return [document.name for document in written if document.kind != "entwurf"]

    def deadlines(self) -> dict[str, dt.datetime]:
        return {frist.element: frist.due_at for frist in reads.list_fristen(self.id)}


class FallInAugsburg(Fall):
    """A Vorgang of Augsburg: the same application, decided by the leaner diagram."""

    def decided(self) -> None:
        known = {"standort": "Lindenhof 3, 86150 Augsburg", "baeume": TREES}
        self.complete("vollstaendigkeit_pruefen", vollstaendigkeit="vollstaendig", angaben=known)
        why = "Die Eiche ist nicht mehr standsicher."
        self.complete("pruefen", entscheidung="genehmigen", gruende=why, ersatzpflanzung=1, gilt_bis="2027-12-31")
