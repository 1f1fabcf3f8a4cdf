"""Who is who in the pictures of the masking lab."""

from __future__ import annotations

from engine.plot import Cast

NETWORKS = Cast({"masked": ("with mask", "good"), "unmasked": ("without mask", "second")})
VALENCES = Cast({"low": ("low", 3), "middle": ("middle", 5), "high": ("high", 0)})  # classes 0, 1, 2, in the colours of tokens
STACKS = {  # what a layer that mixes positions is made of, in the order of `change`
    "conv": ("convolution 1", "convolution 2", "convolution 3"),
    "bigru": ("forward", "backward", "both"),
    "self_attention": ("self-attention",),
}
TENSORS = ("W₁", "b₁", "W₂", "b₂", "V", "c")  # of the composite layer, then of the read-out
