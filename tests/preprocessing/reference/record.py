"""Record what Keras's TextVectorization gives, which runs on TensorFlow only.

    KERAS_BACKEND=tensorflow python tests/preprocessing/reference/record.py

writes ``texts.json`` beside this script: for each case the layer's options, the texts that it learns from and those
that it is called with, its vocabulary and its result.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parent / "texts.json"
CASES = 60
WORDS = ["The", "cat", "É", "é", "sat!", "on,", "the-mat", "a", "A", "b's", "xyz", "[UNK]", "x\u00a0y", "Привет", "мир"]
WORDS += ["\u3000", ".."]


def case(number: int) -> dict[str, Any]:
    """Return the options and texts of a case."""
    rng = random.Random(number)
    mode = rng.choice(["int", "int", "multi_hot", "count", "tf_idf"])
    options: dict[str, Any] = {
        "max_tokens": rng.choice([None, None, 6, 9, 12]),
        "standardize": rng.choice(["lower_and_strip_punctuation", "lower", "strip_punctuation", None]),
        "split": rng.choice(["whitespace", "whitespace", "character"]),
        "ngrams": rng.choice([None, None, 2, 3]),
        "output_mode": mode,
    }
    if mode == "int":
        options["output_sequence_length"] = rng.choice([None, 3, 7])
    elif options["max_tokens"]:
        options["pad_to_max_tokens"] = rng.random() < 0.5

    def text() -> str:
        return rng.choice([" ", "  ", "\t", "\n"]).join(rng.choice(WORDS) for _ in range(rng.randrange(1, 8)))

    return {"options": options, "seen": [text() for _ in range(4)], "given": [text() for _ in range(3)]}


def outcome(layers: Any, options: dict[str, Any], seen: list[str], given: list[str]) -> dict[str, Any]:
    """Return what a layer makes of a case; `layers` is Keras's module, or one that has its names."""
    layer = layers.TextVectorization(**options)
    layer.adapt(seen)
    result = np.asarray(layer(given))
    return {"vocabulary": layer.get_vocabulary(), "type": result.dtype.name, "result": result.tolist()}


def main() -> None:
    """Write the file."""
    import keras

    cases = [{**it, **outcome(keras.layers, **it)} for it in map(case, range(CASES))]
    lines = ",\n".join(json.dumps(it, ensure_ascii=True) for it in cases)
    FILE.write_text(f'{{"keras": "{keras.__version__}", "cases": [\n{lines}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main()
