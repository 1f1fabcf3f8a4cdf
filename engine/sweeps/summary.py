"""What a sweep says: one number of every model against the parameter, the claims held against them, the table, and why a model is missing."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from engine.core.params import Control
from engine.core.picture import Picture, Style
from engine.core.score import MAX_SEED
from engine.core.topic import Topic, Verdict
from engine.plot import Axis, Cast, Plot
from engine.sweeps.numbers import Lines, strangest, table_of, verdicts_of

SEED = Control(name="seed", type="integer", title="Seed", help="", low=0, high=MAX_SEED, default=0)

CLAIM = "claim:"  # what stands before a claim's name among the quantities
CAST = Cast(
    {"predicted": ("predicted", "theory", "dash"), "agrees": ("agrees", "good"), "differs": ("does not agree", "second")}
)
DECADES = 1000.0  # a quantity that spans more than this factor gets a logarithmic axis


def control_of(topic: Topic, name: str) -> Control:
    """What is swept: a parameter, or the seed."""
    return SEED if name == SEED.name else topic.params.controls()[name]


@dataclass(frozen=True)
class SweptAxis:
    """The swept parameter as an axis.

    Attributes:
        name: the parameter's; `title` its symbol or words; `words` both, for the axis.
        values: one per model, as JSON takes them; `texts` the same for people.
        places: where they stand: the value, its logarithm to base 10, or the index of a name.
        log: places are logarithms.
        blend: something lies between two values (not so for names, switches and seeds).
    """

    name: str
    title: str
    words: str
    unit: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    places: tuple[float, ...]
    log: bool
    blend: bool

    @classmethod
    def of(cls, control: Control, swept: Sequence[Any], t: Callable[[str], str]) -> Self:
        values = tuple(swept)
        named = control.type in ("toggle", "choice") or control.name == "seed"
        log = control.log and not named and max(values) > 0
        words = t(control.title) + (f" ({control.symbol})" if control.symbol else "")
        return cls(
            name=control.name,
            title=t(control.title) if named else control.symbol or t(control.title),
            words=words,
            unit=t(control.unit) if control.unit else "",
            values=values,
            texts=tuple(_text(control, value, t) for value in values),
            places=_places(values, named, log),
            log=log,
            blend=not named,
        )

    def describe(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def x(self) -> np.ndarray:
        """Where the models stand, in values of the drawn axis, shape (models,)."""
        return 10.0 ** np.array(self.places) if self.log else np.array(self.places)

    def drawn(self) -> Axis:
        """The axis of a picture. Names, and a zero beside a logarithmic scale, need ticks of their own."""
        room = (0.04 if self.blend else 0.12) * (self.places[-1] - self.places[0])
        low, high = self.places[0] - room, self.places[-1] + room
        own = not self.blend or (self.log and min(self.values) <= 0)
        ticks = dict(zip(self.x.tolist(), self.texts, strict=True)) if own else None
        if self.log:
            low, high = 10.0**low, 10.0**high
        return Axis("{words}", low, high, ticks=ticks, log=self.log, fixed=True, values={"words": self.words})


def _text(control: Control, value: Any, t: Callable[[str], str]) -> str:
    if isinstance(value, bool):
        return t("on") if value else t("off")
    if isinstance(value, str):
        return t(control.labels.get(value, value))
    return f"{value:,.0f}" if value == round(value) and 1e4 <= abs(value) < 1e7 else f"{value:.4g}"  # 10,000, not 1e+04


def _places(values: tuple[Any, ...], named: bool, log: bool) -> tuple[float, ...]:
    if named:
        return tuple(float(index) for index in range(len(values)))
    if not log:
        return tuple(float(value) for value in values)
    known = [math.log10(value) for value in values if value > 0]
    gap = (known[-1] - known[0]) / (len(known) - 1) if len(known) > 1 else 1.0
    # A zero has no logarithm: it stands one gap to the left of all others.
    return tuple(known if len(known) == len(values) else (known[0] - gap, *known))


class Results:
    """The numbers of a sweep as its models' timelines have them."""

    def __init__(self, topic: Topic, name: str, values: Sequence[Any], lines: Lines, t: Callable[[str], str]) -> None:
        self.topic, self.t = topic, t
        self.control = control_of(topic, name)
        self.axis = SweptAxis.of(self.control, values, t)
        self.table = table_of(topic, values, lines)
        self.verdicts: Mapping[str, list[Verdict | None]] = verdicts_of(topic, lines)
        self.strangest = strangest(self.verdicts)

    # ---- what can be shown

    def quantities(self, kept: str = "") -> list[dict[str, str]]:
        """Claims with a verdict and scalars with a value, in the topic's order, in the reader's language; and what is `kept`."""
        claims = [
            {"kind": "claim", "name": CLAIM + claim.name, "title": self.t(claim.statement)}
            for claim in self.topic.claims
            if any(self.verdicts.get(claim.name, ())) or CLAIM + claim.name == kept
        ]
        scalars = [
            {"kind": "scalar", "name": output.name, "title": self.t(output.meaning)}
            for output in self.topic.outputs
            if output.scalar and (np.isfinite(self.table.get(output.name, np.array(np.nan))).any() or output.name == kept)
        ]
        return [*claims, *scalars]

    def quantity_or_first(self, name: str) -> str:
        """The quantity of that name, even while there is nothing to show of it; or the claim that most models can be held
        against, or the first number."""
        offered = self.quantities(kept=name)
        if any(quantity["name"] == name for quantity in offered):
            return name
        judged = {CLAIM + claim: sum(verdict is not None for verdict in line) for claim, line in self.verdicts.items()}
        best = max(judged, key=lambda key: judged[key], default="")
        first = next((quantity["name"] for quantity in offered if quantity["kind"] == "scalar"), "")
        return best if judged.get(best, 0) > 1 else first

    def surprise(self) -> dict[str, Any] | None:
        """The model where a closed form and the measurement differ most: its place, the claim, and a sentence."""
        arm = self.strangest
        judged = [
            (claim, verdict)
            for claim in self.topic.claims
            if arm is not None and (verdict := self.verdicts[claim.name][arm]) is not None
        ]
        if arm is None or not judged:
            return None
        claim, verdict = max(judged, key=lambda pair: _departure(pair[1]))
        text = self.t("{at}: “{claim}” Predicted {predicted}, measured {measured} (± {tolerance}): {says}.")
        unit = f" {self.t(verdict.unit)}" if verdict.unit else ""
        told = text.format(
            at=f"{self.axis.title} = {self.axis.texts[arm]}",
            claim=self.t(claim.statement),
            predicted=f"{verdict.expected}{unit}",
            measured=f"{verdict.measured:.4g}{unit}",
            tolerance=f"{verdict.tolerance:.2g}",
            says=self.t("agrees") if verdict.agrees else self.t("does not agree"),
        )
        return {"arm": arm, "claim": CLAIM + claim.name, "text": told}

    # ---- the curve

    def draw(self, name: str, look: Style) -> Picture:
        """One quantity of every model; a claim with its closed form, dashed, and its tolerance."""
        return self._claim(name.removeprefix(CLAIM), look) if name.startswith(CLAIM) else self._scalar(name, look)

    def _axis(self, look: Style) -> SweptAxis:
        """The swept parameter in the words of the picture's own language."""
        return SweptAxis.of(self.control, self.axis.values, look.t)

    def _plot(self, look: Style, unit: str, values: np.ndarray) -> Plot:
        """Axes for one value of every model; a click tells the place on the swept axis."""
        shown = values[np.isfinite(values)]
        log = bool(shown.size and shown.min() > 0 and shown.max() > DECADES * shown.min())
        plot = Plot(None, look, self._axis(look).drawn(), Axis(unit, log=log, fixed=True))
        plot.sheet.layout["dragmode"] = False
        plot.click("place", None)
        return plot

    def _done(self, plot: Plot, look: Style, title: str, values: np.ndarray) -> Picture:
        axis = self._axis(look)
        said = ", ".join(f"{text}: {value:.4g}" for text, value in zip(axis.texts, values, strict=True))
        return plot.done("{quantity} against {name}: {values}.", quantity=title, name=axis.words, values=said)

    def _scalar(self, name: str, look: Style) -> Picture:
        values = self.table.get(name, np.full(len(self.axis.values), np.nan))
        output = next((output for output in self.topic.outputs if output.name == name), None)
        title, unit = (look.t(output.meaning), output.unit) if output else (name, "")
        plot = self._plot(look, unit, values)
        if self.axis.blend:
            plot.curve(self.axis.x, values, "measured", width=1.5, hover=False)
        plot.dots(self.axis.x, values, "measured", name="{title}", size=9, title=title)
        return self._done(plot, look, title, values)

    def _claim(self, name: str, look: Style) -> Picture:
        claim = next(claim for claim in self.topic.claims if claim.name == name)
        verdicts = self.verdicts[name]
        measured, predicted, tolerance = (
            np.array([math.nan if verdict is None else getattr(verdict, part) for verdict in verdicts])
            for part in ("measured", "predicted", "tolerance")
        )
        plot = self._plot(look, next((verdict.unit for verdict in verdicts if verdict is not None), ""), measured)
        plot.errors(self.axis.x, predicted, tolerance, CAST["predicted"], line=True, size=3)
        agree = np.array([verdict is not None and verdict.agrees for verdict in verdicts])
        for mask, who, symbol in ((agree, CAST["agrees"], "circle"), (~agree, CAST["differs"], "diamond")):
            plot.dots(self.axis.x, np.where(mask, measured, np.nan), who, size=10, symbol=symbol)
        plot.legend()
        return self._done(plot, look, look.t(claim.statement), measured)

    # ---- the table

    def csv(self) -> str:
        """One line a model: its value, every scalar, and of every claim the predicted and the measured value."""
        names = [output.name for output in self.topic.outputs if output.scalar and output.name in self.table]
        claims = [claim.name for claim in self.topic.claims if any(self.verdicts.get(claim.name, ()))]
        columns = [f"{claim}.{part}" for claim in claims for part in ("predicted", "measured", "tolerance", "agrees")]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([self.axis.name, *names, *columns])
        for arm, value in enumerate(self.axis.values):
            row = [value, *(_number(self.table[name][arm]) for name in names)]
            for claim in claims:
                verdict = self.verdicts[claim][arm]
                parts = ("predicted", "measured", "tolerance", "agrees")
                row += [""] * len(parts) if verdict is None else [getattr(verdict, part) for part in parts]
            writer.writerow(row)
        return out.getvalue()


def reason(problem: Mapping[str, Any], t: Callable[[str], str]) -> str:
    """Why a model is missing, as a sentence."""
    if problem["kind"] == "diverged":
        text = t("Diverged: {quantity} became {value} at step {step}.")
        return text.format(quantity=t(problem["quantity"]), value=f"{float(problem['value']):.3g}", step=problem["step"])
    if problem["kind"] == "memory":
        return t("This model needs more memory than there is.")
    return t("This model stopped on an error: {message}").format(message=problem["message"])


def _departure(verdict: Verdict) -> float:
    """How far measurement and closed form are apart, in tolerances; -1 where there is no telling."""
    gap = verdict.off
    if not math.isfinite(gap):
        return -1.0
    return gap / verdict.tolerance if verdict.tolerance else math.inf if gap else 0.0


def _number(value: float) -> float | str:
    return float(value) if math.isfinite(value) else ""
