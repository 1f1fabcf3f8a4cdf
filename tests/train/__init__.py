"""Tests of what models of several groups share."""
