"""Ground truth of the VAE geometry lab: every closed form against an independent computation."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence
from torch.func import jacfwd, vmap

from engine.latent.filling import rates
from engine.latent.vae_geometry.data import glyph, load
from engine.latent.vae_geometry.geometry.charts import DecoderChart, Uncertainty, magnification
from engine.latent.vae_geometry.geometry.geodesics import Grid, box, geodesic, picture_length, refine, speeds, straight
from engine.latent.vae_geometry.geometry.measures import entropy
from engine.latent.vae_geometry.model import kl, perceptron, quadratic
from engine.latent.vae_geometry.theory import critical_beta, eigenvalues, ellipse_law, normal_kl, roll_arc
from tests.latent.vae_geometry_runs import FunctionChart, energy, random_layers, state, train


@pytest.fixture(scope="module")
def ring():
    """A glyph VAE after 300 steps, as numpy networks in float64."""
    net = state(train(300, twin=False)).vae
    return DecoderChart([(w.astype(np.float64), b.astype(np.float64)) for w, b in net.decoder.layers]), net


@pytest.fixture(scope="module")
def digit_pixels():
    from sklearn.datasets import load_digits

    return load_digits().data / 16


# 1 -------------------------------------------------------------------------------------------------------------------


def test_kl_of_an_ellipse_is_that_of_two_normals():
    """(4); Kingma & Welling 2014, appendix B."""
    random = np.random.default_rng(0)
    mean, sigma = random.normal(size=(50, 3)), np.exp(random.normal(size=(50, 3)))
    exact = kl_divergence(Normal(torch.tensor(mean), torch.tensor(sigma)), Normal(0.0, 1.0)).sum(-1).numpy()
    assert normal_kl(mean, sigma).sum(-1) == pytest.approx(exact, abs=1e-10)
    assert kl(torch.tensor(mean), torch.tensor(sigma)).sum(-1).numpy() == pytest.approx(exact, abs=1e-10)
    penalty = mean**2 + (sigma - 1) ** 2  # (3)
    assert quadratic(torch.tensor(mean), torch.tensor(sigma)).numpy() == pytest.approx(penalty, abs=1e-12)


# 2 -------------------------------------------------------------------------------------------------------------------


def test_jacobian_is_that_of_automatic_and_of_numerical_differentiation():
    """(11): J by closed form, by torch.func.jacfwd and by central differences, h = 1e-6."""
    layers = random_layers((2, 64, 64, 20))
    chart, z = DecoderChart(layers), np.random.default_rng(1).normal(size=(7, 2))

    def decoder(code: Tensor) -> Tensor:
        tensors = [(torch.tensor(w)[None], torch.tensor(b)[None, None]) for w, b in layers]
        return perceptron(code[None, None], tensors)[0, 0]

    automatic = vmap(jacfwd(decoder))(torch.tensor(z)).numpy()
    h = 1e-6
    numerical = np.stack([(chart.f(z + h * e) - chart.f(z - h * e)) / (2 * h) for e in np.eye(2)], -1)
    assert np.abs(automatic - numerical).max() < 1e-8
    assert np.abs(chart.jacobian(z) - automatic).max() < 1e-12
    metric = chart.metric(z)
    assert np.abs(metric - np.swapaxes(metric, 1, 2)).max() == 0
    assert np.linalg.eigvalsh(metric).min() > -1e-12
    assert np.abs(metric - np.swapaxes(automatic, 1, 2) @ automatic).max() < 1e-10


def test_metric_of_a_linear_decoder_is_the_same_everywhere():
    """G = A^T A (11)."""
    matrix = np.random.default_rng(2).normal(size=(5, 2))
    chart = linear_chart(matrix)
    assert chart.metric(np.random.default_rng(3).normal(size=(9, 2))) == pytest.approx(
        np.broadcast_to(matrix.T @ matrix, (9, 2, 2)), abs=1e-10
    )


def linear_chart(matrix: np.ndarray) -> FunctionChart:
    return FunctionChart(lambda z: z @ matrix.T, lambda z: np.broadcast_to(matrix, (len(z), *matrix.shape)))


def test_uncertainty_gradient_is_the_numerical_one():
    """(12): gradient of the RBF sigma_x(z)."""
    codes = np.random.default_rng(4).normal(size=(300, 2))
    uncertainty = Uncertainty.fit(codes, 0.1)
    z, h = codes[:20] + 0.05, 1e-6
    numerical = np.stack([(uncertainty.sigma(z + h * e) - uncertainty.sigma(z - h * e)) / (2 * h) for e in np.eye(2)], -1)
    assert uncertainty.gradient(z)[1] == pytest.approx(numerical, rel=1e-5, abs=1e-7)
    assert np.median(uncertainty.sigma(codes)) == pytest.approx(0.1, rel=0.01)
    assert uncertainty.sigma(np.full((1, 2), 50.0)) == pytest.approx(5.0)


# 3 -------------------------------------------------------------------------------------------------------------------


def test_metric_magnification_and_length_change_with_coordinates_as_a_tensor_must(ring):
    """u = A z: G_u = A^-T G A^-1, MF_u |det A| = MF_z, lengths stay."""
    chart, _ = ring
    change = np.array([[1.3, 0.4], [-0.2, 0.7]])
    inverse = np.linalg.inv(change)
    other = FunctionChart(lambda u: chart.f(u @ inverse.T), lambda u: chart.jacobian(u @ inverse.T) @ inverse)
    z = np.random.default_rng(5).normal(size=(20, 2))
    assert other.metric(z @ change.T) == pytest.approx(inverse.T @ chart.metric(z) @ inverse, rel=1e-10)
    scaled = magnification(other.metric(z @ change.T)) * abs(np.linalg.det(change))
    assert scaled == pytest.approx(magnification(chart.metric(z)), rel=1e-9)
    curve = straight(z[0], z[1]) + 0.2 * np.sin(np.linspace(0, np.pi, 33))[:, None]
    assert picture_length(other, curve @ change.T) == pytest.approx(picture_length(chart, curve), rel=1e-12)


# 4 -------------------------------------------------------------------------------------------------------------------


def test_geodesic_of_a_linear_decoder_is_the_straight_segment():
    """Minimiser of E from a bent start; L = |A (b - a)|."""
    matrix = np.random.default_rng(6).normal(size=(6, 2))
    chart, a, b = linear_chart(matrix), np.array([-1.0, 0.5]), np.array([2.0, 1.0])
    bent = straight(a, b) + np.sin(np.linspace(0, np.pi, 33))[:, None] * np.array([0.4, -0.8])
    curve = refine(chart, bent)
    assert np.abs(curve - straight(a, b)).max() < 1e-6
    assert picture_length(chart, curve) == pytest.approx(np.linalg.norm(matrix @ (b - a)), abs=1e-9)


# 5 -------------------------------------------------------------------------------------------------------------------


def test_geodesic_of_the_sphere_is_the_great_circle():
    """(theta, phi) -> S^2 from (.8, 0) to (1, 1.8): arccos<f(a), f(b)> = 1.329167; Do Carmo."""

    def point(z):
        return np.stack([np.sin(z[:, 0]) * np.cos(z[:, 1]), np.sin(z[:, 0]) * np.sin(z[:, 1]), np.cos(z[:, 0])], 1)

    def slope(z):
        (s, t), (c, d) = np.sin(z.T), np.cos(z.T)
        return np.stack([np.stack([c * d, c * t, -s], 1), np.stack([-s * t, s * d, 0 * s], 1)], 2)

    sphere, a, b = FunctionChart(point, slope), np.array([0.8, 0.0]), np.array([1.0, 1.8])
    curve = refine(sphere, straight(a, b, 64))
    great = float(np.arccos(point(a[None])[0] @ point(b[None])[0]))
    assert great == pytest.approx(1.329167, abs=1e-6)
    assert picture_length(sphere, curve) == pytest.approx(great, rel=1e-3)
    assert picture_length(sphere, straight(a, b, 64)) == pytest.approx(1.4218, abs=1e-3)
    pace = speeds(sphere, curve)
    assert pace.std() / pace.mean() < 1e-2


# 6 -------------------------------------------------------------------------------------------------------------------


def test_chord_geodesic_and_straight_line_are_ordered_and_both_solvers_agree(ring):
    """Chord <= geodesic <= straight line; Dijkstra within 5 % of the refined curve, with the ends as graph nodes."""
    chart, net = ring
    codes = net.codes[0].astype(np.float64)
    for first, last in ((0, 50), (3, 80), (10, 200)):
        a, b = codes[first], codes[last]
        curve = refine(chart, straight(a, b))
        length, line = picture_length(chart, curve), picture_length(chart, straight(a, b))
        chord = float(np.linalg.norm(chart.f(b[None]) - chart.f(a[None])))
        assert chord - 1e-9 <= length <= line + 1e-3
        assert energy(chart, curve) <= energy(chart, straight(a, b)) + 1e-9
        grid = Grid(*box(codes, a, b), 64, 3)
        found = geodesic(chart, a, b, grid)
        _, by_graph = grid.path(grid.exact_lengths(chart), chart, a, b)
        assert by_graph == pytest.approx(picture_length(chart, found), rel=0.05)


# 7, 8 ----------------------------------------------------------------------------------------------------------------


def linear_vae(x: np.ndarray, beta: float, axes: int, sigma_x: float = 0.2, steps: int = 2000) -> dict[str, np.ndarray]:
    """A linear VAE trained full batch with the analytic bound: decoder W z + m, encoder V (x - m), one sigma per axis."""
    data = torch.tensor(x - x.mean(0))
    source = torch.Generator().manual_seed(0)
    decoder = (0.1 * torch.randn(x.shape[1], axes, generator=source, dtype=torch.float64)).requires_grad_()
    encoder = (0.1 * torch.randn(axes, x.shape[1], generator=source, dtype=torch.float64)).requires_grad_()
    log_sigma = torch.zeros(axes, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([decoder, encoder, log_sigma], lr=0.02)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    covariance = data.T @ data / len(data)
    for _ in range(steps):
        residual = torch.eye(x.shape[1], dtype=torch.float64) - decoder @ encoder
        variance = (2 * log_sigma).exp()
        error = (residual @ covariance * residual).sum() + (variance * decoder.square().sum(0)).sum()
        mean_square = (encoder @ covariance * encoder).sum(1)
        per_axis = 0.5 * (mean_square + variance - 2 * log_sigma - 1)
        loss = error / (2 * sigma_x**2) + beta * per_axis.sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
    bound = -loss - 0.5 * x.shape[1] * math.log(2 * math.pi * sigma_x**2)
    return {
        "kl": per_axis.detach().numpy(),
        "variance": variance.detach().numpy(),
        "columns": decoder.detach().square().sum(0).numpy(),
        "decoder": decoder.detach().numpy(),
        "bound": np.array(bound.item()),
    }


@pytest.mark.parametrize(
    ("axes", "beta", "expected"), [(4, 1.0, 5.2743), (4, 4.0, 2.50170), (4, 8.0, 1.115410), (8, 16.0, 0.0440), (8, 20.0, 0.0)]
)
def test_linear_vae_keeps_what_water_filling_says_and_its_ellipses_are_the_inverse_metric(digit_pixels, axes, beta, expected):
    """(9) and (13) on digits, sigma_x^2 = .04; Lucas et al. 2019, section 4."""
    s = beta * 0.04
    theory = rates(eigenvalues(digit_pixels), s, axes).sum()
    assert theory == pytest.approx(expected, abs=1e-4)
    found = linear_vae(digit_pixels, beta, axes)
    assert found["kl"].sum() == pytest.approx(theory, abs=0.01)
    assert found["variance"] == pytest.approx(ellipse_law(found["columns"], s), abs=1e-4)


def test_everything_dies_at_the_critical_weight():
    """(10): above lambda_1 / sigma_x^2 no axis is above water, just below one is."""
    spectrum = load("digits").spectrum
    critical = critical_beta(spectrum[0], 0.2)
    assert rates(spectrum, 1.001 * critical * 0.04, 2).sum() == 0
    assert rates(spectrum, 0.999 * critical * 0.04, 2).sum() > 0


# 9 -------------------------------------------------------------------------------------------------------------------


def test_linear_bound_stays_below_its_likelihood_and_that_below_the_ppca_optimum(digit_pixels):
    """Tipping & Bishop 1999; Lucas et al. 2019: at beta = 1 the bound is tight."""
    from sklearn.decomposition import PCA

    model = PCA(2).fit(digit_pixels)
    normal = MultivariateNormal(torch.tensor(model.mean_), torch.tensor(model.get_covariance()))
    assert normal.log_prob(torch.tensor(digit_pixels)).mean().item() == pytest.approx(model.score(digit_pixels), abs=1e-6)
    found = linear_vae(digit_pixels, 1.0, 2)
    covariance = found["decoder"] @ found["decoder"].T + 0.04 * np.eye(64)
    exact = MultivariateNormal(torch.tensor(digit_pixels.mean(0)), torch.tensor(covariance))
    likelihood = exact.log_prob(torch.tensor(digit_pixels)).mean().item()
    spectrum, best = eigenvalues(digit_pixels), np.full(64, 0.04)  # of the covariance W W^T + sigma_x^2 I, W from (9)
    best[:2] = np.maximum(spectrum[:2], 0.04)
    optimum = float(-0.5 * (np.log(2 * np.pi * best) + spectrum / best).sum())
    assert found["bound"] <= likelihood + 1e-9 <= optimum + 2e-9
    assert optimum == pytest.approx(-1.5646, abs=1e-4)
    assert found["bound"] == pytest.approx(optimum, abs=2e-3)


# 15 ------------------------------------------------------------------------------------------------------------------


def test_glyph_is_a_circle_with_an_even_pace():
    """glyph(t + 2 pi) = glyph(t), a quarter turn is a turned array, the speed is 4.143 to 4.166."""
    angles = np.array([0.3, 1.7, 4.0])
    assert glyph(angles + 2 * np.pi) == pytest.approx(glyph(angles), abs=5e-7)
    turned = torch.rot90(torch.tensor(glyph(angles)), 1, (1, 2)).numpy()
    assert glyph(angles + np.pi / 2) == pytest.approx(turned, abs=2.4e-7)
    data = load("glyph")
    pace = np.linalg.norm(np.roll(data.truth, -1, 0) - data.truth, axis=1) * len(data.truth) / (2 * np.pi)
    assert data.speed == pytest.approx(4.154, abs=1e-3)
    assert (pace.min(), pace.max()) == pytest.approx((4.143, 4.166), abs=1e-3)
    assert data.spectrum[:6] == pytest.approx((3.59, 3.59, 0.73, 0.73, 0.087, 0.087), rel=0.06)


def test_arc_of_the_roll_is_the_integral():
    """s(t) = (t sqrt(1 + t^2) + asinh t) / 2 against scipy.integrate.quad."""
    for t in (1.5 * np.pi, 7.0, 3 * np.pi):
        assert roll_arc(np.array(t)) == pytest.approx(quad(lambda u: math.sqrt(1 + u * u), 0, t)[0], abs=1e-10)


# 17 ------------------------------------------------------------------------------------------------------------------


def test_collapsed_model_loses_its_stability_exactly_at_the_critical_weight(digit_pixels):
    """(10): smallest Hessian eigenvalue of the loss in (decoder a, encoder b, log variance) along the first component."""
    first = float(eigenvalues(digit_pixels)[0])

    def smallest(ratio: float) -> float:
        noise = 0.04
        beta = ratio * first / noise

        def loss(p: Tensor) -> Tensor:
            a, b, log_variance = p
            error = first * (1 - a * b) ** 2 + a**2 * log_variance.exp()
            return error / (2 * noise) + beta * 0.5 * (b**2 * first + log_variance.exp() - log_variance - 1)

        hessian = torch.autograd.functional.hessian(loss, torch.zeros(3, dtype=torch.float64))
        return float(torch.linalg.eigvalsh(hessian)[0])

    signs = [smallest(ratio) for ratio in (0.9, 0.99, 1.0, 1.01, 1.1)]
    assert signs[0] < signs[1] < -1e-3
    assert signs[2] == pytest.approx(0, abs=1e-9)
    assert 1e-3 < signs[3] < signs[4]
    assert signs == pytest.approx([-0.829, -0.082, 0, 0.082, 0.811], abs=2e-3)


def test_the_entropy_of_a_single_class_is_0_without_a_sign_and_of_equal_ones_the_logarithm_of_their_number():
    assert f"{entropy(np.array([0, 256])):.2f}" == "0.00"
    assert entropy(np.array([3, 3, 3])) == pytest.approx(math.log(3))
    assert math.isnan(entropy(np.zeros(3)))
