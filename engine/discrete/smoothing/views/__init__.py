"""The pictures of the smoothing lab."""

from engine.core.topic import View
from engine.discrete.smoothing.views.operators import chosen, operator, vector
from engine.discrete.smoothing.views.training import bias, gradients, metrics, promise, pull, regions

VIEWS = (
    View("operator", "Hard and soft", "A hard function, its smooth stand-ins, and how steep these are.", operator),
    View("vector", "Max and argmax", "Drag the bars: three maxima above, softmax against onehot below.", vector),
    View("chosen", "Five ways to choose k", "Soft top-k of one vector; red: above 1, below 0 or out of order.", chosen),
    View("regions", "What is called positive", "Four losses, same start, same batches. Click a sample.", regions),
    View("metrics", "What was wanted", "Hard F1 and hard accuracy on 20,000 test points.", metrics),
    View("pull", "Who is heard", "How strongly a loss pulls at a sample, and where the samples stand.", pull),
    View("bias", "Small batches", "The mean of soft F1 over batches is not that of all data.", bias),
    View("promise", "Soft and hard", "What is trained, and what was meant.", promise),
    View("gradients", "Length of the gradient", "Where it is tiny, nothing is learned.", gradients),
)
