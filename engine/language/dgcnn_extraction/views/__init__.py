"""The pictures of the lab of extracting triples."""

from engine.core.topic import View
from engine.language.dgcnn_extraction.views.sandbox import sandbox
from engine.language.dgcnn_extraction.views.scores import broken, calibration, learning, patterns, thresholds
from engine.language.dgcnn_extraction.views.sentence import tagged, tape

VIEWS = (
    View("tape", "One sentence", "Bars: start (blue) and end tags of subjects, dotted the thresholds. Frames: what is found, orange where wrong; brackets: the true objects. Click a triangle to ask about its subject.", tape),
    View("map", "F1 over both thresholds", "On the test sentences; drag the point. Star: the best; ring: the article's thresholds.", thresholds),
    View("objects", "Objects of one subject", "Start and end tags of every predicate at every sign, for the subject asked about.", tagged),
    View("patterns", "F1 by pattern", "Test sentences of each pattern. Dashed, where no subject is asked about: what cross-talk leaves of two patterns.", patterns),
    View("calibration", "What a tag is worth", "Start tags of the true subjects of the test sentences; dashed: the share of the subjects that training kept.", calibration),
    View("links", "Where the chain breaks", "True triples of the test sentences: found, or lost at the first link that broke.", broken),
    View("sandbox", "Spans, tags and back", "Brackets: the spans given, and those that the decoder makes of their perfect tags; orange are lost or invented.", sandbox),
    View("learning", "Learning", "Loss of a batch, and precision, recall and F1 on the test sentences.", learning),
)  # fmt: skip
