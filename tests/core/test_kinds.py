"""Kinds of outputs: what is exact keeps its bits, a clock is no part of a run's identity, a constant is kept and sent once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.core.frame import Frame, difference
from engine.core.session import Session
from engine.runs import files
from engine.runs.history import History
from engine.runs.store import files as store_files

KINDS = {"kinds": True, "size": 1000, "noise": False}


def frames(descent, steps=6, **values) -> list[Frame]:
    session = Session(descent, descent.params.build({**KINDS, **values}), 3, "cpu")
    return [session.look(), *(session.advance(steps=1) for _ in range(steps))]


def kept(made) -> History:
    history = History()
    for frame in made:
        history.add(frame)
    return history


def test_an_exact_array_is_float64_in_frames_and_files(descent, tmp_path):
    session = Session(descent, descent.params.build(KINDS), 3, "cpu")
    frame = session.advance(steps=3)
    assert frame.arrays["double"].dtype == np.float64 and frame.arrays["point"].dtype == np.float32
    history = kept([frame])
    files.write(tmp_path, session, history, [], None)
    written = load_file(tmp_path / "last.safetensors")["double"]
    assert written.dtype == np.float64 and np.array_equal(written, frame.arrays["double"])
    assert np.abs(written * 3 - frame.arrays["point"]).max() < 1e-9


def test_an_exact_output_in_single_precision_is_a_problem_of_the_frame(descent):
    frame = frames(descent, 1)[-1]
    arrays = {**frame.arrays, "double": frame.arrays["double"].astype(np.float32)}
    wrong = Frame(frame.step, frame.scalars, arrays, frame.settings)
    assert descent.check_frame(wrong, descent.params.build(frame.settings)) == [
        "array double is float32, declared exact: float64"
    ]


def test_two_runs_that_differ_in_their_clocks_only_are_the_same_run(descent):
    one, two = frames(descent)[-1], frames(descent)[-1]
    assert one.scalars["took"] > 0 and one.clocks == ("took",)
    other = Frame(two.step, {**two.scalars, "took": 1e3}, two.arrays, two.settings, clocks=two.clocks)
    assert difference(one, other) is None
    moved = Frame(two.step, {**two.scalars, "distance": -1.0}, two.arrays, two.settings, clocks=two.clocks)
    assert "scalar distance" in difference(one, moved)


def test_an_array_of_measured_times_is_no_part_of_a_run_but_its_shape_is():
    def timed(values) -> Frame:
        return Frame(1, {}, {"times": np.array(values), "sizes": np.array([1.0])}, {}, clocks=("times",))

    assert difference(timed([1.0, 2.0]), timed([3.0, 4.0])) is None
    assert "array times" in difference(timed([1.0, 2.0]), timed([3.0]))
    assert "array times" in difference(timed([1.0, 2.0]), timed([3, 4]))  # another type
    assert "array times" in files.compare_arrays(timed([1.0, 2.0]), {"times": np.array([5.0]), "sizes": np.array([1.0])})
    saved = {"times": np.array([5.0, 6.0]), "sizes": np.array([1.0])}
    assert files.compare_arrays(timed([1.0, 2.0]), saved) is None
    assert "array sizes" in files.compare_arrays(timed([1.0, 2.0]), {**saved, "sizes": np.array([2.0])})


def test_a_clock_is_written_and_replays_without_being_compared(engine, tmp_path):
    code, _, error = engine("run", "descent", "--set", "kinds=true", "--steps", "20", "--out", tmp_path)
    assert code == 0, error
    assert float((tmp_path / "scalars.csv").read_text().splitlines()[-1].split(",")[-1]) > 0
    assert engine("replay", tmp_path, "--check")[0] == 0


def test_a_history_keeps_a_constant_once_and_gives_whole_frames(descent):
    made = frames(descent, 40)
    history = kept(made)
    for frame, again in zip(made, history.frames, strict=True):
        assert difference(frame, again) is None and list(again.arrays) == list(frame.arrays)
        assert descent.check_frame(again, descent.params.build(again.settings)) == []
    without = sum(len(frame.to_bytes()) - frame.arrays["start"].nbytes for frame in made)
    assert history.nbytes < without + 2 * made[0].arrays["start"].nbytes + 200 * len(made)
    assert len(history.frames[1:3]) == 2 and difference(history.frames[1:3][1], made[2]) is None
    twin = history.copy()
    twin.truncate(10)
    twin.add(made[11])
    assert difference(twin.frames[-1], made[11]) is None and len(history) == 41


def test_a_frame_from_a_history_can_go_into_another_one(descent):
    made = frames(descent, 3)
    again = kept(kept(made).frames)
    assert all(difference(one, two) is None for one, two in zip(made, again.frames, strict=True))
    assert difference(Frame.from_bytes(again.frames[1].to_bytes()), made[1]) is None


def test_a_constant_that_changes_after_all_is_not_lost(descent):
    first, second = frames(descent, 1)
    arrays = {**second.arrays, "start": second.arrays["start"] + 1}
    moved = Frame(second.step, second.scalars, arrays, second.settings, constants=second.constants)
    history = kept([first, moved])
    assert np.array_equal(history.frames[1].arrays["start"], arrays["start"])
    assert np.array_equal(history.frames[0].arrays["start"], first.arrays["start"])


def test_a_saved_run_holds_a_constant_once_and_opens_with_whole_frames(descent):
    made = frames(descent, 10)
    raw = store_files.pack(kept(made), None)
    contents = store_files.unpack(raw)
    assert all(difference(one, two) is None for one, two in zip(made, contents.frames, strict=True))
    keys = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")]).keys()
    assert "constant/start" in keys and "frame/0/start" not in keys and "frame/3/start" not in keys


@pytest.mark.slow
def test_a_worker_sends_a_constant_once_and_again_when_it_was_replaced(descent, pool):
    from engine.core.score import Score

    session = pool.open(Score(topic="descent", params=descent.params.build(KINDS).values(), seed=3))
    made = frames(descent, 2)
    sent = []
    worker = session._worker
    take = worker.take
    worker.take = lambda data: (sent.append(len(data)), take(data))[1]
    assert difference(session.advance(steps=1), made[1]) is None
    assert difference(session.advance(steps=1), made[2]) is None
    assert max(sent) < len(made[1].to_bytes()) - made[1].arrays["start"].nbytes + 1000
    worker.take = take
    session.open()  # as after a worker's death: another session in a worker knows nothing of what was sent
    assert difference(session.look(), made[2]) is None
    session.close()
