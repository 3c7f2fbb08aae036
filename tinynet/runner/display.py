"""What a notebook shows, here in text: `display`, what ``%%capture`` keeps, and stand-ins for ``IPython.display``."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any

from tinynet._console import printable
from tinynet.runner.shell import Nothing


@dataclass(frozen=True)
class Captured:
    """What a cell printed under ``%%capture``."""

    out: io.StringIO
    err: io.StringIO

    @property
    def stdout(self) -> str:
        """What it printed to the standard output."""
        return self.out.getvalue()

    @property
    def stderr(self) -> str:
        """What it printed to the standard error."""
        return self.err.getvalue()

    def __str__(self) -> str:
        return self.stdout

    def show(self) -> None:
        """Print it."""
        print(self.stdout, end="")


class Handle:
    """What `display` returns where it is asked to: something to show more with."""

    def display(self, *objects: Any, **options: Any) -> None:
        """Show objects."""
        display(*objects)

    update = display


def display(*objs: Any, display_id: Any = None, **options: Any) -> Handle | None:
    """Print each object as a notebook shows it in text."""
    for each in objs:
        text = repr(each)
        try:
            print(text)
        except UnicodeEncodeError:
            print(printable(text))
    return Handle() if display_id else None


@contextmanager
def capturing(name: str | None, names: dict[str, Any]) -> Iterator[None]:
    """Keep what is printed within the block, under the name after ``%%capture``; print it as usual for None."""
    with ExitStack() as stack:
        if name is not None:
            captured = Captured(io.StringIO(), io.StringIO())
            stack.enter_context(redirect_stdout(captured.out))
            stack.enter_context(redirect_stderr(captured.err))
            names.update(dict.fromkeys([word for word in name.split() if word.isidentifier()], captured))
        yield


class _Media:
    """Stands for what a notebook would show as a picture, a sound or a page."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.data = args[0] if args else None


class _StandIns(MetaPathFinder, Loader):
    """Serves what programs import of IPython, where it is not installed."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of a stand-in."""
        known = fullname in ("IPython", "IPython.display", "IPython.core", "IPython.core.display")
        return spec_from_loader(fullname, self, is_package=True) if known else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a stand-in. As outside of IPython, there is no shell to get."""
        vars(module).update(
            clear_output=Nothing(),
            display=display,
            get_ipython=lambda: None,
            __getattr__=lambda name: _media(module.__name__, name),
        )


def _media(module: str, name: str) -> type[_Media]:
    if not name[0].isupper():
        raise AttributeError(f"tinynet's stand-in for {module} has no {name!r}")
    return type(name, (_Media,), {"__module__": module})


def serve(undo: ExitStack) -> None:
    """Serve the stand-ins, behind all other finders, until `undo` is closed."""
    finder = _StandIns()
    sys.meta_path.append(finder)
    undo.callback(_serve_no_more, finder)


def _serve_no_more(finder: _StandIns) -> None:
    sys.meta_path.remove(finder)
    for name in [name for name, module in sys.modules.items() if getattr(module, "__loader__", None) is finder]:
        del sys.modules[name]
