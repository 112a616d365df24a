"""Structured logs on standard error: calm by default, JSON where a machine reads them."""

import logging
import sys

import structlog

from leadwright.kit import config

# Libraries that tell at "info" what only their makers want to know.
CHATTY = (
    "aiosmtpd",
    "django.request",
    "django.tasks",
    "django_tasks",
    "granian.access",
    "httpcore",
    "httpx",
    "mail.log",
    "procrastinate",
    "wagtail",
)
_SECRETS = ("password", "secret", "token", "key", "authorization", "cookie")


def _hide_secrets(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    for name in event:
        if any(word in name.lower() for word in _SECRETS):
            event[name] = "…"
    return event


def _is_no_probe(record: logging.LogRecord) -> bool:
    """A readiness probe that answers 503 has told whoever asked; one line a second in the log tells nobody more."""
    return getattr(getattr(record, "request", None), "path", "") != "/readyz"


def set_up(process: str) -> None:
    """Send this process's logs, Django's and the libraries' included, to standard error in one form."""
    level = config.get("LEADWRIGHT_LOG").upper()
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    as_json = config.get("LEADWRIGHT_LOG_FORMAT") == "json"
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("django.request").addFilter(_is_no_probe)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(level if level in {"DEBUG", "ERROR"} else "WARNING")
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
