"""An analysed text as the numbers and arrays of a frame. No torch."""

from __future__ import annotations

import numpy as np

from engine.data.text import spelled
from engine.language.word_discovery import theory
from engine.language.word_discovery.analysis import Counted, Cut, Piece, is_true, strings
from engine.language.word_discovery.counting import joints

MOST = 400_000  # solid strings in a frame: the most frequent
WIDEST = 64  # characters of a piece in a frame
SHOWN = 20  # characters of the text on the page
SAMPLE = 250  # frequent strings of each length in the scatter
JOINTS = 5  # of a string of six characters


def scalars(cut: Cut) -> dict[str, float]:
    """Counts and scores; the counts are of strings of two or more characters only."""
    grams = float(sum(int(solid.sum()) for solid in cut.solid))
    found = {"grams": grams, "candidates": float(len(cut.candidates)), "words_found": float(len(cut.words))}
    return {"characters": float(len(cut.known.text)), "total": cut.known.total, **found, **cut.scores}


def arrays(cut: Cut) -> dict[str, np.ndarray]:
    """What depends on the threshold: solid strings, candidates, words, the shown characters."""
    words = spell(cut.words)
    return {
        **solid(cut),
        "candidate_codes": spell(cut.candidates),
        "candidate_counts": np.array([piece.count for piece in cut.candidates], np.int32),
        "candidate_kept": np.array([piece.kept for piece in cut.candidates], np.int32),
        "candidate_kinds": np.array([cut.kind(piece) for piece in cut.candidates], np.int32),
        "word_codes": words,
        "word_counts": np.array([piece.count for piece in cut.words], np.int32),
        **shown(cut),
    }


def spell(pieces: list[Piece]) -> np.ndarray:
    """Pieces as code points, int32 (pieces, width)."""
    return spelled([piece.word[:WIDEST] for piece in pieces])


def solid(cut: Cut) -> dict[str, np.ndarray]:
    """G as code points, counts and solidities, the most frequent first, MOST at most."""
    known, rows = cut.known, []
    for n, kept in enumerate(cut.solid, 2):
        which = np.flatnonzero(kept)
        codes = np.zeros((len(which), known.longest), np.int32)
        codes[:, :n] = strings(known, n, which)
        rows.append((codes, known.counts[n - 1][which], known.solidity[n - 2][which]))
    codes, counts, values = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.argsort(-counts, kind="stable")[:MOST]
    return {"gram_codes": codes[order], "gram_counts": counts[order].astype(np.int32), "gram_solidity": values[order]}


def sample(known: Counted) -> np.ndarray:
    """Frequent strings of every length, evenly chosen by the rank of their count: length, count, s, truth; float32 (P, 4)."""
    rows = []
    for n, s in enumerate(known.solidity, 2):
        counts = known.counts[n - 1]
        order = np.argsort(-counts, kind="stable")
        which = order[np.unique(np.linspace(0, len(order) - 1, min(SAMPLE, len(order))).astype(int))]
        rows.append(np.column_stack([np.full(len(which), n), counts[which], s[which], is_true(known, n, which)]))
    return np.concatenate(rows).astype(np.float32)


def shown(cut: Cut) -> dict[str, np.ndarray]:
    """The text's first characters: marks, how strongly each gap is glued, by which string, and the counts at that string's joints."""
    known, text = cut.known, cut.known.text
    many = min(SHOWN, len(text))
    marks = np.zeros((many, 4), np.int32)
    marks[:, 0] = text.first[:many]
    marks[:, 1] = -1 if text.border is None else text.border[:many]
    piece = np.searchsorted(cut.starts, np.arange(many), side="right") - 1
    state = {candidate.word: 1 if candidate.kept else 2 for candidate in cut.candidates}
    marks[np.isin(np.arange(many), cut.starts), 2] = 1
    marks[:, 3] = [state.get(text.string[cut.starts[k] : cut.ends[k]], 0) for k in piece]
    gaps, grams, parts = np.zeros(many), np.zeros((many, 3), np.int32), np.zeros((many, JOINTS, 2), np.float32)
    spelling = np.zeros((many, JOINTS + 1), np.int32)
    for i in range(many):
        for n, values in enumerate(known.solidity, 2):
            for a in range(max(i - n + 2, 0), i + 1):
                name = known.grams[n - 1].ids[a]
                if name >= 0 and (root := theory.strength(values[name], n)) > gaps[i]:
                    gaps[i], grams[i] = root, (a, n, known.counts[n - 1][name])
        a, n, _ = grams[i]
        if n:
            spelling[i, :n] = text.letters[a : a + n]
            parts[i, : n - 1] = joints(known.grams, n, known.grams[n - 1].ids[a : a + 1], known.counts, known.total)[0]
    if many:
        gaps[:-1][text.first[1:many]] = np.nan  # a sentence ends there
    return {
        "shown_codes": text.letters[:many],
        "shown_marks": marks,
        "shown_gaps": gaps,
        "shown_grams": grams,
        "shown_strings": spelling,
        "shown_joints": parts,
    }
