"""Parameters of the VAE clustering lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, at_least, choice, number, toggle, when

OWN = when(data="own")
LABELLED = ~OWN  # the classes are known
PAIRS = when(clusters=at_least(2))
FARTHEST = 1e4  # from the origin a code may be pointed at
DRAWS = 10  # drawings of a class: the first at the centre, the others around it


class VaeClusteringParams(Params):
    """Controls of the VAE clustering lab."""

    # fmt: off
    lam: float = number(60.0, 1.0, 300.0, "Reconstruction weight",
        "How much a picture's squared error costs beside the two terms that sort the codes: λ = 1/σ² of the decoder.", symbol="λ",
        kind="hot", log=True)
    balance: float = number(1.0, 0.0, 6.0, "Class-balance weight",
        "Weight of the third term. At 0 clusters die; far to the right nobody dares to decide.", symbol="w", kind="hot", step=0.05)
    clusters: int = number(10, 1, 20, "Clusters", "How many centres there are. With 1 it is a plain VAE.", symbol="K")
    classifier: Literal["learned", "bayes"] = choice("learned", "Classifier",
        "Who says p(y|z): a small network that is trained along, or Bayes' rule from the distances to the centres.", symbol="p(y|z)",
        labels={"learned": "a network", "bayes": "Bayes' rule"})
    alignment: Literal["closed", "sampled"] = choice("closed", "Alignment term",
        "The second term in closed form, as in the author's script, or at the sampled code, as in the article.", kind="hot",
        labels={"closed": "closed form", "sampled": "sampled"})
    centre_scale: float = number(0.5, 0.0, 1.0, "Spread of the first centres",
        "Centres begin at this times a standard normal draw. At 0 all begin in one point, as in the author's script.", step=0.05)
    latents: int = number(10, 2, 20, "Latent size", "Numbers in a code. With 2 the map shows all there is.", symbol="d")
    scale_by_variance: bool = toggle(True, "Scale λ by the data's variance",
        "λ is understood for digits and divided by how much more other data vary, so that 60 means the same balance.", kind="hot")
    data: Literal["digits", "blobs", "pinwheel", "moons", "iris", "wine", "own"] = choice("digits", "Data",
        "Handwritten digits, points in a plane, two classical tables (standardised), or your own.",
        labels={"digits": "handwritten digits", "blobs": "five blobs", "pinwheel": "pinwheel", "moons": "two moons", "iris": "irises", "wine": "wines", "own": "your own data"})
    standardise: bool = toggle(False, "Standardise columns",
        "Own data only: every column gets mean 0 and standard deviation 1. Off: used as they are.", when=OWN)
    race: bool = toggle(False, "Train the two-step rival",
        "Trains a plain VAE (λ = 5, one centre) beside it on the same batches; K-means sorts its codes every 100 steps.",
        when=LABELLED & PAIRS)
    spread: float = number(1.0, 0.0, 1.5, "Generation spread", "How far from its centre each class draws: z = μ_y + spread · ε.",
        kind="lens", step=0.05)
    chosen: int = number(0, 0, 20, "Chosen cluster", "Set by a click on a row of the table.", kind="lens", hidden=True)
    chosen_class: int = number(0, 0, 100, "Chosen class", "Set by a click on a column of the table.", kind="lens", hidden=True)
    probe_x: float = number(0.0, -FARTHEST, FARTHEST, "Probe, x", "Set by pointing at the map.", kind="lens", hidden=True)
    probe_y: float = number(0.0, -FARTHEST, FARTHEST, "Probe, y", "Set by pointing at the map.", kind="lens", hidden=True)
    # fmt: on

    @property
    def rival(self) -> bool:
        """Whether the two-step rival is trained along."""
        return self.race and self.data != "own" and self.clusters > 1
