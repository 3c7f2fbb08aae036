"""Keras's small helpers: ``to_categorical``, ``normalize``, ``set_random_seed``, and the class `PyDataset`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from itertools import count
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynet import config
from tinynet._arguments import number, numbers, whole_number
from tinynet._get_file import get_file
from tinynet._names import absent
from tinynet._old_names import old_names
from tinynet._registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from tinynet.data.words import not_real_numbers
from tinynet.preprocessing.sequence import pad_sequences

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "normalize",
    "pad_sequences",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
]

if TYPE_CHECKING:
    from tinynet.objects import deserialize_keras_object as deserialize_keras_object
    from tinynet.objects import serialize_keras_object as serialize_keras_object
else:

    def __getattr__(name: str) -> Any:
        """Return what is imported when it is asked for, since it needs the rooms of all parts."""
        if name in ("deserialize_keras_object", "serialize_keras_object"):
            found = globals()[name] = getattr(import_module("tinynet.objects"), name)
            return found
        raise absent(__name__, name, __all__, sys._getframe(1))


@old_names
def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[np.float64]:
    """One-hot encode class labels, as ``categorical_crossentropy`` expects them.

    Parameters
    ----------
    x : array_like of int
        Labels from 0 to ``num_classes - 1``, of any shape; a last axis of length 1 is dropped. Other numbers
        are truncated to integers, as in Keras.
    num_classes : int, optional
        Number of classes, by default the largest label plus one. Pass it whenever the last class may be missing
        from the labels.

    Returns
    -------
    ndarray
        float64, ``labels.shape + (num_classes,)``: 1 at the label, 0 elsewhere.

    Raises
    ------
    ValueError
        If they are no numbers: names of classes are numbered by ``np.unique(x, return_inverse=True)[1]``.
    IndexError
        If a label is negative or not below ``num_classes``. (Keras counts negative labels backwards from the
        last class, which turns -1/+1 labels into the same class.)

    References
    ----------
    https://keras.io/api/utils/python_utils/#to_categorical-function

    Examples
    --------
    >>> from tinynet.utils import to_categorical
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    labels = _class_numbers(x)
    shape = labels.shape[:-1] if labels.ndim > 1 and labels.shape[-1] == 1 else labels.shape
    labels = labels.reshape(-1)
    num_classes = None if num_classes is None else whole_number("to_categorical", "num_classes", num_classes, 0)
    if not num_classes and not labels.size:
        raise ValueError("to_categorical: zero-size `x`: pass num_classes= to say how many there may be.")
    classes = num_classes or int(labels.max()) + 1
    if labels.size * classes >= 2**59:
        raise ValueError(f"to_categorical: {labels.size} rows of {classes} numbers are more than any memory holds.")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise IndexError(
            f"`to_categorical` expects labels from 0 to num_classes - 1 = {classes - 1}. "
            f"Received: labels from {labels.min()} to {labels.max()}. "
            "Number the classes from 0 (`np.unique(x, return_inverse=True)[1]`) or raise `num_classes`."
        )
    one_hot = np.zeros((labels.size, classes))
    one_hot[np.arange(labels.size), labels] = 1
    return one_hot.reshape(*shape, classes)


def _class_numbers(x: Any) -> NDArray[np.int64]:
    """Return labels as whole numbers; numerals count as their numbers."""
    try:
        given = np.asarray(x)
        if given.dtype.kind in "mMcV" or (given.dtype.kind == "f" and not np.isfinite(given).all()):
            raise TypeError
        return np.array(x, dtype=np.int64)
    except (ValueError, TypeError, OverflowError):
        problem = "x holds NaN, infinite or missing values, or numbers that are no labels: drop or fill them."
        with suppress(ValueError, RuntimeError):  # of rows of different lengths, or of too many axes
            listed = np.array(x, dtype=object)
            if not all(isinstance(entry, Real) for entry in listed.flat):
                problem = not_real_numbers(listed, x, "x")
        raise ValueError(
            f"to_categorical: `x` must hold class numbers, 0, 1, … {problem} To number the classes: "
            "classes, x = np.unique(x, return_inverse=True)."
        ) from None


def normalize(x: ArrayLike, axis: int | None = -1, order: float = 2) -> NDArray[np.floating[Any]]:
    """Return rows divided by their lengths, so that each is of length 1; rows of zeros stay.

    Parameters
    ----------
    x : array_like of numbers
        The rows. They are not changed.
    axis : int, default -1
        Along which axis lengths are measured; None is the last one, too.
    order : float, default 2
        Which length: 2 is Euclid's, 1 the sum of the sizes, infinity the largest of them.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold numbers, or has no such axis.

    References
    ----------
    https://keras.io/api/utils/python_utils/#normalize-function

    Examples
    --------
    >>> normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    given = numbers("normalize", "x", x)
    along = -1 if axis is None else whole_number("normalize", "axis", axis, -given.ndim)
    if not given.ndim or along >= given.ndim:
        raise ValueError(f"normalize: expected `axis` to be one of {given.ndim} axes. Received: axis={axis}")
    exponent = number("normalize", "order", order)
    with np.errstate(all="ignore"):  # beyond the range of floats there are infinities, of which nobody need be told
        length = np.linalg.norm(given, exponent, axis=along, keepdims=True)
        result: NDArray[np.floating[Any]] = given / np.where(length == 0, length.dtype.type(1), length)
    return result


def set_random_seed(seed: int) -> None:
    """Seed tinynet's random numbers (initial weights, shuffling) and NumPy's and Python's global generators.

    The same seed, machine and thread settings give bit-identical training.

    Parameters
    ----------
    seed : int
        Any integer that NumPy accepts as a seed.

    References
    ----------
    https://keras.io/api/utils/python_utils/#set_random_seed-function

    Examples
    --------
    >>> import tinynet
    >>> tinynet.utils.set_random_seed(812)
    """
    config.seed_everything(seed)


class PyDataset:
    """Data in batches, for `fit`, `evaluate` and `predict`: write ``__len__`` and ``__getitem__``.

    Any object with these methods whose batches are tuples will do. This class also serves where batches are ``x``
    alone, and for data without an end (``num_batches`` of None). Batches are made one at a time, when they are needed;
    `fit` asks for them in a new order every epoch unless ``shuffle=False``.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size
        Keras's, for making batches ahead in other threads and processes, which tinynet does not.

    References
    ----------
    https://keras.io/api/utils/python_utils/#pydataset-class

    Examples
    --------
    >>> class Lines(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...
    ...     def __getitem__(self, index):
    ...         x = np.arange(4.0).reshape(-1, 1) + 4 * index
    ...         return x, 2 * x
    >>> [y.ravel().tolist() for _, y in Lines()]
    [[0.0, 2.0, 4.0, 6.0], [8.0, 10.0, 12.0, 14.0], [16.0, 18.0, 20.0, 22.0]]
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return a batch by its number."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index), which returns a batch.")

    def __iter__(self) -> Iterator[Any]:
        numbers = count() if self.num_batches is None else range(self.num_batches)
        return (self[number] for number in numbers)

    @property
    def num_batches(self) -> int | None:
        """How many batches there are; None if they have no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self), the number of its batches.")

    def on_epoch_begin(self) -> None:
        """Do what is to be done before each epoch."""

    def on_epoch_end(self) -> None:
        """Do what is to be done after each epoch: shuffle, for example."""


Sequence = PyDataset
