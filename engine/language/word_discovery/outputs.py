"""Every number and array of this lab's frames."""

from engine.core.topic import array, scalar

OUTPUTS = (
    scalar("characters", "characters read", symbol="N"),
    scalar("total", "what the counting takes for N"),
    scalar("grams", "solid strings of two or more characters", symbol="|G|"),
    scalar("candidates", "candidates: frequent pieces of two or more characters"),
    scalar("words_found", "words found: candidates that the backtrack keeps"),
    scalar("precision", "precision: share of the words found that are true"),
    scalar("recall", "recall: share of the frequent true words that are found"),
    scalar("type_f1", "F1 of the words found"),
    scalar("candidate_precision", "precision of the candidates"),
    scalar("token_f1", "token F1: pieces of the cut against true words"),
    array("gram_codes", "G longest", "solid strings as code points, padded with 0"),
    array("gram_counts", "G", "how often each of them occurs"),
    array("gram_solidity", "G", "its weakest joint (1)", symbol="s", exact=True),
    array("candidate_codes", "C width", "candidates as code points, padded with 0; the first 64 characters of longer ones"),
    array("candidate_counts", "C", "how many pieces equal each of them"),
    array("candidate_kept", "C", "1 where the backtrack keeps it"),
    array("candidate_kinds", "C", "1 a true word, 2 several true words in a row, 0 neither, −1 unknown"),
    array("word_codes", "M wide", "words found as code points, padded with 0"),
    array("word_counts", "M", "how many pieces equal each of them"),
    array("points", "P 4", "a sample of frequent strings: length, count, solidity, 1 for a true word"),
    array("curves", "bases 7",
        "along b: precision and recall before the backtrack and after it, F1, token F1, words found"),
    array("shown_codes", "shown", "the text's first characters, as code points"),
    array("shown_marks", "shown 4", "of each: a sentence begins, a true word (−1 unknown), a piece; what the piece is: 1 kept, 2 thrown out"),
    array("shown_gaps", "shown", "the largest base that still glues the gap behind it", symbol="b", exact=True),
    array("shown_grams", "shown 3", "the string that does: its first place, length, count"),
    array("shown_strings", "shown 6", "that string as code points, padded with 0"),
    array("shown_joints", "shown 5 2", "counts of its left and right part at every joint, padded with 0"),
)  # fmt: skip
