"""Discrete choices: how gradients pass through a roll of the dice."""
