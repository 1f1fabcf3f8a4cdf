"""Topics are found by their place, and a topic that contradicts itself is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from engine.core import registry
from engine.core.frame import Frame
from engine.core.params import UnknownName
from engine.core.registry import Card
from engine.core.topic import GROUPS
from engine.export.loop import source


def test_every_package_with_a_topic_is_found_in_the_order_of_the_groups():
    folders = [file.parent.name for group in GROUPS for file in sorted((registry.ROOT / group).glob("*/__init__.py"))]
    assert [slug.replace("-", "_") for slug in registry.topics()] == folders
    order = [GROUPS.index(topic.group) for topic in registry.topics().values()]
    assert order == sorted(order)


def test_the_index_is_that_of_the_topics_and_the_gallery_imports_none_of_them():
    """`python -m engine index` makes it; without it, or for a topic it lacks, the topic itself is asked."""
    kept = {entry["slug"]: Card.read(entry) for entry in json.loads(registry.INDEX.read_text(encoding="utf-8"))}
    assert kept == {slug: Card.of(topic) for slug, topic in registry.topics().items()}
    code = "import sys; from engine.core import registry; print(*registry.cards()); print([n for n in sys.modules if n.count('.') > 1 and n.split('.')[1] in registry.GROUPS])"
    done = subprocess.run([sys.executable, "-c", code], cwd=registry.ROOT.parent, capture_output=True, text=True, check=True)
    slugs, imported = done.stdout.splitlines()
    assert slugs.split() == list(registry.topics()) and imported == "[]"


def test_a_topic_that_the_index_lacks_has_a_card_all_the_same(descent):
    card = registry.cards()["descent"]
    assert card == Card.of(descent) and list(registry.cards()) == [*registry.topics()]


def test_an_unknown_topic_comes_with_the_nearest_one(descent):
    assert registry.find("descent") is descent
    with pytest.raises(UnknownName, match=r"There is no topic “descnt”; the nearest is “descent”"):
        registry.find("descnt")


def test_a_topic_of_an_unknown_group_or_with_two_outputs_of_one_name_is_refused(descent):
    with pytest.raises(ValueError, match="group “sports” is not one of latent"):
        replace(descent, group="sports")
    with pytest.raises(ValueError, match="two outputs share a name"):
        replace(descent, outputs=(*descent.outputs, descent.outputs[0]))


def test_a_frame_is_held_against_the_declared_outputs(descent):
    params = descent.params.build({"size": 2})
    good = Frame(0, {"distance": 0.0, "seen": 0.0}, {"point": np.zeros(2, np.float32)}, {})
    assert descent.check_frame(good, params) == []

    def problems(**changed):
        return " ".join(descent.check_frame(replace(good, **changed), params))

    assert "scalar seen is missing" in problems(scalars={"distance": 0.0})
    assert "array point is missing" in problems(arrays={})
    assert "size is 2" in problems(arrays={"point": np.zeros(3)})
    assert "declared “size”" in problems(arrays={"point": np.zeros((2, 1))})
    assert "undeclared output more" in problems(scalars={**good.scalars, "more": 1.0})
    assert "undeclared output pair" in problems(arrays={**good.arrays, "pair": np.zeros((2, 2))})
    assert "array pair is missing" in " ".join(descent.check_frame(good, params.change({"shown": "point,pair"})))


def test_the_source_of_the_loop_is_read_from_its_file(descent):
    text = source(descent)
    assert text.startswith("def steps(self)") and 'yield "move"' in text and "def observe" not in text


def test_an_unknown_view_is_a_key_error(descent):
    with pytest.raises(KeyError):
        descent.view("nothing")
    assert [view.name for view in descent.views_for(descent.params.build({"shape": "valley"}))] == ["distance"]
