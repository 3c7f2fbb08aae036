"""Confusion matrices and weights: what is drawn where, in which colours and words."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet import plot
from tinynet.layers import Dense, Input


def test_the_confusion_matrix_counts_true_classes_by_row():
    ax = plot.confusion_matrix([0, 0, 0, 1, 2, 2], [0, 1, 1, 1, 2, 0])
    counts = np.array([int(text.get_text()) for text in ax.texts]).reshape(3, 3)
    assert counts.tolist() == [[1, 2, 0], [0, 1, 0], [1, 0, 1]]
    np.testing.assert_allclose(ax.images[0].get_array(), counts / [[3], [1], [2]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("answer of the model", "true class")


@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [
        ([0, 1, 1], [0, 1, 0]),
        ([[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]),
        ([0.0, 1.0, 1.0], [[0.1], [0.9], [0.5]]),
        ([False, True, True], np.array([[0], [1], [0]])),
    ],
)
def test_classes_and_probabilities_of_every_form_give_the_same_matrix(y_true, y_pred):
    ax = plot.confusion_matrix(y_true, y_pred, labels=["no", "yes"])
    assert [text.get_text() for text in ax.texts] == ["1", "0", "1", "1"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["no", "yes"]
    assert ax.get_title() == "Confusion matrix: 2 of 3 right (66.7 %)"


def test_a_confusion_matrix_needs_as_many_answers_as_classes():
    with pytest.raises(ValueError, match=r"y_true and y_pred must have as many samples. Received: 2 and 3"):
        plot.confusion_matrix([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match=r"y_pred: expected classes \(N,\)"):
        plot.confusion_matrix([0, 1], np.zeros((2, 2, 2)))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([-1, -1, 1, 1], [-1, 1, 1, 1], "a class -1. For classes -1 and 1"),
        ([0, 0, 1, 1], [[-3.0], [0.2], [1.7], [2.4]], "numbers from -3 to 2.4. Of logits pass y_pred > 0"),
    ],
)
def test_what_are_no_classes_is_refused(y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        plot.confusion_matrix(y_true, y_pred)


def test_labels_are_for_classes_from_zero():
    with pytest.raises(ValueError, match=r"labels: expected a name for each class, 0 to 1.*from -1 to 1"):
        plot.scatter(np.eye(3)[:, :2], [-1, 1, 1], labels=["no", "yes"])


def test_weights_are_drawn_as_a_picture_for_each_unit_on_one_scale():
    layer = Dense(3, name="first")
    model = tinynet.Sequential([Input((6,)), layer])
    figure = plot.weights(model.layers[0], (2, 3))
    pictures = [ax for ax in figure.axes if ax.images]
    for unit, ax in enumerate(pictures[:3]):
        np.testing.assert_array_equal(ax.images[0].get_array(), layer.kernel[:, unit].reshape(2, 3))
    largest = np.abs(layer.kernel).max()
    assert all(ax.images[0].get_clim() == (-largest, largest) for ax in pictures[:3])
    assert figure.get_suptitle() == "Weights of 'first'"
    told = figure.get_supxlabel().replace("\n", " ")
    assert "weights of one unit, placed as its 2×3 inputs" in told
    assert "Blue: positive; orange: negative" in told


def test_positive_is_blue_and_negative_orange_in_every_picture_of_signs():
    def tone(image, value):
        red, _, blue, _ = image.cmap(image.norm(value))
        return "white" if abs(blue - red) < 0.01 else "blue" if blue > red else "orange"

    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((2,)), Dense(3), Dense(1, "sigmoid")])
    model.compile("sgd", "mse")
    x, y = np.eye(2), np.array([0.0, 1.0])
    figures = [plot.weights(np.eye(5)), plot.weights(np.eye(9)), model.trace(x, y).plot()]
    images = [image for figure in figures for ax in figure.axes for image in ax.images]
    assert len(images) == 1 + 9 + 4
    for image in images:
        top = image.get_clim()[1]
        assert [tone(image, v) for v in (-top, 0.0, top)] == ["orange", "white", "blue"]
    boundary = plot.decision_boundary(model, x, y)
    plane = boundary.collections[0]
    assert [tone(plane, v) for v in plane.get_clim()] == ["orange", "blue"]
    points = [tuple(drawn.get_facecolor()[0]) for drawn in boundary.collections[-2:]]
    assert [blue > red for red, _, blue, _ in points] == [False, True], "class 0 is orange, class 1 blue"


def test_weights_that_are_no_pictures_are_drawn_as_a_matrix():
    figure = plot.weights(np.arange(15.0).reshape(5, 3))
    assert figure.axes[0].images[0].get_array().shape == (5, 3)
    assert [figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()] == ["unit", "input"]


def test_of_many_units_only_the_first_are_drawn_and_the_title_says_so():
    figure = plot.weights(np.ones((16, 50)), count=10)
    assert sum(ax.get_title().startswith("unit") for ax in figure.axes) == 10
    assert figure.get_suptitle() == "Weights (the first 10 of 50 units)"


def test_weights_need_a_built_layer_and_a_shape_that_fits():
    with pytest.raises(ValueError, match="expected a built Dense"):
        plot.weights(Dense(3))
    with pytest.raises(ValueError, match=r"expected height times width to be the 6 inputs. Received: \(2, 2\)"):
        plot.weights(np.ones((6, 3)), (2, 2))
