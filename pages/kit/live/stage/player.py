"""What the buttons and controls of a page do: with one arm, or with both arms of a comparison."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from engine.core.topic import Timeline
from pages.kit.live.stage.arm import Arm


class Player(ABC):
    """The player of a page. Every method takes the lock of the arms it moves."""

    @property
    @abstractmethod
    def arms(self) -> tuple[Arm, ...]:
        """What it moves."""

    @property
    @abstractmethod
    def doing(self) -> str:
        """The state that the page shows."""

    @abstractmethod
    def play(self) -> None: ...

    @abstractmethod
    def pause(self) -> None: ...

    @abstractmethod
    def step(self, count: int = 1) -> None: ...

    @abstractmethod
    def part(self) -> None:
        """Slow motion: one part of one step."""

    @abstractmethod
    def set(self, values: Mapping[str, Any]) -> None:
        """Change parameters; a refused value changes nothing and is told."""

    @abstractmethod
    def drag(self, values: Mapping[str, Any]) -> None:
        """A person's hand moves values: as `set`, and what rests goes on while it does."""

    @abstractmethod
    def reset(self) -> Any:
        """Begin again with the same seed and the present values."""

    @abstractmethod
    def reseed(self, raw: Any) -> None:
        """Begin again with another seed; None draws one."""

    @abstractmethod
    def back(self) -> None:
        """The way back after a divergence."""

    @abstractmethod
    def seek(self, index: int | None) -> None:
        """Show a kept frame, or the present one again."""

    @abstractmethod
    def set_speed(self, value: Any) -> None:
        """Steps a second at most; None for as fast as it goes."""

    @abstractmethod
    def stop_rule(self, steps: Any, seconds: Any) -> None:
        """When to stop by itself: after so many steps or seconds of computing; None for no limit."""

    @abstractmethod
    def tick(self) -> None:
        """One turn of the page."""

    @abstractmethod
    def timelines(self) -> tuple[Timeline | None, Timeline | None]:
        """What the views draw: of the first arm, and of the second where there is one."""

    @abstractmethod
    def status(self) -> dict[str, Any]:
        """Everything the player and the controls show, ready for JSON."""

    @abstractmethod
    def announcement(self) -> dict[str, Any]:
        """The last status with the present message: what can be told while a call holds the lock."""


class Pair(Player):
    """The player of two arms; `hand` says whose controls are shown ("a", "b", "both")."""

    hand: str = "b"

    @property
    @abstractmethod
    def address(self) -> dict[str, str]:
        """The twin's values as they stand in the page's address."""

    @abstractmethod
    def close(self) -> None:
        """Free the second arm."""
