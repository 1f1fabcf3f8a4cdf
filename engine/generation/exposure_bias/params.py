"""Parameters of the exposure bias lab."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from engine.core.params import BadValue, Condition, Params, choice, choices, number, toggle, when
from engine.generation.exposure_bias.names import SCHEME_NAMES

SCHEMES = ("teacher", "replace", "su", "scheduled", "two-pass", "gumbel", "penalty", "shift", "teaforn")
Scheme = Literal["teacher", "replace", "su", "scheduled", "two-pass", "gumbel", "penalty", "shift", "teaforn"]

# cost of one step in arms x batch x length x hidden units x symbols / 8: about one second on one core at the limit
LARGEST = 20_000_000
TRIALS = 256  # test sequences of a trial
INJECTED = 128  # of them with wrong tokens put in

COMPASS, TEXT, KNOWN = when(task="compass"), when(task="text"), ~when(task="text")  # KNOWN: what should follow is known


def taught_by(*schemes: Scheme) -> Condition:
    """Some net of the run is trained by one of these."""
    return when(remedy=schemes) | when(schemes=schemes)


class ExposureBiasParams(Params):
    """Controls of the exposure bias lab. Probabilities are per token unless a title says otherwise."""

    # fmt: off
    rate: float = number(0.6, 0.0, 1.0, "Input corruption",
        "Share of the decoder's past tokens that training replaces by random ones; it also moves the theory curves.",
        symbol="r", kind="hot", step=0.05, when=COMPASS | taught_by("replace"))
    remedy: Scheme = choice("teacher", "The live net is trained by",
        "What the first net does from the next step on: switch a remedy on or off and watch it recover or sink.", kind="hot",
        labels=SCHEME_NAMES)
    schemes: tuple[Scheme, ...] = choices(("replace", "su", "two-pass"), "Trained beside it",
        "Further nets from the same start on the same batches, one for each scheme.", least=0, labels=SCHEME_NAMES)
    task: Literal["compass", "counter", "text"] = choice("compass", "Task",
        "compass: a noisy walk read by a noisy source; counter: a rule to be inferred from the past; text: your own text.")
    decoder: Literal["GRU", "Markov"] = choice("GRU", "Decoder",
        "GRU remembers its whole past; Markov sees only the last token and must land on the formulas.")
    noise: float = number(0.3, 0.0, 1.0, "Source noise",
        "Chance that the reading is random: 0 is a perfect source, 1 is no source at all (a language model).", symbol="δ",
        step=0.05, when=COMPASS)
    jump: float = number(0.1, 0.0, 0.3, "Jump rate", "Chance that the true walk jumps instead of stepping by one.", symbol="η",
        step=0.01, when=COMPASS)
    training_set: Literal["unlimited", "1024", "256", "128", "64", "32"] = choice("unlimited", "Training set",
        "Fresh sequences in every step, or a fixed set of this many.", symbol="n", when=KNOWN)
    decoding: Literal["greedy", "sample", "beam"] = choice("greedy", "Decoding",
        "How the nets continue on their own in the curves by position.", kind="lens", when=KNOWN)
    width: int = number(4, 1, 32, "Beam width", "Hypotheses kept by beam search, for nets and in the tree.", symbol="K",
        kind="lens")
    inject_at: float = number(12.0, 4.0, 40.0, "Error at position",
        "Where wrong tokens are put into the running output; a click in the raster sets it.", symbol="t₀", kind="lens",
        step=1.0, when=KNOWN)
    inject: int = number(1, 0, 8, "Wrong tokens", "How many wrong tokens in a row are put in.", symbol="k", kind="lens",
        when=KNOWN)

    u: float = number(0.6, 0.0, 1.0, "First step right", "Probability of the target's first token.", symbol="u", kind="lens",
        step=0.005, section="Two tokens")
    v: float = number(0.55, 0.0, 1.0, "Second step right", "Probability of the target's second token after its first.",
        symbol="v", kind="lens", step=0.005, section="Two tokens")
    w: float = number(0.9, 0.0, 1.0, "Rival's confidence", "Probability of d after c, a past that training never shows.",
        symbol="w", kind="lens", step=0.005, section="Two tokens")
    path: int = number(2, 2, 64, "Path length", "Steps of the target in the picture of the critical confidence.", symbol="T",
        kind="lens", section="Two tokens")
    ceiling: bool = toggle(True, "Limited capacity",
        "Hold u and v while the example is trained: a small model cannot simply become surer.", kind="lens",
        section="Two tokens")
    pool: bool = toggle(False, "A pool of right answers",
        "Off: only (a, b) is right. On: a pool of 100 targets in the counts 33, 27, 4, 36, whose best fit is this table.",
        kind="lens", section="Two tokens")

    schedule: Literal["linear", "exponential", "inverse sigmoid", "constant"] = choice("linear", "Truth schedule",
        "How scheduled sampling lowers the chance of a true past token over the training length.", kind="hot",
        section="Schedule", when=taught_by("scheduled", "two-pass", "gumbel"))
    truth: float = number(0.0, 0.0, 1.0, "Least truth", "Floor of that chance; with the constant schedule, the chance itself.",
        symbol="ε", kind="hot", step=0.05, section="Schedule", when=taught_by("scheduled", "two-pass", "gumbel"))
    horizon: int = number(400, 100, 4000, "Training length",
        "Steps over which the learning rate and the truth schedule run down.", unit="steps", kind="hot", step=100,
        section="Schedule")
    penalty: float = number(5.0, 0.01, 100.0, "Gradient penalty",
        "Weight of the squared gradient with respect to the embedded past; also in the two-token example.", symbol="λ",
        kind="hot", log=True, section="Remedies")
    shift: float = number(4.0, 0.0, 20.0, "Worst-case shift", "Length of the adversarial shift of every embedded past token.",
        symbol="εₐ", kind="hot", step=0.5, section="Remedies", when=taught_by("shift"))
    learning_rate: float = number(5e-3, 1e-5, 0.1, "Learning rate",
        "Adam's peak step size; 20 steps of warm-up, then a cosine down to 5 %.", kind="hot", log=True,
        section="Network and size")
    hidden: int = number(48, 16, 128, "Hidden units", "Width of the decoder; embeddings have half.", section="Network and size")
    batch: int = number(64, 8, 128, "Batch", "Sequences in one step.", section="Network and size")
    length: int = number(32, 24, 128, "Training length of a sequence", "The test runs twice as long.", unit="tokens",
        section="Network and size")
    labels: int = number(8, 2, 64, "Labels", "Size of the ring, or the modulus of the counter.", symbol="m",
        section="Network and size", when=KNOWN)

    # pointed at: ranges reach past the data, since a pointer may rest beside the last one
    probe: float = number(16.0, 0.0, 260.0, "Position", "The position under the pointer.", kind="lens", hidden=True)
    probe_level: float = number(0.0, -1.0, 8.0, "Level", "Height of the pointer: it picks the nearest curve.", kind="lens",
        hidden=True)
    example: float = number(0.0, -1.0, 41.0, "Example", "Which test sequence is looked at.", kind="lens", hidden=True)
    # fmt: on

    @model_validator(mode="after")
    def _possible(self) -> ExposureBiasParams:
        if self.decoder == "Markov" and self.task == "counter":
            raise BadValue(
                "decoder",
                self.decoder,
                "GRU",
                template="A decoder without memory cannot learn the counter: one past token does not tell the step. Use {allowed}.",
            )
        symbols = 8 if self.task != "text" else 64
        symbols = max(symbols, self.labels) if self.task != "text" else symbols
        cost = (1 + len(self.schemes)) * self.batch * self.length * self.hidden * max(1.0, symbols / 64)
        if cost > LARGEST:
            fits = int(self.batch * LARGEST / cost)
            raise BadValue(
                "batch",
                self.batch,
                str(max(fits, 8)),
                template="A batch of {batch} is too large for {nets} nets of {units} units on sequences of {length} tokens: one step "
                "would take seconds on one core. A batch up to {allowed} fits.",
                batch=str(self.batch),
                nets=str(1 + len(self.schemes)),
                units=str(self.hidden),
                length=str(self.length),
            )
        return self

    @property
    def error_at(self) -> int:
        """First position (from 1) of the wrong tokens."""
        return round(self.inject_at)

    @property
    def probed(self) -> int:
        """Index of the position under the pointer."""
        return min(max(round(self.probe), 1), self.positions) - 1

    @property
    def shown(self) -> int:
        """Index of the test sequence that is looked at."""
        return min(max(round(self.example), 0), 39)

    @property
    def arms(self) -> tuple[str, ...]:
        """The nets of the run: "live" first, then one for each scheme beside it."""
        return ("live", *self.schemes)

    @property
    def positions(self) -> int:
        """Length of the test sequences."""
        return 2 * self.length

    def scheme_of(self, arm: str) -> str:
        """The scheme that trains an arm at the moment."""
        return self.remedy if arm == "live" else arm
