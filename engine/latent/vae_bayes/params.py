"""Parameters of the VAE-as-one-KL lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

GAUSSIAN = when(likelihood=("gaussian_fixed", "gaussian_learned"))
FIXED = when(likelihood="gaussian_fixed")


class VaeBayesParams(Params):
    """Controls of the VAE-as-one-KL lab."""

    # fmt: off
    sigma2: float = number(0.1, 0.005, 5.0, "Decoder noise",
        "The variance that the decoder allows every pixel: the water level. Directions with less variance drown.", symbol="σ²",
        kind="hot", log=True, when=FIXED)
    likelihood: Literal["gaussian_fixed", "gaussian_learned", "bernoulli"] = choice("gaussian_fixed", "Likelihood",
        "What the decoder says of a pixel: Gaussian with σ² given or found, or a probability of ink (cross entropy).",
        symbol="q(x|z)", labels={"gaussian_fixed": "Gaussian, σ² given", "gaussian_learned": "Gaussian, σ² learned", "bernoulli": "Bernoulli"})
    beta: float = number(1.0, 0.0, 8.0, "Extra KL weight",
        "Multiplies the KL. With a given σ² it is the same knob as σ²: only their product matters.", symbol="β", kind="hot", step=0.05)
    samples: Literal["1", "2", "4", "8", "16"] = choice("1", "Draws per image", "How many codes z are drawn for each image in a step.", symbol="L", kind="hot")
    batch: int = number(128, 16, 512, "Batch", "How many images a step sees.", symbol="M", kind="hot")
    latents: int = number(8, 1, 16, "Latents", "Numbers in a code.", symbol="d")
    network: Literal["linear", "mlp"] = choice("linear", "Network",
        "Linear maps, for which everything is known exactly, or one hidden layer of 64 on either side.",
        labels={"linear": "linear", "mlp": "one hidden layer"})
    data: Literal["grey", "binary", "own"] = choice("grey", "Data", "Handwritten digits in grey or in black and white, or your own.",
        labels={"grey": "grey digits", "binary": "black and white digits", "own": "your own data"})
    ablate: Literal["both", "kl_only", "reconstruction_only"] = choice("both", "What is minimised",
        "The whole loss, or one of its halves alone, which leads nowhere.", kind="hot",
        labels={"both": "the whole loss", "kl_only": "KL only", "reconstruction_only": "reconstruction only"})
    latent: int = number(1, 1, 16, "Traversed latent", "Which latent the picture row walks along, the one with the largest KL first.",
        symbol="k", kind="lens")
    # fmt: on

    @property
    def draws(self) -> int:
        """Codes an image in a step."""
        return int(self.samples)

    @property
    def weights(self) -> tuple[float, float]:
        """What the reconstruction term and the KL count for in what is minimised."""
        return {"both": (1.0, self.beta), "kl_only": (0.0, 1.0), "reconstruction_only": (1.0, 0.0)}[self.ablate]
