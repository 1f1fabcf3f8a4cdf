"""Generated passages: what is read, what is asked, what is right. Tokens 1 [CLS], 2 [SEP], 3..12 digits, then names and properties."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.generation.seq2seq_reading.params import MOST, Seq2seqReadingParams
from engine.generation.seq2seq_reading.theory import DIGIT, NAME, SEP, VALUES

CLS = 1


def words(pairs: Tensor, values: Tensor, p: Seq2seqReadingParams) -> Tensor:
    """Facts `E A d d` (..., 4 m) from pairs and values, both (..., m)."""
    parts = (NAME + pairs // p.attributes, NAME + p.entities + pairs % p.attributes, DIGIT + values // 10, DIGIT + values % 10)
    return torch.stack(parts, -1).flatten(-2)


def layout(facts: Tensor, asked: Tensor, p: Seq2seqReadingParams) -> Tensor:
    """Sources (..., S): [CLS] facts [SEP] E A [SEP]; with the question first, it stands before the facts.

    Args:
        facts: (..., 4 m). asked: pairs (...).
    """
    begin = torch.full((*asked.shape, 1), CLS)
    end = torch.full_like(begin, SEP)
    question = words(asked[..., None], torch.zeros_like(begin), p)[..., :2]
    first, second = (question, facts) if p.mask == "question-first" else (facts, question)
    return torch.cat([begin, first, end, second, end], -1)


@dataclass(frozen=True)
class Items:
    """Sources (n, S), answers `d d [SEP]` or `[SEP] 0 0` (n, 3), and whether the asked pair is absent (n,)."""

    source: Tensor
    answer: Tensor
    absent: Tensor


def items(count: int, p: Seq2seqReadingParams, random: torch.Generator, absent: Tensor | None = None) -> Items:
    """Independent items; the pair is absent with chance `p.absent`, or where `absent` (n,) says so."""
    order = torch.rand((count, p.pairs), generator=random).argsort(1)
    values = torch.randint(VALUES, (count, p.facts), generator=random)
    place = torch.randint(p.facts, (count,), generator=random)
    drawn = torch.rand(count, generator=random) < p.absent
    absent = drawn if absent is None else absent
    asked = order.gather(1, torch.where(absent, p.facts, place)[:, None])[:, 0]
    value = values.gather(1, place[:, None])[:, 0]
    said = torch.stack([DIGIT + value // 10, DIGIT + value % 10, torch.full_like(value, SEP)], 1)
    empty = torch.tensor([SEP, 0, 0])
    facts = words(order[:, : p.facts], values, p)
    return Items(layout(facts, asked, p), torch.where(absent[:, None], empty, said), absent)


@dataclass(frozen=True)
class Ballots:
    """Questions with K passages each: sources (n, K, S), facts (n, K, 4 m), right answers (n, 3), asked pairs (n,).

    said (n, K): the value that a passage gives, -1 where it lacks the pair.
    """

    source: Tensor
    facts: Tensor
    answer: Tensor
    asked: Tensor
    said: Tensor


def ballots(count: int, p: Seq2seqReadingParams, random: torch.Generator) -> Ballots:
    """The voting world. All settings of its chances are served by the same random numbers, and K passages are the first K of 9."""
    shape = (count, MOST)
    asked = torch.randint(p.pairs, (count,), generator=random)
    value = torch.randint(VALUES, (count,), generator=random)
    order = torch.rand((*shape, p.pairs), generator=random)
    values = torch.randint(VALUES, (*shape, p.facts), generator=random)
    place = torch.randint(p.facts, shape, generator=random)
    has, draws = torch.rand((2, *shape), generator=random)
    other = torch.randint(VALUES, shape, generator=random)

    asked_of = asked[:, None].expand(shape)
    order = order.scatter(2, asked_of[..., None], 2.0).argsort(2)[..., : p.facts]  # the asked pair is the last of all
    said = torch.where(has < p.present, torch.where(draws < p.wrong, other, value[:, None]), -1)
    here = (torch.arange(p.facts) == place[..., None]) & (said >= 0)[..., None]
    pairs, values = torch.where(here, asked_of[..., None], order), torch.where(here, said[..., None], values)
    facts = words(pairs, values, p)[:, : p.passages]
    answer = torch.stack([DIGIT + value // 10, DIGIT + value % 10, torch.full_like(value, SEP)], 1)
    source = layout(facts, asked_of[:, : p.passages], p)
    return Ballots(source, facts, answer, asked, said[:, : p.passages])
