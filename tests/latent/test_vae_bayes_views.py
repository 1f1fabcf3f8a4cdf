"""What the pictures and claims of the VAE-as-one-KL lab say, held against the numbers they are made of."""

from dataclasses import replace

import pytest

import engine
from engine.core.picture import Style
from engine.core.topic import Timeline
from engine.latent.filling import rates
from engine.latent.vae_bayes import claims, theory
from engine.latent.vae_bayes.views import terms


def timeline(steps=0, **values):
    session = engine.start("vae-bayes", values, seed=0, device="cpu")
    return Timeline(session.advance(steps=steps) if steps else session.look(), session.params)


def series(picture, field, value):
    return [trace for trace in picture.data if trace.get("marker", {}).get(field) == value]


@pytest.mark.parametrize("beta", [1.0, 3.0])
def test_a_diamond_stands_where_a_click_on_it_leads(beta):
    """The click sets sigma^2; the optimum of such a run is that of (9) at beta sigma^2."""
    now = timeline(beta=beta)
    diamonds = {trace["customdata"][0]: trace for trace in series(terms.plane(now, Style()), "symbol", "diamond")}
    rate, distortion = theory.water_filling(now.frame.arrays["eigenvalues"], 0.1 * beta, 8)
    assert (diamonds[0.1]["x"][0], diamonds[0.1]["y"][0]) == pytest.approx((float(rate), float(distortion)), rel=1e-6)


def test_the_point_is_in_the_picture_before_the_first_step():
    """Its distortion is then several times that of no code at all."""
    picture = terms.plane(timeline(), Style())
    (point,) = [trace for trace in picture.data if trace.get("marker", {}).get("size") == 14]
    assert point["y"][0] < picture.layout["yaxis"]["range"][1] < timeline().frame.scalars["distortion"]
    assert point["marker"]["symbol"] == "triangle-up"


@pytest.mark.parametrize("sigma2", [0.1, 0.45])
def test_marks_of_the_theory_have_room_above_the_bars(sigma2):
    now = timeline(sigma2=sigma2)
    top = terms.water(now, Style()).layout["yaxis2"]["range"][1]
    most = max(rates(now.frame.arrays["eigenvalues"], sigma2, 8).max(), now.frame.arrays["kl_latent"].max())
    assert top > 1.05 * most


def test_an_optimum_is_claimed_only_when_the_run_had_time():
    now = timeline(2)
    later = replace(now, frame=replace(now.frame, step=1000))
    assert claims.rate_fills(now) is None and claims.rate_fills(replace(later, marks=(500,))) is None
    assert claims.rate_fills(later) is not None


@pytest.mark.parametrize(
    ("other", "judged"), [({"sigma2": 0.5}, True), ({"likelihood": "gaussian_learned", "sigma2": 0.5}, False), ({}, False)]
)
def test_ten_times_is_said_of_the_plain_sum_of_squares_alone(other, judged):
    mine = timeline(1, likelihood="gaussian_learned")
    mine = replace(mine, frame=replace(mine.frame, step=900), other=timeline(1, **other))
    assert (claims.ten_times(mine) is not None) == judged
