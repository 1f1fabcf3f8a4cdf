"""The history of a run: bounded, thinned evenly, and never without its beginning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.frame import Frame, difference
from engine.runs.history import MAX_BYTES, History


def frame(step: int, size: int = 100, part: str = "", loss: float | None = None) -> Frame:
    value = float(step) if loss is None else loss
    return Frame(step, {"loss": value}, {"x": np.full(size, step, np.float32)}, {}, part)


def filled(steps, max_bytes: int = MAX_BYTES, max_rows: int = 4000, size: int = 100) -> History:
    history = History(max_bytes, max_rows)
    for step in steps:
        history.add(frame(step, size))
    return history


def test_the_bound_is_32_megabytes():
    assert History().max_bytes == 32 * 2**20


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), max_size=200), st.integers(3_000, 40_000), st.integers(3, 50))
def test_bytes_and_rows_stay_bounded_with_the_first_and_the_newest_kept(gaps, max_bytes, max_rows):
    steps = [0, *np.cumsum(gaps).tolist()]
    history = History(max_bytes, max_rows)
    for step in steps:
        history.add(frame(step))
        assert history.nbytes <= max_bytes and history.nbytes == sum(len(kept.to_bytes()) for kept in history.frames)
        assert history.steps[0] == 0 and history.steps[-1] == step
        table = history.scalars()["step"]
        assert len(table) <= max_rows and table[0] == 0 and table[-1] == step
    assert history.steps == sorted(set(history.steps))


def test_thinning_keeps_the_whole_run_within_reach():
    history = filled(range(2000), max_bytes=60 * 1024)
    assert len(history) >= 20
    assert np.diff(history.steps).max() <= 0.15 * 2000  # no hole, only coarser
    assert len(history.scalars()["step"]) == 2000  # scalars outlive the frames


def test_thinned_rows_still_tell_the_whole_run():
    table = filled(range(5000), max_bytes=10_000, max_rows=100).scalars()["step"]
    assert len(table) >= 40 and np.diff(table).max() <= 0.15 * 5000


def test_two_frames_stay_even_when_they_are_too_large():
    assert filled(range(5), max_bytes=10).steps == [0, 4]


def test_a_frame_of_the_same_step_replaces_the_last_one():
    history = filled([0, 5])
    before = history.nbytes
    history.add(frame(5, loss=-1.0))
    assert history.steps == [0, 5] and history.frames[-1].scalars["loss"] == -1.0
    assert history.scalars()["loss"].tolist() == [0.0, -1.0] and history.nbytes == before


def test_frames_within_a_step_and_older_ones_are_not_kept():
    history = filled([0, 5])
    history.add(frame(5, part="gradient"))
    history.add(frame(3))
    assert history.steps == [0, 5] and history.frames[-1].part == ""


def test_truncate_forgets_everything_later_and_nothing_else():
    history = filled(range(0, 50, 5))
    history.truncate(22)
    assert history.steps == [0, 5, 10, 15, 20]
    assert history.scalars()["step"].tolist() == [0, 5, 10, 15, 20]
    assert history.nbytes == sum(len(kept.to_bytes()) for kept in history.frames)
    history.add(frame(21))
    assert history.steps[-1] == 21


def test_scalars_up_to_a_step_are_what_was_known_then():
    table = filled(range(0, 50, 5)).scalars(until=12)
    assert table["step"].tolist() == [0, 5, 10] and table["loss"].dtype == np.float64


def test_an_empty_history_has_no_steps():
    assert History().scalars()["step"].shape == (0,) and len(History()) == 0


def test_a_scalar_that_appears_later_is_nan_before():
    history = filled([0])
    history.add(Frame(1, {"loss": 1.0, "late": 2.0}, {}, {}))
    assert history.scalars()["late"].tolist() == pytest.approx([np.nan, 2.0], nan_ok=True)


def test_kept_frames_come_back_bit_for_bit_and_apart_from_each_other():
    first = Frame(3, {"loss": float("nan"), "rate": 0.1}, {"codes": np.arange(6.0).reshape(2, 3)}, {"pair": (1, 2.5)}, "", 0.25)
    history = History()
    history.add(first)
    kept = history.frames[0]
    assert difference(kept, first) is None and kept.settings == first.settings and kept.seconds == 0.25
    assert [frame.step for frame in history.frames[:1]] == [3] and history.copy().frames[-1].step == 3


def test_a_frame_that_could_not_travel_is_refused_and_nothing_is_kept_of_it():
    history = filled([0, 5])
    before = history.nbytes
    with pytest.raises(TypeError, match="dtype float16"):
        history.add(Frame(5, {"loss": 1.0}, {"codes": np.zeros(2, np.float16)}, {}))
    assert history.steps == [0, 5] and history.nbytes == before and history.scalars()["step"].tolist() == [0, 5]
