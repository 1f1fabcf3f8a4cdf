"""Subsequences, searches, ROUGE and the tokenizer of the lab of pseudo-summaries, held against brute force."""

import unicodedata
from itertools import combinations, pairwise

import numpy as np
import pytest

from engine.generation.t5_pegasus import selection, tokenizer
from engine.generation.t5_pegasus.corpus import FILLERS, METHODS, PROBLEMS, VOCABULARY, corpus, dictionary
from engine.generation.t5_pegasus.pairs import HOLE, pairs_of
from engine.generation.t5_pegasus.selection import lcs

STRANGE = "，。“”琊 ０１２\n研究生成模型\t①㎏…"


def brute(a, b):
    """The longest of all subsequences of a that is one of b."""

    def inside(part):
        rest = iter(b)
        return all(unit in rest for unit in part)

    return max(k for k in range(len(a) + 1) for part in combinations(a, k) if inside(part))


def edits(a, b):
    """Insertions and deletions from a to b, by a table of its own."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, two in enumerate(b, 1):
            before, row[j] = row[j], before if one == two else 1 + min(row[j], row[j - 1])
    return row[-1]


def test_lcs_is_the_longest_of_all_common_subsequences_and_the_way_back_is_one():
    random = np.random.default_rng(0)
    for _ in range(60):
        a, b = ("".join(random.choice(list("abc"), random.integers(0, 11))) for _ in range(2))
        table = selection.table(a, b)
        found, pairs = lcs(a, b), selection.path(table, a, b)
        assert found == brute(a, b) == lcs(b, a) == len(pairs) == table[-1, -1] and 0 <= found <= min(len(a), len(b))
        assert lcs(a, a) == len(a) and len(a) + len(b) - 2 * found == edits(a, b)
        assert all(a[i] == b[j] for i, j in pairs)
        assert all(one < two for side in zip(*pairs, strict=True) for one, two in pairwise(side))


def test_greedy_is_between_random_sets_and_the_optimum():
    random = np.random.default_rng(2)
    for _ in range(25):
        document = ["".join(random.choice(list("abcde"), random.integers(1, 6))) for _ in range(7)]
        for count in (1, 2, 3):
            found, best = (search(document, count) for search in (selection.greedy, selection.exhaustive))
            sets = {one: [("".join(document[k] for k in range(7) if (k in one) == side)) for side in (True, False)]
                for one in combinations(range(7), count)}  # fmt: skip
            everything = [lcs(*sides) for sides in sets.values()]
            reached = lcs(*sets[tuple(sorted(found[0]))])
            assert np.mean(everything) <= reached == found[1][-1].max() <= best[1] == max(everything)
            assert tuple(best[0]) == list(sets)[everything.index(best[1])] and (reached == best[1] or count > 1)


@pytest.mark.parametrize(("n", "gap", "count"), [(10, 0.25, 3), (8, 0.25, 2), (2, 0.1, 1), (60, 0.5, 30), (3, 0.5, 2)])
def test_so_many_are_cut_out(n, gap, count):
    assert selection.picks(n, gap) == count


def test_sentences_and_rouge_by_hand():
    assert selection.split("甲，乙。 丙 丁！？\n\n“戊”.己?") == ["甲，乙", "丙丁", "“戊”.己"]
    assert selection.rouge_l(list("acde"), list("abcd")) == (0.75, 0.75, 0.75)
    assert selection.rouge_l("ac", "abcd", beta=2.0) == pytest.approx((0.5, 1.0, 5 * 0.5 / (0.5 + 4)))
    assert selection.rouge_l(["x"], ["y"]) == (0.0, 0.0, 0.0)
    assert selection.greedy(["ab", "ab", "cd", "cd"], 2)[0] == [0, 2]  # the earliest of equals
    assert selection.rouge_1(["aab", "abc", "dd"]) == pytest.approx([4 / 8, 4 / 8, 0])  # clipped: one a, one b


def cuts(text, words):
    """All cuts of a text into words of a dictionary or single characters."""
    if not text:
        yield []
    for size in range(1, len(text) + 1):
        if size == 1 or text[:size] in words:
            yield from ([text[:size], *rest] for rest in cuts(text[size:], words))


def test_the_most_probable_cut_is_that_of_all():
    random, letters = np.random.default_rng(3), list("abc")
    words = {"ab": 9, "abc": 2, "bc": 5, "ca": 4, "a": 3, "bca": 1, "cc": 2}
    total = sum(words.values()) + tokenizer.UNKNOWN
    score = lambda tokens: sum(tokenizer.log_chance(words, token, total) for token in tokens)  # noqa: E731
    for _ in range(30):
        text = "".join(random.choice(letters, random.integers(1, 12)))
        assert score(tokenizer.segment(text, words)) == pytest.approx(max(score(one) for one in cuts(text, words)))


@pytest.mark.parametrize("size", [0, 20, len(VOCABULARY)])
def test_nothing_is_lost_by_cutting(size):
    words = dict(list(dictionary().items())[:size])
    for cut in (tokenizer.segment, tokenizer.longest):
        assert "".join(cut(STRANGE, words)) == STRANGE
    assert tokenizer.changed(STRANGE, tokenizer.normalised(STRANGE)) > 3 and unicodedata.normalize("NFKC", "，") == ","


def test_the_full_dictionary_finds_the_words_that_were_put_in():
    right = total = 0
    for document in corpus(0, 4)[:200]:
        for sentence in document.sentences:
            found = tokenizer.segment("".join(sentence), dictionary())
            own, true = ({sum(map(len, x[:k])) for k in range(1, len(x) + 1)} for x in (found, sentence))
            right, total = right + 2 * len(own & true), total + len(own) + len(true)
    assert right / total >= 0.99


def test_the_corpus_is_what_it_says():
    assert len(METHODS) == len(PROBLEMS) == 24 and len(FILLERS) == 40 and set(dictionary()) == set(VOCABULARY)
    terms = [*METHODS, *PROBLEMS]
    assert not [(a, b) for a in terms for b in terms if a != b and a in b]
    for document in corpus(1, 3)[:50]:
        assert len(document.sentences) == 8 and "".join(document.title) == f"基于{document.method}的{document.problem}"
        assert sum(any(word in (document.method, document.problem) for word in s) for s in document.sentences) == 3


@pytest.mark.parametrize("unit", ["word", "character"])
def test_source_and_target_are_the_document(unit):
    pairs = pairs_of(0, 4, unit == "word")
    for index in range(60):
        for rule in ("lcs", "rouge", "lead", "random", "exhaustive"):
            chosen = selection.select(rule, pairs.units[index], 2, (0, index, 2))
            assert len(set(chosen)) == 2
            source, target = pairs.pair(index, rule, 0.25)
            assert sorted(source + target) == sorted(pairs.full[index])
            assert target == [token for k in sorted(chosen) for token in pairs.units[index][k]]
            text = "".join("".join(pairs.documents[index].sentences[k]) for k in sorted(chosen))
            assert text == "".join(pairs.vocabulary[token] for token in target)


def test_masked_spans_can_be_put_back():
    pairs = pairs_of(0, 4, True)
    for index in range(60):
        source, target = pairs.pair(index, "span", 0.25)
        signs = [k for k, token in enumerate(target) if HOLE <= token < HOLE + 9]
        parts = {target[a]: target[a + 1 : b] for a, b in zip(signs, [*signs[1:], len(target)], strict=True)}
        assert [token for one in source for token in parts.get(one, [one])] == pairs.full[index]
        assert len(target) - len(signs) == round(selection.NOISE * len(pairs.full[index])) and all(parts.values())


def test_on_most_documents_greedy_finds_the_best_set():
    for count in (2, 3, 4):
        sentences = [document.sentences for document in corpus(0, 4)[:150]]
        best = [selection.exhaustive(one, count)[1] for one in sentences]
        assert np.mean([selection.greedy(one, count)[1][-1].max() for one in sentences] == np.array(best)) > 0.9


def test_what_lcs_cuts_out_can_be_copied_more_often():
    pairs = pairs_of(0, 4, True)
    for rule, share in (("lcs", 0.43), ("random", 0.28)):
        assert pairs.shares(rule, 0.25)[1] == pytest.approx(share, abs=0.02)
