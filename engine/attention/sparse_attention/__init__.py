"""If every token may look at only a few others: what can still be learned, and does it get cheaper?"""

from engine.attention.sparse_attention.lesson import CHAPTERS, GUESSES
from engine.attention.sparse_attention.outputs import OUTPUTS
from engine.attention.sparse_attention.params import COST, REACH, SparseAttentionParams
from engine.attention.sparse_attention.views import VIEWS
from engine.core.topic import Topic

TOPIC = Topic(
    slug="sparse-attention",
    group="attention",
    title="Born to save: sparse attention",
    question="If every token may look at only a few others, what can a network still learn, and does it really get cheaper on this "
    "machine?",
    params=SparseAttentionParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.attention.sparse_attention.model:SparseAttention",
    parts=("batch", "forward", "update"),
    steps=250,
    chapters=CHAPTERS,
    hero=(("copy_distance", REACH), ("read_at", COST)),
    short="Sparse attention",
    after=("position-encodings",),
    scripts=("learn", "measure"),
    guesses=GUESSES,
    stackable=("copy_distance",),
    stacks=REACH,
)
