"""The pictures of the word discovery lab."""

from engine.core.topic import View
from engine.language.word_discovery.views.sentence import gaps, joints
from engine.language.word_discovery.views.words import along, found, growth, points

VIEWS = (
    View("gaps", "Solid gaps", "How firmly counting glues each gap; above b it holds. Click a gap.", gaps),
    View("joints", "Weakest joint", "The string that glues the clicked gap, at every place where it could break.", joints),
    View("found", "Words found", "The most frequent ones, and what the backtrack throws out.", found),
    View("points", "Count and solidity", "A sample of frequent strings, and the lines above which they are solid.", points),
    View("along", "Along the threshold", "The same text under every threshold base.", along),
    View("growth", "As the text grows", "Scores and words found against the characters read.", growth),
)
