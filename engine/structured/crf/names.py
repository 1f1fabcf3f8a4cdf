"""Who is who in every picture of the CRF lab."""

from engine.plot import Cast

MODELS = Cast({"crf": ("CRF", "measured"), "softmax": ("softmax", "second"), "bayes": ("exact answer", "theory", "dash")})
LETTERS = ("B", "M", "E", "S")  # begin, middle, end of a word; a word of one symbol
FALSE, TRUE = "mark", "good"  # colours of what cannot be, and of what is true
