"""Pictures from inside the networks: pooled vectors, attention, and how far padding reaches."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Plot
from engine.training.masking import claims, theory
from engine.training.masking.names import NETWORKS, STACKS, VALENCES
from engine.training.masking.params import LONGEST

SHOWN = 60  # sentences with a line
FAINT = 8.0  # decades below 1 that are drawn


def vectors(timeline: Timeline, style: Style) -> Picture:
    """Pooled vectors without a mask in the plane in which they differ most, padded to 12 and to T."""
    p, a = timeline.params, timeline.frame.arrays
    near, far = (theory.pool(p.layer, a, "u", a["test_ids"], total, masked=False) for total in (LONGEST, p.test_padding))
    pad = theory.table(a, "u")[0]
    middle = near.mean(0)
    plane = np.linalg.svd(near - middle, full_matrices=False)[2][:2].T
    plane = plane * np.sign(plane[np.abs(plane).argmax(0), np.arange(2)])  # one of two mirror images, the same in every frame
    start, end, lost = ((x - middle) @ plane for x in (near, far, pad))
    reach = 1.15 * np.abs(np.vstack([start, lost])).max(0)
    plot = Plot(timeline, style, x=Axis("first direction", -reach[0], reach[0]), y=Axis("second direction", -reach[1], reach[1]))  # fmt: skip
    for k, who in enumerate(VALENCES.values()):
        own = np.flatnonzero(a["test_labels"] == k)
        plot.dots(start[own, 0], start[own, 1], who, size=4, opacity=0.35, hover=False, name="{name}")
        some = own[own < SHOWN]
        lines = np.stack([start[some], end[some], np.full((len(some), 2), np.nan)], 1).reshape(-1, 2)
        plot.curve(lines[:, 0], lines[:, 1], who, width=1.4, hover=False, name="{name}")
        plot.corner("{name}", "top left", who, name=who)
    plot.dots([lost[0]], [lost[1]], "mark", size=13, symbol="x", label="padding itself", hover=False)
    travelled = float(np.linalg.norm(far - near, axis=1).mean() / np.linalg.norm(near - pad, axis=1).mean())
    return plot.done("Padded to {T}, sentences have gone {share:.0%} of the way to the vector of padding.", T=p.test_padding, share=travelled)  # fmt: skip


def attention(timeline: Timeline, style: Style) -> Picture:
    """Attention by position, with and without a mask; what padding takes in all."""
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    ids, place = a["ids"], np.arange(1, len(a["ids"]) + 1)
    most = 1.2 * float(max(a["weights_masked"].max(), a["weights_unmasked"].max()))
    plot = Plot(timeline, style, x=Axis("position", 0.3, len(ids) + 0.7), y=Axis("attention", 0, most))
    plot.bars(place, a["weights_unmasked"], NETWORKS["unmasked"], width=0.8, hover="%{x}: %{y:.4f}")
    real = ids > 0
    plot.dots(place[real], a["weights_masked"][real], NETWORKS["masked"], size=8, hover="%{x}: %{y:.4f}")
    if not real.all():
        pads = place[~real]
        plot.region(x=(pads[0] - 0.5, pads[-1] + 0.5), text="padding")
    for who in NETWORKS.values():
        plot.corner("{name}", "top right", who, name=who)
    plot.headline("without mask, padding takes {mass:.1%}", mass=s["pad_mass"])
    if p.layer == "attention":
        plot.headline("(5) says {law:.1%}", law=claims.share_law(timeline))
    return plot.done("Without a mask padding takes {mass:.1%} of the attention.", mass=s["pad_mass"])


def reach(timeline: Timeline, style: Style) -> Picture:
    """By how much padding changes every real position, layer by layer."""
    p, s, change = timeline.params, timeline.frame.scalars, timeline.frame.arrays["change"].astype(float)
    length = claims.length(timeline)
    plot = Plot(timeline, style, x=Axis("real position", 0.5, LONGEST + 0.5, ticks=(1, 4, 8, 12)))
    shown = np.log10(np.maximum(change[:, :length], 10**-FAINT))
    shown = np.hstack([shown, np.full((len(shown), LONGEST - length), np.nan)])
    plot.heat(shown, x=(1, 1), rows=STACKS[p.layer], tones=[(0, "background"), (1, "second")], low=-FAINT, high=0.0, bar="log₁₀ of the change",
        hover="10^%{z:.1f}")  # fmt: skip
    plot.headline("padding to {T} changes {count:.0f} of {length} positions", T=p.test_padding, count=s["contaminated"], length=length)  # fmt: skip
    return plot.done("Padding to {T} changes {count:.0f} of {length} real positions.", T=p.test_padding, count=s["contaminated"], length=length)  # fmt: skip
