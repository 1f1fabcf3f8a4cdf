"""The views of the lab, in the order of the page."""

from __future__ import annotations

from engine.core.topic import View, when
from engine.latent.gaussian_distances.views import humps, pair, race, samples

VIEWS = (
    View(
        "plane",
        "Two distributions, and the way between",
        "Ellipses at one and two standard deviations. Arrows carry the mass of p to q at the least cost; the thick ellipse is on that "
        "way at t. Drag p and q.",
        pair.plane,
    ),
    View(
        "ways",
        "Carried or mixed",
        "Both at t, along the line through the means: what is carried goes over as one hump; a mixture fades out here and in there.",
        pair.ways,
    ),
    View(
        "dials",
        "What each distance says",
        "Each distance as the part of the means (full) and the part of the shapes (pale); the diamond is the sum.",
        pair.dials,
    ),
    View(
        "thin",
        "As both get thinner",
        "All five against the thinness, from this pair: which explode, which stay. Drag the diamond.",
        pair.thin,
    ),
    View(
        "race",
        "Who arrives",
        "Distance to p of five racers, each with its own loss, from one start; dashed what theory says of W₂ (12) and of the flow (13).",
        race.race,
    ),
    View("track", "The racers on their way", "Where the racers are, and the shape they have; p is the target.", race.track),
    View(
        "coupling",
        "Turn the pairing",
        "Left, which point of p goes to which of q. Right, what it costs: one cosine, whose bottom is W₂². Drag the diamond.",
        pair.pairing,
    ),
    View(
        "humps",
        "One bell for two humps",
        "KL(p‖q) keeps the moments and covers both; the fit by KL(q‖p) walks downhill into the nearest optimum.",
        humps.humps,
    ),
    View(
        "hills",
        "The landscape of KL(q‖p)",
        "Every mean and width as a point; dark is low. The dot is the fit that walks, the rings are the optima.",
        humps.hills,
    ),
    View(
        "same_law",
        "Two samples of one law",
        "Fifty times two samples of the same distribution: the true distance is 0, this is what (3) says.",
        samples.same_law,
    ),
    View("sizes", "How many points are enough", "The same against the sample size; dashed (14).", samples.sizes),
    View(
        "own",
        "Your two samples",
        "Your rows in their two widest directions, with the ellipses of both samples.",
        samples.own,
        when(data="own"),
    ),
)
