"""Who is who in every picture of the exposure bias lab: name, colour and dash of a net and of what theory says."""

from __future__ import annotations

from engine.plot import Cast, Member

NAMES = {
    "live": "live net",
    "teacher": "teacher forcing",
    "replace": "replaced r",
    "su": "target's tokens",
    "scheduled": "scheduled",
    "two-pass": "two passes",
    "gumbel": "Gumbel",
    "penalty": "gradient penalty",
    "shift": "worst-case shift",
    "teaforn": "TeaForN",
}
SCHEME_NAMES = {name: words for name, words in NAMES.items() if name != "live"}

# Colours 3 and 4 are those of theory and of marks: they go to the two rarest schemes.
_INKS = {
    "replace": 1,
    "su": 2,
    "teaforn": 3,
    "shift": 4,
    "scheduled": 5,
    "two-pass": 6,
    "teacher": 7,
    "gumbel": 8,
    "penalty": 9,
}
CAST = Cast(
    {
        "live": ("live net", "measured"),
        **{name: (words, _INKS[name]) for name, words in SCHEME_NAMES.items()},
        "filter": ("exact filter", "theory", "dash"),
        "smoother": ("whole source", "theory", "dot"),
        "untouched": ("memoryless, r = 0", "theory", "dashdot"),
        "greedy": ("memoryless", "mark", "dash"),
        "drawn": ("memoryless, drawn", "mark", "dashdot"),
    }
)


# The remedies of the two-token example: its own tokens are replaced in its own table, and any token can be put into it.
REMEDY_CAST = Cast(
    {
        "teacher": (NAMES["teacher"], "measured"),
        "replace": (NAMES["su"], _INKS["su"]),
        "penalty": (NAMES["penalty"], _INKS["penalty"]),
        "uniform": ("any token (table)", 6),
    }
)


def key(arm: str) -> str:
    """The arm's part of a scalar's name."""
    return arm.replace("-", "_")


def called(arm: str, remedy: str, rate: float) -> Member:
    """An arm under its full name: the live net's says what trains it now, replacement says its rate."""
    if arm == "live":
        return CAST[arm].named("live net: {scheme}", scheme=CAST[remedy])
    return CAST[arm].named("{scheme} = {rate:.2f}", scheme=CAST[arm], rate=rate) if arm == "replace" else CAST[arm]
