"""The contract of a topic's model: what a session needs from the thing that computes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np
import torch

from engine.core.params import BadValue

Data = Mapping[str, np.ndarray]


class Diverged(ArithmeticError):
    """A quantity of the loop is no longer a finite number."""

    def __init__(self, quantity: str, value: float, step: int = -1) -> None:
        self.quantity, self.value, self.step = quantity, value, step
        super().__init__(f"{quantity} became {value}" + (f" at step {step}" if step >= 0 else ""))


class Model(ABC):
    """Base of every topic's model.

    A subclass builds data, networks and optimiser in `__init__`, trains or samples in `steps`, and shows itself in
    `observe`. The session replaces `self.params` between steps; the loop reads it anew in every step, so hot
    parameters are simply read where they are used. Randomness comes only from generators made by `generator`.
    """

    def __init__(
        self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Sequence[Any] = ()
    ) -> None:
        self.params = params
        self.settings = tuple(settings) or (params,)  # one for each arm; several only where the model is stackable
        self.lost: dict[int, Diverged] = {}  # arms of a stacked model that diverged; the others go on
        self.seed = seed
        self.device = device
        self.data = data
        self.step = 0  # completed steps; counted by the session

    def prepare(self) -> Iterator[None]:
        """What must be done before the first step, in short pieces (a pretraining, say); nothing for most models.

        It happens when the run first goes on, so that a model is there at once: a run can be paused, changed, left and looked at
        between two pieces, as between two steps. How far it is, is declared as clocks: frames of step 0 differ in nothing else, and
        what the loop starts from is taken over after the last piece. A piece is as short as a step; results of pieces may be kept for
        other runs, of the process or on disk (engine/core/kept.py), where they hang on nothing but what they are kept under.
        """
        return iter(())

    @abstractmethod
    def steps(self) -> Iterator[str]:
        """The loop, endless or finite. Yields the name of each part just done; the topic's last part ends a step."""

    @abstractmethod
    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Scalars and arrays of a frame, all declared outputs. A pure look: it changes nothing the loop reads.

        Depends only on the model's state and `self.params`, so equal states give equal frames. Random numbers for
        the picture come from a fresh `generator("...")` of a fixed name, never from the loop's own generators.
        """

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """What `observe` would give in a run with the settings of this arm alone. Models that can be stacked override it."""
        assert arm == 0
        return self.observe()

    def admit(self, params: Any) -> None:  # noqa: B027 - most models take whatever the parameters allow
        """Raises BadValue for hot settings that do not go with the run's own data, which the parameters do not know."""

    def take(self, settings: Sequence[Any]) -> None:
        """New hot parameters, for every arm."""
        self.settings, self.params = tuple(settings), settings[0]

    def check(self, arm: int, quantity: str, value: float, most: float = math.inf) -> float:
        """The value; one that is not finite, or above `most`, ends the run (Diverged), or its arm of a stacked model."""
        if not math.isfinite(value) or value > most:
            problem = Diverged(quantity, value, self.step)
            if len(self.settings) == 1:
                raise problem
            self.lost.setdefault(arm, problem)
        return value

    def weights(self) -> dict[str, torch.Tensor]:
        """What the loop has learned so far, by attribute path, in order: networks' states and tensors that take gradients.

        Found in the model's attributes, in lists, dicts and objects in them; one that is reached twice has its first name.
        Empty where nothing is learned. The tensors are the loop's own, not copies.
        """
        found: dict[str, torch.Tensor] = {}
        _collect(vars(self), "", found, set())
        return found

    def generator(self, purpose: str, device: torch.device | str = "cpu") -> torch.Generator:
        """An independent generator for one purpose, derived from the run's seed and the purpose's name.

        On the CPU by default, so that the same seed draws the same numbers on every device.
        """
        derived = np.random.SeedSequence([self.seed, *purpose.encode()]).generate_state(1, np.uint64)[0]
        return torch.Generator(device).manual_seed(int(derived) % 2**63)


def _collect(value: Any, path: str, found: dict[str, torch.Tensor], seen: set[int]) -> None:
    """Add the weights in a value to `found`, under names that begin with `path`."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, torch.nn.Module):
        value = dict(value.state_dict(keep_vars=True))
        found.update({f"{path}.{name}": tensor for name, tensor in value.items() if id(tensor) not in seen})
        seen.update(map(id, value.values()))
    elif isinstance(value, torch.Tensor):
        if value.requires_grad and value.is_leaf:
            found[path] = value
    elif isinstance(value, Mapping | list | tuple):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, item in items:
            _collect(item, f"{path}.{name}" if path else str(name), found, seen)
    elif hasattr(value, "__dict__") and not isinstance(value, type | FunctionType | torch.optim.Optimizer):
        _collect(vars(value), path, found, seen)


def drawn(generator: torch.Generator, *size: int, scale: float = 1.0, mean: float = 0.0) -> torch.nn.Parameter:
    """A first weight from a normal distribution."""
    return torch.nn.Parameter(mean + scale * torch.randn(*size, generator=generator))


def uniform(generator: torch.Generator, *size: int, fan_in: int) -> torch.nn.Parameter:
    """A first weight from the distribution torch gives a linear layer: uniform within 1 / sqrt(fan_in)."""
    bound = 1 / math.sqrt(fan_in)
    return torch.nn.Parameter((2 * torch.rand(*size, generator=generator) - 1) * bound)


def portable(weights: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """Weights as numpy copies on the CPU; types that numpy or the wire form lack become the next wider float."""
    arrays = {}
    for name, tensor in weights.items():
        own = tensor.detach().cpu()
        if own.dtype in (torch.float16, torch.bfloat16):
            own = own.float()
        arrays[name] = np.array(own.numpy(), order="C")
    return arrays


def finite(quantity: str, value: torch.Tensor) -> float:
    """The value of a one-element tensor; raises Diverged, naming the quantity, unless it is finite."""
    number = float(value)
    if not math.isfinite(number):
        raise Diverged(quantity, number)
    return number


def numpy(tensor: torch.Tensor, *, exact: bool = False) -> np.ndarray:
    """A detached numpy copy on the CPU: float32, or for an output that is declared exact float64; integers stay as they are."""
    array = tensor.detach().cpu().numpy()
    return array.astype(np.float64 if exact else np.float32) if array.dtype.kind == "f" else array.copy()


def available() -> tuple[str, ...]:
    """The devices of this machine, fastest first; "cpu" is always the last."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose(name: str) -> torch.device:
    """A torch device by name; "auto" is the fastest there is. Raises BadValue for one this machine lacks."""
    present = available()
    if name == "auto":
        return torch.device(present[0])
    if name not in present:
        raise BadValue("device", name, ", ".join(("auto", *present)))
    return torch.device(name)
