"""Packages that tinynet uses where they are installed, and does without otherwise."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

#: What packages are installed by that are imported by another name.
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
#: Which of tinynet's extras has a package.
_EXTRAS = {
    "h5py": "h5",
    "keras": "keras",
    "matplotlib": "plot",
    "onnx": "onnx",
    "pooch": "datasets",
    "requests": "datasets",
    "sklearn": "sklearn",
}


def installation(package: str) -> str:
    """Return the command that installs a package, with the others that it is used with.

    Examples
    --------
    >>> print(installation("matplotlib"), installation("numba"), sep="; ")
    pip install "tinynet-engine[plot]"; pip install numba
    """
    if package in _EXTRAS:
        return f'pip install "tinynet-engine[{_EXTRAS[package]}]"'
    return f"pip install {_DISTRIBUTIONS.get(package, package)}"


def installed(package: str) -> bool:
    """Return whether a package can be imported, without importing it.

    Examples
    --------
    >>> installed("numpy"), installed("h6py")
    (True, False)
    """
    try:
        return find_spec(package) is not None
    except ImportError:  # somebody's finder refuses it
        return False


@cache
def without(package: str, instead: str) -> None:
    """Say, once in a process, that a package of tinynet's dependencies is missing, and what is done instead."""
    warnings.warn(
        f"{package} is not installed: {instead}. Install it: {installation(package)}", RuntimeWarning, stacklevel=3
    )


def extra(module: str, purpose: str, instead: str = "") -> Any:
    """Import a module of a package that is not among tinynet's dependencies, and return it.

    Parameters
    ----------
    module : str
        The name that it is imported by.
    purpose : str
        What tinynet needs it for, to begin the message: ``"Writing ONNX files"``.
    instead : str, optional
        What works without it, to end the message.

    Raises
    ------
    ModuleNotFoundError
        If the package is not installed: says how to install it.

    Examples
    --------
    >>> extra("json", "A configuration").dumps([1])
    '[1]'
    >>> extra("h6py", "Reading .h6 files")
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: Reading .h6 files takes the package h6py, which is not installed. Install it: pip install h6py
    """
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        if installed(package):  # and broken: what it says itself says more
            raise
        raise ModuleNotFoundError(
            f"{purpose} takes the package {_DISTRIBUTIONS.get(package, package)}, which is not installed. Install it: "
            f"{installation(package)}{instead and f'. {instead}'}",
            name=package,
        ) from None
