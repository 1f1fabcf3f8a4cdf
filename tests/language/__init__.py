"""Tests of the labs of reading language."""
