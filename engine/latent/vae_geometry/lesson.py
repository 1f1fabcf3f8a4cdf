"""The story in ten chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.core.topic import Chapter, Claim, Guess, Timeline, at_least, when
from engine.latent.vae_geometry import claims

DIGITS = {"data": "digits", "sigma_x": 0.2, "beta": 1.0}
ALONE = {"twin": False}

# fmt: off
CHAPTERS = (
    Chapter("areas", steps=800, views=("plane", "twin"), shows=(claims.winding, claims.ellipse_law), guess="kl"),
    Chapter("unheld", values={**ALONE, "beta": 0.0}, views=("plane",), shows=(claims.unheld,)),
    Chapter("naive", values={**ALONE, "regulariser": "quadratic", "beta": 1.0}, steps=800, views=("plane",), shows=(claims.naive,),
        guess="ellipses", compare={"regulariser": "kl"}),
    Chapter("too_much", values={**ALONE, "beta": 450.0}, views=("plane", "ladder"), shows=(claims.collapse, claims.coverage),
        guess="left"),
    Chapter("and_back", values={**ALONE, "beta": 450.0}, steps=1300, views=("plane", "ladder"), shows=(claims.revived,),
        changes=((500, {"beta": 4.0}),)),
    Chapter("short_way", values=ALONE, views=("plane", "strips"), shows=(claims.cuts_through, claims.stays_near, claims.length),
        hero="angle_b", guess="way", section="Curve"),
    Chapter("no_gap", values={**ALONE, "data": "moons", "metric": "pullback"}, views=("plane", "metric_field"),
        shows=(claims.gap_remembered,), guess="gap", compare={"beta": 1.0}),
    Chapter("digits", values=DIGITS, steps=1500, views=("plane", "gallery", "surgery"),
        shows=(claims.union_is_the_disc, claims.gaps_filled, claims.more_classes)),
    Chapter("same_s", values={**ALONE, "sigma_x": 0.2, "lock_s": True}, views=("plane",), shows=(claims.only_s,),
        hero="sigma_x", guess="planes", compare={"sigma_x": 0.1}),
    Chapter("eight_axes", values={**ALONE, **DIGITS, "code_size": 8}, steps=1500, views=("ladder", "gallery"),
        shows=(claims.axes_die,), guess="living"),
)
# fmt: on

ALIVE, DEAD = 0.02, 0.002  # nats: a mean KL above or below this, once the run has settled; between them nothing is said
CARRIES = 0.2  # nats of an axis that is in use


def critical_weight(timeline: Timeline) -> float | None:
    """The value of β at which the weight in force is β_c (10); None for another loss than (8)."""
    params = timeline.params
    return timeline.frame.scalars["beta_c"] * params.beta / params.weight if claims.standard(params) else None


def still_alive(timeline: Timeline) -> tuple[float, float] | None:
    """Codes that hold something put the critical β above the present one, dead codes below."""
    kl, beta = timeline.frame.scalars["kl"], timeline.params.beta
    if not claims.standard(timeline.params) or not (kl > ALIVE or kl < DEAD):
        return None
    return (beta, math.inf) if kl > ALIVE else (0.0, beta)


def told(claim: Claim, borne_out: str, not_so: str) -> Callable[[Timeline], str | None]:
    """The answer that a claim's verdict gives."""

    def answer(timeline: Timeline) -> str | None:
        verdict = claim(timeline)
        return None if verdict is None else borne_out if verdict.agrees else not_so

    return answer


def gap_left(timeline: Timeline) -> str | None:
    """Whether the ruler still rises between the moons: with the stronger pull no less than with the weaker one."""
    verdict = claims.gap_remembered(timeline)
    return None if verdict is None else "ruler" if verdict.agrees and verdict.measured > RISES else "gone"


def ridges(timeline: Timeline) -> dict[str, float]:
    """How often the magnification at the codes it reaches between the moons, in both arms."""
    return {name: claims.ridge(line) for name, line in (("strong", timeline), ("weak", timeline.other)) if line is not None}


def still_there(timeline: Timeline) -> str | None:
    """What is left of the ring at a large weight: axes that still carry something."""
    verdict = claims.collapse(timeline)
    if verdict is None:
        return None
    living = int((timeline.frame.arrays["kl_axis"] > ALIVE).sum())
    return "nothing" if verdict.agrees else "line" if living == 1 else "smaller"


def living(timeline: Timeline) -> dict[str, float]:
    """How many axes are in use."""
    return {"living": float((timeline.frame.arrays["kl_axis"] >= CARRIES).sum())}


def how_many_live(timeline: Timeline) -> str | None:
    """All of the axes, most of them, or at most half."""
    if claims.axes_die(timeline) is None:
        return None
    count, size = living(timeline)["living"], timeline.params.code_size
    return "all" if count == size else "most" if 2 * count > size else "few"


def keeps_ellipses(timeline: Timeline) -> str | None:
    """Which arm still has half-axes that are no points."""
    if claims.naive(timeline) is None or timeline.other is None:
        return None
    mine, others = (line.frame.scalars["points"] < 0.5 for line in (timeline, timeline.other))
    return {(True, True): "both", (True, False): "distance", (False, True): "kl", (False, False): "neither"}[mine, others]


def both_arms(timeline: Timeline) -> dict[str, float]:
    """The twin's numbers."""
    other = timeline.other.frame.scalars if timeline.other is not None else {}
    return {f"other_{name}": other[name] for name in ("kl", "points") if name in other}


SETTLED = 400  # steps after which the loss has decided
RISES = 1.5  # times its value at the codes: a ridge

# fmt: off
GUESSES = (
    Guess("way", "Which way from A to B does the shortest curve under the decoder's own ruler take?",
        options=(("ring", "It follows the ring"), ("hole", "It cuts through the hole")), answer=told(claims.cuts_through, "hole", "ring"),
        because="The curve leaves the true pictures by {off_pullback:.2f}, the straight line by {off_straight:.2f}.",
        hides=("plane", "strips"), after=SETTLED, when=when(data="glyph", code_size=2)),
    Guess("left", "A pull this strong: what will be left of the ring?",
        options=(("smaller", "A smaller ring"), ("line", "A line"), ("nothing", "Nothing but one disc")), answer=still_there,
        because="The mean KL is {kl:.4f} nats, at {beta_ratio:.2f} times the critical weight.",
        hides=("plane", "ladder"), after=SETTLED, when=when(data="glyph", beta=at_least(100))),
    Guess("gap", "The prior pushes the two moons together. Will the gap between them be gone?",
        options=(("gone", "Gone without a trace"), ("ruler", "The ruler remembers it")), answer=gap_left, numbers=ridges,
        because="Between the moons the magnification rises to {strong:.1f} times its value at the codes, with the weaker pull to "
        "{weak:.1f} times.", hides=("plane", "metric_field"), after=SETTLED, when=when(data="moons", code_size=2)),
    Guess("ellipses", "Which of the two pulls keeps the ellipses?",
        options=(("distance", "The distance (A)"), ("kl", "The KL divergence (B)"), ("both", "Both"), ("neither", "Neither")),
        answer=keeps_ellipses, numbers=both_arms,
        because="The share of half-axes below 0.02 is {points:.2f} in A and {other_points:.2f} in B.",
        hides=("plane",), after=SETTLED, when=when(regulariser="quadratic")),
    Guess("planes", "Twice the decoder noise, the same s: will the two planes differ?",
        options=(("same", "They are the same"), ("differ", "They differ")), answer=told(claims.only_s, "same", "differ"),
        because="The mean KL is {kl:.3f} nats in A and {other_kl:.3f} in B.", numbers=both_arms,
        hides=("plane",), after=SETTLED, when=when(lock_s=True)),
    Guess("living", "Codes of eight numbers: how many of them will the digits use?",
        options=(("all", "All eight"), ("most", "Five to seven"), ("few", "Four at most")), answer=how_many_live, numbers=living,
        because="{living:.0f} of the eight axes carry more than 0.2 nats.",
        hides=("ladder",), after=SETTLED, when=when(data="digits", code_size=8)),
    Guess("kl", "How much will an ellipse hold? Draw its mean KL over the run.", 0.0, 10.0, scalar="kl"),
    Guess("error", "How well will the VAE draw? Draw its squared error over the run.", 0.01, 100.0, log=True, scalar="error"),
    Guess("collapse", "At which KL weight does the last code die?", 1.0, 1000.0, log=True, parameter="beta", theory=critical_weight,
        measured=still_alive, after=SETTLED),
)
# fmt: on
