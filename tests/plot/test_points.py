"""Samples and decision boundaries: what is drawn where, in which colours and words."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tests.support.pictures import Answers, texts
from tinynet import plot


def test_classes_differ_in_colour_and_in_shape():
    ax = plot.scatter(np.arange(12).reshape(6, 2), [0, 1, 2, 0, 1, 2], labels=["a", "b", "c"], title="Points")
    assert ax.get_title() == "Points"
    assert texts(ax.get_legend()) == ["a", "b", "c"]
    assert len({to_hex(points.get_facecolor()[0]) for points in ax.collections}) == 3
    assert len({points.get_paths()[0].vertices.tobytes() for points in ax.collections}) == 3
    assert ax.collections[1].get_offsets().tolist() == [[2, 3], [8, 9]]


def test_three_features_are_drawn_in_space_with_three_labelled_axes():
    ax = plot.scatter(np.random.default_rng(0).random((9, 3)), names=["a", "b", "c"])
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == ("a", "b", "c")


def test_many_values_are_drawn_as_a_scale_of_colours():
    ax = plot.scatter(np.random.default_rng(0).random((30, 2)), np.linspace(0, 1, 30))
    assert ax.get_legend() is None
    assert len(ax.figure.axes) == 2


@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 4)])
def test_points_need_two_or_three_features(shape):
    with pytest.raises(ValueError, match="expected two or three features"):
        plot.scatter(np.zeros(shape))
    with pytest.raises(ValueError, match="expected two features"):
        plot.decision_boundary(None, np.zeros(shape))


def test_points_need_as_many_classes():
    with pytest.raises(ValueError, match=r"x and y must have as many samples. Received: 3 and 2"):
        plot.scatter(np.zeros((3, 2)), [0, 1])


def test_every_class_needs_its_label():
    with pytest.raises(ValueError, match="expected a name for each class, 0 to 2"):
        plot.scatter(np.zeros((3, 2)), [0, 1, 2], labels=["a", "b"])


@pytest.mark.parametrize("threshold", [0.5, 0.25])
def test_the_boundary_runs_where_a_single_output_crosses_the_threshold(threshold):
    x = np.array([[0.0, 0.0], [1.0, 1.0]])
    ax = plot.decision_boundary(Answers(lambda z: z[:, :1]), x, threshold=threshold)
    (contour,) = [c for c in ax.collections if hasattr(c, "levels")]
    np.testing.assert_allclose(contour.get_paths()[0].vertices[:, 0], threshold, atol=1e-12)
    assert [ax.get_xlabel(), ax.get_ylabel(), ax.get_title()] == ["x[:, 0]", "x[:, 1]", "Decision boundary"]


def test_of_several_outputs_the_largest_colours_the_plane():
    x = np.random.default_rng(0).random((20, 2))
    quadrant = Answers(lambda z: np.eye(4)[(z[:, 0] > 0.5) * 2 + (z[:, 1] > 0.5)])
    ax = plot.decision_boundary(quadrant, x, (x[:, 0] > 0.5) * 2 + (x[:, 1] > 0.5), resolution=10)
    plane = np.asarray(ax.collections[0].get_array()).reshape(10, 10)
    assert [plane[0, 0], plane[-1, 0], plane[0, -1], plane[-1, -1]] == [0, 1, 2, 3]


def test_a_model_that_gives_one_answer_everywhere_has_no_boundary():
    ax = plot.decision_boundary(Answers(lambda z: np.ones((len(z), 1))), np.zeros((4, 2)), [0, 1, 0, 1])
    assert not [c for c in ax.collections if hasattr(c, "levels")]
