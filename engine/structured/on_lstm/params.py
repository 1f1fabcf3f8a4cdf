"""Parameters of the ON-LSTM lab."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, number, when

PROBES = 200  # sentences that are never trained on
ORDERED = when(cell=("onlstm", "paper"))


class OnLstmParams(Params):
    """Controls of the ON-LSTM lab."""

    # fmt: off
    temperature: float = number(1.0, 0.1, 3.0, "Master-gate temperature",
        "softmax(z/τ) in (2). Small: steps, the hard update (1); large: all levels smeared.", symbol="τ", kind="hot", log=True, when=ORDERED)
    parser: Literal["U", "P"] = choice("U", "Parser", "U splits between tokens; P, the paper's, sets the token itself apart and leans right.",
        kind="hot", labels={"U": "unbiased", "P": "the paper's"})
    sentence: int = number(0, 0, PROBES - 1, "Sentence", "Which sentence is shown; of your own, the line.", kind="hot")
    learning_rate: float = number(5e-3, 1e-3, 1e-2, "Learning rate", "Of Adam.", symbol="η", kind="hot", log=True)
    cell: Literal["onlstm", "paper", "lstm"] = choice("onlstm", "Cell",
        "onlstm: both master gates end on their own level; paper: ĩ = 1 − cumax; lstm: no levels, and d = 1 − mean f.",
        labels={"onlstm": "ON-LSTM (Su)", "paper": "ON-LSTM (paper)", "lstm": "LSTM"})
    levels: int = number(8, 1, 16, "Levels", "Of the master gates; n/p neurons share one.", symbol="p", when=ORDERED)
    hidden: int = number(48, 16, 96, "Hidden size", "Neurons, a multiple of the levels.", symbol="n")
    memory_demand: float = number(0.5, 0.0, 1.0, "Words of the head", "A content word belongs to its head with this chance, else to its topic.",
        symbol="π", step=0.05)
    show: Literal["probe", "own"] = choice("probe", "Shown", "A sentence of the grammar that was not trained on, or one of your own.",
        labels={"probe": "a probe sentence", "own": "your own"})
    # fmt: on

    @model_validator(mode="after")
    def _whole_chunks(self) -> OnLstmParams:
        if self.cell != "lstm" and self.hidden % self.levels:
            fits = ", ".join(str(p) for p in range(1, 17) if self.hidden % p == 0)
            raise BadValue("levels", self.levels, fits, hidden=str(self.hidden),
                template="{name} = {value} does not divide hidden = {hidden}; allowed: {allowed}.")  # fmt: skip
        return self
