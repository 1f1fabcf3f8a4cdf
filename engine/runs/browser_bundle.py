"""The browser's modules as one script, for pages that must open from a file: no server, no outside request.

Each module becomes a function that returns what it exports, in the order in which they need each other. Only the forms that
`assets/lab` uses are understood; anything else is an error, never a script that fails in the reader's hands.
"""

from __future__ import annotations

import re
from pathlib import Path

IMPORT = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*'(\.{1,2}/[\w./]+\.js)';[ \t]*$", re.MULTILINE)
PASSED = re.compile(r"^export\s*\{([^}]*)\}\s*from\s*'(\.{1,2}/[\w./]+\.js)';[ \t]*$", re.MULTILINE)
DECLARED = re.compile(r"^export\s+((?:async\s+)?function\*?|class|const)\s+(\w+)", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*|^(?!\s*(?:\*|//)).*\bimport\s*\(.*", re.MULTILINE)
NAME = re.compile(r"^(\w+)(?:\s+as\s+(\w+))?$")


def bundle(entry: Path) -> str:
    """A module and all it imports as one script; raises ValueError for what cannot be bundled."""
    done: dict[Path, int] = {}
    pieces: list[str] = []

    def add(file: Path, above: tuple[Path, ...]) -> int:
        if file in above:
            raise ValueError(f"{file.name} imports itself by way of {above[-1].name}")
        if file in done:
            return done[file]
        text = file.read_text(encoding="utf-8")
        head, exports = [], []
        for match in IMPORT.finditer(text):
            number = add((file.parent / match[2]).resolve(), (*above, file))
            names = ", ".join(name if name == own else f"{name}: {own}" for name, own in _names(match[1], file))
            head.append(f"const {{ {names} }} = module{number};")
        for match in PASSED.finditer(text):
            number = add((file.parent / match[2]).resolve(), (*above, file))
            exports += [f"{own}: module{number}.{name}" for name, own in _names(match[1], file)]
        exports += [match[2] for match in DECLARED.finditer(text)]
        body = DECLARED.sub(r"\1 \2", PASSED.sub("", IMPORT.sub("", text)))
        left = LEFT.search(body)
        if left is not None:
            raise ValueError(f"{file.name}: “{left[0].strip()}” cannot be bundled")
        done[file] = len(done)
        lines = [f"const module{done[file]} = (() => {{", *head, body.strip(), f"return {{ {', '.join(exports)} }};", "})();"]
        pieces.append("\n".join(lines))
        return done[file]

    add(entry.resolve(), ())
    return "\n".join(pieces) + "\n"


def _names(listed: str, file: Path) -> list[tuple[str, str]]:
    """(name there, name here) of each name in an import's braces."""
    found = []
    for item in filter(None, (piece.strip() for piece in listed.split(","))):
        match = NAME.match(item)
        if match is None:
            raise ValueError(f"{file.name}: “{item}” cannot be bundled")
        found.append((match[1], match[2] or match[1]))
    return found


def inline(script: str) -> str:
    """A script as it may stand inside an HTML page: nothing in it ends the element or begins a comment."""
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", script, flags=re.IGNORECASE)
