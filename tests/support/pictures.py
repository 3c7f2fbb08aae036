"""What is read off a drawn picture, and what is drawn in it."""

from __future__ import annotations

LOGS = {
    "accuracy": [0.5, 0.7, 0.8],
    "loss": [0.9, 0.6, 0.5],
    "val_accuracy": [0.4, 0.6, 0.6],
    "val_loss": [1.0, 0.7, 0.8],
}


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
