"""What operations between tensors are in ONNX: `Operation` is one layer for all of NumPy's functions.

A form may take any of the arguments by its place, tensors and numbers alike: ``Div(x1, x2)`` is ``a / b``, ``a / 2.0``
and ``1.0 / a``. Source: https://onnx.ai/onnx/operators/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinynet.interop.keras_operations import told
from tinynet.interop.onnx.normal import Graph

#: The forms of functions of one array, and of several, entry by entry.
FORMS = {
    "absolute": "Abs(x1)",
    "add": "x1 + x2",
    "arccos": "Acos(x1)",
    "arcsin": "Asin(x1)",
    "arctan": "Atan(x1)",
    "ceil": "Ceil(x1)",
    "clip": "Min(Max(x1, x2), x3)",
    "cos": "Cos(x1)",
    "cosh": "Cosh(x1)",
    "divide": "x1 / x2",
    "equal": "Where(Equal(x1, x2), 1.0, 0.0)",
    "exp": "Exp(x1)",
    "exp2": "Pow(2.0, x1)",
    "expm1": "Exp(x1) - 1.0",
    "float_power": "Pow(x1, x2)",
    "floor": "Floor(x1)",
    "greater": "Where(x1 > x2, 1.0, 0.0)",
    "greater_equal": "Where(x1 < x2, 0.0, 1.0)",
    "less": "Where(x1 < x2, 1.0, 0.0)",
    "less_equal": "Where(x1 > x2, 0.0, 1.0)",
    "log": "Log(x1)",
    "log10": "Log(x1) * 0.4342944819032518",
    "log1p": "Log(1.0 + x1)",
    "log2": "Log(x1) * 1.4426950408889634",
    "logaddexp": "Max(x1, x2) + Log(1.0 + Exp(Neg(Abs(x1 - x2))))",
    "matmul": "x1 @ x2",
    "maximum": "Max(x1, x2)",
    "minimum": "Min(x1, x2)",
    "multiply": "x1 * x2",
    "negative": "Neg(x1)",
    "not_equal": "Where(Equal(x1, x2), 0.0, 1.0)",
    "positive": "x1",
    "power": "Pow(x1, x2)",
    "reciprocal": "Reciprocal(x1)",
    "rint": "Round(x1)",
    "sign": "Sign(x1)",
    "sin": "Sin(x1)",
    "sinh": "Sinh(x1)",
    "sqrt": "Sqrt(x1)",
    "square": "x1 * x1",
    "subtract": "x1 - x2",
    "tan": "Tan(x1)",
    "tanh": "Tanh(x1)",
    "where": "Where(Equal(x1, 0.0), x3, x2)",
}
_CENTRED = "(x1 - ReduceMean(x1, axes, keepdims=1))"
_VARIANCE = f"ReduceMean({_CENTRED} * {_CENTRED}, axes, keepdims=keepdims)"
#: Those of functions along axes.
ALONG = {
    "max": "ReduceMax(x1, axes, keepdims=keepdims)",
    "mean": "ReduceMean(x1, axes, keepdims=keepdims)",
    "min": "ReduceMin(x1, axes, keepdims=keepdims)",
    "sum": "ReduceSum(x1, axes, keepdims=keepdims)",
    "logsumexp": "ReduceLogSumExp(x1, axes, keepdims=keepdims)",
    "norm": "ReduceL2(x1, axes, keepdims=keepdims)",
    "std": f"Sqrt({_VARIANCE})",
    "var": _VARIANCE,
}


def form_of(part: Any) -> tuple[str, Any] | None:
    """Return the form of an operation, and what has the values of the names in it as attributes; None if it has none.

    The operation's tensors are called t0, t1 and so on in it.
    """
    call, config = told(part)
    values = SimpleNamespace()
    names = [_named(value, f"given_{n}", values) for n, value in enumerate(call)]
    if part.function in FORMS:
        names += [_named(value, f"given_{name}", values) for name, value in config.items()]
        return _with(FORMS[part.function], names), values
    if part.function in ALONG and not {*config} - {"axis", "keepdims"} and config.get("axis") is not None:
        values.axes = np.array(config["axis"], np.int64).reshape(-1)
        values.keepdims = int(bool(config.get("keepdims", False)))
        return _with(ALONG[part.function], names), values
    write = _MOVING.get(part.function)
    return None if write is None else (write(part, names, call, config, values), values)


def _with(form: str, names: Sequence[str]) -> str:
    """Return a form with the names of the arguments in their places."""
    for place, name in enumerate(names, 1):
        form = form.replace(f"x{place}", name)
    return form


def _named(value: Any, name: str, values: SimpleNamespace) -> str:
    """Return what an argument is called in a form: a tensor by its number, a number by a name that `values` gets."""
    if isinstance(value, dict) and "tensor" in value:
        return f"t{value['tensor']}"
    if not any(word in str(value) for word in ("tensor", "slice", "...")) and not isinstance(value, str):
        setattr(values, name, np.array([] if value is None else value, np.float32))
    return name


# ---- what only moves numbers ----------------------------------------------------------------------------------------


def _axes_of(part: Any) -> int:
    shape = part.input_shape
    return len(shape[0] if isinstance(shape[0], (tuple, list)) else shape)


def _getitem(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    """Slices first, then what single places and new axes do to the axes."""
    keys = call[1] if isinstance(call[1], (list, tuple)) else [call[1]]
    taken = sum(key is not None and key != "..." for key in keys)
    form, axis, place = names[0], 0, 0
    cuts: list[tuple[int, int, int, int]] = []
    gone, new, kept = [], [], 0
    for key in keys:
        if key == "...":
            kept += _axes_of(part) - taken
            axis += _axes_of(part) - taken
        elif key is None:
            new.append(kept)
            kept += 1
        elif isinstance(key, dict):
            start, stop, step = key["slice"]
            step = 1 if step is None else step
            ends = (0, np.iinfo(np.int64).max) if step > 0 else (-1, np.iinfo(np.int64).min)
            cuts.append((ends[0] if start is None else start, ends[1] if stop is None else stop, axis, step))
            axis, kept = axis + 1, kept + 1
        elif isinstance(key, int):
            cuts.append((key, key + 1 if key != -1 else np.iinfo(np.int64).max, axis, 1))
            gone.append(axis)
            axis += 1
        else:
            raise ValueError(f"{part.described} takes single entries by a list, for which it has no form in ONNX.")
    for place, what in enumerate(("starts", "ends", "axes", "steps")):
        setattr(values, what, np.array([cut[place] for cut in cuts], np.int64))
    values.gone, values.new = np.array(gone, np.int64), np.array(new, np.int64)
    form = f"Slice({form}, starts, ends, axes, steps)" if cuts else form
    form = f"Squeeze({form}, gone)" if gone else form
    return f"Unsqueeze({form}, new)" if new else form


def _by_axis(form: str) -> Callable[..., str]:
    def write(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
        values.axes = np.array(config["axis"], np.int64).reshape(-1)
        return _with(form, names)

    return write


def _stack(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    values.axis = axis = config.get("axis", 0)
    values.axes = np.array([axis], np.int64)
    each = [f"t{term['tensor']}" for term in call[0]]
    stacked = part.function == "stack"
    return f"Concat({', '.join(f'Unsqueeze({t}, axes)' if stacked else t for t in each)}, axis=axis)"


def _transpose(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    marked = np.empty(range(1, _axes_of(part) + 1))  # axis n is n + 1 long, by which it is found again
    given = {"axes": config.get("axes")} if part.function == "transpose" else config
    moved = getattr(np, part.function)(marked, *(v if not isinstance(v, list) else tuple(v) for v in given.values()))
    values.perm = [n - 1 for n in moved.shape]
    return _with("Transpose(x1, perm=perm)", names)


def _reshape(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    values.shape = np.array(config["newshape"], np.int64).reshape(-1)
    return _with("Reshape(x1, shape)", names)


def _tile(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    repeats = np.array(config["repeats"], np.int64).reshape(-1)
    values.repeats = np.concatenate([np.ones(_axes_of(part) - len(repeats), np.int64), repeats])
    return _with("Tile(x1, repeats)", names)


def _take(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    values.indices, values.axis = np.array(call[1], np.int64), config.get("axis", 0)
    return _with("Gather(x1, indices, axis=axis)", names)


def _places(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    """What is at other places along an axis, or at several."""
    shape, axis = part.input_shape, config.pop("axis")
    order = np.arange(shape[axis])
    values.indices, values.axis = np.asarray(getattr(np, part.function)(order, *config.values()), np.int64), axis
    return _with("Gather(x1, indices, axis=axis)", names)


def _triangle(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    values.mask = getattr(np, part.function)(np.ones(part.input_shape[-2:], np.float32), **config)
    return _with("x1 * mask", names)


def _einsum(part: Any, names: Any, call: Any, config: Any, values: SimpleNamespace) -> str:
    values.equation = call[0]
    return f"Einsum({', '.join(names[1:])}, equation=equation)"


_MOVING: dict[str, Callable[..., str]] = {
    "concatenate": _stack,
    "cumsum": _by_axis("CumSum(x1, axes)"),
    "einsum": _einsum,
    **dict.fromkeys(("flip", "repeat", "roll"), _places),
    **dict.fromkeys(("tril", "triu"), _triangle),
    "expand_dims": _by_axis("Unsqueeze(x1, axes)"),
    "getitem": _getitem,
    "moveaxis": _transpose,
    "reshape": _reshape,
    "squeeze": _by_axis("Squeeze(x1, axes)"),
    "stack": _stack,
    "swapaxes": _transpose,
    "take": _take,
    "tile": _tile,
    "transpose": _transpose,
}


# ---- read again, one operator at a time -----------------------------------------------------------------------------

#: Operators of one tensor and of several, some of which may be constants, with the functions that they are.
_READ = {
    form.partition("(")[0]: name
    for name, form in FORMS.items()
    if form.count("(") == 1 and form[0] != "(" and form.endswith(")") and "0" not in form
}
_READ |= {"Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide", "MatMul": "matmul"}
_READ |= {"Pow": "power", "Greater": "greater", "Less": "less", "Equal": "equal", "Where": "where"}
_READ_ALONG = {form.partition("(")[0]: name for name, form in ALONG.items() if form.startswith("Reduce")}
_READ_ALONG |= {"ReduceMean": "mean"}


def read(graph: Graph, tensor: str) -> tuple[str, list[Any], dict[str, Any], list[str]] | None:
    """Return what gives a tensor: the function, its arguments and options, and the tensors that it takes; or None."""
    node = graph.nodes.get(tensor)
    if node is None:
        return None
    tensors = [name for name in node.input if name not in graph.constants]
    op, first, rest = node.op_type, {"tensor": 0}, [graph.constants.get(name) for name in node.input[1:]]
    if op in _READ and tensors and len(node.input) <= 3:
        places = iter(range(len(tensors)))
        constants = (graph.constants.get(name) for name in node.input)
        return _READ[op], [{"tensor": next(places)} if c is None else c.tolist() for c in constants], {}, tensors
    if op == "Einsum" and len(tensors) == len(node.input):
        return (
            "einsum",
            [graph.attributes(node)["equation"], *({"tensor": n} for n in range(len(tensors)))],
            {},
            tensors,
        )
    if len(tensors) != 1 or tensors[0] != node.input[0] or any(each is None for each in rest):
        return None
    whole = [np.ravel(np.asarray(each)).tolist() for each in rest]
    given = graph.attributes(node)
    if op in _READ_ALONG and len(whole) == 1:
        return _READ_ALONG[op], [first], {"axis": whole[0], "keepdims": bool(given["keepdims"])}, tensors
    if op in ("Unsqueeze", "Squeeze") and len(whole) == 1:
        return {"Unsqueeze": "expand_dims"}.get(op, "squeeze"), [first], {"axis": whole[0]}, tensors
    if op == "Gather":
        return "take", [first, np.asarray(rest[0]).tolist()], {"axis": given["axis"]}, tensors
    if op == "CumSum" and len(whole[0]) == 1 and not given["exclusive"] and not given["reverse"]:
        return "cumsum", [first], {"axis": whole[0][0]}, tensors
    if op == "Tile":
        return "tile", [first, whole[0]], {}, tensors
    if op == "Slice" and len(whole) == 4 and min(whole[2], default=0) >= 0:
        cuts = {axis: _cut(start, stop, step) for start, stop, axis, step in zip(*whole, strict=True)}
        keys = [cuts.get(axis, {"slice": [None, None, None]}) for axis in range(max(cuts, default=0) + 1)]
        return "getitem", [first, keys], {}, tensors
    return None


def _cut(start: int, stop: int, step: int) -> dict[str, Any]:
    """Return a slice, in which an end that is far away is none."""
    far = np.iinfo(np.int64).max // 2
    return {"slice": [start, stop if abs(stop) < far else None, step]}
