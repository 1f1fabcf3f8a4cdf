"""A sweep as one HTML page: its models, their numbers against the parameter, and what is said of those that failed."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest

from engine.core import wire
from engine.core.language import KIT, catalogue, translator
from engine.core.picture import Style
from engine.plot.packing import encode
from engine.runs.history_page import AGAINST, NOTHING
from engine.sweeps.page import missing, models_of, page_of, swept_part
from engine.sweeps.summary import CLAIM, Results
from tests.sweeps.test_sweep import run, sweep  # noqa: F401
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("descent")


def contents(text: str) -> tuple[dict, list[dict[str, list[str]]]]:
    """What the page says of its one sweep, with what it says of itself, and the pictures of each model."""
    page, (pictures,) = (json.loads(re.search(rf'id="{name}">(.*?)</script>', text)[1]) for name in ("page", "pictures"))
    (part,) = page.pop("parts")
    return {**page, **part}, pictures


def unpacked(packed: str) -> bytes:
    return zlib.decompress(base64.b64decode(packed))


def test_every_model_is_in_it_and_every_number_against_the_parameter_with_the_theory(sweep, descent):  # noqa: F811
    done = run(sweep("rate", (0.4, 0.1, 0.2), params={"noise": False}))
    text = page_of(done, "en", "dark")
    page, pictures = contents(text)
    assert (page["kind"], page["blends"], page["theme"]) == ("sweep", True, "dark")
    assert [arm["name"] for arm in page["arms"]] == ["η = 0.1", "η = 0.2", "η = 0.4"]  # a slider goes upwards
    assert page["arms"][page["shown"]]["name"] == "η = 0.1" and page["axis"]["log"]
    assert page["axis"]["places"] == pytest.approx(np.log10([0.1, 0.2, 0.4]))
    assert all(arm["steps"][0] == 0 and arm["steps"][-1] == 40 for arm in page["arms"])
    quantities = {one["name"]: one["kind"] for one in page["against"]}
    assert quantities == {f"{CLAIM}bottom": "claim", "distance": "scalar", "seen": "scalar"}
    assert page["beside"] == f"{CLAIM}bottom"
    models = models_of(done)
    values = sorted(models)
    lines = [done.timeline(done.plan.values.index(value)) for value in values]
    t = translator("en", "descent")
    results = Results(descent, "rate", values, lines, t)
    assert results.table["distance"].tolist() == [line.frame.scalars["distance"] for line in lines]
    for name in quantities:
        drawn = {theme: results.draw(name, Style(theme, "en", t)) for theme in ("light", "dark")}
        assert unpacked(pictures[0][f"{AGAINST}{name}"][0]) == encode({}, drawn)
    header, _ = wire.unpack(unpacked(pictures[0][f"{AGAINST}{CLAIM}bottom"][0]))
    lines_of = [trace.get("line", {}).get("dash") for trace in header["figures"]["light"]["data"]]
    assert "dash" in lines_of, "the theory is not drawn beside what was measured"


def test_it_asks_nobody_and_stays_small_in_both_languages(sweep):  # noqa: F811
    done = run(sweep("rate", tuple(np.linspace(0.01, 0.5, 32).round(3)), steps=60))
    for language in ("en", "zh"):
        text = page_of(done, language)
        assert len(text.encode()) < 8_000_000
        assert "default-src 'none'" in text and not re.search(r'(?:src|href)="(?!data:)', text)
        page, _ = contents(text)
        assert page["labels"].get("glideSummary", "Against the parameter") == translator(language)("Against the parameter")
        assert f'<html lang="{language}">' in text and page["axis"]["words"] == "Rate (η)"


def test_names_seeds_and_switches_have_no_between(sweep, descent):  # noqa: F811
    for name, values in (("seed", (3, 0)), ("noise", (False, True))):
        page, pictures = contents(page_of(run(sweep(name, values, steps=10)), "en"))
        assert not page["blends"] and len(pictures) == 2 and page["axis"]["places"] == [0.0, 1.0]


def test_a_model_that_failed_is_missing_and_it_is_said_why(sweep):  # noqa: F811
    done = run(sweep("rate", (0.1, 9.0, 0.2), steps=400))
    page, _ = contents(page_of(done, "en"))
    assert [arm["name"] for arm in page["arms"]] == ["η = 0.1", "η = 0.2"]
    (said,) = page["missing"]
    assert said.startswith("η = 9. Diverged: ") and "at step" in said
    (said,) = missing(done, translator("zh", "descent"))
    assert re.search("[\u4e00-\u9fff]", said)
    lost = run(sweep("rate", (9.0, 8.0), steps=400))
    with pytest.raises(ValueError, match=NOTHING):
        page_of(lost, "en")


def test_what_was_taken_does_not_change_with_the_sweep(sweep, descent):  # noqa: F811
    one = sweep("rate", (0.1, 0.2), steps=10**6)
    one.start()
    one.poll()
    models = models_of(one)
    before = [history.steps for _, history in models.values()]
    wait_until(lambda: one.poll() and [arm.history.steps for arm in one.arms] != before, "it did not go on")
    assert [history.steps for _, history in models.values()] == before
    part = swept_part(descent, "rate", models, ["distance"], Style(t=translator("en", "descent")), own=0.2)
    assert part.shown == 1


def test_what_it_says_is_translated():
    for text in (
        "The sweep in one page",
        "Sweep (HTML)",
        "Against the parameter",
        "This model needs more memory than there is.",
    ):
        assert catalogue("zh", KIT).get(text).string
