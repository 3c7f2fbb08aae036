"""How the wrappers turn targets into what a model is trained with, and its outputs back."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from tinynet._types import Array


class ClassTargets:
    """Classes as a model learns them.

    Parameters
    ----------
    y : array-like
        Classes (N,), labels (N, labels) of 0 and 1, or one-hot rows.
    classes : array-like, optional
        All classes there are.

    Attributes
    ----------
    kind : {"binary", "multiclass", "multilabel-indicator", "multiclass-onehot"}
        What the targets are.
    classes : ndarray
        The classes, or the numbers of the columns.

    Examples
    --------
    >>> targets = ClassTargets(["a", "b", "b"])
    >>> targets.kind, targets.encoded(["b", "a", "b"], "values", 1).ravel()
    ('binary', array([1., 0., 1.]))
    >>> targets.decided(np.array([[0.2], [0.9]]))
    array(['a', 'b'], dtype='<U1')
    """

    def __init__(self, y: Any, classes: Any = None) -> None:
        check_classification_targets(y)
        self.kind = type_of_target(y)
        y = np.asarray(y)
        if self.kind == "multilabel-indicator":
            self.classes = np.arange(y.shape[1])
            if (y.sum(axis=1) == 1).all():
                self.kind = "multiclass-onehot"
            return
        if self.kind not in ("binary", "multiclass"):
            raise ValueError(f"Unknown label type: {self.kind}. Pass one class, or 0 and 1 for each label, a sample.")
        self.classes = unique_labels(column_or_1d(y, warn=True)) if classes is None else unique_labels(classes)
        self.kind = "binary" if len(self.classes) <= 2 else "multiclass"

    @property
    def outputs(self) -> int:
        """How many outputs a model for them has."""
        return 1 if self.kind == "binary" else len(self.classes)

    @property
    def activation(self) -> str:
        """The last activation of a model for them."""
        return "softmax" if self.kind.startswith("multiclass") else "sigmoid"

    def loss(self, outputs: int) -> str:
        """Return the loss that a model with so many outputs is trained by, if nobody says another."""
        if outputs == 1 or self.kind == "multilabel-indicator":
            return "binary_crossentropy"
        return "sparse_categorical_crossentropy"

    def labels(self, y: Any) -> Array:
        """Return the targets as classes have weights: one for each sample, or its labels."""
        return np.asarray(np.argmax(y, axis=1) if self.kind == "multiclass-onehot" else y)

    def encoded(self, y: Any, takes: str, outputs: int) -> Array:
        """Return targets for a loss that takes class numbers (``"classes"``) or values, and so many outputs."""
        y = np.asarray(y)
        if self.kind not in ("binary", "multiclass"):
            if y.ndim != 2 or y.shape[1] != len(self.classes):
                raise ValueError(f"y: expected {len(self.classes)} columns, as in fit. Received: shape {y.shape}")
            return np.argmax(y, axis=1) if takes == "classes" else y.astype(float)  # type: ignore[no-any-return]
        y = column_or_1d(y)
        unknown = np.setdiff1d(y, self.classes)
        if unknown.size:
            raise ValueError(f"y has classes that fit has not seen: {unknown}. Known: {self.classes}")
        numbers: Array = np.searchsorted(self.classes, y)
        if takes == "classes":
            return numbers
        return numbers.reshape(-1, 1).astype(float) if outputs == 1 else np.eye(outputs)[numbers]

    def decided(self, outputs: Array) -> Array:
        """Return the classes that outputs speak for, in the form that the targets have."""
        if self.kind == "multilabel-indicator":
            return (outputs > 0.5).astype(int)
        numbers = (outputs[:, 0] > 0.5).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
        if self.kind == "multiclass-onehot":
            return np.eye(outputs.shape[1], dtype=int)[numbers]  # type: ignore[no-any-return]
        return self.classes[np.minimum(numbers, len(self.classes) - 1)]  # type: ignore[no-any-return]

    def probabilities(self, outputs: Array) -> Array:
        """Return a column for each class."""
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


class NumberTargets:
    """Numbers as a model learns them: a row for each sample.

    Examples
    --------
    >>> targets = NumberTargets([1.0, 2.0])
    >>> targets.kind, targets.encoded([3.0], "values", 1)
    ('continuous', array([[3.]]))
    >>> targets.decided(np.array([[3.0]]))
    array([3.])
    """

    def __init__(self, y: Any) -> None:
        y = np.asarray(y)
        self.flat, self.outputs = y.ndim == 1, 1 if y.ndim == 1 else int(y.shape[1])
        self.dtype = np.result_type(y.dtype, np.float32)
        self.kind = "continuous" if self.outputs == 1 else "continuous-multioutput"
        self.activation = "linear"

    def loss(self, outputs: int) -> str:
        """Return the loss that a model is trained by, if nobody says another."""
        return "mse"

    def encoded(self, y: Any, takes: str, outputs: int) -> Array:
        """Return the targets as (N, outputs)."""
        y = np.asarray(y)
        rows = y.reshape(len(y), -1)
        if rows.shape[1] != self.outputs:
            raise ValueError(f"y: expected {self.outputs} columns, as in fit. Received: shape {y.shape}")
        return rows  # type: ignore[no-any-return]

    def decided(self, outputs: Array) -> Array:
        """Return outputs in the form that the targets had."""
        flat = self.outputs == 1 and self.flat
        return (outputs.reshape(-1) if flat else outputs).astype(self.dtype, copy=False)
