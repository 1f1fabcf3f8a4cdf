"""Every number and array of this lab's frames."""

from engine.core.topic import array, clock, constant, scalar, under, when
from engine.language.text_matching.params import MADE, STARTS

MEANINGS = (
    ("auc", "area under the ROC curve on test pairs", "", "AUC"),
    ("mlm_loss", "cross-entropy of a hidden word of test text", "nats", ""),
    ("label_loss", "cross-entropy of the answer at [CLS] on test pairs", "nats", ""),
)
OUTPUTS = (
    *(output for start in STARTS for output in under(when(chosen=start),
        *(scalar(f"{name}_{start}", meaning, unit, symbol=symbol) for name, meaning, unit, symbol in MEANINGS))),
    *(output for start in STARTS for output in under(when(chosen=start) & MADE,
        scalar(f"recovered_{start}", "share of tokens whose nearest plain row is the true one"))),
    scalar("unigram_entropy", "entropy of the cipher words' frequencies", "nats", symbol="H"),
    scalar("exact_words", "cipher tokens aligned to their true word"),
    scalar("exact_mass", "share of all cipher words that are aligned rightly"),
    scalar("rank_error", "median difference of a word's ranks in both texts"),
    constant("cipher_ids", "n", "ids of the cipher tokens"),
    constant("cipher_counts", "n", "how often each is counted"),
    constant("alignment", "n", "plain word that each is taken for by rank, −1: [UNK]"),
    constant("plain_counts", "64", "how often each plain word is counted"),
    constant("swap_probability", "63", "chance that two neighbouring ranks are swapped (2)", exact=True),
    constant("test_labels", "tests", "1: the pair says the same"),
    array("scores", "starts tests", "scores (3)", symbol="s", exact=True),
    array("shown_tokens", "16", "tokens of the shown pair: specials 0 to 6, then words; 0: none"),
    array("shown_attention", "16 16", "how much each token looks at each, in the last block"),
    array("guess_tokens", "2 5", "tokens guessed first for the hidden one, before training and now"),
    array("guess_shares", "2 5", "their chances"),
    constant("kept_tokens", "rows", "place of each token that has a row"),
    *under(MADE, constant("true_words", "n", "true word of each cipher token"),
        array("recovery", "starts n", "cosine of each token's row and its true plain row")),
    *under(when(pretrains=True), clock("pretrained", "share of the pretraining that is done", ""),
        clock("plain_course", "pretraining so far: step, loss of hidden words, AUC of same or not; NaN: to come", "", shape="30 3")),
)  # fmt: skip
