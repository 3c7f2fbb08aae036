"""Small colour photographs of 100 kinds of things, 32 × 32 pixels: Keras's ``datasets.cifar100``."""

from __future__ import annotations

import os

from tinynet._arguments import checked, shown
from tinynet._kinds import is_one_of
from tinynet.datasets._cifar import Archive, load
from tinynet.datasets._split import Part

_ARCHIVE = Archive("CIFAR-100", "cifar-100-python.tar.gz", "cifar-100-python", ("train", "test"))


@checked
def load_data(label_mode: str = "fine", path: str | os.PathLike[str] = _ARCHIVE.name) -> tuple[Part, Part]:
    """Load 50,000 training and 10,000 test photographs. The result is exactly Keras's.

    A network of dense layers gets about a quarter of them right; convolutions, which tinynet lacks, are what they ask
    for.

    Parameters
    ----------
    label_mode : {"fine", "coarse"}, default "fine"
        Whether the classes are the 100 kinds of things, or the 20 groups of five that these are in.
    path : str or path-like, default "cifar-100-python.tar.gz"
        The archive on this machine, or the folder that it unpacks to, which are used as they are; otherwise the
        archive's name in the folder ``TINYNET_DATA`` or in Keras's cache folder (see `tinynet.datasets`).

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: ``x`` uint8 ``(n, 32, 32, 3)``, red, green and blue from 0 to 255;
        ``y`` int64 ``(n, 1)``, the class.

    Raises
    ------
    ValueError
        If `label_mode` is another, or the archive is damaged, or holds anything but arrays and lists.
    OSError
        If it is not on this machine and cannot be downloaded.

    References
    ----------
    https://keras.io/api/datasets/cifar100/. The photographs: A. Krizhevsky, "Learning multiple layers of features from
    tiny images", 2009.

    Examples
    --------
    >>> from tinynet.datasets import cifar100
    >>> (x_train, y_train), (x_test, y_test) = cifar100.load_data("coarse")  # doctest: +SKIP
    """
    if not is_one_of(label_mode, ("fine", "coarse")):
        raise ValueError(f'`label_mode` must be one of `"fine"`, `"coarse"`. Received: label_mode={shown(label_mode)}.')
    parts = load(_ARCHIVE, path, f"{label_mode}_labels")
    return parts["train"], parts["test"]
