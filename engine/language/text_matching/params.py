"""Parameters of the lab of text matching."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, choices, number, toggle, when

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[NO]", "[YES]")
PAD, UNK, CLS, SEP, MASK, NO, YES = range(len(SPECIALS))
CONCEPTS, SYNONYMS, FILLERS = 30, (0.7, 0.3), 4
WORDS = CONCEPTS * len(SYNONYMS) + FILLERS
TRAINED, TESTS = 2000, 1000  # pairs of the cipher corpus
LONGEST = 16  # tokens of a pair: [CLS] a [SEP] b [SEP]
PLAIN_STEPS = 600  # of the pretraining
LEAST_COUNT = 5  # a rarer cipher token becomes [UNK]
STARTS = ("scratch", "random", "frequency", "oracle")
MADE = when(data="made")
UNKNOWN = "{name} = {value}: of your own data nobody knows the true rows; choose another start."

Start = Literal["scratch", "random", "frequency", "oracle"]


class TextMatchingParams(Params):
    """Controls of the lab of text matching."""

    # fmt: off
    threshold: float = number(0.5, 0.0, 1.0, "Threshold", "Above this score (3) two sentences count as saying the same.", symbol="s", kind="lens", step=0.01)
    pair: int = number(0, 0, TESTS - 1, "Test pair", "Which pair of test sentences is shown.", kind="lens")
    hidden: int = number(1, 0, LONGEST - 1, "Hidden word", "Which token of the shown pair is hidden and guessed.", kind="lens")
    looked: Start = choice("frequency", "Start shown", "Whose attention, rows and scores are shown.", kind="lens",
        labels={"scratch": "from scratch", "random": "random rows", "frequency": "by frequency", "oracle": "true rows"})
    reveal: bool = toggle(False, "Reveal words", "Write the plain words beside their numbers.", kind="lens", when=MADE)
    cipher_pairs: int = number(3000, 200, 20000, "Cipher text counted", "Of how many pairs of sentences the words are counted.", symbol="n", log=True, when=MADE)
    starts: tuple[Start, ...] = choices(STARTS, "Starts", "From scratch; or the pretrained body with random rows, rows by frequency rank, or the true rows.",
        labels={"scratch": "from scratch", "random": "random rows", "frequency": "by frequency", "oracle": "true rows"})
    training: Literal["labels", "labels-mlm", "all"] = choice("all", "Training", "Labels only; labels and hidden words of labelled pairs; or hidden words of all text, too.",
        labels={"labels": "labels only", "labels-mlm": "with hidden words", "all": "with unlabelled text"})
    mask_rate: float = number(0.15, 0.0, 0.5, "Mask rate", "Share of words that are hidden in training and must be guessed.", symbol="ρ", kind="hot", step=0.01,
        when=when(training=("labels-mlm", "all")))
    labels: int = number(300, 20, TRAINED, "Labelled pairs", "How many training pairs have a label.", symbol="N", log=True)
    zipf: float = number(1.0, 0.5, 1.5, "Zipf exponent", "How unequal the concepts are: the r-th is drawn in proportion to r to the power −z.", symbol="z", step=0.1)
    domain_shift: float = number(1.0, 0.0, 1.0, "Domain shift", "Share of intents of the cipher text that the plain text never has.", step=0.05, when=MADE)
    hints: int = number(0, 0, 20, "Words told", "How many cipher tokens are told with their true word.", when=MADE)
    frozen: bool = toggle(False, "Body frozen", "Only embeddings and output biases learn.")
    data: Literal["made", "own"] = choice("made", "Data", "A made-up language, or your own lines: ids, tab, ids, tab, label 0 or 1 (or none).",
        labels={"made": "made up", "own": "your own"})
    # fmt: on

    @property
    def chosen(self) -> tuple[Start, ...]:
        """The starts that run: of one's own data nobody knows the true rows."""
        return tuple(start for start in self.starts if self.data == "made" or start != "oracle")

    @property
    def shown(self) -> Start:
        """The start that is looked at; where that does not run, the next one that does, or the last."""
        onward = STARTS[STARTS.index(self.looked) :]
        return next((start for start in self.chosen if start in onward), self.chosen[-1])

    @property
    def pretrains(self) -> bool:
        """Whether a pretrained body is needed."""
        return self.chosen != ("scratch",)

    @model_validator(mode="after")
    def _possible(self) -> TextMatchingParams:
        if not self.chosen:
            raise BadValue("starts", "oracle", "", template=UNKNOWN)
        return self
