"""The user's own data as a run takes them, and gives them back: a drawing, a formula in the address, what a file held."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import UploadError
from engine.data.formula import formula_data, formula_random
from engine.data.reading import Note
from engine.data.uploads import read_points
from engine.runs.address import LEFT_OVER
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.twins import end

ADDRESS = "data-formula"  # where the address of a page holds the formula in use
THOUSANDTHS = 1000  # a page sends the places of drawn points in whole thousandths
FARTHEST = 10**6  # no page sends a larger number
NAME_LENGTH = 60  # characters of a formula that stand for it


def ways(run: LiveRun) -> list[str]:
    """How own data can be given to this topic."""
    kinds = run.topic.uploads
    return ["file", *(["draw", "formula"] if "table" in kinds else []), *(["text"] if "text" in kinds else [])]


def say(run: LiveRun, problem: UploadError | Note | str) -> str:
    """Why data were refused, or what was read, in the reader's language (a model's refusal is a sentence already)."""
    if isinstance(problem, str):
        return problem

    def word(text: str) -> str:  # a list of words has each of them translated
        whole = run.t(text)
        return whole if whole != text else ", ".join(map(run.t, text.split(", ")))

    return run.t(problem.template).format(**{name: word(text) if text else "" for name, text in problem.fields.items()})


def in_use(run: LiveRun) -> bool:
    """Whether the run learns from the user's own data now."""
    return run.learns_own(run.params)


def use(run: LiveRun, data: dict[str, np.ndarray], name: str) -> str:
    """Run on these data, in place of a comparison, too; "" when it does, else why not (the run before goes on)."""
    if run.source.before(run, "own data", lambda: None) is False:  # a lesson's data would replace these when it forks later
        return run.message or run.t("The run cannot be changed now.")
    with run.lock:
        run.touched = time.monotonic()
        done = _start_on(run, data, name, run.topic.data_value)
        refusal = "" if done else run.message or run.t("The run cannot be changed now.")
        run.problems.pop(run.topic.data_param, None)  # what the model said stands where the data are given
        if not done:
            run.message = None
    run.wake()
    return refusal


def leave(run: LiveRun) -> bool:
    """The topic's own data again, and the run starts again with them; whether that was possible."""
    param = run.topic.data_param
    with run.lock:
        done = _start_on(run, None, "", type(run.params).controls()[param].default)
    run.wake()
    return done


def _start_on(run: LiveRun, data: dict[str, np.ndarray] | None, name: str, choice: Any) -> bool:
    """Start again, alone, on these data, with `choice` for the parameter that says which; without success those before stay."""
    before = run.data, run.data_name
    run.data, run.data_name = data, name
    done = run.reset({run.topic.data_param: choice})
    if done:
        end(run)
    else:
        run.data, run.data_name = before
    return done


def drawn(run: LiveRun, places: Any) -> None:
    """Use a drawing as the page sent it: x and y of its points by turns, in whole thousandths from -1000 to 1000.

    A refusal stands among the run's problems as "drawing".
    """
    t = run.t
    run.problems.pop("drawing", None)
    if "table" not in run.topic.uploads:
        return
    points = None
    if (
        isinstance(places, list)
        and len(places) % 2 == 0
        and all(type(place) is int and abs(place) < FARTHEST for place in places)
    ):
        points = [[x / THOUSANDTHS, y / THOUSANDTHS] for x, y in zip(places[::2], places[1::2], strict=True)]
    try:
        data = read_points("The drawing", points)
    except UploadError as problem:
        refusal = say(run, problem)
    else:
        refusal = use(run, data, t("a drawing of {count} points").format(count=len(data["x"])))
    if refusal:
        run.problems["drawing"] = refusal
        run.wake()


def begin_with_formula(run: LiveRun, text: str) -> list[BadValue]:
    """Give a run that is not open yet the data of the formula in its address.

    What was wrong with the formula comes back, and the run begins on the topic's own data.
    """
    param = run.topic.data_param
    if "formula" not in ways(run) or run.params.values().get(param) != run.topic.data_value:
        return []
    refusal: UploadError | None = None
    for candidate in _sent(text):
        try:
            run.data, run.data_name = formula_data(candidate, formula_random(run.seed)), formula_name(candidate)
        except UploadError as problem:
            refusal = refusal or problem
        else:
            return []
    assert refusal is not None
    run.params = run.first = run.first.change({param: type(run.first).controls()[param].default})
    reason = say(run, refusal)
    if "+" not in text:
        reason += " " + run.t("In an address + stands for a blank: where a + was lost, write %2B, or copy the formula itself.")
    return [BadValue(ADDRESS, text[:NAME_LENGTH], reason, "{name}: {allowed}")]


def _sent(text: str) -> list[str]:
    """What a formula may have been before a chat or a mail program handed its address on, the least changed first."""
    once = unquote(text) if "%3D" in text.upper() else text
    return list(dict.fromkeys([text, once, text.rstrip(LEFT_OVER), once.rstrip(LEFT_OVER), _less(text), _less(once)]))


def _less(text: str) -> str:
    """The text without one closing bracket too many at its end."""
    bare = text.rstrip(LEFT_OVER.replace(")", ""))
    return bare[:-1] if bare.endswith(")") and bare.count(")") == bare.count("(") + 1 else bare


def formula_name(text: str) -> str:
    """A formula on one line, cut where it is long."""
    line = "; ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= NAME_LENGTH else line[: NAME_LENGTH - 1] + "…"
