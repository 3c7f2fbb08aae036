"""Serves ``keras`` and ``tensorflow.keras`` from tinynet: stand-in modules, and the finder that imports them.

The finder is the first entry of `sys.meta_path`, so it does not matter whether Keras is installed. While it is there,
``keras`` is tinynet for the whole process: add-ons such as ``tqdm.keras`` then work with tinynet's classes too.
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

from tinynet._names import snake_case
from tinynet.runner.frames import place_of_request

# The versions whose names and behaviour tinynet follows; programs check them with ">= 2".
_KERAS_VERSION, _TENSORFLOW_VERSION = "3.15.1+tinynet", "2.21.0+tinynet"

# Keras's names over the years, the longest first because each is matched as a prefix.
_KERAS = ("tensorflow.python.keras", "tensorflow.keras", "keras.api", "tf_keras", "keras", "scikeras")
ROOTS = ("keras", "scikeras", "tensorflow", "tf_keras")

_DATASETS = ("boston_housing", "california_housing", "cifar10", "fashion_mnist", "imdb", "mnist", "reuters")

# Keras's modules, including older ones that books use, and the tinynet module behind each.
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
            "preprocessing",
            "preprocessing.sequence",
            "preprocessing.text",
            "regularizers",
            "utils",
        )
    },
    "layers.advanced_activations": "layers",
    "layers.core": "layers",
    "objectives": "losses",
    "optimizers.legacy": "optimizers",
    "utils.np_utils": "utils",
    "wrappers": "sklearn",
    "wrappers.scikit_learn": "sklearn.keras2",
}

# Names of Keras's top level that tinynet's lacks.
_NAMES = {
    "Initializer": "initializers.Initializer",
    "Input": "layers.Input",
    "Layer": "layers.Layer",
    "Loss": "losses.Loss",
    "Metric": "metrics.Metric",
    "Model": "models.Model",
    "Optimizer": "optimizers.Optimizer",
    "Regularizer": "regularizers.Regularizer",
    "Sequential": "models.Sequential",
}


def _set_seed(seed: int) -> None:
    """Seed tinynet's random numbers but not NumPy's and Python's, as ``tf.random.set_seed`` does."""
    import numpy as np

    from tinynet import config

    numpy_state, python_state = np.random.get_state(), python_random.getstate()  # noqa: NPY002
    config.seed_everything(seed)
    np.random.set_state(numpy_state)  # noqa: NPY002
    python_random.setstate(python_state)


# The few things in TensorFlow that Keras programs use besides `tf.keras`.
_TENSORFLOW: dict[str, dict[str, Any]] = {
    "tensorflow": {"__version__": _TENSORFLOW_VERSION, "set_random_seed": _set_seed},
    "tensorflow.python": {},
    "tensorflow.random": {"set_seed": _set_seed},
}


def _page(fullname: str) -> str | None:
    """Return the name within Keras (``"layers"`` for ``tensorflow.keras.layers``), or None outside Keras."""
    for prefix in _KERAS:
        if fullname == prefix or fullname.startswith(f"{prefix}."):
            return fullname[len(prefix) + 1 :]
    return None


def _is_module(fullname: str) -> bool:
    page = _page(fullname)
    return fullname in _TENSORFLOW or page == "" or page in _MODULES


def _submodules(fullname: str) -> list[str]:
    """Return the submodules of a stand-in, without the spellings that only books use."""
    page = _page(fullname)
    if page is None:
        below = ["keras", *(name.rpartition(".")[2] for name in _TENSORFLOW if name.rpartition(".")[0] == fullname)]
        return [name for name in below if name != "python"]
    prefix = f"{page}." if page else ""
    current = (name.removeprefix(prefix) for name, served in _MODULES.items() if name == served)
    return [name for name in current if f"{prefix}{name}" in _MODULES and "." not in name]


def _contents(fullname: str) -> dict[str, Any]:
    """Return the public names of a stand-in, without its submodules."""
    page = _page(fullname)
    if page is None:
        return dict(_TENSORFLOW[fullname])
    if page == "":
        owners = {name: target.rpartition(".") for name, target in _NAMES.items()}
        found = {name: getattr(import_module(f"tinynet.{owner}"), it) for name, (owner, _, it) in owners.items()}
        return {"__version__": _KERAS_VERSION, **found}
    module = import_module(f"tinynet.{_MODULES[page]}")
    contents = {name: getattr(module, name) for name in public_names(module)}
    return {**_spellings(module), **contents}


def _spellings(module: ModuleType) -> dict[str, Any]:
    """Return what a module has of parts under the names in its table, which books use in programs too.

    A loss or a metric is, by its short name, a function of two arrays: ``losses.mse``, also spelt ``losses.MSE``.
    """
    found: dict[str, Any] = {}
    functions = getattr(module, "FUNCTIONS", {})
    for name, part in getattr(module, "TABLE", {}).items():
        function = functions.get(snake_case(getattr(part, "__name__", "")))
        if function is None:
            found[name] = part
        elif name not in functions:
            found |= {name: function, name.upper(): function}
    return found


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
    """Say what is missing, who asked for it, and what exists instead."""
    page, short = _page(fullname), fullname.replace("tensorflow", "tf")
    known = sorted({n for n in _contents(fullname) if not n.startswith("_")} | set(_submodules(fullname)))
    whose = {"": "Its modules and names", None: f"Of {short} it serves"}.get(page, f"Its {page}")
    arrays = " Arrays are NumPy's." if page is None else ""
    return f"tinynet has no {short}.{name} ({place_of_request()}). {whose}: {', '.join(known)}.{arrays}"


class _StandIn(ModuleType):
    """A module with one of Keras's names and tinynet's classes and functions."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python looks these up in any module
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if _is_module(f"{self.__name__}.{name}"):
            return import_module(f"{self.__name__}.{name}")
        raise AttributeError(_message(self.__name__, name), name=name, obj=self)

    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        return import_module, (self.__name__,)  # joblib sends the modules that a function uses

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *_submodules(self.__name__)})


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the stand-ins."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of a stand-in; raise an informative error for what tinynet lacks."""
        if fullname.partition(".")[0] not in ROOTS:
            return None
        if _is_module(fullname):
            return ModuleSpec(fullname, self, origin="tinynet", is_package=True)
        parent, _, name = fullname.rpartition(".")
        # Without `name=`: in `from parent import name`, Python would replace the message by a shorter one.
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


finder = _Finder()
_set_aside: dict[str, ModuleType] = {}


def _take_modules() -> dict[str, ModuleType]:
    """Remove all modules with Keras's names from `sys.modules`, and return them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in ROOTS}


class Installation:
    """What `install_as_keras` returns: `uninstall` undoes it, and so does the end of a ``with`` block."""

    def __init__(self, began_here: bool) -> None:
        self._began_here = began_here

    def uninstall(self) -> None:
        """Give the names back, and restore a Keras that was imported before. Repeating it does nothing."""
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
            _take_modules()
            sys.modules.update(_set_aside)
            _set_aside.clear()

    def __repr__(self) -> str:
        return f"<Installation: keras is {'tinynet' if finder in sys.meta_path else 'as before'}>"

    def __enter__(self) -> Installation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._began_here:
            self.uninstall()


def install_as_keras() -> Installation:
    """Let ``import keras`` and ``from tensorflow import keras`` mean tinynet, in every form of import.

    This applies to all later imports in this process, including those in other libraries, whether or not Keras is
    installed. A Keras imported before is set aside meanwhile: do not use its objects until it is back.

    Returns
    -------
    Installation
        Its `uninstall` undoes it; used as a context manager, it does so at the end of the block. A second call
        changes nothing, so ``install_as_keras().uninstall()`` also undoes an earlier one.

    Raises
    ------
    ImportError, AttributeError
        Later, when a program asks for something that tinynet lacks. The message names it and what exists instead.

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
    if finder in sys.meta_path:
        return Installation(began_here=False)
    _set_aside.update(_take_modules())
    sys.meta_path.insert(0, finder)
    return Installation(began_here=True)


def served(name: str) -> Callable[..., Any] | None:
    """Return the public class or function of tinynet called `name`, or None."""
    for source in dict.fromkeys(_MODULES.values()):
        if source.startswith("sklearn"):
            continue  # it needs scikit-learn
        module = import_module(f"tinynet.{source}")
        if name in public_names(module):
            found: Callable[..., Any] = getattr(module, name)
            return found
    return None
