"""Parameters of the position encoding race."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from engine.attention.memory import memory_limit
from engine.attention.position_encodings.names import NAMES
from engine.core.params import BadValue, Params, at_least, choice, choices, number, toggle, when

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


FULL = 24 * 256**2  # query-key pairs of the full test: 64 sequences, 24 at the longest default length
QUICK = 3 * 256**2  # and of a quick one on the way

ROPE = when(contestants="rope") | when(encoding="rope")
BENT = when(stretch=("PI", "NTK", "YaRN", "ReRoPE"))
TABLES = when(contestants=("shaw", "deberta")) | when(encoding=("shaw", "deberta"))
T5 = when(contestants="t5") | when(encoding="t5")
XPOS = when(contestants="xpos") | when(encoding="xpos")


def test_sequences(pairs: int, length: int, most: int) -> int:
    """How many test sequences of `length` fit into a budget of query-key pairs."""
    return max(1, min(most, pairs // length**2))


class PositionEncodingsParams(Params):
    """Controls of the position encoding lab."""

    # fmt: off
    test_ratio: float = number(2.0, 1.0, 8.0, "Test length over training length", "How much longer than anything seen in "
        "training the sequence is: the mark on the accuracy curves, the size of the score maps, the unseen angles of the "
        "dials.", symbol="L'/L", kind="lens", step=0.5)
    contestants: tuple[Encoding, ...] = choices(("none", "learned", "sinusoidal", "xl", "t5", "rope", "alibi"), "Contestants",
        "Which encodings race. All of them get the same batches and start from the same shared weights.", least=1, labels=NAMES)
    task: Task = choice("lag", "Task", "lag: copy the token k places back. first: always name the first token. mirror: read "
        "the sequence backwards. repeat: continue a repeated random block. bag: name the most frequent token (no order "
        "needed).", labels=TASK_NAMES)
    encoding: Encoding = choice("rope", "Encoding looked at",
        "Whose score, formula and attention the pictures show. It need not be in the race.", kind="lens", labels=NAMES)
    head: int = number(1, 1, 8, "Head", "Which attention head the score map shows.", symbol="h", kind="lens", step=1, when=when(heads=at_least(2)))
    base: float = number(1e4, 1.5, 1e6, "Base of the frequencies", "Pair t of a rotation or sinusoid turns by b to the power "
        "-2t/d per position: a larger base makes slower pairs. It acts on the pictures at once and on the training from the "
        "next step.", symbol="b", kind="hot", log=True)
    shifted: bool = toggle(False, "Shift all positions by 7",
        "The same tokens, seven places further on. Relative encodings do not notice; absolute ones do.", kind="lens")

    stretch: Literal["none", "PI", "NTK", "YaRN", "ReRoPE"] = choice("none", "Stretch the trained RoPE",
        "Change the angles of the RoPE that has been trained, without training it again. PI: all slower. NTK: larger base. "
        "YaRN: only pairs that never made a full turn get slower. ReRoPE: distances stop growing at W.", kind="lens",
        labels={"none": "as it is"}, section="Context extension", when=ROPE)
    factor: float = number(4.0, 1.0, 8.0, "Stretch factor",
        "By how much PI, NTK or YaRN extend the context; 1 changes nothing.", symbol="s", kind="lens", step=0.25,
        section="Context extension", when=ROPE & when(stretch=("PI", "NTK", "YaRN")))
    window: int = number(16, 1, 256, "ReRoPE window", "Distances from W on all count as W.", symbol="W", unit="positions",
        kind="lens", step=1, section="Context extension", when=ROPE & when(stretch="ReRoPE"))

    lag: int = number(5, 2, 13, "Lag",
        "How far back the token to copy stands. To predict the next token, attention must sit at distance k - 1.", symbol="k",
        unit="positions", step=1, section="Task", when=when(task="lag"))
    noise: float = number(0.1, 0.0, 0.9, "Noise",
        "Share of tokens in the lag task that are replaced by a random one; it sets the exact best loss and accuracy.",
        symbol="ε", step=0.05, section="Task", when=when(task="lag"))
    train_length: int = number(32, 16, 256, "Training length", "Sequence length in training. Everything beyond it is unseen.",
        symbol="L", unit="positions", step=16, section="Task")
    shuffle: int = number(1, 0, 99, "Shuffle",
        "Another permutation of the same sentence for the shuffle test; 0 leaves it as it is.", kind="lens", step=1,
        section="Task")

    heads: int = number(4, 1, 8, "Heads", "Attention heads; each is d/H wide and RoPE has d/2H frequencies. H must divide d.",
        symbol="H", step=1, section="Network")
    layers: int = number(1, 1, 4, "Layers", "Transformer blocks (repeat needs two).", step=1, section="Network")
    layer: int = number(1, 1, 4, "Layer looked at", "Whose attention is shown.", kind="lens", step=1, section="Network", when=when(layers=at_least(2)))
    width: int = number(32, 8, 256, "Width", "Components of a token vector.", symbol="d", step=8, section="Network")
    clip: int = number(16, 1, 32, "Clip of Shaw and DeBERTa", "Distances beyond K share one table row.", symbol="K",
        unit="positions", step=1, section="Encodings", when=TABLES)
    buckets: int = number(32, 4, 64, "T5 buckets", "How many buckets of distance have a learned number (even).", symbol="n_b",
        step=2, section="Encodings", when=T5)
    reach: int = number(128, 17, 512, "T5 maximum distance", "From here on all distances share the last bucket.", symbol="D",
        unit="positions", step=1, section="Encodings", when=T5)
    xpos_scale: float = number(32.0, 16.0, 512.0, "xPos scale", "Over how many positions xPos lets each pair fade once.",
        symbol="B", unit="positions", kind="hot", log=True, section="Encodings", when=XPOS)

    learning_rate: float = number(1e-2, 1e-4, 1e-1, "Learning rate",
        "Adam's peak rate after 20 steps of warm-up; it falls to 5 % along a cosine. T5's bias gets ten times as much.",
        symbol="η", kind="hot", log=True, section="Training")
    schedule: int = number(300, 100, 2000, "Length of the schedule",
        "Steps until the learning rate has come down; every contestant is then tested in full.", unit="steps", step=100,
        section="Training")
    batch: int = number(32, 4, 256, "Batch", "Sequences per step, the same for all.", kind="hot", step=4, section="Training")

    query: float = number(20.0, 0.0, 2048.0, "Query position", "Row of the cell clicked.", symbol="i", kind="lens", hidden=True)
    key: float = number(16.0, 0.0, 2048.0, "Key position", "Column of the cell clicked.", symbol="j", kind="lens", hidden=True)
    # fmt: on

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
            raise BadValue(
                "heads",
                self.heads,
                "1, 2, 4 or 8",
                template="heads = {value} must divide the width {width}; choose 1, 2, 4 or 8",
                width=str(self.width),
            )
        if self.head_width % 2:
            raise BadValue(
                "heads",
                self.heads,
                "",
                template="heads = {value} makes heads {width} wide, and RoPE turns pairs: the head width must be even",
                width=str(self.head_width),
            )
        if self.buckets % 2:
            raise BadValue(
                "buckets", self.buckets, "", template="buckets = {value} must be even: half of them are exact distances"
            )
        if self.lag >= self.train_length:
            raise BadValue(
                "lag",
                self.lag,
                "",
                template="lag = {value} must be smaller than the training length {length}",
                length=str(self.train_length),
            )
        exact = self.buckets // (2 if self.causal else 4)
        if self.reach <= exact:
            raise BadValue(
                "reach",
                self.reach,
                "",
                template="reach = {value} must be larger than the {exact} distances that have a bucket of their own",
                exact=str(exact),
            )
        need, limit = self.memory(), memory_limit()
        if need > limit:
            raise BadValue(
                "batch",
                self.batch,
                "",
                template="batch = {value} at training length {length} with {count} contestants would need about {need} GB, and a "
                "run may take {limit} GB of this machine's memory; make the batch, the training length, the layers or the list of "
                "contestants smaller",
                length=str(self.train_length),
                count=str(len(self.contestants)),
                need=f"{need / 2**30:.1f}",
                limit=f"{limit / 2**30:.1f}",
            )
        return self
