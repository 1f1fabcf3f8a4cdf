"""Parameters of the lab of extracting triples."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, toggle, when

PREDICATES = ("director", "star", "author", "publisher", "born")  # by number
PATTERNS = 6
TESTS, LONGEST = 400, 128  # test sentences; characters of a sentence of one's own
RATES = {"ones": (1, 1, 1, 1, 1, 1), "mixed": (1, 2, 5, 1, 2, 5)}
STEPS, FOLD_STEPS = 200, 100  # of a model, and of each fold's model before it
SETS = 575  # sets of one to three spans of five places
REPAIRED = ~when(repair="off")


class DgcnnExtractionParams(Params):
    """Controls of the lab of extracting triples."""

    # fmt: off
    start_threshold: float = number(0.5, 0.05, 0.95, "Start threshold",
        "A place begins a span where its start tag is above this; the same for subjects and objects.", symbol="τₛ", kind="hot", step=0.01)
    end_threshold: float = number(0.4, 0.05, 0.95, "End threshold",
        "A place ends a span where its end tag is above this; the article takes 0.5 for starts and 0.4 for ends.", symbol="τₑ", kind="hot", step=0.01)
    sentence: int = number(0, 0, TESTS - 1, "Test sentence", "Which test sentence is shown, or which line of your own text.", kind="lens")
    subject: int = number(0, 0, 7, "Subject asked about", "Which of the subjects that are found in the sentence, in its order from 0, is asked about; or click one.",
        kind="lens")
    spans: int = number(0, 0, SETS - 1, "Set of spans", "Which of all 575 sets of one to three spans of five places stands in the sandbox.", kind="lens")
    missing_labels: float = number(0.3, 0.0, 0.6, "Missing labels", "The share of training triples that the annotators have forgotten.",
        symbol="ρ", step=0.05)
    condition: bool = toggle(True, "Ask about one subject",
        "Objects are tagged for one given subject; off: once for the whole sentence, and every subject gets them all.")
    wrong_subjects: bool = toggle(True, "Wrong subjects in training",
        "A training subject is a true start with any true end behind it, so at times no subject at all: then nothing is to be tagged.",
        when=when(condition=True))
    sentences: int = number(1500, 100, 5000, "Training sentences", "How many sentences there are to learn from.", symbol="n", log=True)
    dilations: Literal["ones", "mixed"] = choice("mixed", "Dilations", "How far apart the three places of each layer's window stand.",
        labels={"ones": "1 in every layer", "mixed": "1, 2, 5, 1, 2, 5"})
    repair: Literal["off", "2", "3", "4", "5", "6", "7", "8"] = choice("off", "Repair of labels",
        "So many models learn first, 100 steps each, each without one part of the sentences. Triples that all of them find are added; those that none finds are dropped.",
        labels={"off": "off", **{str(k): f"{k} folds" for k in range(2, 9)}})
    data: Literal["made", "own"] = choice("made", "Data shown",
        "Test sentences that are made, or your own: sentences in their words as TXT, one a line, or spans for the sandbox as CSV, in two columns: first and last place.",
        labels={"made": "made", "own": "your own"})
    # fmt: on
