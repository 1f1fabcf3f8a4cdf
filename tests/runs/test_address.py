"""Addresses as chats and mail programs hand them on."""

from __future__ import annotations

import pytest

from engine.core import registry
from engine.core.params import BadValue
from engine.core.score import Score
from engine.runs.address import named, repaired
from engine.runs.link import from_link, to_link
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
