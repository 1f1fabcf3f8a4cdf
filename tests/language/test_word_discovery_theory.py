"""Ground truth of word discovery: the plain algorithm of 2017 and the counts of the 2019 script, restated as loops over dictionaries.

kexue.fm/archives/4256 and 6920; bojone/word-discovery.
"""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.word_discovery import corpora, theory
from engine.language.word_discovery.analysis import Cut, count
from engine.language.word_discovery.params import WordDiscoveryParams


def text_of(sentences):
    return corpora.of_codes(np.array([ord(sign) for sign in "\n".join(sentences)], np.int32))


def settings(**values):
    return WordDiscoveryParams.build({"data": "own", **values})


def analysed(sentences, **values):
    p = settings(**values)
    return Cut(count(text_of(sentences), p), p.threshold_base, p.min_count, p.backtrack)


def random_sentences(seed, letters="abcdef", many=60):
    random = np.random.default_rng(seed)
    return ["".join(random.choice(list(letters), random.integers(1, 15), p=None)) for _ in range(many)]


def plain_counts(sentences, longest):
    """c of every string of up to `longest` characters."""
    return Counter(s[i : i + n] for s in sentences for n in range(1, longest + 1) for i in range(len(s) - n + 1))


def plain_script(sentences, order, min_count):
    """The 2019 script's total and counts: beginnings of frequent strings of `order` signs in padded sentences."""
    padded = [["<s>"] * (order - 1) + list(s) + ["</s>"] for s in sentences]
    grams = Counter(tuple(s[i : i + order]) for s in padded for i in range(len(s) - order + 1))
    counts, total = Counter(), 0
    for gram, many in grams.items():
        if many >= min_count:
            total += many
            word = "".join(sign for sign in gram if len(sign) == 1)
            for j in range(len(word)):
                counts[word[: j + 1]] += many
    return total, counts


def plain(sentences, base, longest, min_count, backtrack, counts, total):
    """G, candidates and words by loops; a part that was not counted is taken to occur `total` times."""
    solid = {}
    for word, many in counts.items():
        if 2 <= len(word) <= longest and many >= min_count:
            s = min(total * many / (counts.get(word[:j], total) * counts.get(word[j:], total)) for j in range(1, len(word)))
            if s >= base ** (len(word) - 1):
                solid[word] = s
    pieces = Counter()
    for s in sentences:
        start = end = 0
        for i in range(len(s)):  # the trie's way: the end moves on while any solid string reaches further
            if i == end and i > start:
                pieces[s[start:end]] += 1
                start = i
            end = max([end, i + 1, *(i + n for n in range(2, longest + 1) if s[i : i + n] in solid and i + n <= len(s))])
        pieces[s[start:end]] += 1
    candidates = {word: many for word, many in pieces.items() if len(word) > 1 and many >= min_count}

    def stays(word):
        top = min(len(word), longest)
        lengths = {"off": (), "article": (top,), "code-2017": range(3, top + 1)}[backtrack] if len(word) > 2 else ()
        return all(word[i : i + n] in solid for n in lengths for i in range(len(word) - n + 1))

    return solid, candidates, {word: many for word, many in candidates.items() if stays(word)}


def as_found(cut):
    known, solid = cut.known, {}
    for n, kept in enumerate(cut.solid, 2):
        for k in np.flatnonzero(kept):
            at = known.grams[n - 1].at[k]
            solid[known.text.string[at : at + n]] = known.solidity[n - 2][k]
    return solid, {p.word: p.count for p in cut.candidates}, {p.word: p.count for p in cut.words}


@pytest.mark.parametrize("seed", range(25))
def test_it_is_the_plain_algorithm(seed):
    random = np.random.default_rng(seed)
    sentences = random_sentences(seed, "abcdefghijkl"[: random.integers(2, 13)])
    base, longest, min_count = float(random.uniform(1, 3)), int(random.integers(2, 6)), int(random.integers(1, 9))
    backtrack = ("off", "article", "code-2017")[seed % 3]
    for counting in ("exact", "script-2019"):
        counts, total = plain_counts(sentences, longest), sum(map(len, sentences))
        if counting == "script-2019":
            total, counts = plain_script(sentences, longest, min_count)
        wanted = plain(sentences, base, longest, min_count, backtrack, counts, total)
        cut = analysed(
            sentences, threshold_base=base, longest=longest, min_count=min_count, backtrack=backtrack, counting=counting
        )
        assert as_found(cut) == wanted
        lengths = cut.ends - cut.starts
        assert lengths.sum() == total or counting != "exact"  # the pieces behind each other are the text


@pytest.mark.parametrize("min_count", [1, 3])
def test_counts_are_those_of_a_counter(min_count):
    sentences = ["aaaa", *random_sentences(3)]
    known = count(text_of(sentences), settings(longest=4, min_count=min_count))
    wanted = {word: many for word, many in plain_counts(sentences, 4).items() if many >= min_count}
    found = {}
    for n, level in enumerate(known.grams, 1):
        found |= {
            known.text.string[at : at + n]: many for at, many in zip(level.at.tolist(), level.counts.tolist(), strict=True)
        }
        if min_count == 1:
            assert level.counts.sum() == sum(max(0, len(s) - n + 1) for s in sentences)
    assert found == wanted


def test_a_large_alphabet_takes_the_sorted_way_to_the_same_counts():
    random = np.random.default_rng(0)
    codes = 0x4E00 + random.integers(0, 3000, 6000)  # 3000² pairs do not fit into a table beside 6000 characters
    sentences = ["".join(map(chr, row)) for row in codes.reshape(-1, 12).tolist()] * 2
    known = count(text_of(sentences), settings(longest=3, min_count=2))
    for n in (2, 3):
        wanted = sorted(many for word, many in plain_counts(sentences, 3).items() if len(word) == n and many >= 2)
        assert sorted(known.grams[n - 1].counts.tolist()) == wanted


@pytest.mark.parametrize("length", [2, 3, 4])
def test_an_unbroken_word_has_the_solidity_n_over_c(length):
    sentences = ["uvwx"[:length]] * 8 + random_sentences(1)
    cut = analysed(sentences, threshold_base=1, min_count=1)
    assert as_found(cut)[0]["uvwx"[:length]] == theory.unbroken(sum(map(len, sentences)), 8)


@given(
    st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=5), st.sets(st.text("abc", min_size=2, max_size=4))
)
def test_the_cut_is_the_union_of_intervals(sentences, solid):
    """(3) against the trie's way, for any set of solid strings."""
    text = text_of(sentences)
    begins = [np.array([text.string[i : i + n] in solid and not text.first[i + 1 : i + n].any() for i in range(len(text))])
              for n in (2, 3, 4)]  # fmt: skip
    starts, ends = theory.segments(theory.glued(begins, len(text)), text.first)
    wanted, place = [], 0
    for s in sentences:
        reach = [max([i + 1, *(i + n for n in (2, 3, 4) if s[i : i + n] in solid and i + n <= len(s))]) for i in range(len(s))]
        most = np.maximum.accumulate(reach)
        wanted += [place + i for i in range(len(s)) if i == 0 or most[i - 1] <= i]
        place += len(s)
    assert starts.tolist() == wanted and ends.tolist() == [*wanted[1:], place]


def test_raising_the_threshold_only_removes_strings_and_adds_borders():
    known = count(text_of(random_sentences(5, many=300)), settings(min_count=2))
    cuts = [Cut(known, base, 2, "article") for base in (1.0, 1.05, 1.1, 1.2, 1.5, 2.0, 4.0)]
    for low, high in itertools.pairwise(cuts):
        assert set(as_found(high)[0]) <= set(as_found(low)[0]) and set(low.starts) <= set(high.starts)
        assert set(as_found(low)[2]) <= set(as_found(low)[1])


def test_independent_characters_have_no_solidity():
    random = np.random.default_rng(2)
    text = "".join(random.choice(list("abcdefghijklmnopqrst"), 200_000))
    known = count(text_of([text]), settings(longest=2))
    expected = len(text) / 20**2
    assert (np.abs(np.log(known.solidity[0])) < 4 / np.sqrt(expected)).mean() >= 0.99


def test_other_names_and_another_order_change_nothing():
    sentences = random_sentences(7, many=200)
    before = as_found(analysed(sentences, threshold_base=1.1))
    renamed = str.maketrans("abcdef", "丙乙甲fed")
    after = as_found(analysed([s.translate(renamed) for s in sentences[::-1]], threshold_base=1.1))
    assert after == tuple({word.translate(renamed): value for word, value in part.items()} for part in before)


@pytest.mark.parametrize(("p", "r", "f"), [(0.711, 0.777, 0.742), (0.734, 0.799, 0.765)])
def test_published_rows(p, r, f):
    """kexue.fm/archives/6920, PKU test."""
    assert theory.f1(p, r) == pytest.approx(f, abs=1e-3)


def test_the_true_segmentation_has_token_f1_one():
    text = corpora.build(WordDiscoveryParams.build({"corpus_size": 2000}), 0, None)
    starts = np.flatnonzero(text.border)
    assert theory.same_spans(starts, np.append(starts[1:], len(text)), text.border) == 1
    assert (
        theory.same_spans(np.array([0, 2]), np.array([2, 5]), np.array([1, 0, 1, 0, 1])) == 2 / 5
    )  # one of two pieces, of three words


def test_made_words_have_their_lengths_and_zipfs_law():
    text = corpora.build(
        WordDiscoveryParams.build({"words": 5000, "alphabet": 3000, "function_characters": 0, "corpus_size": 200_000}), 1, None
    )
    shares = np.bincount([len(word) for word in text.lexicon])[2:] / 5000
    assert shares == pytest.approx([0.6, 0.2, 0.15, 0.05], abs=0.03)
    counts = sorted(text.occurrences.values(), reverse=True)
    assert counts[0] / counts[9] == pytest.approx(10, rel=0.1)


def test_made_sentences_consist_of_their_words():
    p = WordDiscoveryParams.build({"corpus_size": 5000, "alphabet": 60, "function_characters": 100})
    text = corpora.build(p, 3, None)
    assert len(text.lexicon) == p.words and len(text) >= p.corpus_size and text.border[text.first].all()
    assert set(text.occurrences) <= text.lexicon and len(set(text.string)) <= 60
    ends = np.append(np.flatnonzero(text.first), len(text))
    words = np.diff(np.searchsorted(np.flatnonzero(text.border), ends))
    assert words.min() >= 6 and words.max() <= 19
    step = text.at_step(1)
    assert 1000 <= len(step) < 1100 and text.first[len(step)]
    assert len(text.at_step(0)) == 0 and len(text.at_step(4)) == len(text.at_step(60)) == len(text)
