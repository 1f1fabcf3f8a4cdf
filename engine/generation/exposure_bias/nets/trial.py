"""The trial every net stands: one fixed test set, taught and on its own, with and without wrong tokens put in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.generation.decoders import Decoder, beam_run, free_run
from engine.generation.exposure_bias.tasks import Task, Text

Array = np.ndarray

SHOWN = 40  # sequences of the raster
BEAM_ROWS = 1024  # hypotheses kept in all by a beam trial: wider beams are tried on fewer sequences


@dataclass(frozen=True)
class Result:
    """One net's trial.

    forced, greedy, sampled: accuracy by position (T,) with the true past, alone by the most likely token, alone by
    drawing; NaN where tokens were given. loss: teacher-forced loss by position (T,) in nats. tokens, draws: what it wrote
    greedily and by drawing (n, T). distributions: of the greedy run, (SHOWN, T, m).
    """

    forced: Array
    greedy: Array
    sampled: Array
    loss: Array
    tokens: Array
    draws: Array
    distributions: Array


class Trial:
    """A fixed test set with fixed randomness, the same for all nets and all times of a run.

    Args:
        task: the task; its test sequences are drawn here once.
        count: sequences.
        positions: length of the test sequences.
        generator: a fresh generator; all randomness of the trial is drawn from it here.
    """

    def __init__(self, task: Task, count: int, positions: int, generator: torch.Generator, device: torch.device) -> None:
        self.task, self.count, self.positions = task, count, positions
        uniforms = torch.rand((task.planes, count, positions), generator=generator, dtype=torch.float64).numpy()
        self.truth, self.readings = task.sequences(uniforms, test=True)
        self.y, self.c = torch.from_numpy(self.truth).to(device), torch.from_numpy(self.readings).to(device)
        self.uniforms = torch.rand((count, positions), generator=generator).to(device)
        wrong = 1 + (torch.rand((count, positions), generator=generator) * (task.symbols - 1)).long()
        wrong = wrong.clamp(max=max(task.symbols - 1, 1)).to(device)
        self.wrong = (self.y + wrong) % task.symbols
        self.given = torch.full_like(self.y, -1)
        self.given[:, : task.given] = self.y[:, : task.given]

    def run(self, net: Decoder) -> Result:
        """The net taught, alone by the most likely token and alone by drawing: three times all sequences in one batch."""
        n, begin, start = self.count, self.task.given, self.task.start
        run = free_run(
            net,
            self.c.repeat(3, 1),
            forced=torch.cat([self.y, self.given, self.given]),
            uniforms=self.uniforms,
            reference=self.y,
            keep=slice(n, n + min(SHOWN, n)),
        )
        tokens = run.tokens.view(3, n, -1)
        accuracy = self._numbers((tokens == self.y).float().mean(1))
        accuracy[0, :start] = np.nan
        accuracy[1:, :begin] = np.nan
        loss = self._numbers(run.surprise.mean(0))
        loss[:start] = np.nan
        _, greedy, draws = tokens.cpu().numpy()
        draws[:, :begin], greedy[:, :begin] = self.truth[:, :begin], self.truth[:, :begin]
        return Result(accuracy[0], accuracy[1], accuracy[2], loss, greedy, draws, self._numbers(run.distributions))

    def injected(self, net: Decoder, at: int, wrong: int, count: int | None = None) -> tuple[Array, Array]:
        """The net alone, with `wrong` wrong tokens put into its output from position `at` (from 1) on.

        Returns:
            Its own choices (count, T) and their accuracy by position (T,), NaN where tokens were given or put in.
        """
        count = min(count or self.count, self.count)
        forced, hidden = self.given[:count].clone(), slice(at - 1, at - 1 + wrong)
        forced[:, hidden] = self.wrong[:count, hidden]
        tokens = free_run(net, self.c[:count], forced=forced).tokens
        accuracy = self._numbers((tokens == self.y[:count]).float().mean(0))
        accuracy[: self.task.given] = accuracy[hidden] = np.nan
        return tokens.cpu().numpy(), accuracy

    def beam(self, net: Decoder, width: int) -> Array:
        """Accuracy by position (T,) of the net's beam search, on the first BEAM_ROWS / width sequences."""
        count = min(self.count, max(BEAM_ROWS // width, 16))
        forced = self.given[:count] if self.task.given else None
        accuracy = self._numbers((beam_run(net, self.c[:count], width, forced) == self.y[:count]).float().mean(0))
        accuracy[: self.task.given] = np.nan
        return accuracy

    def fluency(self, tokens: Array) -> float:
        """Share of own transitions that the task allows: the step +1 (compass), the hidden step (counter), a known trigram."""
        begin, m = self.task.given, self.task.symbols
        if isinstance(self.task, Text):
            return float(self.task.judge.surprise(tokens)[1][:, begin:].mean())
        pace = 1 if self.task.readings else self.truth[: len(tokens), 1:2] - self.truth[: len(tokens), :1]
        return float(((tokens[:, 1:] - tokens[:, :-1] - pace) % m == 0)[:, begin:].mean())

    @staticmethod
    def _numbers(tensor: Tensor) -> Array:
        return tensor.cpu().numpy().astype(np.float32)
