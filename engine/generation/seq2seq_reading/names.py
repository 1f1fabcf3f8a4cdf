"""Words for tokens, and who is who in the pictures of the reading lab."""

from __future__ import annotations

from engine.core.picture import Style
from engine.generation.seq2seq_reading.params import FUSION_NAMES, FUSIONS, Seq2seqReadingParams
from engine.generation.seq2seq_reading.theory import NAME, SEP
from engine.plot import Cast

_INKS = {"first": 7, "mean": 2, "product": 4, "squares": "measured"}
FUSED = Cast({**{name: (FUSION_NAMES[name], _INKS[name]) for name in FUSIONS}, "theory": ("perfect reader", "theory", "dash")})
ITEMS = Cast({"held": ("answer in the passage", "measured"), "absent": ("no answer in it", "second")})
SCORES = Cast({"exact": ("exact match", "measured"), "empty": ("no answer, told apart", 2)})

PEOPLE = Cast(
    {
        "0": ("Ann", 0), "1": ("Bob", 1), "2": ("Cem", 2), "3": ("Dan", 3), "4": ("Eva", 4), "5": ("Fei", 5), "6": ("Gus", 6),
        "7": ("Hal", 7), "8": ("Ida", 8), "9": ("Jan", 9), "10": ("Kim", 0, "dot"), "11": ("Leo", 1, "dot"),
    }
)  # fmt: skip
PROPERTIES = Cast(
    {
        "0": ("age", 0), "1": ("shoe size", 1), "2": ("room", 2), "3": ("seat", 3), "4": ("bus line", 4), "5": ("locker", 5),
        "6": ("score", 6), "7": ("number", 7),
    }
)  # fmt: skip


def word(token: int, p: Seq2seqReadingParams, style: Style) -> str:
    """A token as it is read."""
    if token < NAME:
        return ("∅", "[CLS]", "[SEP]")[token] if token <= SEP else str(token - SEP - 1)
    if token < NAME + p.entities:
        return PEOPLE[str(token - NAME)].name(style)
    return PROPERTIES[str(token - NAME - p.entities)].name(style)


def pair(asked: int, p: Seq2seqReadingParams, style: Style) -> str:
    """A question in words: whose what."""
    name, what = divmod(asked, p.attributes)
    person, about = PEOPLE[str(name)], PROPERTIES[str(what)]
    return person.named("{person}’s {about}", person=person, about=about).name(style)


def said(answer: list[int], p: Seq2seqReadingParams, style: Style) -> str:
    """An answer in words: its tokens before [SEP], or that there is none."""
    tokens = answer[: answer.index(SEP)] if SEP in answer else [token for token in answer if token]
    if not tokens:
        return style.t("no answer")
    words = [word(token, p, style) for token in tokens]
    return ("" if all(len(one) == 1 for one in words) else " ").join(words)
