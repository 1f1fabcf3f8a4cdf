"""The story in seven chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.generation.seq2seq_reading import claims
from engine.generation.seq2seq_reading.params import FUSIONS

QUICK = {"horizon": 600}


def beside(timeline: Timeline) -> dict[str, float]:
    """Loss and right answers of the twin."""
    if timeline.other is None:
        return {}
    s = timeline.other.frame.scalars
    return {"exact_other": s["exact_match"], "loss_other": s["loss"], "empty_other": s["no_answer_accuracy"]}


def by_fusion(timeline: Timeline) -> dict[str, float]:
    """Share right among five passages, by fusion."""
    return {f"{fusion}_5": claims.curve(timeline, fusion).get(5, float("nan")) for fusion in FUSIONS}


def by_passages(timeline: Timeline) -> dict[str, float]:
    """Share right of the arms, and of perfect readers."""
    arms = timeline.arms
    found = {f"right_{k}": arm.frame.scalars["vote_accuracy"] for k, arm in arms.items()}
    return found | {f"perfect_{k}": arm.frame.scalars["vote_theory"] for k, arm in arms.items()}


def by_filter(timeline: Timeline) -> dict[str, float]:
    """Share right among nine passages, by fusion, without and with the filter."""
    found = {}
    for filtered, arm in timeline.arms.items():
        for fusion in FUSIONS:
            found[f"{fusion}_{'with' if filtered else 'without'}"] = claims.curve(arm, fusion).get(9, float("nan"))
    return found


CHAPTERS = (
    Chapter(
        "learn", views=("reading", "curves"), shows=(claims.reads, claims.knows), hero="question", guess="right",
    ),
    Chapter(
        "one_mask", views=("grid", "curves"), shows=(claims.blind,), compare={"mask": "causal"}, hero="question",
        guess="causal", after=beside,
    ),
    Chapter(
        "cheating", values={"mask": "question-first"}, views=("grid", "curves"),
        shows=(claims.question_first, claims.copied, claims.fooled), compare={"mask": "full"}, hero="question",
        guess="cheat", after=beside,
    ),
    Chapter(
        "nothing", values=QUICK, steps=600, views=("doubt", "reading"),
        shows=(claims.calibrated, claims.knows, claims.ranks), changes=((550, {"absent": 0.5}),), hero="absent",
    ),
    Chapter(
        "vote", values=QUICK, steps=600, views=("ballot", "fusions"), shows=(claims.beats_first, claims.bounded),
        hero="ballot", guess="fusion", section="Vote", after=by_fusion,
    ),
    Chapter(
        "more", values=QUICK, steps=600, views=("fusions", "ballot"), shows=(claims.alone, claims.many),
        sweep=Sweep("passages", claims.SWEPT, "vote_accuracy"), hero="present", section="Vote", after=by_passages,
    ),
    Chapter(
        "unfiltered", values={**QUICK, "passages": 9}, steps=600, views=("fusions", "ballot"),
        shows=(claims.all_fall, claims.resists, claims.product_falls),
        sweep=Sweep("drop_empty", (True, False), "vote_accuracy"), hero="present", guess="resisting", section="Vote",
        after=by_filter,
    ),
)  # fmt: skip


def found_causal(timeline: Timeline) -> str | None:
    """How much the causal twin answers."""
    other = timeline.other
    if claims.blind(timeline) is None or other is None:
        return None
    right = other.frame.scalars["exact_match"]
    return "same" if right > 0.9 else "less" if right > 0.5 else "few"


def found_cheat(timeline: Timeline) -> str | None:
    """Whether the mask that shows the answer to itself reads."""
    verdict = claims.fooled(timeline)
    return None if verdict is None else "nothing" if verdict.agrees else "some" if verdict.measured < 0.8 else "best"


def found_fusion(timeline: Timeline) -> str | None:
    """Where (4) stands among the fusions of five passages."""
    if claims.beats_first(timeline) is None:
        return None
    shares = {fusion: claims.curve(timeline, fusion)[5] for fusion in FUSIONS}
    below = [fusion for fusion in ("first", "product") if shares["squares"] > shares[fusion] + 0.05]
    return "both" if len(below) == 2 else below[0] if below else "neither"


def found_resisting(timeline: Timeline) -> str | None:
    """The fusion of the most right answers where all passages vote."""
    arm = claims.unfiltered(timeline)
    return None if arm is None else max(FUSIONS, key=lambda fusion: claims.curve(arm, fusion)[9])


GUESSES = (
    Guess(
        "right",
        "Draw the share of answers that are right while it learns.",
        low=0.0,
        high=1.0,
        scalar="exact_match",
        hides=("curves",),
    ),
    Guess(
        "causal",
        "Under a causal mask the passage is read before the question. How many answers will be right?",
        options=(("same", "Nearly all"), ("less", "Half and more"), ("few", "Fewer than half")),
        answer=found_causal,
        because="{exact_match:.1%} are right under (1), {exact_other:.1%} under the causal mask.",
        numbers=beside,
        hides=("curves",),
        when=when(mask="unilm"),
    ),
    Guess(
        "cheat",
        "In the twin everybody sees everybody, the answer included. How will it answer on its own?",
        options=(("best", "Nearly all right"), ("some", "Some right"), ("nothing", "Nearly none right")),
        answer=found_cheat,
        because="{exact_other:.1%} are right, with a loss of {loss_other:.4f} nats: it copied the answer it was to write.",
        numbers=beside,
        hides=("curves",),
        when=when(mask="question-first"),
    ),
    Guess(
        "fusion",
        "Five passages, some silent, some wrong. Whom do the squares (4) beat clearly?",
        options=(("first", "The first survivor"), ("product", "The product"), ("both", "Both"), ("neither", "Neither")),
        answer=found_fusion,
        because="First survivor {first_5:.1%}, product {product_5:.1%}, mean {mean_5:.1%}, squares {squares_5:.1%}.",
        numbers=by_fusion,
        hides=("fusions",),
        when=when(mask="unilm", drop_empty=True),
    ),
    Guess(
        "resisting",
        "Nine passages, and those without the pair may vote, too. Which fusion is right most often?",
        options=(("first", "First survivor"), ("mean", "Mean"), ("product", "Product"), ("squares", "Squares (4)")),
        answer=found_resisting,
        because="First {first_without:.1%}, mean {mean_without:.1%}, product {product_without:.1%}, squares {squares_without:.1%}.",
        numbers=by_filter,
        hides=("fusions", "ballot"),
        arms=True,
        when=when(mask="unilm", passages=9),
    ),
)
