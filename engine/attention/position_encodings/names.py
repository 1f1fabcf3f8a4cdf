"""Names, colours and formulas of the encodings as the figures show them."""

from __future__ import annotations

from engine.plot import Cast

NAMES = {
    "none": "no encoding",
    "learned": "learned",
    "sinusoidal": "sinusoidal",
    "recursive": "recursive (FLOATER)",
    "multiplicative": "multiplicative",
    "shaw": "Shaw",
    "xl": "Transformer-XL",
    "t5": "T5",
    "deberta": "DeBERTa",
    "convolution": "convolution",
    "complex": "complex order",
    "rope": "RoPE",
    "xpos": "xPos",
    "alibi": "ALiBi",
}

# Colours and dashes: the seven default contestants differ in colour, the rest in colour or dash.
_LOOKS = {
    "none": (7,), "learned": (1,), "sinusoidal": (5,), "recursive": (5, "dot"), "multiplicative": (1, "dot"), "shaw": (8,), "xl": (2,),
    "t5": (4,), "deberta": (9,), "convolution": (7, "dot"), "complex": (9, "dot"), "rope": (0,), "xpos": (3,), "alibi": (6,),
}  # fmt: skip
CAST = Cast({name: (words, *_LOOKS[name]) for name, words in NAMES.items()})

TERM_NAMES = ("content–content", "content–position", "position–content", "position–position")
TERMS = (
    "x<sub>i</sub> W<sub>Q</sub>W<sub>K</sub>ᵀ x<sub>j</sub>ᵀ",
    "x<sub>i</sub> W<sub>Q</sub>W<sub>K</sub>ᵀ p<sub>j</sub>ᵀ",
    "p<sub>i</sub> W<sub>Q</sub>W<sub>K</sub>ᵀ x<sub>j</sub>ᵀ",
    "p<sub>i</sub> W<sub>Q</sub>W<sub>K</sub>ᵀ p<sub>j</sub>ᵀ",
)

KEPT, DROPPED = "kept", "dropped"
_PLUS = (KEPT, "q<sub>i</sub>(p<sub>j</sub>W<sub>K</sub>)ᵀ", "(p<sub>i</sub>W<sub>Q</sub>)k<sub>j</sub>ᵀ")
_OUTER = "p<sub>i</sub>W<sub>Q</sub>W<sub>K</sub>ᵀp<sub>j</sub>ᵀ"

# What each encoding makes of the four terms of eq. (5).
BECOMES: dict[str, tuple[str, str, str, str]] = {
    "none": (KEPT, DROPPED, DROPPED, DROPPED),
    "learned": (*_PLUS, _OUTER),
    "sinusoidal": (*_PLUS, _OUTER),
    "recursive": (*_PLUS, _OUTER),
    "convolution": (*_PLUS, _OUTER),
    "multiplicative": (KEPT, "q<sub>i</sub>((x<sub>j</sub>⊙δ<sub>j</sub>)W<sub>K</sub>)ᵀ", "((x<sub>i</sub>⊙δ<sub>i</sub>)W<sub>Q</sub>)k<sub>j</sub>ᵀ", "(x<sub>i</sub>⊙δ<sub>i</sub>)…(x<sub>j</sub>⊙δ<sub>j</sub>)ᵀ"),
    "shaw": (KEPT, "q<sub>i</sub> R<sup>K</sup><sub>clip(i−j)</sub>ᵀ", DROPPED, DROPPED),
    "xl": (KEPT, "q<sub>i</sub> (R<sub>i−j</sub>W<sub>R</sub>)ᵀ", "u k<sub>j</sub>ᵀ", "v (R<sub>i−j</sub>W<sub>R</sub>)ᵀ"),
    "t5": (KEPT, DROPPED, DROPPED, "β<sub>f(i−j)</sub>"),
    "deberta": (KEPT, "q<sub>i</sub> R<sup>K</sup><sub>clip(i−j)</sub>ᵀ", "R<sup>Q</sup><sub>clip(j−i)</sub> k<sub>j</sub>ᵀ", DROPPED),
    "complex": ("Σ<sub>t</sub> r<sub>t</sub>² cos ω<sub>t</sub>(i−j)", DROPPED, DROPPED, DROPPED),
    "rope": ("Σ<sub>t</sub> Re[q<sub>t</sub>k<sub>t</sub>* e<sup>iω(i−j)</sup>]", DROPPED, DROPPED, DROPPED),
    "xpos": ("Σ<sub>t</sub> ζ<sub>t</sub><sup>(i−j)/B</sup> Re[q<sub>t</sub>k<sub>t</sub>* e<sup>iω(i−j)</sup>]", DROPPED, DROPPED, DROPPED),
    "alibi": (KEPT, DROPPED, DROPPED, "−μ<sub>h</sub>|i−j|"),
}  # fmt: skip

# One line per encoding: where position enters.
ENTERS = {
    "none": "nothing is added; only the causal mask knows an order",
    "learned": "the input: x + p, a trained row per position",
    "sinusoidal": "the input: x + p, fixed sines and cosines",
    "recursive": "the input: x + p, each row made from the one before",
    "multiplicative": "the input: x ⊙ (1 + δ), a trained row per position",
    "shaw": "keys and values: a table over the clipped distance",
    "xl": "the score: sinusoids of the distance, two learned vectors u and v",
    "t5": "the score: one learned number per bucket of distance",
    "deberta": "the score: clipped tables in both directions, no position–position term",
    "convolution": "the input: x + convolution; the zeros beyond the border tell where it is",
    "complex": "the input: every word turns with its own frequencies",
    "rope": "queries and keys: pairs turned by position, so the score sees only i − j",
    "xpos": "queries and keys: RoPE that fades with distance",
    "alibi": "the score: a straight fall with distance",
}
