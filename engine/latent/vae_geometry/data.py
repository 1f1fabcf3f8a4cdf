"""The data sets of the lab, each with what is known of its true shape. numpy only; scikit-learn inside functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np

from engine.data.errors import not_uploaded, refused
from engine.data.sets.digits import digits
from engine.latent.vae_geometry.geometry.measures import nearest
from engine.latent.vae_geometry.theory import eigenvalues, roll_arc

Array = np.ndarray

COMMA = (((0.25, 0.0), (0.55, 0.0)), ((0.55, 0.0), (0.40, 0.30)))
LETTER_F = (((-0.2, -0.5), (-0.2, 0.5)), ((-0.2, 0.5), (0.35, 0.5)), ((-0.2, 0.05), (0.2, 0.05)))
SIDE = 12  # pixels along a side of a glyph
FRAMES = 2880  # exact frames of a turning glyph, one every eighth of a degree
SECTORS = 12  # classes of a circle: sectors of 30 degrees
OWN_SCALE = 0.64  # own data get this leading eigenvalue, so that s = 0.04 (the default) is 1/16 of it
OWN_PIXELS = 28 * 28
OWN_ROWS = 60_000


@dataclass(frozen=True)
class Data:
    """Training and test samples and the truth behind them.

    Attributes (float32 whatever they are made of, but for the labels):
        train, test: (N, D) and (M, D).
        labels: (N,) int64 classes 0..classes-1 (digits, or equal pieces of the true coordinate).
        hue: (N,) in [0, 1]: what colours a sample; cyclic where the truth is a circle.
        truth: (K, D), points of the true manifold (or the training samples where none is known).
        coordinate: (K,), the true coordinate of those points (angle in rad, arc length, or sample number).
        sample_coordinate: (N,), that of the training samples.
        height: (middle, half) of a rolled sheet along its axis, or None; `truth` is then the sheet's middle line.
        size: (height, width) of a picture, or None when a sample is no picture.
        turn: period of the coordinate (2 pi on a circle), or None.
        speed: picture length per unit of coordinate; NaN when unknown.
        scale: what the samples were multiplied by.
    """

    name: str
    train: Array
    test: Array
    labels: Array
    classes: int
    hue: Array
    truth: Array
    coordinate: Array
    sample_coordinate: Array
    height: tuple[float, float] | None = None
    size: tuple[int, int] | None = None
    turn: float | None = None
    speed: float = float("nan")
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("train", "test", "hue", "truth", "coordinate", "sample_coordinate"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float32))
        object.__setattr__(self, "labels", np.asarray(self.labels, np.int64))

    @cached_property
    def spectrum(self) -> Array:
        """Eigenvalues of the training covariance, largest first, float64."""
        return eigenvalues(self.train)

    @cached_property
    def flat(self) -> tuple[Array, Array]:
        """(centre (D,), directions (D, 2)) of a flat picture of the samples: where nothing else is known, two principal axes.

        The rolls are looked at along their axis, so that the spiral is seen.
        """
        if self.name in ("swiss-roll", "long-roll"):
            return np.zeros(3, np.float32), np.eye(3, dtype=np.float32)[:, [0, 2]]
        centre = self.train.mean(0)
        directions = np.linalg.svd(self.train[:2000] - centre, full_matrices=False)[2][:2]
        if len(directions) < 2:
            directions = np.concatenate([directions, np.zeros((2 - len(directions), self.train.shape[1]))])
        return centre, np.ascontiguousarray(directions.T).astype(np.float32)

    def shadow(self, x: Array) -> Array:
        """Samples (n, D) as points (n, 2) of the flat picture."""
        centre, directions = self.flat
        return ((x - centre) @ directions).astype(np.float32)

    def picture(self, x: Array) -> Array:
        """Samples (n, D) as what is drawn of them: grey values (n, pixels) uint8, or points of the flat picture."""
        return (np.clip(x / self.scale, 0, 1) * 255).astype(np.uint8) if self.size else self.shadow(x)

    @cached_property
    def curvature(self) -> float:
        """Largest curvature of the true curve (of a sheet's middle line): the truth has a tube of one over this around it."""
        every = max(1, len(self.truth) // 360)
        curve, step = self.truth.astype(np.float64)[::every], float(self.coordinate[1] - self.coordinate[0]) * every
        first = (curve[2:] - curve[:-2]) / (2 * step)
        second = (curve[2:] - 2 * curve[1:-1] + curve[:-2]) / step**2
        speed2 = np.square(first).sum(1)
        across = second - first * ((first * second).sum(1) / speed2)[:, None]
        return float((np.linalg.norm(across, axis=1) / speed2).max())

    @cached_property
    def _squares(self) -> Array:
        return np.square(self.truth).sum(1)

    def closest(self, points: Array, every: int = 1) -> tuple[Array, Array]:
        """(true coordinate (n,), distance (n,)) of the nearest point of the truth; looks at each `every`-th one."""
        if self.height is not None:
            flat = np.ascontiguousarray(points[:, [0, 2]])
            index, distance = nearest(flat, np.ascontiguousarray(self.truth[::every, [0, 2]]))
            beyond = np.maximum(np.abs(points[:, 1] - self.height[0]) - self.height[1], 0)
            return self.coordinate[::every][index], np.hypot(distance, beyond)
        index, distance = nearest(points, self.truth[::every], self._squares[::every])
        return self.coordinate[::every][index], distance

    def at(self, angle: float) -> Array:
        """The point of the truth (D,) at an angle, or at the fraction angle / 2 pi of a coordinate that is no angle."""
        place = angle if self.turn else self.coordinate.max() * min(angle / 6.28, 1.0)
        gap = np.abs(self.coordinate - place)
        if self.turn:
            gap = np.minimum(gap, self.turn - gap)
        return self.truth[int(gap.argmin())]

    def true_distance(self, a: Array, b: Array) -> float:
        """Distance inside the true manifold between the truth's points nearest to a and b (D,); NaN when unknown."""
        first, second = self.closest(np.stack([a, b]))[0].astype(float)
        gap = abs(first - second)
        if self.height is not None:
            return float(np.hypot(gap, a[1] - b[1]))
        return self.speed * min(gap, self.turn - gap) if self.turn else float("nan")

    @property
    def known(self) -> bool:
        """Whether `truth` is a true manifold rather than the training samples themselves."""
        return self.name not in ("digits", "own")


def glyph(angles: Array, strokes: tuple = COMMA, width: float = 0.25) -> Array:
    """Pictures of strokes turned by `angles` (n,), as (n, 12, 12) float64 in [0, 1]; row 0 is the top.

    I = 1 - prod_k (1 - exp(-d_k^2 / 2 w^2)) with d_k the distance of a pixel to stroke k.
    """
    line = np.linspace(-1, 1, SIDE)
    pixels = np.stack(np.meshgrid(line, -line), -1).reshape(-1, 2)
    angles = np.asarray(angles, np.float64)
    turn = np.stack([np.cos(angles), -np.sin(angles), np.sin(angles), np.cos(angles)], -1).reshape(-1, 2, 2)
    empty = np.ones((len(angles), len(pixels)))
    for begin, end in strokes:
        a, b = turn @ np.array(begin), turn @ np.array(end)
        along = b - a
        part = np.clip(((pixels[None] - a[:, None]) * along[:, None]).sum(-1) / (along**2).sum(-1)[:, None], 0, 1)
        distance2 = ((pixels[None] - a[:, None] - part[..., None] * along[:, None]) ** 2).sum(-1)
        empty *= 1 - np.exp(-distance2 / (2 * width**2))
    return (1 - empty).reshape(-1, SIDE, SIDE)


def load(name: str, own: Mapping[str, Array] | None = None) -> Data:
    """The data set of that name, made once in a process. Raises BadValue for own data that cannot be used."""
    return _own(own) if name == "own" else _made(name)


@cache
def _made(name: str) -> Data:
    return MADE[name](name)


def _turning(name: str, strokes: tuple, width: float) -> Data:
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 640)
    pictures = glyph(angles, strokes, width).reshape(-1, SIDE * SIDE)
    exact = np.arange(FRAMES) * (2 * np.pi / FRAMES)
    truth = glyph(exact, strokes, width).reshape(FRAMES, -1)
    circumference = np.linalg.norm(np.roll(truth, -1, 0) - truth, axis=1).sum()
    train, part = angles[:512], angles[:512] / (2 * np.pi)
    return Data(
        name, pictures[:512], pictures[512:], (part * SECTORS).astype(np.int64), SECTORS, part, truth, exact, train,
        size=(SIDE, SIDE), turn=2 * np.pi, speed=float(circumference / (2 * np.pi)),
    )  # fmt: skip


def _digits(name: str) -> Data:
    import torch  # only for the split: the same permutation as in the published numbers of this lab

    order = torch.randperm(1797, generator=torch.Generator().manual_seed(0)).numpy()
    pictures, labels = (part[order] for part in digits())
    train, number = pictures[:1500], np.arange(1500)
    return Data(name, train, pictures[1500:], labels[:1500], 10, labels[:1500] / 9, train, number, number, size=(8, 8))


def _roll(name: str, turns: float) -> Data:
    random, begin, end = np.random.default_rng(0), 1.5 * np.pi, turns * np.pi
    t, h = random.uniform(begin, end, 1800), random.uniform(0, 21, 1800)
    spiral = np.stack([t * np.cos(t), h, t * np.sin(t)], -1)
    middle, line = spiral[:1500].mean(0), np.linspace(begin, end, 1440)
    exact = (np.stack([line * np.cos(line), np.full(1440, 10.5), line * np.sin(line)], -1) - middle) / 7
    first, last = roll_arc(np.array([begin, end]))
    points, arc = (spiral - middle) / 7, roll_arc(t[:1500]) - first
    part = arc / (last - first)
    return Data(
        name, points[:1500], points[1500:], np.minimum(part * 10, 9).astype(np.int64), 10, part, exact, (roll_arc(line) - first) / 7,
        arc / 7, height=(float(exact[0, 1]), 1.5), speed=1.0,
    )  # fmt: skip


def _moons(name: str) -> Data:
    import torch  # only for the lift's fixed random matrix
    from sklearn.datasets import make_moons

    plane, labels = make_moons(1000, noise=0.05, random_state=0)
    others, _ = make_moons(200, noise=0.05, random_state=1)
    fixed = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(2, 16, generator=fixed).numpy(), 2 * torch.randn(16, generator=fixed).numpy()

    def lift(points: Array) -> Array:
        return np.tanh(0.8 * points @ weight + bias)

    arc = np.linspace(0, np.pi, 720)
    upper, lower = np.stack([np.cos(arc), np.sin(arc)], -1), np.stack([1 - np.cos(arc), 0.5 - np.sin(arc)], -1)
    exact, lifted = lift(np.concatenate([upper, lower])), lift(plane)
    position = np.concatenate([arc, np.pi + arc]).astype(np.float32)
    place = position[nearest(lifted, exact[::8])[0] * 8]
    return Data(name, lifted, lift(others), labels, 2, place / (2 * np.pi), exact, position, place)


MADE: dict[str, Callable[[str], Data]] = {
    "glyph": partial(_turning, strokes=COMMA, width=0.25),
    "hard-glyph": partial(_turning, strokes=LETTER_F, width=0.13),
    "digits": _digits,
    "swiss-roll": partial(_roll, turns=3.0),
    "long-roll": partial(_roll, turns=4.5),
    "moons": _moons,
}


def _own(own: Mapping[str, Array] | None) -> Data:
    """The user's own samples, scaled so that the default s = beta sigma_x^2 = 0.04 suits them."""
    if own is None:
        raise not_uploaded()
    x, given = np.asarray(own["x"], np.float64), own.get("size", (0, 0))
    if x.ndim != 2 or x.shape[0] < 2 or x.shape[1] < 1:
        raise refused("At least 2 samples with at least 1 feature are needed.")
    if x.shape[0] > OWN_ROWS:
        raise refused("At most {most} samples fit; there are {found}.", most=OWN_ROWS, found=x.shape[0])
    if not np.isfinite(x).all():
        raise refused("The samples contain NaN or infinite numbers.")
    # colour pictures and the like are shown as plain feature vectors
    size = (int(given[0]), int(given[1])) if int(given[0]) * int(given[1]) == x.shape[1] else None
    if size is not None and x.shape[1] > OWN_PIXELS:
        x, size = _shrink(x, size)
    if x.shape[1] > OWN_PIXELS:
        raise refused("At most {most} features fit; there are {found}.", most=OWN_PIXELS, found=x.shape[1])
    if size is None:  # a table: its columns may lie far from zero, so all is centred before anything is rounded to float32
        varies = np.ptp(x, axis=0) > 0
        x = x - x[0]  # first, so that the mean of a far column rounds nothing away
        x = x - x.mean(0)
        x = np.where(varies, x / np.where(varies, x.std(0), 1), 0)
    order = np.random.default_rng(0).permutation(len(x))
    held_out = len(x) // 8 if len(x) >= 16 else 0
    kept = np.sort(order[held_out:])
    leading = eigenvalues(x[kept])[0]
    if leading <= 1e-12:
        raise refused("All samples are equal, so there is nothing to encode (λ₁ = 0).")
    scale = float(np.sqrt(OWN_SCALE / leading))
    train, test = (scale * x[kept]).astype(np.float32), scale * (x[np.sort(order[:held_out])] if held_out else x)
    (labels, classes), number = _own_labels(own, kept, train), np.arange(len(train))
    return Data(
        "own", train, test, labels, classes, labels / max(classes - 1, 1), train, number, number, size=size, scale=scale
    )


def _own_labels(own: Mapping[str, Array], kept: Array, train: Array) -> tuple[Array, int]:
    """The user's labels as 0..k-1 where there are at most 24 of them; else eight equal pieces along the first direction."""
    if "labels" in own and len(own["labels"]) > kept.max():
        values, index = np.unique(np.asarray(own["labels"])[kept], return_inverse=True)
        if 1 < len(values) <= 24:
            return index, len(values)
    centred = train - train.mean(0)
    first = centred @ np.linalg.svd(centred[:2000], full_matrices=False)[2][0]
    return first.argsort().argsort() * 8 // len(train), 8


def _shrink(x: Array, size: tuple[int, int]) -> tuple[Array, tuple[int, int]]:
    """Pictures averaged over square blocks until they have at most 28 x 28 pixels."""
    block = -(-max(size) // 28)
    height, width = size[0] // block, size[1] // block
    if height == 0 or width == 0:
        raise refused(
            "Pictures of {height} × {width} pixels are too narrow to be shrunk to 28 × 28.", height=size[0], width=size[1]
        )
    pictures = x.reshape(-1, *size)[:, : height * block, : width * block]
    return pictures.reshape(-1, height, block, width, block).mean((2, 4)).reshape(len(x), -1), (height, width)
