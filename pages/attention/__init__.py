"""Pages of the attention group."""
