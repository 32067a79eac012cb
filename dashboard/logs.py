"""Logging: one line an event, plain or JSON, with the request's id and without secrets.

Read by settings.py, so nothing here reads the settings.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from dashboard.masking import mask, mask_text
from dashboard.secret_names import MASK
from gates import request_id

Event = MutableMapping[str, Any]

# Shorter ones are words that stand in any text.
SHORTEST = 8
# Tokens in paths and queries, written with or without what stands before them.
_PATHS = re.compile(r"""[^\s"'<>]*(?:/t/|[?&;])[^\s"'<>]+""")
# Those that Aviary makes say what they are; and however somebody has mistyped the address that holds one.
_MADE = re.compile(r"\bav[a-z]_[A-Za-z0-9_-]{8,}")
_MISTYPED = re.compile(r"(/+(?:t|%74)/+)[^/?#\s\"'<>]+", re.IGNORECASE)
# What is sent with a request to prove who sends it.
_PROOF = re.compile(r"\b(token|bearer|basic)(['\"]?[\s:=]+['\"]?)[A-Za-z0-9._~+/-]{16,}=*", re.IGNORECASE)
_COOKIE = re.compile(r"\b(sessionid|csrftoken)=[^;\s,'\"]+")
_PASSWORD = re.compile(r"\b(password|secret)=('[^']*'|[^\s;&]+)", re.IGNORECASE)


class Masking:
    """Takes secrets out of text: those that it is told, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: one may be a part of another.
        known = sorted({each for each in secrets if len(each) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """The text without them."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _PATHS.sub(lambda found: mask(found[0]), mask_text(text))
        text = _MADE.sub(MASK, _MISTYPED.sub(rf"\1{MASK}", text))
        text = _PROOF.sub(rf"\1\2{MASK}", text)
        return _PASSWORD.sub(rf"\1={MASK}", _COOKIE.sub(rf"\1={MASK}", text))

    def value(self, value: Any) -> Any:
        """The same in whatever an event carries."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        return value if isinstance(value, int | float | bool | None) else self.text(str(value))

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        """As a processor of structlog's."""
        return {key: each if key.startswith("_") else self.value(each) for key, each in event.items()}


def configuration(form: str, level: str, *, audit: bool, secrets: Iterable[str]) -> dict[str, Any]:
    """Django's LOGGING. `form`: plain or json; `audit`: the log of decisions goes to the standard output."""
    masking = Masking(secrets)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _gathered(),
                "processors": [_ProcessorFormatter.remove_processors_meta, masking, _RENDERERS[form]],
            },
            "line": {"format": "{message}", "style": "{"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "events"},
            "stdout": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"},
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "gates": {"level": level},
            "dashboard": {"level": level},
            "axes": {"level": "WARNING"},
            "aviary.access": {"level": "INFO"},
            "aviary.audit": {
                "level": "INFO" if audit else "ERROR",
                "handlers": ["stdout"],
                "propagate": False,
            },
        },
    }


def say(form: str, text: str) -> None:
    """A line on the standard output that people and scripts wait for, in the form of all others."""
    line = json.dumps({"event": text, "level": "info", "logger": "aviary"}, ensure_ascii=False)
    print(line if form == "json" else text, flush=True)


class Lines(io.TextIOBase):
    """A file whose texts become lines of the log, for what is written by others."""

    def write(self, text: str) -> int:
        """One text is one line."""
        if text.strip():
            logging.getLogger("aviary").warning(text.strip())
        return len(text)


def catch_everything() -> None:
    """Warnings, and what threads fail with, go to the log like everything else, and not around it."""
    logging.captureWarnings(True)

    def report(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None:
            about = (failed.exc_type, failed.exc_value, failed.exc_traceback)
            name = failed.thread.name if failed.thread else ""
            logging.getLogger("aviary").error("the thread %s failed", name, exc_info=about)

    threading.excepthook = report
    sys.excepthook = lambda kind, error, trace: logging.getLogger("aviary").error(
        "Aviary failed", exc_info=(kind, error, trace)
    )


_ProcessorFormatter = structlog.stdlib.ProcessorFormatter


def _gathered() -> list[Processor]:
    """What every line has: when, how bad, who says it, for which request and trace."""
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _of_request,
        structlog.processors.format_exc_info,
    ]


def _of_request(_logger: Any, _method: str, event: Event) -> Event:
    if found := request_id.current():
        event.setdefault("request_id", found)
    # Only where somebody has installed and started it.
    if (trace := sys.modules.get("opentelemetry.trace")) is not None:
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            event["trace_id"] = format(context.trace_id, "032x")
    # Django hands these over for its own handlers; a request as text holds its address.
    for name in ("request", "server_time"):
        event.pop(name, None)
    return event


def _plain(_logger: Any, _method: str, event: Event) -> str:
    """`2030-01-01 12:00:00,123 WARNING gates.writer: text [request 4f2a…] name=value`."""
    at = str(event.pop("timestamp")).replace("T", " ").replace(".", ",")[:23]
    # What somebody sent may be in the text, and must not look like a line of its own.
    text = str(event.pop("event")).strip().replace("\r", "\\r").replace("\n", "\\n")
    line = f"{at} {str(event.pop('level')).upper()} {event.pop('logger')}: {text}"
    trace, number = event.pop("exception", ""), event.pop("request_id", "")
    more = "".join(f" {name}={value}" for name, value in event.items())
    return line + more + (f" [request {number}]" if number else "") + (f"\n{trace}" if trace else "")


_RENDERERS: dict[str, Any] = {
    "plain": _plain,
    "json": structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
}
