"""Plots of data, training runs and networks, drawn with matplotlib (the extra ``plot``).

Every function returns what it drew on, matplotlib axes or a figure, and never shows or saves it: call
``matplotlib.pyplot.show()``, or ``ax.figure.savefig("name.png")``. Functions that draw a single picture take the axes
to draw on as `ax`. Classes differ in colour, chosen to be distinct for colour-blind people too, and in the shape of the
points.
"""

from __future__ import annotations

from tinynet.plot.curves import history, lines, twin_axes
from tinynet.plot.matrices import confusion_matrix, weights
from tinynet.plot.points import decision_boundary, scatter

__all__ = ["confusion_matrix", "decision_boundary", "history", "lines", "scatter", "twin_axes", "weights"]
