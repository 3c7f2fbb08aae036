"""What the numbered scripts share: options, finding data, saving pictures, texts as rows of a matrix."""

from __future__ import annotations

import argparse
import builtins
import os
import sys
from itertools import chain
from pathlib import Path

import numpy as np

ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"  # Keras's, where its own loaders look


def options(description, *, epochs, data=False, flags=()):
    """Read the command line; in a notebook, which has none, return the defaults."""
    parser = argparse.ArgumentParser(description=description)
    pictures = Path(__file__).parent / "pictures"
    parser.add_argument(
        "--out", type=Path, default=pictures, help="folder for the pictures (default: beside this file)"
    )
    parser.add_argument("--epochs", type=int, default=epochs, help="passes through the samples (default: %(default)s)")
    if data:
        parser.add_argument(
            "--data", type=Path, help="folder with Keras's data files (default: TINYNET_DATA, or Keras's)"
        )
    for flag, meaning in flags:
        parser.add_argument(flag, action="store_true", help=meaning)
    return parser.parse_args([] if hasattr(builtins, "__IPYTHON__") else None)


def load(dataset, folder, files, **arguments):
    """Load one of Keras's data sets, or end with a line that says what to do."""
    if folder:
        os.environ["TINYNET_DATA"] = str(folder.resolve())
    missing = [name for name in files if folder and not (folder / name).is_file()]
    if not missing:
        try:
            return dataset.load_data(**arguments)
        except OSError:
            missing = files
    urls = " and ".join(ADDRESS + name for name in missing)
    sys.exit(
        f"There is no {' and no '.join(missing)}: get {urls}, and name the folder that holds it with --data FOLDER."
    )


def save(drawn, folder, name):
    """Save a picture, given as a matplotlib figure or axes."""
    folder.mkdir(parents=True, exist_ok=True)
    getattr(drawn, "figure", drawn).savefig(folder / name, dpi=120, bbox_inches="tight", pad_inches=0.15)
    print(f"picture: {folder / name}")


def multi_hot(texts, words=10_000):
    """Return a sparse matrix with a row for each text and a 1 for each word in it, however often it occurs."""
    from scipy.sparse import csr_array

    found = [np.unique(text) for text in texts]
    ends = np.cumsum([0, *map(len, found)])
    columns = np.fromiter(chain.from_iterable(found), np.int32, ends[-1])
    return csr_array((np.ones(len(columns), np.float32), columns, ends), shape=(len(found), words))


def decode(text, names):
    """Turn word numbers back into words: 0 to 2 mean padding, start and "rare word", so words are shifted by 3."""
    return " ".join(names.get(number - 3, "?") for number in text[1:])
