"""The nets of the lab: the decoders, the schemes that train them, and the trial that each of them stands."""
