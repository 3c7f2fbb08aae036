"""Runs a program on Keras as ``python PROGRAM`` would, except for what current Keras or plain Python cannot handle.

As on tinynet, IPython lines (``%matplotlib inline``) are skipped, and a history's ``acc`` finds ``accuracy``. The data
files are those in Keras's folder, whatever their hash.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    import keras
    from keras.src.datasets import boston_housing, imdb, mnist, reuters

    from tinynet.callbacks.history import HistoryDict
    from tinynet.runner import source

    def found(fname: str, **_: Any) -> str:
        return os.path.join(os.environ["KERAS_HOME"], "datasets", fname)

    for loader in (boston_housing, imdb, mnist, reuters):
        loader.get_file = found

    plain = keras.callbacks.History.__init__

    def init(self: Any) -> None:
        plain(self)
        self.history = HistoryDict()

    keras.callbacks.History.__init__ = init
    sys.argv = sys.argv[1:]
    program = source.read(Path(sys.argv[0]), sys.argv[0])
    names = {"__name__": "__main__", "__file__": sys.argv[0]}
    for cell in program.cells:
        for code in filter(None, (cell.code, cell.value)):
            exec(code, names)


if __name__ == "__main__":
    main()
