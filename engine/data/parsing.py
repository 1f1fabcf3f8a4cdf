"""Python's own parser, for one thread at a time."""

from __future__ import annotations

import ast
import threading

# Up to Python 3.12 all threads count the depth of a tree in one place: two that parse at once get "AST constructor recursion
# depth mismatch" now and then (python/cpython#106905).
_turn = threading.Lock()


def module(text: str) -> ast.Module:
    """The tree of a module's text. Raises SyntaxError."""
    with _turn:
        return ast.parse(text)


def expression(text: str) -> ast.expr:
    """The tree of one expression. Raises SyntaxError, and ValueError, MemoryError or RecursionError where it is too deep."""
    with _turn:
        return ast.parse(text, mode="eval").body
