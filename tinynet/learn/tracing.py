"""`Trace`: one training step of a model with all its numbers, to look up, to show and to be marked by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked
from tinynet._console import Text, printable
from tinynet._names import lookup
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet._writing import write_file
from tinynet.learn import story
from tinynet.learn.languages import in_own_language, said
from tinynet.learn.notation import Entry, at, number
from tinynet.learn.recorder import Record
from tinynet.learn.steps import Step

#: Of a quiz: asks a person for a line, and shows text.
Ask = Callable[[str], str]
Say = Callable[[str], object]

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tinynet.learn.diagnose import Verdict


@checked
class Trace:
    """One training step, written down.

    Attributes
    ----------
    steps : list of Step
        Forward, loss, backward and update, in the order of computation.
    loss, loss_after : float
        The batch's loss before and after the update.
    predicted_change, actual_change : float
        The change of the loss to first order, Σ gradient·step, and the change that happened.
    weights_after : list of ndarray
        All weights after the update, in the order of ``model.get_weights()``.
    lang : str
        The language of the sentences.
    """

    def __init__(self, record: Record, title: str, lang: str = "en") -> None:
        self.record, self.lang = record, lang
        self._tell(title)

    @in_own_language
    def _tell(self, model: str) -> None:
        record = self.record
        #: What is derived from the trace, and kept for the next question.
        self.kept: dict[str, Any] = {}
        self.tape, self.array_names = story.tell(record)
        self.steps: list[Step] = self.tape.steps
        self.loss, self.loss_after = record.loss, record.loss_after
        self.weights_after = record.weights_after
        self._model = model
        self.title = self.titled()

    def titled(self) -> str:
        """Return the title in the language that is spoken."""
        network, n = self.record.network, len(self.record.shadow.x)
        assert network.loss is not None
        assert network.optimizer is not None
        names = {"model": self._model, "loss": network.loss.name, "optimizer": network.optimizer.name}
        return said("title", samples=n, **names)

    @property
    def actual_change(self) -> float:
        """The change of the loss."""
        return self.loss_after - self.loss

    @property
    @quiet
    def predicted_change(self) -> float:
        """The change of the loss to first order: Σ gradient·(new weight - old weight)."""
        moved = [(u.gradient.astype(float), u.after.astype(float) - u.before) for u in self.record.updates.values()]
        return float(sum((gradient * step).sum() for gradient, step in moved))

    # ---- looking things up ------------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The names of all computed arrays, in order."""
        return [step.name for step in self.steps]

    @property
    def given(self) -> list[str]:
        """The names of the arrays that the step starts from: data and weights."""
        data = [name for name in ("x", "y", "w") if name in self.tape.arrays]
        return data + list(self.array_names.parameters.values())

    @property
    def parameters(self) -> dict[str, tuple[str, str]]:
        """The layer and parameter behind the name of each weight: ``{"W1": ("dense", "kernel")}``."""
        owners = {p: r.layer.name for r in self.record.layers for p in r.layer.parameters}
        return {name: (owners[p], p.name) for p, name in self.array_names.parameters.items()}

    def __getitem__(self, name: str) -> Array:
        """Return an array by its name: ``trace["dW1"]``."""
        return lookup("name in this trace", name, self.tape.arrays)

    def _ipython_key_completions_(self) -> list[str]:
        """Return what an interactive shell offers after ``trace["``."""
        return list(self.tape.arrays)

    def step(self, name: str) -> Step:
        """Return the step that computed `name`."""
        return lookup("step of this trace", name, {s.name: s for s in self.steps})

    @quiet
    @in_own_language
    def entry(self, name: str, *index: int, precision: int = 4) -> Entry:
        """Return one entry of a step's result, with the calculation behind it."""
        return self.step(name).entry(*index, precision=precision)

    @quiet
    @in_own_language
    def explain(self, name: str, *index: int, precision: int = 4) -> str:
        """Return how one entry was computed, in symbols and in numbers: ``trace.explain("dW1", 0, 1)``."""
        step = self.step(name)
        shape = step.value.shape
        if len(index) != len(shape) or not all(-n <= i < n for i, n in zip(index, shape, strict=True)):
            raise ValueError(
                f"explain: {name} has shape {shape}, so it needs {len(shape)} indices within it. Received: {index}"
            )
        index = tuple(i % n for i, n in zip(index, shape, strict=True))
        entry = step.entry(*index, precision=precision)
        pad = " " * len(at(name, index))
        lines = dict.fromkeys([entry.symbols, entry.numbers, number(entry.value, precision)])
        return at(name, index) + f"\n{pad}".join(f" = {line}" for line in lines)

    @quiet
    @in_own_language
    def check(self, name: str, array: Any, hint: int = 3) -> Verdict:
        """Say whether an array computed by hand is right, and diagnose it if it is wrong.

        Parameters
        ----------
        name : str
            The name of the right array: ``"dW1"``.
        array : array-like
            Your result.
        hint : {0, 1, 2, 3}, default 3
            How much to say: whether it is right, where to look, which mistake it is and the formula, or also the number
            that it should be.

        Returns
        -------
        Verdict
            True in an ``if`` when exact (up to rounding) or close; ``print`` it for the explanation.

        Examples
        --------
        >>> import numpy as np
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.Input((2,)), tinynet.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> t = model.trace([[1.0, 2.0], [0.5, -1.0]], [3.0, 4.0])
        >>> print(t.check("dW1", t["x"].T @ t["dz1"]))
        dW1: exact.
        >>> t.check("dW1", t["x"].T @ -t["dz1"]).kind
        'sign'
        """
        from tinynet.learn.diagnose import check

        return check(self, name, array, hint)

    @quiet
    @in_own_language
    def quiz(self, names: Sequence[str] | None = None, ask: Ask | None = None, say: Say | None = None) -> None:
        """Ask for the numbers of this step, one after the other, and mark the answers: in a terminal or a notebook.

        A wrong answer gets a hint, the next one a clearer one. An empty line or Ctrl-D ends the quiz.

        Parameters
        ----------
        names : sequence of str, optional
            What is asked for: ``["z1", "dW1"]``. Default: everything, in the order of the computation.
        ask, say : callable, optional
            Ask a person for a line, and show text. Default: `input` and printing.
        """
        from tinynet.learn.quiz import quiz

        quiz(self, names, ask, say)

    # ---- showing ----------------------------------------------------------------------------------------------------

    @quiet
    @in_own_language
    def to_text(self, max_rows: int = 8, precision: int = 4) -> str:
        """Return the whole calculation as text.

        Parameters
        ----------
        max_rows : int, default 8
            The most rows and columns of an array that are shown; beyond that, the middle is left out.
        precision : int, default 4
            Significant digits.
        """
        from tinynet.learn.text import trace_text

        return Text(trace_text(self, max_rows, precision))

    @quiet
    @in_own_language
    def to_html(self, path: str | PathLike[str] | None = None, precision: int = 4) -> str:
        """Return a page to step through the calculation, and write it to `path` if given.

        It is one file that opens from disk. Buttons and arrow keys step through it; pointing at a number shows which
        numbers it is made of. Of large arrays a sample is shown, and the page says so.
        """
        from tinynet.learn.html import page

        return _written(page(self, precision), path)

    @quiet
    @in_own_language
    def to_svg(self, path: str | PathLike[str] | None = None) -> str:
        """Return a picture of the network: weights by width and colour, matrices as heat maps. Write it to `path`.

        Examples
        --------
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.Input((2,)), tinynet.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> model.trace([[1.0, 2.0]], [3.0]).to_svg()[:16]
        '<svg class="net"'
        """
        from tinynet.learn.svg import picture

        return _written(picture(self), path)

    @quiet
    @in_own_language
    def plot(self) -> Figure:
        """Draw the picture of `to_svg` with matplotlib (the extra ``plot``), and return the figure."""
        from tinynet.learn.pictures import plot_trace

        return plot_trace(self)

    @in_own_language
    def _repr_html_(self) -> str:
        text = escape(self.to_text())
        return f"{self.to_svg()}<details><summary>{escape(said('every number'))}</summary><pre>{text}</pre></details>"

    def __str__(self) -> str:
        return printable(self.to_text())

    def __repr__(self) -> str:
        return f"<Trace of {self.title}: {len(self.steps)} steps>"


def _written(text: str, path: str | PathLike[str] | None) -> str:
    if path is not None:
        write_file(path, text.encode())
    return text
