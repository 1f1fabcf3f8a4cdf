"""Parameters of the masking lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

VOCABULARY, LONGEST, SHORTEST = 20, 12, 2  # tokens have ids 1 to 20; 0 is padding
CLASSES, WIDTH = 3, 16
DEPTH, SPAN = 3, 3  # convolutions, and how wide they are
TESTED = 397  # digits
MOST, MORE = 192, 12  # padding: at most, and between two settings
FINE, ALONG = range(LONGEST, MOST + 1, MORE), (12, 24, 48, 96, 192)  # where the shown sentence is looked at, and all of them
FIVE, NEGATIVE = (1, 0, 3, 4, 5), (-1, -2, -3, -4, -5)  # the article's numbers
TABLED = ("mean", "max", "attention")  # layers whose features belong to a token alone, wherever it stands
MIXING = ("conv", "bigru", "self_attention")  # layers in which a position sees others

PADDING, COMPOSITE = when(bench="padding"), when(bench="composite")


class MaskingParams(Params):
    """Controls of the masking lab."""

    # fmt: off
    bench: Literal["padding", "composite"] = choice("padding", "Bench",
        "Padding: two classifiers of short sentences, with and without a mask. Composite: layers inside a layer, which the optimiser finds or does not.",
        labels={"padding": "padding", "composite": "layers inside layers"})
    layer: Literal["mean", "max", "attention", "bigru", "self_attention", "conv"] = choice("mean", "Layer",
        "What makes one vector of a sentence, or mixes its positions before a mean does.",
        labels={"mean": "mean", "max": "maximum", "attention": "attention pooling", "bigru": "BiGRU", "self_attention": "self-attention",
        "conv": "convolutions"}, when=PADDING)
    test_padding: int = number(12, LONGEST, MOST, "Test padding", "Zeros are put behind test sentences up to this length; nothing is trained again.",
        symbol="T", unit="positions", kind="lens", step=MORE, when=PADDING)
    sentence: int = number(0, 0, 999, "Sentence", "The test sentence that is shown.", kind="lens", when=PADDING)
    constant: Literal["1e2", "1e4", "1e10", "inf"] = choice("1e10", "Mask constant", "What is taken from the scores of padding.", symbol="C", kind="hot",
        labels={"1e2": "100", "1e4": "10⁴", "1e10": "10¹⁰", "inf": "∞"}, when=PADDING)
    precision: Literal["float32", "float16"] = choice("float32", "Precision", "Bits of the scores when the constant is taken from them.",
        kind="hot", labels={"float32": "32 bits", "float16": "16 bits"}, when=PADDING)
    pad_side: Literal["right", "left"] = choice("right", "Pad side", "Where test sentences are padded; training pads at the right.", kind="lens",
        labels={"right": "right", "left": "left"}, when=PADDING)
    pad_row: Literal["trainable", "zero"] = choice("trainable", "Vector of padding", "What stands in row 0 of the embedding: trained like the others, or zero for ever.",
        labels={"trainable": "trained", "zero": "frozen at zero"}, when=PADDING)
    train_padding: Literal["batch", "12", "48"] = choice("batch", "Train padding", "How long training batches are padded: to their own longest sentence, or always as far.",
        labels={"batch": "batch's longest", "12": "12", "48": "48"}, when=PADDING)
    desk_zeros: int = number(3, 0, 40, "Zeros", "How many zeros stand behind the five numbers.", kind="hot", when=PADDING)
    digit: int = number(3, 0, TESTED - 1, "Picture", "The test digit that is shown.", kind="lens", when=COMPOSITE)
    registered: bool = toggle(True, "Register inner layers", "Whether the optimiser is told of the layers inside the layer; off: they stand in a plain list.", when=COMPOSITE)
    # fmt: on
