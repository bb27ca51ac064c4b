"""Compares three witnesses that know nothing of each other: the log of requests, the databases by plain SQL, the ledgers.

It uses nothing of the product but `amtsweg verify`, which an operator would run too.
"""

from __future__ import annotations

import datetime as dt
import functools
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults import stubs
from tests.faults.bundles import BEGUN_BY_MESSAGE, SLUGS
from tests.faults.place import Place
from tests.faults.requests import OK, REFUSED, SENT, UNKNOWN, read

ENDED = "('completed', 'terminated')"
EFFECTS = (
    ("message", "konto/servicekonto.sqlite", "nachricht WHERE kommune = ?", "eingang", "servicekonto.nachricht"),
    ("entry", "register/baumregister.sqlite", "eintrag WHERE kommune = ?", "melden", "baumregister.melden"),
    ("sheet", "druckerei/druckerei.sqlite", "blatt WHERE kommune = ? AND art = 'druck'", "drucken", "druckerei.drucken"),
    (
        "postage",
        "druckerei/druckerei.sqlite",
        "blatt WHERE kommune = ? AND art = 'porto'",
        "frankieren",
        "druckerei.frankieren",
    ),
)
"""What happens outside: its name, where it is kept, and the element and operation that do it once for each case."""


@dataclass
class Findings:
    """What was counted, and every breach as a sentence."""

    counts: Counter[str] = field(default_factory=Counter)
    breaches: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def breach(self, kind: str, sentence: str) -> None:
        self.breaches[kind].append(sentence)


def check(place: Place, found: Findings) -> None:
    """Everything."""
    lines, ledgers = list(read(place.folder)), list(stubs.read(place.folder))
    _requests(lines, found)
    found.counts.update(f"misbehaved: {line['misbehaved']}" for line in ledgers if "misbehaved" in line)
    for slug in SLUGS:
        query = functools.partial(_asked, place, slug)
        _applications(query, [line for line in lines if line.get("slug") == slug and line["kind"] == "start"], found)
        _completions(query, [line for line in lines if line.get("slug") == slug and line["kind"] == "complete"], found)
        _messages(query, [line for line in lines if line.get("slug") == slug and line["kind"] == "message"], found)
        _signals(query, [line for line in lines if line.get("slug") == slug and line["kind"] == "signal"], found)
        _effects(query, functools.partial(_outside, place, slug), slug, found)
        _ledgers(query, slug, ledgers, found)
        _timers(query, found)
        _waits(query, found)
    for broken in place.verify()["broken"]:
        found.breach("verify", f"{broken['invariant']} {broken['subject']}: {broken['message']}")


def _asked(place: Place, slug: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    return place.sql(slug, statement, values)


def _requests(lines: list[dict[str, Any]], found: Findings) -> None:
    for line in lines:
        if line["kind"] == "look":
            continue
        found.counts[f"{line['kind']} {line['phase']}"] += 1
        if line["phase"] in (OK, REFUSED, UNKNOWN):
            found.counts[line["phase"]] += 1
        if line.get("status") == 500:
            found.breach("answers 500", f"{line['kind']} {line}")
    answered = {line["n"] for line in lines if line["phase"] != SENT}
    for line in lines:
        if line["phase"] == SENT and line["n"] not in answered:
            found.counts["never ended"] += 1


def _applications(query: Any, lines: list[dict[str, Any]], found: Findings) -> None:
    kept = dict(query("SELECT transaction_id, vorgang_id FROM antrag"))
    cases = {id for (id,) in query("SELECT id FROM vorgang WHERE leistung <> %s", BEGUN_BY_MESSAGE)}
    promised: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line["phase"] == OK:
            promised[line["transaction"]].add(line["vorgang"])
    for transaction, ids in promised.items():
        if kept.get(transaction) not in ids or not ids <= cases:
            found.breach("lost applications", f"{transaction}: answered with {ids}, kept {kept.get(transaction)}")
        if len(ids) > 1:
            found.breach("doubled applications", f"{transaction}: answered with {ids}")
    found.counts["applications"] += len(promised)
    found.counts["applications unknown and there"] += len(set(kept) - set(promised))
    twice = query("SELECT vorgang_id FROM antrag GROUP BY vorgang_id HAVING count(*) > 1")
    for (id,) in [*twice, *((id,) for id in cases - set(kept.values()))]:
        found.breach("doubled applications", f"the Vorgang {id} has not one application")


def _completions(query: Any, lines: list[dict[str, Any]], found: Findings) -> None:
    rows = {id: (state, by) for id, state, by in query("SELECT id, state, closed_by FROM aufgabe")}
    promised: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line["phase"] == OK:
            promised[line["aufgabe"]].add(line["login"])
    for id, logins in promised.items():
        if rows.get(id, ("",))[0] != "erledigt" or rows[id][1] not in logins:
            found.breach("lost completions", f"{id}: confirmed to {logins}, kept {rows.get(id)}")
        if len(logins) > 1:
            found.breach("doubled completions", f"{id}: confirmed to {logins}")
    found.counts["completions"] += len(promised)
    unfinished = (
        "SELECT a.id FROM aufgabe a WHERE a.state = 'erledigt' AND NOT EXISTS "
        "(SELECT 1 FROM history h WHERE h.vorgang_id = a.vorgang_id AND h.token = a.token AND h.kind = 'completed')"
    )
    for (id,) in query(unfinished):
        found.breach("lost completions", f"{id}: done, but the history does not know")
    twice = "SELECT vorgang_id, token FROM history WHERE kind = 'completed' GROUP BY vorgang_id, token HAVING count(*) > 1"
    for id, token in query(twice):
        found.breach("doubled completions", f"{token} of {id} is completed twice in the history")


def _messages(query: Any, lines: list[dict[str, Any]], found: Findings) -> None:
    kept = {id for (id,) in query("SELECT id FROM message")}
    for line in lines:
        if line["phase"] == OK and line["message"] not in kept:
            found.breach("lost messages", line["message"])
    for (id,) in query(READY):
        found.breach("silent waits", f"the message {id} and somebody wait for each other")
    begun = query("SELECT origin_key, count(*) FROM vorgang WHERE leistung = %s GROUP BY origin_key", BEGUN_BY_MESSAGE)
    found.counts["begun by messages"] += len(begun)
    for key, times in begun:
        if times > 1:
            found.breach("doubled applications", f"the message {key} has begun {times} cases")
    for (id,) in query("SELECT id FROM message WHERE name = 'beginn' AND state = 'wartet'"):
        found.breach("silent waits", f"the message {id} has begun nothing")


READY = (
    "SELECT m.id FROM message m JOIN erwartung e ON e.name = m.name AND e.key = m.key "
    "WHERE m.state = 'wartet' AND e.state = 'offen'"
)


def _signals(query: Any, lines: list[dict[str, Any]], found: Findings) -> None:
    kept = {id for (id,) in query("SELECT id FROM signal")}
    for line in lines:
        if line["phase"] == OK and line["signal"] not in kept:
            found.breach("lost messages", f"the signal {line['signal']}")
    for id, receiver in query("SELECT signal_id, receiver FROM signal_delivery WHERE state = 'offen'"):
        found.breach("silent waits", f"the signal {id} has not come to {receiver}")
    [(heard,)] = query("SELECT count(*) FROM signal_delivery WHERE state = 'zugestellt'")
    found.counts["signals heard"] += heard


def _effects(query: Any, outside: Any, slug: str, found: Findings) -> None:
    """One effect for each case that has done it, and never two; one document for each case that writes."""
    for kind, file, where, element, _ in EFFECTS:
        count = Counter(outside(file, f"SELECT aktenzeichen FROM {where}"))
        found.counts[f"effects: {kind}"] += sum(count.values())
        for nummer, times in count.items():
            if times > 1:
                found.breach("doubled effects", f"{slug} {nummer}: {times} times a {kind}")
        done = (
            "SELECT v.nummer FROM history h JOIN vorgang v ON v.id = h.vorgang_id WHERE h.kind = 'completed' AND h.element = %s"
        )
        for (nummer,) in query(done, element):
            if nummer not in count:
                found.breach("lost effects", f"{slug} {nummer}: no {kind}, though it is done")
    written = (
        "SELECT v.nummer, v.state, count(d.id) FROM vorgang v LEFT JOIN dokument d ON d.vorgang_id = v.id "
        "WHERE v.leistung = 'bescheid' GROUP BY v.nummer, v.state"
    )
    for nummer, state, times in query(written):
        found.counts["effects: document"] += times
        if times > 1 or times < (state == "completed"):
            found.breach("doubled effects" if times else "lost effects", f"{slug} {nummer}: {times} documents")


def _ledgers(query: Any, slug: str, ledgers: list[dict[str, Any]], found: Findings) -> None:
    """Each attempt of a case came with the same key, and nothing is done here that was never asked for over there."""
    asked = defaultdict(set)
    for line in ledgers:
        if line.get("key", "").startswith(f"{slug}-"):
            asked[line["path"], line["key"].split("-")[1]].add(line["key"])
    for (path, vorgang), keys in asked.items():
        if len(keys) > 1:
            found.breach("doubled effects", f"{vorgang} asked {path} with several keys: {keys}")
    all_keys = {key for keys in asked.values() for key in keys}
    types = ", ".join(f"'{type}'" for *_, type in EFFECTS)
    for vorgang, token in query(f"SELECT vorgang_id, token FROM auftrag WHERE state = 'erledigt' AND type IN ({types})"):
        if f"{slug}-{vorgang}-{token}" not in all_keys:
            found.breach("lost effects", f"{token} of {vorgang} is done, but nobody over there was asked")


def _outside(place: Place, slug: str, file: str, statement: str) -> Iterator[str]:
    connection = sqlite3.connect(place.folder / file, timeout=30)
    try:
        yield from (row[0] for row in connection.execute(statement, (slug,)).fetchall())
    finally:
        connection.close()


def _timers(query: Any, found: Findings) -> None:
    [(fired,)] = query("SELECT count(*) FROM frist WHERE state = 'ausgeloest'")
    found.counts["timers"] += fired
    for id, at in query("SELECT id, fired_at FROM frist WHERE state = 'ausgeloest' AND fired_at < due_at"):
        found.breach("timers early", f"{id} fired at {at}")
    twice = (
        "SELECT f.id FROM frist f JOIN history h ON h.vorgang_id = f.vorgang_id AND h.token = f.token AND h.kind = 'completed' "
        "GROUP BY f.id HAVING count(*) > 1"
    )
    for (id,) in query(twice):
        found.breach("timers twice", id)
    [(overdue,)] = query(f"SELECT count(*) FROM {DUE}", now_text())
    if overdue:
        found.breach("silent waits", f"{overdue} timers are due and nobody fires them")


DUE = (
    "frist f WHERE f.state = 'offen' AND f.due_at <= %s AND NOT EXISTS (SELECT 1 FROM incident i "
    "WHERE i.vorgang_id = f.vorgang_id AND i.state = 'offen' AND i.token = 'frei-kurier-' || f.id)"
)
"""Timers that should have fired and of which no person was told that they cannot."""


def _waits(query: Any, found: Findings) -> None:
    """Every open case has a reason to wait, and nothing that could be done is left undone."""
    reasons = " ".join(
        f"AND NOT EXISTS (SELECT 1 FROM {table} w WHERE w.vorgang_id = v.id AND w.state IN ({states}))"
        for table, states in (
            ("aufgabe", "'offen'"), ("auftrag", "'bereit', 'laeuft'"), ("frist", "'offen'"), ("erwartung", "'offen'"),
            ("incident", "'offen'"),
        )
    )  # fmt: skip
    for (id,) in query(f"SELECT v.id FROM vorgang v WHERE v.state NOT IN {ENDED} {reasons}"):
        found.breach("silent waits", f"{id} waits for nothing")
    for id, state in query("SELECT id, state FROM auftrag WHERE state IN ('bereit', 'laeuft')"):
        found.breach("silent waits", f"the Auftrag {id} is {state} after everything was quiet")
    [(cases,)] = query("SELECT count(*) FROM vorgang")
    [(ended,)] = query(f"SELECT count(*) FROM vorgang WHERE state IN {ENDED}")
    [(incidents,)] = query("SELECT count(*) FROM incident WHERE state = 'offen'")
    found.counts += Counter({"cases": cases, "cases ended": ended, "incidents": incidents})


def now_text(later_s: float = 0.0) -> str:
    """The present, or some seconds later, as both databases compare it."""
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=later_s)
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def quiet(place: Place) -> bool:
    """Whether nothing is left that somebody could do without a person."""
    for slug in SLUGS:
        left = place.sql(
            slug,
            "SELECT (SELECT count(*) FROM auftrag WHERE state IN ('bereit', 'laeuft')) + "
            f"(SELECT count(*) FROM {DUE}) + "
            "(SELECT count(*) FROM message WHERE name = 'beginn' AND state = 'wartet') + "
            "(SELECT count(*) FROM signal_delivery WHERE state = 'offen') + "
            f"(SELECT count(*) FROM ({READY}) r)",
            (now_text(6),),  # timers of the diagrams that are still to come
        )
        if left[0][0]:
            return False
    return True
