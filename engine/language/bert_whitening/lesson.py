"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, glide, when
from engine.language.bert_whitening import claims

EIGHT = {"width": 8, "kept": 8, "noise": 0.01}  # as many dimensions as meanings, hardly any noise
LEARNED = {"source": "trained", "width": 48, "kept": 8, "loudness": 1.0, "pairs": 2000}


def beside(timeline: Timeline) -> dict[str, float]:
    """The numbers of the run beside this one: spearman_raw_other is its raw score."""
    return {} if timeline.other is None else {f"{name}_other": value for name, value in timeline.other.frame.scalars.items()}


def by_loudness(timeline: Timeline) -> dict[str, float]:
    """The numbers of every arm: spearman_30 is the score at loudness ratio 30."""
    return {
        f"{name}_{arm.params.loudness:g}": value for arm in timeline.arms.values() for name, value in arm.frame.scalars.items()
    }


def by_power(timeline: Timeline) -> dict[str, float]:
    """Scores of the arms: at_50 is that at γ = 0.5."""
    return {f"at_{100 * arm.params.whitening_power:.0f}": arm.frame.scalars["spearman"] for arm in timeline.arms.values()}


# fmt: off
CHAPTERS = (
    Chapter("cone", values={"centring": 0.0, "whitening_power": 0.0}, steps=120, views=("cone", "pairs"), shows=(claims.rounded, claims.worse),
        changes=(*glide("centring", 0.05, 1.0, 8, 46), *glide("whitening_power", 0.05, 1.0, 56, 94)), hero="whitening_power", guess="round"),
    Chapter("keep", steps=110, views=("dimensions", "spectrum"), shows=(claims.peak, claims.nearly_perfect),
        changes=tuple((8 + 4 * step, {"kept": 31 - step}) for step in range(24)), guess="how_many"),
    Chapter("any_basis", values={"kept": 8}, steps=10, views=("pairs", "spectrum"), sweep=Sweep("loudness", claims.LOUDNESSES, "spearman_raw"),
        shows=(claims.raw_falls, claims.basis_free), after=by_loudness),
    Chapter("flow", values=EIGHT, steps=400, views=("pairs", "flow"), shows=(claims.matrix_enough, claims.flow_equal), guess="flow"),
    Chapter("linear", values={**EIGHT, "flow_depth": 0}, steps=600, views=("cone", "flow"), shows=(claims.floor, claims.same_score)),
    Chapter("bent", values={**EIGHT, "warp": 0.5}, steps=400, views=("cone", "flow"), shows=(claims.bends, claims.below_floor)),
    Chapter("learned", values=LEARNED, compare={"output_bias": True}, steps=600, views=("cone", "random_pairs"), hero="centring",
        shows=(claims.cone, claims.mean_alone, claims.no_cone), after=beside),
    Chapter("faint", values={**LEARNED, "loudness": 5.0}, steps=600, views=("dimensions", "spectrum"), hero="whitening_power",
        sweep=Sweep("whitening_power", claims.POWERS, "spearman"), shows=(claims.too_round, claims.half), after=by_power),
)
# fmt: on


def found_round(timeline: Timeline) -> str | None:
    """What whitening in all dimensions does to the score."""
    if not claims.opened(timeline):
        return None
    s = timeline.frame.scalars
    gain = s["spearman_full"] - s["spearman_raw"]
    return "better" if gain > 0.02 else "worse" if gain < -0.02 else "same"


def found_flow(timeline: Timeline) -> str | None:
    """Who orders the pairs of eight dimensions better."""
    if claims.flow_equal(timeline) is None:
        return None
    s = timeline.frame.scalars
    gain = s["spearman_flow"] - s["spearman_full"]
    return "flow" if gain > 0.02 else "matrix" if gain < -0.02 else "same"


# fmt: off
GUESSES = (
    Guess("round", "The cone is made perfectly round. Will cosine tell true similarity better?",
        options=(("better", "Better"), ("same", "No change"), ("worse", "Worse")), answer=found_round, hides=("pairs", "dimensions"),
        because="From {spearman_raw:.2f} to {spearman:.2f}: noise became as loud as meaning.", after=20,
        when=when(source="made", width=32, flow_depth=6)),
    Guess("how_many", "With how many dimensions kept does cosine agree best with the truth?", 1.0, 32.0, parameter="kept",
        theory=lambda timeline: float(timeline.params.meanings), hides=("dimensions", "spectrum"), when=when(source="made", width=32)),
    Guess("flow", "Eight dimensions, eight meanings: who orders the pairs better, the flow or one matrix?",
        options=(("flow", "The flow"), ("same", "Both alike"), ("matrix", "The matrix")), answer=found_flow, hides=("flow", "dimensions"),
        because="Whitening {spearman_full:.3f}, the flow {spearman_flow:.3f}.", after=400, when=when(source="made", width=8, warp=0.0, flow_depth=6)),
)
# fmt: on
