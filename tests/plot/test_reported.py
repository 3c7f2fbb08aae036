"""What is passed to plot functions by mistake: the argument is named, and no half-drawn figure stays open."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib import pyplot as plt

import tinynet
from tests.support.pictures import Answers
from tinynet import plot

ROWS = [[1.0, 2.0], [3.0, 4.0]]
LOSS = {"loss": [1.0, 2.0]}
MODEL = Answers(lambda x: x[:, :1])


def answering(function):
    return lambda: plot.decision_boundary(Answers(function), ROWS)


@pytest.mark.parametrize(
    ("draw", "named"),
    [
        (lambda: plot.history(3), "history: "),
        (lambda: plot.history({"loss": 3}), "history: nothing to draw"),
        (lambda: plot.history({"loss": "abc"}), "history: nothing to draw"),
        (lambda: plot.history({"val_loss": [1.0]}), "history: nothing to draw"),
        (lambda: plot.history({"loss": [10**400]}), "history: nothing to draw"),
        (lambda: plot.history({3: [1.0]}), "history: nothing to draw"),
        (lambda: plot.history(LOSS, []), "history: nothing to draw"),
        (lambda: plot.history(LOSS, ["mae"]), "history: there is no 'mae'"),
        (lambda: plot.history({**LOSS, "val_loss": [None]}), "history: 'val_loss' cannot be drawn"),
        (lambda: plot.history({**LOSS, "val_loss": 3}), "history: 'val_loss' cannot be drawn"),
        (lambda: plot.history(LOSS, axes=[None]), "history: `axes`"),
        (lambda: plot.twin_axes({**LOSS, "a": [1.0]}, "x"), "history: there is no 'x'"),
        (lambda: plot.twin_axes({**LOSS, "a": [1.0]}, right=3), "twin_axes: `right`"),
        (lambda: plot.lines({"a": [1.0, 2.0]}, x=[1.0]), "x: expected a position for each of the 2"),
        (lambda: plot.lines({"a": [1.0, None]}), "lines: `curves`"),
        (lambda: plot.scatter([[1.0, 2.0], [3.0]]), "`x` must be an array of real numbers"),
        (lambda: plot.scatter([["a", "b"]]), "`x` must be an array of real numbers"),
        (lambda: plot.scatter([[1j, 2.0]]), "`x` must be an array of real numbers"),
        (lambda: plot.scatter(np.zeros((0, 2)), []), "x: expected one sample at least"),
        (lambda: plot.scatter(ROWS, ["a", "b"]), "`y` must be an array of real numbers"),
        (lambda: plot.scatter(ROWS, [None, 1]), "`y` must be an array of real numbers"),
        (lambda: plot.scatter(ROWS, [1]), "x and y must have as many samples"),
        (lambda: plot.scatter(ROWS, [0, 1], labels=["a"]), "labels: expected a name for each class"),
        (lambda: plot.scatter(ROWS, names=["a"]), "names: expected one for each of the 2 features"),
        (lambda: plot.scatter([[1.0, 2.0, 3.0]], ax=plt.gca()), "ax: expected axes with projection='3d'"),
        (lambda: plot.decision_boundary(2, ROWS), "model: expected something with a method `predict`"),
        (answering(lambda x: None), "what `model.predict` returns must be an array of real numbers"),
        (answering(lambda x: x[:3]), "model: expected `predict` to return an output or more for each of 40000"),
        (answering(lambda x: x[:, 0]), "model: expected `predict` to return an output or more for each of 40000"),
        (lambda: plot.decision_boundary(MODEL, [[np.nan, 1.0]]), "x: expected finite numbers"),
        (
            lambda: plot.decision_boundary(MODEL, ROWS, resolution=1),
            "`resolution` must be a whole number of at least 2",
        ),
        (lambda: plot.decision_boundary(MODEL, ROWS, threshold="a"), "`threshold`"),
        (lambda: plot.decision_boundary(MODEL, ROWS, [1]), "x and y must have as many samples"),
        (lambda: plot.confusion_matrix([], []), "y_true: expected classes"),
        (lambda: plot.confusion_matrix(["a"], ["a"]), "`y_true` must be an array of real numbers"),
        (lambda: plot.confusion_matrix([0], [None]), "`y_pred` must be an array of real numbers"),
        (lambda: plot.confusion_matrix([0, np.inf], [0, 1]), "y_true: expected classes or probabilities"),
        (lambda: plot.confusion_matrix([10**9], [1]), "y_true and y_pred: expected at most 1000 classes"),
        (lambda: plot.weights([[1.0]], (1,)), "shape: expected height times width"),
        (lambda: plot.weights(np.eye(4), count=0), "`count` must be a whole number of at least 1"),
        (lambda: plot.weights(np.zeros((0, 3))), "layer: expected a built Dense, or a kernel"),
        (lambda: plot.weights([["a"]]), "`layer` must be an array of real numbers"),
        (lambda: plot.weights(tinynet.layers.Flatten()), "layer: expected a built Dense, or a kernel"),
        (lambda: tinynet.callbacks.History().plot(), "history: it is empty"),
        (lambda: tinynet.learn.Health([1], [1]).plot(), "Health: nothing was recorded"),
    ],
)
def test_an_odd_input_is_refused_by_its_name_and_leaves_no_figure(draw, named):
    with pytest.raises((ValueError, TypeError)) as refused:
        draw()
    assert named in str(refused.value)
    assert plt.get_fignums() in ([], [1] if "ax: " in named else [])


def test_an_error_of_the_model_leaves_no_figure():
    with pytest.raises(ZeroDivisionError):
        answering(lambda x: 1 / 0)()
    assert plt.get_fignums() == []


def test_figures_are_pyplots_and_can_be_saved_closed_and_pickled():
    figure = plot.history(LOSS)
    assert plt.gcf() is figure
    assert str(figure).startswith("Figure(")
    plt.close(figure)
    figure.savefig(io.BytesIO())
    assert isinstance(figure, plt.Figure)
    with pytest.raises(NotImplementedError):  # which IPython takes for: show it as any other figure
        figure._ipython_display_()


def test_names_of_classes_features_and_curves_are_shown_as_they_are():
    name = "_$x_{$\x00\ud800\n<b>"
    shown = plot._style.literal(name)
    assert shown == "\u200b_\\$x_{\\$\\x00\\ud800\\n<b>"
    pictures = [
        plot.lines({name: [1.0], "other": [2.0]}),
        plot.scatter(ROWS, [0, 1], labels=[name, "b"], names=[name, "y"]),
        plot.confusion_matrix([0, 1], [0, 1], labels=[name, "b"]),
        plot.twin_axes({name: [1.0], "other": [1.0]}, name)[0],
    ]
    for ax in pictures:
        ax.figure.savefig(io.BytesIO(), dpi=20)
    for ax in pictures[:2]:
        assert shown in [text.get_text() for text in ax.get_legend().get_texts()]
    assert pictures[1].get_xlabel() == shown
