"""The command line: what it lists, what a run writes, and one line for everything that is wrong."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.core.picture import Style
from engine.core.session import Session
from engine.core.topic import Timeline
from engine.runs.files import report
from tests import toy
from tests.cli.said import FILES, one_line

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


def test_list_of_one_topic_names_its_outputs_too(toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "list", "descent")
    assert done.returncode == 0 and done.stderr == ""
    for word in ("rate", "0.001 to 10, or 0", "pair", "size × 2", "the present point twice", "a number"):
        assert word in done.stdout
    refused = toy.python(toy_repository, "-m", "engine", "list", "decent")
    assert refused.returncode == 2 and "descent" in one_line(refused.stderr)


# ---- run: the files


def test_a_run_writes_its_files_and_nothing_else(run_folder):
    assert sorted(file.name for file in run_folder.iterdir()) == FILES


def test_run_json_holds_the_score_and_what_it_was_made_with(run_folder):
    manifest = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    assert (manifest["topic"], manifest["seed"], manifest["steps"], manifest["device"]) == ("descent", 7, 60, "cpu")
    assert manifest["params"]["size"] == 4 and manifest["params"]["rate"] == 0.1
    assert manifest["changes"] == [{"step": 20, "values": {"rate": 0.5}}, {"step": 30, "values": {"noise": False}}]
    assert manifest["versions"].keys() >= {"python", "torch", "numpy"} and manifest["format"] == 1


def test_scalars_csv_has_a_row_per_kept_step_and_a_column_per_scalar(run_folder):
    with (run_folder / "scalars.csv").open(newline="") as source:
        rows = list(csv.DictReader(source))
    assert list(rows[0]) == ["step", "distance", "seen"]
    steps = [int(row["step"]) for row in rows]
    assert steps[0] == 0 and steps[-1] == 60 and steps == sorted(set(steps)) and {20, 30} <= set(steps)
    assert float(rows[-1]["distance"]) < float(rows[0]["distance"])


def test_last_safetensors_holds_the_arrays_of_the_last_frame(run_folder):
    arrays = load_file(run_folder / "last.safetensors")
    assert {name: array.shape for name, array in arrays.items()} == {"point": (4,), "pair": (4, 2)}
    with (run_folder / "scalars.csv").open(newline="") as source:
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


def test_report_html_shows_every_view_and_fetches_nothing(run_folder):
    page = (run_folder / "report.html").read_text(encoding="utf-8")
    reader = Resources()
    reader.feed(page)
    assert [address for address in reader.found if not address.startswith(("data:", "#"))] == []
    assert reader.sections == 2 and page.count("Plotly.newPlot(") >= 2
    assert "Rolling down" in page and "seed 7" in page and not re.search(r"@import|url\(['\"]?https?:", page[:5000])


def test_a_text_payload_in_a_run_stays_text_in_its_report(descent):
    session = Session(descent, descent.params(), 0, "cpu")
    evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    page = report(descent, Timeline(session.look(), session.params), Style(t=lambda text: evil))
    assert "<img src=x" not in page and "<script>alert(2)" not in page


def test_the_same_command_gives_the_same_files(engine, run_folder, tmp_path):
    out = tmp_path / "again"
    arguments = ["--set", "size=4", "--set", "shown=pair,point", "--at", "30:noise=0", "--at", "20:rate=0.5"]
    status, _, _ = engine("run", "descent", *arguments, "--seed", 7, "--steps", 60, "--out", out)
    assert status == 0
    assert (out / "last.safetensors").read_bytes() == (run_folder / "last.safetensors").read_bytes()


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
    "no such data": (["run", "descent", "--data", "/nowhere/x.csv"], ["/nowhere/x.csv", "a file that can be read"]),
    "unwritable out": (["run", "descent", "--out", "/proc/no/such"], ["--out = /proc/no/such", "can be written"]),
    "out is a file": (["run", "descent", "--out", "/etc/hostname"], ["--out = /etc/hostname", "can be written"]),
    "unknown command": (["fly"], ["fly"]),
    "unknown flag": (["run", "descent", "--fast"], ["--fast"]),
    "parameter as a flag": (["run", "descent", "--rate", "1"], ["--rate", "a parameter is set by --set rate=VALUE"]),
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
