"""Does it run? /live says that the process does, /ready that what it needs answers, /metrics how much there is to do."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from redis import Redis, RedisError

from engine import reads
from engine.base import db
from engine.base.errors import Forbidden, Problem
from engine.model.zentrale import BETRIEB
from engine.reads.operator import count_waiting
from engine.verbs.kommune import list_kommunen
from engine.verbs.operator import there
from web import exact
from web.security import address_of, client_address, is_in
from web.settings import Settings

log = logging.getLogger(__name__)
health = Blueprint("health", __name__)
PATIENCE_S = 2.0
DRAINS = "drains"
"""The extension that names the file which is there while the server drains (`web.serve`)."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@health.get("/live")
def live() -> Response:
    """The process runs."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@health.get("/ready")
def ready() -> Response:
    """Every part this process needs answers; 503 with the names of those that do not, or if it is about to end."""
    parts = {name: check() for name, check in _checks().items()}
    notice: Path | None = current_app.extensions.get(DRAINS)
    if notice is not None:
        parts["stays"] = not notice.exists()
    return Response(exact.dumps(parts), 200 if all(parts.values()) else 503, content_type="application/json")


@health.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus."""
    address = address_of(client_address())
    settings: Settings = current_app.extensions["settings"]
    if address is None or not (address.is_loopback or is_in(address, settings.trusted_proxies)):
        raise Forbidden("Diese Zahlen gibt es nur von diesem Rechner aus.")
    registry: CollectorRegistry = current_app.extensions["metrics"]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _checks() -> dict[str, Callable[[], bool]]:
    settings: Settings = current_app.extensions["settings"]
    checks: dict[str, Callable[[], bool]] = {"database": _database, "disk": lambda: _disk(settings)}
    if settings.redis_url:
        checks["redis"] = lambda: _redis(str(settings.redis_url))
    return checks


def _database() -> bool:
    try:
        reads.registry_answers()
    except Problem:
        return False
    return True


def _disk(settings: Settings) -> bool:
    try:
        with tempfile.TemporaryFile(dir=settings.home) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        log.warning("the disk cannot be written to", extra={"reason": error.strerror})
        return False
    return True


def _redis(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


class OpenWork(Collector):
    """What is open in every municipality and in the central post room, counted when Prometheus asks."""

    def collect(self) -> Iterator[Metric]:
        open_rows = GaugeMetricFamily("amtsweg_open", "Open rows by kind", labels=["kommune", "kind"])
        silent = GaugeMetricFamily(
            "amtsweg_connector_silent", "Waiting for a system that does not answer", labels=["kommune", "connector"]
        )
        answers = GaugeMetricFamily("amtsweg_kommune_up", "Whether a namespace answers", labels=["kommune"])
        broken = GaugeMetricFamily("amtsweg_verify_broken", "What the last verification found broken", labels=["kommune"])
        ended = GaugeMetricFamily("amtsweg_verify_ended_seconds", "When a verification last ended", labels=["kommune"])
        for kommune in list_kommunen():
            if kommune.state != "bereit" or not db.serves(kommune.slug):
                continue
            try:
                with db.namespace(kommune.slug):
                    for kind, count in reads.counts().items():
                        open_rows.add_metric([kommune.slug, kind], count)
                    for connector, silence in reads.list_silent().items():
                        silent.add_metric([kommune.slug, connector], silence.waiting)
                    verified = reads.last_verification()
                if verified is not None:
                    ended.add_metric([kommune.slug], verified[0].timestamp())
                    broken.add_metric([kommune.slug], verified[1])
                answers.add_metric([kommune.slug], 1)
            except Problem:
                answers.add_metric([kommune.slug], 0)
        yield from (open_rows, silent, answers, broken, ended)
        waiting = GaugeMetricFamily("amtsweg_post_room_waiting", "Applications the operator has to assign")
        try:
            if there():
                with db.namespace(BETRIEB):
                    waiting.add_metric([], count_waiting())
        except Problem:
            pass  # locked or away: no figure is better than a wrong one
        yield waiting

    def describe(self) -> Iterator[Metric]:
        """Nothing is counted before the first question."""
        return iter(())


def wire(app: Flask) -> None:
    """Give an app its counters and its three pages."""
    registry = CollectorRegistry()
    requests = Counter("amtsweg_requests", "Requests answered", ["kommune", "endpoint", "method", "status"], registry=registry)
    seconds = Histogram("amtsweg_request_seconds", "Time to answer", ["endpoint"], registry=registry)
    registry.register(OpenWork())
    app.extensions["metrics"] = registry

    @app.before_request
    def start() -> None:
        g.started = perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        # Only a municipality that exists is a label; what strangers type must not fill the memory.
        kommune = g.kommune if "entered" in g else ""
        method = request.method if request.method in METHODS else "other"
        requests.labels(kommune, endpoint, method, response.status_code).inc()
        if "started" in g:
            seconds.labels(endpoint).observe(perf_counter() - g.started)
        return response

    app.register_blueprint(health)
