"""The recurrent cell x_{n+1} = x_n + h Σ bᵢkᵢ: run forward, its sensitivities, and back-propagation through time. Float64 numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.structured.rnn_ode.systems import Array, System, Trainable, diagonal

FAR = 1e6  # a state beyond has blown up


@dataclass(frozen=True)
class Cell:
    """An explicit Runge-Kutta method whose stages look back one stage: kᵢ = f(x + h aᵢ kᵢ₋₁).

    Attributes:
        shifts, shares: the aᵢ and bᵢ.
        order: p of its global error O(hᵖ).
    """

    shifts: tuple[float, ...]
    shares: tuple[float, ...]
    order: int

    def activation(self, system: System, theta: Array, x: Array, h: float) -> Array:
        """Σ bᵢkᵢ at x (..., d); for Euler this is f itself."""
        k: Array | float = 0.0
        total: Array | float = 0.0
        for shift, share in zip(self.shifts, self.shares, strict=True):
            k = system.field(x + h * shift * k, theta)
            total = total + share * k
        return np.asarray(total)

    def unroll(self, system: System, theta: Array, start: Array, h: float, steps: int) -> Array:
        """(2): the states (n + 1, d) from `start`; fewer where one blows up."""
        states = [np.asarray(start, float)]
        for _ in range(steps):
            x = states[-1] + h * self.activation(system, theta, states[-1], h)
            if not np.abs(x).max() < FAR:
                break
            states.append(x)
        return np.array(states)

    def tangents(self, system: Trainable, theta: Array, states: Array, h: float) -> tuple[Array, Array]:
        """Derivatives of every step along the states (n + 1, d): by the state before it, (n, d, d), and by θ alone, (n, d, k).

        For Euler these are I + h ∂f/∂x and h ∂f/∂θ.
        """
        x = states[:-1]
        k = np.zeros_like(x)
        whole, size = np.concatenate([diagonal(np.ones_like(x)), np.zeros((*x.shape, len(theta)))], -1), x.shape[-1]
        dk = np.zeros_like(whole)  # by state and θ, beside each other
        total = np.zeros_like(whole)
        for shift, share in zip(self.shifts, self.shares, strict=True):
            place = x + h * shift * k
            dk = system.by_state(place, theta) @ (whole + h * shift * dk)
            dk[..., size:] += system.by_theta(place, theta)
            total += share * dk
            k = system.field(place, theta)
        return np.split(whole + h * total, [size], -1)  # type: ignore[return-value]

    def sensitivities(self, system: Trainable, theta: Array, states: Array, h: float) -> Array:
        """(4): ∂x_n/∂θ, (n + 1, d, k), from the first step to the last."""
        found = [np.zeros((states.shape[1], len(theta)))]
        for by_state, by_theta in zip(*self.tangents(system, theta, states, h), strict=True):
            found.append(by_state @ found[-1] + by_theta)
        return np.array(found)

    def backward(self, system: Trainable, theta: Array, states: Array, h: float, signals: Array) -> tuple[Array, Array]:
        """Back-propagation through time, from the last step to the first.

        Args:
            states: (n + 1, d). signals: (n + 1, d), what the loss itself says of every state.

        Returns:
            ∂ℓ/∂x_n with all that follows from x_n, (n + 1, d), and ∂ℓ/∂θ, (k,).
        """
        by_state, by_theta = self.tangents(system, theta, states, h)
        adjoints = np.array(signals, float)
        for n in range(len(states) - 2, -1, -1):
            adjoints[n] += adjoints[n + 1] @ by_state[n]
        return adjoints, np.einsum("nd,ndk->k", adjoints[1:], by_theta)


CELLS = {
    "euler": Cell((0.0,), (1.0,), 1),
    "midpoint": Cell((0.0, 0.5), (0.0, 1.0), 2),
    "rk4": Cell((0.0, 0.5, 0.5, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6), 4),
}
