"""The pictures of the ON-LSTM lab."""

from engine.core.topic import View, when
from engine.structured.on_lstm.views.cells import cells, kept
from engine.structured.on_lstm.views.runs import heights, learning, spread
from engine.structured.on_lstm.views.sentence import sentence

VIEWS = (
    View("sentence", "Gates and their tree", "Above the tree, about as high as d; who owns each level; below, d of each token.", sentence,
        cases=((when(cell="lstm"), "Forget gate and its tree"),)),
    View("learning", "Loss and brackets found", "On 200 sentences that were not trained on.", learning),
    View("heights", "Mean d by true level", "Content words, head words, topic words.", heights),
    View("spread", "All d by true level", "Every token of 200 sentences but the first of each.", spread),
    View("kept", "What stays, what is written", "Factors of each neuron, mean over the shown sentence; large: of its level.", kept),
    View("cells", "Cell state", "Neurons of the shown sentence, coarse levels on top.", cells),
)  # fmt: skip
