"""Every number and array of this lab's frames. Positions run from left to right, but `forced_bi` and looks go by own steps."""

from engine.core.topic import array, constant, scalar

OUTPUTS = (
    scalar("loss_one", "loss of the pair that does not look (3)", "nats", symbol="L"),
    scalar("loss_bi", "loss of the pair that reads each other (3)", "nats", symbol="L"),
    scalar("entropy", "entropy of the next token, of its past and increment", "nats", symbol="H"),
    scalar("right_one", "share right, one-way writers, mean of both"),
    scalar("right_bi", "share right, hands that read each other, mean of both"),
    scalar("right_chosen", "share right, the better hand's sequence"),
    scalar("right_best", "share right at best (5)"),
    scalar("trial", "step at which the nets were tested last"),
    array("one_l2r", "length", "share right by position, from the left, one-way"),
    array("one_r2l", "length", "share right by position, from the right, one-way"),
    array("bi_l2r", "length", "share right by position, left hand"),
    array("bi_r2l", "length", "share right by position, right hand"),
    array("chosen", "length", "share right by position, the hand that is surer of its sequence"),
    array("theory_l2r", "length", "share right by position in theory (4), from the left", exact=True),
    array("theory_r2l", "length", "share right by position in theory (4), from the right", exact=True),
    array("theory_best", "length", "share right by position at best (5)", exact=True),
    array(
        "forced_bi",
        "length",
        "share right, taught, at a hand's own step n: mean of the left hand's place n and the right hand's place T + 1 − n",
    ),
    array("items", "tested columns", "tested items: left anchor, increments shown, right anchor"),
    constant("truth", "tested length", "the true tokens of the tested items"),
    array("out_one_l2r", "tested length", "written from the left, one-way"),
    array("out_one_r2l", "tested length", "written from the right, one-way"),
    array("out_bi_l2r", "tested length", "written by the left hand"),
    array("out_bi_r2l", "tested length", "written by the right hand"),
    array("out_chosen", "tested length", "of each item the sequence of the hand that is surer of it"),
    array("look_l2r", "length length", "mean attention of the left hand: its step, the right hand's state"),
    array("look_r2l", "length length", "mean attention of the right hand: its step, the left hand's state"),
    array("look_example", "2 length length", "attention of both hands in the shown item"),
)
