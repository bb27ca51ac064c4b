"""The web as a real server runs it: many deliveries at once, large ones, and the doorbell through a real Redis."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from redis import Redis
from rq import Queue

from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from tests.engine.cases import Upload
from tests.web.site import SLUG, application, delivery
from web.doorbell import JOB, QUEUE, RedisDoorbell
from web.redis import EmbeddedRedis
from web.settings import MB, Settings

pytestmark = [pytest.mark.integration, pytest.mark.parametrize("installation", ["sqlite"], indirect=True)]


@pytest.fixture
def redis(settings: Settings) -> Iterator[EmbeddedRedis]:
    redis = EmbeddedRedis(settings.home)
    redis.ensure()
    yield redis
    redis.stop()


@pytest.fixture
def server(tokens: dict[str, str], settings: Settings, redis: EmbeddedRedis, tmp_path: Path) -> Iterator[httpx.Client]:
    """granian with the furnished installation, as `serve` runs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = Settings(
        home=settings.home,
        secret=settings.secret,
        redis_url=redis.url,
        port=port,
        plain_http=True,
        max_request_mb=4,
        max_attachment_mb=2,
    )
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web.serve"], env=told.environ() | {"PATH": ""}, stdout=log, stderr=log
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
        try:
            wait_for(client, process)
            yield client
        finally:
            process.terminate()
            process.wait(60)
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        assert process.poll() is None
        try:
            if client.get("/ready").is_success:
                return
        except httpx.TransportError:
            pass  # it does not listen yet
        time.sleep(0.1)
    pytest.fail("the server did not become ready")


def send(client: httpx.Client, content: object, files: list[Upload] | None = None) -> httpx.Response:
    sent = delivery(content, files or [])
    return client.post(f"/{SLUG}/antrag", content=sent.read(), headers={"Content-Type": sent.headers["Content-Type"]})


def test_fifty_equal_deliveries_at_once_are_one_vorgang_and_one_answer(server: httpx.Client) -> None:
    content = application()
    files = [Upload("foto.png", "image/png", b"\x89PNG\r\n\x1a\n" * 10_000)]
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: send(server, content, files), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    with db.namespace(SLUG):
        assert len(reads.list_vorgaenge(by=SYSTEM).items) == 1


def test_too_large_a_delivery_is_told_so_and_the_server_goes_on(server: httpx.Client) -> None:
    refused = send(server, application(), [Upload("a", "text/plain", b"a" * MB)] * 20)
    assert refused.status_code == 413
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert send(server, application(), [Upload("a", "text/plain", b"a" * MB)]).status_code == 200


def test_a_body_without_a_length_is_taken_and_one_without_an_end_is_refused(server: httpx.Client) -> None:
    sent = delivery(application())
    body = sent.read()
    headers = {"Content-Type": sent.headers["Content-Type"]}
    answer = server.post(f"/{SLUG}/antrag", content=iter([body[:100], body[100:]]), headers=headers)
    assert answer.status_code == 200, answer.text
    endless = (b"x" * MB for _ in range(20))
    assert server.post(f"/{SLUG}/antrag", content=endless, headers=headers).status_code == 413
    assert server.get("/live").status_code == 200


def test_a_delivery_rings_at_the_queue_once_and_carries_only_ids(server: httpx.Client, redis: EmbeddedRedis) -> None:
    send(server, application())
    with Redis.from_url(redis.url) as connection:
        queue = Queue(QUEUE, connection=connection, serializer="json")
        [job] = queue.get_jobs()
        [slug, auftrag] = job.args
        assert (job.func_name, slug, job.id) == (JOB, SLUG, f"{SLUG}-{auftrag}")
        RedisDoorbell(redis.url).ring(SLUG, auftrag)
        assert queue.get_job_ids() == [job.id]


def test_a_redis_that_is_away_is_no_obstacle(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    begin = time.monotonic()
    RedisDoorbell(f"unix://{settings.home}/kein.sock").ring(SLUG, "1")
    assert time.monotonic() - begin < 30
    assert [record.getMessage() for record in caplog.records] == ["the doorbell is out of order"]


def test_attempts_to_sign_in_are_counted_in_redis(server: httpx.Client) -> None:
    statuses = []
    for _ in range(11):
        page = server.get(f"/{SLUG}/anmelden").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        data = {"csrf_token": token, "login": "anna", "passwort": "falsch"}
        statuses.append(server.post(f"/{SLUG}/anmelden", data=data).status_code)
    assert statuses == [422] * 10 + [429]
