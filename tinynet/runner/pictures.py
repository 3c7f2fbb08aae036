"""Pictures as arrays, as ``keras.utils`` reads and writes them, where Pillow is installed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinynet import config
from tinynet._extras import extra
from tinynet.runner.directories import dataset_of, files_in

__all__ = ["array_to_img", "image_dataset_from_directory", "img_to_array", "load_img", "save_img"]

_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def _pillow() -> Any:
    return extra("PIL.Image", "Reading and writing pictures")


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: Sequence[int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
    grayscale: bool = False,
) -> Any:
    """Read a picture, in colours or "grayscale", and make it (height, width) large.

    Raises
    ------
    ModuleNotFoundError
        If Pillow is not installed.
    ValueError
        For a colour mode or an interpolation that is none of Keras's.
    """
    mode = "grayscale" if grayscale else color_mode
    if mode not in _MODES:
        raise ValueError(f"load_img: `color_mode` must be one of {', '.join(map(repr, _MODES))}. Received: {mode!r}")
    pillow = _pillow()
    picture = pillow.open(path)
    picture = picture if picture.mode == _MODES[mode] else picture.convert(_MODES[mode])
    if target_size is None:
        return picture
    height, width = target_size[:2]
    way = getattr(pillow.Resampling, interpolation.upper(), None)
    if way is None:
        raise ValueError(f"load_img: `interpolation` must be one that Pillow has. Received: {interpolation!r}")
    if keep_aspect_ratio:
        wide, high = picture.size
        share = min(wide / width, high / height)
        left, top = (wide - int(width * share)) // 2, (high - int(height * share)) // 2
        box = (left, top, left + int(width * share), top + int(height * share))
        return picture.resize((width, height), way, box=box)
    return picture if picture.size == (width, height) else picture.resize((width, height), way)


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """Return a picture as an array (height, width, channels)."""
    pixels = np.asarray(img, dtype or config.floatx())
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3:
        raise ValueError(f"img_to_array: a picture has two or three axes. Received: shape {pixels.shape}")
    return np.moveaxis(pixels, -1, 0) if data_format == "channels_first" else pixels


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """Return an array as a picture, its numbers spread from 0 to 255 if `scale` says so."""
    pixels = np.asarray(x, dtype or config.floatx())
    if pixels.ndim != 3:
        raise ValueError(f"array_to_img: expected an array with 3 axes. Received: shape {pixels.shape}")
    pixels = np.moveaxis(pixels, 0, -1) if data_format == "channels_first" else pixels
    if scale:
        pixels = pixels - pixels.min()
        pixels = pixels / pixels.max() * 255 if pixels.max() else pixels
    pixels = pixels.astype("uint8")
    return _pillow().fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def save_img(path: Any, x: Any, data_format: str | None = None, file_format: str | None = None, **options: Any) -> None:
    """Write an array as a picture."""
    array_to_img(x, data_format, options.pop("scale", True)).save(path, format=file_format, **options)


def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    interpolation: str = "bilinear",
    **options: Any,
) -> Any:
    """Return the pictures in a folder's folders as `text_dataset_from_directory` does texts."""

    def read(path: Path) -> Any:
        return img_to_array(load_img(path, color_mode, image_size, interpolation))

    picked = [options.get(name) for name in ("seed", "validation_split", "subset")]
    found = files_in(directory, labels, class_names, ENDINGS)
    return dataset_of(found, read, label_mode, batch_size, options.get("shuffle", True), *picked)
