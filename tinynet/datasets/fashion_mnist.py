"""Pictures of clothes, 28 × 28 pixels: Keras's ``datasets.fashion_mnist``."""

from __future__ import annotations

import os

from tinynet._arguments import checked
from tinynet._reading import suspicious
from tinynet.datasets._files import find
from tinynet.datasets._idx import read_idx
from tinynet.datasets._npz import check_labels
from tinynet.datasets._split import Part


@checked
def load_data(path: str | os.PathLike[str] = "fashion-mnist") -> tuple[Part, Part]:
    """Load 60,000 training and 10,000 test pictures of clothes. The result is exactly Keras's.

    The classes: 0 T-shirt/top, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle
    boot. They are harder to tell apart than MNIST's digits.

    Parameters
    ----------
    path : str or path-like, default "fashion-mnist"
        A folder on this machine with the four files, which are used as they are; otherwise the folder's name within
        the folder ``TINYNET_DATA`` or in Keras's cache folder (see `tinynet.datasets`).

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` uint8 ``(n, 28, 28)``, grey levels 0 to 255; ``y``
        uint8 ``(n,)``, the class 0 to 9.

    Raises
    ------
    ValueError
        If a file is damaged.
    OSError
        If a file is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/fashion_mnist/. The pictures: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel
    image dataset for benchmarking machine learning algorithms", 2017.

    Examples
    --------
    >>> from tinynet.datasets import fashion_mnist
    >>> (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()  # doctest: +SKIP
    """
    train, test = (_part(path, start) for start in ("train", "t10k"))
    return train, test


def _part(path: str | os.PathLike[str], start: str) -> Part:
    """Return the pictures and their classes from the two files whose names begin with `start`."""
    names = f"{start}-images-idx3-ubyte.gz", f"{start}-labels-idx1-ubyte.gz"
    images, labels = (find(f"fashion-mnist/{name}", f"{os.fspath(path)}/{name}") for name in names)
    x, y = read_idx(images, 3), read_idx(labels, 1)
    with suspicious(labels, "does not hold a class for each picture"):
        check_labels(x, y)
    return x, y
