"""Data sets in Keras's form, ``(x_train, y_train), (x_test, y_test)``.

``breast_cancer``, ``digits`` and ``diabetes`` are bundled with the package:

>>> from tinynet import datasets
>>> (x_train, y_train), (x_test, y_test) = datasets.breast_cancer.load_data()
>>> x_train.shape
(455, 30)

``moons``, ``circles``, ``spiral``, ``xor`` and ``blobs`` are made up: points on a plane, with noise, the same ones for
the same seed. They show what a network learns, as one can see all of it:

>>> (x_train, y_train), (x_test, y_test) = datasets.moons.load_data(n_samples=200, noise=0.1, seed=1)
>>> x_train.shape
(160, 2)

``imdb``, ``reuters``, ``boston_housing``, ``california_housing``, ``mnist``, ``fashion_mnist``, ``cifar10`` and
``cifar100`` are Keras's, with the same arguments and exactly the same results. Their files are searched for in this
order:

1. ``path``, if it names a file. It is used as it is.
2. The folder that the environment variable ``TINYNET_DATA`` names. Its files are used as they are.
3. Keras's cache folder: ``datasets`` in the folder that ``KERAS_HOME`` names, or in ``~/.keras``. The published hash
   must match.
4. Keras's address, with a progress bar and the same hash. This needs the extra ``datasets`` and stores the file in
   Keras's cache folder, so that Keras finds it too. An interrupted download resumes where it stopped.

Files are never trusted to run code: where Keras's format contains pickles, anything but lists and numbers is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._names import missing_from
from tinynet.datasets import (
    blobs,
    boston_housing,
    breast_cancer,
    california_housing,
    cifar10,
    cifar100,
    circles,
    diabetes,
    digits,
    fashion_mnist,
    imdb,
    mnist,
    moons,
    reuters,
    spiral,
    xor,
)

__all__ = [
    "blobs",
    "boston_housing",
    "breast_cancer",
    "california_housing",
    "cifar10",
    "cifar100",
    "circles",
    "diabetes",
    "digits",
    "fashion_mnist",
    "imdb",
    "mnist",
    "moons",
    "reuters",
    "spiral",
    "xor",
]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)
