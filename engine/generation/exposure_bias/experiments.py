"""The guided tour: one click sets the values."""

from engine.core.topic import Experiment

SMALL = {"hidden": 64, "batch": 32}
COUNTER = {"task": "counter", "labels": 7, "length": 24, "hidden": 64, "learning_rate": 0.01}

EXPERIMENTS = (
    Experiment(
        "two-tokens",
        "Two tokens",
        "The article's numbers. Each step is right, the search is wrong. Drag w below 0.825 and it turns.",
        {"u": 0.6, "v": 0.55, "w": 0.9, "width": 2},
        play=False,
    ),
    Experiment(
        "lost",
        "91 % and lost",
        "Teacher forcing only: nine in ten right with the teacher, chance alone.",
        {"schemes": "", "remedy": "teacher"},
        steps=400,
    ),
    Experiment(
        "noise-in-the-past",
        "A little noise in the past",
        "Two nets beside it are taught with a spoiled past: the gap closes, the loss rises.",
        {"schemes": "replace,su", "remedy": "teacher", "rate": 0.3},
        steps=400,
    ),
    Experiment(
        "rescue",
        "Rescue it while it runs",
        "Let teacher forcing run for 300 steps, then switch the live net to replacement, and back.",
        {"schemes": "teacher", "remedy": "teacher", "rate": 0.5, "horizon": 2000},
        steps=1200,
    ),
    Experiment(
        "tipping-point",
        "The tipping point",
        "A net without memory must land on the formulas. Drag r across its critical value.",
        {"decoder": "Markov", "schemes": "replace,scheduled", "rate": 0.3},
        steps=400,
    ),
    Experiment(
        "nothing-to-hold",
        "When sampling teaches nothing",
        "No source at all: trained on its own samples, the net unlearns the past and writes noise.",
        {"noise": 1.0, "schemes": "scheduled", "remedy": "teacher"},
        steps=400,
    ),
    Experiment(
        "one-wrong-token",
        "One wrong token",
        "A counter that never errs, until you put in a single wrong token. Raise k: you are immune to the dose you trained with.",
        {**COUNTER, "schemes": "replace,su", "remedy": "teacher", "rate": 0.15, "inject_at": 12, "inject": 1},
        steps=400,
    ),
    Experiment(
        "own-samples-do-not-immunise",
        "Perfect pupils learn no recovery",
        "Scheduled sampling on the counter: a net that makes no mistakes never shows itself any.",
        {**COUNTER, "schemes": "two-pass,replace", "remedy": "teacher", "rate": 0.3, "inject_at": 12, "inject": 1},
        steps=400,
    ),
    Experiment(
        "search-harder",
        "Search harder?",
        "Wider beams help here, and still lose to the model that sees the whole source.",
        {"schemes": "", "decoding": "beam", "width": 4},
        play=False,
    ),
    Experiment(
        "small-data",
        "Only 64 sequences",
        "The regime in which the article's gradient penalty and worst-case shifts help.",
        {**SMALL, "training_set": "64", "schemes": "replace,su,penalty,shift", "rate": 0.3, "penalty": 10.0, "shift": 4.0},
        steps=400,
    ),
)
