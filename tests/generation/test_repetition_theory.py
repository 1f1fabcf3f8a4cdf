"""Ground truth of the repetition lab: closed walks against enumeration, bounds, invariances, loops against simulation."""

import itertools
import math

import numpy as np
import pytest

from engine.generation.repetition import sources, theory
from engine.generation.repetition.params import RepetitionParams

RANDOM = np.random.default_rng(7)


def tables(n: int, count: int, concentration: float = 0.5) -> np.ndarray:
    """Random tables (count, n, n + 1), some entries 0."""
    made = RANDOM.dirichlet(np.full(n + 1, concentration), (count, n))
    made = np.where(RANDOM.random(made.shape) < 0.25, 0.0, made)
    made[..., -1] += 1e-3
    return made / made.sum(-1, keepdims=True)


def closed(matrix: np.ndarray, k: int) -> list[float]:
    """Products along all closed walks of length k."""
    n = len(matrix)
    return [
        math.prod(matrix[a, b] for a, b in zip(walk, (*walk[1:], walk[0]), strict=True))
        for walk in itertools.product(range(n), repeat=k)
    ]


def ring(n: int, q: float) -> np.ndarray:
    return q * np.roll(np.eye(n), 1, axis=1)


# 1, 2 ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [1, 2, 3])
def test_closed_walks_are_those_of_enumeration(k):
    for table in tables(6, 5):
        p = table[:, :-1]
        products = np.array(closed(p, k))
        trace, bound, many = theory.walks(p)[k - 1]
        assert trace == pytest.approx((products**2).sum(), abs=1e-14)
        assert many == (products > 0).sum()
        assert bound == pytest.approx(products.sum() ** 2 / max(many, 1), abs=1e-13) and bound <= trace + 1e-15


def test_the_resolvent_is_the_sum_over_eigenvalues_and_over_walks():
    for table in tables(6, 20):
        a = table[:, :-1] ** 2
        values = np.linalg.eigvals(a)
        total = (values / (1 - values)).sum()
        assert abs(total.imag) < 1e-10 and theory.risk(a) == pytest.approx(total.real, abs=1e-10)
        series = sum(np.trace(np.linalg.matrix_power(a, k)) for k in range(1, 400))
        assert theory.risk(a) == pytest.approx(series, rel=1e-9)


# 3 ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [2, 5, 11])
def test_uniform_rows_and_a_leaky_ring(n):
    assert theory.risk(np.full((n, n), 1 / n) ** 2) == pytest.approx(1 / (n - 1), abs=1e-12)
    q = 0.83
    assert theory.risk(ring(n, q) ** 2) == pytest.approx(n * q ** (2 * n) / (1 - q ** (2 * n)), abs=1e-12)
    assert theory.radius(ring(n, q) ** 2) == pytest.approx(q**2, abs=1e-12)


# 4 ---------------------------------------------------------------------------------------------------------------
def test_bounds_hold_for_a_thousand_tables():
    for table in tables(6, 1000):
        p = table[:, :-1]
        a = p * p
        rho, sums = theory.radius(a), a.sum(1)
        assert sums.min() - 1e-12 <= rho <= sums.max() + 1e-12
        assert theory.risk(a) <= theory.risk_bound(rho, 6) + 1e-12
        assert (sums >= p.sum(1) ** 2 / 6 - 1e-15).all()
        found = theory.walks(p)
        assert (found[:, 1] <= found[:, 0] * (1 + 1e-12) + 1e-16).all()


def test_the_papers_quantity_is_another_one():
    p = tables(6, 1)[0][:, :-1]
    square = np.linalg.matrix_power(p, 2)
    assert abs(np.trace(square @ square) - (np.diag(square) ** 2).sum()) > 1e-3


def test_the_articles_count_of_walks_is_no_bound():
    """Without loops of length 1 the estimate of N_k may be too small, and the "bound" too high."""
    beyond = []
    for table in tables(4, 300, 5.0):
        p = table[:, :-1]
        found, filled = theory.walks(p), (p > 0).mean() * 4
        guess = theory.estimate(found, filled)
        powers = [np.trace(np.linalg.matrix_power(p, k)) ** 2 / filled**k for k in range(1, 9)]
        assert guess == pytest.approx(np.array(powers), rel=1e-9)
        beyond.append((guess > found[:, 0] * (1 + 1e-9)).any())
    assert any(beyond)


# 5 ---------------------------------------------------------------------------------------------------------------
def test_words_of_two_characters_change_the_risk_and_not_the_text():
    words = tables(5, 1)[0][:, :-1]
    characters = np.zeros((10, 10))
    characters[np.arange(0, 10, 2), np.arange(1, 10, 2)] = 1.0  # the first is always followed by the second
    characters[1::2, 0::2] = words
    assert theory.risk(characters**2) == pytest.approx(2 * theory.risk(words**2), rel=1e-10)
    assert theory.radius(characters**2) ** 2 == pytest.approx(theory.radius(words**2), abs=1e-10)


# 6 ---------------------------------------------------------------------------------------------------------------
def brute(text: np.ndarray) -> list[tuple[int, int]]:
    """Loops (t, k) of one text by their definition."""
    length = len(text)
    return [
        (t, k)
        for k in range(1, length)
        for t in range(length - 2 * k)
        if all(text[u] == text[u + k] for u in range(t, t + k + 1))
    ]


def test_loops_are_counted_as_they_are_defined():
    for length in (1, 2, 3, 7, 30):
        text = RANDOM.integers(0, 3, length)
        padded = np.full((2, 40), -1)
        padded[0, :length] = padded[1, :length] = text
        loops = brute(text)
        assert theory.count(padded).tolist() == [len(loops)] * 2
        inside = np.zeros(40, int)
        for t, k in sorted(loops, key=lambda loop: -loop[1]):
            inside[t : t + 2 * k + 1] = k
        assert theory.stuck(padded)[0].tolist() == inside.tolist()
    article = np.array([ord(sign) for sign in "ABCDBCDBCDEF"])
    assert (1, 3) in brute(article) and theory.count(article[None])[0] == len(brute(article))


@pytest.mark.parametrize("start", [np.eye(5)[0], np.full(5, 0.2)])
def test_expected_loops_are_those_of_simulation(start):
    table = tables(5, 1, 0.4)[0]
    table[:, -1] += 0.1
    table /= table.sum(1, keepdims=True)
    e = theory.expected(table[:, :-1], start)
    texts = theory.write(table, start, RANDOM.random((10_000, 400)))
    assert (texts[:, -1] < 0).all()  # nothing is cut off
    for exact, found in ((e.events, theory.count(texts)), (e.length, (texts >= 0).sum(1))):
        assert abs(found.mean() - exact) < 4 * found.std() / 100
    visits = np.array([(texts == k).sum() for k in range(5)]) / 10_000
    assert visits == pytest.approx(e.visits, rel=0.06, abs=0.01)


def test_without_an_end_there_is_a_rate():
    table = np.column_stack([RANDOM.dirichlet(np.full(4, 0.5), 4), np.zeros(4)])
    e = theory.expected(table[:, :-1], np.full(4, 0.25))
    values, vectors = np.linalg.eig(table[:, :-1].T)
    stationary = vectors[:, np.argmin(abs(values - 1))].real
    stationary /= stationary.sum()
    a = table[:, :-1] ** 2
    exact = stationary @ np.diag(a @ np.linalg.inv(np.eye(4) - a))
    assert e.events == math.inf and e.length == math.inf and e.rate == pytest.approx(exact, rel=1e-5)
    texts = theory.write(table, np.full(4, 0.25), RANDOM.random((300, 1000)))
    found = sum(theory.matches(texts.T, k).sum() for k in range(1, 60)) / texts.size
    assert found == pytest.approx(exact, rel=0.1)


def test_what_no_text_comes_to_does_not_count():
    table = np.array([[0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0]])  # 1 and 2 loop for ever
    e = theory.expected(table[:, :-1], np.array([1.0, 0.0, 0.0]))
    assert e.length == pytest.approx(2.0) and e.visits.tolist() == pytest.approx([2.0, 0.0, 0.0])
    assert theory.radius(table[:, :-1] ** 2) == pytest.approx(1.0)


# 7, 8 ------------------------------------------------------------------------------------------------------------
def test_greedy_ends_in_a_cycle():
    for table in tables(9, 30, 1.0):
        table[:, -1] = table[:, :-1].min(1) / 2
        greedy = theory.cut(table / table.sum(1, keepdims=True), 1)
        text = theory.write(greedy, np.full(9, 1 / 9), RANDOM.random((4, 60)))
        for row in text:
            periods = [(t, k) for t in range(10) for k in range(1, 10) if t + k <= 9 and (row[t:-k] == row[t + k :]).all()]
            assert periods
        p = greedy[:, :-1]
        assert theory.radius(p * p) == pytest.approx(1.0, abs=1e-9) and theory.risk(p * p) == math.inf


def test_knobs_that_are_off_change_nothing():
    table = tables(6, 1)[0]
    assert np.abs(theory.cut(theory.heated(table, 1.0), 7, 1.0) - table).max() < 1e-15
    assert np.array_equal(theory.sharpened(table, 2, 3, 0.0), table)


def test_knobs():
    row = np.array([[0.2, 0.4, 0.2, 0.0, 0.2]])
    assert theory.cut(row, 2)[0].tolist() == pytest.approx([1 / 3, 2 / 3, 0, 0, 0])  # of equal entries the earlier
    assert theory.cut(row, 2, keep_last=True)[0].tolist() == pytest.approx([0.25, 0.5, 0, 0, 0.25])
    assert theory.cut(row, None, 0.6)[0].tolist() == pytest.approx([1 / 3, 2 / 3, 0, 0, 0])  # 0.4 + 0.2 is enough
    assert theory.cut(np.array([[0.5, 0.25, 0.25]]), None, 0.5)[0].tolist() == [1, 0, 0]  # as is 0.5 alone
    assert theory.cut(np.array([[0.5, 0.25, 0.25]]), 2)[0].tolist() == pytest.approx([2 / 3, 1 / 3, 0])  # all but one
    assert theory.cut(row, None, 0.61)[0].tolist() == pytest.approx([0.25, 0.5, 0.25, 0, 0])
    assert theory.cut(row, None, 0.1, keep_last=True)[0].tolist() == pytest.approx([0, 2 / 3, 0, 0, 1 / 3])
    hot = theory.heated(row, 2.0)[0]
    assert hot[3] == 0 and hot[1] / hot[0] == pytest.approx(math.sqrt(2)) and hot.sum() == pytest.approx(1)
    assert theory.heated(np.array([[1e-300, 1.0, 0.0]]), 0.2)[0].tolist() == [0.0, 1.0, 0.0]
    assert theory.sharpened(row, 0, 3, 0.5)[0].tolist() == pytest.approx([0.1, 0.2, 0.1, 0.5, 0.1])


# beyond ----------------------------------------------------------------------------------------------------------
def test_the_slope_of_the_risk_is_that_of_differences():
    p = tables(5, 1)[0][:, :-1] * 0.9
    slope = theory.risk_slope(p)
    for i, j in itertools.product(range(5), range(5)):
        step = 1e-6 * (np.arange(5)[:, None] == i) * (np.arange(5) == j)
        assert (theory.risk((p + step) ** 2) - theory.risk((p - step) ** 2)) / 2e-6 == pytest.approx(
            slope[i, j], rel=1e-5, abs=1e-8
        )


def test_sentences_of_a_text():
    assert sources.cleaned("Ab,  c-D.  \n.e5f. Été") == ["ab c d", "e f", "t"]
    assert sources.cleaned("我爱你。他 爱我.") == ["我爱你", "他 爱我"]
    source = sources.of_sentences(["ab", "a b", "b"])
    assert source.names == (" ", "a", "b") and source.start.tolist() == pytest.approx([0, 2 / 3, 1 / 3])
    assert source.table.tolist() == [[0, 0, 1, 0], [0.5, 0, 0.5, 0], [0, 0, 0, 1]]
    assert source.stream.tolist() == [1, 2, 3, 1, 0, 2, 3, 2, 3]


def test_merging_joins_from_left_to_right_until_nothing_is_left():
    assert list(sources.joined("aaab", {("a", "a")})) == ["aa", "a", "b"]
    whole = sources.merged(sources.of_sentences(["abab", "abb"]), 0.9)
    assert all((whole.table[:, :-1] <= 0.9).ravel()) and "ab" in whole.names
    assert ["".join(sentence) for sentence in whole.sentences] == ["abab", "abb"]


def test_a_matrix_of_ones_own_is_checked():
    with pytest.raises(ValueError, match=r"Row 2 adds up to 1\.2"):
        sources.of_matrix(np.array([[0.5, 0.5], [0.6, 0.6]]))
    with pytest.raises(ValueError, match="Row 1, column 2 is below 0"):
        sources.of_matrix(np.array([[0.5, -0.1], [0.6, 0.1]]))
    with pytest.raises(ValueError, match="3 rows of 2"):
        sources.of_matrix(np.ones((3, 2)) / 4)
    assert sources.of_matrix(ring(3, 1.0)).table[:, -1].tolist() == [0, 0, 0]


def test_random_rows_need_no_file():
    source = sources.build(RepetitionParams(source="dirichlet", size=4), 3, None)
    assert source.table.shape == (4, 5) and source.table.sum(1) == pytest.approx(1)
