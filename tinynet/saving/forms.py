"""The forms that files of models and of weights have, by the endings of their names."""

from __future__ import annotations

from typing import Any

from tinynet._arguments import path as path_of

#: Which module reads and writes whole models, by the ending of a file's name.
WHOLE = {
    ".npz": "tinynet.saving.npz",
    ".keras": "tinynet.interop.keras_file",
    ".h5": "tinynet.interop.keras_h5",
    ".hdf5": "tinynet.interop.keras_h5",
}
#: The ending of Keras's files of weights.
WEIGHTS = ".weights.h5"
#: Whether files may have other endings, as in Keras 1 and 2, which wrote HDF5 whatever the name: for older programs.
ANY_ENDING = [False]


def module_of(ending: str) -> str:
    """Return the name of the module that reads and writes whole models in the form that a name's ending says."""
    return WHOLE[".h5" if ANY_ENDING[0] and ending.lower() not in WHOLE else ending.lower()]


def fitting(function: str, filepath: Any, weights_only: bool) -> str:
    """Return a path, or raise a ValueError unless it says the form of a whole model, or of weights alone.

    It may have fields that are filled in later, ``"{epoch}-{loss:.2f}.keras"``: so it has to have an ending.

    Examples
    --------
    >>> fitting("ModelCheckpoint", "{epoch:02d}.keras", weights_only=False)
    '{epoch:02d}.keras'
    """
    path = path_of(function, "filepath", filepath)
    name = path.lower()
    known = (WEIGHTS, ".npz") if weights_only else tuple(WHOLE)
    if ANY_ENDING[0] and (weights_only or not name.endswith(WEIGHTS)):
        return path
    if not name.endswith(known) or (not weights_only and name.endswith(WEIGHTS)):
        what = "weights alone, with save_weights_only=True," if weights_only else "whole models"
        more = "" if weights_only else f" For weights alone, {WEIGHTS}, pass save_weights_only=True."
        raise ValueError(
            f"{function}: the filepath provided must end in {' or '.join(known)}: files of {what} do.{more} Received: "
            f"filepath={path}"
        )
    return path
