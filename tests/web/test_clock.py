"""The clock goes only where something was written or is due, and misses nothing that is."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from threading import Event

import pytest
import sqlalchemy as sa

from engine.base import clock, db
from engine.base.errors import Unavailable
from engine.base.rights import SACHBEARBEITUNG, SYSTEM, Konto
from engine.bpmn import budget
from engine.bpmn.limits import FIRST_TURN, TURN
from engine.model import auftrag, frist, grant, incident, vorgang
from engine.step import let_others_go_on, use_doorbell
from engine.verbs import post
from engine.verbs.cooperate import ask_help
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from tests.bpmn.diagrams import end, flow, flows, process, script, start, timer, xor
from tests.engine.cases import Bell, bundle, push, rows, vorgang_of
from tests.web.site import SLUG, Site
from tests.web.test_fleet import newer_code  # noqa: F401  a fixture
from web import watching
from web.hands import Hands
from web.tick import Clock
from web.watching import ANYWAY_S, Watch, Watched, go

DUE = process(start(), timer("ruhe", "PT0S"), timer("wieder", "PT0S"), end(), flows("start > ruhe > wieder > end"))
LATER, MONTHS = (process(start(), timer("ruhe", wait), end(), flows("start > ruhe > end")) for wait in ("PT1H", "P90D"))


class Rounds:
    """A clock whose seconds are told by the test. It knows every namespace; where it went is what statements tell."""

    def __init__(self) -> None:
        self.clock, self.now = Clock(reconcile_s=15.0), 0.0

    def go(self, seconds: float = 1.0) -> int:
        """A round so many seconds after the last; gives how many statements it took, besides asking the registry."""
        self.now += seconds
        with db.statement_counter() as count:
            self.clock.round(self.now)
        return count.statements

    def until_quiet(self) -> int:
        """Rounds until one does nothing but ask for marks; gives what that costs."""
        for _ in range(100):
            if (cost := self.go(0.01)) <= 1:
                return cost
            time.sleep(0.02)
        raise AssertionError("the clock does not come to rest")


@pytest.fixture(autouse=True)
def by_day() -> None:
    """It is noon, at whatever time the tests are run: by night the clock has more to do."""
    noon = dt.datetime.combine(clock.local_day(clock.now()) + dt.timedelta(days=1), dt.time(12), clock.ZONE)
    clock.move(noon - clock.now())


@pytest.fixture
def rounds(site: Site, monkeypatch: pytest.MonkeyPatch) -> Rounds:
    """A clock that has come to rest, and takes it that time passes when a test moves it."""
    monkeypatch.setattr(watching, "SET_S", 1e9)
    use_doorbell(Bell())
    rounds = Rounds()
    rounds.until_quiet()
    return rounds


def deploy(diagram: bytes, key: str, short: str) -> None:
    with db.namespace(SLUG):
        deploy_bundle(bundle(diagram, key, short), frozenset(), by=SYSTEM)


def begin(key: str) -> None:
    with db.namespace(SLUG):
        push(key, str(uuid.uuid4()))


def fired() -> int:
    with db.namespace(SLUG):
        return len(rows(frist.T, state=frist.FIRED))


def test_an_idle_round_asks_no_namespace(rounds: Rounds) -> None:
    costs = {rounds.go() for _ in range(3)}
    assert max(costs) <= 1, "at most one statement, which asks the registry for all marks"


def test_a_timer_made_between_two_rounds_fires_in_the_next(rounds: Rounds) -> None:
    deploy(DUE, "faellig", "FA")
    rounds.until_quiet()
    begin("faellig")
    rounds.go()
    assert fired() == 1
    rounds.go()
    assert fired() == 2


def test_a_timer_whose_time_comes_fires_though_nothing_is_written(rounds: Rounds) -> None:
    deploy(LATER, "spaeter", "SP")
    begin("spaeter")
    rounds.until_quiet()
    clock.move(dt.timedelta(minutes=59))
    assert rounds.go() <= 1
    clock.move(dt.timedelta(minutes=2))
    rounds.go()
    assert fired() == 1


def test_a_request_whose_last_day_is_over_ends_right_after_midnight(rounds: Rounds) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH", [])
    with db.namespace(SLUG):
        deploy_bundle(bundle(MONTHS, "lange", "LA"), frozenset(), by=SYSTEM)
        case, today = vorgang_of(push("lange", str(uuid.uuid4()))), clock.local_day(clock.now())
        clerk = Konto("1", "anna", "Anna", frozenset({SACHBEARBEITUNG}))
        ask_help(case, "husum", "?", today + dt.timedelta(days=1), by=clerk)
    rounds.until_quiet()
    over = dt.datetime.combine(today + dt.timedelta(days=2), dt.time(), clock.ZONE) - clock.now()
    for wait, ended in ((over - dt.timedelta(minutes=1), None), (dt.timedelta(minutes=2), grant.BY_THE_DAY)):
        clock.move(wait)
        rounds.go()
        with db.namespace(SLUG):
            assert [row.ended_because for row in rows(grant.T)] == [ended]


ENDLESS = process(
    start(), timer("ruhe", "PT0S"), xor("m"), script("s", "1", "n"), xor("g", default="g_end"), end(),
    flows("start > ruhe > m > s > g > end"), flow("g", "m", "true"),
)  # fmt: skip


def test_what_is_costly_goes_on_beside_while_others_are_fired(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    enough, begun = Event(), list[int]()

    def pause(steps: int) -> None:
        if steps < FIRST_TURN + TURN:
            begun.append(steps)
        let_others_go_on(0)
        enough.wait(60)

    monkeypatch.setattr(budget, "_pauses", [pause])
    deploy(ENDLESS, "endlos", "EN")
    deploy(DUE, "faellig", "FA")
    rounds.until_quiet()
    begin("endlos")
    rounds.go()
    assert (len(begun), fired()) == (1, 0)
    begin("faellig")
    for _ in range(3):
        rounds.go()
    assert fired() == 2
    assert len(begun) == 1, "what goes on beside is not begun once more"
    enough.set()
    rounds.clock.finish()
    assert fired() == 3
    with db.namespace(SLUG):
        [stopped] = rows(incident.T)
    assert "Schritte ohne Warten" in stopped.message


def test_a_clock_that_was_set_has_everything_asked_anew(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SET_S", 2.0)
    rounds.go()
    clock.move(dt.timedelta(days=-1))
    assert rounds.go() > 1
    rounds.until_quiet()
    clock.move(dt.timedelta(hours=1))
    assert rounds.go() > 1


def test_a_message_whose_courier_died_is_delivered_in_the_next_round(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    begin("wartet")
    rounds.until_quiet()
    monkeypatch.setattr(post, "carry", lambda: None)
    with db.namespace(SLUG):
        post.correlate("antwort", "7", "n-1", {}, None, by=SYSTEM)
    rounds.go()
    with db.namespace(SLUG):
        assert [row.state for row in rows(vorgang.T, leistung="wartet")] == ["completed"]


def test_what_nobody_came_for_is_rung_for_once_and_again_with_the_reconciler(rounds: Rounds) -> None:
    bell = Bell()
    use_doorbell(bell)
    with clock.frozen(clock.now()):
        begin("probe")
        rounds.go(60)
        bell.rung.clear()
        rounds.go()
        assert bell.rung == [], "a worker may have heard it"
        clock.move(dt.timedelta(seconds=3))
        rounds.go()
        assert len(bell.rung) == 1
        rounds.go()
        assert len(bell.rung) == 1, "not every second"
        clock.move(dt.timedelta(seconds=16))
        rounds.go(16)
        assert len(bell.rung) == 2


def test_what_lies_in_dead_hands_is_rung_for_when_its_lease_is_over(rounds: Rounds) -> None:
    bell = Bell()
    begin("probe")
    with db.namespace(SLUG), db.transaction() as tx:
        [id] = tx.scalars(sa.select(auftrag.T.c.id))
        assert auftrag.claim(tx, id)
    with clock.frozen(clock.now()):
        rounds.go()
        use_doorbell(bell)
        rounds.go()
        assert bell.rung == []
        clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
        rounds.go()
    assert bell.rung == [id]


def test_what_cannot_be_entered_is_told_once_and_looked_after_once_it_can(
    rounds: Rounds,
    newer_code: Callable[[], None],  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="web.watching")
    anew = Rounds()
    for _ in range(5):
        anew.go(20)
    told = [record for record in caplog.records if "left out" in record.message]
    assert [(record.levelname, record.__dict__["kommune"]) for record in told] == [("WARNING", SLUG)]
    newer_code()
    anew.go()
    assert "looked after again" in caplog.text, "the upgrade has written there"


# --- what it knows -------------------------------------------------------------------------------------------------

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("known", "mark", "wants"),
    [
        (Watched("a"), (1,), True),
        (Watched("a", mark=(1,)), (1,), False),
        (Watched("a", mark=(1,)), (2,), True),
        (Watched("a", mark=(1,)), None, True),
        (Watched("a", mark=(1,), due_at=NOON), (1,), True),
        (Watched("a", mark=(1,), due_at=NOON + dt.timedelta(seconds=1)), (1,), False),
        (Watched("a", mark=(1,), left_out="fort", failures=3, looked=95.0), (1,), False),
        (Watched("a", mark=(1,), left_out="fort", failures=3, looked=92.0), (1,), True),
        (Watched("a", mark=(1,), left_out="fort", failures=99, looked=85.0), (1,), True),
        (Watched("a", mark=(1,), left_out="fort", failures=3, looked=99.0), (2,), True),
    ],
    ids=["unknown", "as before", "written to", "no mark", "due", "not yet", "left out", "again", "at last", "upgraded"],
)
def test_it_goes_where_something_was_written_or_is_due(known: Watched, mark: db.Mark | None, wants: bool) -> None:
    assert known.wants(mark, 100.0, NOON) is wants


def test_everybody_is_gone_to_now_and_then_a_few_each_time() -> None:
    watch, slugs, most = Watch(), [f"k{number}" for number in range(1200)], 0
    watch.over(slugs)
    marks, seen = dict.fromkeys(slugs, (1,)), set[str]()
    for each in watch.wanted(marks, 0.0):
        each.mark, each.tidied, each.untidy = (1,), 0.0, False
    for second in range(int(ANYWAY_S), int(2 * ANYWAY_S)):
        wanted = watch.wanted(marks, float(second))
        most = max(most, len(wanted))
        for each in wanted:
            seen.add(each.slug)
            each.tidied, each.untidy, each.looked = float(second), False, float(second)
    assert (seen, most) == (set(slugs), 2)


def test_those_that_stay_are_not_forgotten() -> None:
    watch = Watch()
    watch.over(["a", "b"])
    kept = watch.wanted({}, 0.0)[0]
    watch.over(["c", kept.slug])
    assert kept in watch.wanted({}, 0.0)
    assert sorted(watch.slugs()) == sorted(["c", kept.slug])


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_one_that_fails_or_lasts_is_told_once_and_stops_no_other(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    slugs = ["aachen", "bonn", "celle"]
    for slug in slugs:
        make_kommune(slug, slug.title(), "Stadt", "NW")
    every, seen = [Watched(slug) for slug in slugs], list[str]()

    def visit(each: Watched) -> None:
        if each.slug == "bonn":
            raise Unavailable("Heute nicht.")
        seen.append(db.slug())

    for _ in range(3):
        assert go(every, {}, 0.0, visit, 60.0, lambda: False, Hands())
    assert sorted(seen) == sorted(["aachen", "celle"] * 3)
    assert [record.__dict__["kommune"] for record in caplog.records if record.levelname == "WARNING"] == ["bonn"]
    assert go(every, {}, 0.0, visit, 0.0, lambda: False, Hands()) is False, "the time was over"
    assert len(seen) == 6
