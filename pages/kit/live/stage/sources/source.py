"""Where a run's course comes from: the hand at its controls alone, or a score, a teacher's page, a saved run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.params import Params
from engine.core.score import Score
from pages.kit.live.stage.arm import Arm

Act = Callable[[], Any]


class Source:
    """The hand alone: nothing is prescribed. Others prescribe a beginning, steps at which to halt, and who may change what."""

    teacher: Arm | None = None  # whose run is shown in place of one's own

    def beginning(self, score: Score) -> Score:
        """The score of a run that has not begun."""
        return score

    def restart(self, params: Params) -> Params:
        """The values with which a run begins again when nobody names others."""
        return params

    @property
    def halt(self) -> int | None:
        """The step beyond which the run must not go now."""
        return None

    def open(self, run: Any) -> bool:
        """Open the run's session in a way of one's own; False to have it opened as always."""
        return False

    def before(self, run: Any, name: str, again: Act, **how: Any) -> bool | None:
        """Somebody is about to do this ("play", "step", "part", "set", "reset", "seek", "back"). None: let it be done;
        otherwise it is not done (now), and this is whether that is well so."""
        return None

    def moved(self, run: Any) -> None:
        """The run has come to another step: do what is due there."""

    def tick(self, run: Any) -> bool:
        """A turn of the page: True where the source has shown something by itself, and there is nothing else to do."""
        return False

    def ticked(self, run: Any) -> None:
        """The run has had its turn."""

    @property
    def score(self) -> Score | None:
        """The score of what is shown, where that is not the run's own."""
        return None

    @property
    def address(self) -> dict[str, str] | None:
        """What the page's address says in place of the run's values."""
        return None
