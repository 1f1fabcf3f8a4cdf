"""Who is who in every picture of the MEMM lab."""

from engine.plot import Cast

MODELS = Cast({"softmax": ("softmax", 7), "memm": ("MEMM", "second"), "bi": ("Bi-MEMM", 6), "crf": ("CRF", "measured"),
    "bayes": ("least possible", "theory", "dash"), "prior": ("always rib", "theory", "dot")})  # fmt: skip
PLACES = ("<b>r</b> ib", "r <b>i</b> b", "ri <b>b</b>", "<b>r</b> ob", "r <b>o</b> b", "ro <b>b</b>")  # of a label in its word
