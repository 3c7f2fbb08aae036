"""All pictures: drawn into given axes, and refused without matplotlib. (That they look well, no test can say.)"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt

from tests.support.pictures import LOGS, Answers
from tinynet import plot


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "tinynet-engine\[plot\]"'):
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
