"""Formulas as people write them, as Python reads them: 2t, 2(t+1), π, t², |t|, √(t), ≤. What has two readings is refused."""

from __future__ import annotations

import keyword
import re

from engine.data.errors import UploadError

NARROW = {
    **dict.fromkeys("−–—‑‒", "-"),
    **dict.fromkeys("×·∗•⋅", "*"),
    "÷": "/",
    **dict.fromkeys("\u3000\u00a0\u2007\u202f\u200b\u2060\ufeff\r\t", " "),
}
POWERS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
WORDS = {"π": "pi", "√": "sqrt", "≤": "<=", "≥": ">=", "≠": "!=", "^": "**"}
REMEDIES = {
    "?": "where(condition, yes, no)",
    "[": "( )",
    "]": "( )",
    "{": "( )",
    "}": "( )",
    ":": "x = …",
    "\\": "cos(t), without LaTeX",
    "$": "cos(t), without LaTeX",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "∞": "1e9",
    "θ": "t",
    "φ": "t",
}
TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_]*\.))"
    r"|(?P<name>[A-Za-z_][0-9A-Za-z_]*)|(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<pi>π)|(?P<root>√)|(?P<bar>\|)|(?P<blank>\s+)|(?P<sign>.)",
    re.DOTALL,
)


class FormulaError(UploadError):
    """A formula that gives no data: what was wrong, where (characters from 1), what is allowed."""


def narrow(sign: str) -> str:
    """A wide sign of an East Asian keyboard as its narrow twin, and the usual signs for minus and times as Python's."""
    return chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else NARROW.get(sign, sign)


def pythonic(formula: str, begin: int, functions: frozenset[str]) -> tuple[str, list[int]]:
    """The formula as Python writes it, and for each of its characters the place in `formula` that it came from.

    A product without a sign is read after a number, π, a power or a closing bracket, where no blank stands between and nothing
    before it (/ ^ %) could be meant to end there. Raises FormulaError, with places counted from `begin`.
    """
    made: list[str] = []
    places: list[int] = []
    inside = 0  # open | signs
    bars = formula.count("|")
    before, sign_before = "", ""  # kind of the last token, the last sign
    last = ""
    for token in TOKEN.finditer(formula):
        kind, text = token.lastgroup or "", token[0]
        at = begin + token.start() + 1
        if kind == "blank":
            made.append(" ")
            places.append(token.start())
            continue
        closes = text == ")" or (kind == "bar" and inside == 1)
        starts = kind in ("number", "name", "pi", "root") or text == "(" or (kind == "bar" and inside == 0)
        if kind == "bar" and bars != 2:
            raise FormulaError(
                "Position {at}: with more than one pair of | it is not clear which belong together; write abs(…).", at=at
            )
        if kind == "name" and text == "e" and formula[token.end() :].lstrip()[:1] in ("^", *POWERS):
            raise FormulaError("Position {at}: e is noise here; write exp(…).", at=at)
        if (text in functions or kind == "root") and not formula[token.end() :].lstrip().startswith("("):
            name = WORDS.get(text, text)
            raise FormulaError("Position {at}: {name} is a function; write {name}(…).", at=at, name=name)
        word = (kind == "name" and keyword.iskeyword(text)) or keyword.iskeyword(last)  # is refused by its own sentence
        product = (
            not word
            and starts
            and before in ("number", "pi", "power", "close", "name")
            and not (before == "name" and text == "(")
        )
        if product and ((before == "name" and kind != "pi") or formula[token.start() - 1].isspace()):
            raise _missing(at, last, text)  # a blank may be a + that an address lost
        if product and (
            kind == "number" or sign_before in ("/", "^", "%") or (before == "number" and (text in ("e", "E") or last == "0"))
        ):
            raise _missing(at, last, text)
        if before == "name" and text == "(" and last not in functions and len(last) == 1 and last in "tuvienxyz":
            raise _missing(at, last, "(…)")
        if product:
            made.append("*")
            places.append(token.start())
        written = WORDS.get(text, text)
        if kind == "power":
            written = "**" + "".join(POWERS[digit] for digit in text)
        elif kind == "bar":
            written, inside = (")", 0) if closes else ("abs(", 1)
        made.append(written)
        places.extend([token.start()] * len(written))
        if kind == "sign" and not closes and text not in "(":
            sign_before = text
        elif text == "(" or (kind == "bar" and not closes):
            sign_before = ""
        before = "close" if closes else kind
        last = text
    return "".join(made), places


def _missing(at: int, left: str, right: str) -> FormulaError:
    return FormulaError(
        "Position {at}: between {left} and {right} a sign is missing; write for example {left}*{right}.",
        at=at,
        left=left[:20],
        right=right[:20],
    )
