"""The packing of figures, which the engine and the pages share."""

from engine.core.packing import encode

__all__ = ["encode"]
