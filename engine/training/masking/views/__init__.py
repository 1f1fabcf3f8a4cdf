"""The pictures of the masking lab."""

from engine.core.topic import View, when
from engine.training.masking.params import COMPOSITE, MIXING, PADDING, TABLED
from engine.training.masking.views.composite import digit, digits, tensors
from engine.training.masking.views.desk import desk, empty
from engine.training.masking.views.inside import attention, reach, vectors
from engine.training.masking.views.sentence import learning, sentence, test

VIEWS = (
    View("sentence", "One sentence, more and more padding", "Its probabilities with and without a mask; the line marks T. Tokens are orange where their value is low, blue where it is high.", sentence, when=PADDING),
    View("test", "All test sentences", "Accuracy, and how far a probability moves, against padding. Lines are for padding at the right.", test, when=PADDING),
    View("desk", "Five numbers and some zeros", "Mean and maximum, naive and masked.", desk, when=PADDING),
    View("empty", "When every place is padding", "The masked softmax of 1 0 3 4 5 without any real position.", empty, when=PADDING),
    View("vectors", "Where sentences go", "Pooled vectors without a mask, padded to 12 (dots) and to T (ends of lines).", vectors, when=PADDING & when(layer=TABLED)),
    View("attention", "Who is looked at", "Attention of the shown sentence's positions.", attention, when=PADDING & when(layer=("attention", "self_attention"))),
    View("reach", "How far padding reaches", "By how much it changes real positions, layer by layer, without a mask.", reach, when=PADDING & when(layer=MIXING)),
    View("learning", "Learning", "Test accuracy, and the gradient that reaches the vector of padding.", learning, when=PADDING),
    View("digit", "One digit", "The ten probabilities that the classifier gives it; ▸ marks what it is.", digit, when=COMPOSITE),
    View("digits", "Learning digits", "Test accuracy of the classifier.", digits, when=COMPOSITE),
    View("tensors", "What moved", "Each tensor's way from its first values, and its gradient.", tensors, when=COMPOSITE),
)  # fmt: skip
