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

from tests.faults.bundles import SLUGS, WITH_ENTRY, WITH_MESSAGE
from tests.faults.place import Place
from tests.faults.requests import OK, REFUSED, SENT, UNKNOWN, read

ENDED = "('completed', 'terminated')"
JUMP_S = 5.0


@dataclass
class Findings:
    """What was counted, and every breach as a sentence."""

    counts: Counter[str] = field(default_factory=Counter)
    breaches: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def breach(self, kind: str, sentence: str) -> None:
        self.breaches[kind].append(sentence)


def check(place: Place, jumps: list[tuple[float, float]]) -> Findings:
    """Everything; `jumps` are the instants at which the clock went back, each with what it was set to."""
    found = Findings()
    lines = list(read(place.folder))
    _requests(lines, found)
    for slug in SLUGS:
        query = functools.partial(_asked, place, slug)
        _applications(query, [line for line in lines if line.get("slug") == slug and line["kind"] == "start"], found)
        _completions(query, [line for line in lines if line.get("slug") == slug and line["kind"] == "complete"], found)
        _messages(query, [line for line in lines if line.get("slug") == slug and line["kind"] == "message"], found)
        _effects(query, slug, place, found)
        _timers(query, found, jumps)
        _waits(query, found)
    for broken in place.verify()["broken"]:
        found.breach("verify", f"{broken['invariant']} {broken['subject']}: {broken['message']}")
    return found


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
    cases = {id for (id,) in query("SELECT id FROM vorgang")}
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
    ready = (
        "SELECT m.id FROM message m JOIN erwartung e ON e.name = m.name AND e.key = m.key "
        "WHERE m.state = 'wartet' AND e.state = 'offen'"
    )
    for (id,) in query(ready):
        found.breach("silent waits", f"the message {id} and somebody wait for each other")


def _effects(query: Any, slug: str, place: Place, found: Findings) -> None:
    """One message and one entry for each case that reports; one document for each that writes."""
    for kind, file, table, leistungen, element in (
        ("message", "konto/servicekonto.sqlite", "nachricht", WITH_MESSAGE, "eingang"),
        ("entry", "register/baumregister.sqlite", "eintrag", WITH_ENTRY, "melden"),
    ):
        count = Counter(_outside(place, file, f"SELECT aktenzeichen FROM {table} WHERE kommune = ?", slug))
        found.counts[f"effects: {kind}"] += sum(count.values())
        for nummer, times in count.items():
            if times > 1:
                found.breach("doubled effects", f"{slug} {nummer}: {times} times a {kind}")
        done = (
            "SELECT v.nummer FROM history h JOIN vorgang v ON v.id = h.vorgang_id WHERE h.kind = 'completed' "
            f"AND h.element = %s AND v.leistung IN ({', '.join(repr(one) for one in (*leistungen, 'grenze'))})"
        )
        for (nummer,) in query(done, element):
            if nummer not in count:
                found.breach("lost effects", f"{slug} {nummer}: no {kind}, though it is done")
    written = (
        "SELECT v.nummer, count(d.id) FROM vorgang v LEFT JOIN dokument d ON d.vorgang_id = v.id "
        "WHERE v.leistung = 'bescheid' AND v.state = 'completed' GROUP BY v.nummer HAVING count(d.id) <> 1"
    )
    for nummer, times in query(written):
        found.breach("doubled effects" if times else "lost effects", f"{slug} {nummer}: {times} documents")


def _outside(place: Place, file: str, statement: str, slug: str) -> Iterator[str]:
    connection = sqlite3.connect(place.folder / file, timeout=30)
    try:
        yield from (row[0] for row in connection.execute(statement, (slug,)).fetchall())
    finally:
        connection.close()


def _timers(query: Any, found: Findings, jumps: list[tuple[float, float]]) -> None:
    [(fired,)] = query("SELECT count(*) FROM frist WHERE state = 'ausgeloest'")
    found.counts["timers"] += fired
    for id, at in query("SELECT id, fired_at FROM frist WHERE state = 'ausgeloest' AND fired_at < due_at"):
        # Between finding a timer due and writing down when it fired, the clock may have gone back.
        fired_s = (dt.datetime.fromisoformat(at) if isinstance(at, str) else at).timestamp()
        if not any(0 <= fired_s - (when + offset) < JUMP_S for when, offset in jumps):
            found.breach("timers early", f"{id} fired at {at}")
    twice = (
        "SELECT f.id FROM frist f JOIN history h ON h.vorgang_id = f.vorgang_id AND h.token = f.token AND h.kind = 'completed' "
        "GROUP BY f.id HAVING count(*) > 1"
    )
    for (id,) in query(twice):
        found.breach("timers twice", id)
    [(overdue,)] = query("SELECT count(*) FROM frist WHERE state = 'offen' AND due_at <= %s", now_text())
    if overdue:
        found.breach("silent waits", f"{overdue} timers are due and nobody fires them")


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


def now_text() -> str:
    """The present as both databases compare it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def quiet(place: Place) -> bool:
    """Whether nothing is left that somebody could do without a person."""
    for slug in SLUGS:
        left = place.sql(
            slug,
            "SELECT (SELECT count(*) FROM auftrag WHERE state IN ('bereit', 'laeuft')) + "
            "(SELECT count(*) FROM frist WHERE state = 'offen' AND due_at <= %s) + "
            "(SELECT count(*) FROM message m JOIN erwartung e ON e.name = m.name AND e.key = m.key "
            "WHERE m.state = 'wartet' AND e.state = 'offen')",
            (later_text(6),),
        )
        if left[0][0]:
            return False
    return True


def later_text(seconds: float) -> str:
    """An instant soon, as both databases compare it: timers of the diagrams that are still to come."""
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return later.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
