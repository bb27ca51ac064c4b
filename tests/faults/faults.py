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

from tests.faults.bundles import SLUGS, form_data
from tests.faults.place import Place, until
from tests.faults.recovery import Recovered, in_hand, seconds_until_work, watch_in_hand

Act = Callable[["Fault"], None]
POINT_WITHIN_S = 25.0


@dataclass
class Fault:
    """What a fault may use: the place, chance by the seed, and where its findings go."""

    place: Place
    random: Any
    recovered: Recovered
    note: Callable[[str], None]
    sender: Any = None


def _resumed(fault: Fault, held: set[tuple[str, Any, Any]], began: float) -> None:
    watch_in_hand(fault.place, fault.recovered, held, began)
    fault.recovered.kills.append(seconds_until_work(fault.place, began))


def _kill(fault: Fault, module: str, count: int = 1) -> None:
    pids = fault.place.pids(module)
    held = in_hand(fault.place) if module == "web.worker" else set()
    for pid in fault.random.sample(pids, min(count, len(pids))):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _resumed(fault, held, time.monotonic())


def kill_worker(fault: Fault) -> None:
    """kill -9 of all workers."""
    _kill(fault, "web.worker", 9)


def kill_web(fault: Fault) -> None:
    """kill -9 of the web server: granian, or the process that answers."""
    _kill(fault, "web.serve")


def kill_tick(fault: Fault) -> None:
    """kill -9 of the clock."""
    _kill(fault, "web.tick")


def kill_group(fault: Fault) -> None:
    """kill -9 of supervisor, web, workers and clock at once; a service manager starts them again."""
    held = in_hand(fault.place)
    fault.place.kill_group()
    began = time.monotonic()
    fault.place.start_group()
    _resumed(fault, held, began)


def killed_at(point: str) -> Act:
    """kill -9 of whoever first comes to a named point."""

    def act(fault: Fault) -> None:
        place = fault.place
        place.kill_group()
        log = place.folder / "log"
        before = log.stat().st_size
        place.start_group(crash_at=point)
        died = f'"code": {-signal.SIGKILL}'.encode()
        try:
            until(lambda: died in log.read_bytes()[before:], f"somebody comes to {point}", POINT_WITHIN_S)
            _resumed(fault, set(), time.monotonic())
        except TimeoutError:
            fault.note(f"nobody came to {point}")
            place.kill_group()
            place.start_group()
            until(place.answers, "the installation answers")

    return act


def stopped_beyond_the_lease(fault: Fault) -> None:
    """SIGSTOP of a worker in the middle of its work; its lease runs out (by SQL), another takes over, then it wakes."""
    place = fault.place
    workers = place.pids("web.worker")
    stopped = workers[:1]
    place.trouble("langsam=1,dauer=1.5")
    time.sleep(2)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    for slug in SLUGS:
        past = "2000-01-01T00:00:00.000000Z"
        place.sql(slug, "UPDATE auftrag SET lease_until = %s WHERE state = 'laeuft'", (past,))
    place.trouble("")
    time.sleep(4)
    for pid in stopped:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


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

    def begin(lane: int) -> None:
        for number in range(lane, place.timers, 8):
            body = form_data(str(uuid.uuid4()), "uhr", place.kommunen[SLUGS[number % 3]]["stelle"], "5")
            parts = {"formData": ("formData.json", body, "application/json")}
            with suppress(httpx.HTTPError):
                place.ask("POST", f"/{SLUGS[number % 3]}/antrag", files=parts)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(8)))
    due = sum(place.sql(slug, "SELECT count(*) FROM frist WHERE state = 'offen'")[0][0] for slug in SLUGS)
    fault.note(f"{due} timers were open when five clocks more came to them")
    ticks = [place.tick() for _ in range(5)]
    for pid in own:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    time.sleep(10)
    for tick in ticks:
        tick.terminate()
        tick.wait(60)
        place.others.remove(tick)


def renderer_killed(fault: Fault) -> None:
    """kill -9 of the children that set PDFs."""
    for pid in fault.place.pids("connectors.letter.child"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
