"""What a fuzzed reader is: one call, valid inputs, what it promises, and the edits that damage an input."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.core.params import BadValue, Params
from engine.data.errors import UploadError

FEW = 3  # steps of a run that a command line starts
LONGEST = 1024  # bytes of one input
JSON_WORDS = ("null", "true", "[]", "{}", "NaN", "Infinity", "1e999", "-1", "9" * 25, '"\\ud800"', '"', ",", ":", "[[[[", "{}")
EDITS = ("put", "over", "cut", "twice", "flip", "end")


@dataclass(frozen=True)
class Target:
    """One reader: `read` lets out only what the reader may not raise."""

    name: str
    read: Callable[[bytes], bool]  # whether it took the input
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()  # what its language is made of
    json: bool = False  # its seeds are JSON texts
    longest: int = LONGEST

    def __post_init__(self) -> None:
        assert max(map(len, self.seeds)) <= self.longest, f"a valid input of {self.name} would be cut"


def good_params(params: Params) -> None:
    """Every value is possible, and reads back from its text to the same."""
    kind = type(params)
    assert kind.build(params.values()) == params
    assert kind.build(params.to_text()) == params


def told(problem: BadValue) -> bool:
    """False; the message fits on a page and can be sent."""
    assert len(str(problem)) < 10_000
    json.dumps(str(problem), ensure_ascii=False).encode()
    assert problem.template.format(**problem.fields)
    return False


def refused(problem: UploadError) -> bool:
    """False; the sentence can be translated."""
    assert problem.template.format(**problem.fields) == str(problem)
    return False


def encoded(texts: Any) -> tuple[bytes, ...]:
    return tuple(text.encode("utf-8", "surrogateescape") for text in texts)


# ---- damage


def alter(data: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    """A valid input with some edits: (what, where, how much, which bytes); places wrap around."""
    for what, where, much, piece in edits:
        at = where % (len(data) + 1)
        much = much % 64
        match what:
            case "put":
                data = data[:at] + piece + data[at:]
            case "over":
                data = data[:at] + piece + data[at + len(piece) :]
            case "cut":
                data = data[:at] + data[at + much :]
            case "twice":
                data = data[: at + much] + data[at : at + much] * (1 + much % 7) + data[at + much :]
            case "flip":
                data = data[:at] + bytes([data[at] ^ (1 << much % 8)]) + data[at + 1 :] if at < len(data) else data
            case "end":
                data = data[:at]
    return data


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to every value of a JSON document."""
    yield path
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(child, (*path, key))


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value in one place."""
    if not path:
        return value
    key, *rest = path
    items = dict(node) if isinstance(node, dict) else list(node)
    items[key] = replaced(node[key], tuple(rest), value)
    return items


def random_edits(target: Target, source: random.Random) -> list[tuple[str, int, int, bytes]]:
    """Edits for a mutator that has no Hypothesis."""
    pieces = [*target.words, source.randbytes(1), source.randbytes(4), b"\xff\xff\xff\xff", b""]
    return [
        (source.choice(EDITS), source.randrange(1 << 16), source.randrange(1 << 16), source.choice(pieces))
        for _ in range(source.randint(1, 4))
    ]
