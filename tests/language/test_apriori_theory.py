"""Apriori against brute force, identities, scipy's exact test and the article's figures."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.stats import false_discovery_control, fisher_exact

from engine.core.params import BadValue
from engine.language.apriori import theory
from engine.language.apriori.baskets import Baskets, gathered, generator, numbered, quest, read, shuffled
from engine.language.apriori.mining import Table, advance, bit_sets, mine, pair_counts, popcount, threshold
from engine.language.apriori.order import matches, order


def table_of(rows: np.ndarray) -> Baskets:
    """Baskets of a boolean table (N, m)."""
    return gathered(*np.nonzero(rows), len(rows), numbered(rows.shape[1]))


def answer(mined: Table) -> dict[tuple[int, ...], int]:
    """All frequent sets with their counts."""
    return {
        tuple(row): count
        for level in mined.levels
        for row, count in zip(level.sets.tolist(), level.counts.tolist(), strict=True)
    }


def brute(rows: np.ndarray, least: int) -> dict[tuple[int, ...], int]:
    """The same from all 2^m - 1 sets."""
    every = (chosen for size in range(1, rows.shape[1] + 1) for chosen in combinations(range(rows.shape[1]), size))
    counts = {chosen: int(rows[:, chosen].all(1).sum()) for chosen in every}
    return {chosen: count for chosen, count in counts.items() if count >= least}


@pytest.mark.parametrize("seed", range(20))
def test_the_frequent_sets_are_those_of_brute_force(seed):
    random = np.random.default_rng(seed)
    rows = random.random((int(random.integers(1, 61)), int(random.integers(2, 10)))) < random.uniform(0.2, 0.8)
    for least in (1, 3, 8):
        wanted = brute(rows, least)
        for prune in (True, False):
            assert answer(mine(table_of(rows), least, prune)) == wanted


def test_set_counts_of_a_size_add_up_to_the_subsets_of_the_baskets():
    rows = np.random.default_rng(1).random((90, 12)) < 0.4
    mined = mine(table_of(rows), 1)
    for level in mined.levels:
        assert level.counts.sum() == sum(comb(int(size), level.size) for size in rows.sum(1))


def test_copies_of_one_basket_have_all_subsets_at_support_1():
    mined = mine(table_of(np.ones((7, 6), bool)), 7)
    assert len(answer(mined)) == 2**6 - 1 and set(answer(mined).values()) == {7}
    assert mined.levels[1].candidates == comb(6, 2)


def test_permuted_items_and_baskets_permute_the_answer_and_an_empty_basket_changes_none():
    random = np.random.default_rng(2)
    rows = random.random((80, 9)) < 0.4
    wanted, order = answer(mine(table_of(rows), 6)), random.permutation(9)
    mixed = answer(mine(table_of(rows[random.permutation(80)][:, order]), 6))
    assert {tuple(sorted(int(order[j]) for j in chosen)): count for chosen, count in mixed.items()} == wanted
    assert answer(mine(table_of(np.vstack([rows[:9], np.zeros((1, 9), bool), rows[9:]])), 6)) == wanted


@pytest.mark.parametrize("count", [1, 63, 64, 65, 32_768, 32_769])
def test_bits_are_right_at_the_ends_of_words_and_blocks(count):
    rows = np.random.default_rng(count).random((count, 3)) < 0.5
    bits = bit_sets(table_of(rows), np.arange(3))
    unpacked = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")
    np.testing.assert_array_equal(unpacked[:, :count], rows.T)
    assert unpacked[:, count:].sum() == 0
    np.testing.assert_array_equal(popcount(bits), rows.sum(0))


def test_bits_made_anew_from_items_and_the_sparse_product_count_alike(monkeypatch):
    baskets = quest(1500, 60, generator(0, "quest"))
    wanted = answer(mine(baskets, 15))
    pairs = pair_counts(baskets, np.arange(60))
    assert all(pairs[chosen] == count for chosen, count in wanted.items() if len(chosen) == 2)
    monkeypatch.setattr("engine.language.apriori.mining.KEPT", 0)
    monkeypatch.setattr("engine.language.apriori.mining.SPARSE", 0)
    monkeypatch.setattr("engine.language.apriori.mining.BATCH", 64)
    assert answer(mine(baskets, 15)) == wanted


def test_too_many_candidates_stop_the_search_with_their_number(monkeypatch):
    monkeypatch.setattr("engine.language.apriori.mining.MOST_CANDIDATES", 10)
    stopped = Table(table_of(np.ones((4, 6), bool)), 1)
    advance(stopped, 6)
    assert len(stopped.levels) == 1 and stopped.stopped == comb(6, 2)
    monkeypatch.undo()
    monkeypatch.setattr("engine.language.apriori.mining.MOST_SETS", 10)
    stopped = mine(table_of(np.ones((4, 6), bool)), 1)
    assert len(stopped.levels) == 2 and stopped.stopped == comb(6, 3)


def test_thresholds_are_whole_counts():
    assert threshold(14 / 51, 51) == 14  # 14/51 * 51 is 14.000000000000002
    assert (theory.STRONG, theory.WEAK) == (2.0, 1.25)
    assert threshold(0.002, 200) == 1 and threshold(0.3, 10) == 3 and threshold(0.03, 2000) == 60


def test_mlxtend_finds_the_same_sets_and_rules():
    patterns = pytest.importorskip("mlxtend.frequent_patterns", reason="mlxtend is compared only where it is there")
    pandas = pytest.importorskip("pandas")
    random = np.random.default_rng(4)
    rows = random.random((300, 10)) < 0.4
    frame, mined = pandas.DataFrame(rows), mine(table_of(rows), 20)
    for find_sets in (patterns.apriori, patterns.fpgrowth):
        sets = find_sets(frame, min_support=19.5 / 300)
        theirs = {
            tuple(sorted(chosen)): round(300 * share) for share, chosen in zip(sets["support"], sets["itemsets"], strict=True)
        }
        assert theirs == answer(mined)
    table = patterns.association_rules(sets, metric="confidence", min_threshold=0.4)
    single = {
        (tuple(sorted(row.antecedents)), *row.consequents): (row.confidence, row.lift)
        for row in table.itertuples()
        if len(row.consequents) == 1
    }
    ours = theory.rules(mined.levels, 10, 300, 0.4, 12)
    found = {
        (tuple(left[left >= 0].tolist()), int(right)): (confidence, lift)
        for left, right, confidence, lift in zip(ours.left, ours.right, ours.confidence, ours.lift, strict=True)
    }
    assert found.keys() == single.keys()
    for key, values in found.items():
        assert values == pytest.approx(single[key], rel=1e-13)


def ruled(left: int, right: int, both: int, baskets: int) -> theory.Rules:
    return theory.Rules(np.array([[0]]), np.array([1]), np.array([both]), np.array([left]), np.array([right]), baskets)


@pytest.mark.parametrize(
    ("both", "left", "confidence", "support"),
    [
        (73, 83, 0.8795, 0.0785),
        (70, 80, 0.875, 0.0753),
        (58, 73, 0.7945, 0.0624),
        (86, 114, 0.7544, 0.0925),
        (58, 77, 0.7532, 0.0624),
    ],
)
def test_the_articles_five_rules_are_these_ratios(both, left, confidence, support):
    rule = ruled(left, 200, both, 930)
    assert rule.confidence[0] == pytest.approx(confidence, abs=5e-5) and rule.support[0] == pytest.approx(support, abs=5e-5)


def test_p_values_are_those_of_fishers_exact_test():
    random = np.random.default_rng(3)
    for n in (20, 300, 2000):
        a, c = random.integers(1, n + 1, (2, 60))
        both = random.integers(np.maximum(a + c - n, 0), np.minimum(a, c) + 1)
        found = theory.p_values(theory.Rules(a, c, both, a, c, n))
        for k in range(60):
            square = [[both[k], a[k] - both[k]], [c[k] - both[k], n - a[k] - c[k] + both[k]]]
            wanted = fisher_exact(square, alternative="greater").pvalue
            assert found[k] == pytest.approx(wanted, rel=1e-9, abs=1e-290)
    wanted = false_discovery_control(found) <= 0.05
    assert theory.discoveries(found) == wanted.sum()


def test_lift_is_symmetric_and_1_just_where_leverage_is_0():
    for left, right, both in ((20, 30, 6), (20, 30, 7), (50, 10, 5)):
        one, two = ruled(left, right, both, 100), ruled(right, left, both, 100)
        assert one.lift[0] == two.lift[0]
        assert (one.lift[0] == 1) == (one.leverage[0] == 0)


def test_the_lattice_says_what_the_search_does():
    """Of six items' lattice: what is frequent, and how many sets were counted and joined."""
    rows = np.random.default_rng(5).random((200, 6)) < 0.45
    counts = theory.subset_counts(rows.T)
    for prune in (True, False):
        mined = mine(table_of(rows), 20, prune)
        states = theory.states(counts, 20, 6, prune)
        frequent = {tuple(j for j in range(6) if s >> j & 1) for s in range(1, 64) if states[s] == theory.FREQUENT}
        assert frequent == set(answer(mined))
        assert (states[1:] >= theory.COUNTED).sum() == sum(level.candidates for level in mined.levels)
        assert (states[1:] >= theory.PRUNED).sum() == sum(level.joined for level in mined.levels)


def test_shuffled_columns_keep_their_counts():
    baskets = quest(500, 30, generator(1, "quest"))
    mixed = shuffled(baskets, generator(1, "shuffle"))
    np.testing.assert_array_equal(mixed.counts, baskets.counts)
    assert not np.array_equal(mixed.rows, baskets.rows)


def test_a_text_is_read_as_baskets_in_any_script():
    baskets = read("milk, bread,milk\n\n面包\t牛奶 ，milk\n , \t\nخبز\n🍞,🥛\n")
    assert baskets.names == ("milk", "bread", "面包", "牛奶", "خبز", "🍞", "🥛")
    assert baskets.count == 4 and baskets.skipped == 2
    np.testing.assert_array_equal(baskets.rows, [0, 0, 1, 1, 1, 2, 3, 3])
    np.testing.assert_array_equal(baskets.items, [0, 1, 0, 2, 3, 4, 5, 6])
    with pytest.raises(BadValue, match="No basket was found in 3 lines"):
        read("\n , \n\t\n")


def test_rules_are_ordered_by_any_measure_and_matched_whole():
    lift, confidence, leverage, p = np.array([[1.0, 3, 2], [0.5, 0.4, 0.9], [0.1, 0.2, 0.3], [0.3, 0.1, 0.2]])
    wanted = {"lift": [1, 2, 0], "confidence": [2, 0, 1], "leverage": [2, 1, 0], "p_value": [1, 2, 0]}
    assert {rank: order(rank, lift, confidence, leverage, p).tolist() for rank in wanted} == wanted
    left = np.array([[0, 1, -1], [0, 1, 2], [3, -1, -1]])
    assert matches(left, np.array([4, 4, 4]), np.array([[0, 1, 4]])).tolist() == [[True, False, False]]
