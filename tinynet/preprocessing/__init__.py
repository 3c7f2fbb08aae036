"""What turns texts into numbers, with Keras's names: `text` and `sequence`.

>>> from tinynet.preprocessing.sequence import pad_sequences
>>> from tinynet.preprocessing.text import Tokenizer
>>> texts = ["the cat sat", "the dog sat on the mat"]
>>> tokenizer = Tokenizer(num_words=10)
>>> tokenizer.fit_on_texts(texts)
>>> pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=4)
array([[0, 1, 3, 2],
       [2, 5, 1, 6]], dtype=int32)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._names import missing_from
from tinynet.preprocessing import sequence, text

__all__ = ["sequence", "text"]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)
