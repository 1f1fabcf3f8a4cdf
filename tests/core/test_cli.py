"""The command line: what it writes, what it replays, and one line for everything that is wrong."""

from __future__ import annotations

import csv
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.core.cli import main
from tests import toy

FILES = ["last.safetensors", "report.html", "run.json", "scalars.csv", "scalars.parquet"]


@pytest.fixture
def engine(descent, monkeypatch, capsys):
    """`python -m engine ...` in this process: (exit status, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["python -m engine", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture(scope="module")
def run(toy_repository, tmp_path_factory) -> Path:
    """The folder of a real run, made by a real process: a cold value, two hot changes, a seed."""
    out = tmp_path_factory.mktemp("runs") / "deep" / "run"
    arguments = ["--set", "size=4", "--set", "shown=point,pair", "--at", "20:rate=0.5", "--at", "30:noise=off"]
    done = toy.python(
        toy_repository, "-m", "engine", "run", "descent", *arguments, "--seed", "7", "--steps", "60", "--out", out
    )
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout and "60 steps" in done.stdout and done.stderr == ""
    return out


@pytest.fixture
def copied(run, tmp_path) -> Path:
    """A copy of the run to damage."""
    folder = tmp_path / "run"
    folder.mkdir()
    for file in run.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def edit(folder: Path, **changed) -> None:
    manifest = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**manifest, **changed}))


def one_line(error: str) -> str:
    assert error.startswith("error: ") and error.count("\n") == 1 and "Traceback" not in error, error
    return error


# ---- list


def test_list_names_topics_and_parameters(toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "list")
    assert done.returncode == 0 and done.stderr == ""
    for word in ("descent", "Rolling down", "rate", "η", "0.001 to 10, or 0", "hot", "cold"):
        assert word in done.stdout


def test_list_json_is_what_tools_rely_on(toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "list", "--json")
    assert done.returncode == 0
    (topic,) = json.loads(done.stdout)
    assert (topic["slug"], topic["group"], topic["steps"], topic["parts"]) == ("descent", "training", 50, ["gradient", "move"])
    assert topic["title"] == topic["titles"]["en"] and set(topic["titles"]) == {"en", "zh"}
    rate = next(parameter for parameter in topic["parameters"] if parameter["name"] == "rate")
    assert {key: rate[key] for key in ("symbol", "type", "low", "high", "default", "kind", "log", "zero")} == {
        "symbol": "η",
        "type": "number",
        "low": 0.001,
        "high": 10.0,
        "default": 0.1,
        "kind": "hot",
        "log": True,
        "zero": True,
    }
    shown = next(parameter for parameter in topic["parameters"] if parameter["name"] == "shown")
    assert shown["options"] == ["point", "pair"] and shown["default"] == ["point"]
    pair = next(output for output in topic["outputs"] if output["name"] == "pair")
    assert pair == {"name": "pair", "shape": ["size", "2"], "unit": "", "meaning": "the present point twice"}


# ---- run: the files


def test_a_run_writes_its_files_and_nothing_else(run):
    assert sorted(file.name for file in run.iterdir()) == FILES


def test_run_json_holds_the_score_and_what_it_was_made_with(run):
    manifest = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert (manifest["topic"], manifest["seed"], manifest["steps"], manifest["device"]) == ("descent", 7, 60, "cpu")
    assert manifest["params"]["size"] == 4 and manifest["params"]["rate"] == 0.1
    assert manifest["changes"] == [{"step": 20, "values": {"rate": 0.5}}, {"step": 30, "values": {"noise": False}}]
    assert manifest["versions"].keys() >= {"python", "torch", "numpy"} and manifest["format"] == 1


def test_scalars_csv_has_a_row_per_kept_step_and_a_column_per_scalar(run):
    with (run / "scalars.csv").open(newline="") as source:
        rows = list(csv.DictReader(source))
    assert list(rows[0]) == ["step", "distance", "seen"]
    steps = [int(row["step"]) for row in rows]
    assert steps[0] == 0 and steps[-1] == 60 and steps == sorted(set(steps)) and {20, 30} <= set(steps)
    assert float(rows[-1]["distance"]) < float(rows[0]["distance"])


def test_last_safetensors_holds_the_arrays_of_the_last_frame(run):
    arrays = load_file(run / "last.safetensors")
    assert {name: array.shape for name, array in arrays.items()} == {"point": (4,), "pair": (4, 2)}
    with (run / "scalars.csv").open(newline="") as source:
        last = list(csv.DictReader(source))[-1]
    assert float(np.square(arrays["point"]).sum()) == pytest.approx(float(last["distance"]), rel=1e-5)


class Resources(HTMLParser):
    """Everything a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.sections = 0

    def handle_starttag(self, tag, attrs):
        self.sections += tag == "section"
        if tag in ("script", "link", "img", "iframe", "source", "video", "audio", "object", "embed", "base"):
            self.found += [value or "" for name, value in attrs if name in ("src", "href", "data", "srcset")]


def test_report_html_shows_every_view_and_fetches_nothing(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    reader = Resources()
    reader.feed(page)
    assert [address for address in reader.found if not address.startswith(("data:", "#"))] == []
    assert reader.sections == 2 and page.count("Plotly.newPlot(") >= 2
    assert "Rolling down" in page and "seed 7" in page and not re.search(r"@import|url\(['\"]?https?:", page[:5000])


def test_the_same_command_gives_the_same_files(engine, run, tmp_path):
    out = tmp_path / "again"
    arguments = ["--set", "size=4", "--set", "shown=pair,point", "--at", "30:noise=0", "--at", "20:rate=0.5"]
    status, _, _ = engine("run", "descent", *arguments, "--seed", 7, "--steps", 60, "--out", out)
    assert status == 0
    assert (out / "last.safetensors").read_bytes() == (run / "last.safetensors").read_bytes()


def test_a_run_without_out_says_how_it_ended(engine):
    status, out, err = engine("run", "descent")
    assert status == 0 and "descent: 50 steps in" in out and "distance" in out and err == ""


def test_seconds_limit_a_run(engine, tmp_path):
    status, _, _ = engine("run", "descent", "--seconds", "0.05", "--out", tmp_path)
    manifest = json.loads((tmp_path / "run.json").read_text())
    assert status == 0 and manifest["steps"] > 50 and 0.05 <= manifest["seconds"] < 2


def test_a_finite_loop_ends_before_the_limit(engine, tmp_path):
    status, _, _ = engine("run", "descent", "--set", "length=5", "--steps", "100", "--out", tmp_path)
    assert status == 0 and json.loads((tmp_path / "run.json").read_text())["steps"] == 5


def test_own_data_are_read_written_and_replayed(engine, tmp_path):
    (tmp_path / "own.csv").write_text("a,b\n1,2\n3,4\n")
    out = tmp_path / "run"
    status, _, _ = engine("run", "descent", "--data", tmp_path / "own.csv", "--steps", "5", "--out", out)
    assert status == 0 and json.loads((out / "run.json").read_text())["params"]["shape"] == "own"
    assert load_file(out / "data.safetensors")["x"].tolist() == [[1, 2], [3, 4]]
    assert engine("replay", out, "--check")[0] == 0
    save_file({"x": np.array([[1, 2], [3, 5]], np.float32)}, out / "data.safetensors")
    status, _, err = engine("replay", out)
    assert status == 2 and "own data are missing or were changed" in one_line(err)


# ---- run: failures


@pytest.mark.parametrize(
    ("setting", "says"),
    [("rate=10", "squared distance became inf at step"), ("shape=broken", "gave way"), ("shape=hungry", "the run failed")],
)
def test_a_failed_run_exits_1_and_still_writes_what_was_computed(engine, tmp_path, setting, says):
    status, out, err = engine("run", "descent", "--set", setting, "--at", "4:pull=0.1", "--steps", "2000", "--out", tmp_path)
    assert status == 1 and says in err and "Traceback" not in err and str(tmp_path) in out
    assert sorted(file.name for file in tmp_path.iterdir()) == FILES
    assert json.loads((tmp_path / "run.json").read_text())["steps"] == 4  # the last frame before the end
    assert engine("replay", tmp_path, "--check")[0] == 0


def test_blanks_around_a_step_are_nothing_whichever_they_are(engine, tmp_path):
    status, _, err = engine("run", "descent", "--at", " 2\x1f\t:rate=0.5", "--steps", "4", "--out", tmp_path)
    assert status == 0, err
    assert json.loads((tmp_path / "run.json").read_text())["changes"] == [{"step": 2, "values": {"rate": 0.5}}]


def test_a_failure_in_a_real_process_exits_1_with_one_line(toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "run", "descent", "--set", "rate=10", "--steps", "2000")
    assert done.returncode == 1 and done.stderr.startswith("the run failed: squared distance") and done.stderr.count("\n") == 1


BAD_USAGE = {
    "unknown topic": (["run", "descnt"], ["descnt", "nearest is “descent”"]),
    "unknown parameter": (["run", "descent", "--set", "raet=1"], ["raet", "nearest is “rate”", "pull"]),
    "out of range": (["run", "descent", "--set", "rate=99"], ["rate = 99", "0.001 to 10, or 0"]),
    "nan": (["run", "descent", "--set", "rate=nan"], ["rate = nan", "0.001 to 10"]),
    "not a whole number": (["run", "descent", "--set", "size=2.5"], ["size = 2.5", "a whole number, 1 to 1000"]),
    "many digits": (["run", "descent", "--set", "size=" + "9" * 400], ["size = 999", "1 to 1000"]),
    "unknown option": (["run", "descent", "--set", "shape=cone"], ["shape = cone", "bowl, valley"]),
    "no value": (["run", "descent", "--set", "rate"], ["rate", "NAME=VALUE"]),
    "rule between fields": (["run", "descent", "--set", "shape=valley", "--set", "size=500"], ["size = 500", "at most 100"]),
    "cold change": (["run", "descent", "--at", "5:size=4"], ["size", "hot parameters only", "rate"]),
    "no step": (["run", "descent", "--at", "rate=1"], ["rate=1", "STEP:NAME=VALUE"]),
    "negative step": (["run", "descent", "--at", "-5:rate=1"], ["-5:rate=1", "STEP:NAME=VALUE"]),
    "superscript step": (["run", "descent", "--at", "²:rate=1"], ["²:rate=1", "STEP:NAME=VALUE"]),
    "endless step": (["run", "descent", "--at", "9" * 5000 + ":rate=1"], ["STEP:NAME=VALUE"]),
    "bad change": (["run", "descent", "--at", "5:rate=99"], ["rate = 99", "0.001 to 10"]),
    "bad seed": (["run", "descent", "--seed", "-1"], ["seed = -1", "0 to 4294967295"]),
    "seed of words": (["run", "descent", "--seed", "lucky"], ["seed = lucky", "a whole number"]),
    "no steps": (["run", "descent", "--steps", "0"], ["--steps = 0", "1 to 10000000"]),
    "half a step": (["run", "descent", "--steps", "1.5"], ["--steps = 1.5", "a whole number"]),
    "too many steps": (["run", "descent", "--steps", "1e12"], ["--steps = 1e12", "10000000"]),
    "no time": (["run", "descent", "--seconds", "0"], ["--seconds = 0", "0.001 to 86400"]),
    "endless time": (["run", "descent", "--seconds", "inf"], ["--seconds = inf", "86400"]),
    "nan time": (["run", "descent", "--seconds", "nan"], ["--seconds = nan", "86400"]),
    "unknown device": (["run", "descent", "--device", "tpu"], ["device = tpu", "auto"]),
    "no such data": (["run", "descent", "--data", "/nowhere/x.csv"], ["/nowhere/x.csv"]),
    "unwritable out": (["run", "descent", "--out", "/proc/no/such"], ["--out = /proc/no/such", "can be written"]),
    "out is a file": (["run", "descent", "--out", "/etc/hostname"], ["--out = /etc/hostname", "can be written"]),
    "unknown command": (["fly"], ["fly"]),
    "unknown flag": (["run", "descent", "--fast"], ["--fast"]),
    "missing topic": (["run"], ["slug"]),
    "replay of nothing": (["replay", "/nowhere"], ["/nowhere", "run.json is missing"]),
    "record of nothing": (["record", "descnt"], ["descnt", "nearest is “descent”"]),
}


@pytest.mark.parametrize(("arguments", "says"), BAD_USAGE.values(), ids=BAD_USAGE.keys())
def test_bad_usage_exits_2_with_one_line_that_names_it(engine, arguments, says):
    status, out, err = engine(*arguments)
    assert status == 2 and out == ""
    for words in says:
        assert words.lower() in one_line(err).lower()
    assert len(err) < 700


def test_bad_usage_in_a_real_process_exits_2(toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "run", "descent", "--set", "rate=99")
    assert done.returncode == 2 and done.stderr == "error: rate = 99 is not possible; allowed: 0.001 to 10, or 0.\n"


def test_data_that_are_not_what_they_claim_are_bad_usage(engine, tmp_path):
    for name, data, says in [
        ("x.csv", b"1,2\n3\n", "line 2"),
        ("x.npy", b"\x93NUMPY", "damaged NPY"),
        ("x.zip", b"PK", "files that end in csv, npy"),
        ("x.csv", b"", "empty"),
    ]:
        (tmp_path / name).write_bytes(data)
        status, _, err = engine("run", "descent", "--data", tmp_path / name)
        assert status == 2 and says in one_line(err)


# ---- replay


def test_replay_check_finds_a_run_the_same_bit_for_bit_in_another_process(run, toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "replay", run, "--check")
    assert done.returncode == 0 and "the same, bit for bit" in done.stdout


def test_replay_says_to_which_step_it_came(engine, run):
    status, out, _ = engine("replay", run)
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
    "changes out of order": (
        {"changes": [{"step": 9, "values": {"rate": 1}}, {"step": 3, "values": {"rate": 2}}]},
        "changes",
    ),
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


def test_a_text_payload_in_a_run_stays_text_in_its_report(engine, tmp_path):
    from engine.core import registry
    from engine.core.look import Look
    from engine.core.runfiles import report
    from engine.core.session import Session
    from engine.core.topic import Timeline

    topic = registry.find("descent")
    session = Session(topic, topic.params(), 0, "cpu")
    evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    page = report(topic, Timeline(session.look(), session.params), Look(t=lambda text: evil))
    assert "<img src=x" not in page and "<script>alert(2)" not in page
