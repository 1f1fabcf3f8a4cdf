"""A page's run as files: of one step, whatever the run does meanwhile, and a sentence where a file cannot be made."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import load

from engine.core import registry
from engine.core.frame import difference
from engine.core.language import KIT, catalogue
from engine.core.params import BadValue
from engine.core.score import Score
from engine.core.session import Session
from engine.runs.link import from_file
from engine.workers import pool as pool_module
from engine.workers.pool import Pool, RunFailed, WorkerLost
from pages.kit.live.runs import desk, sweep_of
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.replay import replay
from pages.kit.live.stage.twins import compare
from pages.kit.ui import take_home
from pages.kit.ui.moment import Moment, moment, sentence, video_file
from pages.kit.ui.take_home import KINDS, Kind, file
from pages.kit.web.files import Refused
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("descent")
FILES = [Path(take_home.__file__), Path(take_home.__file__).with_name("moment.py")]


@pytest.fixture
def live(workers) -> LiveRun:
    run, problems = desk().new_run("descent", {"size": "4", "seed": "3"}, "en")
    assert problems == []
    run.open()
    yield run
    run.close()


@pytest.fixture
def real(monkeypatch) -> LiveRun:
    """A run of a topic that learns, in a worker of this repository."""
    monkeypatch.setattr(pool_module, "ROOT", registry.ROOT.parent)
    topic = next(t for t in registry.topics().values() if Session(t, t.params(), 0, "cpu").weights())
    workers = Pool(size=1)
    workers.start()
    run = LiveRun(topic, topic.params(), 2, workers, device="cpu")
    run.open()
    yield run
    run.close()
    workers.close()


def kind(key: str) -> Kind:
    return next(kind for kind in KINDS if kind.key == key)


def packed_score(now: Moment) -> dict:
    """The score in a moment's code, which main.py beside it plays."""
    with zipfile.ZipFile(io.BytesIO(kind("code").make(now))) as packed:
        return from_file(packed.read("run.json")).model_dump(mode="json")


def test_a_videos_steps_are_those_up_to_the_moment_and_of_twins_both_arms(live):
    live.step(3)
    now = moment(live)
    live.step(9)
    told = json.loads(video_file(live, ["place|distance"], now).make())
    assert told["steps"] == [f"step {step}" for step in now.history.steps] and told["title"]
    assert [(one["title"], len(one["pictures"])) for one in told["panels"]] == [("Place", len(now.history))]
    compare(live, values={"pull": 0.5})
    wait_until(lambda: live.twins.second.session is not None and live.twins.doing == "paused", "the twin was not opened")
    live.twins.step(2)
    told = json.loads(video_file(live, ["distance"]).make())
    assert len(told["panels"]) == 2 and [one["title"][:2] for one in told["panels"]] == ["A ", "B "]
    assert all(len(one["pictures"]) == len(told["steps"]) > 1 for one in told["panels"])


def test_before_a_run_has_begun_there_is_nothing(workers):
    topic = registry.find("descent")
    assert moment(LiveRun(topic, topic.params(), 0, desk().pool)) is None


def test_all_files_are_of_the_step_at_which_they_were_asked_for(live):
    live.step(3)
    live.set({"rate": 0.5})
    live.step(2)
    now = moment(live)
    live.step(40)
    assert now.step == 5 and now.score.changes[0].step == 3 and now.name(".csv") == "descent-seed3-step5.csv"
    rows = list(csv.DictReader(io.StringIO(kind("csv").make(now).decode())))
    assert rows[-1]["step"] == "5"
    frame = now.history.frames[-1]
    assert frame.step == 5 and float(rows[-1]["distance"]) == frame.scalars["distance"]
    arrays = load(kind("arrays").make(now))
    assert arrays.keys() == frame.arrays.keys() and np.array_equal(arrays["point"], frame.arrays["point"])
    text = take_home.whole(now, ["distance"], "dark")
    page = json.loads(re.search(r'id="page">(.*?)</script>', text)[1])
    (part,) = page["parts"]
    (arm,) = part["arms"]
    assert arm["steps"] == now.history.steps and arm["marks"] == [3] and page["theme"] == "dark" and arm["seed"] == 3
    assert packed_score(now) == now.score.model_dump(mode="json")


def test_of_a_comparison_a_branch_and_a_replay_the_code_plays_what_is_on_the_page(live):
    live.step(3)
    live.set({"rate": 0.5})
    live.step(2)
    compare(live, at=3, values={"pull": 0.5})
    wait_until(lambda: live.twins.second.session is not None and live.twins.doing == "paused", "the branch was not opened")
    live.twins.step(4)
    again = replay(live.score, live.pool, "zh", "cpu")
    again.open()
    again.step(4)
    for run in (live, live.twins.second, again):
        now = moment(run)
        score = Score(**packed_score(now))
        assert score.model_dump(mode="json") == now.score.model_dump(mode="json") and score.steps == run.session.step
        assert difference(Session.from_score(score, "cpu").look(), run.recording.newest) is None
    assert live.twins.second.score.changes[-1].values == {"pull": 0.5} and again.score.changes[-1].values == {"rate": 0.5}
    again.close()


def test_a_sweep_is_a_page_of_its_own_as_it_stood_and_a_chapters_has_its_words(live):
    sweep = sweep_of(live)
    assert sweep.kept() is None
    sweep.train({"name": "rate", "low": "0.01", "high": "1", "count": "3", "steps": "20"})
    wait_until(lambda: sweep.poll() and sweep.state == "done", "the sweep was not trained")
    offered = take_home.sweep_file(live, sweep.kept(), ["distance"], "light")
    sweep.close()
    page = json.loads(re.search(r'id="page">(.*?)</script>', offered.make())[1])
    (part,) = page["parts"]
    assert offered.name == "descent-sweep-rate.html" and part["kind"] == "sweep" and len(part["arms"]) == 3
    assert [view["name"] for view in part["views"]] == ["distance"] and part["told"] is None and part["against"]
    live.chapters.open("rates", play=False)
    wait_until(lambda: sweep.planned is not None, "the chapter has planned nothing")
    sweep.begin()
    wait_until(lambda: sweep.poll() and sweep.state == "done", "the chapter's sweep was not trained")
    text = take_home.sweep_file(live, sweep.kept(), ["distance"], "light").make()
    (part,) = json.loads(re.search(r'id="page">(.*?)</script>', text)[1])["parts"]
    assert part["told"]["verdicts"][0]["agrees"] and len(part["arms"]) == 3 and len(text.encode()) < 8_000_000
    sweep.close()


def test_weights_are_those_of_the_moment_even_when_the_run_has_gone_on(real):
    real.step(3)
    now = moment(real)
    own = Session(real.topic, real.params, 2, "cpu")
    own.run(steps=3)
    for _ in range(2):
        learned = load(kind("weights").make(now))
        assert learned.keys() == own.weights().keys()
        assert all(np.array_equal(learned[name], array) for name, array in own.weights().items())
        real.step(4)
    assert real.session.step == 11, "the page's own run was moved"


def test_where_nothing_is_learned_it_is_said_and_the_button_gives_no_file(live):
    now = moment(live)
    with pytest.raises(Refused, match=r"^Nothing is learned with these settings: there are no weights\.$"):
        file(now, kind("weights")).make()
    table = file(now, kind("csv"))
    assert table.make().startswith(b"step,") and table.name == "descent-seed3-step0.csv" and table.mime == "text/csv"


def test_a_lost_worker_is_a_sentence(live):
    live.step(2)
    now = moment(live)
    live.step(1)

    def gone(*_):
        raise WorkerLost("the app is shutting down")

    live.pool = SimpleNamespace(open=gone)
    with pytest.raises(Refused, match="The computing process is gone"):
        file(now, kind("weights")).make()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (BadValue("rate", 99, "0.001 to 10"), "0.001 to 10"),
        (RunFailed({"kind": "failed", "message": "it fell"}), "it fell"),
        (MemoryError(), "not enough memory"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (ValueError("made with the user's own data"), "own data"),
        (KeyError("x"), "cannot be made"),
    ],
)
def test_every_fault_is_a_sentence(live, error, says):
    assert says in sentence(error, live)
    live.language = "zh"
    assert re.search("[\u4e00-\u9fff]", sentence(error, live))


def test_everything_it_says_is_translated():
    said = {text for kind in KINDS for text in (kind.title, kind.help)}
    for node in (node for source in FILES for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("t", "Kind"):
            said |= {part.value for part in node.args if isinstance(part, ast.Constant) and " " in str(part.value)}
    assert len(said) > 20
    assert sorted(text for text in said if not (catalogue("zh", KIT).get(text) and catalogue("zh", KIT).get(text).string)) == []
