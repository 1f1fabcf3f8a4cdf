"""The source text of a topic's loop, as the page shows it."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from engine.core.topic import Topic
from engine.data import parsing


def source(topic: Topic) -> str:
    """The functions named by `topic.scripts`, read from the model's file (which is not imported)."""
    module, class_name = topic.model.split(":")
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    text = Path(spec.origin).read_text(encoding="utf-8")
    lines = text.splitlines()
    pieces = []
    for node in ast.walk(parsing.module(text)):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name in topic.scripts:
                    indent = item.col_offset
                    pieces.append("\n".join(line[indent:] for line in lines[item.lineno - 1 : item.end_lineno]))
        elif isinstance(node, ast.FunctionDef) and node.col_offset == 0 and node.name in topic.scripts:
            pieces.append("\n".join(lines[node.lineno - 1 : node.end_lineno]))
    return "\n\n".join(pieces)
