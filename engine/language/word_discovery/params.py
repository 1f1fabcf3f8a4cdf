"""Parameters of the word discovery lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

MADE, OWN = when(data="made"), when(data="own")
BASES = (1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 50.0, 100.0)  # at which the curves over the threshold are computed


class WordDiscoveryParams(Params):
    """Controls of the word discovery lab."""

    # fmt: off
    threshold_base: float = number(2.0, 1.0, 100.0, "Threshold base",
        "A string of n characters is solid from b^(n−1) on. The articles take 5 (2017) and e² = 7.39 (2019).",
        symbol="b", kind="hot", log=True)
    longest: int = number(4, 2, 6, "Longest string", "Of the strings that are judged; 2 is the old method of pairs.", symbol="n", kind="hot")
    min_count: int = number(5, 1, 200, "Minimum count", "What occurs less often is not judged.", symbol="c", kind="hot", log=True)
    backtrack: Literal["off", "article", "code-2017"] = choice("article", "Backtrack",
        "article: a piece of three or more characters must be solid as a whole; 2017 code: all its parts of three or more, too.",
        kind="hot", labels={"off": "off", "article": "article", "code-2017": "2017 code"})
    counting: Literal["exact", "script-2019"] = choice("exact", "Counting",
        "exact, or as the 2019 script: only from the longest strings that are frequent.", kind="hot",
        labels={"exact": "exact", "script-2019": "2019 script"})
    data: Literal["made", "docstrings", "own"] = choice("made", "Text",
        "made: a language with known words; docstrings: English of program libraries without its spaces; own: your text.",
        labels={"made": "made", "docstrings": "English", "own": "your own"})
    corpus_size: int = number(100_000, 1000, 1_000_000, "Corpus size", "Characters of the whole text.", symbol="N", log=True,
        when=~OWN)
    alphabet: int = number(600, 60, 3000, "Characters", "Of the made language's words. Fewer are shared by more words.",
        symbol="V", log=True, when=MADE)
    words: int = number(300, 50, 5000, "Words", "Of the made language, with two to five characters.", symbol="W", log=True, when=MADE)
    function_characters: int = number(40, 0, 100, "Function characters", "Frequent words of a single character; no more than there are characters.",
        when=MADE)
    gap: int = number(0, 0, 999, "Gap", "The clicked gap.", kind="lens", hidden=True)
    # fmt: on
