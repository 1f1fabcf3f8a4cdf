"""Addresses as chats and mail programs hand them on."""

from __future__ import annotations

from pathlib import Path
from urllib import parse

import numpy as np
import pytest

from engine.core import registry
from engine.core.params import BadValue
from engine.core.score import Score
from engine.data.formula import formula_data, formula_random
from engine.runs.address import named, repaired
from engine.runs.link import from_link, to_link
from engine.workers.pool import Pool
from pages.kit.live.own_data import ADDRESS, begin_with_formula
from pages.kit.live.runs import Desk
from pages.kit.web.repair import meant

PARAMS = registry.find("vae-geometry").params
GOOD = {"beta": "40.0", "seed": "3"}


@pytest.mark.parametrize(
    "query",
    [
        {"beta": "40.0", "amp;seed": "3"},
        {"beta": "40.0", "seed": "3", "fbclid": "IwAR0", "utm_source": "mail", "gclid": "x", "mc_cid": "1", "igshid": "2"},
        {"beta": "40.0", "amp;amp;seed": "3"},
        *({"beta": "40.0", "seed": "3" + end} for end in (")", ".", ",", ">", '"', "\u200b", "**", "。", "\n", ").", "’")),
        *({"seed": "3", "beta": "40.0" + end} for end in (".", ",", ")", ">", "\u200b", " ")),
        {"beta": "40.0;seed=3"},
        {"Beta": "40.0", "SEED": "3"},
    ],
)
def test_what_a_program_added_is_taken_off(query):
    clean = repaired(query, PARAMS)
    assert PARAMS.build({"beta": clean["beta"]}).beta == 40 and int(clean["seed"]) == 3 and set(clean) == set(GOOD)


def test_choices_are_read_in_their_one_meaning():
    for text in ("digits)", "digits.", "Digits", "DIGITS,"):
        assert repaired({"data": text}, PARAMS)["data"] == "digits"
    schedule = registry.find("exposure-bias").params
    for text in ("inverse sigmoid", "inverse%20sigmoid", "inverse-sigmoid", "Inverse_Sigmoid"):
        assert schedule.read("schedule", repaired({"schedule": text}, schedule)["schedule"]) == "inverse sigmoid"
    racers = registry.find("position-encodings").params
    assert racers.read("contestants", repaired({"contestants": "rope，alibi"}, racers)["contestants"])


def test_what_cannot_be_read_stays_and_is_said():
    assert repaired({"beta": "4,5", "nonsense": "1"}, PARAMS) == {"beta": "4,5", "nonsense": "1"}
    assert repaired({"twin.beta": "40.0)"}, PARAMS) == {"twin.beta": "40.0"} and named({"amp;lang": "en"}) == {"lang": "en"}


@pytest.fixture(scope="module")
def link():
    return to_link(Score(topic="vae-geometry", params={"beta": 40.0}, seed=3, steps=120))


def test_a_replay_survives_what_stands_around_it(link):
    good = from_link(link)
    for text in (link + ")", link + ".", link + ">", link + "\n", link + " ", link + "=", link + "\u200b", link + "。"):
        assert from_link(text) == good
    assert from_link(link[:40] + "\r\n" + link[40:]) == good


def test_a_replay_that_was_cut_says_so(link):
    for count in range(1, 30):
        with pytest.raises(BadValue) as refused:
            from_link(link[:-count])
        assert "cut off" in str(refused.value)


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/vae-geometry?beta=40.0", ("/vae-geometry", "beta=40.0")),
        ("/VAE-Geometry", ("/vae-geometry", "")),
        ("/vae_geometry", ("/vae-geometry", "")),
        ("/vae-geometry)", ("/vae-geometry", "")),
        ("/vae-geometry.", ("/vae-geometry", "")),
        ("/vae-geometry", None),
        ("/vae-geometry/", None),
        ("/", None),
        ("/lab/base/page.css", None),
        ("//example.org", None),
    ],
)
def test_a_damaged_path_leads_to_the_page_that_was_meant(path, right):
    assert meant(path) == right


# ---- every link of tests/data/cases/links.txt, as a browser and the app read it

LINKS = (Path(__file__).parents[1] / "data" / "cases" / "links.txt").read_text(encoding="utf-8")
CIRCLE = "x = cos(t) + 0.05*e; y = sin(2*t)"
SHORT_CIRCLE = "x = cos(t); y = sin(t)"
REPLAY = Score(topic="vae-geometry", params={"beta": 40.0}, seed=3, steps=120)
CASES = eval(
    LINKS.removeprefix("L = "), {"V": "/vae-geometry", "sc": to_link(REPLAY), "F": CIRCLE, "up": parse}
)  # written as Python, for it is made of links
BETA, OWN = {"beta": 40.0}, {"data": "own", ADDRESS: CIRCLE}
CIRCLE_ALONE = {"data": "own", ADDRESS: SHORT_CIRCLE}
DIGITS, RACERS, SIGMOID, NOTHING = (
    {**BETA, "data": "digits"},
    {"contestants": ("rope", "alibi")},
    {"schedule": "inverse sigmoid"},
    {},
)
MEANT = {  # what a link must give; every one that is not named here gives beta 40 and seed 3
    **dict.fromkeys(("paren choice", "dot choice"), DIGITS),
    **dict.fromkeys(
        ("fbclid", "utm", "gclid", "wide digits", "upper key", "upper path", "underscore", "dup", "hash", "?"), BETA
    ),
    **dict.fromkeys((name for name in CASES if name.startswith("formula")), OWN),
    **dict.fromkeys(("formula )", "formula ."), CIRCLE_ALONE),
    **dict.fromkeys((name for name in CASES if name.startswith("space choice")), SIGMOID),
    **dict.fromkeys(("wide comma", "comma encoded"), RACERS),
    **dict.fromkeys(("paren path", "dot path", "beta unicode", "decimal comma", "empty", "score cut"), NOTHING),
    "upper choice": {"data": "digits"},
    "twin amp": {"beta": 8.0, "twin": {"beta": 40.0}},
    **dict.fromkeys(("formula + lost", "formula raw"), NOTHING),
}
TOLD = {  # what is said of a value that has no one meaning; of every other link nothing
    "beta unicode": "no parameter “β”",
    "decimal comma": "beta = 4,5 is not possible",
    "empty": "beta =  is not possible",
    "score cut": "cut off",
    **dict.fromkeys(("formula + lost", "formula raw"), "where a + was lost, write %2B"),
}


@pytest.fixture(scope="module")
def closed():
    """A desk whose workers were not started: nothing is computed here."""
    return Desk(Pool(size=1))


@pytest.mark.parametrize("name", CASES)
def test_every_link_that_was_handed_on_is_what_was_meant_or_is_explained(closed, name):
    """As a page reads it: the path, the pairs behind ?, the run, and the formula of its data."""
    place, _, query = CASES[name].partition("#")[0].partition("?")
    path, inside = meant(parse.unquote(place)) or (place, "")
    address = named(dict(parse.parse_qsl("&".join(filter(None, (inside, query))), keep_blank_values=True)))
    slug, formula = path.strip("/"), address.pop(ADDRESS, None)
    address.pop("lang", None)
    run, problems = closed.new_run(slug, address, "en")
    problems += begin_with_formula(run, formula) if formula is not None else []

    right = dict(MEANT.get(name, {"beta": 40.0, "seed": 3}))
    plain, seed, twin = right.pop(ADDRESS, None), right.pop("seed", run.topic.seed), right.pop("twin", None)
    assert run.params.values() == run.topic.params.build(right).values() and run.seed == seed
    assert run.planned_twin == twin
    assert (run.data is None) == (plain is None)
    assert plain is None or np.array_equal(run.data["x"], formula_data(plain, formula_random(seed))["x"])
    assert [TOLD[name] in str(problem) for problem in problems] == [True] if name in TOLD else problems == []
