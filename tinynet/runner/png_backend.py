"""A matplotlib backend that saves PNG files instead of opening windows (see `tinynet.runner.plots`).

Source: https://matplotlib.org/stable/users/explain/figure/writing_a_backend_pyplot_interface.html
"""

from __future__ import annotations

from matplotlib import pyplot
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tinynet._console import say
from tinynet._writing import write_figure
from tinynet.runner import plots, timing


class FigureManager(FigureManagerBase):  # type: ignore[misc]
    """Saves a figure instead of opening a window."""

    def show(self) -> None:
        """Write the figure to the next file."""
        if plots.current is not None:
            with timing.measured_as("plots"):
                path = plots.current.next_file()
                try:
                    write_figure(self.canvas.figure, path)
                except OSError as error:  # a full disk is no reason to lose a training
                    plots.current.has_failed = True
                    say(f"tinynet run: plot not saved: {error}", error=True)
                else:
                    say(f"tinynet run: plot saved to {path}", error=True)

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show all figures, and close them if the program would have waited for the windows to be closed."""
        for number in pyplot.get_fignums():
            pyplot.figure(number).canvas.manager.show()
        if block or (block is None and not pyplot.isinteractive()):
            pyplot.close("all")


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]
    """Agg's canvas, with that manager."""

    manager_class = FigureManager
