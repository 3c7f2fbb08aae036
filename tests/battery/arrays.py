"""Arrays of every kind at every argument that takes some: the numbers of a plain array, or a refusal that names it.

A call gets one odd argument. If it is taken, the result (an answer, or the weights that were trained) has to be that of
the same numbers as a plain float array, to the bit. If it is refused, it is by a ValueError or TypeError that names the
argument (estimators say it in scikit-learn's words), and the model, its optimizer and all random streams are as they
were.
"""

from __future__ import annotations

import array
import random
import re
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

import tinynet
from tests.battery.tally import Tally
from tests.support.hostile_state import digest_of
from tinynet.layers import Dense, Input

ROWS = 12


class Rows(np.ndarray):
    """An array of a class of its own."""


def _numbers(rng: random.Random, shape: tuple[int, ...]) -> np.ndarray:
    """Return small whole numbers, which every type holds exactly."""
    return np.random.default_rng(rng.randrange(1 << 30)).integers(0, 2, shape).astype(np.float64)


def _unaligned(values: np.ndarray) -> np.ndarray:
    raw = bytearray(values.nbytes + 1)
    found = np.frombuffer(raw, np.uint8)[1:].view(values.dtype).reshape(values.shape)
    found[...] = values
    return found


def _strided(values: np.ndarray) -> np.ndarray:
    found = np.zeros((2 * len(values), *values.shape[1:]), values.dtype)
    found[::2] = values
    return found[::2]


def _locked(values: np.ndarray) -> np.ndarray:
    values = values.copy()
    values.flags.writeable = False
    return values


def _masked(values: np.ndarray) -> Any:
    found = np.ma.MaskedArray(values.copy(), np.zeros(values.shape, bool))
    if found.size:
        found.mask.flat[0] = True
    return found


#: Other forms of the same numbers.
FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "as it is": lambda v: v,
    "Fortran's order": np.asfortranarray,
    "every second row": _strided,
    "backwards": lambda v: v[::-1].copy()[::-1],
    "columns backwards": lambda v: v[..., ::-1].copy()[..., ::-1],
    "transposed": lambda v: v.T.copy().T,
    "read-only": _locked,
    "unaligned": lambda v: _unaligned(v) if v.dtype.kind in "fiub" else v,
    "a class of its own": lambda v: v.view(Rows),
    "masked nowhere": lambda v: np.ma.MaskedArray(v),
    "lists": lambda v: v.tolist(),
    "tuples": lambda v: tuple(tuple(row) if np.ndim(row) else row for row in v.tolist()),
    "a list of arrays": list,
    "a memoryview": lambda v: memoryview(np.ascontiguousarray(v)) if v.dtype.kind in "fiu" else v,
    "a buffer": lambda v: array.array("d", v.astype(float)) if v.ndim == 1 else v,
}
#: Types that hold the numbers.
TYPES = ("?", "b", "B", "h", "H", "i", "I", "q", "Q", "e", "f", "d", "g", ">f", ">d", ">i", ">H", ">e", "O")
#: What holds no such numbers, or not all of them: must be refused, or taken as float of the same values.
WRONG: dict[str, Callable[[np.ndarray], Any]] = {
    "complex": lambda v: v.astype("F"),
    "dates": lambda v: v.astype("M8[D]"),
    "times": lambda v: v.astype("m8[s]"),
    "texts": lambda v: v.astype("U3"),
    "bytes": lambda v: v.astype("S3"),
    "records": lambda v: np.zeros(v.shape, [("a", "f4"), ("b", "i4")]),
    "raw bytes": lambda v: np.zeros(v.shape, "V8"),
    "None among objects": lambda v: _with(v.astype(object), None),
    "texts among objects": lambda v: _with(v.astype(object), "a"),
    "lists among objects": lambda v: _with(v.astype(object), [1, 2]),
    "NaN": lambda v: _with(v, np.nan),
    "infinity": lambda v: _with(v, np.inf),
    "too large": lambda v: _with(v, 1e300),
    "masked": _masked,
    "no rows": lambda v: v[:0],
    "no columns": lambda v: v.reshape(len(v), -1)[:, :0],
    "a row less": lambda v: v[:-1],
    "a row more": lambda v: np.concatenate([v, v[:1]]),
    "an axis more": lambda v: np.repeat(v[..., None], 2, -1),
    "an axis less": lambda v: v.reshape(-1),
    "many axes": lambda v: v.reshape(v.shape + (1,) * 20),
    "one number": lambda v: v.flat[0],
    "no axes": lambda v: np.array(1.0),
    "ragged": lambda v: [[0.0] * (1 + n % 2) for n in range(len(v))],
    "ragged within": lambda v: [[[0.0], [1.0, 2.0]] for _ in v],
    "a dict": lambda v: {0: v},
    "a set": lambda v: {1.0, 2.0},
    "a text": lambda v: "abc",
    "a generator": lambda v: (row for row in v),
    "a function": lambda v: len,
    "a class": lambda v: np.ndarray,
    "Decimals": lambda v: [[Decimal(1)] * 3 for _ in v],
    "Fractions": lambda v: [[Fraction(1, 2)] * 3 for _ in v],
    "stride 0": lambda v: np.broadcast_to(v[:1], v.shape),
    "huge numbers": lambda v: [[10**400] * 3 for _ in v],
}


def _with(values: np.ndarray, one: Any) -> np.ndarray:
    values = values.copy()
    if values.size:
        values.flat[values.size // 2] = one
    return values


def stacked() -> Any:
    """Return a stack of layers."""
    model = tinynet.Sequential([Input((3,)), Dense(4, "relu"), Dense(2, "sigmoid")])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def by_python() -> Any:
    """Return a stack that runs in the layer loop."""
    model = stacked()
    model.compile("adam", "mse", metrics=["mae"], compiled=False)
    return model


def functional() -> Any:
    """Return a model of two branches."""
    inputs = tinynet.Input((3,))
    left, right = Dense(4, "relu")(inputs), Dense(4, "tanh")(inputs)
    model = tinynet.Model(inputs, Dense(2, "sigmoid")(tinynet.layers.Concatenate()([left, right])))
    model.compile("adam", "mse", metrics=["mae"])
    return model


def regressor() -> Any:
    """Return an estimator that is fitted."""
    from tinynet.sklearn import MLPRegressor

    return MLPRegressor(hidden_layer_sizes=(4,), max_iter=2, random_state=0).fit(X(), Y())


Call = Callable[[Any, Any, Any, Any], Any]
#: Calls of a model, and which arguments they have.
CALLS: dict[str, tuple[Call, str]] = {
    "fit": (lambda m, x, y, w: m.fit(x, y, sample_weight=w, batch_size=5, epochs=2, verbose=0).history, "xyw"),
    "fit, validation": (lambda m, x, y, w: m.fit(X(), Y(), validation_data=(x, y, w), verbose=0).history, "xyw"),
    "fit, split": (lambda m, x, y, w: m.fit(x, y, sample_weight=w, validation_split=0.3, verbose=0).history, "xyw"),
    "evaluate": (lambda m, x, y, w: m.evaluate(x, y, sample_weight=w, verbose=0), "xyw"),
    "train_on_batch": (lambda m, x, y, w: m.train_on_batch(x, y, w), "xyw"),
    "test_on_batch": (lambda m, x, y, w: m.test_on_batch(x, y, w), "xyw"),
    "predict": (lambda m, x, y, w: m.predict(x, batch_size=5, verbose=0), "x"),
    "predict_on_batch": (lambda m, x, y, w: m.predict_on_batch(x), "x"),
    "call": (lambda m, x, y, w: m(x), "x"),
    "call in training": (lambda m, x, y, w: m(x, training=True), "x"),
}
OF_ESTIMATORS: dict[str, tuple[Call, str]] = {
    "fit": (lambda m, x, y, w: m.fit(x, y).loss_curve_, "xy"),
    "predict": (lambda m, x, y, w: m.predict(x), "x"),
    "score": (lambda m, x, y, w: m.score(x, y, w), "xyw"),
    "partial_fit": (lambda m, x, y, w: m.partial_fit(x, y).loss_curve_, "xy"),
}
MODELS = {
    "stack": (stacked, CALLS), "layer loop": (by_python, CALLS), "functional": (functional, CALLS),
    "estimator": (regressor, OF_ESTIMATORS),
}  # fmt: skip
#: How an argument may be called in words.
WORDS = {
    "x": r"x|X|samples?|features?|inputs?",
    "y": r"y|targets?|labels?",
    "w": r"sample_weight|weights?|sample_weights",
}


def X() -> np.ndarray:
    """Return good samples."""
    return np.random.default_rng(1).integers(0, 2, (ROWS, 3)).astype(np.float32)


def Y() -> np.ndarray:
    """Return good targets."""
    return np.random.default_rng(2).integers(0, 2, (ROWS, 2)).astype(np.float32)


def _result(make: Callable[[], Any], call: Call, given: list[Any]) -> tuple[str, Any]:
    """Return what a call comes to: "answer" and its bits with the weights, "refused" and the words, or "fault"."""
    tinynet.set_random_seed(4)
    model = make()
    if hasattr(model, "shuffle_state"):
        model.shuffle_state()
    before = digest_of(model)
    try:
        answer = call(model, *given)
    except (ValueError, TypeError) as error:
        if digest_of(model) != before:
            return "fault", f"refused, and changed the model or a random stream: {error!s:.100}"
        return "refused", str(error)
    except BaseException as error:
        return "fault", f"{type(error).__name__}: {error!s:.150}"
    weights = model.get_weights() if hasattr(model, "get_weights") else []
    answers = answer.values() if isinstance(answer, dict) else [answer]
    return "answer", [np.asarray(one, np.float64).ravel() for one in (*answers, *weights)]


def _same(kind: str, one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Whether two answers are equal: to the bit, but for estimators, which train in float64 what is no float32."""
    if [each.shape for each in one] != [each.shape for each in other]:
        return False
    if kind == "estimator":
        return all(np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(one, other, strict=True))
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def fuzzed(count: int, seed: int = 0) -> Tally:
    """Make `count` calls with an odd argument each."""
    warnings.simplefilter("ignore")
    tally, rng = Tally(), random.Random(seed)
    for _ in range(count):
        kind = rng.choice([*MODELS])
        make, calls = MODELS[kind]
        name = rng.choice([*calls])
        call, arguments = calls[name]
        which = rng.choice(arguments)
        shape = {"x": (ROWS, 3), "y": (ROWS, 2), "w": (ROWS,)}[which]
        values = _numbers(rng, shape)
        good = {"x": X(), "y": Y(), "w": None}
        if rng.random() < 0.5:
            form, dtype = rng.choice([*FORMS]), rng.choice(TYPES)
            what = f"{form}, {dtype}"
            odd: Any = FORMS[form](values.astype(dtype))
            plain: Any = values.astype(np.float32)
        else:
            what = rng.choice([*WRONG])
            odd = WRONG[what](values)
            try:
                plain = np.asarray(WRONG[what](values), np.float32)
            except (ValueError, TypeError, OverflowError):
                plain = None
        tally.inputs += 1
        outcome, found = _result(make, call, [*{**good, which: odd}.values()])
        problem = ""
        if outcome == "fault":
            problem = found
        elif outcome == "refused":
            tally.faults += 1
            if what in FORMS:
                problem = f"refused: {found}"
            elif kind != "estimator" and not re.search(rf"\b({WORDS[which]})\b|[Ll]ayer|[Mm]odel", found):
                problem = f"does not name the argument: {found:.150}"
        elif plain is None:
            problem = "was taken"
        else:
            same, expected = _result(make, call, [*{**good, which: plain}.values()])
            if same != "answer" or not _same(kind, found, expected):
                problem = f"gives something else than a plain array does ({same}: {expected!s:.80})"
        if kind == "estimator" and what == "too large":  # scikit-learn's words for it come after the training
            continue
        if problem:
            tally.failures.append(f"{kind}.{name}({which} = {what}): {problem:.300}")
    return tally
