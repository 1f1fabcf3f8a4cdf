"""The refusal of data that a person gave: one sentence, which a page can translate."""

from __future__ import annotations

from typing import Any


def written(value: Any) -> str:
    """A field of a sentence: thousands of a count are set apart."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


class UploadError(ValueError):
    """A file that cannot be used; `template` and `fields` let a page translate the sentence."""

    def __init__(self, template: str, **fields: Any) -> None:
        self.template, self.fields = template, {name: written(value) for name, value in fields.items()}
        super().__init__(template.format(**self.fields))


class Ambiguous(UploadError):
    """A file with two readings, both named."""
