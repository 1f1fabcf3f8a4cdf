"""The story in seven chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.generation.seq2seq_reading import claims
from engine.generation.seq2seq_reading.params import FUSIONS


def beside(timeline: Timeline) -> dict[str, float]:
    """Loss and right answers of the twin."""
    if timeline.other is None:
        return {}
    s = timeline.other.frame.scalars
    return {"exact_other": s["exact_match"], "loss_other": s["loss"], "empty_other": s["no_answer_accuracy"]}


def by_fusion(timeline: Timeline, k: int = 5, name: str = "5") -> dict[str, float]:
    """Share right among k passages, by fusion."""
    return {f"{fusion}_{name}": claims.curve(timeline, fusion).get(k, float("nan")) for fusion in FUSIONS}


def by_passages(timeline: Timeline) -> dict[str, float]:
    """Share right of the arms, and of perfect readers."""
    arms = timeline.arms
    found = {f"right_{k}": arm.frame.scalars["vote_accuracy"] for k, arm in arms.items()}
    return found | {f"perfect_{k}": arm.frame.scalars["vote_theory"] for k, arm in arms.items()}


def by_filter(timeline: Timeline) -> dict[str, float]:
    """Share right among nine passages, by fusion, without and with the filter."""
    arms = timeline.arms.items()
    return {k: v for with_, arm in arms for k, v in by_fusion(arm, 9, "with" if with_ else "without").items()}


CHAPTERS = (
    Chapter(
        "learn", steps=450, views=("reading", "curves"), shows=(claims.reads, claims.knows), hero="question", guess="right",
    ),
    Chapter(
        "one_mask", steps=450, views=("grid", "curves"), shows=(claims.behind,), compare={"mask": "causal"}, hero="question",
        guess="causal", after=beside,
    ),
    Chapter(
        "cheating", values={"mask": "question-first"}, steps=525, views=("reading", "curves", "grid"),
        shows=(claims.question_first, claims.copied, claims.fooled), compare={"mask": "full"}, hero="question",
        after=beside,
    ),
    Chapter(
        "nothing", steps=525, views=("doubt", "reading"),
        shows=(claims.calibrated, claims.knows, claims.ranks), changes=((450, {"absent": 0.6}),), hero="absent",
    ),
    Chapter(
        "vote", steps=450, views=("ballot", "fusions"), shows=(claims.beats_first, claims.bounded),
        hero="ballot", guess="fusion", section="Vote", after=by_fusion,
    ),
    Chapter(
        "more", steps=450, views=("fusions", "ballot"), shows=(claims.alone, claims.many),
        sweep=Sweep("passages", claims.SWEPT, "vote_accuracy"), hero="present", section="Vote", after=by_passages,
    ),
    Chapter(
        "unfiltered", values={"passages": 9}, steps=450, views=("fusions", "ballot"),
        shows=(claims.all_fall, claims.product_falls),
        sweep=Sweep("drop_empty", (True, False), "vote_accuracy"), hero="present", guess="losing", section="Vote",
        after=by_filter,
    ),
)  # fmt: skip


def found_causal(timeline: Timeline) -> str | None:
    """How much the causal twin answers."""
    other = timeline.other
    if claims.behind(timeline) is None or other is None:
        return None
    right = other.frame.scalars["exact_match"]
    return "same" if right > 0.9 else "less" if right > 0.5 else "few"


def found_fusion(timeline: Timeline) -> str | None:
    """Where (4) stands among the fusions of five passages."""
    if claims.beats_first(timeline) is None:
        return None
    shares = {fusion: claims.curve(timeline, fusion)[5] for fusion in FUSIONS}
    below = [fusion for fusion in ("first", "product") if shares["squares"] > shares[fusion] + 0.05]
    return "both" if len(below) == 2 else below[0] if below else "neither"


def found_losing(timeline: Timeline) -> str | None:
    """The fusion that loses most where all passages vote."""
    lost = claims.losses(timeline)
    return None if lost is None else max(FUSIONS, key=lambda fusion: lost[fusion])


GUESSES = (
    Guess("right", "Draw the share of answers that are right while it learns.", scalar="exact_match", hides=("curves",)),
    Guess("causal", "Under a causal mask the passage is read before the question. How many answers will be right at half-time?",
        options=(("same", "Nearly all"), ("less", "Half and more"), ("few", "Fewer than half")), answer=found_causal,
        because="{exact_match:.1%} are right under (1), {exact_other:.1%} under the causal mask.", numbers=beside,
        hides=("curves",), when=when(mask="unilm")),
    Guess("fusion", "Five passages, some silent, some wrong. Whom do the squares (4) beat clearly?",
        options=(("first", "The first survivor"), ("product", "The product"), ("both", "Both"), ("neither", "Neither")),
        answer=found_fusion, numbers=by_fusion, hides=("fusions",), when=when(mask="unilm", drop_empty=True),
        because="First survivor {first_5:.1%}, product {product_5:.1%}, mean {mean_5:.1%}, squares {squares_5:.1%}."),
    Guess("losing", "Nine passages, and those without the pair may vote, too. Which fusion loses most?",
        options=(("first", "First survivor"), ("mean", "Mean"), ("product", "Product"), ("squares", "Squares (4)")),
        answer=found_losing, numbers=by_filter, hides=("fusions", "ballot"), arms=True,
        because="First {first_with:.1%} → {first_without:.1%}, mean {mean_with:.1%} → {mean_without:.1%}, "
        "product {product_with:.1%} → {product_without:.1%}, squares {squares_with:.1%} → {squares_without:.1%}.",
        when=when(mask="unilm", passages=9)),
)  # fmt: skip
