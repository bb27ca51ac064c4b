"""Logs as JSON lines on stderr: ids and sentences, never personal data. Every process of the installation calls `configure`."""

from __future__ import annotations

import logging

import structlog


def configure(process: str, level: int = logging.INFO) -> None:
    """Let everything this process logs come out as one JSON object a line, named after the process."""

    def named(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {"process": process, **event}

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpcore", "rq", "rq.worker", "werkzeug", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)  # what they say of every call is too much, and names addresses
