"""Runs Keras programs on tinynet, unchanged: ``python -m tinynet run SCRIPT`` and `install_as_keras`."""

from __future__ import annotations

from collections.abc import Sequence

from tinynet.runner.names import Installation, install_as_keras

__all__ = ["Installation", "install_as_keras", "main"]


def main(argv: Sequence[str]) -> int:
    """Run a program as ``python -m tinynet run`` does, and return its exit code.

    Parameters
    ----------
    argv : sequence of str
        Everything after ``run`` on the command line: options, the script, the script's own arguments.

    Raises
    ------
    SystemExit
        After ``--help`` (0) and for unknown options (2).
    """
    from tinynet.runner.command import run

    return run(argv)
