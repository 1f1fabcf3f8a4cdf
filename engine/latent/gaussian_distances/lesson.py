"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Timeline, at_least, glide, when
from engine.latent.gaussian_distances import claims
from engine.latent.gaussian_distances.outputs import RACERS

CIRCLES = {"p_s1": 1.0, "p_s2": 1.0, "q_s1": 1.0, "q_s2": 1.0, "p_angle": 0.0, "q_angle": 0.0}
STACKED = {**CIRCLES, "p_x": 0.0, "p_y": 0.0, "q_x": 0.0, "q_y": 1.0}
LEVEL = {**CIRCLES, "p_x": 0.0, "p_y": 0.0}


def pieces(timeline: Timeline) -> dict[str, float]:
    """Largest step size of KL(q || p) along p's thin direction, and the step at which its racer was lost."""
    p, lost = timeline.params, timeline.frame.arrays["lost_at"]
    return {"most": 2 * min(p.p_s1, p.p_s2 * p.thinness) ** 2, "lost": float(lost[RACERS.index("kl_qp")])}


CHAPTERS = (
    Chapter(
        "flatten",
        values=STACKED,
        steps=90,
        views=("plane", "dials", "thin"),
        shows=(claims.kl_explodes, claims.bhattacharyya_explodes, claims.w2_stays),
        changes=glide("thinness", 0.95, 0.01, 8, 80, log=True),
        guess="ten",
    ),
    Chapter(
        "carry",
        values={"time": 0.0, "p_x": -2.5, "q_x": 2.5},
        steps=70,
        views=("plane", "ways"),
        shows=(claims.lands, claims.arrows_cost),
        changes=glide("time", 0.0, 1.0, 6, 66),
        hero="time",
    ),
    Chapter(
        "screw",
        values={"coupling": -150.0},
        steps=90,
        views=("coupling",),
        shows=(claims.bottom,),
        changes=glide("coupling", -146.0, 3.481, 8, 84, digits=3),
        hero="coupling",
        guess="angle",
    ),
    Chapter("race", views=("race", "track"), shows=(claims.contracts, claims.kl_arrives), hero="eta", section="Race"),
    Chapter(
        "too_far",
        values={**LEVEL, "start_distance": 12.0},
        steps=160,
        views=("race", "track"),
        shows=(claims.stuck, claims.freed),
        changes=((60, {"race_optimiser": "adam"}),),
        hero="eta",
        guess="stays",
        section="Race",
    ),
    Chapter(
        "stiff",
        values={"thinness": 0.3},
        views=("track", "race"),
        shows=(claims.thrown_out, claims.contracts),
        section="Race",
        after=pieces,
    ),
    Chapter(
        "two_humps",
        values={"mixture_gap": 0.5},
        steps=100,
        views=("humps", "hills"),
        shows=(claims.covers, claims.falls),
        changes=glide("mixture_gap", 0.55, 3.0, 8, 70),
        hero="mixture_gap",
        guess="hump",
        section="Two humps",
    ),
    Chapter(
        "same_law",
        values={"n": 1},
        steps=80,
        views=("same_law", "sizes"),
        shows=(claims.biased,),
        changes=tuple((8 + 2 * k, {"n": k + 1}) for k in range(1, 32)),
        hero="m",
        guess="how_far",
        section="Samples",
    ),
)


def growth(timeline: Timeline) -> str | None:
    """By how much KL grows when both get ten times thinner."""
    verdict, s = claims.kl_explodes(timeline), timeline.params.thinness
    if verdict is None or s >= 0.99:
        return None
    per_ten = verdict.measured / 0.5 if s == 1 else (verdict.measured / 0.5) ** (-1 / math.log10(s))
    return "same" if per_ten < 2 else "ten" if per_ten < 30 else "hundred"


def who_stays(timeline: Timeline) -> str | None:
    """Which loss leaves its racer where it was."""
    if timeline.frame.scalars["race_start"] == 0 or claims.stuck(timeline) is None:
        return None
    return max(("w2", "kl_qp", "hellinger"), key=lambda name: claims.before(timeline, f"race_{name}"))


def held(timeline: Timeline) -> dict[str, float]:
    """How far the racers of H² and W₂ still were before Adam."""
    return {name: claims.before(timeline, f"race_{name}") for name in ("hellinger", "w2")}


def hump(timeline: Timeline) -> str | None:
    """Where the walking fit stands."""
    s = timeline.frame.scalars
    if timeline.params.mixture_gap < 2.6:
        return None
    return "both" if abs(s["mixture_mean"]) < s["mixture_sd"] else "larger" if s["mixture_mean"] > 0 else "smaller"


def how_far(timeline: Timeline) -> str | None:
    """The size of the mean distance."""
    p, mean = timeline.params, timeline.frame.scalars["bias_mean"]
    if (p.m, p.n) != (200, 32):
        return None
    return "near" if mean < 0.1 else "some" if mean < 1 else "far"


# fmt: off
GUESSES = (
    Guess("ten", "Both become ten times thinner. What will KL(p‖q) do?",
        options=(("same", "Stay as it is"), ("ten", "Grow about tenfold"), ("hundred", "Grow a hundredfold")), answer=growth,
        because="At s = {thinness:.2f} it is {kl_pq:,.0f} nats; W₂² is {w2_squared:.3f}.", hides=("dials", "thin"), after=5,
        when=when(p_s1=1.0, p_s2=1.0, q_s1=1.0, q_s2=1.0, q_y=1.0)),
    Guess("angle", "At which coupling angle will the pairs be shortest?", -180.0, 180.0, parameter="coupling",
        theory=lambda timeline: timeline.frame.scalars["coupling_best"], hides=("coupling",)),
    Guess("stays", "Twelve widths away: whose racer will not leave its place?",
        options=(("w2", "W₂"), ("kl_qp", "KL(q‖p)"), ("hellinger", "H² (Hellinger)")), answer=who_stays, numbers=held,
        because="With H² it was still {hellinger:.3f} away after its steps along the plain gradient; with W₂ {w2:.3g}.",
        hides=("race", "track"), after=50, when=when(start_distance=at_least(12.0))),
    Guess("hump", "The humps part, and q follows the slope of KL(q‖p). Where will it be in the end?",
        options=(("both", "Across both humps"), ("larger", "In the larger hump"), ("smaller", "In the smaller hump")), answer=hump,
        because="Its mean is {mixture_mean:.2f}, its width {mixture_sd:.2f}; it costs {mixture_live:.3f} nats.",
        hides=("humps", "hills"), after=20),
    Guess("how_far", "Two samples of 200 points from one law in 32 dimensions: what will (3) say on average?",
        options=(("near", "About 0.03"), ("some", "About 0.3"), ("far", "About 3")), answer=how_far,
        because="It says {bias_mean:.2f}; (14) says {bias_predicted:.2f}. The truth is 0.", hides=("same_law", "sizes"), after=1)
)
# fmt: on
