"""Parameters of the repetition lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

OFF = 28  # top-k from which on nothing is cut, however many symbols there are
PLACES = {"top_k": (1, 2, 3, 4, 5, 7, 10, 14, 20, 28), "temperature": (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.6, 2.0)}
WIDE = 36  # letters of a written line
MATRIX, NEURAL = when(bench="matrix"), when(bench="neural")


class RepetitionParams(Params):
    """Controls of the repetition lab."""

    # fmt: off
    top_k: int = number(5, 1, OFF, "Truncation",
        "Only the k likeliest continuations stay, the end of the sentence being one of them. 1 is greedy; 28 cuts nothing.",
        symbol="k", kind="hot")
    temperature: float = number(1.0, 0.2, 2.0, "Temperature", "P^(1/T) row by row: above 1 flatter, below 1 more peaked.",
        symbol="T", kind="hot", step=0.05)
    nucleus: float = number(1.0, 0.1, 1.0, "Nucleus", "Only the smallest set of the likeliest that adds up to p stays.",
        symbol="p", kind="hot", step=0.05)
    force_eos: bool = toggle(False, "The end always stays", "The end of the sentence survives both cuts.", kind="hot")
    bench: Literal["matrix", "neural"] = choice("matrix", "Decoder",
        "matrix: a table of what follows what, computed exactly; neural: a small GRU that learns the same text.",
        labels={"matrix": "table", "neural": "network"})
    source: Literal["text", "dirichlet", "own"] = choice("text", "Table from",
        "text: descriptions of six data sets; dirichlet: random rows; own: your text, or your matrix as CSV.",
        labels={"text": "English text", "dirichlet": "random rows", "own": "your own"})
    merge: float = number(1.0, 0.15, 1.0, "Merge threshold",
        "Every pair whose second symbol follows with more than γ becomes one symbol; 1 merges nothing.", symbol="γ", step=0.05,
        when=MATRIX & ~when(source="dirichlet"))
    concentration: float = number(0.3, 0.05, 10.0, "Evenness", "Of random rows: small is peaked, large is even.", symbol="c",
        log=True, when=when(source="dirichlet"))
    size: int = number(6, 2, 27, "Symbols", "Of the random table.", symbol="n", when=when(source="dirichlet"))
    sharpen: float = number(0.0, 0.0, 0.95, "Sharpen the cell",
        "Moves the clicked row towards certainty of the clicked column, before the other knobs.", symbol="s", kind="hot",
        step=0.05, when=MATRIX)
    shade: Literal["probability", "slope"] = choice("probability", "Cells show",
        "The probability, or how fast R grows with it.", kind="lens", labels={"probability": "P", "slope": "∂R/∂P"}, when=MATRIX)
    against: Literal["top_k", "temperature"] = choice("top_k", "Curves run over", "The axis of the picture of bounds.",
        kind="lens", labels={"top_k": "k", "temperature": "T"}, when=MATRIX)
    row: int = number(0, 0, 999, "Row", "The clicked row.", kind="hot", hidden=True)
    column: int = number(0, 0, 999, "Column", "The clicked column.", kind="hot", hidden=True)
    # fmt: on
