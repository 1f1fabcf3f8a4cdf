"""The words of a panel by what they draw; each module adds its own to those of the one before."""
