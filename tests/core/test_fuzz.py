"""Every reader of outside bytes, with valid inputs that were damaged, and with plain noise: only its own refusals come out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench import fuzz_targets as fuzz
from tests.damaged import EXAMPLES, hammer

FEWER = {"command line": 400}  # every one of them may train and write a few steps
NAMES = (
    *("address", "score file", "score link", "wire form", "frame", "drawn points", "formula", "sweep's values"),
    *("CSV", "NPY", "ZIP", "PNG", "JPEG", "text", "run folder", "command line"),
)


@pytest.fixture(scope="module")
def targets(descent: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, fuzz.Target]:
    found = fuzz.targets(descent, tmp_path_factory.mktemp("fuzz"))
    assert sorted(target.name for target in found) == sorted(NAMES)
    return {target.name: target for target in found}


@pytest.mark.parametrize("name", NAMES)
def test_only_its_own_refusals_come_out(targets: dict[str, fuzz.Target], name: str) -> None:
    hammer(targets[name], FEWER.get(name, EXAMPLES))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_damaged_was_whole(targets: dict[str, fuzz.Target], name: str) -> None:
    """A seed is really read, not refused: otherwise only the refusal would be tested."""
    assert any(targets[name].read(seed) for seed in targets[name].seeds)
