"""Parameters of the position encoding race."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from engine.attention.position_encodings.names import NAMES
from engine.core.params import Params, choice, choices, number, toggle

Encoding = Literal[
    "none",
    "learned",
    "sinusoidal",
    "recursive",
    "multiplicative",
    "shaw",
    "xl",
    "t5",
    "deberta",
    "convolution",
    "complex",
    "rope",
    "xpos",
    "alibi",
]
Task = Literal["lag", "first", "mirror", "repeat", "bag"]

VOCABULARY = {"lag": 8, "first": 8, "mirror": 8, "repeat": 16, "bag": 4}
TASK_NAMES = {
    "lag": "lag: copy from k back",
    "first": "first: name the first",
    "mirror": "mirror: read backwards",
    "repeat": "repeat: continue a block",
    "bag": "bag: the most frequent",
}
CAUSAL = {"lag": True, "first": True, "mirror": False, "repeat": True, "bag": False}
RATIOS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # tested lengths, in training lengths
SHIFT = 7  # how far "shift all positions" moves the sequence


def memory_limit() -> int:
    """Bytes a run may take: half of what this machine (or its container) has."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 * 2**30
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            installed = min(installed, int(Path(name).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return installed // 2


class PositionEncodingsParams(Params):
    """Controls of the position encoding lab."""

    test_ratio: float = number(
        2.0,
        1.0,
        8.0,
        step=0.5,
        symbol="L'/L",
        title="Test length over training length",
        help="How much longer than anything seen in training the sequence is: the mark on the accuracy curves, "
        "the size of the score maps, the unseen angles of the dials.",
        kind="lens",
    )
    contestants: tuple[Encoding, ...] = choices(
        ("none", "learned", "sinusoidal", "xl", "t5", "rope", "alibi"),
        title="Contestants",
        help="Which encodings race. All of them get the same batches and start from the same shared weights.",
        least=1,
        labels=NAMES,
    )
    task: Task = choice(
        "lag",
        title="Task",
        help="lag: copy the token k places back. first: always name the first token. mirror: read the sequence backwards. "
        "repeat: continue a repeated random block. bag: name the most frequent token (no order needed).",
        labels=TASK_NAMES,
    )
    encoding: Encoding = choice(
        "rope",
        title="Encoding looked at",
        help="Whose score, formula and attention the pictures show. It need not be in the race.",
        kind="lens",
        labels=NAMES,
    )
    head: int = number(1, 1, 8, step=1, symbol="h", title="Head", help="Which attention head the score map shows.", kind="lens")
    base: float = number(
        1e4,
        1.5,
        1e6,
        log=True,
        symbol="b",
        title="Base of the frequencies",
        help="Pair t of a rotation or sinusoid turns by b to the power -2t/d per position: a larger base makes slower pairs. "
        "It acts on the pictures at once and on the training from the next step.",
        kind="hot",
        sweep=True,
    )
    shifted: bool = toggle(
        False,
        title="Shift all positions by 7",
        help="The same tokens, seven places further on. Relative encodings do not notice; absolute ones do.",
        kind="lens",
    )

    stretch: Literal["none", "PI", "NTK", "YaRN", "ReRoPE"] = choice(
        "none",
        title="Stretch the trained RoPE",
        help="Change the angles of the RoPE that has been trained, without training it again. PI: all slower. "
        "NTK: larger base. YaRN: only pairs that never made a full turn get slower. ReRoPE: distances stop growing at W.",
        kind="lens",
        labels={"none": "as it is"},
        section="Context extension",
    )
    factor: float = number(
        4.0,
        1.0,
        8.0,
        step=0.25,
        symbol="s",
        title="Stretch factor",
        help="By how much PI, NTK or YaRN extend the context; 1 changes nothing.",
        kind="lens",
        section="Context extension",
    )
    window: int = number(
        16,
        1,
        256,
        step=1,
        symbol="W",
        unit="positions",
        title="ReRoPE window",
        help="Distances from W on all count as W.",
        kind="lens",
        section="Context extension",
    )

    lag: int = number(
        5,
        2,
        13,
        step=1,
        symbol="k",
        unit="positions",
        title="Lag",
        help="How far back the token to copy stands. To predict the next token, attention must sit at distance k - 1.",
        sweep=True,
        section="Task",
    )
    noise: float = number(
        0.1,
        0.0,
        0.9,
        step=0.05,
        symbol="ε",
        title="Noise",
        help="Share of tokens in the lag task that are replaced by a random one; it sets the exact best loss and accuracy.",
        section="Task",
    )
    train_length: int = number(
        32,
        16,
        256,
        step=16,
        symbol="L",
        unit="positions",
        title="Training length",
        help="Sequence length in training. Everything beyond it is unseen.",
        sweep=True,
        section="Task",
    )
    shuffle: int = number(
        1,
        0,
        99,
        step=1,
        title="Shuffle",
        help="Another permutation of the same sentence for the shuffle test; 0 leaves it as it is.",
        kind="lens",
        section="Task",
    )

    heads: int = number(
        4,
        1,
        8,
        step=1,
        symbol="H",
        title="Heads",
        help="Attention heads; each is d/H wide and RoPE has d/2H frequencies. H must divide d.",
        sweep=True,
        section="Network",
    )
    layers: int = number(1, 1, 4, step=1, title="Layers", help="Transformer blocks (repeat needs two).", section="Network")
    layer: int = number(
        1, 1, 4, step=1, title="Layer looked at", help="Whose attention is shown.", kind="lens", section="Network"
    )
    width: int = number(32, 8, 256, step=8, symbol="d", title="Width", help="Components of a token vector.", section="Network")
    clip: int = number(
        16,
        1,
        32,
        step=1,
        symbol="K",
        unit="positions",
        title="Clip of Shaw and DeBERTa",
        help="Distances beyond K share one table row.",
        sweep=True,
        section="Encodings",
    )
    buckets: int = number(
        32,
        4,
        64,
        step=2,
        symbol="n_b",
        title="T5 buckets",
        help="How many buckets of distance have a learned number (even).",
        section="Encodings",
    )
    reach: int = number(
        128,
        17,
        512,
        step=1,
        symbol="D",
        unit="positions",
        title="T5 maximum distance",
        help="From here on all distances share the last bucket.",
        sweep=True,
        section="Encodings",
    )
    xpos_scale: float = number(
        32.0,
        16.0,
        512.0,
        log=True,
        symbol="B",
        unit="positions",
        title="xPos scale",
        help="Over how many positions xPos lets each pair fade once.",
        kind="hot",
        section="Encodings",
    )

    learning_rate: float = number(
        1e-2,
        1e-4,
        1e-1,
        log=True,
        symbol="η",
        title="Learning rate",
        help="Adam's peak rate after 20 steps of warm-up; it falls to 5 % along a cosine. T5's bias gets ten times as much.",
        kind="hot",
        section="Training",
    )
    schedule: int = number(
        300,
        100,
        2000,
        step=100,
        unit="steps",
        title="Length of the schedule",
        help="Steps until the learning rate has come down; every contestant is then tested in full.",
        section="Training",
    )
    batch: int = number(
        32, 4, 256, step=4, title="Batch", help="Sequences per step, the same for all.", kind="hot", section="Training"
    )

    query: float = number(
        20.0, 0.0, 2048.0, symbol="i", title="Query position", help="Row of the cell clicked.", kind="lens", hidden=True
    )
    key: float = number(
        16.0, 0.0, 2048.0, symbol="j", title="Key position", help="Column of the cell clicked.", kind="lens", hidden=True
    )

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @property
    def causal(self) -> bool:
        return CAUSAL[self.task]

    @property
    def test_length(self) -> int:
        return round(self.test_ratio * self.train_length)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths at which accuracy is measured."""
        return tuple(round(ratio * self.train_length) for ratio in RATIOS)

    def memory(self) -> int:
        """Bytes a run needs at most: scores and activations of all contestants in training, and the longest test of one.

        Six arrays of the size of the scores and 24 of the size of the stream live at once per layer (measured on the CPU:
        3.5 to 5.5 and about 20).
        """
        scores = 6 * self.heads * self.train_length**2
        stream = 24 * self.train_length * self.width
        training = len(self.contestants) * self.layers * self.batch * (scores + stream)
        test = 6 * self.heads * self.lengths[-1] ** 2 // 4
        return 4 * (training + test)

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"heads = {self.heads} must divide the width {self.width}; choose 1, 2, 4 or 8")
        if self.head_width % 2:
            raise ValueError(
                f"heads = {self.heads} makes heads {self.head_width} wide, and RoPE turns pairs: the head width must be even"
            )
        if self.buckets % 2:
            raise ValueError(f"buckets = {self.buckets} must be even: half of them are exact distances")
        if self.lag >= self.train_length:
            raise ValueError(f"lag = {self.lag} must be smaller than the training length {self.train_length}")
        exact = self.buckets // (2 if self.causal else 4)
        if self.reach <= exact:
            raise ValueError(f"reach = {self.reach} must be larger than the {exact} distances that have a bucket of their own")
        need, limit = self.memory(), memory_limit()
        if need > limit:
            raise ValueError(
                f"batch = {self.batch} at training length {self.train_length} with {len(self.contestants)} contestants would "
                f"need about {need / 2**30:.1f} GB, and a run may take {limit / 2**30:.1f} GB of this machine's memory; make "
                "the batch, the training length, the layers or the list of contestants smaller"
            )
        return self
