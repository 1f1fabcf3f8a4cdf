"""The walk-through as buttons: each sets everything it needs."""

from __future__ import annotations

from engine.core.topic import Experiment

PEAKED = {"first": 0.8438, "second": 0.1142}  # softmax of the logits (2, 0, −1)
MILD = {"first": 0.50648, "second": 0.3072}  # softmax of the logits (.5, 0, −.5)

EXPERIMENTS = (
    Experiment(
        "spin",
        "Spin the wheel",
        "Temperature zero: every draw is one-hot. Watch the winners settle on p.",
        {"bench": "simplex", "tau": 0.0},
        steps=40,
    ),
    Experiment(
        "soften",
        "Soften it",
        "The same noise at τ = 1. Drag the temperature: the cloud slides, the winners do not move.",
        {"bench": "simplex", "tau": 1.0},
        play=False,
    ),
    Experiment(
        "mean",
        "Which mean is right?",
        "At τ = 5 the mean of y is almost 1/3 each, while the winners still follow p.",
        {"bench": "simplex", "tau": 5.0, "first": 0.7, "second": 0.2},
        play=False,
    ),
    Experiment(
        "infinite",
        "Infinite temperature",
        "The exact limit: every draw is the centre, and no gradient is left.",
        {"bench": "simplex", "infinite": True},
        play=False,
    ),
    Experiment(
        "lottery",
        "A lottery of gradients",
        "At τ = 0.05 most gradients are almost zero and a few are huge; the mean is right. See “Rare and huge”.",
        {"bench": "gradients", "tau": 0.05, "estimators": ("exact", "gumbel-softmax", "leave-one-out")},
        steps=60,
    ),
    Experiment(
        "offset",
        "Add ten to f",
        "A constant changes no true gradient. The score function drowns in it; leave-one-out and Gumbel-softmax do not see it.",
        {
            "bench": "gradients",
            "objective": "linear",
            "offset": 10.0,
            "estimators": ("exact", "score-function", "leave-one-out", "gumbel-softmax"),
        },
        steps=60,
    ),
    Experiment(
        "trapezoid",
        "Straight-through never arrives",
        "For a curved f, the bias of straight-through Gumbel stays at the dashed limit however cold it gets.",
        {
            "bench": "gradients",
            "objective": "net",
            "tau": 0.1,
            "estimators": ("exact", "gumbel-softmax", "straight-through-gumbel", "gumbel-rao"),
            **MILD,
        },
        steps=60,
    ),
    Experiment(
        "wrong_way",
        "The wrong-way zone",
        "p is near the right corner, yet the mean relaxed gradient at τ = 0.5 points away from it. Cool down and see the zone shrink.",
        {"bench": "gradients", "tau": 0.5, **PEAKED},
        steps=40,
    ),
    Experiment(
        "budget",
        "Which temperature for your budget?",
        "The best τ falls as more draws are averaged. Change the samples per step.",
        {
            "bench": "gradients",
            "objective": "net",
            "samples": 4,
            "estimators": ("exact", "gumbel-softmax", "leave-one-out"),
            **MILD,
        },
        steps=60,
    ),
    Experiment(
        "stuck",
        "A warm descent stops halfway",
        "At τ = 1 the relaxed gradient settles near the minimum inside the triangle; leave-one-out goes to the corner.",
        {"bench": "descent", "tau": 1.0, "samples": 4},
        steps=2000,
    ),
    Experiment(
        "annealed",
        "The same descent, annealed",
        "τ slides from 1 to 0.1: the tracks turn round and find the corner.",
        {
            "bench": "descent",
            "samples": 4,
            "schedule": "geometric",
            "anneal_start": 1.0,
            "anneal_end": 0.1,
            "anneal_until": 2000.0,
            "estimators": ("exact", "leave-one-out", "gumbel-softmax", "straight-through-gumbel"),
        },
        steps=2000,
    ),
    Experiment(
        "five",
        "Train five VAEs",
        "The same digits, batches and noise, five gradients. Solid: the discrete bound, dotted: what the relaxation believes.",
        {
            "bench": "vae",
            "schedule": "geometric",
            "estimators": ("exact", "score-function", "leave-one-out", "gumbel-softmax", "straight-through-gumbel"),
        },
        steps=1000,
    ),
    Experiment(
        "flattery",
        "The relaxed bound flatters",
        "At τ = 1 the relaxed value is almost three nats above the discrete one. Slide τ and look again.",
        {"bench": "vae", "tau": 1.0, "estimators": ("exact", "gumbel-softmax")},
        steps=1000,
    ),
    Experiment(
        "large",
        "A code book too large to list",
        "Eight variables of ten classes: a hundred million codes. The exact gradient is gone, the estimators remain.",
        {
            "bench": "vae",
            "variables": 8,
            "levels": 10,
            "schedule": "geometric",
            "estimators": ("leave-one-out", "gumbel-softmax", "straight-through-gumbel"),
        },
        steps=1000,
    ),
    Experiment(
        "many",
        "Many variables reverse the ranking",
        "With one variable leave-one-out is far quieter than Gumbel-softmax; with 256 it is the other way round.",
        {"bench": "dimension", "tau": 0.5},
        steps=40,
    ),
    Experiment(
        "fast_wave",
        "Where the pathwise gradient loses",
        "A fast cosine is steep: beyond the crossing the score function has the smaller variance.",
        {"bench": "normal", "omega": 6.0},
        steps=40,
    ),
    Experiment(
        "cliff",
        "A cliff has no slope",
        "For a step function the pathwise gradient is zero and wrong; the score function is right.",
        {"bench": "normal", "wave": "jump"},
        steps=40,
    ),
)
