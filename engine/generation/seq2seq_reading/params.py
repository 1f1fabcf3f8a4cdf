"""Parameters of the reading lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, number, toggle

Mask = Literal["unilm", "causal", "question-first", "full"]
Fusion = Literal["first", "mean", "product", "squares"]
FUSIONS: tuple[str, ...] = get_args(Fusion)
TESTED = 768  # test items; at least 307 of them can be answered at the largest share without answer
ASKED = 512  # questions of the voting world
MOST = 9  # passages of a question

MASK_NAMES = {
    "unilm": "UniLM (1)",
    "causal": "causal",
    "question-first": "question first, causal",
    "full": "all see all (a trap)",
}
FUSION_NAMES = {"first": "first survivor", "mean": "mean", "product": "product", "squares": "squares (4)"}


class Seq2seqReadingParams(Params):
    """Controls of the reading lab."""

    # fmt: off
    question: int = number(0, 0, 95, "Question", "Which pair is asked of the passage: drag, and it answers at once.",
        symbol="q", kind="lens")
    mask: Mask = choice("unilm", "Mask", "Who may see whom. UniLM: the source sees itself, the answer sees the source and its past.",
        symbol="M", labels=MASK_NAMES)
    absent: float = number(0.3, 0.0, 0.6, "Share without answer",
        "Share of training and test items whose passage does not hold the asked pair: their answer is empty.", symbol="π₀",
        kind="hot", step=0.05)
    passages: int = number(5, 1, MOST, "Passages", "How many passages are read for one question.", symbol="K", kind="hot",
        section="Vote")
    present: float = number(0.6, 0.0, 1.0, "Answer present", "Chance that a passage holds the asked pair.", symbol="q_in",
        kind="hot", step=0.05, section="Vote")
    wrong: float = number(0.25, 0.0, 1.0, "Wrong value", "Chance that a passage which holds it says any of the 100 values.",
        symbol="q_w", kind="hot", step=0.05, section="Vote")
    fusion: Fusion = choice("squares", "Fusion", "How the passages' chances become one score.", symbol="f", kind="hot",
        labels=FUSION_NAMES, section="Vote")
    drop_empty: bool = toggle(True, "Drop passages without answer",
        "Passages whose first token would be [SEP] have no say; if all are dropped, there is no answer.", kind="hot",
        section="Vote")
    mode: Literal["extractive", "generative"] = choice("extractive", "Mode",
        "Extractive: only what some surviving passage continues with. Generative: any token.", kind="hot", section="Vote")
    ballot: int = number(12, 0, ASKED - 1, "Question of the vote", "Which question of the voting world is shown.", kind="lens",
        section="Vote")
    threshold: float = number(0.5, 0.0, 1.0, "Threshold", "No answer is given where p₀ is above it; pictures only.", symbol="θ",
        kind="lens", step=0.01)
    entities: int = number(4, 2, 12, "Names", "Who can be asked about.", section="Size")
    attributes: int = number(2, 1, 8, "Properties", "What can be asked.", section="Size")
    facts: int = number(2, 1, 6, "Facts", "In a passage; fewer than names × properties.", symbol="m", section="Size")
    horizon: int = number(900, 100, 5000, "Training length", "The learning rate falls to 0 at this step.", unit="steps",
        step=100, section="Size")

    # pointed at
    row: int = number(0, 0, 2, "Answer token", "The token of the answer whose attention is shown.", kind="lens", hidden=True)
    # fmt: on

    @model_validator(mode="after")
    def _possible(self) -> Seq2seqReadingParams:
        pairs = self.entities * self.attributes
        if self.facts >= pairs:
            raise BadValue(
                "facts",
                self.facts,
                str(pairs - 1),
                template="{name} = {value} is too many: with {pairs} pairs of a name and a property at most {allowed} fit, "
                "or no pair could be absent.",
                pairs=str(pairs),
            )
        return self

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        """The slider of the question ends at the last pair."""
        return {"question": float(self.pairs - 1)}

    @property
    def pairs(self) -> int:
        """How many questions there are."""
        return self.entities * self.attributes

    @property
    def asked(self) -> int:
        """Number of the asked pair, from 0."""
        return min(self.question, self.pairs - 1)

    @property
    def source(self) -> int:
        """Length S of the source."""
        return 4 * self.facts + 5

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return 13 + self.entities + self.attributes
