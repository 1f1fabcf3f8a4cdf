"""The story in chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Timeline, when
from engine.latent.vae_bayes import claims


def both_rates(timeline: Timeline) -> dict[str, float]:
    """Rates and distortions of both twins."""
    if timeline.other is None:
        return {}
    mine, other = timeline.frame.scalars, timeline.other.frame.scalars
    return {
        "rate_a": mine["rate"],
        "rate_b": other["rate"],
        "distortion_a": mine["distortion"],
        "distortion_b": other["distortion"],
    }


def share_of_draws(timeline: Timeline) -> dict[str, float]:
    """How much of the gradient's variance comes from the draw of z."""
    s = timeline.frame.scalars
    return {"share": s["noise_z"] / (s["noise_x"] + s["noise_z"])}


CHAPTERS = (
    Chapter("water", views=("plane", "water"), shows=(claims.rate_fills, claims.distortion_fills, claims.living)),
    Chapter(
        "drown", steps=1700, views=("water", "images"), shows=(claims.rate_fills, claims.living), changes=((500, {"sigma2": 0.45}),)
    ),
    Chapter(
        "knob", values={"sigma2": 0.3}, steps=200, views=("plane", "ledger"), shows=(claims.one_knob,),
        compare={"sigma2": 0.1, "beta": 3.0}, guess="knob", after=both_rates,
    ),
    Chapter(
        "learned", values={"likelihood": "gaussian_learned"}, views=("water", "plane"), shows=(claims.calibrated, claims.rate_fills),
        hero="beta",
    ),
    Chapter(
        "split", values={"ablate": "kl_only"}, steps=1500, views=("images", "ledger"), shows=(claims.silent, claims.as_pca),
        compare={"ablate": "reconstruction_only"}, guess="split", after=both_rates, hero="ablate",
    ),
    Chapter(
        "plain", values={"network": "mlp", "latents": 6, "likelihood": "gaussian_learned"}, steps=900, views=("images", "plane"),
        shows=(claims.ten_times,), compare={"likelihood": "gaussian_fixed", "sigma2": 0.5}, guess="plain", after=both_rates, hero="beta",
    ),
    Chapter(
        "draws", values={"network": "mlp", "latents": 2, "likelihood": "gaussian_learned"}, steps=900, views=("noise", "codes"),
        shows=(claims.one_is_enough,), hero="samples", after=share_of_draws,
    ),
)  # fmt: skip


def knob(timeline: Timeline) -> str | None:
    """Whether both twins are the same run."""
    verdict = claims.one_knob(timeline)
    return None if verdict is None else "same" if verdict.agrees else "other"


def plain(timeline: Timeline) -> str | None:
    """Whose code carries more."""
    rates = both_rates(timeline)
    if not rates:
        return None
    ratio = rates["rate_a"] / max(rates["rate_b"], 1e-9)
    return "much" if ratio > 5 else "some" if ratio > 1.2 else "same"


def split(timeline: Timeline) -> str | None:
    """Which half alone gives the better picture."""
    found = both_rates(timeline)
    if not found:
        return None
    return "kl" if found["distortion_a"] < found["distortion_b"] else "reconstruction"


# fmt: off
GUESSES = (
    Guess("split", "A minimises the KL alone, B the reconstruction alone. Whose pictures will be nearer to the originals?",
        options=(("kl", "A"), ("reconstruction", "B")), answer=split, numbers=both_rates,
        because="The squared error is {distortion_a:.2f} in A and {distortion_b:.2f} in B.", hides=("images", "ledger"), after=300,
        when=when(ablate="kl_only")),
    Guess("rate", "How many nats will a code carry? Draw the rate over the steps.", 0.0, 12.0, scalar="rate",
        when=when(network="linear", likelihood="gaussian_fixed", ablate="both")),
    Guess("knob", "A: σ² = 0.3, β = 1. B: σ² = 0.1, β = 3. Which code will carry more?",
        options=(("same", "Both the same, at every step"), ("other", "They differ")), answer=knob, numbers=both_rates,
        because="A carries {rate_a:.4f} nats, B {rate_b:.4f}.", hides=("plane", "ledger"), after=100, when=when(sigma2=0.3)),
    Guess("plain", "A learns σ², B adds the plain sum of squares to the KL. How much more will A's code carry?",
        options=(("same", "About the same"), ("some", "Up to five times as much"), ("much", "More than five times as much")),
        answer=plain, numbers=both_rates, because="A carries {rate_a:.2f} nats, B {rate_b:.2f}.", hides=("images", "plane"), after=600,
        when=when(network="mlp", latents=6)),
)
# fmt: on
