"""Who is who in every picture of the ON-LSTM lab."""

from engine.plot import Cast

WORDS = Cast({"0": ("content words", 7), "1": ("head words", 2), "2": ("topic words", 4)})  # by true level
ZONES = Cast({"history": ("history", "measured"), "input": ("input", "second"), "mix": ("both", 6)})  # who owns a level
