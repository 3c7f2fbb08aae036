"""Packages that tinynet uses where they are installed, and does without otherwise."""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: What packages are installed by that are imported by another name.
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}


def extra(module: str, purpose: str) -> Any:
    """Import a module of a package that is not among tinynet's dependencies, and return it.

    Parameters
    ----------
    module : str
        The name that it is imported by.
    purpose : str
        What tinynet needs it for, to begin the message: ``"Writing ONNX files"``.

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
    except ModuleNotFoundError as missing:
        package = module.partition(".")[0]
        if (missing.name or "").partition(".")[0] != package:
            raise
        raise ModuleNotFoundError(
            f"{purpose} takes the package {package}, which is not installed. Install it: "
            f"pip install {_DISTRIBUTIONS.get(package, package)}",
            name=package,
        ) from None
