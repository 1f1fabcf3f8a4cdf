"""Ground truth of the exposure bias lab: closed forms against brute force. Numbers are those measured before the lab was built."""

import itertools

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.special import logsumexp

from engine.generation.exposure_bias import exact, theory
from engine.generation.exposure_bias.two_steps import TwoStep, all_paths, beam_of, critical_v, repair, survives

WORLDS = (
    (0.1, 0.3, 0.0, 8),
    (0.1, 0.3, 0.3, 8),
    (0.05, 0.5, 0.1, 5),
    (0.3, 0.2, 0.6, 8),
    (0.0, 0.8, 0.2, 3),
    (0.2, 1.0, 1.0, 4),
)


def trained_table(eta, delta, r, m):
    """q(y | previous token, reading) from Bayes' rule alone: the input is replaced with chance r in training."""
    prior = (1 - r) * exact.transition(eta, m) + r / m
    table = prior[:, None, :] * exact.emission(delta, m).T[None]
    return table / table.sum(2, keepdims=True)


def simulate(eta, delta, r, m, greedy, chains=40_000, steps=40, seed=0, forced=False):
    """Accuracy by position of that table on its own, from the begin sign (or with the true past)."""
    random = np.random.default_rng(seed)
    y, c = exact.sample(chains, steps, eta, delta, m, random.random((4, chains, steps)))
    table, first = trained_table(eta, delta, r, m), exact.emission(delta, m)
    own, right = None, []
    for t in range(steps):
        past = y[:, t - 1] if forced else own
        q = first[c[:, t]] if t == 0 else table[past, c[:, t]]
        if greedy:  # ties are shared
            q = (q >= q.max(1, keepdims=True) * (1 - 1e-9)).astype(float)
            q /= q.sum(1, keepdims=True)
        own = (q.cumsum(1) < random.random((chains, 1))).sum(1).clip(max=m - 1)
        right.append((own == y[:, t]).mean())
    return np.array(right)


def random_chain(random, m, length):
    """Conditionals q(y_t | history) for every history: a list of (m^t, m) tables."""
    return [random.dirichlet(np.ones(m), size=m**t) for t in range(length)]


def joint_of(chain, m):
    total = np.ones(1)
    for table in chain:
        total = (total[:, None] * table).ravel()
    return total


# 1 ---------------------------------------------------------------------------------------------------------------
def test_teacher_forcing_and_free_running_are_two_expectations_of_the_same_steps():
    """(1) and (2): KL(p||q) sums KL of steps over histories of p, KL(q||p) over histories of q (Huszar 2015)."""
    random, m, length = np.random.default_rng(0), 3, 4
    p, q = random_chain(random, m, length), random_chain(random, m, length)
    joint_p, joint_q = joint_of(p, m), joint_of(q, m)
    forward = sum((joint_of(p[:t], m) * (p[t] * np.log(p[t] / q[t])).sum(1)).sum() for t in range(length))
    reverse = sum((joint_of(q[:t], m) * (q[t] * np.log(q[t] / p[t])).sum(1)).sum() for t in range(length))
    assert abs(forward - (joint_p * np.log(joint_p / joint_q)).sum()) < 1e-12
    assert abs(reverse - (joint_q * np.log(joint_q / joint_p)).sum()) < 1e-12
    running = 0.0
    for t in range(length):
        running += (joint_of(p[:t], m) * 0.5 * np.abs(p[t] - q[t]).sum(1)).sum()
        assert 0.5 * np.abs(joint_of(p[: t + 1], m) - joint_of(q[: t + 1], m)).sum() <= running + 1e-12


# 2 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("greedy", [False, True])
@pytest.mark.parametrize("world", WORLDS)
def test_two_states_describe_the_free_run_exactly(world, greedy):
    """(3)-(6) against 40,000 simulated chains of 40 steps: within 0.01 at every position."""
    eta, delta, r, m = world
    epsilon, rho = theory.rates(eta, delta, m, r, greedy)
    curve = theory.curve(float(epsilon), float(rho), 40, theory.first_accuracy(delta, m, greedy))
    assert np.abs(simulate(eta, delta, r, m, greedy) - curve).max() < 0.01
    taught = simulate(eta, delta, r, m, greedy, forced=True, seed=1)[1:].mean()
    assert abs(taught - (1 - float(epsilon))) < 0.01


# 3 ---------------------------------------------------------------------------------------------------------------
def test_explicit_numbers_of_the_default_compass():
    """eta 0.1, m 8: the numbers a reader can check by hand."""
    epsilon, rho = theory.rates(0.1, 0.3, 8, 0.0)
    assert (float(epsilon), float(rho)) == pytest.approx((0.1400, 0.1590), abs=5e-5)
    assert float(theory.stationary(epsilon, rho)) == pytest.approx(0.5318, abs=5e-5)
    epsilon, rho = theory.rates(0.1, 0.3, 8, 0.0, True)
    assert (float(epsilon), float(rho)) == pytest.approx((0.0875, 0.0125), abs=1e-12)
    assert float(theory.stationary(epsilon, rho)) == pytest.approx(0.125, abs=1e-12)
    epsilon, rho = theory.rates(0.1, 0.3, 8, 0.3, True)
    assert 1 - float(epsilon) == pytest.approx(0.7375, abs=1e-12)
    assert float(theory.stationary(epsilon, rho)) == pytest.approx(0.7375, abs=1e-12)
    assert 1 - float(epsilon + rho) == pytest.approx(0.0, abs=1e-12)
    epsilon, rho = theory.rates(0.1, 0.5, 8, 0.0)
    assert (1 - float(epsilon), float(theory.stationary(epsilon, rho))) == pytest.approx((0.844, 0.318), abs=5e-4)


# 4 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("delta", "critical"), [(0.3, 0.2222), (0.5, 0.4444)])
def test_greedy_decoding_flips_at_the_critical_rate(delta, critical):
    """(7): bisection on the arg max of (4) finds the same rate."""
    assert theory.critical_rate(0.1, delta) == pytest.approx(critical, abs=5e-5)
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        believes_past = theory.conditionals(0.1, delta, 8, middle, True)[2] == 1
        low, high = (middle, high) if believes_past else (low, middle)
    assert low == pytest.approx(theory.critical_rate(0.1, delta), abs=1e-9)


def test_a_source_better_than_the_walk_always_wins():
    """delta < eta: (7) would be negative and is clamped to 0."""
    assert theory.critical_rate(0.2, 0.1) == 0.0
    assert theory.conditionals(0.2, 0.1, 8, 0.0, True)[3] == 1


# 5 ---------------------------------------------------------------------------------------------------------------
def test_entropy_floor_by_enumeration():
    """0.29379 nats for t >= 2; Bayes accuracy 0.9125 greedy, 0.8600 drawing."""
    assert theory.entropy_floor(0.1, 0.3, 8) == pytest.approx(0.29379, abs=5e-6)
    joint = exact.transition(0.1, 8)[:, :, None] * exact.emission(0.3, 8)[None] / 8  # (previous, y, c)
    posterior = joint / joint.sum(1, keepdims=True)
    assert -(joint * np.log(posterior)).sum() == pytest.approx(theory.entropy_floor(0.1, 0.3, 8), abs=1e-12)
    assert joint.max(1).sum() == pytest.approx(0.9125, abs=1e-12)
    assert (joint * posterior).sum() == pytest.approx(0.8600, abs=5e-5)


# 6 ---------------------------------------------------------------------------------------------------------------
def test_expected_errors_sum_the_curve():
    """(6), right formula: equals sum(1 - A_t) from a right start; its rho -> 0 limit; never above the quadratic bound."""
    for eta, delta, r, m in WORLDS:
        for greedy in (False, True):
            epsilon, rho = map(float, theory.rates(eta, delta, m, r, greedy))
            for length in (1, 7, 40, 200):
                one_step = theory.stationary(np.float64(epsilon), np.float64(rho))
                start = float(one_step + (1 - one_step) * (1 - epsilon - rho))  # A_1 when A_0 = 1
                total = (1 - theory.curve(epsilon, rho, length, start)).sum()
                assert float(theory.errors(epsilon, rho, length)) == pytest.approx(total, abs=1e-9)
                assert total <= epsilon * length * (length + 1) / 2 + 1e-9
    assert float(theory.errors(*map(float, theory.rates(0.1, 0.3, 8, 0.0, True)), 40)) == pytest.approx(27.241, abs=5e-4)
    t = np.arange(1, 51)
    assert float(theory.errors(0.03, 0.0, 50)) == pytest.approx((1 - 0.97**t).sum(), abs=1e-9)


# 7 ---------------------------------------------------------------------------------------------------------------
def test_training_on_own_samples_is_replacement_at_its_fixed_point():
    """(8): r* = 0.42420, pi = 0.62883 at delta 0.3; simulated rounds settle there; at delta 1 all structure is lost."""
    own = theory.own_rate(0.1, 0.3, 8)
    assert own == pytest.approx(0.42420, abs=5e-6)
    assert float(theory.stationary(*theory.rates(0.1, 0.3, 8, own))) == pytest.approx(0.62883, abs=5e-6)
    rate, seen = 0.0, []
    for round_ in range(4):  # train on what the last round's decoder visits
        wrong = 1 - simulate(0.1, 0.3, rate, 8, False, chains=20_000, steps=60, seed=round_)[40:].mean()
        rate = wrong * 8 / 7
        seen.append(rate)
    assert seen == pytest.approx([0.537, 0.420, 0.427, 0.424], abs=0.01)
    assert theory.own_rate(0.1, 1.0, 8) == 1.0
    wrong = 0.0
    for _ in range(200):  # every other token is the true one: what is fed is wrong half as often as what it writes
        epsilon, rho = map(float, theory.rates(0.1, 0.3, 8, 8 / 7 * wrong))
        wrong = 0.5 * (wrong * (1 - rho) + (1 - wrong) * epsilon)
    assert theory.own_rate(0.1, 0.3, 8, truth=0.5) == pytest.approx(8 / 7 * wrong, abs=1e-9)
    assert theory.own_rate(0.1, 0.3, 8, truth=1.0) == pytest.approx(0.0, abs=1e-9)
    assert float(theory.stationary(*theory.rates(0.1, 1.0, 8, 1.0))) == pytest.approx(1 / 8, abs=1e-12)


# 8 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("truth", [1.0, 0.5, 0.0])
def test_scheduled_sampling_minimises_to_a_mixture_with_the_marginal(truth):
    """(9), Huszar 2015: numerical minimum of the mixed objective on a random 4 x 4 table, to 1e-6."""
    joint = np.random.default_rng(3).dirichlet(np.ones(16)).reshape(4, 4)
    first, second = theory.scheduled_minimiser(joint, truth)
    weights = truth * joint + (1 - truth) * joint.sum(1)[:, None] * joint.sum(0)[None]

    def objective(flat):
        logits = flat.reshape(4, 4)
        log_q = logits - logsumexp(logits, 1, keepdims=True)
        return -(weights * log_q).sum(), -(weights - weights.sum(1, keepdims=True) * np.exp(log_q)).ravel()

    found = minimize(
        objective, np.zeros(16), jac=True, method="L-BFGS-B", options={"ftol": 1e-16, "gtol": 1e-10, "maxiter": 5000}
    )
    q = np.exp(found.x.reshape(4, 4))
    assert np.abs(q / q.sum(1, keepdims=True) - second).max() < 1e-6
    assert np.abs(first - joint.sum(1)).max() < 1e-15


# 9 ---------------------------------------------------------------------------------------------------------------
def test_exact_local_conditionals_are_not_the_posterior():
    """m 3, T 4, eta 0.2, delta 0.5, c = (0,2,1,1): the MEMM sums to one and is 0.3245 from the posterior; (10) is exact."""
    m, world, c = 3, (0.2, 0.5, 3), np.array([[0, 2, 1, 1]])
    strings = np.array(list(itertools.product(range(m), repeat=4)))
    many = np.repeat(c, len(strings), 0)
    posterior = np.exp(4 * exact.joint_log(strings, many, *world))
    posterior /= posterior.sum()
    local = np.exp(exact.path_log(strings, *exact.local_tables(many, *world)))
    whole = np.exp(exact.path_log(strings, *exact.global_tables(many, *world)))
    assert abs(local.sum() - 1) < 1e-12
    assert 0.5 * np.abs(local - posterior).sum() == pytest.approx(0.3245, abs=5e-5)
    assert 0.5 * np.abs(whole - posterior).sum() < 1e-12
    marginals = np.stack([(posterior[:, None] * (strings == label)).sum(0) for label in range(m)], 1)
    assert np.abs(exact.marginals(c, *world)[0] - marginals).max() < 1e-12
    assert (exact.viterbi(*exact.global_tables(c, *world))[0] == strings[posterior.argmax()]).all()
    assert (exact.viterbi(*exact.local_tables(c, *world))[0] == strings[local.argmax()]).all()
    assert (exact.beam(*exact.local_tables(c, *world), 81)[0] == strings[local.argmax()]).all()


# 10 --------------------------------------------------------------------------------------------------------------
def test_the_exact_full_source_model_has_no_distributional_gap():
    """(10) run freely: as likely per token and as legal as real data, within 3 standard errors."""
    random, world = np.random.default_rng(0), (0.1, 0.3, 8)
    y, c = exact.sample(2000, 64, *world, random.random((4, 2000, 64)))
    own = exact.write(c, *world, random.random((2000, 64)))
    real, written = exact.joint_log(y, c, *world), exact.joint_log(own, c, *world)
    assert abs(real.mean() - written.mean()) < 3 * np.hypot(real.std(), written.std()) / np.sqrt(2000)
    legal = [((path[:, 1:] - path[:, :-1]) % 8 == 1).mean(1) for path in (y, own)]
    assert abs(legal[0].mean() - legal[1].mean()) < 3 * np.hypot(*(part.std() for part in legal)) / np.sqrt(2000)


# 13 --------------------------------------------------------------------------------------------------------------
def test_the_articles_example_to_the_last_digit():
    """kexue.fm/archives/7259: both steps right, (a, b) greedily, (c, d) with two hypotheses."""
    table = TwoStep()
    assert table.joint() == pytest.approx([0.33, 0.27, 0.04, 0.36], abs=1e-12)
    assert (table.beam(1), table.beam(2)) == (0, 3)
    assert -np.log([0.6, 0.55]).sum() == pytest.approx(-np.log(table.joint()[0]), abs=1e-12)
    assert -np.log([0.6, 0.55]) == pytest.approx([0.510826, 0.597837], abs=5e-7)
    assert table.step_gaps() == (0.0, 0.0)
    assert table.sequence_gap() == pytest.approx(np.log(12 / 11), abs=1e-12)
    assert table.critical() == pytest.approx((0.620690, 0.6, 0.825), abs=5e-7)
    tie = TwoStep(0.6, 0.6, 0.9).joint()
    assert abs(tie[0] - tie[3]) < 1e-15
    scores, logs = np.array([0.3, -1.2, 0.7]), np.log(table.joint())
    assert 0 <= logsumexp(scores) - scores.max() <= np.log(3)
    smooth = [logsumexp(g * logs) / g - logs[0] for g in (1, 4, 16, 64)]
    assert smooth == pytest.approx([1.1087, 0.2631, 0.1014, 0.0871], abs=5e-5)


# 15 --------------------------------------------------------------------------------------------------------------
def test_longer_targets_need_surer_steps():
    """(A4) against all 2^T paths, and beam K = 2 against full enumeration."""
    for steps, v, w in itertools.product(range(2, 11), np.arange(0.51, 1.0, 0.02), (0.6, 0.8, 0.9, 1.0)):
        paths = all_paths(v, w, steps)
        assert paths.sum() == pytest.approx(1, abs=1e-9)
        if abs(paths[0] - paths[1:].max()) < 1e-12:
            continue  # a tie
        right = bool(paths[0] > paths[1:].max())
        assert survives(v, w, steps) == right
        assert (beam_of(v, w, steps, 2) > 0) == right
    assert critical_v(1.0, 2) == pytest.approx((np.sqrt(5) - 1) / 2, abs=1e-9)
    assert critical_v(1.0, 5) == pytest.approx(brentq(lambda x: x**5 - 1 + x, 0, 1), abs=1e-9)
    assert critical_v(1.0, 5) == pytest.approx(0.754878, abs=1e-6)
    assert not survives(0.75, 1.0, 5) and survives(0.76, 1.0, 5)


# 16 --------------------------------------------------------------------------------------------------------------
def test_share_of_the_cube_where_search_fails_though_every_step_is_right():
    """u, v, w in [1/2, 1]: 0.056193 by quadrature, and by Monte Carlo."""
    grid = (np.arange(2000) + 0.5) / 4000 + 0.5
    v, w = np.meshgrid(grid, grid)
    share = 8 * np.where(w > v, w / (v + w) - 0.5, 0.0).mean() / 4
    assert share == pytest.approx(0.056193, abs=2e-6)
    u, v, w = np.random.default_rng(0).uniform(0.5, 1, (3, 1_000_000))
    assert (u * v < (1 - u) * w).mean() == pytest.approx(0.056193, abs=1e-3)


def test_the_repaired_rows_reach_what_they_should():
    """Phenomenon 13: steps until K = 2 is right, ceiling on and off (plain gradient descent, rate 0.1)."""
    for penalty, steps in ((1.0, 31), (5.0, 7), (20.0, 2)):
        tracks, right = repair(0.6, 0.55, 0.9, steps=1000, penalty=penalty)
        assert not right[0].any()
        assert np.abs(tracks[0] - 0.9).max() < 1e-12
        assert [int(row.argmax()) for row in right[1:]] == [124, steps, 200]
    assert int(repair(0.6, 0.55, 0.9, rate=0.3)[1][3].argmax()) == 100
    tracks, right = repair(0.6, 0.55, 0.9, ceiling=False)
    assert [int(row.argmax()) for row in right] == [2, 2, 1, 2]
    assert np.abs(tracks[0] - 0.9).max() < 1e-12


def test_no_decoder_is_right_until_the_target_is_named():
    """Phenomenon 14: the pool 33/27/4/36 has this table as its best fit; K = 1 matches 0.33, K = 2 0.36, marginals 0.27."""
    counts = np.array([33, 27, 4, 36])
    u, v, w = counts[:2].sum() / 100, counts[0] / counts[:2].sum(), counts[3] / counts[2:].sum()
    table = TwoStep(u, v, w)
    assert (u, v, w) == pytest.approx((0.6, 0.55, 0.9))
    assert (counts[table.beam(1)], counts[table.beam(2)]) == (33, 36)
    assert table.joint()[[1, 3]].sum() == pytest.approx(0.63) and counts[1] == 27


def test_length_at_which_search_drops_a_sure_target():
    """Phenomenon 15: v = 0.91 from T = 26, a smoothed v = 0.95 from T = 59 (rival with w = 1)."""
    assert next(t for t in range(2, 99) if not survives(0.91, 1.0, t)) == 26
    assert next(t for t in range(2, 99) if not survives(0.95, 1.0, t)) == 59


def test_two_regimes_of_compounding_and_where_they_cross():
    """Phenomenon 12: greedy teacher nearly quadratic, replacement 0.3 linear; crossings by jump rate."""
    teacher = theory.errors(*map(float, theory.rates(0.01, 0.3, 8, 0.0, True)), np.array([20, 40, 80]))
    other = theory.errors(*map(float, theory.rates(0.01, 0.3, 8, 0.3, True)), np.array([20, 40, 80]))
    assert teacher == pytest.approx([1.73, 6.3, 22.1], abs=0.06)
    assert other == pytest.approx([5.25, 10.5, 21.0], abs=1e-9)
    crossings = [theory.crossing(eta, 0.3, 8, 0.3) for eta in (0.005, 0.01, 0.02, 0.05, 0.1)]
    assert crossings == [151, 75, 37, 14, 7]


def test_search_is_not_the_cure():
    """Phenomenon 8: token accuracy of beams on the exact local model, and of the global one (400 sequences of 64)."""
    beams, others = exact.search_study(0.1, 0.3, 8, 64, 400, 0)
    assert beams[0, [0, 1, 2, 3, 5]] == pytest.approx([0.18, 0.48, 0.58, 0.72, 0.78], abs=0.04)
    assert others[0, :3] == pytest.approx([0.777, 0.933, 0.936], abs=0.015)


@pytest.mark.parametrize(("eta", "delta", "m"), [(0.1, 0.3, 8), (0.02, 0.6, 4), (0.3, 0.1, 2)])
def test_standard_error_of_the_best_decoders_loss(eta, delta, m):
    """Surprise of the exact posterior p(y_t | y_{t-1}, c_t) over 64 sequences of 20: its spread over 3000 such tests."""
    random = np.random.default_rng(0)
    y, c = exact.sample(64 * 3000, 20, eta, delta, m, random.random((4, 64 * 3000, 20)))
    first, later = exact.emission(delta, m), exact.transition(eta, m)[:, :, None] * exact.emission(delta, m)[None]
    later = later / later.sum(1, keepdims=True)  # (past, now, reading)
    surprise = np.concatenate(
        [-np.log(first[y[:, :1], c[:, :1]] / first.sum(0)[c[:, :1]]), -np.log(later[y[:, :-1], y[:, 1:], c[:, 1:]])], 1
    )
    means = surprise.mean(1).reshape(3000, 64).mean(1)
    assert means.mean() == pytest.approx(theory.mean_floor(eta, delta, m, 20), rel=0.01)
    assert means.std() == pytest.approx(theory.floor_error(eta, delta, m, 20, 64), rel=0.05)
