"""The loop: passages, a question and an answer in one sequence; a Transformer continues it under a mask.

>>> import engine                                                     # doctest: +SKIP
>>> run = engine.start("seq2seq-reading", {"mask": "causal"}, seed=0) # doctest: +SKIP
>>> frame = run.advance(steps=900)                                    # doctest: +SKIP
>>> frame.scalars["exact_match"]                                      # under the UniLM mask 1.00   # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np
import torch

from engine.core.model import Data, Model, numpy
from engine.generation.seq2seq_reading import theory, votes, world
from engine.generation.seq2seq_reading.network import Reader, answer_loss, greedy
from engine.generation.seq2seq_reading.params import ASKED, TESTED, Seq2seqReadingParams
from engine.train.looks import Looks
from engine.train.ranks import auc

BATCH, RATE, BETAS, WARM = 96, 3e-3, (0.9, 0.98), 100
KEPT = 8  # looks of a kind that are not computed again when what they depend on is dragged back
EVERY = 75  # steps between two trials; between them a frame shows the net of the last one


class Seq2seqReading(Model):
    """One reader; the arms of a sweep over votes share it."""

    params: Seq2seqReadingParams

    def __init__(
        self,
        params: Seq2seqReadingParams,
        seed: int,
        device: torch.device,
        data: Data | None = None,
        settings: Sequence[Seq2seqReadingParams] = (),
    ) -> None:
        super().__init__(params, seed, device, data, settings)
        self.net = Reader(params.vocabulary, params.source, params.mask, self.generator("weights")).to(device)
        self.adam = torch.optim.AdamW(self.net.parameters(), lr=RATE, betas=BETAS, fused=True)
        self.shown, self.trial = deepcopy(self.net).requires_grad_(False), 0
        self.jury = votes.Jury(self.shown)
        self.loss = math.nan
        self.looks = Looks(max(len(self.settings), KEPT))  # at the net of the last trial

    def steps(self) -> Iterator[str]:
        random = self.generator("batches")
        while True:
            batch = world.items(BATCH, self.params, random)  # hot: the share without answer
            yield "batch"

            logits = self.net(batch.source.to(self.device), batch.answer.to(self.device))
            loss = answer_loss(logits, batch.answer.to(self.device))
            self.loss = float(loss.detach())
            for arm in range(len(self.settings)):  # they share the net, and its end
                self.check(arm, "loss", self.loss)
            yield "forward"

            self.adam.zero_grad()
            loss.backward()
            for group in self.adam.param_groups:
                group["lr"] = self.rate()
            self.adam.step()
            done = self.step + 1
            if done % EVERY == 0 or done == self.params.horizon:
                self.shown.load_state_dict(self.net.state_dict())
                self.trial = done
                self.jury.forget()
            yield "update"

    def rate(self) -> float:
        """100 steps of warm-up, then linearly to 0 at the training length."""
        left = (self.params.horizon - self.step) / max(self.params.horizon - WARM, 1)
        return RATE * max(min((self.step + 1) / WARM, left, 1.0), 0.0)

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return self.observe_arm(0)

    def observe_arm(self, arm: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The frame of a run with the settings of this arm."""
        p = self.settings[arm]
        scalars: dict[str, float] = {"loss": self.loss, "trial": float(self.trial)}
        arrays = {"mask_grid": numpy(self.net.seen).astype(np.uint8)}
        looks = (
            self.looks.once("test", (self.trial, p.absent), lambda: self.test(p)),
            self.looks.once("example", (self.trial, p.asked), lambda: self.example(p)),
            self.vote(p),
        )
        for found, shown in looks:
            scalars |= found
            arrays |= shown
        return scalars, arrays

    def test(self, p: Seq2seqReadingParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Greedy answers to fixed items, of which just the share `absent` has none."""
        absent = torch.arange(TESTED) < round(p.absent * TESTED)
        test = world.items(TESTED, p, self.generator("test"), absent)
        tokens, chances, _ = greedy(self.shown, test.source.to(self.device))
        right = (tokens.cpu() == test.answer).all(1)
        p0, empty = numpy(chances[:, 0, theory.SEP]), tokens[:, 0].cpu() == theory.SEP
        scalars = {
            "exact_match": float(right[~absent].float().mean()),
            "no_answer_accuracy": float((empty == absent).float().mean()),
            "p0_mean": float(p0.mean(dtype=np.float64)),
            "auc": auc(p0, absent.numpy()),
        }
        return scalars, {"p0": p0, "absent_item": absent.numpy().astype(np.uint8)}

    def example(self, p: Seq2seqReadingParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """One passage, the pair that is asked of it, the answer, and what it looked at."""
        random = self.generator("example")
        others = 1 + torch.randperm(p.pairs - 1, generator=random)[: p.facts - 1].sort().values
        pairs = torch.cat([torch.zeros(1, dtype=torch.long), others])  # the first question has an answer
        facts = world.words(pairs, torch.randint(theory.VALUES, (p.facts,), generator=random), p)
        source = world.layout(facts, torch.tensor(p.asked), p)
        tokens, chances, looks = greedy(self.shown, source[None].to(self.device))
        place = (pairs == p.asked).nonzero()
        empty = torch.tensor([theory.SEP, 0, 0])
        truth = torch.cat([facts[4 * place[0, 0] + 2 :][:2], empty[:1]]) if len(place) else empty
        arrays = {"source": source, "right": truth, "own": tokens[0], "attention": looks[0]}
        return {"p0_shown": float(chances[0, 0, theory.SEP])}, {f"example_{name}": numpy(a) for name, a in arrays.items()}

    def vote(self, p: Seq2seqReadingParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """How often each fusion is right, and one question of the vote step by step."""
        world_of = (p.passages, p.present, p.wrong)
        held = self.looks.once(
            "vote",
            (self.trial, *world_of, p.drop_empty, p.mode),
            lambda: votes.hold(self.jury, world.ballots(ASKED, p, self.generator("ballots")), p),
        )
        self.jury.read(held.ballots)  # it may have read another world since
        asked, kept, facts = np.array([p.ballot]), held.kept[p.ballot], held.ballots.facts[p.ballot].numpy()
        answer = held.answers[p.fusion][p.ballot]
        steps, fused = np.zeros((theory.ANSWER, p.passages, p.vocabulary)), np.zeros((theory.ANSWER, p.vocabulary))
        allowed = np.ones(fused.shape, bool)
        for t in range(theory.ANSWER):
            if t and answer[t - 1] in (0, theory.SEP):
                break  # no further step is made
            steps[t] = self.jury.chances(asked, answer[None, :t], kept[None] | (t == 0))[0]
            if p.mode == "extractive":
                allowed[t] = theory.continues(facts, kept, answer[:t], p.vocabulary)
            fused[t] = theory.fuse(steps[t] * allowed[t], kept, p.fusion)
        scalars = {
            "vote_accuracy": float(held.accuracy[votes.FUSIONS.index(p.fusion), -1]),
            "vote_theory": theory.perfect(*world_of),
        }
        arrays = {
            "vote_kept": kept.astype(np.uint8),
            "vote_first": steps[0],
            "vote_allowed": allowed[0].astype(np.uint8),
            "vote_facts": facts,
            "vote_fused": fused[0],
            "vote_steps": steps.astype(np.float32),
            "vote_scores": fused,
            "vote_answer": answer,
            "vote_right": held.ballots.answer[p.ballot].numpy(),
            "vote_asked": np.array([held.ballots.asked[p.ballot]]),
            "vote_said": held.ballots.said[p.ballot].numpy(),
            "vote_counts": np.array(held.counts),
            "vote_curves": held.accuracy,
        }
        return scalars, arrays
