"""A person who follows the README and nothing else has a topic that runs, and passes the contract."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests import toy
from tests.contract.conftest import slugs


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    made = toy.copy(tmp_path_factory.mktemp("newcomer"))
    toy.add_coin(made)
    toy.add_contract_tests(made)
    return made


def test_the_guide_shows_every_file_of_a_topic_that_is_code():
    shown = toy.blocks((toy.ROOT / "README.md").read_text(encoding="utf-8"))
    needed = [f"engine/training/coin/{name}.py" for name in ("__init__", "params", "lesson", "model", "views")]
    assert shown.keys() >= {*needed, "pages/training/coin.py"}
    told = [content for path, content in shown.items() if not path.endswith(".po")]
    assert sum(len(content.splitlines()) for content in told) < 150


def test_the_toy_topic_is_found_by_its_place(repository):
    done = toy.python(repository, "-m", "engine", "list", "--json")
    assert done.returncode == 0, done.stderr
    assert [topic["slug"] for topic in json.loads(done.stdout)] == ["coin"]


def test_the_toy_topic_runs_is_steered_and_replays(repository, tmp_path):
    out = tmp_path / "run"
    done = toy.python(
        repository, "-m", "engine", "run", "coin", "--set", "bias=0.9", "--at", "10:bias=0.2", "--steps", "20", "--out", out
    )
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in out.iterdir()) == [
        "last.safetensors",
        "report.html",
        "run.json",
        "scalars.csv",
        "scalars.parquet",
    ]
    done = toy.python(repository, "-m", "engine", "replay", out, "--check")
    assert done.returncode == 0 and "bit for bit" in done.stdout, done.stderr


def test_the_toy_topic_passes_the_contract_with_its_words_and_its_recorded_picture(repository):
    recorded = toy.python(repository, "-m", "engine", "record", "coin")
    assert recorded.returncode == 0, recorded.stderr
    done = toy.python(
        repository, "-m", "pytest", "tests/contract", "--topic", "coin", "-p", "no:cacheprovider", "-p", "no:xdist"
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 50 and "skipped" not in done.stdout


PAGE = """
import sys
from streamlit.testing.v1 import AppTest
for language in ("en", "zh"):
    at = AppTest.from_file("pages/training/coin.py", default_timeout=30)
    at.session_state["language"] = language
    at.query_params["bias"] = "2"
    at.run()
    assert not at.exception, at.exception
    print(at.warning[0].value)
from pages.kit.live.runs import desk
desk().close()
"""


def test_the_toy_topics_chapter_is_borne_out(repository):
    done = toy.python(repository, "-m", "engine", "check", "coin")
    assert done.returncode == 0 and "agrees" in done.stdout, done.stderr


def test_the_toy_topics_page_opens_in_both_languages_and_names_a_bad_link(repository):
    done = toy.python(repository, "-c", PAGE)
    assert done.returncode == 0, done.stderr[-3000:]
    english, chinese = [line for line in done.stdout.splitlines() if "bias" in line][:2]
    assert "Bias" in english and "默认" in chinese


def test_an_unknown_topic_for_the_contract_is_refused(request, monkeypatch):
    monkeypatch.setattr(request.config.option, "topic", ["coins"])
    with pytest.raises(pytest.UsageError, match="there is no topic coins; there are"):
        slugs(request.config)
