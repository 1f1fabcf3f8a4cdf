"""What a frame shows of the networks: planes, union and law now, curves of at most 250 steps ago, dear pictures of the last key step.

A frame depends only on the weights and the parameters. Dear pictures (gallery, bounds) are made from
the weights of the last *key step*: every 500 steps, and more often in the first 400 steps and after a hot change. So
they are the same however often somebody looked; each is made when first looked at, and again only when a parameter
that it reads has changed. With `fine` on, everything is made from the present weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.latent.vae_geometry import samples
from engine.latent.vae_geometry.data import Data
from engine.latent.vae_geometry.geometry import curves, measures
from engine.latent.vae_geometry.geometry.charts import column_cosine, magnification
from engine.latent.vae_geometry.outputs import OUTPUTS
from engine.latent.vae_geometry.state import WATCHED, Array, Part, State
from engine.latent.vae_geometry.theory import averaged_law, critical_beta, normal_kl

SHOWN = 384  # codes in a picture
LAW = 128  # codes on which the law is averaged over the ellipses
SIDE = 25  # of the map of the magnification factor
EACH = 3  # points of the map between two metric ellipses
POSTERIOR = 24  # side of the picture of one true posterior
EARLY, EVERY = (0, 10, 25, 50, 75, 100, 150, 200, 300, 400), 500
KEPT = 8  # of what is dear: as many settings of a lens
CURVES = 250  # steps between the weights that the curves are drawn in, once the early steps are over
NAN = float("nan")


class Observer:
    """Makes frames and remembers the dear parts of the last one."""

    def __init__(self, data: Data, params: Any, random: Callable[[str], np.random.Generator]) -> None:
        self.data = data
        self.shown = slice(0, min(SHOWN, len(data.train)))
        self.prior = random("prior draws").standard_normal((4096, params.code_size)).astype(np.float32)
        self.noise = random("bounds").standard_normal((100, 256, params.code_size)).astype(np.float32)
        numbers = [] if params.twin else [output for output in OUTPUTS if output.scalar and output.name.startswith("ae_")]
        self.absent = {output.name: NAN for output in numbers if output.when is None or output.when(params)}
        self._key: State | None = None
        self._near: State | None = None
        self._hot: tuple = ()
        self._changed = 0
        self._made: dict[str, dict[Any, Any]] = {}

    def keep(self, step: int, params: Any, state: Callable[[], State]) -> None:
        """Called by the loop at the begin of every step: remember the weights when it is a key step."""
        if _hot(params) != self._hot:
            self._hot, self._changed = _hot(params), step
        if self._due(step) and (self._key is None or self._key.step != step):
            self._key = state()
        if self._due(step, CURVES) and (self._near is None or self._near.step != step):
            self._near = self._key if self._key is not None and self._key.step == step else state()

    def _due(self, step: int, every: int = EVERY) -> bool:
        return step - self._changed in EARLY or step % every == 0

    def frame(self, now: State, params: Any, loss: float, error: list[float], batch: Array, picked: Array) -> Part:
        """All declared outputs. Changes nothing that later frames depend on."""
        fresh = params.fine or self._key is None or self._due(now.step) or _hot(params) != self._hot
        key = now if fresh or self._key is None else self._key
        near = now if fresh or self._near is None or self._due(now.step, CURVES) else self._near
        parts = [
            (self.absent, {}),
            self._scale(now, params, loss, error),
            self._once("spread", key.step, self._spread, key),
            self._once("law", (key.step, params.s), self._law, key, params),
            self._once(
                "bounds", (key.step, params.sigma_x, params.fine), samples.bounds, self.data, key.vae, self.noise, params
            ),
            self._once("gallery", (key.step, params.gallery), samples.gallery, self.data, key, self.prior, params.gallery),
        ]
        if params.plane:
            union = self._union(now, params)
            parts += [union, self._plane(now, params, union[0]["union_kl"]), self._probe(now, params)]
            parts.append(self._curves(near, key, params))
            hue = self.data.hue[picked] if np.isfinite(batch).all() else np.zeros(len(batch), np.float32)
            parts.append(({}, {"batch_codes": batch, "batch_hue": hue}))
        scalars: dict[str, float] = {}
        arrays: dict[str, Array] = {}
        for some, others in parts:
            scalars.update(some)
            arrays.update(others)
        return scalars, arrays

    def _curves(self, near: State, key: State, params: Any) -> Part:
        """The three curves in the weights of the last quarter of a thousand steps; the way round holes is looked for at key steps and then followed."""
        data, ends = self.data, (params.curve_ends, params.angle_a, params.angle_b, params.ax, params.ay, params.bx, params.by)
        asked = (key.step, params.sigma_x, ends)
        path = None if params.fine else self._once("path", asked, curves.first_path, data, key.vae, params)
        return self._once("curves", (near.step, params.fine, asked), curves.compare, data, near.vae, params, path)

    def _once(self, name: str, key: Any, make: Callable[..., Any], *given: Any) -> Any:
        """What is made of `given`, for which `key` stands; the last few are kept, so that a lens may be turned back."""
        made = self._made.setdefault(name, {})
        if key not in made:
            if len(made) == KEPT:
                del made[next(iter(made))]
            made[key] = make(*given)
        return made[key]

    def _scale(self, now: State, params: Any, loss: float, error: list[float]) -> Part:
        """Losses, the one scale s, KL per axis, and the ellipse law (13) on the shown codes."""
        mean, sigma = now.vae.codes
        kl, spectrum = normal_kl(mean, sigma).mean(0), self.data.spectrum
        beta_c = critical_beta(float(spectrum[0]), params.sigma_x)
        predicted = now.vae.law(mean[self.shown], params.s)
        correlation, bias = measures.logarithm_agreement(sigma[self.shown] ** 2, predicted**2)
        scalars = {
            "loss": loss,
            **dict(zip(("error", "ae_error"), error, strict=False)),
            "kl": float(kl.sum()),
            "beta": params.weight,
            "s": params.s,
            "beta_c": beta_c,
            "beta_ratio": params.weight / beta_c,
            "sigma_median": float(np.median(sigma)),
            "points": float((sigma < 0.02).mean()),
            "law_correlation": correlation,
            "law_bias": bias,
        }
        scalars |= {f"kl_{i + 1}": float(value) for i, value in enumerate(np.sort(kl)[::-1])}
        return scalars, {
            "kl_axis": kl.astype(np.float32),
            "spectrum": np.append(spectrum[:8], np.full(8 - len(spectrum[:8]), NAN)).astype(np.float32),
            "sigmas": sigma[self.shown].astype(np.float32),
            "predicted": predicted.astype(np.float32),
            "hue": self.data.hue[self.shown],
            "size": np.array(self.data.size or (0, 0), np.int64),
            "shadow": self.data.shadow(self.data.train[self.shown]),
        }

    def _spread(self, key: State) -> Part:
        """How much the code's axes mix and how even the map is, for both arms; the error on test samples."""
        scalars: dict[str, float] = {}
        for prefix, net in key.arms.items():
            metric = net.decoder.metric(net.codes[0][self.shown]).astype(np.float64)
            mf = magnification(metric)
            scalars[f"{prefix}cosine"] = column_cosine(metric)
            scalars[f"{prefix}unevenness"] = float(mf.std() / max(mf.mean(), 1e-30))
            missed = net.decoder.f(net.test_codes[0]) - self.data.test[:500]
            scalars[f"{prefix}test_error"] = float(np.square(missed).sum(1).mean())
        return scalars, {}

    def _law(self, key: State, params: Any) -> Part:
        """How far the ellipses are from (13) averaged over each of them: median and standard deviation of log sigma^2."""
        mean, sigma = (part[:LAW] for part in key.vae.codes)
        if mean.shape[1] > 3 or not params.s > 0:
            return {"law_averaged": NAN, "law_scatter": NAN}, {}
        predicted = averaged_law(lambda z: key.vae.decoder.pull(z, self.data.train[:LAW]), mean, sigma, params.s)
        gap = np.log(np.square(sigma, dtype=np.float64) / predicted)
        return {"law_averaged": float(np.median(gap)), "law_scatter": float(gap.std())}, {}

    def _union(self, now: State, params: Any) -> Part:
        """The three terms of (6), coverage (7) of the prior and of held-out codes."""
        mean, sigma = now.vae.codes
        terms = measures.surgery(mean.astype(np.float64), sigma, 160) if params.fine else measures.surgery(mean, sigma, 48)
        covered, over = measures.coverage(self.prior[: params.draws], mean, sigma, params.radius)
        test = now.vae.test_codes[0][: 500 if params.fine else 128]
        return {
            "each_kl": terms.each,
            "information": terms.information,
            "union_kl": terms.union,
            "log_n": float(np.log(len(mean))),
            "coverage": covered,
            "multiplicity": over,
            "held_out": measures.coverage(test, mean, sigma, params.radius)[0],
        }, {}

    def _plane(self, now: State, params: Any, union_kl: float) -> Part:
        """The code planes of both arms: codes, the map of the magnification factor, the field of metrics."""
        scalars: dict[str, float] = {}
        arrays: dict[str, Array] = {}
        for prefix, net in now.arms.items():
            mean, vae = net.codes[0], net is now.vae
            box, points = _lattice(*_square_box(mean, least=2.6 if vae else 0.0), SIDE)
            if params.metric == "euclid":
                metric = np.tile(np.eye(2), (len(points), 1, 1))
            else:
                metric = (net.uncertain(params.sigma_x) if params.metric == "rbf" and vae else net.decoder).metric(points)
            mf = np.log10(np.maximum(magnification(metric), 1e-12))
            scalars |= {prefix + name: value for name, value in self._cloud(mean, union_kl if vae else NAN).items()}
            arrays[f"{prefix}codes"] = mean[self.shown].astype(np.float32)
            arrays[f"{prefix}map"] = mf.reshape(SIDE, SIDE).astype(np.float32)
            arrays[f"{prefix}box"] = box
            if vae:
                chosen = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)[::EACH, ::EACH].ravel()
                arrays["field_points"] = points[chosen]
                arrays["field_metric"] = metric[chosen].reshape(-1, 4)[:, [0, 1, 3]].astype(np.float32)
        return scalars, arrays

    def _cloud(self, mean: Array, union_kl: float) -> dict[str, float]:
        turns, backward = measures.winding(mean, self.data.sample_coordinate[:WATCHED]) if self.data.turn else (NAN, NAN)
        pieces = self.data.labels[self.shown] if self.data.name == "moons" else None
        return {
            "cloud": float(measures.cloud_shape(mean[self.shown], union_kl, turns, backward, pieces)),
            "eigen_ratio": measures.eigenvalue_ratio(mean),
            "ring": measures.ring_score(mean),
            "winding": turns,
            "backward": backward,
        }

    def _probe(self, now: State, params: Any) -> Part:
        """The decoding at the pointer; the nearest code's sample, its three ellipses: encoder, law (13), true posterior."""
        place = np.array([[params.probe_x, params.probe_y]], np.float32)
        (mean, sigma), f = now.vae.codes, now.vae.decoder.f
        index = int(np.square(mean[self.shown] - place).sum(1).argmin())
        sample, centre = self.data.train[index], mean[index]
        law = now.vae.law(centre[None], params.s)[0]
        reach = 4 * np.maximum(np.maximum(sigma[index], law), 0.02)
        box, points = _lattice(centre - reach, centre + reach, POSTERIOR)
        gap = np.square(f(points) - sample).sum(1)
        log_posterior = -gap / (2 * max(params.s, 1e-12)) - 0.5 * np.square(points).sum(1)
        posterior = np.exp(np.maximum(log_posterior - log_posterior.max(), -60)).reshape(POSTERIOR, POSTERIOR)
        twin = now.twin.decoder.f(place)[0] if now.twin is not None else np.zeros_like(sample)
        return {"probe_index": float(index)}, {
            "probe_pictures": self.data.picture(np.stack([f(place)[0], sample, f(centre[None])[0], twin])),
            "probe_code": np.stack([place[0], centre]).astype(np.float32),
            "probe_ellipses": np.stack([sigma[index], law]).astype(np.float32),
            "probe_posterior": posterior.astype(np.float32),
            "probe_box": box,
        }


def _hot(params: Any) -> tuple:
    """The parameters that the loop reads."""
    return params.s, params.sigma_x, params.regulariser, params.noise, params.learning_rate


def _lattice(low: Array, high: Array, side: int) -> tuple[Array, Array]:
    """Edges (x0, x1, y0, y1) and points (side^2, 2) of a lattice, row by row from below, in float32."""
    x, y = (np.linspace(low[i], high[i], side, dtype=np.float32) for i in range(2))
    return np.array([x[0], x[-1], y[0], y[-1]]), np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)


def _square_box(codes: Array, least: float) -> tuple[Array, Array]:
    """A square around codes, a little larger, and at least `least` in every direction from the origin if that is given."""
    columns = np.ascontiguousarray(codes.T)  # extremes along rows are many times faster
    low, high = columns.min(1), columns.max(1)
    middle, half = (low + high) / 2, float((high - low).max()) / 2 * 1.15 + 1e-3
    low, high = middle - half, middle + half
    if least and (np.abs([low, high]).max() < least or half < least):
        reach = max(least, float(np.abs([low, high]).max()))
        low, high = np.full(2, -reach), np.full(2, reach)
    return low, high
