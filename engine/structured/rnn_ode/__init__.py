"""RNN and ODE: one step of a solver is one recurrent cell; run forward it solves, trained backward it infers."""

from engine.core.topic import Tempo, Topic, when
from engine.structured.rnn_ode.lesson import CHAPTERS, GUESSES
from engine.structured.rnn_ode.outputs import OUTPUTS
from engine.structured.rnn_ode.params import FIT, SOLVE, RnnOdeParams
from engine.structured.rnn_ode.views import VIEWS

TOPIC = Topic(
    slug="rnn-ode",
    group="structured",
    title="RNN and ODE: one Euler step is one cell",
    question="If solving a differential equation is just running an RNN forward, what is running it backward good for?",
    params=RnnOdeParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.structured.rnn_ode.model:RecurrentSolver",
    parts=("evaluate", "update"),
    steps=2000,
    tempos=(
        Tempo(SOLVE & when(system="logistic"), 60, 12.0),
        Tempo(SOLVE & when(system="oscillator"), 120, 25.0),
        Tempo(SOLVE, 420, 60.0),
        Tempo(FIT & ~when(optimizer="adam"), 40, 8.0),
    ),
    chapters=CHAPTERS,
    hero="h",
    short="RNN and ODE",
    uploads=("table",),
    data_param="data",
    data_value="own",
    scripts=("solve", "fit"),
    guesses=GUESSES,
)
