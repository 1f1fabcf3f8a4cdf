"""The pictures of the lab of reading with gated dilated convolutions."""

from engine.core.topic import View
from engine.language.dgcnn_reading.views.field import field, gates
from engine.language.dgcnn_reading.views.passage import passage
from engine.language.dgcnn_reading.views.scores import gaps, learning, threshold
from engine.language.dgcnn_reading.views.voting import ballot, bench

VIEWS = (
    View("gaps", "Answers found against the gap", "How many answers are found when so many fillers stand between attribute and value. Squares: the entity is inside the field.", gaps),
    View("passage", "A passage with its two tags", "Question: the stronger its colour, the more a token counts (5). Passage: persons on pink, values on blue. Bars: chance that an answer begins (blue) and ends here. Framed: what is found; bracket: what is right. Click a person to ask about them.", passage),
    View("field", "What one position sees", "Lines: what the marked output is computed from, layer by layer; bars: how much it hangs on each input of this passage. Click another output.", field),
    View("gates", "Gates", "How far every channel's gate is open at each token, in one layer; right: how widely the gates of each layer differ.", gates),
    View("threshold", "Answers against the threshold", "How many answers are found, and how many absent ones refused, if the tags must be above this.", threshold),
    View("learning", "Learning", "Test questions answered rightly, over the steps.", learning),
    View("bench", "Three ways to count votes", "One passage gives A, four give B. Drag their scores.", bench),
    View("ballot", "Five passages vote", "The reader's score of every answer in each passage, and the votes. ✓ is right.", ballot),
)  # fmt: skip
