"""``keras.preprocessing.image``: batches of pictures out of arrays or folders.

What turns, shifts or zooms pictures is refused: it computes with neighbouring pixels, which tinynet's layers know not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tinynet import config
from tinynet.runner.directories import files_in, labels_of
from tinynet.runner.pictures import ENDINGS, img_to_array, load_img
from tinynet.utils import PyDataset

__all__ = ["ImageDataGenerator"]

_REFUSED = (
    *("rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range"),
    *("zoom_range", "channel_shift_range", "zca_whitening"),
)
_TAKEN = ("fill_mode", "cval", "zca_epsilon", "dtype", "data_format", "interpolation_order")


class ImageDataGenerator:
    """Gives batches of pictures: scaled, centred and turned over.

    Parameters
    ----------
    featurewise_center, featurewise_std_normalization : bool, default False
        Subtract each channel's mean, divide by its deviation: those of what `fit` is given.
    samplewise_center, samplewise_std_normalization : bool, default False
        The same, with those of each picture.
    horizontal_flip, vertical_flip : bool, default False
        Turn over half of the pictures, drawn at random.
    rescale : float, optional
        What numbers are multiplied with: ``1 / 255``.
    preprocessing_function : callable, optional
        What is done to each picture first.
    validation_split : float, default 0
        The share that ``subset="validation"`` gets.
    **options
        `fill_mode` and the like, without effect.

    Raises
    ------
    ValueError
        If pictures are to be turned, shifted, zoomed or recoloured.

    Examples
    --------
    >>> batches = ImageDataGenerator(rescale=0.5).flow(np.ones((3, 2, 2, 1)), np.arange(3), batch_size=2, shuffle=False)
    >>> x, y = batches[0]
    >>> len(batches), x.shape, float(x.max()), y.tolist()
    (2, (2, 2, 2, 1), 0.5, [0, 1])
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[Any], Any] | None = None,
        validation_split: float = 0.0,
        **options: Any,
    ) -> None:
        for name, value in options.items():
            if name not in _REFUSED + _TAKEN:
                raise TypeError(f"ImageDataGenerator takes no `{name}`.")
            if name in _REFUSED and np.any(value):
                raise ValueError(
                    f"ImageDataGenerator: tinynet does not turn, shift, zoom or recolour pictures. Leave `{name}` out, "
                    f"or do it with Pillow before. Received: {name}={value!r}"
                )
        self.featurewise, self.samplewise = (
            (featurewise_center, featurewise_std_normalization),
            (samplewise_center, samplewise_std_normalization),
        )
        self.flips, self.rescale = {1: vertical_flip, 2: horizontal_flip}, rescale
        self.preprocessing_function, self.validation_split = preprocessing_function, validation_split or 0.0
        self.mean: Any = 0.0
        self.std: Any = 1.0

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Find out means and deviations of the channels."""
        pixels = np.asarray(x, config.floatx())
        if self.featurewise[0]:
            self.mean = pixels.mean(axis=(0, 1, 2))
        if self.featurewise[1]:
            self.std = (pixels - self.mean).std(axis=(0, 1, 2))

    def standardize(self, x: Any) -> Any:
        """Return a picture as the network gets it."""
        pixels = np.asarray(x if self.preprocessing_function is None else self.preprocessing_function(x))
        pixels = pixels.astype(config.floatx()) * (1.0 if self.rescale is None else self.rescale)
        pixels = pixels - pixels.mean(keepdims=True) if self.samplewise[0] else pixels
        pixels = pixels / (pixels.std(keepdims=True) + 1e-6) if self.samplewise[1] else pixels
        pixels = pixels - self.mean if self.featurewise[0] else pixels
        pixels = pixels / (self.std + 1e-6) if self.featurewise[1] else pixels
        return pixels.astype(config.floatx())

    def _part(self, count: int, subset: str | None) -> Any:
        """Return the places of a part: those held back come first, as in Keras."""
        held_back = int(count * self.validation_split)
        return {"training": np.arange(held_back, count), "validation": np.arange(held_back)}.get(
            subset or "", np.arange(count)
        )

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        subset: str | None = None,
        **options: Any,
    ) -> Pictures:
        """Return batches of pictures out of an array (samples, height, width, channels)."""
        pixels = np.asarray(x)
        if pixels.ndim != 4:
            raise ValueError(f"flow: expected pictures as an array with 4 axes. Received: shape {pixels.shape}")
        beside = [np.asarray(each) for each in (y, sample_weight) if each is not None]
        places = self._part(len(pixels), subset)
        read = pixels.__getitem__
        return Pictures(self, read, places, beside, batch_size, shuffle, seed)

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        subset: str | None = None,
        interpolation: str = "nearest",
        **options: Any,
    ) -> Pictures:
        """Return batches of the pictures in a folder's folders, each with the number of its folder."""
        paths, numbers, names = files_in(directory, "inferred", classes, ENDINGS)
        kinds = {"sparse": "int", "binary": "binary", "categorical": "categorical"}
        labels = [] if class_mode is None else [labels_of(numbers or [], kinds.get(class_mode, class_mode), names)]
        labels = [each.ravel() if class_mode == "binary" else each for each in labels]

        def read(place: int) -> Any:
            return img_to_array(load_img(paths[place], color_mode, target_size, interpolation))

        made = Pictures(self, read, self._part(len(paths), subset), labels, batch_size, shuffle, seed)
        made.class_indices = {name: number for number, name in enumerate(names)}
        made.classes = made.labels = np.array(numbers)[made.places]
        made.filenames = [str(paths[place].relative_to(directory)) for place in made.places]
        return made


class Pictures(PyDataset):
    """Batches of pictures; without end if one asks for the next."""

    class_indices: dict[str, int]
    classes: Any
    labels: Any
    filenames: list[str]

    def __init__(
        self,
        generator: ImageDataGenerator,
        read: Callable[[Any], Any],
        places: Any,
        beside: list[Any],
        batch_size: int,
        shuffle: bool,
        seed: int | None,
    ) -> None:
        super().__init__()
        self.generator, self.read, self.places, self.beside = generator, read, places, beside
        self.n = self.samples = len(places)
        self.batch_size, self.shuffle = batch_size, shuffle
        self._rng = np.random.default_rng(seed)
        self._at = 0
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._at, self._order = 0, self._rng.permutation(self.places) if self.shuffle else self.places

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        x = np.stack([self.generator.standardize(self._turned(self.read(row))) for row in rows])
        return (x, *(each[rows] for each in self.beside)) if self.beside else x

    def _turned(self, picture: Any) -> Any:
        for axis, asked in self.generator.flips.items():
            if asked and self._rng.random() < 0.5:
                picture = np.flip(picture, axis - 1)
        return picture

    def on_epoch_end(self) -> None:
        """Draw another order."""
        self.reset()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = self[self._at]
        self._at += 1
        if self._at == len(self):
            self.reset()
        return batch

    next = __next__
