"""What every view needs to know about how it will be seen: theme, language, and one colour per meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal


def untranslated(text: str) -> str:
    """English, the language the code is written in."""
    return text


@dataclass(frozen=True)
class Look:
    """Theme and language of a figure.

    Colours are the Okabe-Ito set (safe for the colour-blind) with one fixed meaning each, in the whole app:
    `measured` for what the run computed, `theory` for closed forms, `first` and `second` for two arms, `mark` for
    events and thresholds, `guess` for what a person expects, `quiet` for context.
    `series` has eight more for categories (classes, contestants). `t` translates a text into the reader's language.
    """

    theme: Literal["light", "dark"] = "light"
    language: str = "en"
    t: Callable[[str], str] = field(default=untranslated, compare=False)

    @property
    def dark(self) -> bool:
        return self.theme == "dark"

    @property
    def text(self) -> str:
        return "#e8eaed" if self.dark else "#1f2430"

    @property
    def quiet(self) -> str:
        return "#8b93a1" if self.dark else "#7a8290"

    @property
    def grid(self) -> str:
        return "#353b47" if self.dark else "#e3e6eb"

    @property
    def background(self) -> str:
        return "#14171d" if self.dark else "#ffffff"

    @property
    def measured(self) -> str:
        return "#56b4e9" if self.dark else "#0072b2"

    @property
    def theory(self) -> str:
        return "#e69f00" if self.dark else "#b36b00"

    @property
    def first(self) -> str:
        return self.measured

    @property
    def second(self) -> str:
        return "#ff8a5c" if self.dark else "#d55e00"

    @property
    def good(self) -> str:
        return "#2fc79a" if self.dark else "#00805f"

    @property
    def mark(self) -> str:
        return "#e79ac3" if self.dark else "#b0487f"

    @property
    def guess(self) -> str:
        return "#a79bff" if self.dark else "#6a51c7"

    @property
    def series(self) -> tuple[str, ...]:
        if self.dark:
            return (
                "#56b4e9",
                "#ff8a5c",
                "#2fc79a",
                "#e69f00",
                "#e79ac3",
                "#f0e442",
                "#a79bff",
                "#b7bdc9",
                "#8dd3c7",
                "#d9a679",
            )
        return ("#0072b2", "#d55e00", "#00805f", "#b36b00", "#b0487f", "#7d7400", "#6a51c7", "#555b66", "#3d8f86", "#8a5a2b")
