"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from collections.abc import Callable

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.training.self_orthogonality import claims
from engine.training.self_orthogonality.params import DIGITS, GAUSSIAN


def beside(timeline: Timeline) -> dict[str, float]:
    """The numbers of the run beside this one: angle_sd_other."""
    return {} if timeline.other is None else {f"{name}_other": value for name, value in timeline.other.frame.scalars.items()}


def swept(by: str) -> Callable[[Timeline], dict[str, float]]:
    """The numbers of every arm of a sweep over a parameter: angle_sd_16 with batches of 16."""

    def numbers(timeline: Timeline) -> dict[str, float]:
        arms = timeline.arms.values()
        return {f"{name}_{getattr(arm.params, by)}": value for arm in arms for name, value in arm.frame.scalars.items()}

    return numbers


def start(timeline: Timeline) -> dict[str, float]:
    """Where the angles began."""
    first = {name: float(timeline.trace(name)[1][0]) for name in ("angle_mean", "angle_sd")}
    return {f"{name}_start": value for name, value in first.items()}


def three(timeline: Timeline) -> dict[str, float]:
    """The middle one of the three angles in the plane."""
    found = claims.in_plane(timeline)
    return {} if found is None else {"middle": float(found[1])}


# fmt: off
CHAPTERS = (
    Chapter("signs", steps=600, views=("angles", "course"), shows=(claims.upright, claims.not_exact), guess="signs", after=start),
    Chapter("which", values={"anisotropy": 100.0}, steps=600, views=("angles", "lemma"), shows=(claims.upright_to_inputs, claims.not_to_euclid),
        guess="which"),
    Chapter("width", steps=600, views=("angles", "course"), sweep=Sweep("batch", claims.SIZES, "angle_sd"), hero="batch", shows=(claims.wide, claims.narrow),
        after=swept("batch")),
    Chapter("average", values={"lambda2": 0.0}, compare={"lambda2": 1.0}, steps=600, views=("matrix", "angles"), hero="lambda2",
        shows=(claims.upright_on_average, claims.only_on_average), after=beside),
    Chapter("plane", values={**claims.PLANE, "lambda1": 0.0}, changes=((250, {"lambda1": 100.0}),), steps=650, hero="lambda1",
        views=("plane", "course"), shows=(claims.sixty, claims.smaller_two, claims.larger_one), guess="plane", after=three),
    Chapter("redundant", values={"bench": "digits", "penalty": "off"}, compare={"penalty": "theta"}, steps=600, views=("matrix", "angles"),
        shows=(claims.weights_orthogonal, claims.outputs_redundant, claims.outputs_apart, claims.weights_not), guess="redundant", after=beside),
    Chapter("pixels", values={"bench": "digits", "penalty": "off"}, steps=600, sweep=Sweep("preprocessing", claims.PIXELS, "test_theta_rms"),
        views=("matrix", "filters"), shows=(claims.centring, claims.dividing, claims.whitening), after=swept("preprocessing")),
    Chapter("gain", values={"bench": "digits"}, steps=600, sweep=Sweep("penalty", claims.PENALTIES, "accuracy"), views=("worth", "filters"),
        shows=(claims.no_gain, claims.little_cost), guess="gain", after=swept("penalty")),
)
# fmt: on


def found_signs(timeline: Timeline) -> str | None:
    """Where the angles end."""
    s = claims.scalars(timeline)
    if not s:
        return None
    return "stay" if abs(s["angle_mean"] - 90) > 5 else "exactly" if s["angle_sd"] < 0.5 else "around"


def found_which(timeline: Timeline) -> str | None:
    """In which sense the angles are nearer to 90°."""
    s = claims.scalars(timeline, anisotropy=100.0)
    if not s:
        return None
    ratio = s["angle_sd"] / s["sigma_angle_sd"]
    return "both" if 0.8 < ratio < 1.2 else "inputs" if ratio > 1 else "euclid"


def found_plane(timeline: Timeline) -> str | None:
    """What three arrows in a plane settle on."""
    found = claims.in_plane(timeline)
    if found is None:
        return None
    known = {"third": (120, 120, 120), "sixty": (60, 60, 120), "wider": (67.5, 67.5, 135)}
    return min(known, key=lambda name: float(abs(found - known[name]).sum()))


def found_redundant(timeline: Timeline) -> str | None:
    """Under which penalty the outputs repeat each other least."""
    two = claims.pair(timeline)
    if two is None:
        return None
    ratio = two[0]["test_theta_rms"] / two[1]["test_theta_rms"]
    return "same" if 0.8 < ratio < 1.25 else "outputs" if ratio > 1 else "weights"


def found_gain(timeline: Timeline) -> str | None:
    """What has the highest accuracy, if it leads by half a percent."""
    found = claims.penalised(timeline)
    if not found:
        return None
    best = max(("F", "off", "theta"), key=lambda name: found[name]["accuracy"])
    lead = found[best]["accuracy"] - found["none"]["accuracy"]
    return "none" if lead < 0.005 else "theta" if best == "theta" else "weights"


# fmt: off
GUESSES = (
    Guess("signs", "The penalty sees only signs. Where do the 28 angles end?",
        options=(("stay", "Near 66°"), ("around", "Around 90°"), ("exactly", "At 90°, exactly")), answer=found_signs, numbers=start, hides=("angles", "course"),
        because="{angle_mean:.1f}° ± {angle_sd:.1f}°: every batch estimates ϑ anew, with noise.", after=claims.LATE,
        when=GAUSSIAN & when(anisotropy=1.0, lambda1=100.0, lambda2=1.0, batch=256, sharpness=3.0, filters=8, dims=16, input_mean=0.0)),
    Guess("which", "Inputs vary 100 times as much along one axis as along another. Which angles come nearer to 90°?",
        options=(("euclid", "Those between the arrows (Euclid)"), ("inputs", "Those that the inputs see (Σ)"), ("both", "Both alike")), answer=found_which,
        because="Σ: ± {sigma_angle_sd:.1f}°, Euclid: ± {angle_sd:.1f}°. Signs are signs of outputs.", hides=("angles", "lemma"), after=claims.LATE,
        when=GAUSSIAN & when(anisotropy=100.0, lambda1=100.0, lambda2=1.0, batch=256, sharpness=3.0, filters=8, dims=16, input_mean=0.0)),
    Guess("plane", "Three arrows in a plane cannot be at right angles. Where do they settle if the mean of ϑ counts most?",
        options=(("third", "120°, 120°, 120°"), ("sixty", "60°, 60°, 120°"), ("wider", "67.5°, 67.5°, 135°")), answer=found_plane, numbers=three,
        because="The two smaller angles are about {middle:.1f}°: then the three ϑ add up to zero.", hides=("plane", "course"), after=300,
        when=GAUSSIAN & when(dims=2, filters=3, anisotropy=1.0, lambda2=1.0, batch=1024, sharpness=3.0, input_mean=0.0)),
    Guess("redundant", "Which penalty leaves outputs that repeat each other less on new digits?",
        options=(("weights", "The one on the weights"), ("outputs", "The one on the outputs"), ("same", "No difference")), answer=found_redundant, numbers=beside,
        because="ϑ is {test_theta_rms:.2f} with orthogonal weights, {test_theta_rms_other:.2f} with the penalty on the outputs.", hides=("matrix", "angles"), after=claims.LATE,
        when=DIGITS & when(penalty="off", preprocessing="raw")),
    Guess("gain", "Which of them recognises the most digits?",
        options=(("weights", "Orthogonal weights"), ("theta", "Orthogonal outputs"), ("none", "None is better than no penalty")),
        answer=found_gain, numbers=swept("penalty"), arms=True, hides=("worth",), after=claims.LATE,
        because="{accuracy_none:.1%} without a penalty, {accuracy_theta:.1%} with ϑ, {accuracy_off:.1%} with WᵀW.", when=DIGITS),
)
# fmt: on
