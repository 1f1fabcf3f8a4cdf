"""`python -m engine replay`: the same run again, bit for bit, and what it says of a folder that was changed or damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests import toy
from tests.cli.said import FILES, one_line


@pytest.fixture
def copied(run_folder, tmp_path) -> Path:
    """A copy of the run to damage."""
    folder = tmp_path / "run"
    folder.mkdir()
    for file in run_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def edit(folder: Path, **changed) -> None:
    manifest = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**manifest, **changed}))


def test_replay_check_finds_a_run_the_same_bit_for_bit_in_another_process(run_folder, toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "replay", run_folder, "--check")
    assert done.returncode == 0 and "the same, bit for bit" in done.stdout


def test_replay_says_to_which_step_it_came(engine, run_folder):
    status, out, _ = engine("replay", run_folder)
    assert status == 0 and "descent: replayed to step 60" in out


def test_replay_check_says_where_a_scalar_differs(engine, copied):
    lines = (copied / "scalars.csv").read_text().splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("20,"))
    step, distance, seen = lines[place].split(",")
    lines[place] = f"{step},{np.nextafter(float(distance), 9)!r},{seen}".replace("np.float64(", "").replace(")", "")
    (copied / "scalars.csv").write_text("\n".join(lines) + "\n")
    status, _, err = engine("replay", copied, "--check")
    assert status == 1 and "frames differ: step 20: distance is" in err and err.count("\n") == 1


def test_replay_check_says_which_array_differs(engine, copied):
    arrays = load_file(copied / "last.safetensors")
    arrays["point"][2] = np.nextafter(arrays["point"][2], np.float32(9))
    save_file(arrays, copied / "last.safetensors")
    status, _, err = engine("replay", copied, "--check")
    assert status == 1 and "step 60: array point" in err
    save_file({"point": arrays["point"]}, copied / "last.safetensors")
    status, _, err = engine("replay", copied, "--check")
    assert status == 1 and "pair" in err


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 8},
        {"changes": []},
        {"changes": [{"step": 21, "values": {"rate": 0.5}}, {"step": 30, "values": {"noise": False}}]},
    ],
)
def test_replay_check_notices_a_changed_score(engine, copied, changed):
    edit(copied, **changed)
    status, _, err = engine("replay", copied, "--check")
    assert status == 1 and "frames differ: step" in err


def test_a_score_edited_into_a_divergence_exits_1_and_says_so(engine, copied):
    manifest = json.loads((copied / "run.json").read_text())
    edit(copied, params={**manifest["params"], "rate": 10.0}, changes=[], steps=3000)
    lines = (copied / "scalars.csv").read_text().splitlines()
    (copied / "scalars.csv").write_text("\n".join([*lines, "3000,0.0,0.0"]) + "\n")
    for flags in ([], ["--check"]):
        status, _, err = engine("replay", copied, *flags)
        assert status == 1 and "squared distance became inf" in err and err.count("\n") == 1


@pytest.mark.parametrize("name", ["run.json", "scalars.csv", "last.safetensors"])
def test_a_missing_file_is_named(engine, copied, name):
    (copied / name).unlink()
    status, _, err = engine("replay", copied, "--check")
    assert status == 2 and f"{name} is missing" in one_line(err)


DAMAGE = {
    "truncated safetensors": ("last.safetensors", lambda raw: raw[:-5], "damaged"),
    "safetensors of 4 bytes": ("last.safetensors", lambda raw: raw[:4], "damaged"),
    "empty safetensors": ("last.safetensors", lambda raw: b"", "damaged"),
    "safetensors with a huge head": ("last.safetensors", lambda raw: b"\xff" * 8 + raw[8:], "damaged"),
    "pickle as safetensors": ("last.safetensors", lambda raw: b"\x80\x04cos\nsystem\n", "damaged"),
    "truncated json": ("run.json", lambda raw: raw[: len(raw) // 2], "damaged"),
    "empty json": ("run.json", lambda raw: b"", "damaged"),
    "json that is a list": ("run.json", lambda raw: b"[]", "damaged"),
    "json that is a number": ("run.json", lambda raw: b"5", "damaged"),
    "deep json": ("run.json", lambda raw: b"[" * 200_000, "damaged"),
    "binary json": ("run.json", lambda raw: b"\xff\xfe\0", "damaged"),
    "empty object": ("run.json", lambda raw: b"{}", "format None"),
    "binary scalars": ("scalars.csv", lambda raw: b"\xff\xfe\0", "damaged"),
    "scalars without steps": ("scalars.csv", lambda raw: raw.replace(b"step,", b"time,"), "damaged"),
    "scalars of words": ("scalars.csv", lambda raw: raw + b"61,much,little\r\n", "damaged"),
    "ragged scalars": ("scalars.csv", lambda raw: raw + b"61,1.0\r\n", "damaged"),
    "scalars with a word for a step": ("scalars.csv", lambda raw: raw + b"last,1.0,1.0\r\n", "damaged"),
    "empty scalars": ("scalars.csv", lambda raw: b"", "damaged"),
}


@pytest.mark.parametrize(("name", "change", "says"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_bad_usage_with_one_line(engine, copied, name, change, says):
    file = copied / name
    file.write_bytes(change(file.read_bytes()))
    status, _, err = engine("replay", copied, "--check")
    assert status == 2 and says in one_line(err) and str(copied) in err and len(err) < 500


IMPOSSIBLE = {
    "unknown format": ({"format": 99}, "format 99; this version reads 1"),
    "unknown topic": ({"topic": "descnt"}, "nearest is “descent”"),
    "value out of range": ({"params": {"rate": 99}}, "rate = 99"),
    "infinite value": ({"params": {"rate": float("inf")}}, "rate"),
    "unknown parameter": ({"params": {"raet": 1}}, "nearest is “rate”"),
    "broken rule": ({"params": {"shape": "valley", "size": 500}}, "size = 500"),
    "negative seed": ({"seed": -1}, "seed"),
    "seed of words": ({"seed": "lucky"}, "seed"),
    "seed NaN": ({"seed": float("nan")}, "seed"),
    "negative steps": ({"steps": -5}, "steps"),
    "infinite steps": ({"steps": float("inf")}, "steps"),
    "fewer steps than it has rows": ({"steps": 59}, "steps = 59, but scalars.csv ends at step 60"),
    "endless steps": ({"steps": 10**12}, "steps = 1000000000000"),
    "change out of range": ({"changes": [{"step": 2, "values": {"rate": 99}}]}, "rate = 99"),
    "change of a cold value": ({"changes": [{"step": 2, "values": {"size": 5}}]}, "size"),
    "change before the beginning": ({"changes": [{"step": -2, "values": {"rate": 1}}]}, "changes"),
    "changes out of order": ({"changes": [{"step": 9, "values": {"rate": 1}}, {"step": 3, "values": {"rate": 2}}]}, "changes"),
    "changes of words": ({"changes": "many"}, "changes"),
    "params that are a list": ({"params": [1]}, "params"),
    "own data that are not there": ({"data": "0123456789abcdef"}, "own data are missing"),
}


@pytest.mark.parametrize(("changed", "says"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_an_impossible_score_is_bad_usage_and_named(engine, copied, changed, says):
    edit(copied, **changed)
    status, _, err = engine("replay", copied)
    assert status == 2 and says in one_line(err) and len(err) < 500


def test_a_folder_that_is_a_file_is_bad_usage(engine, tmp_path):
    (tmp_path / "x").write_text("")
    status, _, err = engine("replay", tmp_path / "x")
    assert status == 2 and "cannot be read" in one_line(err)


def test_what_a_run_overwrites_it_overwrites_whole(engine, copied):
    """A later run in the same folder leaves no file of the earlier one half-written or in the way."""
    status, _, _ = engine("run", "descent", "--steps", "5", "--out", copied)
    assert status == 0 and sorted(file.name for file in copied.iterdir()) == FILES
    assert engine("replay", copied, "--check")[0] == 0
