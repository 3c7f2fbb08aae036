"""Pictures of data, trainings and networks, drawn with matplotlib (the extra ``plot``).

Every function returns what it drew on, matplotlib axes or a figure, and never shows or saves it: call
``matplotlib.pyplot.show()``, or ``ax.figure.savefig("name.png")``. Those that draw a single picture take the axes to
draw on as `ax`. Classes are told apart by colours that colour-blind people can tell apart as well, and by the shape of
the points.
"""

from __future__ import annotations

from tinynet.plot.curves import history, lines, twin_axes
from tinynet.plot.matrices import confusion_matrix, weights
from tinynet.plot.points import decision_boundary, scatter

__all__ = ["confusion_matrix", "decision_boundary", "history", "lines", "scatter", "twin_axes", "weights"]
