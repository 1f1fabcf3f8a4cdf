"""What the app tells of itself: one line an event on standard error.

`LATENT_LAB_LOG=json` gives every event and everything else that is logged as a JSON object a line, for a machine to
collect. Otherwise (on a desktop) the same lines are plain text, and only those that need somebody: warnings and errors.

Every event and the fields it may have are listed here. What a person typed, uploaded or named is not among them, and a
run appears by a short public name, never by the token that gives access to it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import IO, Any

EVENTS: dict[str, tuple[str, ...]] = {
    "app.start": ("version", "workers"),
    "app.stop": ("seconds",),
    "run.opened": ("run", "topic"),
    "run.closed": ("run", "topic"),
    "run.diverged": ("run", "topic", "arm", "step", "worker"),
    "run.recovered": ("run", "topic", "arm", "step", "worker"),
    "sweep.begun": ("run", "topic", "over", "arms"),
    "sweep.ended": ("run", "topic", "steps", "seconds"),
    "worker.ready": ("worker", "seconds"),
    "worker.lost": ("worker", "code"),
    "worker.failed": ("worker",),
    "origin.refused": ("origin", "host"),
    "lesson.failed": ("topic",),
    "takehome.failed": ("topic",),
    "frame.slow": ("run", "topic", "seconds"),
    "setting.refused": ("name", "allowed"),
}
SHOWN = 100  # characters of one field
FORMS = ("text", "json")
LOGGER = logging.getLogger("latent_lab")
FOREIGN = ("uvicorn", "uvicorn.error", "streamlit")  # loggers that bring handlers of their own


def event(name: str, level: int = logging.INFO, /, *, error: BaseException | None = None, **fields: Any) -> None:
    """Tell an event; raises ValueError for one that is not listed, or a field that is not among its own."""
    known = EVENTS.get(name)
    if known is None or not set(fields) <= set(known):
        raise ValueError(f"event {name} with {sorted(fields)} is not listed; allowed: {known or sorted(EVENTS)}")
    told = {key: value[:SHOWN] if isinstance(value, str) else value for key, value in fields.items() if value is not None}
    LOGGER.log(level, name, extra={"fields": told}, exc_info=error)


def public_name(token: str) -> str:
    """A run's name in the log: the same for the same run, and of no use to find its token (128 random bits)."""
    return hashlib.sha256(token.encode()).hexdigest()[:8]


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, event, its fields, and the error if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.name == LOGGER.name:
            line |= {"event": record.getMessage(), **getattr(record, "fields", {})}
        else:
            line |= {"event": "log", "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class PlainLines(logging.Formatter):
    """The same as text: time, event, name=value."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        words = [f"{name}={json.dumps(value, default=str)}" for name, value in fields.items()]
        line = " ".join([self.formatTime(record, "%H:%M:%S"), record.getMessage(), *words])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(stream: IO[str] | None = None, *, complain: bool = False) -> None:
    """Send what is logged to `stream` (default: standard error) in the form that LATENT_LAB_LOG names.

    A form that is not known is text; with `complain`, that is told.
    """
    asked = os.environ.get("LATENT_LAB_LOG", "text")
    as_json = asked == "json"
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if as_json else PlainLines())
    LOGGER.handlers = [handler]
    LOGGER.setLevel(logging.INFO if as_json else logging.WARNING)
    LOGGER.propagate = False
    if as_json:  # one form for all lines, so that a collector can read every one of them
        logging.getLogger().handlers = [handler]
        for name in FOREIGN:
            logging.getLogger(name).handlers = [handler]
            logging.getLogger(name).propagate = False
    if complain and asked not in FORMS:
        event("setting.refused", logging.WARNING, name="LATENT_LAB_LOG", allowed=" or ".join(FORMS))
