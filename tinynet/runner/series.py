"""``TimeseriesGenerator`` and ``HDF5Matrix``, which Keras had until version 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet.interop import hdf5
from tinynet.utils import PyDataset

__all__ = ["HDF5Matrix", "TimeseriesGenerator"]


class TimeseriesGenerator(PyDataset):
    """Runs of a series in batches, each with the target that stands behind it.

    Parameters
    ----------
    data, targets : array_like
        The series, and a target for each of its entries.
    length : int
        How far a run goes back from its target.
    sampling_rate : int, default 1
        How far the entries of a run are apart.
    stride : int, default 1
        How far a run begins after the one before.
    start_index : int, default 0
        Use the entries from here on.
    end_index : int, optional
        And up to this one.
    shuffle : bool, default False
        Whether runs are drawn at random.
    reverse : bool, default False
        Whether runs go back in time.
    batch_size : int, default 128
        How many runs a batch has.

    Examples
    --------
    >>> batches = TimeseriesGenerator([0, 1, 2, 3, 4], [0, 10, 20, 30, 40], length=2, batch_size=2)
    >>> len(batches), batches[0][0].tolist(), batches[0][1].tolist()
    (2, [[0, 1], [1, 2]], [20, 30])
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        super().__init__()
        if len(data) != len(targets):
            raise ValueError(f"Data and targets have to be of same length. Received: {len(data)} and {len(targets)}")
        self.data, self.targets = np.asarray(data), np.asarray(targets)
        self.length, self.sampling_rate, self.stride = length, sampling_rate, stride
        self.start_index, self.end_index = start_index + length, len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no part of "
                "the sequence would be left."
            )

    def __len__(self) -> int:
        runs = self.batch_size * self.stride
        return (self.end_index - self.start_index + runs) // runs

    def __getitem__(self, index: int) -> Any:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)  # noqa: NPY002
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        return (samples[:, ::-1, ...] if self.reverse else samples), self.targets[rows]


def HDF5Matrix(  # noqa: N802  Keras's
    datapath: Any, dataset: str, start: int = 0, end: int | None = None, normalizer: Callable[[Any], Any] | None = None
) -> Any:
    """Return rows of an array in an HDF5 file, read at once."""
    with hdf5.h5py().File(datapath, "r") as file:
        rows = np.asarray(file[dataset][start:end])
    return rows if normalizer is None else normalizer(rows)
