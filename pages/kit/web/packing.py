"""The packing of figures, which the engine and the pages share."""

from engine.plot.packing import encode, pack_figures

__all__ = ["encode", "pack_figures"]
