"""Names that arguments had in Keras 1 and 2: books and programs use them, so every door takes them beside the new ones.

What a class or function takes under an old name itself stays: `output_dim` is `Dense`'s `units`, and `Embedding`'s own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from tinynet._signatures import arguments

F = TypeVar("F", bound=Callable[..., Any])

#: Each old name, and the new ones that it may stand for: the first that is taken where it is used.
NEW_NAMES: dict[str, tuple[str, ...]] = {
    # layers
    "output_dim": ("units",),
    "init": ("kernel_initializer", "embeddings_initializer", "alpha_initializer"),
    "bias": ("use_bias",),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "b_constraint": ("bias_constraint",),
    "beta_init": ("beta_initializer",),
    "gamma_init": ("gamma_initializer",),
    "m": ("max_value",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "alpha": ("negative_slope",),
    "dims": ("target_shape",),
    "batch_input_shape": ("input_shape",),
    "l": ("l1", "l2"),
    # optimizers and callbacks
    "lr": ("learning_rate",),
    "epsilon": ("min_delta",),
    # models
    "nb_epoch": ("epochs",),
    "input": ("inputs",),
    "output": ("outputs",),
    # data
    "nb_classes": ("num_classes",),
    "nb_words": ("num_words",),
    "y": ("x",),
    "X": ("x",),
}
#: What older versions took and nothing depends on here: how batches are made ahead, an input's type, a file's form.
_MADE_AHEAD = ("max_q_size", "max_queue_size", "nb_worker", "pickle_safe", "use_multiprocessing", "workers")
_OF_FILES = ("load_weights_on_restart", "save_format")  # a file's ending says its form
WITHOUT_EFFECT = frozenset(("class_mode", "input_dtype", "input_length", "show_accuracy", *_MADE_AHEAD, *_OF_FILES))
#: Arguments that older versions gave as None, for the default.
_NONE_IS_THE_DEFAULT = frozenset(("decay", "epsilon", "schedule_decay"))
#: Whether arguments may have values that older versions took and today's refuse: only for programs of Keras's.
OLDER_VALUES = [False]
_OLD = NEW_NAMES.keys() | WITHOUT_EFFECT | _NONE_IS_THE_DEFAULT


def translated(
    callee: Callable[..., Any], positional: Sequence[str], given: Mapping[str, Any], whose: str
) -> dict[str, Any]:
    """Return named arguments under the names that a class or function has for them today.

    Parameters
    ----------
    callee : class or function
        What is called.
    positional : sequence of str
        Names of the arguments that are given by their places.
    given : mapping
        The named arguments.
    whose : str
        What messages call it.

    Raises
    ------
    TypeError
        If an argument is given by its old name and its new one.

    Examples
    --------
    >>> from tinynet.layers import Dense
    >>> translated(Dense, ["units"], {"init": "ones", "name": "a"}, "Dense")
    {'kernel_initializer': 'ones', 'name': 'a'}
    >>> translated(Dense, ["units"], {"output_dim": 3}, "Dense")
    Traceback (most recent call last):
        ...
    TypeError: Dense: `output_dim` is an older name of `units`: give one of them. Received: both.
    """
    taken, found = arguments(callee), {}
    for name, value in given.items():
        new = name
        if name not in taken:
            if name in WITHOUT_EFFECT:
                continue
            new = next((each for each in NEW_NAMES.get(name, ()) if each in taken), name)
        elif value is None and name in _NONE_IS_THE_DEFAULT:
            continue
        if new != name and (new in given or new in positional or new in found):
            raise TypeError(f"{whose}: `{name}` is an older name of `{new}`: give one of them. Received: both.")
        if name == "batch_input_shape" and new != name and isinstance(value, (tuple, list)):
            value = tuple(value[1:])
        found[new] = value
    return found


def old_names(function: F) -> F:
    """Return a function or method that also takes its arguments under their older names.

    Examples
    --------
    >>> @old_names
    ... def rows(num_classes):
    ...     return num_classes
    >>> rows(nb_classes=3)
    3
    """

    @functools.wraps(function)
    def door(*args: Any, **kwargs: Any) -> Any:
        if not _OLD.isdisjoint(kwargs):
            is_constructor = function.__name__ == "__init__"
            callee = type(args[0]) if is_constructor else function
            positional = list(inspect.signature(function).parameters)[: len(args)]
            whose = callee.__name__ if is_constructor else callee.__qualname__
            if kwargs.pop("show_accuracy", False):  # Keras 0's way to ask for that metric
                args[0]._show_accuracy()
            kwargs = translated(callee, positional, kwargs, whose)
        return function(*args, **kwargs)

    return door  # type: ignore[return-value]
