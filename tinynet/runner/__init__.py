"""Runs Keras programs on tinynet, unchanged: ``python -m tinynet run SCRIPT`` and `install_as_keras`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from tinynet.runner.names import Installation, install_as_keras

__all__ = ["Installation", "install_as_keras", "main", "take_over"]


def main(argv: Sequence[str]) -> int:
    """Run a program as ``python -m tinynet run`` does, put everything back, and return its exit code.

    Threads and exit handlers that the program leaves behind find everything put back; under `take_over` they do not.

    Parameters
    ----------
    argv : sequence of str
        Everything after ``run`` on the command line: options, the script, the script's own arguments.

    Returns
    -------
    int
        As a shell sees it: 1 after an error, 130 after an interrupt, else what the program passed to `sys.exit`.

    Raises
    ------
    SystemExit
        After ``--help`` (0) and for unknown options (2).
    """
    from tinynet.runner import command, endings

    options = command.parsed(argv)
    with ExitStack() as undo:
        try:
            return command.run(options, undo, undo.callback)
        except BaseException as error:
            return endings.exit_code(error)


def take_over(argv: Sequence[str]) -> int:
    """Run a program in this process, which is the program's from here on until Python has ended.

    Nothing is put back, so that threads and exit handlers still find Keras's names after the last line. Whatever the
    program raises goes on to Python itself, which ends the process as under ``python SCRIPT``.

    Parameters
    ----------
    argv : sequence of str
        Everything after ``run`` on the command line.

    Returns
    -------
    int
        The exit code, if the program has run to its last line.
    """
    import atexit

    from tinynet.runner import command, endings

    options = command.parsed(argv)
    try:
        return command.run(options, ExitStack(), atexit.register)
    except SystemExit:
        raise
    except BaseException:
        endings.report_at_the_end()
        raise
