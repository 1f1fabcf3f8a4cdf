"""Ground truth of the Nyströmformer lab: the recursion of the iterated inverse, row sums, rank, random features, associativity."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch.nn import functional

from engine.attention.nystromformer import attention, bench, theory
from engine.attention.nystromformer.network import Network
from engine.attention.nystromformer.params import LANDMARKS, LENGTHS, WIDTH, NystromformerParams


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tokens(n: int = 32, d: int = 6, seed: int = 0, *lead: int) -> torch.Tensor:
    return torch.randn(*lead, n, d, generator=generator(seed), dtype=torch.float64)


@pytest.fixture(scope="module")
def approximations() -> bench.Approximations:
    return bench.Approximations(lambda purpose: generator(sum(purpose.encode())))


def settings(**values) -> NystromformerParams:
    return NystromformerParams.build(values)


# 1, 4 --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scale", [0.25, 1.0, 2.0])
@pytest.mark.parametrize("rule", ["segment", "random", "k-means"])
def test_as_many_landmarks_as_tokens_are_exact_and_no_rank_beats_the_decomposition(approximations, scale, rule):
    scalars, arrays = approximations.measure(settings(scale=scale, landmark_rule=rule, landmarks=256, smoothness=0.8), 2)
    assert scalars["error_pinv"] < 1e-6
    singular = scipy.linalg.svdvals(approximations.softmax(scale, 0.8)[0].numpy())
    for place, m in enumerate(LANDMARKS):
        least = math.sqrt((singular[m:] ** 2).sum()) / np.linalg.norm(singular)
        assert arrays["errors"][0, place] == pytest.approx(least, abs=1e-12)
        assert (arrays["errors"][1:, place] >= least - 1e-12).all()


# 2 -----------------------------------------------------------------------------------------------------------------
def test_the_residual_obeys_its_recursion_and_ends_at_the_inverse():
    a = (tokens(12) @ tokens(12, seed=1).mT / 2).softmax(-1)
    v, one = attention.first_guess(a), torch.eye(12, dtype=a.dtype)
    assert torch.linalg.matrix_norm(one - a @ v, 2) < 1
    for _ in range(12):
        residual = one - a @ v
        v = attention.closer(a, v)
        law = residual @ residual @ residual @ (3 * one + residual) / 4
        assert (one - a @ v - law).abs().max() < 1e-13
    assert np.abs(attention.iterated_inverse(a, 60).numpy() - np.linalg.pinv(a.numpy())).max() < 1e-6 * np.abs(v.numpy()).max()


def test_every_matrix_of_a_batch_begins_with_its_own_norms():
    a = (3 * tokens(8, 8, 0, 2, 3)).softmax(-1)
    alone = torch.stack([torch.stack([attention.iterated_inverse(one, 4) for one in row]) for row in a])
    assert (
        torch.equal(attention.iterated_inverse(a, 4), alone) or (attention.iterated_inverse(a, 4) - alone).abs().max() < 1e-12
    )
    sizes = torch.stack([torch.linalg.matrix_norm(one, 1) * torch.linalg.matrix_norm(one, math.inf) for one in a[0]])
    assert torch.allclose(attention.first_guess(a)[0], a[0].mT / sizes[:, None, None], atol=1e-14)


def test_what_passes_is_the_scalar_recursion_and_small_values_grow_by_thirteen_quarters(approximations):
    for steps in (1, 3, 6, 20):
        scalars, arrays = approximations.measure(settings(iterations=steps), 0)
        law = theory.passed(arrays["singular"], scalars["norms"], steps)
        assert np.abs(arrays["passed"] - law).max() < 1e-10 and ((law < 0.999).any() or steps == 20)
    small = np.array(1e-7)
    assert theory.passed(small, 3.0, 3) / theory.passed(small, 3.0, 2) == pytest.approx(13 / 4, rel=1e-3)
    assert theory.passed(theory.half_passed(2.0, 6), 2.0, 6) == pytest.approx(0.5, abs=1e-6)


def test_the_exact_inverse_is_numpys(approximations):
    one = approximations.factors(1.0, 0.95, "segment", 32)
    expected = np.linalg.pinv(one.a.numpy(), rcond=1e-15)
    assert np.allclose(one.inverse.numpy(), expected, atol=1e-9 * np.abs(expected).max())
    assert np.allclose(attention.exact_inverse(one.a).numpy(), expected, atol=1e-9 * np.abs(expected).max())


# 3, 7 --------------------------------------------------------------------------------------------------------------
def test_rows_add_up_to_one(approximations):
    judged = 0
    for m in ("4", "8", "16", "32"):
        for smoothness in (0.5, 0.95):
            p = settings(landmarks=m, smoothness=smoothness, inverse="exact")
            scalars, _ = approximations.measure(p, 0)
            one = approximations.factors(1.0, smoothness, "segment", int(m))
            assert ((one.left @ one.right).sum(-1) - 1).abs().max() < 1e-12
            if scalars["condition"] < 1e4:
                judged += 1
                assert scalars["row_sum_gap"] < 1e-8
    assert judged >= 4


def test_equal_tokens_give_uniform_attention():
    same = torch.ones(32, 4, dtype=torch.float64)
    left, a, right = attention.factors(same, same, same[:8], same[:8])
    assert (left @ right - 1 / 32).abs().max() < 1e-12
    assert (left @ attention.exact_inverse(a) @ right - 1 / 32).abs().max() < 1e-12


# 5 -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("orthogonal", [False, True])
def test_random_features_are_unbiased_and_have_the_variance_of_the_formula(orthogonal):
    q, k = (0.19 * tokens(1, 16, seed) for seed in (3, 4))
    omega = attention.directions(400_000, 16, orthogonal, generator(1))
    one = ((omega @ (q + k).mT).squeeze() - (q.square().sum() + k.square().sum()) / 2).exp()
    mean, squared = float((q * k).sum().exp()), float((q + k).square().sum())
    assert 1 < squared < 1.6
    assert abs(float(one.mean()) - mean) < 4 * float(one.std()) / math.sqrt(len(one))
    assert float(one.var()) / mean**2 == pytest.approx(
        float(theory.relative_variance(squared)), abs=4 * theory.variance_error(squared, len(one))
    )  # a standard error is 2.8 % here: tails are heavy


def test_the_error_of_a_measured_variance_is_the_log_normals():
    squared, samples = 0.8, 500
    z = math.sqrt(squared) * torch.randn(4000, samples, generator=generator(2), dtype=torch.float64) - squared / 2
    found = (z.exp() - 1).square().mean(1)
    assert float(found.std()) == pytest.approx(theory.variance_error(squared, samples), rel=0.15)


def test_orthogonal_directions_are_at_right_angles_with_lengths_of_chi():
    omega = attention.directions(1600, 16, True, generator())
    blocks = omega.unflatten(0, (-1, 16))
    gram = blocks @ blocks.mT
    assert (gram - torch.diag_embed(gram.diagonal(dim1=-2, dim2=-1))).abs().max() < 1e-12
    assert float(omega.square().sum(1).mean()) == pytest.approx(16, rel=0.05)
    assert float(omega.mean()) == pytest.approx(0, abs=0.03)


def test_the_performer_is_the_same_however_its_features_are_guarded():
    q, k, v = (tokens(24, 8, seed) for seed in range(3))
    omega = attention.directions(64, 8, False, generator(5))
    plain = [(x @ omega.mT - x.square().sum(-1, keepdim=True) / 2).exp() for x in (q, k)]
    kernel = plain[0] @ plain[1].mT
    assert torch.allclose(attention.performer_attention(q, k, v, omega), kernel / kernel.sum(-1, keepdim=True) @ v, atol=1e-12)


def test_a_draws_errors_are_those_of_the_first_m_features(approximations):
    p = settings(scale=0.5)
    found, queries = approximations.performer(p, 1)[0], approximations.queries(0.5, 0.95)
    exact, one = approximations.softmax(0.5, 0.95)[0], torch.eye(256, dtype=torch.float64)
    for place, m in enumerate(LANDMARKS):
        rows = attention.performer_attention(queries, queries, one, approximations.omega(0, True)[:m])
        assert found[place] == pytest.approx(float((rows - exact).norm() / exact.norm()), rel=1e-9)


def test_orthogonal_features_are_less_wrong(approximations):
    """At every number of features, mean over fifty draws, where queries are small."""
    both = [approximations.performer(settings(scale=0.35, features=kind), 50).mean(0) for kind in ("orthogonal", "iid")]
    assert (both[0] < both[1]).all()


# 6, 8 --------------------------------------------------------------------------------------------------------------
def test_the_product_can_be_taken_from_the_right():
    q, k, v = (tokens(48, 6, seed) for seed in range(3))
    left, a, right = attention.factors(q, k, attention.segment_means(q, 8), attention.segment_means(k, 8))
    for steps in (6, None):
        middle = attention.exact_inverse(a) if steps is None else attention.iterated_inverse(a, steps)
        whole = (left @ middle @ right) @ v
        assert (attention.nystrom_attention(q, k, v, 8, steps) - whole).abs().max() < 1e-10
    assert (attention.nystrom_attention(q, k, v, 48, None) - attention.softmax_attention(q, k, v)).abs().max() < 1e-8


def test_gradients_of_the_iteration_are_right():
    a = tokens(4, 4).exp().requires_grad_()  # no two rows have the same sum: of equal ones no derivative of the largest exists
    assert torch.autograd.gradcheck(lambda x: attention.iterated_inverse(x, 4), a)


def test_segment_means_are_adaptive_pooling():
    x = tokens(24, 5, 0, 2)
    assert (attention.segment_means(x, 6) - functional.adaptive_avg_pool1d(x.mT, 6).mT).abs().max() < 1e-12
    with pytest.raises(ValueError, match="7 segments"):
        attention.segment_means(x, 7)


def test_counted_multiplications_are_those_of_the_formula():
    for m, steps in ((4, 1), (32, 6), (64, 20)):
        counts = bench.counted(m, steps)
        for row, name in enumerate(bench.COSTS):
            assert np.array_equal(counts[row], theory.operations(name, np.array(LENGTHS), WIDTH, m, steps)), name


def test_the_net_gives_the_same_with_nystrom_of_all_pixels_and_softmax():
    net, pictures = Network(generator()).double(), torch.rand(3, 64, generator=generator(1), dtype=torch.float64)
    soft = net(pictures, attention.softmax_attention)
    full = net(pictures, lambda q, k, v: attention.nystrom_attention(q, k, v, 64, 40))
    assert soft.shape == (3, 10) and (soft - full).abs().max() < 1e-6
