"""The faults, each a small function with a name. Faults of a process are here, those of what is around it in `around`."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tests.faults.bundles import BRANCHES, SLUGS, form_data
from tests.faults.checker import now_text
from tests.faults.place import WORKERS, Place, until
from tests.faults.recovery import Recovered, in_hand, until_work, watch_in_hand

Act = Callable[["Fault"], None]
DIED = b'"event": "process died"'
"""What a supervisor says of a child; when the web server's other process was killed, its first ends with a code of its own."""
LATE = b"a result came too late and was refused"
POINT_WITHIN_S = 60.0


@dataclass
class Fault:
    """What a fault may use: the place, chance by the seed, and where its findings go."""

    place: Place
    random: Any
    recovered: Recovered
    note: Callable[[str], None]
    sender: Any = None


def _resumed(fault: Fault, what: str, held: set[tuple[str, Any, Any]], began: float) -> None:
    watch_in_hand(fault.place, fault.recovered, what, held, began)
    fault.recovered.kills.append(until_work(fault.place, what, began))


def _kill(fault: Fault, what: str, module: str, count: int = 1) -> None:
    pids = until(lambda: fault.place.pids(module), f"somebody runs {module}")
    held = _busy(fault.place) if module == "web.worker" else set()
    for pid in fault.random.sample(pids, min(count, len(pids))):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _resumed(fault, what, held, time.monotonic())


def _busy(place: Place) -> set[tuple[str, Any, Any]]:
    """What workers hold, at a moment at which they wait for somebody outside."""
    place.trouble("langsam=1,dauer=2")
    with suppress(TimeoutError):
        until(lambda: in_hand(place, outside=True), "a worker holds something", 10)
    place.trouble("")
    return in_hand(place)


def kill_worker(fault: Fault) -> None:
    """kill -9 of all workers."""
    _kill(fault, "workers", "web.worker", 9)


def kill_web(fault: Fault) -> None:
    """kill -9 of the web server: granian, or the process that answers."""
    _kill(fault, "web", "web.serve")


def kill_tick(fault: Fault) -> None:
    """kill -9 of the clock."""
    _kill(fault, "tick", "web.tick")


def kill_group(fault: Fault) -> None:
    """kill -9 of supervisor, web, workers and clock at once; a service manager starts them again."""
    held = _busy(fault.place)
    fault.place.kill_group()
    began = time.monotonic()
    fault.place.start_group()
    _resumed(fault, "group", held, began)


def killed_at_random(times: int) -> Act:
    """kill -9 of one worker, all workers, web, clock or everything, drawn by chance, at moments drawn by chance."""

    def one_worker(fault: Fault) -> None:
        _kill(fault, "a worker", "web.worker")

    def act(fault: Fault) -> None:
        for _ in range(times):
            time.sleep(fault.random.uniform(0.5, 3))
            fault.random.choice((one_worker, one_worker, kill_worker, kill_web, kill_web, kill_tick, kill_group))(fault)

    return act


def killed_at(point: str) -> Act:
    """kill -9 of whoever first comes to a named point."""

    def act(fault: Fault) -> None:
        place = fault.place
        place.kill_group()
        log = place.folder / "log"
        before = log.stat().st_size
        place.start_group(crash_at=point)
        try:
            until(lambda: DIED in log.read_bytes()[before:], f"somebody comes to {point}", POINT_WITHIN_S)
            _resumed(fault, point, in_hand(place), time.monotonic())
        except TimeoutError:
            place.kill_group()
            place.start_group()
            until(place.answers, "the installation answers")
            raise

    return act


def killed_in_an_archive(point: str) -> Act:
    """kill -9 of a backup or a restore at a named point while everything else works; the same command again ends it."""

    def act(fault: Fault) -> None:
        place, again = fault.place, f"wieder{fault.random.randrange(10**6)}"
        file = place.folder / f"{again}.sicherung"
        backup, restore = ("backup", SLUGS[0], str(file)), ("restore", str(file), "--as", again)
        command = backup if point.startswith("backup.") else restore
        for words in (backup, restore):
            if words == command:
                died = place.command(*words, crash_at=point).returncode
                assert died == -signal.SIGKILL, f"{words[0]} was not killed at {point}: {died}"
                assert words != backup or not file.exists(), "a killed backup has left a file"
            done = place.command(*words)
            assert done.returncode == 0, f"{words[0]} again: {done.stderr.decode()[-500:]}"
        broken = place.command("verify", again, "--json")
        assert broken.returncode == 0, f"restored: {broken.stdout.decode()[-500:]}"
        removed = place.command("kommune", "remove", again, "--confirm", again, "--mit-laufenden", "--ohne-ausfuhr")
        assert removed.returncode == 0, removed.stderr.decode()[-500:]

    return act


def stopped_beyond_the_lease(fault: Fault) -> None:
    """SIGSTOP of a worker in the middle of a call until another has taken over, then it wakes: its late result is refused."""
    place, log = fault.place, fault.place.folder / "log"
    for _ in range(3):
        place.trouble("langsam=1,dauer=2")
        held = until(lambda: len(found := in_hand(place, outside=True)) >= WORKERS and found, "all workers hold something")
        stopped, began, before = place.pids("web.worker")[0], time.monotonic(), log.stat().st_size
        os.kill(stopped, signal.SIGSTOP)
        place.trouble("")
        with suppress(TimeoutError):
            until(lambda held=held: not held & in_hand(place), "another takes over", 40)
            took = time.monotonic() - began
        time.sleep(1)
        with suppress(ProcessLookupError):
            os.kill(stopped, signal.SIGCONT)
        with suppress(TimeoutError):
            until(lambda before=before: LATE in log.read_bytes()[before:], "its late result is refused", 10)
            fault.note(f"a worker stood still for {took:.0f} s, beyond its lease; its late result was refused")
            return
    raise TimeoutError("no stopped worker held anything")


def stopped_for_long(fault: Fault) -> None:
    """SIGSTOP of web, all workers and clock for five seconds: nobody is told, everything is late."""
    pids = [pid for module in ("web.serve", "web.worker", "web.tick") for pid in fault.place.pids(module)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(5)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def five_ticks(fault: Fault) -> None:
    """Five more clocks, and many timers due at once: the group's own clock stood still while their cases began."""
    place = fault.place
    own = place.pids("web.tick")
    for pid in own:
        os.kill(pid, signal.SIGSTOP)
    _begin_timers(place)
    query = "SELECT count(*) FROM frist WHERE state = 'offen' AND due_at <= %s"
    due = sum(place.sql(slug, query, (now_text(),))[0][0] for slug in SLUGS)
    began = time.monotonic()
    ticks = [place.tick() for _ in range(5)]
    for pid in own:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    until(lambda: not any(place.sql(slug, query, (now_text(-5),))[0][0] for slug in SLUGS), "all timers have fired", 240)
    fault.note(
        f"{due} timers were due when five clocks more came to them; all had fired after {time.monotonic() - began:.0f} s"
    )
    for tick in ticks:
        tick.terminate()
        tick.wait(60)
        place.others.remove(tick)


def _begin_timers(place: Place) -> None:
    """Begin cases that wait for that many timers: a fifth of them alone, the others in cases of ten."""
    alone = place.timers // 5
    keys = ["uhr"] * alone + ["viele"] * ((place.timers - alone) // BRANCHES)

    def begin(lane: int) -> None:
        for number, key in enumerate(keys[lane::8]):
            slug = SLUGS[number % 3]
            body = form_data(str(uuid.uuid4()), key, place.kommunen[slug]["stelle"], "5")
            with suppress(httpx.HTTPError):
                place.ask("POST", f"/{slug}/antrag", files={"formData": ("formData.json", body, "application/json")})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(8)))
    time.sleep(2)


def renderer_killed(fault: Fault) -> None:
    """kill -9 of the children that set PDFs, as soon as there is one, three times."""
    for _ in range(3):
        for pid in until(lambda: fault.place.pids("connectors/letter/child.py"), "somebody sets letters"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
