"""The lesson: every formula of tinynet as one text, in the order in which they are learnt.

``python -m tinynet lesson`` prints it, ``python -m tinynet lesson losses`` one chapter of it. Only the words between
the formulas are written here, and the last chapter; the formulas are collected from the files of the parts.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from tinynet._arguments import checked
from tinynet._console import say
from tinynet._names import lookup
from tinynet._types import Array
from tinynet.activations.relu import relu, relu_backward
from tinynet.activations.sigmoid import sigmoid, sigmoid_backward
from tinynet.kernels.machine.jit import plain
from tinynet.layers.dense import dense_backward_bias, dense_backward_input, dense_backward_kernel, dense_forward
from tinynet.losses.binary_crossentropy import binary_crossentropy_gradient
from tinynet.optimizers.sgd import sgd
from tinynet.parts import decorator_of, formulas_of, functions_of
from tinynet.rooms import modules_of

# ---- the last chapter, which is a program ---------------------------------------------------------------------------


def each(formula: Any, *numbers: Any) -> Array:
    """Apply a formula of single numbers to every entry of arrays."""
    entries = np.broadcast(*numbers)
    return np.array([formula(*entry) for entry in entries]).reshape(entries.shape)


def one_step(x: Array, y: Array, parameters: Sequence[Array], learning_rate: float) -> list[Array]:
    """Return the parameters W1, b1, W2, b2 after one step on the batch x (N, inputs), y (N, units).

    The network is dense, relu, dense, sigmoid; its loss is the binary cross-entropy, its optimizer SGD.
    """
    W1, b1, W2, b2 = parameters
    z1, z2, da = np.empty((len(x), len(b1))), np.empty((len(x), len(b2))), np.empty((len(x), len(b1)))
    dW1, db1, dW2, db2 = gradients = [np.empty(np.shape(w)) for w in parameters]

    dense_forward(x, W1, b1, z1)  # forward
    a = each(relu, z1)
    dense_forward(a, W2, b2, z2)
    p = each(sigmoid, z2)

    dp = each(binary_crossentropy_gradient, y, p, 0.0) / p.size  # of the mean over the batch, without label smoothing
    dz2 = each(sigmoid_backward, p, dp)  # backward
    dense_backward_kernel(a, dz2, dW2)
    dense_backward_bias(dz2, db2)
    dense_backward_input(dz2, W2, da)
    dz1 = each(relu_backward, a, da)
    dense_backward_kernel(x, dz1, dW1)
    dense_backward_bias(dz1, db1)

    return [each(sgd, w, g, learning_rate) for w, g in zip(parameters, gradients, strict=True)]  # update


# ---- the words between the formulas ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chapter:
    """A chapter: its title and introduction, and the packages, modules or single functions that it shows."""

    title: str
    words: str
    packages: tuple[str, ...] = ()
    functions: tuple[Any, ...] = ()


HEADER = """\
The lesson: every formula of tinynet's forward pass, backward pass, losses, metrics and updates.

Read it from top to bottom and you have read how a neural network learns:

{contents}

Notation. A batch has N rows. ``x`` (N, inputs) enters a dense layer with ``kernel`` W (inputs, units) and ``bias`` b
(units,); ``z = x·W + b`` is its weighted sum, ``a = f(z)`` its output, ``p`` the output of the last layer and ``y`` the
targets. ``d`` before a name is the gradient of the loss with respect to it, and has its shape: ``dz`` is ∂L/∂z.
The chain rule is all there is to the backward pass: a gradient that arrives at a function's output leaves at its
input multiplied by the function's derivative.

A formula of scalars is called for every number, one of rows for every row, by loops that the compiler melts it into.
``T = type(z)`` keeps constants in the type of the arrays: float32 or float64. ``exp``, ``log1p`` and the like are the
elementary functions. What a formula takes beyond z, a, y, p, w, g and slots are numbers of its part: an α, a learning
rate. ``@twin`` says that compiled code has a loop of its own for a line of NumPy.
"""

CHAPTERS = {
    "dense": Chapter(
        "The dense layer",
        "Every input is connected with every unit. Three products of matrices are nearly all the work of training.",
        functions=tuple(functions_of(import_module("tinynet.layers.dense"))),
    ),
    "activations": Chapter(
        "Activations",
        "Without them, dense layers on top of each other would be no more than one. A derivative is written with the "
        "output a = f(z) where that will do, because it is at hand in the backward pass; else with z as well.",
        ("tinynet.activations",),
    ),
    "losses": Chapter(
        "Losses and their gradients",
        "Each is the loss of one output, or of one row; that of a row of several outputs is the mean over them. A "
        "batch's loss is the (weighted) sum over its rows divided by N, so the loops multiply every gradient by the "
        "sample's weight / N. A formula of logits does the work of the last activation as well, and does it better.",
        ("tinynet.losses",),
    ),
    "metrics": Chapter(
        "Metrics",
        "What is reported and not trained on, so there are no derivatives. Each is of one output or of one row; the "
        "loops average them. Every loss is a metric too. What is no mean follows from several sums, which a loop of "
        "its own adds up.",
        ("tinynet.metrics",),
    ),
    "optimizers": Chapter(
        "Optimizers",
        "What is done with the gradient: w is a parameter, g its gradient; m, v and so on are slots, which one step "
        "leaves to the next. A formula is applied to every parameter by itself, and returns the new w and slots.",
        ("tinynet.optimizers", "tinynet.kernels.clipping"),
    ),
    "regularizers": Chapter(
        "Regularizers and dropout",
        "What keeps a network from learning its samples by heart. A regularizer's penalty of every weight is added to "
        "the loss, and its slope to the weight's gradient. Dropout is a layer; it is written as loops, because it must "
        "know which number it is at: random(seed, step, place) is a number in [0, 1) that belongs to these three.",
        ("tinynet.regularizers", "tinynet.layers"),
    ),
    "step": Chapter(
        "One step",
        "All of it together, with the formulas above: forward, loss, backward, update. Training is this over and over. "
        "Import it and try it: from tinynet.lesson import one_step. What tinynet does for any stack of layers is "
        "LayerLoop.step in training/layer_loop.py.",
        functions=(each, one_step),
    ),
}

# ---- the text -------------------------------------------------------------------------------------------------------

_WIDTH = 120
#: Functions that formulas of several files call are shown before the first that does.
_SHARED = ("tinynet.kernels.rows", "tinynet.kernels.probabilities")
#: Functions that a reader knows: they are not shown, and make nothing more difficult.
_KNOWN = ("tinynet.kernels.elementary", "tinynet.kernels.random")


class Text:
    """The text of the lesson as it is written, from top to bottom: what has been shown is not shown again."""

    def __init__(self) -> None:
        self.shown: set[Any] = set()

    def chapter(self, number: int, chapter: Chapter) -> str:
        """Return the text of a chapter."""
        rule = "# " + "-" * (_WIDTH - 2)
        words = textwrap.fill(chapter.words, _WIDTH, initial_indent="# ", subsequent_indent="# ")
        parts = [f"{rule}\n# {number}. {chapter.title}\n{rule}\n{words}"]
        if chapter.functions:
            parts.append("\n\n\n".join(map(source_of, chapter.functions)))
        files = {module.__name__: shown_of(module) for name in chapter.packages for module in files_of(name)}
        for name in sorted(files, key=lambda name: max(difficulty(n, files[n]) for n in with_called(name, files))):
            parts += self.file(name, files)
        return "\n\n\n".join(parts)

    def file(self, name: str, files: dict[str, list[Any]]) -> Iterator[str]:
        """Write the formulas of a file, after those of the same chapter's files that they call."""
        functions = [function for function in files[name] if function not in self.shown]
        self.shown.update(functions)
        called = [other for function in functions for other in called_by(function)]
        for other in dict.fromkeys(plain(other).__module__ for other in called):
            if other != name and other in files:
                yield from self.file(other, files)
        helpers = [other for other in dict.fromkeys(called) if self.is_new_helper(other)]
        self.shown.update(helpers)
        if functions:
            heading = (import_module(name).__doc__ or name).splitlines()[0].rstrip(".")
            file = f"# {name.removeprefix('tinynet.').replace('.', '/')}.py"
            yield f"# ---- {heading} ".ljust(_WIDTH, "-") + f"\n{file}"
            yield from filter(None, ["\n".join(constants_of(name, functions))])
            yield from map(source_of, [*helpers, *functions])

    def is_new_helper(self, function: Any) -> bool:
        """Return whether a function is shared by several files, and has not been shown."""
        return plain(function).__module__ in _SHARED and function not in self.shown


def files_of(name: str) -> list[ModuleType]:
    """Return the modules of a package, or the module of that name."""
    module = import_module(name)
    return modules_of(name) if hasattr(module, "__path__") else [module]


def shown_of(module: ModuleType) -> list[Any]:
    """Return what is shown of a module: its formulas, and of a part the kernels too."""
    of_parts = not module.__name__.startswith("tinynet.kernels.")
    return [function for function in formulas_of(module) if of_parts or decorator_of(function) != "kernel"]


def difficulty(name: str, functions: Sequence[Any]) -> tuple[int, str]:
    """Return what files are sorted by: the words and signs of the part's first formula and of all that it calls."""
    classes = [vars(cls) for cls in vars(import_module(name)).values() if isinstance(cls, type)]
    tables = [cls[form] for cls in classes for form in ("formulas", "kernels") if isinstance(cls.get(form), tuple)]
    firsts = [table[0] for table in tables if table and table[0] in functions] or list(functions[:1])
    needed = dict.fromkeys(firsts[:1])
    for function in iter(queue := list(needed)):
        new = [other for other in called_by(function) if other not in needed]
        new = [other for other in new if plain(other).__module__ not in _KNOWN]
        queue += new
        needed |= dict.fromkeys(new)
    return sum(len(list(ast.walk(ast.parse(source_of(function))))) for function in needed), name


def with_called(name: str, files: dict[str, list[Any]]) -> set[str]:
    """Return the names of a file and of those of the same chapter whose formulas its own call."""
    called = {plain(other).__module__ for function in files[name] for other in called_by(function)}
    return {name, *(called & files.keys())}


def called_by(function: Any) -> list[Any]:
    """Return the functions that a formula calls, in the order in which it names them."""
    code, known = plain(function).__code__, plain(function).__globals__
    return [known[name] for name in code.co_names if inspect.isfunction(plain(known.get(name)))]


def constants_of(name: str, functions: Sequence[Any]) -> list[str]:
    """Return the definitions of the constants that a file's formulas name, with the comments above them."""
    source, found = inspect.getsource(import_module(name)), []
    lines, named = source.splitlines(), {word for f in functions for word in plain(f).__code__.co_names}
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if named & {word.id for target in targets for word in ast.walk(target) if isinstance(word, ast.Name)}:
            first = node.lineno - 1
            while lines[first - 1].startswith("#"):
                first -= 1
            found += lines[first : node.end_lineno]
    return found


def source_of(function: Any) -> str:
    """Return the source of a function as it is written."""
    return textwrap.dedent(inspect.getsource(plain(function))).rstrip()


@checked
def text(chapter: str | None = None) -> str:
    """Return the lesson, or one chapter of it by its name, with all that its formulas share with other chapters.

    Examples
    --------
    >>> print(text("dense"))
    # ----...
    # 1. The dense layer
    ...
    def dense_forward(x: Array, kernel: Array, bias: Array, z: Array) -> None:
    ...
    >>> text("loses")
    Traceback (most recent call last):
        ...
    ValueError: Unknown chapter: 'loses'. Did you mean 'losses'? Known: 'activations', 'dense', ...
    """
    if chapter is not None:
        found = lookup("chapter", chapter, CHAPTERS)
        return Text().chapter([*CHAPTERS.values()].index(found) + 1, found)
    writer = Text()
    chapters = [writer.chapter(n, found) for n, found in enumerate(CHAPTERS.values(), start=1)]
    contents = "\n".join(f"{n}. {name:<14}{found.title}" for n, (name, found) in enumerate(CHAPTERS.items(), start=1))
    return "\n\n\n".join([f'"""{HEADER.format(contents=contents)}"""', *chapters])


def main(arguments: Sequence[str]) -> int:
    """Run ``python -m tinynet lesson``; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tinynet lesson",
        description="Print every formula of tinynet as one text, in the order in which they are learnt.",
    )
    parser.add_argument("chapter", nargs="?", metavar="CHAPTER", help=f"one of {', '.join(CHAPTERS)} (default: all)")
    options = parser.parse_args(list(arguments))
    try:
        written = text(options.chapter)
    except ValueError as error:
        parser.error(str(error))
    say(written)
    return 0
