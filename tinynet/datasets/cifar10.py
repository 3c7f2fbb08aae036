"""Small colour photographs, 32 × 32 pixels: Keras's ``datasets.cifar10``."""

from __future__ import annotations

import os

import numpy as np

from tinynet._arguments import checked
from tinynet.datasets._cifar import Archive, load
from tinynet.datasets._split import Part

_TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))
_ARCHIVE = Archive("CIFAR-10", "cifar-10-python.tar.gz", "cifar-10-batches-py", (*_TRAINING, "test_batch"))


@checked
def load_data(path: str | os.PathLike[str] = _ARCHIVE.name) -> tuple[Part, Part]:
    """Load 50,000 training and 10,000 test photographs. The result is exactly Keras's.

    The classes: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck. A network of
    dense layers gets about half of them right; convolutions, which tinynet lacks, are what they ask for.

    Parameters
    ----------
    path : str or path-like, default "cifar-10-python.tar.gz"
        The archive on this machine, or the folder that it unpacks to, which are used as they are; otherwise the
        archive's name in the folder ``TINYNET_DATA`` or in Keras's cache folder (see `tinynet.datasets`).

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` uint8 ``(n, 32, 32, 3)``, red, green and blue from 0 to 255;
        ``y`` uint8 ``(n, 1)``, the class 0 to 9.

    Raises
    ------
    ValueError
        If the archive is damaged, or holds anything but arrays and lists.
    OSError
        If it is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/cifar10/. The photographs: A. Krizhevsky, "Learning multiple layers of features from
    tiny images", 2009.

    Examples
    --------
    >>> from tinynet.datasets import cifar10
    >>> (x_train, y_train), (x_test, y_test) = cifar10.load_data()  # doctest: +SKIP
    """
    parts = load(_ARCHIVE, path, "labels")
    x, y = zip(*(parts[name] for name in _TRAINING), strict=True)
    (pictures, classes), kind = parts["test_batch"], np.uint8
    return (np.concatenate(x), np.concatenate(y).astype(kind)), (pictures, classes.astype(kind))
