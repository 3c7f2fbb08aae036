"""What `get_ipython()` answers: a few magics do their work, the rest of IPython does nothing."""

from __future__ import annotations

import os
import re
import shlex
import statistics
import subprocess
import timeit
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import invalidate_caches
from itertools import dropwhile
from pathlib import Path
from typing import Any, NoReturn

from tinynet._writing import write_file
from tinynet.runner import ipython

_BRACES = re.compile(r"\{([^{}]+)\}|\$(\w+)")
_TIMEIT_OPTION = re.compile(r"\s*-(?:([nrp])\s*(\d+)|[a-zA-Z]+)(?=\s|$)")


class Nothing:
    """Stands for the rest of IPython: whatever is asked of it, nothing comes of it."""

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __call__(self, *args: Any, **kwargs: Any) -> Nothing:
        """Do nothing."""
        return self

    def __getitem__(self, key: Any) -> Nothing:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __contains__(self, key: Any) -> bool:
        return False

    def __iter__(self) -> Iterator[NoReturn]:
        return iter(())

    def __bool__(self) -> bool:
        return False


class Output(list[str]):
    """The lines that a shell command printed."""

    @property
    def n(self) -> str:
        """The lines as one text."""
        return "\n".join(self)

    @property
    def s(self) -> str:
        """The lines with blanks between them."""
        return " ".join(self)


@dataclass(frozen=True)
class Timing:
    """What ``%timeit -o`` returns: seconds a loop, of several runs."""

    all_runs: list[float]
    loops: int

    @property
    def timings(self) -> list[float]:
        """Seconds a loop, of each run."""
        return [seconds / self.loops for seconds in self.all_runs]

    @property
    def repeat(self) -> int:
        """The number of runs."""
        return len(self.all_runs)

    @property
    def best(self) -> float:
        """The quickest."""
        return min(self.timings)

    @property
    def worst(self) -> float:
        """The slowest."""
        return max(self.timings)

    @property
    def average(self) -> float:
        """The mean."""
        return statistics.fmean(self.timings)

    @property
    def stdev(self) -> float:
        """The standard deviation."""
        return statistics.pstdev(self.timings)


class Shell:
    """What `get_ipython()` returns.

    Parameters
    ----------
    names : dict
        The names of the program, for ``{name}`` in a command.
    run_file : callable
        Runs a program with the arguments given and returns its names.
    """

    def __init__(self, names: dict[str, Any], run_file: Callable[[Path, list[str]], dict[str, Any]]) -> None:
        self.user_ns, self._run_file = names, run_file

    def __getattr__(self, name: str) -> Nothing:
        return getattr(Nothing(), name) if name.startswith("_") else Nothing()

    def run_line_magic(self, magic_name: str, line: str = "", *args: Any, **kwargs: Any) -> Any:
        """Carry out a magic if the program needs it; others do nothing."""
        if magic_name not in ipython.VALUES:
            return None
        return getattr(self, f"_{magic_name}")(line if magic_name == "timeit" else self._filled(line))

    def magic(self, arg_s: str) -> Any:
        """Carry out a magic, written in one text with its arguments."""
        name, _, line = arg_s.lstrip("% ").partition(" ")
        return self.run_line_magic(name, line.strip())

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> None:
        """Write a cell to its file, or run it if it holds Python."""
        if magic_name in ipython.PYTHON_CELLS:
            self.run_cell(cell)
        if magic_name in ipython.CELLS:
            *options, name = _words(self._filled(line), f"%%{magic_name}")
            path = Path(name).expanduser()
            before = path.read_bytes() if path.exists() and {"-a", "--append"} & {*options} else b""
            write_file(path, before + cell.encode())
            invalidate_caches()  # of files that can be imported

    def run_cell(self, raw_cell: str, *args: Any, **kwargs: Any) -> None:
        """Run Python, and IPython's lines in it as in a cell."""
        tree = ipython.parse(raw_cell, "<cell>", "line", [])
        exec(compile(tree, "<cell>", "exec"), self.user_ns)

    def getoutput(self, cmd: str, split: bool = True, *args: Any, **kwargs: Any) -> Output | str:
        """Run a shell command and return what it prints, errors included."""
        run = subprocess.run(
            self._filled(cmd), shell=True, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return Output(run.stdout.splitlines()) if split else run.stdout

    def _filled(self, line: str) -> str:
        """Put the values of ``{name}`` and ``$name`` into a command; what is no name of the program's stays."""

        def value(found: re.Match[str]) -> str:
            if found[2] is not None:
                return str(self.user_ns[found[2]]) if found[2] in self.user_ns else found[0]
            try:
                return str(eval(found[1], self.user_ns))
            except Exception:  # braces of the shell's own
                return found[0]

        return _BRACES.sub(value, line)

    def _cd(self, line: str) -> None:
        folder = os.path.expanduser(" ".join(shlex.split(line)) or "~")
        os.chdir(folder)

    def _pwd(self, line: str) -> str:
        return os.getcwd()

    def _env(self, line: str) -> Any:
        name, value = (part.strip() for part in re.split(r"[\s=]", f"{line} ", maxsplit=1))
        if value:
            os.environ[name] = value
            return None
        return os.environ.get(name) if name else dict(os.environ)

    _set_env = _env

    def _run(self, line: str) -> None:
        name, *arguments = dropwhile(lambda word: word.startswith("-"), _words(line, "%run"))
        path = Path(name).expanduser()
        path = path if path.suffix else path.with_suffix(".py")
        names = self._run_file(path, [str(path), *arguments])
        self.user_ns.update((name, value) for name, value in names.items() if not name.startswith("__"))

    def _timeit(self, line: str) -> Timing:
        chosen: dict[str, int] = {}
        while found := _TIMEIT_OPTION.match(line):
            line = line[found.end() :]
            if found[1]:
                chosen[found[1]] = int(found[2])
        timer = timeit.Timer(line.strip(), globals=self.user_ns)
        loops = chosen.get("n") or timer.autorange()[0]
        return Timing(timer.repeat(chosen.get("r", 7), loops), loops)


def _words(line: str, magic: str) -> list[str]:
    """Return the options and the name of a file in a magic's line."""
    words = shlex.split(line)
    if all(word.startswith("-") for word in words):
        raise ValueError(f"{magic}: expected the name of a file. Received: {line!r}")
    return words
