"""Runs a program on Keras as ``python PROGRAM`` would, but for what today's Keras or plain Python cannot take.

Lines of IPython's (``%matplotlib inline``) are skipped; a history's ``acc`` finds ``accuracy``, as in the books; and
the data files are those in Keras's folder, whatever their hash.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any


class Curves(dict[str, Any]):
    """A history that knows the names of the books."""

    def __missing__(self, key: str) -> Any:
        return dict.__getitem__(self, key.replace("acc", "accuracy"))


def main() -> None:
    import keras
    from keras.src.datasets import boston_housing, imdb, mnist, reuters

    def found(fname: str, **_: Any) -> str:
        return os.path.join(os.environ["KERAS_HOME"], "datasets", fname)

    for loader in (boston_housing, imdb, mnist, reuters):
        loader.get_file = found

    plain = keras.callbacks.History.__init__

    def init(self: Any) -> None:
        plain(self)
        self.history = Curves()

    keras.callbacks.History.__init__ = init
    sys.argv = sys.argv[1:]
    with open(sys.argv[0], encoding="utf-8") as file:
        source = re.sub(r"^[%!].*$", "", file.read(), flags=re.MULTILINE)
    exec(compile(source, sys.argv[0], "exec"), {"__name__": "__main__", "__file__": sys.argv[0]})


if __name__ == "__main__":
    main()
