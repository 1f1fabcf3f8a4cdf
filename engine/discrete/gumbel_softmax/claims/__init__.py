"""Closed forms and phenomena held against the run, by what is computed."""
