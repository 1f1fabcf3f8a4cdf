"""The story in eight chapters; their words are in assets/text."""

from engine.core.chapter import Chapter, Sweep
from engine.generation.exposure_bias import claims

COUNTER = {"task": "counter", "labels": 7, "length": 24, "hidden": 64, "learning_rate": 0.01}
DATA = Sweep("training_set", ("64", "256", "1024", "unlimited"))

CHAPTERS = (
    Chapter(
        "lost",
        values={"schemes": ""},
        views=("accuracy", "walk"),
        shows=(claims.taught, claims.lost, claims.entropy_floor, claims.bound),
        hero="rate",
        guess="alone",
    ),
    Chapter(
        "rescue",
        values={"schemes": "teacher", "horizon": 1000},
        steps=400,
        views=("accuracy",),
        shows=(claims.rescued,),
        changes=((200, {"remedy": "replace"}),),
        hero="remedy",
    ),
    Chapter(
        "dose",
        values={"schemes": "", "remedy": "replace"},
        views=("fluency", "losses"),
        shows=(claims.memory_helps, claims.filter_reached, claims.price),
        hero="rate",
        sweep=Sweep("rate", (0.1, 0.3, 0.6, 1.0)),
    ),
    Chapter(
        "tipping_point",
        values={"decoder": "Markov", "remedy": "replace", "schemes": "scheduled", "rate": 0.3},
        views=("sweep", "accuracy"),
        shows=(claims.tipping, claims.alone, claims.own_rate),
        hero="rate",
        sweep=Sweep("rate", (0.0, 0.1, 0.35, 0.6)),
        guess="tipping",
    ),
    Chapter(
        "own_samples",
        values={"schemes": "scheduled", "schedule": "constant", "truth": 0.0},
        views=("accuracy", "fluency"),
        shows=(claims.own_samples_repair, claims.unlearned, claims.noise_written, claims.fluent),
        hero="truth",
        compare={"noise": 1.0},
        section="Schedule",
    ),
    Chapter(
        "one_wrong_token",
        values={**COUNTER, "schemes": "replace,su,two-pass", "rate": 0.15, "inject_at": 12.0, "inject": 1},
        views=("injection", "walk"),
        shows=(claims.perfect, claims.forever, claims.immune, claims.not_immunised),
        hero="inject",
    ),
    Chapter(
        "more_data",
        values={"schemes": "", "hidden": 64, "batch": 32},
        views=("accuracy", "losses"),
        shows=(claims.more_data_sinks, claims.more_data_teaches),
        sweep=DATA,
    ),
    Chapter(
        "search_harder",
        values={"schemes": "", "u": 0.6, "v": 0.55, "w": 0.9, "width": 2},
        steps=100,
        views=("tree", "search"),
        shows=(claims.worked_example, claims.label_bias, claims.no_gap),
        hero="w",
        section="Two tokens",
    ),
)
