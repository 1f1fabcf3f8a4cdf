"""The VAE as one KL between two joint distributions: likelihoods, balance, one draw."""

from engine.core.topic import Topic
from engine.latent.vae_bayes.lesson import CHAPTERS, GUESSES
from engine.latent.vae_bayes.outputs import OUTPUTS
from engine.latent.vae_bayes.params import FIXED, VaeBayesParams
from engine.latent.vae_bayes.views import VIEWS

TOPIC = Topic(
    slug="vae-bayes",
    group="latent",
    title="One KL, one water level: who sets a VAE's exchange rate?",
    question="If reconstruction and KL fight each other, who sets the exchange rate: squared error or cross entropy, which σ, which β? "
    "And is one random z per image really enough?",
    params=VaeBayesParams,
    outputs=OUTPUTS,
    views=VIEWS,
    stackable=("sigma2", "beta", "ablate"),
    model="engine.latent.vae_bayes.model:VaeBayes",
    parts=("encode", "sample", "decode", "losses", "update"),
    steps=1500,
    chapters=CHAPTERS,
    guesses=GUESSES,
    hero=(("sigma2", FIXED), ("beta", ~FIXED)),
    after=("vae-geometry", "em"),
    short="VAE as one KL",
    uploads=("table", "images"),
    data_param="data",
    data_value="own",
    scripts=("steps", "kl"),
)
