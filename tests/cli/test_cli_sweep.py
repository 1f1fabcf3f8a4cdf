"""`python -m engine sweep`: the table it writes, and every way to ask for what is not possible."""

from __future__ import annotations

import csv

import pytest

from engine.core.score import Score
from engine.core.session import Session
from tests import toy


def test_the_table_holds_what_each_run_alone_gives(toy_repository, descent, tmp_path):
    command = [
        "-m",
        "engine",
        "sweep",
        "descent",
        "--over",
        "rate=0.01..1:3",
        "--set",
        "size=2",
        "--seed",
        "4",
        "--steps",
        "25",
    ]
    done = toy.python(toy_repository, *command, "--show", "distance", "--out", str(tmp_path / "s"), "--lang", "zh")
    assert done.returncode == 0 and "agreeing claims" in done.stdout, done.stderr
    with (tmp_path / "s" / "table.csv").open() as source:
        rows = list(csv.DictReader(source))
    assert [float(row["rate"]) for row in rows] == [0.01, 0.1, 1.0]
    for row in rows:
        alone = Session.from_score(Score(topic="descent", params={"rate": row["rate"], "size": 2}, seed=4, steps=25), "cpu")
        assert float(row["distance"]) == alone.look().scalars["distance"]
    page = (tmp_path / "s" / "sweep.html").read_text(encoding="utf-8")
    assert '<html lang="zh">' in page and "default-src 'none'" in page and "η = 0.01" in page


def test_a_failed_arm_is_told_and_the_others_stand(toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "sweep", "descent", "--over", "rate=0.1,9", "--steps", "400")
    assert done.returncode == 0 and "squared distance" in done.stdout


def test_when_every_arm_fails_the_status_says_so(toy_repository):
    done = toy.python(toy_repository, "-m", "engine", "sweep", "descent", "--over", "rate=8,9", "--steps", "400")
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--over", "rate"], "LOW..HIGH:COUNT"),
        (["--over", "rate=1"], "2 to 32"),
        (["--over", "rote=1,2"], "rate"),
        (["--over", "rate=1..2:x"], "LOW..HIGH:COUNT"),
        (["--over", "rate=2..1:3"], "smaller value first"),
        (["--over", "rate=0.1,0.2", "--show", "nothing"], "distance"),
        (["--over", "rate=0.1,0.2", "--steps", "0"], "at least 1"),
        (["--over", "shown=point,pair"], "a number, a choice or a switch"),
        (["--over", "rate=0.1,0.2", "--out", "/proc/here"], "--out"),
        (["--over", "rate=0.1,0.2", "--lang", "fr"], "en, zh"),
    ],
)
def test_a_bad_wish_is_one_line(toy_repository, options, says):
    done = toy.python(toy_repository, "-m", "engine", "sweep", "descent", *options)
    assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1, done.stderr
