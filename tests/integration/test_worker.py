"""The worker: does what it is rung for, nothing else; outlives Redis; finishes the job at hand."""

from __future__ import annotations

import time
import uuid

import pytest
from rq import Queue

from engine.base.rights import SYSTEM
from engine.model import auftrag, incident
from engine.step import use_doorbell
from engine.verbs.operate import change_setting
from tests.bpmn.diagrams import end, flow, flows, process, script, service, start, xor
from tests.engine.cases import Bell, rows
from tests.integration.town import SECRET, THROUGH, until
from web import worker

pytestmark = pytest.mark.integration

sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
slow = pytest.mark.parametrize("town", [{"konto": "langsam=1,dauer=2"}], indirect=True)


@sqlite
@pytest.mark.parametrize(
    "arguments",
    [("nirgends", "01kx"), ("nordfriesland", "gibt-es-nicht"), ("../etc", "x"), ("", ""), ("nordfriesland", "x" * 10_000)],
)
def test_a_ring_for_something_that_is_not_there_does_nothing(town, arguments):
    assert worker.run(*arguments) == []


@sqlite
def test_jobs_that_are_not_ours_are_dropped_and_the_worker_goes_on(town, tmp_path):
    folder = tmp_path / "von-einem-fremden-job"
    queue = Queue("amtsweg", connection=town.queue(), serializer="json")
    queue.enqueue_call("os.mkdir", (str(folder),))
    queue.enqueue_call("web.worker.run", ("nordfriesland",))
    queue.enqueue_call("web.worker.run", (1, {"a": 2}))
    town.queue().hset(queue.enqueue_call("web.worker.run", ("a", "b")).key, "data", b"\x80\x04K\x01.")
    town.queue().rpush(queue.key, "eine-id-ohne-job")
    running = town.worker()
    town.push(str(uuid.uuid4()))
    until(lambda: town.messages() == 1, "the receipt is sent", town.log)
    assert running.poll() is None
    assert not folder.exists()
    until(lambda: town.queue().keys("rq:job:*") == [], "nothing is kept of any job")
    assert town.queue().lrange(queue.intermediate_queue_key, 0, -1) == [b"eine-id-ohne-job"]  # RQ tidies that up later


@sqlite
def test_what_waits_when_a_worker_starts_is_done_without_a_ring(town):
    use_doorbell(Bell())
    town.push(str(uuid.uuid4()))
    town.worker()
    until(lambda: town.messages() == 1, "the receipt is sent", town.log)


def test_an_emptied_redis_loses_nothing(town):
    town.push(str(uuid.uuid4()))
    town.queue().flushall()
    town.worker()
    town.tick()
    until(lambda: town.messages() == 1, "the receipt is sent", town.log)
    town.queue().flushall()
    until(town.is_done, "the Vorgang ends", town.log)
    assert (town.messages(), town.entries()) == (1, 1)


@sqlite
def test_the_worker_outlives_a_redis_that_goes_and_comes_back(town):
    running = town.worker()
    town.push(str(uuid.uuid4()))
    until(lambda: town.messages() == 1, "the worker works", town.log)
    town.redis.stop()
    time.sleep(2)
    assert running.poll() is None
    town.redis.ensure()
    town.push(str(uuid.uuid4()))
    until(lambda: town.messages() == 2, "the same worker works again", town.log)
    assert running.poll() is None
    assert town.end() == [0]


@sqlite
@slow
def test_sigterm_lets_the_job_at_hand_be_finished(town):
    running = town.worker()
    town.push(str(uuid.uuid4()))
    until(lambda: town.jobs(auftrag.RUNNING) == 1, "the job has begun", town.log)
    running.terminate()
    assert running.wait(60) == 0
    assert (town.jobs(auftrag.DONE), town.jobs(auftrag.RUNNING), town.messages()) == (1, 0, 1)


@sqlite
@pytest.mark.parametrize("town", [{"konto": "langsam=1,dauer=5"}], indirect=True)
def test_a_call_that_takes_too_long_at_sigterm_is_handed_back_and_done_once_by_another(town):
    change_setting("konnektor.servicekonto", {"url": town.konto_url, "secret": SECRET, "timeout_s": 60}, by=SYSTEM)
    hasty = town.start("tests.integration.hasty_worker")
    town.push(str(uuid.uuid4()))
    until(lambda: town.jobs(auftrag.RUNNING) == 1, "the job has begun", town.log)
    hasty.terminate()
    assert hasty.wait(30) == 0
    [row] = rows(auftrag.T)
    assert (row.state, row.attempt, row.killed, row.unsure) == (auftrag.READY, 0, 0, True)
    town.running.remove(hasty)
    town.worker()
    until(lambda: town.jobs(auftrag.DONE) == 1, "another does it", town.log)
    assert town.messages() == 1


@sqlite
def test_who_is_told_to_end_between_two_rounds_ends_in_peace(town):
    told = town.start("tests.integration.ended_worker")
    assert told.wait(30) == 0
    assert "worker ready" in town.log()
    assert "Traceback" not in town.log()


@sqlite
def test_a_costly_step_leaves_the_worker_to_others_and_is_ended_at_sigterm(town):
    endless = process(
        start(),
        service("eingang", type="servicekonto.nachricht", inputs={"konto": "=servicekonto", "betreff": '="a"', "text": '="b"'}),
        xor("m"), script("s", "1", "n"), xor("g", default="g_end"), end(),
        flows("start > eingang > m > s > g > end"), flow("g", "m", "true"),
    )  # fmt: skip
    town.deploy(endless)
    town.push(str(uuid.uuid4()))
    running = town.worker()
    [first] = until(lambda: rows(auftrag.T, answered=True), "its call is given back", town.log)
    town.deploy(THROUGH)
    town.push(str(uuid.uuid4()))
    until(lambda: town.messages() == 2, "the only worker does the next", town.log)
    assert rows(auftrag.T, id=first.id)[0].state == auftrag.RUNNING
    running.terminate()
    assert running.wait(30) == 0
    assert [(row.state, row.fence) for row in rows(auftrag.T, id=first.id)] == [(auftrag.DONE, 1)]
    [stopped] = rows(incident.T)
    assert "Schritte ohne Warten" in stopped.message
