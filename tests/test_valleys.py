"""A valley shows each path where it leads, and refuses what it cannot draw."""

import numpy as np
import pytest
import torch

from course_utils import viz


def bowl(x, y):
    """A round bowl around (1, 0)."""
    return (x - 1) ** 2 + y**2


def test_each_path_has_a_panel_with_its_name_its_marks_and_the_goal():
    paths = {"one": torch.tensor([[0.0, 0.0], [0.5, 0.5], [1.0, 0.0]]), "two": [(0, 0), (2, 1)]}
    figure = viz.valley(bowl, paths, "right", "up", goal=(1.0, 0.0), title="A bowl")
    first, second = figure.axes
    assert [axes.texts[0].get_text() for axes in (first, second)] == ["one", "two"]
    np.testing.assert_array_equal(first.lines[0].get_xydata(), paths["one"])
    np.testing.assert_array_equal(second.lines[0].get_xydata(), paths["two"])
    np.testing.assert_array_equal(first.lines[1].get_xydata(), [[0, 0]])  # the ring
    np.testing.assert_array_equal(first.lines[2].get_xydata(), [[1, 0]])  # the cross
    assert figure.get_supxlabel() == "right" and figure.get_supylabel() == "up"
    assert figure.get_suptitle() == "A bowl"
    assert first.lines[0].get_color() != second.lines[0].get_color()


def test_the_panels_share_one_view_that_holds_all_paths_and_the_goal():
    figure = viz.valley(bowl, {"a": [(0, 0)], "b": [(0, 3)], "c": [(-2, 0)]}, goal=(4, 0))
    panels = [axes for axes in figure.axes if axes.axison]
    assert len(panels) == 3 and len({axes.get_xlim() for axes in panels}) == 1
    (left, right), (low, high) = panels[0].get_xlim(), panels[0].get_ylim()
    assert left <= -2 and right >= 4 and low <= 0 and high >= 3


def test_lines_of_equal_height_are_where_the_loss_has_that_height():
    figure = viz.valley(bowl, {"a": [(0.0, 0.0), (1.0, 0.5)]}, levels=5)
    contour = figure.axes[0].collections[0]
    assert len(contour.levels) == 5
    for level, path in zip(contour.levels[:2], contour.get_paths()):
        heights = bowl(*torch.from_numpy(path.vertices).T)
        np.testing.assert_allclose(heights, level, atol=0.02 * contour.levels[-1])
    gaps = np.diff(np.sqrt(contour.levels))
    np.testing.assert_allclose(gaps, gaps[0], rtol=0.05)  # evenly spaced rings of a bowl


@pytest.mark.parametrize(
    "loss, paths, words",
    [
        (bowl, {}, "one to four paths"),
        (bowl, {str(i): [(0, 0)] for i in range(5)}, "one to four paths"),
        (bowl, [(0, 0)], "one to four paths"),
        (bowl, {"a": [0.0, 1.0]}, r"a: got shape \(2,\)"),
        (bowl, {"a": [(0.0, float("nan"))]}, "a: got a point that is not finite"),
        (lambda x, y: x[0], {"a": [(0, 0)]}, "loss: got shape"),
    ],
)
def test_what_cannot_be_drawn_is_refused(loss, paths, words):
    with pytest.raises(ValueError, match=words):
        viz.valley(loss, paths)
