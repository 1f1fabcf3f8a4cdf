"""The word discovery lab through the command line and as a session: the contract's numbers, own data, what is refused."""

import itertools
import re
from collections import Counter
from functools import partial

import numpy as np
import pytest

import engine
from engine.core.params import BadValue
from engine.data.text import words
from engine.language.word_discovery import corpora
from engine.language.word_discovery.params import BASES, WordDiscoveryParams
from tests.command_line import command, written

run = partial(written, "word-discovery")
PAIRS = "甲乙\n" * 10 + "丙丁\n" * 10


def own(folder, text, *options):
    file = folder / "own.txt"
    file.write_text(text, encoding="utf-8")
    return run(folder / "out", 8, "--set", "data=own", "--data", str(file), *options)


def codes(text):
    return {"codes": np.array([ord(sign) for sign in text], np.int32)}


def look(text, steps=8, **values):
    return engine.start("word-discovery", {"data": "own", **values}, data=codes(text)).advance(steps=steps)


def test_two_words_of_ones_own(tmp_path):
    s, a = own(tmp_path, PAIRS)
    assert a["gram_solidity"].tolist() == [4.0, 4.0] and a["gram_solidity"].dtype == np.float64
    assert s["words_found"] == 2 and s["characters"] == 40 and a["word_counts"].tolist() == [10, 10]
    assert sorted(words(a["word_codes"])) == ["丙丁", "甲乙"] and a["gram_codes"].shape == (2, 4)
    assert "precision" not in s or np.isnan(s["precision"])


@pytest.mark.parametrize(("base", "many"), [(4, 2), (4.5, 0)])  # at the threshold itself a string is solid
def test_a_stricter_threshold_finds_none(tmp_path, base, many):
    s, a = own(tmp_path, PAIRS, "--set", f"threshold_base={base}")
    assert s["grams"] == s["words_found"] == many and a["gram_codes"].shape == (many, 4)


def test_punctuation_alone_is_refused_in_one_line(tmp_path, capsys):
    file = tmp_path / "own.txt"
    file.write_text("。，! …\n--\n")
    assert command("run", "word-discovery", "--set", "data=own", "--data", str(file), "--out", str(tmp_path / "o")) == 2
    said = capsys.readouterr().err.strip().splitlines()[1:]  # the first line says what was read
    assert len(said) == 1 and "No character of the text is left" in said[0]


def test_what_is_beyond_the_limit_is_refused_with_both_sizes(tmp_path, capsys):
    file = tmp_path / "own.txt"
    file.write_text("a" * 500_001)
    assert command("run", "word-discovery", "--set", "data=own", "--data", str(file), "--out", str(tmp_path / "o")) == 2
    assert "500,001" in (said := capsys.readouterr().err) and "500,000" in said


@pytest.mark.parametrize("text", ["一", "𠀀", "a", "的" * 3000 + "x" * 3000])
def test_one_character_and_one_giant_line_are_fine(text):
    for values in ({}, {"min_count": 1, "threshold_base": 1.0, "longest": 6}):
        frame = look(text, **values)
        assert frame.scalars["characters"] == len(text)
        assert frame.arrays["candidate_codes"].shape[1] <= 64


def test_kept_characters_are_those_of_isalnum():
    text = "Ab1²٣ⅷ é🙂𠀀𠀀_x\u0301y"
    frame = look(text, min_count=1)
    assert frame.scalars["characters"] == sum(sign.isalnum() for sign in text)
    assert "".join(map(chr, frame.arrays["shown_codes"])) == "".join(sign for sign in text if sign.isalnum())


def test_overlapping_occurrences_count():
    frame = look("aaaa\nb", min_count=1, longest=2, threshold_base=1.0)
    assert frame.scalars["grams"] == 0  # s = 5 · 3 / 16 < 1
    frame = look("aaaa\n" + "b\n" * 4, min_count=1, longest=2, threshold_base=1.0)
    assert frame.arrays["gram_counts"].tolist() == [3] and frame.arrays["gram_solidity"].tolist() == [8 * 3 / 16]


def test_the_text_doubles_step_by_step():
    session = engine.start("word-discovery", seed=0)
    read = [session.advance(steps=1).scalars["characters"] for _ in range(9)]
    assert all(1000 * 2**k <= n < 1000 * 2**k + 100 for k, n in enumerate(read[:7]))
    assert read[7] == read[8] >= 100_000


@pytest.mark.parametrize("seed", [0, 1])
def test_numbers_of_the_made_text(seed):
    """The contract's lines that no chapter judges at this seed; hot values act on what has been read."""
    session = engine.start("word-discovery", seed=seed)
    two = session.advance(steps=8).scalars
    assert two["recall"] >= 0.98 and two["precision"] - two["candidate_precision"] >= 0.02
    found = {2.0: two}
    for base in (5.0, 8.0, 30.0):
        session.set(threshold_base=base)
        found[base] = session.look().scalars
    assert found[5.0]["type_f1"] >= max(0.95, found[30.0]["type_f1"] + 0.1)
    assert found[8.0]["token_f1"] >= max(0.96, two["token_f1"] + 0.05)
    session.set(threshold_base=2.0, longest=2)
    assert (s := session.look().scalars)["words_found"] == s["candidates"]
    session.set(backtrack="off", longest=4)
    assert (s := session.look().scalars)["words_found"] == s["candidates"] == two["candidates"]
    session.set(backtrack="code-2017")
    assert session.look().scalars["words_found"] <= two["words_found"]


def test_scores_are_those_of_sets():
    values = {"corpus_size": 8000, "alphabet": 80, "function_characters": 0, "min_count": 8, "backtrack": "code-2017"}
    session = engine.start("word-discovery", {**values, "threshold_base": 3.0}, seed=3)
    frame = session.advance(steps=4)
    s, a, text = frame.scalars, frame.arrays, corpora.build(WordDiscoveryParams.build(values), 3, None)
    true = Counter(text.string[i:j] for i, j in itertools.pairwise([*np.flatnonzero(text.border), len(text)]))
    frequent = {word for word, many in true.items() if many >= 8}
    found, pieces = set(words(a["word_codes"])), set(words(a["candidate_codes"]))
    p, r = len(found & true.keys()) / len(found), len(found & frequent) / len(frequent)
    assert s["candidate_precision"] == len(pieces & true.keys()) / len(pieces) and (s["precision"], s["recall"]) == (p, r)
    row = [
        s["candidate_precision"],
        len(pieces & frequent) / len(frequent),
        p,
        r,
        2 * p * r / (p + r),
        s["token_f1"],
        len(found),
    ]
    assert a["curves"][BASES.index(3.0)] == pytest.approx(row, rel=1e-6) and p < 1 > r != p
    several, seen = re.compile("(" + "|".join(true) + ")+"), set()
    for base in (1.5, 30.0):
        session.set(threshold_base=base, backtrack="off")
        a = session.look().arrays
        seen |= (known := dict(zip(words(a["candidate_codes"]), a["candidate_kinds"].tolist(), strict=True))).items()
        assert a["curves"][BASES.index(base), 6] == len(known)
    assert {kind for _, kind in seen} == {0, 1, 2} and all(several.fullmatch(word) for word, kind in seen if kind)


@pytest.mark.parametrize("values", [{"alphabet": 80, "longest": 6}, {"counting": "script-2019", "min_count": 9}])
def test_the_shown_gaps_are_where_the_text_is_cut(values):
    """A gap is glued up to its own base; the string, counts and total shown of it give that base by (1)."""
    session = engine.start("word-discovery", values, seed=1)
    session.advance(steps=7)
    for base in (1.5, 2.0, 8.0, 40.0):
        session.set(threshold_base=base)
        frame = session.look()
        a, inside = frame.arrays, ~frame.arrays["shown_marks"][1:, 0].astype(bool)
        assert ((a["shown_gaps"][:-1] >= base) == (a["shown_marks"][1:, 2] == 0))[inside].all()
    text = corpora.build(WordDiscoveryParams.build(values), 1, None)
    assert a["shown_marks"][:, 1].tolist() == text.border[:20].tolist()
    for gap, (at, n, count), codes, parts in zip(
        *(a[f"shown_{k}"] for k in ("gaps", "grams", "strings", "joints")), strict=True
    ):
        if n and np.isfinite(gap):
            assert "".join(map(chr, codes[:n])) == text.string[at : at + n]
            s = min(frame.scalars["total"] * count / parts[: n - 1].astype(float).prod(1))
            assert s ** (1 / (n - 1)) == pytest.approx(gap, rel=1e-12)


def test_own_data_without_a_file_is_refused():
    with pytest.raises(BadValue, match="upload"):
        engine.start("word-discovery", {"data": "own"})
