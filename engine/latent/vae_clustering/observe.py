"""What a look at a run shows: the loss over all data with one code each, the sorting against the classes, drawings, the map."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from engine.core.model import numpy
from engine.latent import agreement
from engine.latent.em import mixture
from engine.latent.vae_clustering import theory
from engine.latent.vae_clustering.params import DRAWS, VaeClusteringParams

Array = np.ndarray
Part = tuple[dict[str, float], dict[str, Array]]

SHOWN = 600  # samples in the map
MEMBERS = 40  # pictures in a contact sheet
USED = 0.01  # share of the samples from which on a cluster counts as used
SORTED_EVERY = 100  # steps between two sortings of the rival's codes by K-means
STARTS, START_EVERY = 10, 5  # starts of K-means on the data, one every so many steps: together they would stall the picture
TURNED_EVERY, SLOWLY = 5, 0.05  # steps between two turns of the map; how fast it follows


class Observer:
    """Looks at one arm. What it keeps of the past: the plane of the map, and the rival's last sorting."""

    def __init__(self, model: Any, arm: int) -> None:
        data, p = model.set, model.params
        self.arm, self.data = arm, data
        self.noise = torch.randn(len(data.x), p.latents, generator=model.generator("look")).to(model.device)
        self.around = torch.randn(p.clusters, DRAWS - 1, p.latents, generator=model.generator("drawings")).to(model.device)
        count = min(SHOWN, len(data.x))
        self.shown = np.linspace(0, len(data.x) - 1, count).round().astype(int)
        self.shadow = self.flat(data.x[self.shown])
        self.spread = np.zeros((p.latents, p.latents))
        self.axes = np.eye(2, p.latents)
        self.two_step = math.nan
        self.by_pixels = math.nan
        self.pixels = KMeans(data.x, p.clusters)

    def keep(self, model: Any) -> None:
        """After a step: the map's plane follows the centres; now and then K-means sorts the rival's codes."""
        step, p = model.step + 1, model.params
        if step % TURNED_EVERY == 0 and p.latents > 2:
            centres = numpy(model.net.centres[self.arm], exact=True)
            codes = numpy(model.state(self.arm).encode(model.x[None, ::16])[0][0], exact=True)
            wanted = covariance(centres) + 0.1 * covariance(codes)  # two centres alone would span no plane
            if np.isfinite(wanted).all():  # an arm that is lost goes on as nan beside the others
                self.spread += (SLOWLY if self.spread.any() else 1.0) * (wanted - self.spread)
                self.axes = turned(np.linalg.eigh(self.spread)[1][:, :-3:-1].T, self.axes)
        if model.rival is not None and step % SORTED_EVERY == 0:
            second = KMeans(numpy(model.state(0, model.rival).encode(model.x[None])[0][0]), p.clusters)
            for _ in range(3):
                second.again()
            self.two_step = self.agrees(second.found, p.clusters)
        if self.data.labels is not None and step % START_EVERY == 0 and step <= STARTS * START_EVERY and self.arm == 0:
            self.pixels.again()
            for observer in model.observers:
                observer.by_pixels = self.agrees(self.pixels.found, p.clusters)

    def agrees(self, found: Array, clusters: int) -> float:
        """Accuracy of a sorting; nan where there is none."""
        known = found.any() or clusters == 1
        return agreement.accuracy(agreement.contingency(found, self.data.labels, clusters)) if known else math.nan

    def frame(self, model: Any, p: VaeClusteringParams) -> Part:
        """All declared outputs."""
        net = model.state(self.arm)
        mean, log_variance = net.encode(model.x[None])
        z = mean + (0.5 * log_variance).exp() * self.noise
        error = float((model.x - net.decode(z, self.data.drawn_by_sigmoid)[0]).square().sum(-1).mean(dtype=torch.float64))
        there = [numpy(part[0], exact=True) for part in (mean, log_variance, z, net.centres, net.sort(z, p.classifier))]
        # float32's logarithms do not quite sum to one: the identities are to hold to more places than that
        there[-1] = theory.log_bayes(there[2], there[3]) if p.classifier == "bayes" else theory.log_softmax(there[-1], -1)
        scalars = self.terms(model, p, error, *there)
        arrays: dict[str, Array] = {"centres": numpy(net.centres[0]), "codes": numpy(mean[0, self.shown])}
        sure = np.exp(numpy(net.sort(mean, p.classifier)[0], exact=True))
        self.sorting(model, p, sure, scalars, arrays)
        self.drawings(net, p, arrays)
        self.closer(net, p, sure, mean, scalars, arrays)
        arrays["probabilities"] = sure[self.shown].astype(np.float32)
        arrays["flat_codes"] = (arrays["codes"] @ self.axes.T).astype(np.float32)
        arrays["flat_centres"] = (arrays["centres"] @ self.axes.T).astype(np.float32)
        arrays["shadow"] = self.shadow
        arrays["size"] = np.array(self.data.size or (0, 0), np.int64)
        return scalars, arrays

    def terms(
        self, model: Any, p: VaeClusteringParams, error: float, mean: Array, log_variance: Array, z: Array, centres: Array,
        log_p: Array,
    ) -> dict[str, float]:  # fmt: skip
        """The loss and its parts over all data, one code each, in nats."""
        if p.alignment == "closed":
            ratio = theory.closed_alignment(mean, log_variance, centres)
        else:
            ratio = theory.sampled_alignment(mean, log_variance, z, centres)
        each, even, sure = theory.balance_parts(np.exp(log_p))
        found = {
            "reconstruction": 0.5 * model.lam(p) * error,
            "align": float((np.exp(log_p) * ratio).sum(-1).mean()),
            "balance_kl": each,
            "evenness": even,
            "sureness": sure,
            "gap": theory.excess(log_p, theory.log_bayes(z, centres)),
            "centre_distance": theory.mean_distance(centres),
            "weight": model.lam(p),
            "first_alive": theory.first_alive(self.data.leading, self.data.balance if p.scale_by_variance else 1.0),
            "pushed": float(model.pushed[self.arm]),
        }
        return {"loss": found["reconstruction"] + found["align"] + p.balance * each} | found

    def sorting(
        self, model: Any, p: VaeClusteringParams, sure: Array, scalars: dict[str, float], arrays: dict[str, Array]
    ) -> None:
        """Which cluster every sample is in, and how that agrees with the classes, which nothing else has seen."""
        cluster = sure.argmax(1)
        share = np.bincount(cluster, minlength=p.clusters) / len(cluster)
        scalars["clusters_used"] = float((share >= USED).sum())
        arrays |= {"cluster": cluster.astype(np.uint8), "share": share.astype(np.float32)}
        order, speaks = np.arange(p.clusters), np.full(p.clusters, -1)
        scalars |= dict.fromkeys(("accuracy", "purity", "nmi", "kmeans_accuracy"), math.nan)
        if (labels := self.data.labels) is not None:
            table = agreement.contingency(cluster, labels, p.clusters)
            rows, columns = agreement.pairing(table)
            paired = np.full(p.clusters, table.shape[1])
            paired[rows] = columns
            order = np.lexsort((table.argmax(1), paired))
            speaks = np.where(table.sum(1) > 0, table.argmax(1), -1)
            scalars |= {
                "accuracy": agreement.accuracy(table),
                "purity": agreement.purity(table),
                "nmi": agreement.normalised_information(table),
                "kmeans_accuracy": self.by_pixels,
            }
            if p.data != "own":
                arrays |= {"labels": labels, "table": table}
        if p.rival:
            scalars["two_step_accuracy"] = self.two_step
        arrays |= {"order": order, "speaks": speaks.astype(np.int64)}
        wanted = cluster == order[min(p.chosen, p.clusters - 1)]
        if labels is not None and p.data != "own":
            wanted &= labels == min(p.chosen_class, int(labels.max()))
        surest = np.flatnonzero(wanted)[np.argsort(-sure.max(1)[wanted], kind="stable")][:MEMBERS]
        arrays["members"] = self.shows(self.data.x[surest])

    def drawings(self, net: Any, p: VaeClusteringParams, arrays: dict[str, Array]) -> None:
        """Each class drawn at its centre, and around it."""
        centres = net.centres[0][:, None]
        z = torch.cat([centres, centres + p.spread * self.around], 1).reshape(1, -1, p.latents)
        arrays["drawn"] = self.shows(numpy(net.decode(z, self.data.drawn_by_sigmoid)[0]))

    def closer(
        self, net: Any, p: VaeClusteringParams, sure: Array, mean: Any, scalars: dict[str, float], arrays: dict[str, Array]
    ) -> None:
        """The shown sample next to the pointer: itself, how it is drawn again, and which class it may be."""
        flat = arrays["codes"] @ self.axes.T
        row = self.shown[int(np.square(flat - (p.probe_x, p.probe_y)).sum(1).argmin())]
        again = numpy(net.decode(mean[:, row : row + 1], self.data.drawn_by_sigmoid)[0])
        scalars["probe"] = float(row)
        arrays["probe_shown"] = self.shows(np.concatenate([self.data.x[row : row + 1], again]))
        arrays["probe_sure"] = sure[row].astype(np.float32)

    def shows(self, x: Array) -> Array:
        """Samples (n, D) as grey pictures (uint8), or as points (n, 2) of the data's plane."""
        return (255 * np.clip(x, 0, 1)).astype(np.uint8) if self.data.size else self.flat(x)

    def flat(self, x: Array) -> Array:
        centre, directions = self.data.plane
        return ((x - centre) @ directions.T).astype(np.float32)


def covariance(points: Array) -> Array:
    """(d, d) of points (n, d)."""
    centred = points - points.mean(0)
    return centred.T @ centred / len(points)


def turned(axes: Array, before: Array) -> Array:
    """Axes (2, d) of a plane, turned in it so that they are as near as can be to those before (Schönemann 1966)."""
    left, _, right = np.linalg.svd(axes @ before.T)
    return (left @ right).T @ axes


class KMeans:
    """K-means with several starts (k-means++), one at a time, of which the best so far counts; the same in every run."""

    def __init__(self, x: Array, clusters: int) -> None:
        self.x, self.clusters = x.astype(np.float64), clusters
        self.random, self.least = np.random.default_rng(0), math.inf
        self.found = np.zeros(len(x), int)

    def again(self) -> None:
        """One more start; none where there are fewer different samples than centres."""
        if len(np.unique(self.x, axis=0)) < self.clusters:
            return
        centres = mixture.lloyd(self.x, mixture.start(self.x, self.clusters, "kmeans++", self.random))
        nearest = theory.squared_distances(self.x, centres)
        if (inertia := float(nearest.min(1).mean())) < self.least:
            self.least, self.found = inertia, nearest.argmin(1)
