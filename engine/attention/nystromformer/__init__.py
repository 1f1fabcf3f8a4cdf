"""Can a few landmark tokens stand in for all in attention, and when does a product of three thin matrices go wrong?"""

from engine.attention.nystromformer.lesson import CHAPTERS, GUESSES
from engine.attention.nystromformer.outputs import OUTPUTS
from engine.attention.nystromformer.params import SWAP, NystromformerParams
from engine.attention.nystromformer.views import VIEWS
from engine.core.topic import Tempo, Topic

TOPIC = Topic(
    slug="nystromformer",
    group="attention",
    title="Nyströmformer: attention through a few landmarks",
    question="Can 16 landmark tokens stand in for all 256 in attention, and when does replacing the matrix by a product of three "
    "thin ones go wrong?",
    params=NystromformerParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.attention.nystromformer.model:Nystromformer",
    parts=("draw", "update"),
    steps=20,
    pace=8,
    tempos=(Tempo(SWAP, steps=290),),
    chapters=CHAPTERS,
    hero="landmarks",
    short="Nyströmformer",
    after=("sparse-attention",),
    scripts=("draw", "swap"),
    guesses=GUESSES,
)
