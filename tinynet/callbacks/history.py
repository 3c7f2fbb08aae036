"""The record of a training: what `fit` returns."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked, shown
from tinynet._html import table as html_table
from tinynet._serialization import revived
from tinynet.callbacks.callback import Callback, Logs
from tinynet.callbacks.explained import Facts, explained

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Names of one number, each group a line: short ones and long ones, older ones and newer ones.
_GROUPS = """
acc accuracy
mse mean_squared_error
mae mean_absolute_error
mape mean_absolute_percentage_error
msle mean_squared_logarithmic_error
rmse root_mean_squared_error
bce binary_crossentropy
kld kl_divergence kullback_leibler_divergence
logcosh log_cosh
cosine cosine_similarity cosine_proximity
lr learning_rate
"""
_OTHER_NAMES = {
    before + name: [before + other for other in group if other != name]
    for group in map(str.split, _GROUPS.strip().splitlines())
    for name in group
    for before in ("", "val_")
}


class HistoryDict(dict[str, Any]):
    """A dictionary that also finds `accuracy` under `acc`, `mean_absolute_error` under `mae`, and the other way round.

    Older books write ``history.history["val_acc"]`` for what Keras now calls ``val_accuracy``. Lookups (by
    ``[]``, `get` and ``in``) accept any name if only one exists; iteration shows the true one.

    Examples
    --------
    >>> logs = HistoryDict(accuracy=0.75, loss=0.5)
    >>> logs["acc"], "val_acc" in logs, list(logs)
    (0.75, False, ['accuracy', 'loss'])
    """

    #: Of an epoch's logs: what other epochs of this training have, and this one had not to compute.
    not_due: frozenset[str] = frozenset()
    #: Of a history: the epochs, counted from 0, that the values under each name belong to.
    epochs: HistoryDict | None = None

    def __missing__(self, key: str) -> Any:
        for other in _OTHER_NAMES.get(key, ()):
            if super().__contains__(other):
                return super().__getitem__(other)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or any(map(super().__contains__, _OTHER_NAMES.get(str(key), ())))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value under `key` or its other name, else `default`."""
        try:
            return self[key]
        except KeyError:
            return default

    def copy(self) -> HistoryDict:
        """Return a shallow copy, of this class."""
        return copy.copy(self)


def _number(value: object) -> str:
    """Write a recorded value: a number with four digits."""
    return f"{value:.4g}" if isinstance(value, Real) else shown(value)


@checked
class History(Callback):
    """The record of a training: a list for each entry of `logs`, with one number per epoch. `fit` returns it.

    Attributes
    ----------
    history : HistoryDict
        ``{"accuracy": […], "loss": […], "val_accuracy": […], "val_loss": […]}``, in alphabetical order. Its attribute
        `epochs` says for each name which epochs the values belong to: validation may be done in some epochs only.
    epoch : list of int
        The epochs that were finished, counted from 0 (or from `initial_epoch`).
    params : dict
        ``verbose``, ``epochs`` and ``steps`` (batches per epoch).
    model : Sequential
        The model that was trained; its `history` is this object.

    Notes
    -----
    Source: https://keras.io/api/models/model_training_apis/#fit-method

    Examples
    --------
    >>> import numpy as np
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
    >>> model.compile(loss="mse", metrics=["mae"])
    >>> history = model.fit(np.ones((8, 2)), np.zeros(8), batch_size=4, epochs=3, verbose=0)
    >>> list(history.history), history.epoch, history.params
    (['loss', 'mae'], [0, 1, 2], {'verbose': 0, 'epochs': 3, 'steps': 2})
    """

    #: What makes the `facts`, once a training is over.
    facts_of_run: Callable[[], Facts] | None = None

    def __init__(self) -> None:
        self.history = HistoryDict()
        self.epoch: list[int] = []
        self.history.epochs = HistoryDict()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Become the model's history."""
        self.epoch, self.facts_of_run = [], None
        if self.model is not None:
            self.model.history = self

    def _record(self) -> dict[str, Any]:
        """Return all that is recorded, for a file."""
        assert self.history.epochs is not None
        return {"epoch": self.epoch, "history": dict(self.history), "epochs": dict(self.history.epochs)}

    def _restore(self, record: Mapping[str, Any]) -> None:
        """Record what `_record` returned in place of all that is recorded."""
        columns = {name: [revived(value) for value in column] for name, column in record["history"].items()}
        epoch, history, epochs = [*record["epoch"]], HistoryDict(columns), HistoryDict(record["epochs"])
        history.epochs = epochs
        vars(self).update(epoch=epoch, history=history)

    def extend(self, epochs: range, columns: Mapping[str, list[Any]]) -> None:
        """Append several epochs at once, without calling other callbacks; `columns` maps names to lists."""
        self._add(list.extend, epochs, columns)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Append the results of the epoch."""
        self._add(list.append, epoch, logs or {})

    def _add(self, add: Callable[[list[Any], Any], None], epochs: Any, new: Mapping[str, Any]) -> None:
        """Add to all lists in one call into C, which Ctrl-C cannot interrupt: all lists have the same epochs."""
        lists = [self.epoch]
        assert self.history.epochs is not None
        for table in (self.history.epochs, self.history):
            lists += [table.setdefault(name, []) for name in new]
        deque(map(add, lists, [epochs, *[epochs] * len(new), *new.values()]), maxlen=0)

    def __repr__(self) -> str:
        ends = (
            f"{name} {_number(values[0])} to {_number(values[-1])}" for name, values in self.history.items() if values
        )
        return f"<History: {', '.join([f'{len(self.epoch)} epochs', *ends])}>"

    def _repr_html_(self) -> str:
        rows = []
        for name, values in self.history.items():
            finite = [value for value in values if isinstance(value, Real) and value == value]  # a NaN is not its equal
            bounds = (min(finite), max(finite)) if finite else ()
            rows.append([name, *map(_number, (*values[:1], *values[-1:], *bounds))])
        return html_table(f"{len(self.epoch)} epochs", ["", "first", "last", "lowest", "highest"], rows)

    def explain(self, lang: str | None = None) -> str:
        """Say in a sentence or two what the training did.

        Whether it diverged, is stuck at the share of the commonest class, has over-fitted and since which epoch,
        whether its first layers did not learn, whether it still improves, or has come to rest.

        Parameters
        ----------
        lang : {"en", "ko"}, optional
            The language. Default: what the environment's ``TINYNET_LANG`` says, else English.

        Examples
        --------
        >>> history = History()
        >>> history.history.update(loss=[0.7, 0.4, 0.3, 0.2, 0.1], val_loss=[0.8, 0.5, 0.6, 0.7, 0.9])
        >>> print(history.explain())
        Over-fitting since epoch 2: there val_loss was lowest (0.5), and it has risen to 0.9 while loss fell to 0.1. ...
        """
        from tinynet.learn.languages import checked_language, speaking

        with speaking(checked_language(lang)):
            return explained(self.history, self.facts)

    @property
    def facts(self) -> Facts:
        """What `explain` needs beside the numbers."""
        return Facts() if self.facts_of_run is None else self.facts_of_run()

    def __getstate__(self) -> dict[str, Any]:
        """Return the history for a pickle: facts in the place of the weights that they are made of."""
        return {**vars(self), "facts_of_run": self.facts_of_run and partial(_told, self.facts)}

    def plot(self, keys: Sequence[str] | None = None, **options: Any) -> Figure:
        """Draw the curves: `tinynet.plot.history` with this history. Needs matplotlib.

        Examples
        --------
        >>> history = History()
        >>> history.history.update(loss=[0.7, 0.4], val_loss=[0.8, 0.5])
        >>> figure = history.plot()
        >>> [ax.get_title() for ax in figure.axes]
        ['Loss']
        """
        from tinynet import plot

        return plot.history(self, keys, **options)


def _told(facts: Facts) -> Facts:
    return facts
