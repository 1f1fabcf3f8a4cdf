"""What was read of a person's file: the arrays, and what a page says of them beside "In use"."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.data.errors import written


@dataclass(frozen=True)
class Note:
    """One thing said of a file that was read; `template` and `fields` let a page translate it."""

    template: str
    fields: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.fields)


def note(template: str, **fields: Any) -> Note:
    """A note with its fields as text."""
    return Note(template, {name: written(value) for name, value in fields.items()})


class Reading(dict[str, np.ndarray]):
    """The arrays of a file by name; `notes` say what was taken, what was set aside and what was skipped."""

    def __init__(self, arrays: dict[str, np.ndarray], *notes: Note) -> None:
        super().__init__(arrays)
        self.notes = notes
