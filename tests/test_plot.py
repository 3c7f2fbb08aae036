"""Pictures: what is drawn where, in which colours and words. (That they look well, no test can say.)"""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import tinynet
from tinynet import plot
from tinynet.callbacks import History
from tinynet.layers import Dense, Input

LOGS = {
    "accuracy": [0.5, 0.7, 0.8],
    "loss": [0.9, 0.6, 0.5],
    "val_accuracy": [0.4, 0.6, 0.6],
    "val_loss": [1.0, 0.7, 0.8],
}


@pytest.fixture(autouse=True)
def _closed_figures(monkeypatch):
    """Close what a test draws; nothing may be shown."""
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: pytest.fail("a plot was shown"))
    plt.close("all")
    yield
    plt.close("all")


def lines(ax):
    return {line.get_label(): line.get_ydata().tolist() for line in ax.get_lines()}


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


class Answers:
    """A model of two features that answers with a given function of them."""

    def __init__(self, function):
        self.function = function

    def predict(self, x, verbose="auto"):
        assert verbose == 0
        return self.function(x)


# ---- curves ---------------------------------------------------------------------------------------------------------


def test_a_history_is_drawn_with_a_panel_for_each_quantity_the_loss_first():
    loss, accuracy = plot.history(LOGS, title="A training").axes
    assert (loss.get_title(), accuracy.get_title()) == ("Loss", "Accuracy")
    assert (loss.get_xlabel(), loss.get_ylabel()) == ("epoch", "loss")
    assert lines(loss) == {"training": LOGS["loss"], "validation": LOGS["val_loss"]}
    assert lines(accuracy) == {"training": LOGS["accuracy"], "validation": LOGS["val_accuracy"]}
    assert loss.figure.get_suptitle() == "A training"


def test_training_and_validation_differ_in_colour_and_in_line():
    training, validation = plot.history(LOGS).axes[0].get_lines()
    assert (to_hex(training.get_color()), training.get_linestyle()) == ("#0072b2", "-")
    assert (to_hex(validation.get_color()), validation.get_linestyle()) == ("#d55e00", "--")


def test_epochs_are_counted_from_one_or_from_where_the_training_began():
    assert plot.history(LOGS).axes[0].get_lines()[0].get_xdata().tolist() == [1, 2, 3]
    resumed = SimpleNamespace(history=LOGS, epoch=[10, 11, 12])
    assert plot.history(resumed).axes[0].get_lines()[0].get_xdata().tolist() == [11, 12, 13]


def test_validation_of_every_second_epoch_stands_at_those_epochs():
    x, y = np.random.default_rng(0).random((20, 2)), np.zeros(20)
    model = tinynet.Sequential([Dense(1)])
    model.compile(loss="mse")
    history = model.fit(x, y, epochs=6, validation_split=0.5, validation_freq=2, verbose=0)
    assert history.plot().axes[0].get_lines()[1].get_xdata().tolist() == [2, 4, 6]


def test_history_plot_draws_the_chosen_quantities():
    history = History()
    history.history.update(LOGS)
    history.epoch = [0, 1, 2]
    assert [ax.get_title() for ax in history.plot(["acc"]).axes] == ["Accuracy"]
    assert lines(history.plot(["acc"]).axes[0])["validation"] == LOGS["val_accuracy"]


def test_a_history_can_be_drawn_into_given_axes():
    figure, axes = plt.subplots(1, 2)
    assert plot.history(LOGS, axes=axes) is figure
    assert [ax.get_title() for ax in axes] == ["Loss", "Accuracy"]
    with pytest.raises(ValueError, match="expected 2, one for each"):
        plot.history(LOGS, axes=axes[:1])


@pytest.mark.parametrize("draw", [plot.history, plot.twin_axes])
def test_an_empty_history_is_refused(draw):
    with pytest.raises(ValueError, match="nothing was trained"):
        draw(History())


def test_an_unknown_quantity_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"no 'mae'. It has: accuracy, loss"):
        plot.history(LOGS, ["mae"])
    with pytest.raises(ValueError, match="no 'mae'"):
        plot.twin_axes(LOGS, "mae")
    with pytest.raises(ValueError, match="nothing to draw beside 'loss'"):
        plot.twin_axes({"loss": [1.0]})


def test_twin_axes_show_loss_and_accuracy_with_a_scale_and_colour_each():
    left, right = plot.twin_axes(LOGS)
    assert lines(left) == {"loss": LOGS["loss"], "validation loss": LOGS["val_loss"]}
    assert lines(right) == {"accuracy": LOGS["accuracy"], "validation accuracy": LOGS["val_accuracy"]}
    assert right.yaxis.get_label_position() == "right"
    for ax in (left, right):
        assert {to_hex(line.get_color()) for line in ax.get_lines()} == {to_hex(ax.yaxis.label.get_color())}
    assert texts(left.get_legend()) == ["loss", "validation loss", "accuracy", "validation accuracy"]


# ---- points ---------------------------------------------------------------------------------------------------------


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


# ---- matrices -------------------------------------------------------------------------------------------------------


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


# ---- all ------------------------------------------------------------------------------------------------------------


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match="pip install matplotlib"):
        plot.scatter(np.zeros((2, 2)))


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plot.scatter(np.eye(2), ax=ax),
        lambda ax: plot.decision_boundary(Answers(lambda z: z[:, :1]), np.eye(2), ax=ax),
        lambda ax: plot.confusion_matrix([0, 1], [0, 1], ax=ax),
        lambda ax: plot.twin_axes(LOGS, ax=ax)[0],
    ],
)
def test_a_picture_can_be_drawn_into_given_axes(draw):
    _, ax = plt.subplots()
    assert draw(ax) is ax
    assert len(plt.get_fignums()) == 1


def test_curves_of_several_trainings_are_told_apart_by_colour_and_dashes():
    ax = plot.lines({"SGD": [0.9, 0.7], "Adam": [0.8, 0.3]}, ylabel="loss", title="Two optimizers")
    assert lines(ax) == {"SGD": [0.9, 0.7], "Adam": [0.8, 0.3]}
    assert [line.get_xdata().tolist() for line in ax.get_lines()] == [[1, 2], [1, 2]]
    assert (
        len({line.get_color() for line in ax.get_lines()})
        == len({line.get_linestyle() for line in ax.get_lines()})
        == 2
    )
    assert texts(ax.get_legend()) == ["SGD", "Adam"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("epoch", "loss", "Two optimizers")


@pytest.mark.parametrize("count", [0, 8])
def test_curves_that_could_not_be_told_apart_are_refused(count):
    with pytest.raises(ValueError, match="1 to 7"):
        plot.lines({str(i): [0.5] for i in range(count)})
