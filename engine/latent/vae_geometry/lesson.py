"""The story in ten chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Timeline, at_least, when
from engine.latent.vae_geometry import claims

DIGITS = {"data": "digits", "sigma_x": 0.2, "beta": 1.0}

CHAPTERS = (
    Chapter("areas", steps=800, views=("plane", "twin"), shows=(claims.winding, claims.ellipse_law), hero="beta", guess="kl"),
    Chapter("unheld", values={"beta": 0.0, "twin": False}, steps=1000, views=("plane",), shows=(claims.unheld,), hero="beta"),
    Chapter(
        "naive",
        values={"regulariser": "quadratic", "beta": 1.0, "twin": False},
        steps=800,
        views=("plane",),
        shows=(claims.naive,),
        hero="beta",
        guess="ellipses",
        compare={"regulariser": "kl"},
    ),
    Chapter(
        "too_much",
        values={"beta": 450.0, "twin": False},
        steps=1000,
        views=("plane", "ladder"),
        shows=(claims.collapse, claims.coverage),
        hero="beta",
        guess="left",
    ),
    Chapter(
        "and_back",
        values={"beta": 450.0, "twin": False},
        steps=1300,
        views=("plane", "ladder"),
        shows=(claims.revived,),
        changes=((500, {"beta": 4.0}),),
        hero="beta",
    ),
    Chapter(
        "short_way",
        values={"metric": "rbf", "angle_b": 2.4, "twin": False},
        steps=1000,
        views=("plane", "strips"),
        shows=(claims.cuts_through, claims.stays_near, claims.length),
        hero="angle_b",
        guess="way",
        section="Curve",
    ),
    Chapter(
        "no_gap",
        values={"data": "moons", "beta": 4.0, "metric": "pullback", "twin": False},
        steps=1000,
        views=("plane", "metric_field"),
        shows=(claims.gap_remembered,),
        hero="beta",
        guess="gap",
        compare={"beta": 1.0},
    ),
    Chapter(
        "digits",
        values=DIGITS,
        steps=1500,
        views=("plane", "gallery", "surgery"),
        shows=(claims.union_is_the_disc, claims.gaps_filled, claims.more_classes),
        hero="beta",
    ),
    Chapter(
        "same_s",
        values={"sigma_x": 0.2, "lock_s": True, "twin": False},
        steps=1000,
        views=("plane",),
        shows=(claims.only_s,),
        hero="sigma_x",
        guess="planes",
        compare={"sigma_x": 0.1},
    ),
    Chapter(
        "eight_axes",
        values={**DIGITS, "code_size": 8, "twin": False},
        steps=1500,
        views=("ladder", "gallery"),
        shows=(claims.axes_die,),
        hero="beta",
        guess="living",
    ),
)

ALIVE, DEAD = 0.02, 0.002  # nats: a mean KL above or below this, once the run has settled; between them nothing is said


def _standard(timeline: Timeline) -> bool:
    params = timeline.params
    return params.regulariser == "kl" and params.noise and params.beta > 0


def critical_weight(timeline: Timeline) -> float | None:
    """The value of β at which the weight in force is β_c (10); None for another loss than (8)."""
    params = timeline.params
    return timeline.frame.scalars["beta_c"] * params.beta / params.weight if _standard(timeline) else None


def still_alive(timeline: Timeline) -> tuple[float, float] | None:
    """Codes that hold something put the critical β above the present one, dead codes below."""
    kl, beta = timeline.frame.scalars["kl"], timeline.params.beta
    if not _standard(timeline) or not (kl > ALIVE or kl < DEAD):
        return None
    return (beta, math.inf) if kl > ALIVE else (0.0, beta)


def shorter_way(timeline: Timeline) -> str | None:
    """Whether the geodesic of the decoder's ruler leaves the true pictures as far as the straight line does."""
    verdict = claims.cuts_through(timeline)
    return None if verdict is None else "hole" if verdict.agrees else "ring"


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
    """How many axes carry at least 0.2 nats."""
    return {"living": float((timeline.frame.arrays["kl_axis"] >= 0.2).sum())}


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
    kept = [line.frame.scalars["points"] < 0.5 for line in (timeline, timeline.other)]
    return {(True, True): "both", (True, False): "distance", (False, True): "kl", (False, False): "neither"}[kept[0], kept[1]]


def same_planes(timeline: Timeline) -> str | None:
    """Whether two runs of the same s hold equally many nats."""
    verdict = claims.only_s(timeline)
    return None if verdict is None else "same" if verdict.agrees else "differ"


def both_arms(timeline: Timeline) -> dict[str, float]:
    """The twin's numbers."""
    other = timeline.other.frame.scalars if timeline.other is not None else {}
    return {f"other_{name}": other[name] for name in ("kl", "points") if name in other}


SETTLED = 400  # steps after which the loss has decided
RISES = 1.5  # times its value at the codes: a ridge
GLYPH = when(data="glyph", code_size=2)
GUESSES = (
    Guess(
        "way",
        "Which way from A to B does the shortest curve under the decoder's own ruler take?",
        options=(("ring", "It follows the ring"), ("hole", "It cuts through the hole")),
        answer=shorter_way,
        because="The curve leaves the true pictures by {off_pullback:.2f}, the straight line by {off_straight:.2f}.",
        hides=("plane", "strips"),
        after=SETTLED,
        when=GLYPH,
    ),
    Guess(
        "left",
        "A pull this strong: what will be left of the ring?",
        options=(("smaller", "A smaller ring"), ("line", "A line"), ("nothing", "Nothing but one disc")),
        answer=still_there,
        because="The mean KL is {kl:.4f} nats, at {beta_ratio:.2f} times the critical weight.",
        hides=("plane", "ladder"),
        after=SETTLED,
        when=when(data="glyph", beta=at_least(100)),
    ),
    Guess(
        "gap",
        "The prior pushes the two moons together. Will the gap between them be gone?",
        options=(("gone", "Gone without a trace"), ("ruler", "The ruler remembers it")),
        answer=gap_left,
        because="Between the moons the magnification rises to {strong:.1f} times its value at the codes, with the weaker pull to "
        "{weak:.1f} times.",
        numbers=ridges,
        hides=("plane", "metric_field"),
        after=SETTLED,
        when=when(data="moons", code_size=2),
    ),
    Guess(
        "ellipses",
        "Which of the two pulls keeps the ellipses?",
        options=(("distance", "The distance (A)"), ("kl", "The KL divergence (B)"), ("both", "Both"), ("neither", "Neither")),
        answer=keeps_ellipses,
        because="The share of half-axes below 0.02 is {points:.2f} in A and {other_points:.2f} in B.",
        numbers=both_arms,
        hides=("plane",),
        after=SETTLED,
        when=when(regulariser="quadratic"),
    ),
    Guess(
        "planes",
        "Twice the decoder noise, the same s: will the two planes differ?",
        options=(("same", "They are the same"), ("differ", "They differ")),
        answer=same_planes,
        because="The mean KL is {kl:.3f} nats in A and {other_kl:.3f} in B.",
        numbers=both_arms,
        hides=("plane",),
        after=SETTLED,
        when=when(lock_s=True),
    ),
    Guess(
        "living",
        "Codes of eight numbers: how many of them will the digits use?",
        options=(("all", "All eight"), ("most", "Five to seven"), ("few", "Four at most")),
        answer=how_many_live,
        because="{living:.0f} of the eight axes carry more than 0.2 nats.",
        numbers=living,
        hides=("ladder",),
        after=SETTLED,
        when=when(data="digits", code_size=8),
    ),
    Guess("kl", "How much will an ellipse hold? Draw its mean KL over the run.", 0.0, 10.0, scalar="kl"),
    Guess("error", "How well will the VAE draw? Draw its squared error over the run.", 0.01, 100.0, log=True, scalar="error"),
    Guess(
        "collapse",
        "At which KL weight does the last code die?",
        1.0,
        1000.0,
        log=True,
        parameter="beta",
        theory=critical_weight,
        measured=still_alive,
        after=400,
    ),
)
