"""The lab of text matching: on which side of its bound a claim holds, when it is silent, and what a guess is answered."""

import math
from typing import Any

import numpy as np
import pytest

from engine.core.frame import Frame
from engine.core.topic import Timeline
from engine.language.text_matching import claims, lesson
from engine.language.text_matching.params import STARTS, TextMatchingParams

SCALARS = {
    "auc_scratch": 0.55, "auc_random": 0.6, "auc_frequency": 0.8, "auc_oracle": 0.95,
    "mlm_loss_scratch": 4.0, "mlm_loss_random": 3.5, "mlm_loss_frequency": 3.0, "mlm_loss_oracle": 2.0,
    "unigram_entropy": 3.7, "recovered_frequency": 0.1, "exact_words": 6.0, "rank_error": 7.0,
}  # fmt: skip
FEW = {"labels": 100, "starts": ("random", "frequency")}
LN_71 = math.log(71)


def seen(scalars: dict[str, float] | None = None, step: int = 300, other: Timeline | None = None, **settings: Any) -> Timeline:
    params = TextMatchingParams(**settings)
    return Timeline(Frame(step, SCALARS | (scalars or {}), {}, params.values()), params, other=other)


def twins(all_text: dict[str, float], alone: dict[str, float], **settings: Any) -> Timeline:
    return seen(all_text, 400, seen(alone, 400, training="labels", **FEW), **(FEW | settings))


@pytest.mark.parametrize(
    ("claim", "output", "good", "bad", "settings"),
    [
        (claims.ceiling, "auc_oracle", 0.89, 0.87, {}), (claims.stuck, "auc_scratch", 0.64, 0.66, {}),
        (claims.leads, "auc_frequency", 0.65, 0.63, {}), (claims.leads, "auc_random", 0.75, 0.77, {}),
        (claims.unbroken, "recovered_frequency", 0.19, 0.21, {}), (claims.below, "mlm_loss_oracle", 3.69, 3.71, {}),
        (claims.mostly_wrong, "exact_words", 3, 2, {}), (claims.mostly_wrong, "exact_words", 12, 13, {}),
        (claims.off, "rank_error", 4, 3, {}), (claims.off, "rank_error", 14, 15, {}),
        (claims.same_intents, "exact_words", 12, 11, {"domain_shift": 0.0}),
        (claims.near, "rank_error", 2, 3, {"domain_shift": 0.0}),
    ],
)  # fmt: skip
def test_a_claim_holds_on_one_side_of_its_bound(claim, output, good, bad, settings):
    assert claim(seen({output: good}, **settings)).agrees and not claim(seen({output: bad}, **settings)).agrees
    assert claim(seen({output: math.nan}, **settings)).agrees is False


def test_a_claim_of_learning_is_silent_where_another_run_is_seen():
    for claim, needed in (
        (claims.ceiling, "oracle"), (claims.stuck, "scratch"), (claims.leads, "random"), (claims.unbroken, "frequency"),
        (claims.below, "oracle"),
    ):  # fmt: skip
        assert claim(seen(threshold=0.7, pair=5, looked="random")) is not None
        for other in ({"step": 299}, {"labels": 301}, {"training": "labels"}, {"frozen": True}):
            assert claim(seen(**other)) is None, other
        assert claim(seen(starts=tuple(name for name in STARTS if name != needed))) is None
    for claim in (claims.mostly_wrong, claims.off):
        assert claim(seen(step=0, training="labels")) is not None is claim(seen(domain_shift=0.5)) is claim(seen(hints=1))
        assert claim(seen(cipher_pairs=2999)) is None
    assert claims.same_intents(seen()) is claims.near(seen()) is None


def test_a_claim_of_counting_finds_its_arm_of_a_sweep():
    arms = {value: seen({"exact_words": 30 - 20 * value}, domain_shift=value) for value in (0.0, 0.5, 1.0)}
    swept = Timeline(seen(domain_shift=0.5).frame, TextMatchingParams(domain_shift=0.5), arms=arms)
    assert claims.same_intents(swept).measured == 30 and claims.mostly_wrong(swept).measured == 10
    assert lesson.shifted(swept) == {"none_words": 30, "all_words": 10, "none_error": 7, "all_error": 7}


def test_a_network_that_begins_knows_nothing():
    begun = lambda loss, **more: claims.blank(seen({"mlm_loss_scratch": loss}, 0, **more))  # noqa: E731
    assert begun(LN_71 + 0.29).agrees and begun(LN_71 - 0.29).agrees and not begun(LN_71 + 0.31).agrees
    history = {"step": np.array([0.0, 25.0]), "mlm_loss_scratch": np.array([4.3, 3.0])}
    late = Timeline(seen().frame, TextMatchingParams(), history)
    assert claims.blank(late).measured == 4.3  # what it was at first
    assert begun(4.3, data="own", starts=("scratch",)) is claims.blank(seen()) is None


def test_text_without_labels_gains_what_the_twin_with_labels_alone_lacks():
    alone = {"auc_random": 0.68, "auc_frequency": 0.7, "mlm_loss_random": 4.4, "mlm_loss_frequency": 4.3}
    run = twins({"auc_random": 0.7, "auc_frequency": 0.75}, alone)
    assert claims.gains(run) == pytest.approx({"random": 0.02, "frequency": 0.05})
    assert claims.reads(run).measured == pytest.approx(0.035) and claims.reads(run).agrees
    assert claims.unlearns(run).measured == 4.3 and claims.unlearns(run).agrees
    assert not claims.reads(twins({"auc_random": 0.55}, {"auc_random": 0.58})).agrees
    assert not claims.unlearns(twins({}, {"mlm_loss_random": 4.4, "mlm_loss_frequency": 4.2})).agrees
    for silent in (seen(None, 400, **FEW), seen(None, 400, seen(None, 400, **FEW), **FEW), twins({}, {}, mask_rate=0.2)):
        assert claims.reads(silent) is claims.unlearns(silent) is None


def test_a_guess_is_answered_by_what_the_run_shows():
    shares = [lesson.found_starts(seen({"auc_frequency": value})) for value in (0.65, 0.66, 0.89, 0.9)]
    assert shares == ["nothing", "part", "part", "all"]
    assert lesson.found_starts(seen(step=299)) is None
    words = [lesson.found_counting(seen({"exact_words": value})) for value in (16, 17, 48, 49)]
    assert words == ["few", "half", "half", "most"]
    gained = [lesson.found_unlabelled(twins({"auc_frequency": 0.8 + value}, {})) for value in (-0.04, -0.02, 0.02, 0.04)]
    assert gained == ["less", "same", "same", "more"] and lesson.found_unlabelled(seen()) is None
