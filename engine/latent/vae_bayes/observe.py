"""What a look at the VAE shows: the terms of the loss on all data, gradient noise, and pictures.

`model` is a VaeBayes throughout, `net` one arm of its Net, `p` that arm's settings; their file imports this one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from engine.core.model import numpy
from engine.latent.filling import rates
from engine.latent.layers import Layer
from engine.latent.vae_bayes.params import VaeBayesParams
from engine.latent.vae_bayes.theory import ALIVE, LEAST_SIGMA2, gaussian_nll, water_filling

DRAWS = 4  # of z an image, where an expectation has no closed form
WEIGHTED, IMPORTANCE = 256, 32  # images and draws of the importance-weighted estimate
NOISY, REPEATS = 256, 8  # images and draws of the gradient noise
CLOUD = 100  # gradients of a scatter
SHOWN, WALK = 8, np.linspace(-2.5, 2.5, 8)  # pictures a row, and where the traversed latent goes
CODES = 600  # images in the picture of the codes

Array = np.ndarray


def frame(model: Any, net: Any, p: VaeBayesParams) -> tuple[dict[str, float], dict[str, Array]]:
    """Scalars and arrays of a frame."""
    pixels = model.x.shape[1]
    with torch.no_grad():
        mean, log_variance = (part[0] for part in net.encode(model.inputs[None]))
        each = (0.5 * (mean.double().square() + log_variance.double().exp() - log_variance.double() - 1)).mean(0)
        distortion, cross = whole_error(model, net, mean, log_variance)
    level = max(distortion / pixels, LEAST_SIGMA2) if p.likelihood == "gaussian_learned" else p.sigma2
    nll = cross if model.bernoulli else float(gaussian_nll(distortion, level, pixels))
    rate, per_latent = float(each.sum()), each.cpu().numpy()
    order = np.argsort(-per_latent, kind="stable")
    water = level * p.beta
    theory = {"rate_theory": math.nan, "distortion_theory": math.nan, "alive_theory": math.nan}
    if not model.bernoulli and water > 0:
        best, least = water_filling(model.eigenvalues, water, p.latents)
        alive = float((rates(model.eigenvalues, water, p.latents) > ALIVE).sum())
        theory = {"rate_theory": float(best), "distortion_theory": float(least), "alive_theory": alive}
    noise_x, noise_z, clouds = gradient_noise(model, net, p, level)
    on_error, on_penalty = p.weights
    scalars = {
        "loss": on_error * nll + on_penalty * rate,
        "nll": nll,
        "rate": rate,
        "distortion": distortion,
        "sigma2_in_force": math.nan if model.bernoulli else level,
        "alive": float((per_latent > ALIVE).sum()),
        "iw_nll": nll + rate - gap(model, net, level),
        "noise_x": noise_x,
        "noise_z": noise_z / p.draws,
        **theory,
    }
    arrays = {"kl_latent": per_latent[order], "eigenvalues": model.eigenvalues, "noise_cloud": clouds}
    return scalars, {**arrays, **pictures(model, net, p, mean, order)}


def whole_error(model: Any, net: Any, mean: Tensor, log_variance: Tensor) -> tuple[float, float]:
    """(squared error, cross entropy) of all data, over the posterior's z: exact for a linear Gaussian decoder, else by a few draws."""
    if len(net.decoder) == 1 and not model.bernoulli:
        weight, bias = (t[0].double() for t in net.decoder[0])
        error = (model.x.double() - mean.double() @ weight - bias).square().sum(-1)
        return float((error + log_variance.double().exp() @ weight.square().sum(1)).mean()), math.nan
    epsilon = torch.randn(DRAWS, *mean.shape, generator=model.generator("look")).to(model.device)
    decoded = drawn(net, mean + (0.5 * log_variance).exp() * epsilon)
    if not model.bernoulli:
        return float((decoded - model.x).square().sum(-1).mean()), math.nan
    cross = binary_cross_entropy_with_logits(decoded, model.x.expand_as(decoded), reduction="none").sum(-1).mean()
    return float((decoded.sigmoid() - model.x).square().sum(-1).mean()), float(cross)


def log_likelihood(model: Any, decoded: Tensor, x: Tensor, level: float) -> Tensor:
    """ln q(x|z) (...,) by (5) or (6)."""
    if model.bernoulli:
        return -binary_cross_entropy_with_logits(decoded, x.expand_as(decoded), reduction="none").sum(-1)
    return -((decoded - x).square().sum(-1) / (2 * level) + 0.5 * x.shape[-1] * math.log(2 * math.pi * level))


@torch.no_grad()
def gap(model: Any, net: Any, level: float) -> float:
    """How far the bound is from -ln q(x), in nats: on the same draws for some images, so by Jensen it is never negative."""
    every = max(1, len(model.x) // WEIGHTED)
    x, (mean, log_variance) = model.x[::every], (part[0] for part in net.encode(model.inputs[None, ::every]))
    epsilon = torch.randn(IMPORTANCE, *mean.shape, generator=model.generator("importance")).to(model.device)
    z = mean + (0.5 * log_variance).exp() * epsilon
    weight = log_likelihood(model, drawn(net, z), x, level) - 0.5 * (z.square() - epsilon.square() - log_variance).sum(-1)
    return float((torch.logsumexp(weight.double(), 0) - math.log(IMPORTANCE) - weight.double().mean(0)).mean())


def gradient_noise(model: Any, net: Any, p: VaeBayesParams, level: float) -> tuple[float, float, Array]:
    """V_x and V_z of (10) in nats, and two clouds (2, CLOUD, 2) of gradients of one batch, seen along two directions, for L in force and 16.

    The gradient of a layer for one image is (its error) x (its input), so inner products need no gradient to be written out.
    """
    every = max(1, len(model.x) // NOISY)
    x, random = model.x[::every], model.generator("gradients")
    errors, inputs = per_image(model, net, p, model.inputs[::every], x, level, random)
    squares = pairs = whole = 0.0
    seen = torch.zeros(REPEATS, len(x), 2)
    for error, entry in zip(errors, inputs, strict=True):
        squares += float((error.square().sum(-1) * entry.square().sum(-1)).mean())
        dots = torch.einsum("sni,tni->stn", error, error) * torch.einsum("snj,tnj->stn", entry, entry)
        pairs += float((dots.sum((0, 1)) - dots.diagonal().sum(-1)).mean()) / (REPEATS * (REPEATS - 1))
        mean = torch.einsum("sni,snj->ij", error, entry) / (REPEATS * len(x))
        whole += float(mean.square().sum())
        along = torch.randn(2, *mean.shape, generator=random).to(model.device)
        seen += torch.einsum("sni,kij,snj->snk", error, along, entry).cpu()
    v_z = max(squares - pairs, 0.0)
    v_x = max(pairs - whole + v_z / (REPEATS * len(x)), 0.0) * len(x) / max(len(x) - 1, 1)
    clouds = []
    for draws in (p.draws, 16):
        chosen = torch.randint(REPEATS, (CLOUD, draws, len(x)), generator=random)
        clouds.append(seen[chosen, torch.arange(len(x))].mean((1, 2)))
    return v_x, v_z, numpy(torch.stack(clouds))


def per_image(
    model: Any, net: Any, p: VaeBayesParams, given: Tensor, x: Tensor, level: float, random: torch.Generator
) -> tuple[list[Tensor], list[Tensor]]:
    """For every layer the gradient of each image's loss by its output (draws, images, out), and its input with a 1 for the bias."""
    outputs: list[Tensor] = []
    inputs: list[Tensor] = []

    def through(value: Tensor, layers: list[Layer]) -> Tensor:
        for number, (weight, bias) in enumerate(layers):
            value = torch.tanh(value) if number else value
            inputs.append(torch.cat([value, torch.ones_like(value[..., :1])], -1).detach())
            value = value @ weight[0] + bias[0]
            if not value.requires_grad:
                value.requires_grad_()
            outputs.append(value)
        return value

    with torch.enable_grad():
        head = through(given.expand(REPEATS, -1, -1), net.encoder)
        if net.log_variance is None:
            mean, log_variance = head.chunk(2, -1)
        else:
            mean, log_variance = head, net.log_variance.expand_as(head).clone().requires_grad_()
            outputs.append(log_variance)
            inputs.append(torch.ones_like(head[..., :1]).detach())
        epsilon = torch.randn(head.shape[:2] + mean.shape[2:], generator=random).to(model.device)
        decoded = through(mean + (0.5 * log_variance).exp() * epsilon, net.decoder)
        penalty = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum()
        error = -log_likelihood(model, decoded, x, level).sum()
        on_error, on_penalty = p.weights
        errors = torch.autograd.grad(on_error * error + on_penalty * penalty, outputs)
    return [error.detach() for error in errors], inputs


@torch.no_grad()
def pictures(model: Any, net: Any, p: VaeBayesParams, mean: Tensor, order: Array) -> dict[str, Array]:
    """Originals, their reconstructions, draws of the prior, a walk along a latent; and the codes where they are a plane."""
    latents = mean.shape[1]
    shown = np.linspace(0, len(model.x) - 1, SHOWN).astype(int)
    random = torch.randn(SHOWN, latents, generator=model.generator("prior")).to(model.device)
    walk = torch.zeros(len(WALK), latents, device=model.device)
    walk[:, int(order[min(p.latent, latents) - 1])] = torch.tensor(WALK, dtype=torch.float32, device=model.device)
    rows = [model.x[shown], *(seen(model, drawn(net, z)) for z in (mean[shown], random, walk))]
    shift = 0.0 if model.bernoulli else model.mean
    codes = mean[:: max(1, len(mean) // CODES)]
    labels = np.zeros(len(mean)) if model.labels is None else np.unique(model.labels, return_inverse=True)[1]
    return {
        "pictures": np.stack([numpy(row) + shift for row in rows]).astype(np.float32),
        "size": np.array(model.size or (1, model.x.shape[1]), np.float32),
        "codes": numpy(codes)[:, :2] if latents > 1 else numpy(torch.cat([codes, 0 * codes], 1)),
        "classes": labels[:: max(1, len(mean) // CODES)].astype(np.float32),
    }


def drawn(net: Any, z: Tensor) -> Tensor:
    """The decoder's output (..., pixels) for codes (..., latents)."""
    return net.decode(z.reshape(1, -1, z.shape[-1]))[0].unflatten(0, z.shape[:-1])


def seen(model: Any, decoded: Tensor) -> Tensor:
    """The mean picture that a decoder's output stands for."""
    return decoded.sigmoid() if model.bernoulli else decoded
