"""Structured logs on standard error: calm by default, JSON where a machine reads them."""

import logging
import re
import sys

import structlog

from leadwright.kit import config

# Libraries that tell at "info" what only their makers want to know.
CHATTY = (
    "aiosmtpd",
    "axes",
    "django.request",
    "django.tasks",
    "django_tasks",
    "httpcore",
    "httpx",
    "mail.log",
    "procrastinate",
    "uvicorn",
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


# What lets somebody in wherever it is read: our own tokens in addresses, keys, and what a URL carries before its host.
_TELLING = (
    (re.compile(r"(/t/[cdopua]/|/sign-in/link/)[\w~.-]+"), r"\1…"),
    (re.compile(r"\blw_[\w-]{8,}"), "lw_…"),
    (re.compile(r"(?<=://)[^/\s@'\"]+@"), "…@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w~+/=.-]{8,}"), r"\1 …"),
)


def without_secrets(text: str) -> str:
    """A line of the log in which no key, token or password stands."""
    for telling, instead in _TELLING:
        text = telling.sub(instead, text)
    return text


def _veiled(renderer: structlog.types.Processor) -> structlog.types.Processor:
    """The renderer, tracebacks included, without secrets."""
    return lambda logger, name, event: without_secrets(str(renderer(logger, name, event)))


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
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # by itself it would show what all variables hold
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if as_json else []),
                _veiled(renderer),
            ],
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
