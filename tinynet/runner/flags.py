"""``tf.app`` and ``tf.flags``: a program's options on its command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["DEFINE_bool", "DEFINE_boolean", "DEFINE_enum", "DEFINE_float", "DEFINE_integer", "DEFINE_list"]
__all__ += ["FLAGS", "DEFINE_string", "run"]


class Flags:
    """The options, each under its name: read from the command line when the first is asked for."""

    def __init__(self) -> None:
        vars(self).update(parser=argparse.ArgumentParser(allow_abbrev=False), rest=None, switches=set())

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") and self.rest is None:
            self(sys.argv)
            return getattr(self, name)
        raise AttributeError(f"no option '{name}' was defined")

    def define(self, name: str, default: Any, help: str, kind: Callable[[str], Any], **more: Any) -> None:
        """Add an option."""
        self.parser.add_argument(f"--{name}", default=default, help=help, type=kind, **more)
        vars(self)["rest"] = None
        if kind is _truth:
            self.switches.update((f"--{name}", f"--no{name}"))

    def __call__(self, argv: Any = None, *more: Any) -> list[str]:
        """Read the options, and return what else is on the command line."""
        given = list(sys.argv if argv is None else argv)
        found, rest = self.parser.parse_known_args([self._switched(each) for each in given[1:]])
        vars(self).update(vars(found), rest=rest)
        return [given[0], *rest]

    def _switched(self, word: str) -> str:
        """Return ``--shown=true`` for ``--shown``, and ``--shown=false`` for ``--noshown``."""
        if word not in self.switches:
            return word
        off = word.startswith("--no") and f"--{word[4:]}" in self.switches
        return f"--{word[4:]}=false" if off else f"{word}=true"


FLAGS = Flags()


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "t", "1", "false", "f", "0"):
        raise ValueError
    return text.lower() in ("true", "t", "1")


def _defines(kind: Callable[[str], Any]) -> Callable[..., None]:
    def define(name: str, default: Any = None, help: str = "", **more: Any) -> None:
        FLAGS.define(name, default, help, kind)

    return define


DEFINE_string, DEFINE_integer, DEFINE_float = map(_defines, (str, int, float))
DEFINE_bool = DEFINE_boolean = _defines(_truth)
DEFINE_list = _defines(lambda text: text.split(","))


def DEFINE_enum(name: str, default: Any, enum_values: Any, help: str = "", **more: Any) -> None:  # noqa: N802  TensorFlow's
    """Add an option that is one of some words."""
    FLAGS.define(name, default, help, str, choices=list(enum_values))


def run(main: Callable[..., Any] | None = None, argv: Any = None) -> NoReturn:
    """Call the program's main function with what is on the command line besides options, and end with its answer."""
    called = main or sys.modules["__main__"].main
    sys.exit(called(FLAGS(argv)))
