"""Every number and array of this lab's frames."""

from engine.core.topic import array, constant, scalar, under, when
from engine.training.masking.params import COMPOSITE, MIXING, PADDING, TABLED

LOOKING = PADDING & when(layer=("attention", "self_attention"))
MIXED, TABLE = PADDING & when(layer=MIXING), PADDING & when(layer=TABLED)

OUTPUTS = (
    *under(
        PADDING,
        scalar("accuracy_masked", "test accuracy with a mask, padded to T"),
        scalar("accuracy_unmasked", "test accuracy without a mask, padded to T"),
        scalar("max_dp_masked", "largest change of a probability between padding to 12 and to T, with a mask"),
        scalar("max_dp_unmasked", "largest change of a probability between padding to 12 and to T, without a mask"),
        scalar("pad_gradient_masked", "largest gradient of the vector of padding, with a mask"),
        scalar("pad_gradient_unmasked", "largest gradient of the vector of padding, without a mask"),
        scalar("desk_naive_mean", "mean of 1 0 3 4 5 and the zeros"),
        scalar("desk_masked_mean", "masked mean of 1 0 3 4 5 and the zeros"),
        scalar("desk_naive_max", "maximum of −1 … −5 and the zeros"),
        scalar("desk_masked_max", "masked maximum of −1 … −5 and the zeros"),
        array("ids", "test_padding", "the shown sentence, padded; 0 is padding"),
        array("p_masked", "3", "its probabilities with a mask"),
        array("p_unmasked", "3", "its probabilities without a mask"),
        array("p_along", "2 16 3", "its probabilities with and without a mask, padded to 12, 24, … 192"),
        array("pooled_masked", "16", "its vector with a mask"),
        array("pooled_unmasked", "16", "its vector without a mask"),
        array("accuracy_along", "2 5", "test accuracy with and without a mask, padded to 12, 24, 48, 96, 192", exact=True),
        array("dp_along", "2 5", "largest change of a probability there", exact=True),
        array("desk_empty", "places", "masked softmax of 1 0 3 4 5 and the zeros where every place is padding"),
        constant("test_ids", "1000 12", "test sentences; 0 is padding"),
        constant("test_labels", "1000", "their classes"),
        constant("token_values", "20", "values of tokens 1 to 20"),
    ),
    scalar("pad_mass", "attention that padding takes without a mask", when=LOOKING),
    array("weights_masked", "test_padding", "attention of its positions with a mask", when=LOOKING),
    array("weights_unmasked", "test_padding", "attention of its positions without a mask", when=LOOKING),
    scalar("contaminated", "real positions that padding changes", when=MIXED),
    array("change", "layers 12", "by how much padding changes them, layer by layer", when=MIXED),
    *under(TABLE, *(array(f"{who}_{name}", shape, f"{meaning}, {mask} a mask") for who, mask in (("m", "with"), ("u", "without")) for name, shape, meaning in (
        ("embedding", "21 16", "vectors of padding and tokens"), ("w", "16 16", "weights of the features"), ("b", "16", "biases of the features"),
        ("out_w", "16 3", "weights of the answer"), ("out_b", "3", "biases of the answer")))),
    array("m_query", "16", "query of the pooling, with a mask", when=PADDING & when(layer="attention")),
    array("u_query", "16", "query of the pooling, without a mask", when=PADDING & when(layer="attention")),
    *under(
        COMPOSITE,
        scalar("parameters", "numbers that the optimiser was given"),
        scalar("composite_accuracy", "test accuracy of the digits' classifier"),
        scalar("digit_class", "what the shown digit is"),
        array("digit_pixels", "8 8", "the shown digit"),
        array("digit_p", "10", "its probabilities"),
        array("moved", "6", "how far each tensor is from its first values"),
        array("gradient", "6", "size of each tensor's gradient"),
    ),
)  # fmt: skip
