"""What there is: the parts of tinynet by kind, read from their tables.

``python -m tinynet parts`` prints the list; ``python -m tinynet parts --into README.md`` puts it between the file's
markers, so that the list in a document cannot go stale.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from tinynet import activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from tinynet._arguments import path as path_of
from tinynet._console import say
from tinynet._writing import write_file

#: What the list is put between.
FIRST, LAST = "<!-- parts -->", "<!-- /parts -->"


def parts() -> dict[str, list[str]]:
    """Return the names of all parts, as a program writes them, by their kind.

    Examples
    --------
    >>> parts()["optimizers"][:3]
    ['Adadelta', 'Adagrad', 'Adam']
    """
    loss_names = list(losses.CLASSES)
    return {
        "layers": sorted(
            ["Input", "Lambda", *(n for n, c in layers.CLASSES.items() if c.kernels or c.does_nothing or c.merges)]
        ),
        "activations": sorted(activations.TABLE),
        "losses": sorted(loss_names),
        "metrics": sorted({"Accuracy", *metrics.CLASSES, *metrics.OTHERS} - {*loss_names}),
        "optimizers": sorted(optimizers.CLASSES),
        "regularizers": sorted([*regularizers.CLASSES, *regularizers.OTHERS]),
        "constraints": sorted(constraints.CLASSES),
        "initializers": sorted(initializers.CLASSES),
    }


def table() -> str:
    """Return the list as a table in Markdown."""
    more = {"layers": "your own", "metrics": "every loss, any function of `(y_true, y_pred)`"}
    rows = ["| | |", "| --- | --- |"]
    for kind, names in parts().items():
        listed = ", ".join(f"`{name}`" for name in names)
        rows.append(f"| {kind} | {listed}{f', {more[kind]}' if kind in more else ''} |")
    return "\n".join(rows)


def put_into(path: str | os.PathLike[str]) -> bool:
    """Write the list between the markers of a file; returns whether that changed anything."""
    path = Path(path_of("put_into", "path", path))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: the list of parts goes into a text in UTF-8, and the file is none: {error}"
        ) from None
    if FIRST not in text or LAST not in text:
        raise ValueError(f"{path}: the list of parts goes between {FIRST} and {LAST}, and the file has no such lines.")
    head, _, rest = text.partition(FIRST)
    _, _, tail = rest.partition(LAST)
    new = f"{head}{FIRST}\n\n{table()}\n\n{LAST}{tail}"
    if new != text:
        write_file(path, new.encode())
    return new != text


def main(arguments: Sequence[str]) -> int:
    """Run ``python -m tinynet parts``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tinynet parts", description="List the parts that tinynet has.")
    parser.add_argument("--into", type=Path, metavar="FILE", help=f"put the list between {FIRST} and {LAST} of a file")
    options = parser.parse_args(list(arguments))
    if options.into is None:
        say(table())
    else:
        try:
            said = "written" if put_into(options.into) else "is up to date"
        except (OSError, ValueError) as error:
            parser.error(str(error))
        say(f"{options.into}: {said}")
    return 0
