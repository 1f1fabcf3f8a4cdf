"""Looks that are kept."""

import pytest

from engine.train.looks import Looks


def test_a_look_is_computed_once_and_the_newest_of_each_kind_stay():
    looks, made = Looks(2), []

    def look(what, key):
        return looks.once(what, key, lambda: made.append((what, key)) or key)

    assert [look("map", 1), look("map", 2), look("map", 1), look("curve", 1)] == [1, 2, 1, 1]
    assert made == [("map", 1), ("map", 2), ("curve", 1)]
    assert [look("map", 3), look("map", 2), look("map", 1)] == [3, 2, 1]
    assert made[3:] == [("map", 3), ("map", 1)]


def test_a_look_that_fails_is_not_kept_and_costs_no_other():
    looks = Looks()
    looks.once("map", 1, lambda: "first")
    with pytest.raises(ZeroDivisionError):
        looks.once("map", 2, lambda: 1 // 0)
    assert looks.once("map", 1, lambda: "again") == "first"
    assert looks.once("map", 2, lambda: "second") == "second"
