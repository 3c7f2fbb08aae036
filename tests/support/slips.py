"""How people get a statement wrong: something is left out, put in the wrong place, or ends one too soon or too late."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

#: Arguments whose absence nobody hears of: what `strict` would raise is an assertion, and `**` is no argument.
_UNHEARD = (None, "stacklevel", "strict")


def slips(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a node that are to be changed, each with a value in its place."""
    match node:
        case ast.Expr(value=ast.Call()) | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "__class__", ast.Pass
        case ast.AugAssign() | ast.Break() | ast.Continue() | ast.Delete():
            yield "__class__", ast.Pass
        case ast.Call():
            yield from _of_calls(node)
        case ast.BoolOp(values=values):
            for left_out in range(len(values)):
                rest = values[:left_out] + values[left_out + 1 :]
                yield "values", rest if len(rest) > 1 else rest * 2
        case ast.Slice(lower=lower, upper=upper):
            yield from ((name, None) for name, bound in (("lower", lower), ("upper", upper)) if bound is not None)
        case ast.keyword(arg=name, value=ast.Constant(value=bool() as value)) if name not in _UNHEARD:
            yield "value", ast.Constant(not value)
        case (
            ast.Assign(value=ast.Constant(value=bool() as value))
            | ast.Return(value=ast.Constant(value=bool() as value))
        ):
            yield "value", ast.Constant(not value)
        case ast.arguments(defaults=defaults):
            for number, default in enumerate(defaults):
                if isinstance(default, ast.Constant) and isinstance(default.value, bool):
                    other = ast.Constant(not default.value)
                    yield "defaults", [*defaults[:number], other, *defaults[number + 1 :]]


def _of_calls(call: ast.Call) -> Iterator[tuple[str, Any]]:
    if isinstance(call.func, ast.Name) and call.func.id == "range":
        *begins, end = call.args[:2]
        one = ast.Constant(1)
        yield "args", [*begins, ast.BinOp(end, ast.Sub(), one), *call.args[2:]]
        yield "args", [ast.BinOp(begins[0], ast.Add(), one) if begins else one, end, *call.args[2:]]
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "copy" and not call.args:
        yield "func", ast.Lambda(ast.arguments([], [], None, [], [], None, []), call.func.value)
    else:
        plain = [not isinstance(argument, ast.Starred) for argument in call.args]
        if plain[:2] == [True, True] and ast.unparse(call.args[0]) != ast.unparse(call.args[1]):
            yield "args", [call.args[1], call.args[0], *call.args[2:]]
    for number, keyword in enumerate(call.keywords):
        if keyword.arg not in _UNHEARD:
            yield "keywords", call.keywords[:number] + call.keywords[number + 1 :]
