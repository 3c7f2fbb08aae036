"""Serves ``keras`` and ``tensorflow.keras`` from tinynet: stand-in modules, and the finder that imports them.

The finder stands first on `sys.meta_path`, so it does not matter whether Keras is installed. As long as it stands
there, ``keras`` is tinynet for the whole process: add-ons such as ``tqdm.keras`` then work on tinynet's classes too.
"""

from __future__ import annotations

import inspect
import random as python_random
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Any

from tinynet.runner.frames import place_of_request

# The versions whose names and behaviour are followed; programs compare them with ">= 2".
_KERAS_VERSION, _TENSORFLOW_VERSION = "3.15.1+tinynet", "2.21.0+tinynet"

# Where Keras's names have stood over the years; the longest first, as each is looked for as a prefix.
_KERAS = ("tensorflow.python.keras", "tensorflow.keras", "keras.api", "tf_keras", "keras")
_ROOTS = ("keras", "tensorflow", "tf_keras")

_DATASETS = ("boston_housing", "imdb", "mnist", "reuters")

# Keras's modules, and the older ones of the books: what they are in tinynet.
_MODULES = {
    **{
        name: name
        for name in (
            "activations",
            "backend",
            "callbacks",
            "config",
            "datasets",
            *(f"datasets.{name}" for name in _DATASETS),
            "initializers",
            "layers",
            "losses",
            "metrics",
            "models",
            "optimizers",
            "utils",
        )
    },
    "layers.advanced_activations": "layers",
    "layers.core": "layers",
    "objectives": "losses",
    "optimizers.legacy": "optimizers",
    "utils.np_utils": "utils",
}

# Names that tinynet's own modules of the same name do not have: Keras's top level, and spellings of the books.
_NAMES = {
    "": {
        "Initializer": "initializers.Initializer",
        "Input": "layers.Input",
        "Layer": "layers.Layer",
        "Loss": "losses.Loss",
        "Metric": "metrics.Metric",
        "Model": "models.Model",
        "Optimizer": "optimizers.Optimizer",
        "Sequential": "models.Sequential",
    },
    "initializers": {
        "constant": "initializers.Constant",
        "glorot_normal": "initializers.GlorotNormal",
        "glorot_uniform": "initializers.GlorotUniform",
        "he_normal": "initializers.HeNormal",
        "he_uniform": "initializers.HeUniform",
        "normal": "initializers.RandomNormal",
        "ones": "initializers.Ones",
        "random_normal": "initializers.RandomNormal",
        "random_uniform": "initializers.RandomUniform",
        "uniform": "initializers.RandomUniform",
        "zeros": "initializers.Zeros",
    },
    "losses": {
        "MAE": "losses.mean_absolute_error",
        "MSE": "losses.mean_squared_error",
        "mae": "losses.mean_absolute_error",
        "mse": "losses.mean_squared_error",
    },
    "optimizers": {"adam": "optimizers.Adam", "rmsprop": "optimizers.RMSprop", "sgd": "optimizers.SGD"},
}


def _set_seed(seed: int) -> None:
    """Seed what tinynet draws, and leave NumPy's and Python's generators alone, as ``tf.random.set_seed`` does."""
    import numpy as np

    from tinynet import config

    numpy_state, python_state = np.random.get_state(), python_random.getstate()  # noqa: NPY002
    config.seed_everything(seed)
    np.random.set_state(numpy_state)  # noqa: NPY002
    python_random.setstate(python_state)


# The little of TensorFlow that programs for Keras use besides `tf.keras`.
_TENSORFLOW: dict[str, dict[str, Any]] = {
    "tensorflow": {"__version__": _TENSORFLOW_VERSION, "set_random_seed": _set_seed},
    "tensorflow.python": {},
    "tensorflow.random": {"set_seed": _set_seed},
}


def _page(fullname: str) -> str | None:
    """Return the name within Keras: ``"layers"`` for ``tensorflow.keras.layers``; None if it is not Keras's."""
    for prefix in _KERAS:
        if fullname == prefix or fullname.startswith(f"{prefix}."):
            return fullname[len(prefix) + 1 :]
    return None


def _is_module(fullname: str) -> bool:
    page = _page(fullname)
    return fullname in _TENSORFLOW or page == "" or page in _MODULES


def _submodules(fullname: str) -> list[str]:
    """Return what can be imported from below a stand-in, the spellings of the books left out."""
    page = _page(fullname)
    if page is None:
        below = ["keras", *(name.rpartition(".")[2] for name in _TENSORFLOW if name.rpartition(".")[0] == fullname)]
        return [name for name in below if name != "python"]
    prefix = f"{page}." if page else ""
    current = (name.removeprefix(prefix) for name, served in _MODULES.items() if name == served)
    return [name for name in current if f"{prefix}{name}" in _MODULES and "." not in name]


def _contents(fullname: str) -> dict[str, Any]:
    """Return the public names of a stand-in, its submodules left out."""
    page = _page(fullname)
    if page is None:
        return dict(_TENSORFLOW[fullname])
    contents: dict[str, Any] = {"__version__": _KERAS_VERSION} if page == "" else {}
    source = _MODULES.get(page)
    if source is not None:
        module = import_module(f"tinynet.{source}")
        contents |= {name: getattr(module, name) for name in public_names(module)}
    for name, target in _NAMES.get(source or "", {}).items():
        owner, _, attribute = target.rpartition(".")
        contents[name] = getattr(import_module(f"tinynet.{owner}"), attribute)
    return contents


def public_names(module: ModuleType) -> list[str]:
    """Return a module's `__all__`, or the public functions that are defined in it."""
    listed: Sequence[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return list(listed)
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def _message(fullname: str, name: str) -> str:
    """Say what is missing, who asked for it, and what there is instead."""
    page, short = _page(fullname), fullname.replace("tensorflow", "tf")
    known = sorted({n for n in _contents(fullname) if not n.startswith("_")} | set(_submodules(fullname)))
    whose = {"": "Its modules and names", None: f"Of {short} it serves"}.get(page, f"Its {page}")
    arrays = " Arrays are NumPy's." if page is None else ""
    return f"tinynet has no {short}.{name} ({place_of_request()}). {whose}: {', '.join(known)}.{arrays}"


class _StandIn(ModuleType):
    """A module under one of Keras's names, with tinynet's classes and functions in it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python asks of any module
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if _is_module(f"{self.__name__}.{name}"):
            return import_module(f"{self.__name__}.{name}")
        raise AttributeError(_message(self.__name__, name), name=name, obj=self)

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *_submodules(self.__name__)})


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the stand-ins."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of a stand-in; for what tinynet lacks raise an error that says so."""
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        if _is_module(fullname):
            return ModuleSpec(fullname, self, origin="tinynet", is_package=True)
        parent, _, name = fullname.rpartition(".")
        # Without `name=`: Python takes it for "no such submodule" in `from parent import name`, and says less.
        kind = ModuleNotFoundError if name.islower() else ImportError
        raise kind(_message(parent, name))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make an empty stand-in."""
        return _StandIn(spec.name, f"tinynet in place of {spec.name}.")

    def exec_module(self, module: ModuleType) -> None:
        """Fill the stand-in."""
        contents = _contents(module.__name__)
        vars(module).update(contents)
        vars(module)["__all__"] = [name for name in contents if not name.startswith("_")]


_finder = _Finder()
_set_aside: dict[str, ModuleType] = {}


def _take_modules() -> dict[str, ModuleType]:
    """Take all modules under Keras's names out of `sys.modules`."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in _ROOTS}


class Installation:
    """What `install_as_keras` returns: `uninstall` undoes it, and so does the end of a ``with`` block."""

    def __init__(self, began_here: bool) -> None:
        self._began_here = began_here

    def uninstall(self) -> None:
        """Give the names back; a Keras that had been imported before is there again. Once is enough."""
        if _finder in sys.meta_path:
            sys.meta_path.remove(_finder)
            _take_modules()
            sys.modules.update(_set_aside)
            _set_aside.clear()

    def __enter__(self) -> Installation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._began_here:
            self.uninstall()


def install_as_keras() -> Installation:
    """Let ``import keras`` and ``from tensorflow import keras`` mean tinynet, in every form of import.

    It holds for all imports made in this process from now on, also for those in other libraries, whether or not Keras
    is installed. A Keras imported before is set aside meanwhile: do not use its objects until it is back.

    Returns
    -------
    Installation
        Its `uninstall` undoes it; as a context manager it does so at the end of the block. A second call changes
        nothing, so ``install_as_keras().uninstall()`` undoes an earlier one too.

    Raises
    ------
    ImportError, AttributeError
        Later, where a program asks for what tinynet lacks; the message names it and says what there is instead.

    Examples
    --------
    >>> import tinynet
    >>> with tinynet.install_as_keras():
    ...     from tensorflow.keras import layers
    ...     from keras.models import Sequential
    >>> Sequential is tinynet.Sequential, layers.Dense is tinynet.layers.Dense
    (True, True)
    >>> with tinynet.install_as_keras():
    ...     from keras.layers import Conv2D
    Traceback (most recent call last):
        ...
    ImportError: tinynet has no keras.layers.Conv2D (...). Its layers: Activation, Dense, ...
    """
    if _finder in sys.meta_path:
        return Installation(began_here=False)
    _set_aside.update(_take_modules())
    sys.meta_path.insert(0, _finder)
    return Installation(began_here=True)


def served(name: str) -> Callable[..., Any] | None:
    """Return the class or function that is public in tinynet under `name`, or None."""
    for source in dict.fromkeys(_MODULES.values()):
        module = import_module(f"tinynet.{source}")
        if name in public_names(module):
            found: Callable[..., Any] = getattr(module, name)
            return found
    return None
