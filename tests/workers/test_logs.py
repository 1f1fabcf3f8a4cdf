"""What the app tells of itself: listed events, in two forms, without what belongs to people."""

from __future__ import annotations

import ast
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from engine.workers import logs

ROOT = Path(__file__).resolve().parents[2]
OWN = {
    *("version", "workers", "seconds", "run", "topic", "step", "worker", "code", "origin", "host", "name", "allowed"),
    *("arm", "arms", "over", "steps"),  # of a comparison and of a sweep; what is swept over is a name from the topic's own list
}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as JSON; afterwards the loggers are as they were."""
    loggers = [logging.getLogger(name) for name in (None, logs.LOGGER.name, *logs.FOREIGN)]
    before = [(logger, logger.handlers, logger.propagate, logger.level) for logger in loggers]
    monkeypatch.setenv("LATENT_LAB_LOG", "json")
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    for logger, handlers, propagate, level in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def read(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_time_level_and_its_fields(lines):
    logs.event("worker.lost", logging.WARNING, worker=71, code=-9)
    (line,) = read(lines)
    assert (line["level"], line["event"], line["worker"], line["code"]) == ("warning", "worker.lost", 71, -9)
    assert datetime.fromisoformat(line["time"]).utcoffset().total_seconds() == 0


def test_text_from_outside_stays_one_short_line(lines):
    logs.event("origin.refused", origin='http://evil\n{"event": "app.start"}\u2028' + "x" * 500, host=None)
    (line,) = read(lines)
    assert line["event"] == "origin.refused" and len(line["origin"]) == 100 and "host" not in line


def test_what_others_log_takes_the_same_form_and_an_error_its_traceback(lines):
    try:
        raise RuntimeError("first\nsecond")
    except RuntimeError as error:
        logging.getLogger("uvicorn.error").error("it broke", exc_info=error)
        logs.event("worker.failed", logging.ERROR, error=error, worker=3)
    foreign, own = read(lines)
    assert foreign["message"] == "it broke" and foreign["logger"] == "uvicorn.error"
    assert own["event"] == "worker.failed" and "RuntimeError: first\nsecond" in own["error"] == foreign["error"]


def test_on_a_desktop_only_what_needs_somebody_is_told_in_words(monkeypatch, lines):
    monkeypatch.delenv("LATENT_LAB_LOG")
    stream = io.StringIO()
    logs.configure(stream)
    logs.event("run.opened", run="1f", topic="x")
    logs.event("origin.refused", logging.WARNING, origin="http://evil\nnext", host="me")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith(r'origin.refused origin="http://evil\nnext" host="me"')


def test_a_form_that_is_not_known_is_told_once_and_text_is_used(monkeypatch, lines):
    monkeypatch.setenv("LATENT_LAB_LOG", "xml")
    stream = io.StringIO()
    logs.configure(stream)
    logs.configure(stream, complain=True)
    assert len(stream.getvalue().splitlines()) == 1 and "LATENT_LAB_LOG" in stream.getvalue() and "json" in stream.getvalue()


@pytest.mark.parametrize(("name", "fields"), [("run.renamed", {}), ("run.opened", {"title": "my thesis"})])
def test_an_event_or_a_field_that_is_not_listed_is_an_error(name, fields):
    with pytest.raises(ValueError, match="not listed"):
        logs.event(name, **fields)


def test_the_listed_fields_are_none_that_a_person_fills_in():
    assert {field for fields in logs.EVENTS.values() for field in fields} == OWN


def test_a_runs_public_name_is_short_stable_and_not_its_token():
    token = "0123456789abcdef0123456789abcdef"
    assert logs.public_name(token) == logs.public_name(token) != logs.public_name(token[::-1])
    assert len(logs.public_name(token)) == 8 and logs.public_name(token) not in token


def test_every_event_of_the_app_is_listed_and_every_listed_one_is_told_somewhere():
    told = set()
    for path in [ROOT / "app.py", *(ROOT / "engine").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("logs.event", "event", "self._tell"):
                first = node.args[0]
                told |= {first.value} if isinstance(first, ast.Constant) else set()
    assert told == set(logs.EVENTS)


def test_a_worker_tells_its_errors_in_the_same_form():
    code = (
        "from engine.workers import logs; logs.configure()\n"
        "from engine.workers.worker import describe\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError as error: print(describe(error)['kind'])"
    )
    environment = {**os.environ, "LATENT_LAB_LOG": "json"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.stdout.strip() == "failed" and line["event"] == "worker.failed" and "ZeroDivisionError" in line["error"]
