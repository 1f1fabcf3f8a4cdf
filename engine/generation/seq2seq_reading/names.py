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

_PEOPLE = ("Ann", "Bob", "Cem", "Dan", "Eva", "Fei", "Gus", "Hal", "Ida", "Jan", "Kim", "Leo")
_PROPERTIES = ("age", "shoe size", "room", "seat", "bus line", "locker", "score", "number")
PEOPLE, PROPERTIES = (
    Cast({str(k): (name, k % 10, "dot" if k > 9 else "solid") for k, name in enumerate(names)})
    for names in (_PEOPLE, _PROPERTIES)
)


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
