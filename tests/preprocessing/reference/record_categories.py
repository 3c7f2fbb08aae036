"""Record what Keras's layers of categories give, which run on TensorFlow only.

    KERAS_BACKEND=tensorflow python tests/preprocessing/reference/record_categories.py

writes ``categories.json`` beside this script: for each case the layer's class and options, the data that it learns from
and is called with, its vocabulary or bounds, and its result.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parent / "categories.json"
CASES = 120
WORDS = ["red", "green", "blue", "", "[UNK]", "мир", "red ", "a word of more than sixteen bytes", "x" * 70, "y" * 40]
CODES = [12, 36, 1138, 0, -1, 7, -40, 5, 99]


def case(number: int) -> dict[str, Any]:
    """Return the class, options and data of a case."""
    rng = random.Random(number)
    kind = ["StringLookup", "IntegerLookup", "Discretization", "Hashing"][number % 4]
    columns = rng.choice([1, 3])
    options: dict[str, Any] = {"output_mode": rng.choice(["int", "one_hot", "multi_hot", "count"])}
    if kind in ("StringLookup", "IntegerLookup"):
        tokens = WORDS if kind == "StringLookup" else CODES
        options["output_mode"] = rng.choice(["int", "int", "one_hot", "multi_hot", "count", "tf_idf"])
        options["num_oov_indices"] = rng.choice([1, 1, 2, 3])
        options["mask_token"] = rng.choice([None, None, tokens[3]])
        options["max_tokens"] = rng.choice([None, None, 6])
        options["pad_to_max_tokens"] = options["max_tokens"] is not None and rng.random() < 0.5
        if kind == "IntegerLookup":
            options["oov_method"] = rng.choice(["floormod", "farmhash"])
    elif kind == "Hashing":
        tokens = rng.choice([WORDS, CODES])
        options["num_bins"] = rng.choice([1, 3, 11])
        options["mask_value"] = rng.choice([None, tokens[3]])
    else:
        tokens = [round(rng.gauss(0, 2), 2) for _ in range(40)]
        options |= rng.choice([{"num_bins": 4}, {"num_bins": 3, "epsilon": 0.1}, {"bin_boundaries": [-1.0, 0.0, 0.5]}])

    def rows(count: int, among: list[Any]) -> list[list[Any]]:
        return [[rng.choice(among) for _ in range(columns)] for _ in range(count)]

    return {"layer": kind, "options": options, "seen": rows(9, tokens[:6]), "given": rows(4, tokens)}


def outcome(layers: Any, layer: str, options: dict[str, Any], seen: Any, given: Any) -> dict[str, Any]:
    """Return what a layer makes of a case; `layers` is Keras's module, or one that has its names."""
    made = getattr(layers, layer)(**options)
    if layer != "Hashing" and "bin_boundaries" not in options:
        made.adapt(np.array(seen))
    result = np.asarray(made(np.array(given)))
    learnt = made.get_vocabulary() if hasattr(made, "get_vocabulary") else getattr(made, "bin_boundaries", None)
    learnt = None if learnt is None else [each.item() if hasattr(each, "item") else each for each in learnt]
    return {"learnt": learnt, "type": result.dtype.name, "result": result.tolist()}


def main() -> None:
    """Write the file."""
    import keras

    cases = [{**it, **outcome(keras.layers, **it)} for it in map(case, range(CASES))]
    lines = ",\n".join(json.dumps(it, ensure_ascii=True) for it in cases)
    FILE.write_text(f'{{"keras": "{keras.__version__}", "cases": [\n{lines}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main()
