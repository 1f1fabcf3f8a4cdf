"""Parameters of the Nyströmformer lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, number, when

TOKENS, WIDTH = 256, 16  # of the approximation bench: n and d
PIXELS = 64  # tokens of the swap bench
LANDMARKS = (4, 8, 16, 32, 64, 128, 256)
DEEPEST = 20  # iterations at most
LENGTHS = (256, 512, 1024, 2048, 4096, 8192)  # at which multiplications are counted
TRAINED, CLASSES = 250, 10  # steps of softmax training, and digits

APPROXIMATE, SWAP = when(bench="approximate"), when(bench="swap")
ITERATED = when(inverse="iterations") | SWAP


class NystromformerParams(Params):
    """Controls of the Nyströmformer lab."""

    # fmt: off
    bench: Literal["approximate", "swap"] = choice("approximate", "Bench",
        "Rebuild: one attention matrix and its approximations, nothing is trained. Swap: a network is trained with softmax, then its attention is replaced.",
        labels={"approximate": "rebuild a matrix", "swap": "swap in a trained net"})
    landmarks: Literal["4", "8", "16", "32", "64", "128", "256"] = choice("32", "Landmarks",
        "How many landmark tokens stand in for all; also how many random features the Performer has. They divide the length, 256, or 64 in the trained net.",
        symbol="m", kind="hot")
    scale: float = number(1.0, 0.25, 4.0, "Scale of queries and keys", "Multiplies queries and keys both, so the logits grow with its square.",
        symbol="s", kind="hot", log=True, when=APPROXIMATE)
    smoothness: float = number(0.95, 0.0, 0.995, "Smoothness", "How much a token resembles the one before it; 0: not at all.",
        symbol="ρ", kind="hot", step=0.005, when=APPROXIMATE)
    inverse: Literal["iterations", "exact"] = choice("iterations", "Inverse", "What stands in the middle: some iterations towards the inverse, or the exact pseudo-inverse.",
        kind="hot", labels={"iterations": "T iterations", "exact": "exact"}, when=APPROXIMATE)
    iterations: int = number(6, 1, DEEPEST, "Iterations", "How often the iteration for the inverse is applied; the paper takes 6.",
        symbol="T", kind="hot", when=ITERATED)
    features: Literal["iid", "orthogonal"] = choice("orthogonal", "Random features", "The Performer's directions: independent, or at right angles in blocks of d.",
        symbol="ω", kind="hot", labels={"iid": "independent", "orthogonal": "orthogonal"})
    landmark_rule: Literal["segment", "k-means", "random"] = choice("segment", "Landmark rule",
        "Means of equal segments, centres of k-means, or tokens drawn at random.", kind="hot",
        labels={"segment": "segment means", "k-means": "k-means", "random": "random tokens"}, when=APPROXIMATE)
    swap_to: Literal["nystrom", "nystrom-exact", "performer"] = choice("nystrom", "Swap to", "Which attention is fine-tuned after the swap.",
        labels={"nystrom": "Nyström, T iterations", "nystrom-exact": "Nyström, exact inverse", "performer": "Performer"}, when=SWAP)
    fine_tune: int = number(40, 0, 100, "Fine-tuning", "Steps after the swap, with the new attention.", unit="steps", when=SWAP)
    row: int = number(100, 0, TOKENS - 1, "Token", "The token whose row is followed through the factors.", symbol="i", kind="lens",
        hidden=True, when=APPROXIMATE)
    # fmt: on

    @model_validator(mode="after")
    def _divides(self) -> NystromformerParams:
        if self.bench == "swap" and PIXELS % self.m:
            raise BadValue("landmarks", self.landmarks, "4, 8, 16, 32, 64",
                template="landmarks = {value} is not possible with bench swap, whose nets read 64 pixels; allowed: {allowed}.")  # fmt: skip
        return self

    def upper_ends(self, data: Mapping[str, Any] | None) -> dict[str, float]:
        """In the trained net no more landmarks than pixels."""
        return {"landmarks": PIXELS} if self.bench == "swap" else {}

    @property
    def m(self) -> int:
        """Landmarks, and random features."""
        return int(self.landmarks)
