"""One application from the front door to the back door, for each municipality of the demo, over real HTTP.

Each step says what it did and how long it took; a step that finds something else than it should ends the walk with a sentence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from engine.base import clock, db
from engine.base.errors import Problem
from engine.verbs.due import fire_timers
from web.compose import compose
from web.demo.antrag import ANSWERS, COMPLETE, OPINION, PLANTED, POSTFACH, RELEASE, application, parts
from web.demo.place import KOMMUNEN, DemoKommune, Place
from web.twins.signature import sign

WITHIN_S = 30.0
Said = Callable[[str, float], None]


class Failed(Problem):
    """A step of the demo did not do what it should."""


@contextmanager
def timed(say: Said, text: str) -> Iterator[list[str]]:
    """Say a step when it is done, with its time; the list takes what it found."""
    found: list[str] = []
    began = time.monotonic()
    try:
        yield found
    except httpx.HTTPError as cause:
        raise Failed(f"{text}: keine brauchbare Antwort ({type(cause).__name__}).") from cause
    except Failed as failed:
        raise Failed(f"{text}: {failed.sentence}") from failed
    say(f"{text}{': ' if found else ''}{', '.join(found)}", time.monotonic() - began)


def until(look: Callable[[], Any], missing: str) -> Any:
    """What a look finds, as soon as it finds something.

    Raises:
        Failed: it finds nothing in time.
    """
    end = time.monotonic() + WITHIN_S
    while not (found := look()):
        if time.monotonic() > end:
            raise Failed(f"nach {WITHIN_S:.0f} Sekunden {missing}.")
        time.sleep(0.05)
    return found


def check(right: bool, sentence: str) -> None:
    """Go on only if this is so."""
    if not right:
        raise Failed(sentence)


def walk(place: Place, say: Said) -> list[Path]:
    """Send an application to each municipality and follow it to the delivered notice; gives where the notices lie."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        return [_walk_one(Walk(client, place, one), say) for one in KOMMUNEN]


def _walk_one(step: Walk, say: Said) -> Path:
    with timed(say, f"{step.one.name}: Antrag eingereicht") as found:
        found.append(step.submit())
    with timed(say, "Derselbe Antrag noch einmal: dieselbe Antwort, Byte für Byte"):
        step.submit_again()
    with timed(say, "Dieselbe transactionId mit anderem Inhalt: abgelehnt (409)"):
        step.submit_other()
    with timed(say, "Eingangsbestätigung im Servicekonto") as found:
        found.append(step.receipt())
    with timed(say, "Vollständigkeit geprüft") as found:
        found.append(step.prepare())
    with timed(say, "Aufgabe „prüfen“ gefunden und übernommen") as found:
        found.append(step.claim())
    with timed(say, "Aufgabe abgeschlossen") as found:
        found.append(step.complete())
    with timed(say, "Eigene Entscheidung selbst freigeben: abgelehnt (403), vier Augen"):
        step.release_alone()
    with timed(say, "Bescheid von einer zweiten Person freigegeben") as found:
        found.append(step.release())
    with timed(say, "Bescheid zugestellt; wartet auf Ablauf der Widerspruchsfrist") as found:
        found.append(step.waiting())
    with timed(say, "Bescheid als PDF geholt") as found:
        notice = step.notice()
        found.append(f"{notice.stat().st_size} Bytes")
    with timed(say, "Bescheid im Servicekonto, dieselben Bytes") as found:
        found.append(step.delivered(notice))
    with timed(say, "Entscheidung im Baumregister") as found:
        found.append(step.registered())
    with timed(say, "Zeitsprung: Widerspruchsfrist und Pflanzfrist sind um") as found:
        found.append(step.later())
    with timed(say, "Ersatzpflanzung nachgewiesen, Vorgang abgeschlossen") as found:
        found.append(step.closed())
    return notice


def verified(place: Place, say: Said) -> None:
    """Check the invariants on what the walk has left behind."""
    from engine import verify

    with timed(say, "verify: Belege, Zeilen, Dokumente und Protokoll stimmen"):
        compose(place.settings)
        for one in KOMMUNEN:
            with db.namespace(one.slug):
                broken = verify()
            check(
                not broken, f"{one.slug}: {'; '.join(f'{each.invariant} {each.subject} {each.message}' for each in broken[:5])}"
            )
        db.close()


@dataclass
class Walk:
    """The steps of one application."""

    client: httpx.Client
    place: Place
    one: DemoKommune
    transaction: str = ""
    answer: bytes = b""
    vorgang: str = ""
    nummer: str = ""
    aufgabe: str = ""

    # --- the form system

    def submit(self) -> str:
        """Send the application; it becomes a Vorgang."""
        self.transaction = str(uuid.uuid4())
        answer = self._send()
        check(answer.status_code == 200, f"HTTP {answer.status_code} statt 200: {answer.text[:300]}")
        self.answer = answer.content
        self.vorgang, self.nummer = (answer.json()["vorgang"][name] for name in ("vorgangId", "vorgangNummer"))
        return self.nummer

    def submit_again(self) -> None:
        """Send the same again: nothing new comes of it."""
        check(self._send().content == self.answer, "die Antwort ist eine andere als beim ersten Mal.")

    def submit_other(self) -> None:
        """Send something else under the same id."""
        answer = self._send("Ein anderer Grund.")
        check(answer.status_code == 409, f"HTTP {answer.status_code} statt 409.")

    def _send(self, *reason: str) -> httpx.Response:
        form_data = application(self.one, self.transaction, *reason)
        return self.client.post(f"{self.place.url}/{self.one.slug}/antrag", files=parts(form_data))

    # --- the clerk

    def prepare(self) -> str:
        """Do what comes before the decision: look whether all is there, and give an opinion where one is asked for."""
        self._do("vollstaendigkeit_pruefen", COMPLETE[self.one.slug])
        if until(lambda: self._task("stellungnahme_abgeben", "pruefen"), "war keine Aufgabe da")["element"] == "pruefen":
            return "vollständig"
        self._do("stellungnahme_abgeben", OPINION)
        return "vollständig, Stellungnahme liegt vor"

    def claim(self) -> str:
        """Find the task of our Vorgang and take it."""
        task = until(lambda: self._task("pruefen"), "war keine Aufgabe „pruefen“ da")
        self.aufgabe = task["id"]
        holder = self._api("POST", f"aufgaben/{self.aufgabe}/claim").json()["holder"]
        check(holder == self._known["login"], f"die Aufgabe gehört jetzt {holder}.")
        return str(task["name"])

    def complete(self) -> str:
        """Answer the form of the task."""
        answers = ANSWERS[self.one.slug]
        self._api("POST", f"aufgaben/{self.aufgabe}/complete", json={"data": answers})
        return str(answers["entscheidung"])

    def release_alone(self) -> None:
        """Try to release one's own decision: that takes a second person."""
        task = until(lambda: self._task("freigeben"), "war keine Aufgabe „freigeben“ da")
        self.aufgabe = task["id"]
        answer = self._ask("POST", f"aufgaben/{self.aufgabe}/complete", self._known, json={"data": RELEASE})
        check(answer.status_code == 403, f"HTTP {answer.status_code} statt 403.")

    def release(self) -> str:
        """Release the notice as the second person."""
        second = self.place.secrets["kommunen"][self.one.slug]["leitung"]
        answer = self._ask("POST", f"aufgaben/{self.aufgabe}/complete", second, json={"data": RELEASE})
        check(answer.is_success, f"HTTP {answer.status_code}: {answer.text[:300]}")
        return str(second["login"])

    def waiting(self) -> str:
        """Wait until nothing is left to do but to let the objection period run out; gives its last day."""
        due = until(lambda: self._due("widerspruchsfrist"), "lief noch keine Widerspruchsfrist")
        # The timer is due when the last day is over.
        return f"bis {clock.local_day(dt.datetime.fromisoformat(due)) - dt.timedelta(days=1):%d.%m.%Y}"

    def later(self) -> str:
        """Let the objection period and the time for planting pass, as a tick of that day would; only we look ahead."""
        compose(self.place.settings)
        with db.namespace(self.one.slug):
            for element in ("widerspruchsfrist", "pflanzfrist"):
                due = until(lambda element=element: self._due(element), f"lief keine Frist „{element}“")  # type: ignore[misc]  # bound at once
                with clock.frozen(dt.datetime.fromisoformat(due) + dt.timedelta(seconds=1)):
                    fire_timers()
        db.close()
        return f"{clock.local_day(dt.datetime.fromisoformat(due)):%d.%m.%Y}"

    def closed(self) -> str:
        """Note that the new trees stand; the Vorgang is closed."""
        self._do("ersatz_nachweisen", PLANTED)
        return str(until(lambda: self._case()["status"] == "ABGESCHLOSSEN" and "ABGESCHLOSSEN", "blieb der Vorgang offen"))

    def notice(self) -> Path:
        """Fetch the notice and keep it."""
        documents = self._api("GET", f"vorgaenge/{self.vorgang}/dokumente").json()["items"]
        made = [each for each in documents if each["kind"] == "bescheid"]
        check(len(made) == 1, f"{len(made)} erlassene Bescheide statt eines.")
        content = self._api("GET", f"vorgaenge/{self.vorgang}/dokumente/{made[0]['id']}").content
        check(content.startswith(b"%PDF-"), "das Dokument ist kein PDF.")
        check(hashlib.sha256(content).hexdigest() == made[0]["sha256"], "die Prüfsumme stimmt nicht.")
        path = self.place.home / f"bescheid-{self.one.slug}.pdf"
        path.write_bytes(content)
        return path

    def _do(self, element: str, answers: dict[str, Any]) -> None:
        """Wait for a task and complete it."""
        task = until(lambda: self._task(element), f"war keine Aufgabe „{element}“ da")
        self._api("POST", f"aufgaben/{task['id']}/complete", json={"data": answers})

    def _task(self, *elements: str) -> Any:
        """An open task of our Vorgang, one of these."""
        tasks = self._case()["aufgaben"]
        return next((task for task in tasks if task["element"] in elements), None)

    def _due(self, element: str) -> str | None:
        """When a deadline is over, as soon as it runs."""
        due = [each["due_at"] for each in self._case()["fristen"] if each["element"] == element]
        return str(due[0]) if due else None

    def _case(self) -> dict[str, Any]:
        found: dict[str, Any] = self._api("GET", f"vorgaenge/{self.vorgang}").json()
        if found["state"] == "incident":
            open_ones = self._api("GET", "incidents").json()["items"]
            check(False, "; ".join(f"Störung an „{each['element']}“: {each['message']}" for each in open_ones))
        return found

    @property
    def _known(self) -> dict[str, str]:
        known: dict[str, str] = self.place.secrets["kommunen"][self.one.slug]
        return known

    def _api(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self._ask(method, path, self._known, **options)
        check(answer.is_success, f"HTTP {answer.status_code}: {answer.text[:300]}")
        return answer

    def _ask(self, method: str, path: str, who: Mapping[str, str], **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who['token']}"}
        return self.client.request(method, f"{self.place.url}/{self.one.slug}/api/v1/{path}", headers=headers, **options)

    # --- the citizen, and the register

    def receipt(self) -> str:
        """The receipt is in the mailbox; the account confirms it to the authority."""
        number = until(lambda: self._message(0), "war keine Nachricht im Postfach")
        timestamp = str(int(clock.now().timestamp()))
        headers = {"X-Timestamp": timestamp, "X-Signature": sign(self.place.secrets["servicekonto"], timestamp, b"")}
        answer = self.client.get(f"{self.place.servicekonto}/api/nachrichten/{number}", headers=headers)
        check(answer.is_success, f"HTTP {answer.status_code} vom Servicekonto.")
        return f"bereitgestellt {answer.json()['providedAt']}"

    def delivered(self, notice: Path) -> str:
        """The notice hangs on the second message, with the same bytes."""
        number = until(lambda: self._message(1), "war kein Bescheid im Postfach")
        page = self.client.get(f"{self.place.servicekonto}/nachricht/{number}")
        attachments = re.findall(rf"/nachricht/{number}/anlage/\d+", page.text)
        check(len(attachments) == 1, f"{len(attachments)} Anlagen statt einer.")
        content = self.client.get(self.place.servicekonto + attachments[0]).content
        check(content == notice.read_bytes(), "die Anlage ist nicht der Bescheid.")
        return f"{len(content)} Bytes"

    def registered(self) -> str:
        """The register has an entry for the Aktenzeichen."""
        page = self.client.get(self.place.baumregister).text
        entries = [row for row in page.split("<tr") if f"<td>{self.nummer}</td>" in row]
        check(len(entries) == 1, f"{len(entries)} Einträge zu {self.nummer} statt eines.")
        number = re.search(r"BR-\d{4}-\d+", entries[0])
        check(number is not None, "der Eintrag hat keine Registernummer.")
        return number.group() if number else ""

    def _message(self, index: int) -> str | None:
        """The number of our first or second message, as the citizen sees them; the newest stand first."""
        boxes = self.client.get(self.place.servicekonto).text
        box = next((part for part in boxes.split("<li")[1:] if POSTFACH in part), "")
        link = re.search(r"/postfach/\d+", box)
        if link is None:
            return None
        cards = self.client.get(self.place.servicekonto + link.group()).text.split("<li")[1:]
        ours = [card for card in reversed(cards) if re.search(rf"{re.escape(self.nummer)}\b", card)]
        number = re.search(r"/nachricht/([0-9a-f-]{36})", ours[index]) if len(ours) > index else None
        return number.group(1) if number else None
