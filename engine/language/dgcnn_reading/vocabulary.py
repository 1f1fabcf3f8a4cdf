"""The made-up language: twelve persons, three attributes, sixteen values, twenty fillers, in English and Chinese. No torch."""

from __future__ import annotations

from engine.language.bilingual import Bilingual, Word

_ENTITIES = "Anna:安娜 Boris:波里 Clara:克拉 David:大卫 Elena:艾琳 Felix:菲力 Greta:葛丽 Hugo:雨果 Irene:伊莲 Jonas:约拿 Karin:卡琳 Louis:路易"
_ATTRIBUTES = "draws:画 seeks:找 keeps:养"
_VALUES = "sun:日 moon:月 star:星 rose:花 stone:石 wind:风 fire:火 snow:雪 gold:金 wolf:狼 bear:熊 fish:鱼 leaf:叶 bell:铃 river:河 night:夜"
_FILLERS = (
    "then:然后 now:现在 often:常常 still:还是 once:曾经 again:再次 maybe:也许 today:今天 here:这里 there:那里 "
    "so:于是 well:好吧 even:的确 later:后来 soon:很快 just:刚好 also:也 too:或许 ever:总是 quite:相当"
)


def _pairs(text: str) -> list[Word]:
    return [(one, two) for one, _, two in (entry.partition(":") for entry in text.split())]


UNKNOWN = 0
ENTITIES, ATTRIBUTES, VALUES, FILLERS = map(_pairs, (_ENTITIES, _ATTRIBUTES, _VALUES, _FILLERS))
WORDS = [("▢", "▢"), *ENTITIES, *ATTRIBUTES, *VALUES, *FILLERS, ("?", "？")]  # by number
ENTITY, ATTRIBUTE = 1, 1 + len(ENTITIES)  # the first of each kind
VALUE = ATTRIBUTE + len(ATTRIBUTES)
FILLER = VALUE + len(VALUES)
ASKED = len(WORDS) - 1  # "?"
VOCABULARY = len(WORDS)
_LANGUAGE = Bilingual(WORDS)
spoken, tokens = _LANGUAGE.spoken, _LANGUAGE.cut


def is_entity(token: int) -> bool:
    """Whether a token names a person."""
    return ENTITY <= token < ATTRIBUTE
