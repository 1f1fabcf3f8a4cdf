"""Parameters of the sparse attention lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import model_validator

from engine.attention.memory import memory_limit
from engine.core.params import BadValue, Params, choice, number, toggle, when

Pattern = Literal["none", "dense", "atrous", "local", "sparse"]
VOCABULARY = 8
HEADS, HEAD_WIDTH = 4, 16  # of the cost bench
SHORTEST = 128
LONGEST_LENGTH = 64

REACH, COST = when(bench="reach"), when(bench="cost")


class SparseAttentionParams(Params):
    """Controls of the sparse attention lab."""

    # fmt: off
    bench: Literal["reach", "cost"] = choice("reach", "Bench",
        "Reach: a small network learns to copy over a distance. Cost: seven ways to compute attention are timed.",
        labels={"reach": "what it reaches", "cost": "what it costs"})
    copy_distance: int = number(15, 0, LONGEST_LENGTH - 1, "Copy distance",
        "The answer at every token is the token so many places before it. Moved while it learns, the network must learn anew.",
        symbol="Δ", kind="hot", when=REACH)
    layer1: Pattern = choice("local", "Layer 1", "The first layer, which reads the embeddings: whom may a token see?", symbol="M₁",
        when=REACH)
    layer2: Pattern = choice("atrous", "Layer 2", "The layer above the first.", symbol="M₂", when=REACH)
    layer3: Pattern = choice("none", "Layer 3", "The third layer.", symbol="M₃", when=REACH)
    stride: int = number(6, 2, 12, "Stride and window",
        "Atrous sees every k-th token, local those up to k away.", symbol="k", kind="hot", when=REACH)
    length: int = number(36, 12, LONGEST_LENGTH, "Length", "Tokens in a sequence.", symbol="n", section="Network", when=REACH)
    causal: bool = toggle(False, "Causal",
        "No token sees a later one: local and atrous are then the two heads of the Sparse Transformer.",
        section="Network", when=REACH)
    learning_rate: float = number(0.01, 0.001, 0.03, "Learning rate", "Step size of Adam.", symbol="η", kind="hot", log=True,
        section="Network", when=REACH)
    cost_stride: int = number(32, 8, 64, "Stride and window", "Stride and window of what is timed.", symbol="k", when=COST)
    longest: int = number(2048, 512, 4096, "Longest sequence",
        "Lengths are doubled from 128 up to this one; dense attention at 4,096 takes a gigabyte and several seconds.",
        symbol="n", log=True, when=COST)
    read_at: int = number(2048, 128, 4096, "Read at length",
        "The measured length nearest to this one is marked, and dense is compared with the others there.", symbol="n", kind="lens",
        log=True, when=COST)
    query: int = number(24, 0, LONGEST_LENGTH - 1, "Query", "The output whose ways are shown.", symbol="i", kind="lens",
        hidden=True)
    key: int = number(9, 0, LONGEST_LENGTH - 1, "Key", "The input from which they come.", symbol="j", kind="lens", hidden=True)
    # fmt: on

    @model_validator(mode="after")
    def _possible(self) -> SparseAttentionParams:
        if self.copy_distance >= self.length:
            template = "copy_distance = {value} is not possible with length {length}; allowed: 0 to {most}."
            most, length = str(self.length - 1), str(self.length)
            raise BadValue("copy_distance", self.copy_distance, f"0 to {most}", template=template, most=most, length=length)
        need, limit = 4 * 4 * HEADS * self.longest**2, memory_limit()  # scores, masked scores, weights and one copy, float32
        if self.bench == "cost" and need > limit:
            raise BadValue("longest", self.longest, "",
                template="longest = {value} would need about {need} GB for dense attention, and a run may take {limit} GB of this "
                "machine's memory; choose a shorter one",
                need=f"{need / 2**30:.1f}", limit=f"{limit / 2**30:.1f}")  # fmt: skip
        return self

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        """The copy distance, and what is pointed at, stay inside the sequence."""
        return dict.fromkeys(("copy_distance", "query", "key"), self.length - 1)

    @property
    def patterns(self) -> tuple[Pattern, Pattern, Pattern]:
        """The patterns of the three layers, the first acts first."""
        return (self.layer1, self.layer2, self.layer3)

    @property
    def lengths(self) -> tuple[int, ...]:
        """What the cost bench measures: 128, 256, ... up to the longest."""
        return tuple(SHORTEST << doubling for doubling in range((self.longest // SHORTEST).bit_length()))
