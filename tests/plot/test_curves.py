"""Training curves: what is drawn where, in which colours and words."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import tinynet
from tests.support.pictures import LOGS, lines, texts
from tinynet import plot
from tinynet.callbacks import History
from tinynet.layers import Dense


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
