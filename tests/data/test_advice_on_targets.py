"""What is advised for targets and samples that do not suit, word for word, on both sides of every limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynet import data
from tinynet.data.features import check_features, features

LOSSES = {
    "probabilities": "binary_crossentropy",
    "distribution": "categorical_crossentropy",
    "classes": "sparse_categorical_crossentropy",
    "values": "mean_squared_error",
    "any": "my_loss",
}
ANY_SIZE = "To predict numbers of any size use loss='mean_squared_error' and a last layer without activation."
OF_ANY_SIZE = (
    "To predict numbers of any size use loss='mean_squared_error' and a last layer of 1 unit without activation."
)
FLATTEN = "put a Flatten() layer before the Dense layers for one answer a sample."
AGREE = "Make y and the output of the last layer agree."


def as_classes(keep: str, units: int) -> str:
    return (
        f"If these are the numbers of classes, {keep}, give the last layer {units} units with softmax, and use "
        "loss='sparse_categorical_crossentropy'. If they are quantities, use loss='mean_squared_error' and a last "
        "layer without activation."
    )


def pixels(by: int) -> str:
    return f"If these are pixels or counts, scale them: pass y / {by}."


def units_for(highest: int) -> str:
    return f"Give the last layer {highest + 1} units, one for each class from 0 to {highest}."


def refused(y: Any, kind: Any, output: tuple[int, ...]) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is the caller's
        data.targets(y, len(y), output_shape=output, kind=kind, loss_name=LOSSES[kind], dtype="float32")
    return str(caught.value)


#: targets, their kind, units, the first row that is wrong, the advice
VALUES: list[tuple[Any, str, int, int, str]] = [
    ([-1, 1, 1], "probabilities", 1, 0, "The labels are -1 and 1: pass (y + 1) / 2."),
    ([1, 2, 1], "probabilities", 1, 1, "The labels are 1 and 2: pass y - 1."),
    ([0, 2, 2], "probabilities", 1, 1, as_classes("keep y", 3)),
    ([1, 3, 2], "probabilities", 1, 1, as_classes("pass y - 1", 3)),
    ([*range(100)], "probabilities", 1, 2, as_classes("keep y", 100)),
    ([*range(101)], "probabilities", 1, 2, ANY_SIZE),
    ([0.5, 7.3], "probabilities", 1, 1, ANY_SIZE),
    ([-2, 0, 3], "probabilities", 1, 0, ANY_SIZE),
    ([[0, 1], [3, 255]], "probabilities", 2, 1, pixels(255)),
    ([[0, 101], [3, 9]], "probabilities", 2, 0, pixels(255)),
    ([[0, 100], [3, 9]], "probabilities", 2, 0, pixels(100)),
    ([[0, 16], [3, 9]], "distribution", 2, 0, pixels(16)),
    ([[0, 256], [3.5, 9]], "probabilities", 2, 0, ANY_SIZE),
    ([[-1, 255], [3.5, 9]], "probabilities", 2, 0, ANY_SIZE),
    ([0, 1, 3], "classes", 3, 2, units_for(3)),
    ([1, 3], "classes", 2, 1, units_for(3)),
    ([1, 2, 3], "classes", 3, 2, "The labels start at 1: pass y - 1."),
    ([2, 3], "classes", 2, 0, "The labels start at 2: pass y - 2."),
    ([-1, 1], "classes", 2, 0, "The labels are -1 and 1: pass (y + 1) / 2."),
    ([0, 1], "classes", 1, 1, "Two classes on one unit: use loss='binary_crossentropy' with a sigmoid."),
    ([0, 2], "classes", 1, 1, units_for(2)),
    ([0, 0.5], "classes", 2, 1, OF_ANY_SIZE),
    ([-np.inf, 1], "classes", 2, 0, OF_ANY_SIZE),
    (
        [1, -1, 0],
        "classes",
        2,
        1,
        "Number the classes from 0, for example with np.unique(y, return_inverse=True)[1], and drop samples whose "
        "label means 'unknown'.",
    ),
]


@pytest.mark.parametrize(("y", "kind", "units", "row", "advice"), VALUES)
def test_wrong_values_are_told_with_their_range_the_first_row_and_what_to_do(y, kind, units, row, advice):
    text = refused(y, kind, (units,))
    low, high = np.min(y), np.max(y)
    assert text.startswith(f"Loss '{LOSSES[kind]}' expects y to hold ")
    assert f"but it has values from {low:g} to {high:g} (row {row} is the first " in text
    assert text.endswith(f"). {advice}")


def test_class_numbers_are_held_against_the_last_axis_of_the_output_alone():
    assert "class numbers 0 to 2 for 3 output units" in refused([[0, 1], [2, 3]], "classes", (2, 3))
    assert "(row 1 is the first" in refused([[0, 1], [2, 3]], "classes", (2, 3))


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_a_missing_target_is_told_by_its_sample_and_its_place_in_that(columns):
    y = np.zeros((4, 2, columns))
    y[2, 1, columns - 1] = np.nan
    assert refused(y, "values", (2, columns)).startswith(f"y has NaN, first in row 2, column {2 * columns - 1}: ")


def one_hot_encode(units: int) -> str:
    return f"one-hot encode with y = tinynet.utils.to_categorical(y, {units})"


def one_hot_over(classes: int, units: int) -> str:
    numbers = ", or pass y.argmax(axis=1)" if (classes, units) == (2, 1) else ""
    return (
        f"y is one-hot over {classes} classes: give the last layer {classes} units with softmax and use "
        f"loss='categorical_crossentropy'{numbers}."
    )


def to_categorical_loss(more: str) -> str:
    return f"If y is one-hot, use loss='categorical_crossentropy'{more}, or pass the class numbers y.argmax(axis=1)."


ONE_UNIT = "For one number a sample give the last layer 1 unit."
#: targets, their kind, the output of a sample, what is expected, the advice
SHAPES: list[tuple[Any, str, tuple[int, ...], str, str]] = [
    (np.ones((4, 2)), "values", (1,), "(4, 1)", "Give the last layer 2 units, or pass one column, such as y[:, :1]."),
    (np.ones((4, 2)), "values", (3,), "(4, 3)", "Give the last layer 2 units, or pass 3 columns."),
    (np.eye(2)[[0, 1, 1]] + 1, "values", (3,), "(3, 3)", "Give the last layer 2 units, or pass 3 columns."),
    (np.arange(4) / 3, "values", (2,), "(4, 2)", ONE_UNIT),
    (
        np.arange(4)[:, None],
        "values",
        (2,),
        "(4, 2)",
        f"{ONE_UNIT} If these are class numbers, use a softmax output with loss='sparse_categorical_crossentropy', or "
        f"{one_hot_encode(2)}.",
    ),
    (
        np.arange(4),
        "distribution",
        (3,),
        "(4, 3)",
        "These look like class numbers, not one-hot rows: use loss='sparse_categorical_crossentropy', or "
        f"{one_hot_encode(3)}.",
    ),
    (np.arange(4) / 3, "distribution", (3,), "(4, 3)", ONE_UNIT),
    (np.eye(2), "probabilities", (1,), "(2, 1)", one_hot_over(2, 1)),
    (np.eye(2), "probabilities", (3,), "(2, 3)", one_hot_over(2, 3)),
    (np.eye(3), "distribution", (1,), "(3, 1)", one_hot_over(3, 1)),
    (np.eye(4)[:, :2], "probabilities", (3,), "(4, 3)", "Give the last layer 2 units, or pass 3 columns."),
    (np.eye(3), "classes", (3,), "(3,)", to_categorical_loss("")),
    (np.eye(3), "classes", (4,), "(3,)", to_categorical_loss(" with 3 units in the last layer")),
    (
        np.ones((4, 2, 2)),
        "values",
        (4,),
        "(4, 4)",
        "It has the right number of entries in another shape: pass y.reshape(-1, 4).",
    ),
    (np.ones((4, 2, 2)), "values", (3,), "(4, 3)", AGREE),
    (np.ones((4, 2)), "values", (2, 2), "(4, 2, 2)", f"The model gives 2 rows for each sample: {FLATTEN}"),
    (np.ones((4, 3)), "any", (5, 1), "(4, 5, 1) (or more axes)", f"The model gives 5 rows for each sample: {FLATTEN}"),
    (np.ones((3, 2, 4)), "classes", (2, 3), "(3, 2)", AGREE),
]


@pytest.mark.parametrize(("y", "kind", "output", "expected", "advice"), SHAPES)
def test_a_wrong_shape_is_told_with_the_right_one_and_what_to_do(y, kind, output, expected, advice):
    assert refused(y, kind, output) == (
        f"y has shape {y.shape}, but loss '{LOSSES[kind]}' on a model whose output has shape "
        f"({', '.join(['None', *map(str, output)])}) expects shape {expected}. {advice}"
    )


#: the samples' shape, the shape that a sample should have, the advice
SAMPLES: list[tuple[tuple[int, ...], tuple[int, ...], str]] = [
    ((4,), (4,), "x seems to be a single sample. The first axis counts samples: pass x[np.newaxis], of shape (1, 4)."),
    (
        (2, 5, 4),
        (4,),
        "If x holds 2 inputs, a Sequential has one, and this model expects 1 input: put their features side by side, "
        "np.concatenate(x, axis=-1). If it holds 2 batches, pass one, or np.concatenate(x).",
    ),
    (
        (5,),
        (4,),
        "x has one axis only. Pass one row for each sample and one column for each feature; x.reshape(-1, 1) makes "
        "samples of a single feature.",
    ),
    ((4, 7), (4,), "x seems to be transposed: rows are samples, columns are features. Pass x.T."),
    (
        (5, 2, 3),
        (6,),
        "The samples have the right number of entries in another shape: pass x.reshape(-1, 6), or begin the model with "
        "Flatten().",
    ),
    ((5, 6), (2, 3), "The samples have the right number of entries in another shape: pass x.reshape(-1, 2, 3)."),
    (
        (5, 3),
        (4,),
        "x has 3 features a sample, the model was built for 4: pass the columns it was built with, or build a new "
        "model.",
    ),
    ((5, 3), (2, 2), "Pass samples of that shape, or build the model for samples of shape (3,)."),
]


@pytest.mark.parametrize(("shape", "expected", "advice"), SAMPLES)
def test_samples_of_another_shape_are_told_with_the_right_one_and_what_to_do(shape, expected, advice):
    found = features(np.ones(shape), dtype="float32")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared as a whole
        check_features(found, expected, "dense")
    right = ", ".join(["None", *map(str, expected)])
    assert str(caught.value) == (
        f'Input of layer "dense" is incompatible with the layer: expected shape=({right}), found shape={shape}. '
        f"{advice}"
    )
