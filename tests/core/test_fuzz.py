"""Every reader of outside bytes, with valid inputs that were damaged, and with plain noise: only its own refusals come out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.core.params import BadValue
from engine.core.score import Score
from engine.sweeps.sweep import Plan
from tests.bench import fuzz_targets
from tests.bench.fuzz_files import called
from tests.bench.fuzz_kit import Target
from tests.damaged import EXAMPLES, hammer

FEWER = {"command line": 400}  # every one of them may train and write a few steps
NAMES = (
    *("address", "score file", "score link", "wire form", "frame", "drawn points", "formula", "sweep's values"),
    *("CSV", "NPY", "ZIP", "PNG", "JPEG", "text", "run folder", "command line"),
)


@pytest.fixture(scope="module")
def targets(descent: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    found = fuzz_targets.targets(descent, tmp_path_factory.mktemp("fuzz"))
    assert sorted(target.name for target in found) == sorted(NAMES)
    return {target.name: target for target in found}


@pytest.mark.parametrize("name", NAMES)
def test_only_its_own_refusals_come_out(targets: dict[str, Target], name: str) -> None:
    hammer(targets[name], FEWER.get(name, EXAMPLES))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_damaged_was_whole(targets: dict[str, Target], name: str) -> None:
    """A seed is really read, not refused: otherwise only the refusal would be tested."""
    assert any(targets[name].read(seed) for seed in targets[name].seeds)


# ---- what was found this way


def test_a_refusal_can_be_sent_whatever_was_refused(descent: Any) -> None:
    """JSON can hold halves of characters, which no text that is sent may hold."""
    for name, value in (("\ud800", 1), ("rate", "\ud800"), ("shape", ["\udfff"]), ("n" * 5000, 1)):
        with pytest.raises(BadValue) as refused:
            descent.params.build({name: value})
        sent = [str(refused.value), refused.value.name, *refused.value.fields.values()]
        assert json.dumps(sent, ensure_ascii=False).encode()
        assert len(str(refused.value)) < 500


def test_two_ways_to_write_one_value_are_no_two_models(descent: Any) -> None:
    score = Score(topic=descent.slug, params=descent.params().values(), steps=5)
    for name, values in (("rate", ("1", "1.0")), ("seed", ("2", "02")), ("noise", ("on", "true"))):
        with pytest.raises(BadValue, match="different values"):
            Plan.checked(score, name, values)
    assert Plan.checked(score, "rate", ("1", "1.5")).values == (1.0, 1.5)


@pytest.mark.parametrize("line_break", ["\n", "\v", "\x1b[2J", "\u2028", "\x85"])
def test_a_wrong_command_line_is_told_in_one_line_without_signs_that_steer_a_terminal(
    descent: Any, tmp_path: Path, line_break: str
) -> None:
    for arguments in (["run", f"des{line_break}cent"], [f"r{line_break}un"], ["replay", f"no{line_break}where"]):
        status, said = called(arguments, tmp_path)
        assert status == 2 and said.startswith("error: ")
        assert said.strip().isprintable(), said
