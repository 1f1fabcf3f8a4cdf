"""The sparse attention lab through the command line and as a session: the contract's numbers, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

import engine
from engine.attention.sparse_attention import TOPIC, cost, fast, theory
from engine.attention.sparse_attention.model import SparseAttention
from engine.attention.sparse_attention.network import Network
from engine.attention.sparse_attention.params import SparseAttentionParams
from engine.core.frame import Timeline, difference
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.score import Score
from engine.workers.batched import Batched, Plan
from tests.command_line import command

PATTERNS = ("none", "dense", "atrous", "local", "sparse")


def session(seed: int = 0, **values):
    return engine.start("sparse-attention", values, seed=seed, device="cpu")


# The table's lines on local + atrous, atrous + atrous, local + local are claims of the chapters `two_hops`, `never_meet`
# and `as_far_as_it_carries`; those on the cost bench of the last two. Here are the others.
@pytest.mark.slow
def test_one_atrous_layer_before_another_learns_nothing_and_either_order_of_the_pair_learns():
    assert session(layer1="atrous").advance(steps=250).scalars["accuracy"] == pytest.approx(
        0.125, abs=0.06
    )  # with an atrous one above
    frame = session(layer1="atrous", layer2="local").advance(steps=250)
    assert frame.scalars["reachable"] == 1 and frame.scalars["accuracy"] >= 0.98


def test_ones_of_the_sparse_mask():
    frame = session(layer1="sparse", length=36, stride=6).advance(steps=1)
    assert frame.scalars["ones_1"] == 546 == frame.arrays["masks"][0].sum() == 216 + 426 - 96


@pytest.mark.parametrize("length", [36, 37, 64])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_probe_comes_from_the_fast_form(pattern, causal, length):
    frame = session(layer1=pattern, stride=7, length=length, causal=causal).look()
    q, k, v, out = (frame.arrays[f"probe_{name}"] for name in ("q", "k", "v", "out"))
    assert out.dtype == np.float64 and frame.scalars["fast_error"] < 1e-12
    if pattern == "none":
        assert not out.any() and frame.scalars["ones_1"] == 0
        return
    scores = np.where(theory.mask(pattern, length, 7, causal) > 0, q @ k.T / 4, -np.inf)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    assert np.abs(weights @ v / weights.sum(1, keepdims=True) - out).max() < 1e-12


def test_a_wrong_fast_form_would_be_seen(monkeypatch):
    """The error is measured: zeros in place of padded keys, with the weight e^0 each, change it."""
    monkeypatch.setattr(fast, "class_mask", lambda scores, n, causal: scores)
    assert session(layer1="atrous", length=37).look().scalars["fast_error"] > 1e-3


def test_the_error_is_that_of_both_forms_of_a_window(monkeypatch):
    wrong = (fast.local_blocked, lambda q, k, v, window, causal: torch.zeros_like(v))
    monkeypatch.setitem(fast.FORMS, "local", wrong)
    assert session(layer1="local").look().scalars["fast_error"] > 1e-3


def test_masks_and_paths_are_right_before_the_first_step():
    frame = session(layer3="sparse", causal=True, length=20, copy_distance=4).look()
    masks, paths = frame.arrays["masks"], frame.arrays["paths"]
    assert masks.shape == (3, 20, 20) and not np.triu(masks, 1).any() and not np.triu(paths, 1).any()
    product = np.eye(20, dtype=int)
    for mask in masks:
        product = (mask | np.eye(20, dtype=np.uint8)).astype(int) @ product
    assert np.array_equal(paths, product) and paths.dtype.kind == "i"
    assert frame.scalars["connected"] == (product > 0).mean()
    assert frame.scalars["reachable"] == np.mean([product[i, i - 4] > 0 for i in range(4, 20)])
    guesser = session(layer2="none", copy_distance=9).look().scalars
    assert (guesser["reachable"], guesser["expected"], frame.scalars["expected"]) == (0, 1 / 8, 1)


def test_attention_stays_inside_the_masks_and_adds_up():
    frame = session().advance(steps=3)
    attention, masks = frame.arrays["attention"], frame.arrays["masks"]
    assert not attention[masks == 0].any() and np.allclose(attention[:2].sum(-1), 1, atol=1e-5)


def test_a_new_stride_changes_the_masks_at_once():
    run = session()
    run.advance(steps=1)
    run.set(stride=4)
    s = run.advance(steps=1).scalars
    assert (s["ones_1"], s["ones_2"]) == (theory.ones("local", 36, 4), theory.ones("atrous", 36, 4))
    assert s["components"] == 1 and s["connected"] == 1


def test_a_new_learning_rate_is_in_force_at_the_next_step():
    still, moved = session(), session()
    for run in (still, moved):
        run.advance(steps=1)
    moved.set(learning_rate=0.03)
    assert still.advance(steps=2).scalars["loss"] != moved.advance(steps=2).scalars["loss"]


def heat(drawn):
    """The numbers of a picture's heat maps."""
    return [np.array(mark.z) for mark in drawn.data if mark.type == "heatmap"]


def test_pictures_have_queries_as_rows_and_look_back_along_the_asked_line():
    run = session(layer1="atrous", layer2="local", stride=7, causal=True, copy_distance=15, query=20, key=1)
    line = Timeline(run.advance(steps=2), run.params)
    reach, masks, ways = (TOPIC.view(name).draw(line, Style()).plotly() for name in ("reach", "masks", "ways"))
    asked = next(mark for mark in reach.data if mark.type == "scatter" and len(mark.x) == 21)
    assert (np.subtract(asked.y, asked.x) == 15).all()
    assert (np.triu(heat(reach)[0], 1) == 0).all() and heat(reach)[0][20, 14] > 0
    shades, attention = heat(masks), line.frame.arrays["attention"]
    for layer in (0, 1):
        seen = line.frame.arrays["masks"][layer] > 0
        assert np.allclose(shades[layer], np.where(seen, 0.22 + 0.78 * attention[layer], 0), atol=1e-6)
    bold = [mark for mark in ways.data if mark.type == "scatter" and mark.line.width == 4]
    assert [list(mark.x) for mark in bold] == [[1, 15, 20]]
    assert "21 of 36" in ways.layout.meta["alt"] and "100% have a way; of all pairs 51%" in reach.layout.meta["alt"]

    lone = session(layer2="none", stride=7, copy_distance=15)  # one window: the pairs that are asked about have no way
    drawn = TOPIC.view("reach").draw(Timeline(lone.look(), lone.params), Style()).plotly()
    crosses = next(mark for mark in drawn.data if mark.type == "scatter" and mark.marker.symbol == "x")
    assert len(crosses.x) == 21 and (np.subtract(crosses.y, crosses.x) == 15).all()


@pytest.mark.parametrize("guess", ["copies", "meet"])
def test_what_theory_knows_is_hidden_until_it_is_guessed(guess):
    """These views say before the first step whether there is a way."""
    hidden = next(each for each in TOPIC.guesses if each.name == guess).hides
    assert {"reach", "distances", "learning", "ways"} <= set(hidden)


def test_accuracy_is_of_many_copies_in_sequences_that_were_not_learned(monkeypatch):
    """And the attention is the mean of both heads over 64 of them."""
    drawn, draw = [], SparseAttention.draw
    traced, trace = [], Network.trace

    def noted(self, count, random):
        drawn.append(draw(self, count, random))
        return drawn[-1]

    def watched(self, *given):
        traced.append(trace(self, *given))
        return traced[-1]

    monkeypatch.setattr(SparseAttention, "draw", noted)
    monkeypatch.setattr(Network, "trace", watched)
    frame = session(copy_distance=33).advance(steps=2)
    *batches, exam = drawn
    learned = torch.cat([batch for batch in batches if len(batch) == 16])
    assert len(exam) * (36 - 33) >= 2000 and len(learned) == 32
    assert not (exam[:, None] == learned).all(-1).any()
    logits, maps = traced[-1]
    assert frame.scalars["accuracy"] == (logits[0, :, 33:].argmax(-1) == exam[:, :3]).double().mean()
    for layer in (0, 1):
        assert np.allclose(frame.arrays["attention"][layer], maps[layer][0, :64].mean((0, 1)), atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"layer2": "none", "layer3": "atrous"},
        {"layer1": "none", "layer2": "local", "layer3": "atrous"},
        {"layer1": "atrous", "layer2": "atrous", "length": 12, "stride": 12, "copy_distance": 0},
        {"stride": 12, "length": 12, "copy_distance": 11},
        {"layer2": "local", "stride": 12, "length": 13, "copy_distance": 3},
        {"causal": True, "length": 64, "stride": 5},
        {"bench": "cost", "longest": 512, "cost_stride": 61},
        {"bench": "cost", "longest": 600, "cost_stride": 64},
    ],
)
def test_claims_hold_at_other_settings_or_are_silent(settings):
    run = session(**settings)
    frame = run.advance(steps=3) if "bench" in settings else run.look()
    for claim in TOPIC.claims:
        verdict = claim(Timeline(frame, run.params))
        assert verdict is None or verdict.agrees, (claim.name, verdict)


def test_without_layers_only_the_token_itself_is_reached():
    frame = session(layer1="none", layer2="none", copy_distance=0).advance(steps=60)
    assert frame.scalars["components"] == 36 and frame.scalars["accuracy"] > 0.98


@pytest.mark.slow
def test_the_distance_can_be_moved_while_it_learns():
    """Six places are learned, then two: the loss jumps up in between."""
    run = session(layer2="none", copy_distance=6)
    before = run.advance(steps=120).scalars
    run.set(copy_distance=2)
    between = run.advance(steps=3).scalars
    after = run.advance(steps=400).scalars
    assert before["accuracy"] > 0.98 and between["loss"] > 1 and after["accuracy"] > 0.98


CELLS = (
    ({"layer1": "atrous", "layer2": "none"}, (4, 12, 15)),
    ({"layer2": "none"}, (4, 12, 15)),
    ({"layer1": "sparse", "layer2": "sparse"}, (9, 15)),
    ({"layer1": "dense", "layer2": "dense"}, (9, 15)),
)


@pytest.mark.slow
@pytest.mark.parametrize(("stack", "distances"), CELLS)
def test_what_is_reached_is_learned_and_the_rest_is_guessed(stack, distances):
    """Phenomena 1 and 2 of the brief, but for those that are chapters: arms of one stacked model."""
    score = Score(topic="sparse-attention", params=stack, seed=0, steps=250, changes=())
    arms = Batched(Plan.checked(score, "copy_distance", distances), "cpu")
    arms.run(steps=250)
    for place in range(len(distances)):
        s = arms.look_at(place).scalars
        assert s["accuracy"] > 0.98 if s["reachable"] == 1 else s["accuracy"] < 0.2, distances[place]


def test_the_cost_bench_ends_by_itself_and_replays_but_for_its_times():
    runs = [session(bench="cost", longest=512, cost_stride=8) for _ in range(2)]
    one, two = (run.advance(steps=9) for run in runs)
    assert one.step == 3 and one.arrays["sizes"].tolist() == [128, 256, 512] and runs[0].finished
    assert (
        one.arrays["kept_bytes"].shape == one.arrays["milliseconds"].shape == (7, 3) and (one.arrays["milliseconds"] > 0).all()
    )
    growth = one.arrays["kept_bytes"][:, 2] / one.arrays["kept_bytes"][:, 1]
    assert (one.scalars["growth_dense"], one.scalars["growth_blocked"]) == (growth[0], growth[5])
    took = one.arrays["milliseconds"][:, 2]
    assert one.scalars["dense_over_atrous"] == pytest.approx(took[0] / took[3])
    assert difference(one, two) is None and not np.array_equal(one.arrays["milliseconds"], two.arrays["milliseconds"])


def test_a_time_is_the_best_of_five(monkeypatch):
    clock = iter([0.0, 4.0, 10.0, 13.0, 20.0, 21.0, 30.0, 35.0, 40.0, 42.0])
    monkeypatch.setattr(cost.time, "perf_counter", lambda: next(clock))
    assert cost.milliseconds(lambda *given: torch.zeros(()), [], torch.device("cpu")) == 1000.0 and next(clock, None) is None


def test_saved_times_do_not_spoil_a_replay(tmp_path, capsys):
    settings = ("--set", "bench=cost", "--set", "longest=512", "--set", "cost_stride=8", "--device", "cpu")
    assert command("run", "sparse-attention", *settings, "--steps", "3", "--out", str(tmp_path)) == 0
    assert load_file(tmp_path / "last.safetensors")["milliseconds"].shape == (7, 3)
    assert command("replay", str(tmp_path), "--check") == 0


def test_lengths_of_the_cost_bench():
    assert SparseAttentionParams().lengths == (128, 256, 512, 1024, 2048)
    assert SparseAttentionParams(longest=1000).lengths[-1] == 512 and SparseAttentionParams(longest=4096).lengths[-1] == 4096


@pytest.mark.parametrize(("given", "named", "most"), [(36, "copy_distance", "0 to 35"), (-1, "copy_distance", "0 to 63")])
def test_a_distance_beyond_the_sequence_is_refused_in_one_line(tmp_path: Path, capsys, given, named, most):
    assert command("run", "sparse-attention", "--set", f"copy_distance={given}", "--steps", "1", "--out", str(tmp_path)) == 2
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and named in said and most in said


def test_a_length_that_memory_does_not_hold_is_refused(monkeypatch):
    monkeypatch.setattr("engine.attention.sparse_attention.params.memory_limit", lambda: 2**29)
    with pytest.raises(BadValue, match="longest = 4096"):
        SparseAttentionParams.build({"bench": "cost", "longest": 4096})
    assert SparseAttentionParams.build({"longest": 4096}).bench == "reach"
