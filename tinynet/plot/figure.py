"""The figures that pictures are drawn on."""

from __future__ import annotations

from typing import NoReturn

import matplotlib
from matplotlib import figure, pyplot


class Figure(figure.Figure):  # type: ignore[misc]
    """A figure of pyplot's that a notebook shows once, though a plot function both opens and returns it.

    At the end of a cell a notebook shows all open figures. One that was shown before, because it is the value of the
    cell's last line or was given to ``display``, is therefore closed then. It can still be shown and saved.
    """

    def _ipython_display_(self) -> NoReturn:
        """Close the figure, and leave it to IPython to show it.

        Source: https://ipython.readthedocs.io/en/stable/config/integrating.html
        """
        if "inline" in matplotlib.get_backend().lower():
            pyplot.close(self)
        raise NotImplementedError  # IPython goes on to the picture itself
