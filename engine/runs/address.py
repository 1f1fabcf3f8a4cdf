"""Addresses as chats, mail programs and people hand them on: what they added is taken off, what has one meaning is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from engine.core.params import BadValue, Control, Params, UnknownName
from engine.core.score import check_seed

TRACKERS = re.compile(
    r"utm_.*|(?:fb|g|dc|ms|y|tw|tt|wick|s_k)[a-z]*clid|gbraid|wbraid|igsh(?:id)?|mc_[ce]id|_g[al]|_hs(?:enc|mi)|ref_src|spm"
    r"|li_fat_id|mkt_tok|vero_id|__s|oly_(?:anon|enc)_id|share_(?:source|medium|plat)|si",
    re.IGNORECASE,
)
INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
LEFT_OVER = " \t\r\n\u00a0)]}>.,;:!?\"'*_`»”’，。；：！？）】》"  # what a sentence leaves at the end of an address
OWN = ("seed", "twin", "score", "follow", "chapter")  # keys of a page's address that are no parameters
TWIN = "twin."


def named(query: Mapping[str, str]) -> dict[str, str]:
    """The query without trackers, its keys as they were before a program escaped the & in front of them."""
    clean: dict[str, str] = {}
    for key, value in query.items():
        name = re.sub(r"^(?:amp;|#038;|#38;)+", "", INVISIBLE.sub("", key).strip())
        if name and not TRACKERS.fullmatch(name):
            clean.setdefault(name, value)
    return clean


def repaired(query: Mapping[str, str], params: type[Params]) -> dict[str, str]:
    """The query of a page of these parameters; a value that cannot be read is tried without what a chat put at its end.

    What still cannot be read stays as it is: whoever reads it says so.
    """
    clean: dict[str, str] = {}
    for key, text in named(query).items():
        name = _name(key, params)
        first, *others = _parts(text, params) if name not in ("score", "follow", "chapter") else [(name, text)]
        clean.setdefault(name, _value(name, first[1], params))
        for other, part in others:
            clean.setdefault(other, _value(other, part, params))
    return clean


def _parts(text: str, params: type[Params]) -> list[tuple[str, str]]:
    """A value, and the pairs behind semicolons in it where these are known names (seed=3;beta=40)."""
    found = [part.partition("=") for part in text.split(";")]
    if len(found) > 1 and all(sign and _known(_name(name, params), params) for name, sign, _ in found[1:]):
        return [("", found[0][0] + found[0][1] + found[0][2]), *((_name(name, params), part) for name, _, part in found[1:])]
    return [("", text)]


def _known(name: str, params: type[Params]) -> bool:
    return name in OWN or name.removeprefix(TWIN) in params.controls()


def _name(key: str, params: type[Params]) -> str:
    """The one name that differs from a key in nothing but capitals, or the key."""
    if _known(key, params):
        return key
    same = [name for name in (*OWN, *params.controls()) if name.casefold() == key.casefold()]
    return same[0] if len(same) == 1 else key


def _value(name: str, text: str, params: type[Params]) -> str:
    def reads(candidate: str) -> bool:
        try:
            if name == "seed":
                check_seed(candidate)
            else:
                params.read(name.removeprefix(TWIN), candidate)
        except (BadValue, UnknownName):
            return False
        return True

    if name in ("score", "follow", "twin", "chapter") or not _known(name, params) or reads(text):
        return text
    control = params.controls().get(name.removeprefix(TWIN))
    return next((candidate for candidate in _candidates(text, control) if reads(candidate)), text)


def _candidates(text: str, control: Control | None) -> list[str]:
    """What a value may have been before it was sent around, the least changed first."""
    plain = INVISIBLE.sub("", text).strip()
    narrow = unicodedata.normalize("NFKC", plain)
    tried = [plain, plain.rstrip(LEFT_OVER), narrow, narrow.rstrip(LEFT_OVER), unquote(plain), unquote(plain).rstrip(LEFT_OVER)]
    if control is not None and control.options:
        same: Callable[[str], str] = lambda word: re.sub(r"[\s_-]+", "-", word.strip().casefold())  # noqa: E731
        options = {same(option): option for option in control.options}
        if len(options) == len(control.options):
            tried += [",".join(options.get(same(word), word) for word in one.split(",")) for one in tried]
    return list(dict.fromkeys(tried))
