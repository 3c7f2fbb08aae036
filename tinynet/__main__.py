"""The command line: ``python -m tinynet`` trains three networks on real data; other commands come before options."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # Python puts the working directory there, where a file may be called random.py. The command `tinynet` has its own.
    sys.path[0] = os.path.dirname(sys.executable)

import argparse
import importlib
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import tinynet
from tinynet._console import quietly, say
from tinynet._names import lookup
from tinynet._writing import write_figure

#: The commands: the module whose `main(argv)` runs each, imported only for it, and what it does.
COMMANDS = {
    "run": ("tinynet.runner", "run a Keras program or notebook unchanged"),
    "lesson": ("tinynet.lesson", "print every formula, in the order in which they are learnt"),
    "trace": ("tinynet.learn.command", "show one training step with every number of it, as a page"),
    "course": ("tinynet.learn.course", "write ten lessons with answers to fill in"),
    "parts": ("tinynet.catalogue", "list the layers, activations, losses and so on"),
    "warmup": ("tinynet.ready", "compile ahead of time, for a container image for instance"),
}

INTRODUCTION = """\
tinynet {version} trains three networks on real data: a perceptron, a multilayer
perceptron and a deep one.

How to read the lines of a training: an epoch is one pass through the samples,
in steps of 16 samples. `loss` is what training makes small. `accuracy` is the
share of right answers; `mae` (mean absolute error) is how far answers are off.
`val_...` is the same on a fifth of the samples, from which the network does not
learn: where `val_loss` rises while `loss` still falls, it has begun to learn
its samples by heart. On a terminal, epochs too quick to be read are left out.
"""


@dataclass(frozen=True)
class Task:
    """A network, the data it learns from, and words about both."""

    network: str
    does: str
    data: str
    layers: str
    model: Any
    learn: tuple[Any, Any]
    test: tuple[Any, Any]


@dataclass(frozen=True)
class Result:
    """What came of a task: the score on the test data, and what an answer without learning would have scored."""

    history: Any
    seconds: float
    metric: str
    decimals: int
    score: float
    guess: float


def perceptron() -> Task:
    """Two classes: a single unit."""
    (x, y), (x_test, y_test) = tinynet.datasets.breast_cancer.load_data()
    x, x_test = standardised(x, x_test)
    model = tinynet.Sequential([tinynet.layers.Dense(1, activation="sigmoid")])
    model.compile(tinynet.optimizers.RMSprop(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return Task(
        network="perceptron, 30-1",
        does="tells malignant from benign tumours",
        data="breast_cancer, 30 measurements of the cells of each tumour",
        layers="one unit weighs all measurements; the sigmoid makes a probability of it",
        model=model,
        learn=(x, y),
        test=(x_test, y_test),
    )


def multilayer_perceptron() -> Task:
    """Ten classes: one hidden layer."""
    (x, y), (x_test, y_test) = tinynet.datasets.digits.load_data()
    model = tinynet.Sequential(
        [
            tinynet.layers.Flatten(),
            tinynet.layers.Dense(64, activation="relu"),
            tinynet.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(tinynet.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return Task(
        network="multilayer perceptron, 64-64-10",
        does="reads handwritten digits",
        data="digits, pictures of 8 by 8 grey pixels",
        layers="64 hidden units find patterns; ten outputs, one a digit, weigh them",
        model=model,
        learn=(x / 16, y),
        test=(x_test / 16, y_test),
    )


def deep_perceptron() -> Task:
    """Regression: two hidden layers."""
    (x, y), (x_test, y_test) = tinynet.datasets.diabetes.load_data()
    x, x_test = standardised(x, x_test)
    # Starting at the mean of the answers spares the network many epochs of climbing there.
    start = tinynet.initializers.Constant(y.mean())
    model = tinynet.Sequential(
        [
            tinynet.layers.Dense(64, activation="relu"),
            tinynet.layers.Dense(64, activation="relu"),
            tinynet.layers.Dense(1, bias_initializer=start),
        ]
    )
    model.compile(tinynet.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
    return Task(
        network="deep perceptron, 10-64-64-1",
        does="predicts how diabetes will progress",
        data="diabetes, ten values of each person, and a score (25 to 346) a year later",
        layers="two hidden layers of 64 units; the output is a number, no probability",
        model=model,
        learn=(x, y),
        test=(x_test, y_test),
    )


def standardised(x: Any, x_test: Any) -> tuple[Any, Any]:
    """Scale the columns to mean 0 and deviation 1, as measured on the samples that are learned from."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    return (x - mean) / deviation, (x_test - mean) / deviation


def trained(task: Task, epochs: int) -> Result:
    """Train the network of a task, showing progress, and test it on samples it has never seen."""
    (x, y), (x_test, y_test) = task.learn, task.test
    begun = perf_counter()
    history = task.model.fit(x, y, batch_size=16, epochs=epochs, validation_split=0.2)
    seconds = perf_counter() - begun
    score = task.model.evaluate(x_test, y_test, verbose=0)[1]
    if "accuracy" in history.history:
        commonest = np.bincount(y).argmax()
        return Result(history, seconds, "accuracy", 3, score, float(np.mean(y_test == commonest)))
    return Result(history, seconds, "mae", 1, score, float(np.mean(np.abs(y_test - np.median(y)))))


def table(tasks: Sequence[Task], results: Sequence[Result]) -> Iterator[str]:
    """Write the results, a line each."""
    yield f"{'network':<32}{'weights':>7}{'time':>9}   {'test samples':<17}guessing"
    for task, result in zip(tasks, results, strict=True):
        score, guess = (f"{result.metric} {value:.{result.decimals}f}" for value in (result.score, result.guess))
        yield (
            f"{task.network:<32}{task.model.count_params():>7,}{result.seconds * 1000:>6.0f} ms   {score:<17}{guess}"
        )


def save_curves(tasks: Sequence[Task], results: Sequence[Result], path: Path) -> None:
    """Save a picture of all trainings: a column for each network, the loss above its metric."""
    # No pyplot: a picture that goes to a file needs no window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * len(tasks), 7.0), layout="constrained")
    panels = figure.subplots(2, len(tasks))
    for task, result, column in zip(tasks, results, panels.T, strict=True):
        tinynet.plot.history(result.history, axes=column)
        column[0].set_title(f"{task.network}\n{column[0].get_title()}", fontsize="large")
    write_figure(figure, path, dpi=110)


def main_job(out: Path, epochs: int) -> int:
    """Train the three networks and save their curves; returns the exit code."""
    begun = perf_counter()
    say(INTRODUCTION.format(version=tinynet.__version__))
    say("Getting the compiled code ready (the first time takes some seconds) ... ", end="", flush=True)
    tinynet.warmup()
    say(f"{perf_counter() - begun:.1f} s")

    tinynet.set_random_seed(1)
    tasks = [perceptron(), multilayer_perceptron(), deep_perceptron()]
    results = []
    for number, task in enumerate(tasks, start=1):
        say(f"\n{number}. A {task.network}, {task.does}")
        say(f"   Data: {task.data}.")
        say(f"   {len(task.learn[0])} samples to learn from, {len(task.test[0])} for the test.")
        say(f"   Network: {task.layers}.\n")
        results.append(trained(task, epochs))
        say("\n" + textwrap.fill(results[-1].history.explain(), 79, initial_indent="   ", subsequent_indent="   "))

    say("\nResults (guessing: always the commonest answer; where it is a number, the median)\n")
    say("\n".join(table(tasks, results)))
    try:
        save_curves(tasks, results, out)
    except ModuleNotFoundError:
        say("\nFor a picture of the curves, install matplotlib: pip install matplotlib")
    except (OSError, ValueError) as error:
        say(f"\nThe picture of the curves could not be saved: {error}", error=True)
        return 1
    else:
        say(f"\nThe curves of the three trainings: {out}")
    say(f"Everything together took {perf_counter() - begun:.1f} s.")
    return 0


def positive(text: str) -> int:
    """Read a whole number from 1 on."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, received {text!r}")
    return int(text)


def misplaced(name: str) -> str:
    """Say what is wrong with a word where no command stands: it is a program, no command, or comes after an option."""
    if name.endswith((".py", ".ipynb")):
        raise argparse.ArgumentTypeError(f"to run a program: python -m tinynet run {name} ...")
    try:
        lookup("command", name, COMMANDS)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    raise argparse.ArgumentTypeError(f"a command comes first: python -m tinynet {name.lower()} ...")


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of the main job."""
    commands = "\n".join(f"  {name:<8}{does}" for name, (_, does) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tinynet",
        description="Train three networks on real data that come with tinynet,\nand save a picture of their curves.",
        epilog=f"commands, each with its own --help (python -m tinynet COMMAND --help):\n{commands}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tinynet {tinynet.__version__}")
    parser.add_argument("command", nargs="?", type=misplaced, metavar="COMMAND", help="does something else, see below")
    parser.add_argument(
        "--out", type=Path, default="tinynet-curves.png", metavar="PATH", help="the picture (default: %(default)s)"
    )
    parser.add_argument(
        "--epochs", type=positive, default=20, metavar="N", help="epochs of each network (default: %(default)s)"
    )
    return parser.parse_args(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments. Default: those of the process.

    Raises
    ------
    SystemExit
        After ``--help`` and ``--version`` (0), and for commands and options that do not exist (2).
    """
    if argv is None:
        if sys.argv[1:2] == ["run"]:
            from tinynet.runner import take_over

            return take_over(sys.argv[2:])
        return quietly(lambda: main(sys.argv[1:]))
    arguments = list(argv)
    # A command has its own options, and `run` those of its script: they must not be looked at here.
    if arguments and arguments[0] in COMMANDS:
        return int(importlib.import_module(COMMANDS[arguments[0]][0]).main(arguments[1:]))
    options = options_of(arguments)
    try:
        return main_job(options.out, options.epochs)
    except KeyboardInterrupt:
        say("\nInterrupted.", error=True)
        return 130


if __name__ == "__main__":
    sys.exit(main())
