"""Parameters of the lab of reading with gated dilated convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, number, toggle, when

LENGTH, GAPS, LAYERS = 40, 13, 5  # tokens of a passage; gaps 0 to 12; passage layers
ANSWERED, ABSENT, EACH = 400, 100, 200  # test questions with an answer, without one, and of every gap
TESTS = ANSWERED + ABSENT
BALLOTS, PASSAGES = 12, 5  # questions of the voting bench, passages of each
LONGEST = 256  # characters of one's own passage
QUESTION_RATES = (1, 2)


class DgcnnReadingParams(Params):
    """Controls of the lab of reading with gated dilated convolutions."""

    # fmt: off
    dilations: Literal["1-1-1-1-1", "1-2-4-1-1", "1-2-4-8-1", "custom"] = choice("1-2-4-8-1", "Dilations",
        "The rates of the five passage layers: how far apart the three inputs of each convolution are.", symbol="r",
        labels={"1-1-1-1-1": "1-1-1-1-1", "1-2-4-1-1": "1-2-4-1-1", "1-2-4-8-1": "1-2-4-8-1", "custom": "own choice"})
    rate_1: int = number(1, 1, 16, "Rate of layer 1", "How far apart the three inputs of the first layer are.", symbol="r₁", when=when(dilations="custom"))
    rate_2: int = number(2, 1, 16, "Rate of layer 2", "How far apart the three inputs of the second layer are.", symbol="r₂", when=when(dilations="custom"))
    rate_3: int = number(4, 1, 16, "Rate of layer 3", "How far apart the three inputs of the third layer are.", symbol="r₃", when=when(dilations="custom"))
    rate_4: int = number(8, 1, 16, "Rate of layer 4", "How far apart the three inputs of the fourth layer are.", symbol="r₄", when=when(dilations="custom"))
    rate_5: int = number(1, 1, 16, "Rate of layer 5", "How far apart the three inputs of the fifth layer are.", symbol="r₅", when=when(dilations="custom"))
    gap: int = number(8, 0, 12, "Training gap", "The largest number of fillers between attribute and value in training.")
    facts: int = number(2, 2, 3, "Facts", "How many persons a passage tells of, all in the same words.")
    match: Literal["off", "on", "product"] = choice("on", "Question match",
        "What tells a position of the passage about the question besides its vector: nothing, a flag where the token stands in it, or the product of both vectors.",
        labels={"off": "nothing", "on": "a flag", "product": "a product"})
    block: Literal["residual", "highway"] = choice("residual", "Layer", "Form (2), which adds, or form (3), which blends.",
        labels={"residual": "residual (2)", "highway": "highway (3)"})
    global_score: bool = toggle(False, "Global score", "Whether both tags are multiplied by one score for “there is an answer” (6).", symbol="p^{glob}")
    focal: float = number(0.0, 0.0, 3.0, "Focal exponent", "How much less the loss weighs what is nearly right; 0 is cross-entropy.", symbol="γ", step=0.5)
    gate_noise: float = number(0.0, 0.0, 0.5, "Gate noise", "In training the input of every gate is stretched by a factor between 1 − ε and 1 + ε.", symbol="ε", kind="hot", step=0.05)
    no_answer: float = number(0.25, 0.0, 0.5, "Share without answer", "How many training questions ask about somebody the passage does not tell of.", step=0.05)
    tag_threshold: float = number(0.3, 0.01, 0.9, "Tag threshold", "An answer begins and ends only where the tags are above this.", kind="hot", step=0.01)
    shown: int = number(0, 0, TESTS - 1, "Test question", "Which test question is looked at; from 400 on the passage has no answer.", kind="lens", when=when(source="generated"))
    walk: int = number(4, 0, GAPS - 1, "Fillers in between", "How many fillers stand between attribute and value in the passage that is looked at.", kind="lens", when=when(source="generated"))
    asked: int = number(-1, -1, LONGEST - 1, "Token asked about", "The token whose person is asked about instead; −1: the question as it is.", kind="lens", hidden=True)
    place: int = number(20, 0, LONGEST - 1, "Position", "The position whose field is shown.", kind="lens", hidden=True)
    layer: int = number(1, 1, LAYERS, "Layer looked at", "Whose gates are shown position by position.", kind="lens")
    ballot: int = number(0, 0, BALLOTS - 1, "Question of the vote", "Which question five passages vote on.", kind="lens")
    sure: float = number(0.7, 0.0, 1.0, "Score of A", "The score of answer A, which one passage gives.", kind="lens", step=0.05)
    unsure: float = number(0.2, 0.0, 1.0, "Scores of B", "The score of answer B in each of the four other passages.", kind="lens", step=0.05)
    source: Literal["generated", "own"] = choice("generated", "Passage shown",
        "A generated passage, or your own text in its words: the question in the first line (“Anna draws?”), the passage below.", labels={"generated": "generated", "own": "your own"})
    # fmt: on

    @property
    def rates(self) -> tuple[int, ...]:
        """Dilations of the passage layers, the first acts first."""
        if self.dilations == "custom":
            return (self.rate_1, self.rate_2, self.rate_3, self.rate_4, self.rate_5)
        return tuple(map(int, self.dilations.split("-")))

    @property
    def widest(self) -> int:
        """The largest gap with which all facts fit into a passage."""
        return min(LENGTH // self.facts - 4, GAPS - 1)

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        """Gaps end where the facts would no longer fit."""
        return {"gap": float(self.widest), "walk": float(self.widest)}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.gap > self.widest:
            raise BadValue("gap", self.gap, str(self.widest),
                template="gap = {value} does not fit: with three facts a passage of 40 tokens has room for gaps of 0 to {allowed}.")  # fmt: skip
        return self
