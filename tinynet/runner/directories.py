"""Data sets that are read from folders, a class each, or cut out of a series."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinynet import config
from tinynet.runner.batches import Dataset
from tinynet.runner.variables import generator_of

__all__ = ["text_dataset_from_directory", "timeseries_dataset_from_array"]


def text_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    **options: Any,
) -> Any:
    """Return the texts in a folder's folders, in batches, each with the number of its folder in the alphabet.

    Parameters
    ----------
    directory : str or path
        The folder.
    labels : "inferred", list or None
        Where the labels come from: the folders, a list of one for each file in the order of their paths, or nowhere.
    label_mode : {"int", "binary", "categorical", None}, default "int"
        How labels are given.
    class_names : list of str, optional
        The folders, in their order. Default: all, in that of the alphabet.
    batch_size : int or None, default 32
        How many texts a batch has; None for single ones.
    max_length : int, optional
        Keep no more bytes of a text.
    shuffle : bool, default True
        Whether the order is another one in every epoch.
    seed : int, optional
        For the order, and for which texts are held back.
    validation_split : float, optional
        The share of texts that is held back.
    subset : {"training", "validation", "both"}, optional
        Which part to return.
    **options
        What else Keras takes, without effect.
    """

    def read(path: Path) -> str:
        content = path.read_bytes()
        return (content if max_length is None else content[:max_length]).decode(errors="replace")

    found = files_in(directory, labels, class_names, (".txt",))
    return dataset_of(found, read, label_mode, batch_size, shuffle, seed, validation_split, subset)


class Labelled(Dataset):
    """A data set that knows what its classes are called."""

    class_names: list[str]
    file_paths: list[str]


Files = tuple[list[Path], "list[Any] | None", list[str]]


def files_in(directory: Any, labels: Any, class_names: Sequence[str] | None, endings: tuple[str, ...]) -> Files:
    """Return the files in a folder's folders, their labels, and what the classes are called."""
    whole = Path(directory)
    if not whole.is_dir():
        raise FileNotFoundError(f"there is no folder {whole}.")
    folders = sorted(each.name for each in whole.iterdir() if each.is_dir())
    names = folders if class_names is None else list(class_names)
    if class_names is not None and set(names) != set(folders):
        raise ValueError(f"`class_names` must be the folders in {whole}, {folders}. Received: {names}")
    paths, numbers = [], []
    for number, name in enumerate(names) if labels is not None else [(0, ".")]:
        for path in sorted((whole / name).rglob("*")):
            if path.name.lower().endswith(endings):
                paths.append(path)
                numbers.append(number)
    if not paths:
        raise ValueError(f"no files that end in {' or '.join(endings)} were found in {whole}.")
    if isinstance(labels, (list, tuple)):
        numbers = list(labels)
        if len(numbers) != len(paths):
            raise ValueError(f"`labels` must be one for each of the {len(paths)} files. Received: {len(numbers)}")
    print(f"Found {len(paths)} files" + (f" belonging to {len(names)} classes." if labels is not None else "."))
    return paths, None if labels is None else numbers, names


def dataset_of(
    found: Files,
    read: Callable[[Path], Any],
    label_mode: str | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: str | None,
) -> Any:
    paths, numbers, names = found
    order = np.arange(len(paths))
    if shuffle:
        order = np.random.default_rng(123 if seed is None else seed).permutation(order)
    if (validation_split is None) != (subset is None):
        raise ValueError("`validation_split` and `subset` must be set together.")
    held_back = int((validation_split or 0) * len(paths))
    parts = {"training": order[: len(order) - held_back], "validation": order[len(order) - held_back :], None: order}

    def made(part: Any) -> Labelled:
        chosen = [paths[place] for place in part]
        data = Dataset.from_tensor_slices(np.arange(len(part))).map(lambda place: read(chosen[int(place)]))
        if numbers is not None and label_mode is not None:
            data = Dataset.zip(
                data, Dataset.from_tensor_slices(labels_of([numbers[p] for p in part], label_mode, names))
            )
        if shuffle:
            data = data.shuffle(len(part), seed)
        data = data if batch_size is None else data.batch(batch_size)
        whole = Labelled(data._begin, data._count)
        whole.class_names, whole.file_paths = names, [str(path) for path in chosen]
        return whole

    if subset == "both":
        return made(parts["training"]), made(parts["validation"])
    if subset not in parts:
        raise ValueError(f'`subset` must be "training", "validation" or "both". Received: {subset!r}')
    return made(parts[subset])


def labels_of(numbers: list[Any], label_mode: str, names: list[str]) -> Any:
    kinds: dict[str, Callable[[], Any]] = {
        "int": lambda: np.array(numbers, "int32"),
        "binary": lambda: np.array(numbers, "float32")[:, None],
        "categorical": lambda: np.eye(len(names), dtype="float32")[numbers],
    }
    if label_mode not in kinds:
        raise ValueError(f"`label_mode` must be None or one of {', '.join(map(repr, kinds))}. Received: {label_mode!r}")
    return kinds[label_mode]()


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> Dataset:
    """Return runs of a series in batches, each with a target.

    Parameters
    ----------
    data : array_like
        The series, an entry a step.
    targets : array_like or None
        The target of the run that begins at each step.
    sequence_length : int
        How many entries a run has.
    sequence_stride : int, default 1
        How far a run begins after the one before.
    sampling_rate : int, default 1
        How far the entries of a run are apart.
    batch_size : int or None, default 128
        How many runs a batch has; None for single ones.
    shuffle : bool, default False
        Whether the order is another one in every epoch.
    seed : int, optional
        For the order.
    start_index, end_index : int, optional
        Use the steps from the first to before the second.
    """
    series = np.asarray(data)[start_index:end_index]
    last = len(series) - (sequence_length - 1) * sampling_rate
    answers = None if targets is None else np.asarray(targets)[start_index:end_index]
    starts = np.arange(0, last if answers is None else min(last, len(answers)), sequence_stride)
    if shuffle:
        starts = generator_of(seed).permutation(starts)
    steps = np.arange(sequence_length) * sampling_rate
    kept = series.astype(config.floatx()) if series.dtype.kind == "f" else series
    runs = Dataset.from_tensor_slices(starts).map(lambda start: kept[int(start) + steps])
    found = runs if answers is None else Dataset.zip(runs, Dataset.from_tensor_slices(answers[starts]))
    return found if batch_size is None else found.batch(batch_size)
