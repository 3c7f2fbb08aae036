"""Handwritten digits of 28 × 28 pixels: Keras's ``datasets.mnist``."""

from __future__ import annotations

import os

from tinynet._arguments import checked
from tinynet.datasets._files import find
from tinynet.datasets._npz import read_tables
from tinynet.datasets._split import Part


@checked
def load_data(path: str | os.PathLike[str] = "mnist.npz") -> tuple[Part, Part]:
    """Load 60,000 training and 10,000 test images of handwritten digits. The result is exactly Keras's.

    Parameters
    ----------
    path : str or path-like, default "mnist.npz"
        A file on this machine, which is used as it is; otherwise the file's name in the folder ``TINYNET_DATA`` or
        in Keras's cache folder (see `tinynet.datasets`).

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` uint8 ``(n, 28, 28)``, grey levels 0 to 255; ``y``
        uint8 ``(n,)``, the digit 0 to 9.

    Raises
    ------
    ValueError
        If the file is damaged.
    OSError
        If the file is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/mnist/. The images: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST
    database of handwritten digits".

    Examples
    --------
    >>> from tinynet.datasets import mnist
    >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()  # doctest: +SKIP
    """
    x_train, y_train, x_test, y_test = read_tables(find("mnist.npz", path), 3, "x_train", "y_train", "x_test", "y_test")
    return (x_train, y_train), (x_test, y_test)
