"""The one-line forms in which parts say what they are in ONNX.

A form is a Python expression. `x` is a layer's input, `z` an activation's; of several inputs ``*xs`` are all, `x1` and
`x2` the first two; other names are attributes of the part: its parameters, and its numbers. ``a @ b``, ``a + b`` and
the like are the operators of that meaning, any other operator is a call: what it takes as attributes is given by name.
``A if flag else B`` has a form for either value of a flag.

A layer that leaves out padding says in `onnx_padded` what it is where it does; `s` are the samples then, whose zeros
are padding.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

#: The ONNX operators that Python has signs for.
_SIGNS: dict[type, str] = {
    ast.Add: "Add",
    ast.Sub: "Sub",
    ast.Mult: "Mul",
    ast.Div: "Div",
    ast.MatMult: "MatMul",
    ast.Gt: "Greater",
    ast.Lt: "Less",
}

#: What a part's own inputs are called.
INPUTS = ("x", "z", "x1", "x2")
#: What all inputs are called together, and what the samples are.
ALL, SAMPLES = "xs", "s"


class Operator(NamedTuple):
    """An operator with what it is applied to.

    Attributes
    ----------
    name : str
        Its name in ONNX.
    inputs : tuple of expressions
        What it is applied to, in order; ``*xs`` stands for all inputs.
    attributes : dict of str to expression
        Its attributes: constants, or names of the part's numbers.
    """

    name: str
    inputs: tuple[ast.expr, ...]
    attributes: dict[str, ast.expr]


#: What says how a part computes: a class that defines one of these anew has no form, unless it says it.
_COMPUTES = {"call", "choose", "combined", "formulas", "forward", "kernels", "sums"}


def form_of(cls: type, attribute: str = "onnx") -> str | None:
    """Return the form of a class of parts, or None if it has none; ``"onnx_padded"`` is the one that leaves out.

    Examples
    --------
    >>> from tinynet.activations import ELU
    >>> class Mine(ELU):
    ...     def forward(self, z):
    ...         return z
    >>> form_of(ELU), form_of(Mine)
    ('Elu(z, alpha=alpha)', None)
    """
    for base in cls.__mro__:
        if attribute in vars(base):
            form: str | None = vars(base)[attribute]
            return form
        if _COMPUTES & vars(base).keys():
            break
    return None


@cache
def parsed(form: str) -> ast.expr:
    """Return the expression of a form."""
    return ast.parse(form, mode="eval").body


def operator(expression: ast.expr) -> Operator:
    """Return the operator at the top of an expression.

    Raises
    ------
    ValueError
        If there is none that ONNX could mean.

    Examples
    --------
    >>> operator(parsed("x @ kernel")).name, operator(parsed("Softmax(z, axis=-1)")).attributes.keys()
    ('MatMul', dict_keys(['axis']))
    """
    match expression:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            return Operator(_SIGNS[type(op)], (left, right), {})
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _SIGNS:
            return Operator(_SIGNS[type(op)], (left, right), {})
        case ast.Call(func=ast.Name(id=name), args=inputs, keywords=keywords):
            return Operator(name, tuple(inputs), {str(k.arg): k.value for k in keywords})
    raise ValueError(f"ONNX has no operator for {ast.unparse(expression)}.")


def alternatives(expression: ast.expr) -> Iterator[tuple[ast.expr, dict[str, bool]]]:
    """Yield the expressions without flags that a form stands for, each with the values of its flags.

    Examples
    --------
    >>> [(ast.unparse(e), flags) for e, flags in alternatives(parsed("x + bias if use_bias else x"))]
    [('x + bias', {'use_bias': True}), ('x', {'use_bias': False})]
    """
    if isinstance(expression, ast.IfExp):
        assert isinstance(expression.test, ast.Name)
        for branch, value in ((expression.body, True), (expression.orelse, False)):
            for rest, flags in alternatives(branch):
                yield rest, {expression.test.id: value, **flags}
    else:
        yield expression, {}


def number(expression: ast.expr) -> Any:
    """Return the constant that an expression is, or None if it is none."""
    try:
        return ast.literal_eval(expression)
    except ValueError:
        return None
