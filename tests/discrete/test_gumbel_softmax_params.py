"""Parameters of the Gumbel lab: what is impossible is refused by name."""

import math

import numpy as np
import pytest

from engine.core.params import BadValue
from engine.discrete.gumbel_softmax import estimators
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams

P = np.array([0.5, 0.3, 0.2])


@pytest.mark.parametrize(
    ("name", "value"),
    [("tau", v) for v in (-0.1, 0.001, math.nan)]
    + [("first", -0.2), ("levels", 1), ("classes", 2), ("rloo", 1), ("samples", 0)],
)
def test_impossible_values_are_refused_by_name(name, value):
    with pytest.raises(BadValue) as refusal:
        GumbelSoftmaxParams.build({name: value})
    assert refusal.value.name == name


def test_rules_between_parameters_name_what_is_wrong():
    with pytest.raises(BadValue, match="deselect the exact estimator"):
        GumbelSoftmaxParams.build({"bench": "vae", "variables": 8})
    with pytest.raises(BadValue, match="anneal_until"):
        GumbelSoftmaxParams.build({"schedule": "geometric", "anneal_from": 500.0, "anneal_until": 400.0})
    with pytest.raises(ValueError, match="at least 2 draws"):
        estimators.leave_one_out(np.zeros((5, 1), np.int64), P, np.ones(3))
