"""Every number and array of this lab's frames."""

from engine.core.topic import array, constant, scalar, under, when
from engine.language.dgcnn_extraction.params import REPAIRED

OUTPUTS = (
    scalar("loss", "training loss of the last batch (4)", "nats"),
    scalar("subject_loss", "part of the subjects' tags", "nats"),
    scalar("object_loss", "part of the objects' tags", "nats"),
    scalar("precision", "share of the found test triples that are right", symbol="P"),
    scalar("recall", "share of the true test triples that are found", symbol="R"),
    scalar("f1", "F1 of the test triples (5)", symbol="F1"),
    scalar("kept_share", "share of the training triples that the annotators noted"),
    scalar("kept_subjects", "share of the subjects left in the training sentences that keep a triple"),
    scalar("start_tag_mean", "mean predicted start tag on the true subject starts"),
    scalar("receptive_field", "signs that one vector sees"),
    scalar("sandbox_recovered", "1 where the decoder gives the sandbox's spans back"),
    *under(
        REPAIRED,
        scalar("label_recall", "share of the true training triples among those that are learned from"),
        scalar("label_precision", "share of those that are learned from which are true"),
        scalar("fold", "which fold's model learns, from 1; 0: the model itself"),
    ),
    constant("test_signs", "400 length", "signs of the test sentences by number, 0 past the text"),
    constant("pattern", "400", "pattern of each"),
    constant("gold_triples", "gold 6", "true test triples: sentence, subject first, last, predicate, object first, last"),
    array("found_triples", "found 6", "the triples that are found, at the present thresholds"),
    array("found_subjects", "subjects 3", "the subjects that are found: sentence, first, last"),
    array("subject_start", "400 length", "subject start tags, 0 past the text"),
    array("subject_end", "400 length", "subject end tags"),
    array("f1_by_pattern", "6", "F1 of each pattern's sentences"),
    array("f1_map", "17 17", "F1 at start thresholds (rows) and end thresholds of 0.1 to 0.9"),
    array("links", "5", "true triples: found; lost at the subject's tags, its pairing, the object's tags, its pairing"),
    array("shown_sentence", "1", "number of the sentence that is shown"),
    array("shown_signs", "shown", "its signs by number"),
    array("shown_tags", "2 shown", "its subject start and end tags"),
    array("shown_subjects", "asked 2", "the subjects that are found in it: first, last"),
    array("shown_objects", "asked 2 5 shown", "object start and end tags of each, by predicate"),
    array("sandbox_spans", "spans_in 2", "the sandbox's spans: first, last"),
    array("sandbox_decoded", "spans_out 2", "the decoder's answer to their perfect tags"),
    *under(
        when(data="own"),
        scalar("own_unknown", "signs of one's own text that the model does not know"),
        constant("own_pieces", "pieces width", "signs of one's own sentences as they are written, as code points"),
        constant("own_length", "lines", "how many signs each sentence has"),
        array("own_triples", "own_found 6", "triples found in one's own sentences"),
    ),
)  # fmt: skip
