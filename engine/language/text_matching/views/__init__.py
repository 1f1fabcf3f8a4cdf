"""The pictures of the lab of text matching."""

from engine.core.topic import View
from engine.language.text_matching.params import MADE
from engine.language.text_matching.views.courses import answers, curves, roc
from engine.language.text_matching.views.pair import attention, guesses, sentences
from engine.language.text_matching.views.words import ranks, recovery

VIEWS = (
    View("curves", "Four starts", "Right order of test pairs (AUC) and loss of hidden test words, on the same batches.", curves),
    View("ranks", "Ranks in both texts", "Each dot is a word: its rank in the cipher text and in the plain text; on the diagonal counting finds it. Rings: words of the shown pair.", ranks),
    View("sentences", "A pair of sentences", "As numbers, and as counting reads them; green is right. “Reveal words” adds what they say.", sentences),
    View("recovery", "Rows found again", "Cosine of each token's row and its true plain row; and how often no other plain row is nearer.", recovery, MADE),
    View("roc", "Scores and threshold", "Share of positive pairs found against share of others taken for one; scores by label. Drag the threshold.", roc),
    View("attention", "Who looks at whom", "Attention of the last block, mean of its heads; frames: two words of one concept.", attention),
    View("guesses", "The hidden word", "Click a token to hide it: what the network guesses, before this training and now.", guesses),
    View("answers", "Loss at [CLS]", "Cross-entropy of the answer on test pairs: the other part of loss (4).", answers),
)  # fmt: skip
