"""What is shown between two trained models, and the frame that all share: the glide's modules, called by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def modules(chromium: Any, assets: str) -> Iterator[Any]:
    """A page on which the modules of the glide can be called."""
    page = chromium.new_page()
    page.goto(f"{assets}/lab/base/labels.js")
    page.evaluate("""async () => {
      const from = (name) => import(new URL(`/lab/${name}.js`, location.href));
      Object.assign(window, await from('sweep/blend'), await from('sweep/ranges'), await from('sweep/track'));
      window.typed = (v) => v && v.typed ? new Float32Array(v.typed) : v;
      window.figure = (traces, layout = {}) => still({ layout, data: traces.map((t) => Object.fromEntries(Object.entries(t).map(([k, v]) => [k, typed(v)]))) });
      window.plain = (v) => JSON.parse(JSON.stringify(v, (k, x) => (ArrayBuffer.isView(x) ? Array.from(x) : x)));
    }""")
    yield page
    page.close()


def blend(modules: Any, one: list[dict], two: list[dict], at: float, layouts: tuple[dict, dict] = ({}, {})) -> dict[str, Any]:
    code = "([one, two, at, [a, b]]) => plain(between(figure(one, a), figure(two, b))(at))"
    return modules.evaluate(code, [one, two, at, layouts])


def test_arrays_of_the_same_shape_are_blended_and_the_ends_are_the_figures_themselves(modules: Any) -> None:
    one, two = [{"type": "scatter", "y": {"typed": [0, 10]}}], [{"type": "scatter", "y": {"typed": [4, 20]}}]
    assert [blend(modules, one, two, at)["data"][0]["y"] for at in (0, 0.25, 1)] == [[0, 10], [1, 12.5], [4, 20]]
    one, two = [{"y": [0, 10]}], [{"y": [4, 20]}]  # short ones come as lists
    assert blend(modules, one, two, 0.5)["data"][0]["y"] == [2, 15]


def test_where_shapes_differ_the_nearer_trace_is_shown(modules: Any) -> None:
    one = [{"y": {"typed": [0, 0]}}, {"y": {"typed": [0, 0]}}]
    two = [{"y": {"typed": [1, 1, 1]}}, {"y": {"typed": [1, 1]}}]
    assert [t["y"] for t in blend(modules, one, two, 0.25)["data"]] == [[0, 0], [0.25, 0.25]]
    assert [t["y"] for t in blend(modules, one, two, 0.75)["data"]] == [[1, 1, 1], [0.75, 0.75]]


def test_other_parts_mean_the_nearer_figure(modules: Any) -> None:
    one, two = [{"y": [0, 0]}], [{"y": [1, 1]}, {"y": [2, 2]}]
    assert len(blend(modules, one, two, 0.4)["data"]) == 1 and len(blend(modules, one, two, 0.6)["data"]) == 2
    one, two = [{"type": "scatter", "y": [0, 0]}], [{"type": "bar", "y": [1, 1]}]
    assert blend(modules, one, two, 0.4)["data"][0] == {"type": "scatter", "y": [0, 0]}


def test_cells_and_names_are_not_mixed(modules: Any) -> None:
    one = [
        {"type": "heatmap", "z": {"typed": [0, 0]}, "x": [0, 1]},
        {"name": "a", "x": ["p", "q"], "y": [0, 0], "text": ["u", "v"]},
    ]
    two = [
        {"type": "heatmap", "z": {"typed": [8, 8]}, "x": [2, 3]},
        {"name": "a", "x": ["p", "q"], "y": [4, 4], "text": ["w", "x"]},
    ]
    cells, named = blend(modules, one, two, 0.25)["data"]
    assert cells == {"type": "heatmap", "z": [0, 0], "x": [0, 1]}
    assert named["y"] == [1, 1] and named["x"] == ["p", "q"] and named["text"] == ["u", "v"]
    other = [two[0], {**two[1], "x": ["q", "p"]}]
    assert blend(modules, one, other, 0.25)["data"][1]["y"] == [0, 0]


def test_stretches_keep_their_widths_and_colours_and_nothing_can_be_pointed_at(modules: Any) -> None:
    look = {"widths": [1, 5], "colors": ["#111", "#222"]}
    one, two = (
        [{"y": {"typed": [k, k]}, "meta": {**look, "handles": "x"}}, {"y": [k], "meta": {"handle": "x"}}] for k in (0, 4)
    )
    first, second = blend(modules, one, two, 0.25)["data"]
    assert first == {"y": [1, 1], "meta": look} and second == {"y": [1]}


def test_along_a_logarithmic_axis_the_middle_is_the_geometric_mean(modules: Any) -> None:
    log = {"yaxis": {"type": "log"}}
    one, two = [{"y": {"typed": [1, 100]}}], [{"y": {"typed": [100, 1]}}]
    assert blend(modules, one, two, 0.5, (log, log))["data"][0]["y"] == pytest.approx([10, 10], rel=1e-5)


def test_labels_move_with_what_they_name_and_say_what_the_nearer_model_says(modules: Any) -> None:
    note = {"text": "KL = 3.1", "x": 0, "y": 0}
    a, b = {"annotations": [note]}, {"annotations": [{"text": "KL = 7.9", "x": 4, "y": 8}]}
    assert blend(modules, [{"y": [0]}], [{"y": [1]}], 0.25, (a, b))["layout"]["annotations"] == [
        {"text": "KL = 3.1", "x": 1, "y": 2}
    ]
    c = {"annotations": [{"text": "error", "x": 4, "y": 8}]}
    assert blend(modules, [{"y": [0]}], [{"y": [1]}], 0.25, (a, c))["layout"]["annotations"] == [note]


def test_a_missing_number_leaves_a_gap(modules: Any) -> None:
    blended = blend(modules, [{"y": [0, None, 2]}], [{"y": [4, 5, 6]}], 0.5)["data"][0]["y"]
    assert blended == [2, None, 4]


def test_nothing_can_be_set_by_pointing_at_a_model(modules: Any) -> None:
    one = [{"y": [0, 1], "meta": {"handles": [["a", "b"]]}}]
    layout = {"meta": {"alt": "two", "hover": ["a", "b"], "click": ["a", "b"]}}
    still = modules.evaluate("([one, layout]) => plain(figure(one, layout))", [one, layout])
    assert still == {"data": [{"y": [0, 1]}], "layout": {"meta": {"alt": "two"}}}


def test_the_common_frame_takes_in_every_model_but_those_that_failed(modules: Any) -> None:
    data = [[{"mode": "lines", "x": [0, 1], "y": [0, 1]}], [{"mode": "lines", "x": [0, 9], "y": [-5, 1]}],
            [{"mode": "lines", "x": [0, 1e9], "y": [0, 1e9]}]]  # fmt: skip
    code = "(list) => plain(framed([...list.map((t) => figure(t)), null], new Set([2])).map((f) => f && f.layout))"
    first, second, failed, missing = modules.evaluate(code, data)
    assert first["xaxis"]["range"] == second["xaxis"]["range"] == [0, 9]
    assert first["yaxis"]["range"] == second["yaxis"]["range"] and first["yaxis"]["range"][0] < -5
    assert "xaxis" not in failed and missing is None


def test_a_reversed_axis_stays_reversed_and_colours_mean_the_same_in_all(modules: Any) -> None:
    layout = {"yaxis": {"autorange": "reversed"}}
    data = [[{"type": "heatmap", "z": [[0, 1], [2, 3]]}], [{"type": "heatmap", "z": [[-4, 1], [2, 8]]}]]
    code = "([list, layout]) => plain(framed(list.map((t) => figure(t, layout))))"
    for figure in modules.evaluate(code, [data, layout]):
        low, high = figure["layout"]["yaxis"]["range"]
        assert low > high
        assert (figure["data"][0]["zmin"], figure["data"][0]["zmax"]) == (-4, 8)


def test_places_and_indices_are_each_others_way_back(modules: Any) -> None:
    code = "(list) => { const p = new Places([-2, 0, 1, 5]); return list.map((i) => p.index(p.of(i))); }"
    there = [0, 0.3, 1, 1.5, 2.25, 3]
    assert modules.evaluate(code, there) == pytest.approx(there)
    assert modules.evaluate("() => new Places([-2, 0, 1, 5]).of(2.5)") == 3
