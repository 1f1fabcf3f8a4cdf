"""Who is who in every picture of the CRF lab."""

from engine.plot import Cast
from engine.structured.sequences import TAGS

MODELS = Cast({"crf": ("CRF", "measured"), "softmax": ("softmax", "second"), "bayes": ("exact answer", "theory", "dash")})
LETTERS = TAGS
