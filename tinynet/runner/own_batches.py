"""What a user passes to a model with steps of its own: batches of tensors, in the form that a step is given.

Samples, targets and weights stay in the lists and dicts that they came in, as in Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tinynet import config, data
from tinynet._arguments import shown
from tinynet._types import Array
from tinynet.data.sparse_rows import is_sparse
from tinynet.data.wrapping import read
from tinynet.layers.symbolic import leaves
from tinynet.runner.tensors import tensor
from tinynet.training.batches import refuse_beside_batches
from tinynet.training.epochs import Epochs, InOrder


class OwnBatches(InOrder):
    """Passes over arrays, in batches of one size.

    Parameters
    ----------
    x, y, sample_weight : array-like, or lists and dicts of these, or None
        What the user passed.
    class_weight : dict or None
        As in `fit`.
    size : int
        How many samples a batch has.
    prefix : str
        What messages put before the names: ``"validation "``.
    """

    def __init__(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any = None, size: int = 32, prefix: str = ""
    ) -> None:
        if y is None and (sample_weight is not None or class_weight is not None):
            raise ValueError(f"`{prefix}y` is missing: weights are for the loss of targets. Pass the targets as y.")
        named = ((x, f"{prefix}x"), (y, f"{prefix}y"), (sample_weight, "sample_weight"))
        x, y, sample_weight = parts = [_mapped(_rows, value, name) for value, name in named]
        super().__init__(_length({name: part for (_, name), part in zip(named, parts, strict=True)}), size)
        weights = _weighted(y, sample_weight, class_weight)
        self._parts = [each for each in (x, y, weights) if each is not None]

    def batch(self, samples: Array) -> Any:
        """Return a batch in Keras's form: x alone, or a tuple without what is not there."""
        parts = [_mapped(lambda each, _: tensor_of(each[samples]), part) for part in self._parts]
        return parts[0] if len(parts) == 1 and not isinstance(parts[0], (list, tuple)) else tuple(parts)

    def features(self) -> data.Features | None:
        """Return the samples, if they hold numbers; of several arrays the first with an odd one, else the first."""
        named = [(name, each) for name, each in _named("x", self._parts[0]) if each.dtype.kind in "biuf"]
        found = [data.features(each[:], argument=name, dtype=config.floatx()) for name, each in named]
        return next((each for each in found if each.odd_number()), found[0] if found else None)


class GivenBatches:
    """Passes over what gives batches by itself."""

    def __init__(self, value: Any, class_weight: Any = None, argument: str = "x") -> None:
        self.source, self._class_weight = data.Source(value), class_weight
        self.length, self.tell = self.source.length, self.source.tell
        self._read(self.source.peek(argument))  # raises before anything is changed

    def one_pass(self, state: Array | None) -> Iterator[Any]:
        """Yield the batches, in an order drawn from `state` if they can be asked for in any."""
        return map(self._read, self.source.one_pass(state))

    def _read(self, batch: Any) -> Any:
        """Return a batch as tensors; the parts of a tuple, and of a list of arrays, stay apart."""
        if self._class_weight is not None:
            if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
                raise ValueError(f"`class_weight` weighs targets, but a batch is not (x, y). Received: {shown(batch)}")
            x, y, sample_weight = (*batch, None)[:3]
            batch = x, y, _weighted(_mapped(_entries, y, "y"), sample_weight, self._class_weight)
        if isinstance(batch, tuple) and not hasattr(batch, "_fields"):
            named = zip(batch, (*("x", "y", "sample_weight"), *map(str, range(3, len(batch)))), strict=False)
            return tuple(_mapped(_tensor, part, f"a batch's {name}") for part, name in named)
        return _mapped(_tensor, batch, "a batch")


def epochs_of(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    *,
    size: int = 32,
    steps: int | None = None,
    tests: bool = False,
) -> Epochs:
    """Return the epochs over what a user passes, checked as far as a step does not have to; or those of its `tests`."""
    prefix = "validation " if tests else ""
    if not data.gives_batches(x):
        return Epochs(OwnBatches(x, y, sample_weight, class_weight, size, prefix), steps, restarts=tests)
    refuse_beside_batches(x, y=y, sample_weight=sample_weight)
    return Epochs(GivenBatches(x, class_weight, f"{prefix}x"), steps, restarts=tests)


def split(x: Any, y: Any, sample_weight: Any, share: Any) -> tuple[Any, Any]:
    """Set the last samples of all arrays aside for validation; returns those to train on, and those set aside."""
    parts = [_mapped(_rows, each, name) for each, name in ((x, "x"), (y, "y"), (sample_weight, "sample_weight"))]
    n = _length(dict(zip(("x", "y", "sample_weight"), parts, strict=True)))
    (before, _, _), (after, _, _) = data.split(range(n), None, None, share)

    def only(rows: range) -> tuple[Any, ...]:
        return tuple(_mapped(lambda each, _: each[rows.start : rows.stop], part) for part in parts)

    return only(before), only(after)


def _entries(value: Any, argument: str) -> Any:
    """Return what a batch holds: rows, or a single number."""
    return np.asarray(value) if np.ndim(value) == 0 and not isinstance(value, str) else _rows(value, argument)[:]


def _tensor(value: Any, argument: str) -> Any:
    return tensor_of(_entries(value, argument))


def tensor_of(rows: Array) -> Any:
    """Return an array as a step is given it: a tensor, of floatx if it holds floats."""
    return tensor(rows.astype(config.floatx()) if rows.dtype.kind == "f" else rows)


class _SparseRows:
    """Rows of a sparse matrix, which become dense when they are taken."""

    def __init__(self, value: Any, argument: str) -> None:
        self.dtype = np.dtype(config.floatx())
        self._features = data.features(value, argument=argument, dtype=self.dtype)
        self.shape = self._features.shape

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Array:
        return self._features.take(rows)


def _rows(value: Any, argument: str) -> Any:
    """Return what can be asked for some of its rows: an array, words as they are."""
    if isinstance(value, (np.ndarray, _SparseRows)):
        return value
    if is_sparse(value):
        return _SparseRows(value, argument)
    if isinstance(value, (list, tuple)):
        return np.asarray(value) if value and isinstance(value[0], str) else read(value, argument)
    found = data.unpacked(value, argument)[0]  # out of PyTorch's tensors
    return found if isinstance(found, np.ndarray) else read(found, argument)


def _mapped(change: Callable[[Any, str], Any], value: Any, name: str = "") -> Any:
    """Return lists and dicts of arrays with each of them changed; a list of numbers, or a table, is one array."""
    if value is None:
        return None
    if isinstance(value, Mapping) and not is_sparse(value):
        return {key: _mapped(change, each, f"{name}[{key!r}]") for key, each in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_mapped(change, each, f"{name}[{key}]") for key, each in enumerate(value)))
    if isinstance(value, (list, tuple)) and value and all(_is_part(each) for each in value):
        return type(value)(_mapped(change, each, f"{name}[{key}]") for key, each in enumerate(value))
    return change(value, name)


def _is_part(value: Any) -> bool:
    """Return whether something in a list is an array of its own, or several; and no number, and no row of numbers."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(_is_part, value))
    return value is None or isinstance(value, Mapping) or len(getattr(value, "shape", ())) > 0


def _named(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return the arrays in lists and dicts, each with its name."""
    found: list[tuple[str, Any]] = []
    _mapped(lambda each, called: found.append((called, each)), value, name)
    return found


def _length(parts: Mapping[str, Any]) -> int:
    """Return how many samples there are; raise a ValueError unless all arrays have as many rows, and some."""
    named = dict(pair for name, part in parts.items() for pair in _named(name, part))
    data.check_lengths(**named)
    if not named or not (n := data.length(next(iter(named.values())), "x")):
        called = next(iter(parts))
        raise ValueError(f"{called} is empty. Pass at least one sample; check the slice, filter or file it came from.")
    return n


def _weighted(y: Any, sample_weight: Any, class_weight: Any) -> Any:
    """Return the weights of the samples, if there are any; `y` has been read."""
    if class_weight is None:
        return sample_weight
    if len(targets := leaves(y)) != 1 or isinstance(sample_weight, (list, tuple, Mapping)):
        raise ValueError("`class_weight` is only supported for models with a single output. Use sample_weight.")
    labels = targets[0][:]
    shape = labels.shape[1:] or (1,)
    return data.sample_weights(sample_weight, class_weight, labels, len(labels), shape, config.floatx())
