"""Structured log lines, one JSON object each, carrying the id of the request they belong to."""

import logging
import sys

import structlog
from structlog.typing import Processor


def configure(log_format: str, level: str) -> None:
    """Send everything, the libraries' own lines included, to standard error as JSON or as text."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # These write the whole address of a request, and addresses carry tokens.
    for name in ("geventwebsocket.handler", "werkzeug", "engineio.server", "socketio.server"):
        logging.getLogger(name).setLevel("WARNING")
    logging.getLogger("alembic").setLevel("WARNING")
