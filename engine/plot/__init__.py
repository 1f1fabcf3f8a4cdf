"""The vocabulary of pictures: a view says what is drawn, not how.

A complete view (of a topic whose outputs include the scalar "loss", in nats, and an array "accuracy", arms by positions)::

    CAST = Cast({"rope": ("RoPE", 0), "xl": ("Transformer-XL", 2, "dot"), "floor": ("exact floor", "theory", "dash")})

    def progress(timeline: Timeline, style: Style) -> Picture:
        p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
        plot = Plot(timeline, style)
        left, right = plot.grid(1, 2, x=["step", Axis("position t", 1, p.positions)], y=["loss", Axis("accuracy", 0, 1)])
        left.over_time("loss", CAST["rope"])                                        # its name at the end; hot changes are marked
        left.level(s["floor"], "exact floor {value:.3f}", CAST["floor"])
        for name, row in zip(p.arms, a["accuracy"], strict=True):
            right.curve(np.arange(1, p.positions + 1), row, CAST[name], end="{name}", key=name)
        right.upright(p.length, "trained up to here")
        right.corner("{count} arms", "bottom left", "quiet", count=len(p.arms))
        plot.click("arm")                                                           # a click on a curve sets `arm` to its key
        return plot.done("After {step} steps the loss is {loss:.3f} nats.", step=timeline.frame.step, loss=s["loss"])

**Texts** are English templates with values as further arguments: `"chance 1/m = {value:.3f}"`. They are translated, filled, and what is
not a number is shown as "–" (in the alternative text "not measured"). A member of a cast as a value is its name; so is a list of them.
Strings as values are data and stay as they are. Catalogues need an entry for every template; tests/contract finds them by the
parameters' type `Text`, whether or not a run ever draws them.

**Who** something belongs to gives its colour: a member of a `Cast` (name, colour, dash: the same in every picture of the topic), a colour
of `Style` by its name ("measured", "theory", "first", "second", "mark", "good", "quiet", "text"), or a number of `Style.series`.

**Axes**: `Axis(title, low, high, ticks=, every=, reverse=, square=, grid=, zero=, numbers=, hidden=, powers=, fixed=, values=)`, `Log(...)` with
`low` and `high` in values, `HIDDEN`, or just a title. The name of an output ("loss") stands for its declared meaning, symbol and unit;
"step" is a time axis. Places are always values, on log axes too; arrays may hold nan, be empty, or have one point.

**A picture**: `Plot(timeline, style, x=, y=)`; `.grid(rows, columns, x=, y=, heights=, widths=, share_x=, share_y=, titles=)` and
`.mosaic("ab", "cc", ...)` give panels (all words below are a panel's; `plot` is the first), whose places and margins are computed from
what stands on them; `.inset(left, right, bottom, top)`; `.done(alt, **values)` gives the Picture. A picture of no run has None for its timeline;
`sentence(style, words)` is one that only says something.

========================= ==========================================================================================================
marks                     `.curve(x, y, who, end=, dash=, width=, points=, fill=, hover=, key=)` `.theory(...)` dashed `.band(x, low, high)`
                          `.dots(x, y, who, size=, symbol=, hollow=, by=, tones=, label=)` `.bars(x, y, who, law=, text=, across=, group=)`
                          `.histogram(samples, law=)` `.errors(x, y, deviation)` `.over_time(scalar, who)`
fields                    `.heat(z, numbers="{value:.2f}", rows=, columns=, outlined=, chosen=, click=, tones=, low=, high=)` `.contour(x, y, z)`
                          `.image(pixels)` `.tiles(images, columns)` `.arrows(x, y, u, v)` `.ellipses(centres, shapes)` `.paths(ways)`
text                      `.tokens(tokens, by=, spans=, brackets=, arcs=, bars=, wrong=)`; called again, the next strip stands below
graphs                    `.nodes(places, edges, areas=, weights=, names=, bold=)` with `lattice`, `tree`, `ring` for places
space                     `.surface(x, y, z, by=)` `.curve3(x, y, z)` `.dots3(x, y, z)`
words                     `.upright(x, text)` `.level(y, text)` `.region(x=, y=, text)` `.text(x, y, text)` `.label(x, y, text)`
                          `.corner(text, where)` `.title(text)` `.legend()` `.outline(cells)`
hands                     `.handle(x, y, (px, py))` `.click(px, py)` or `.click(parameter)` with `key=` `.hover(px, py)`
========================= ==========================================================================================================

Direct labels (`end=`, `label=`, `level(side="end")`) of a panel are kept apart by one algorithm (`labels.apart`), in pixels of a nominal
figure of 640 by 400. Long curves keep two points per pixel column, the lowest and the highest. `color(who, style)`, `fade`, `scale`,
`classes` and `say` are there for what has no word yet; before using them twice, give it a word.
"""

from engine.plot.axes import HIDDEN, Axis, Log
from engine.plot.cast import Cast, Member, Text, Who, classes, color, fade, say, scale
from engine.plot.labels import apart
from engine.plot.plot import Panel, Plot, sentence
from engine.plot.words.nodes import lattice, ring, tree
from engine.plot.words.notes import Corner

__all__ = [
    "HIDDEN", "Axis", "Cast", "Corner", "Log", "Member", "Panel", "Plot", "Text", "Who", "apart", "classes", "color", "fade", "lattice", "ring",
    "say", "scale", "sentence", "tree",
]  # fmt: skip
