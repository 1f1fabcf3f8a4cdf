"""Models that write their own past: decoders, their training and their free running."""
