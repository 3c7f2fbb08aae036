"""How a statement is changed in one place: every operator, comparison, condition and number by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.Sub),
    ast.FloorDiv: (ast.Mult, ast.Sub),
    ast.Mod: (ast.Mult, ast.FloorDiv),
    ast.Pow: (ast.Mult, ast.Add),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a node that are to be changed, each with a value in its place."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op):
            for other in ARITHMETIC.get(type(op), ()):
                yield "op", other()
        case ast.UnaryOp(op=ast.USub()):
            yield "op", ast.UAdd()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "operand", ast.UnaryOp(ast.Not(), operand)
        case ast.If() | ast.IfExp():
            for always in (True, False):
                yield "test", ast.Constant(always)
        case ast.BoolOp(op=op):
            yield "op", ast.And() if isinstance(op, ast.Or) else ast.Or()
        case ast.Compare(ops=[op]):
            for comparison in COMPARISONS.get(type(op), ()):
                yield "ops", [comparison()]
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            for number in (2 * value, 0 * value) if value else (value + 1,):
                yield "value", number
            if isinstance(value, float) and value:
                yield "value", -value


def statements(node: ast.AST, function: str = "", statement: Any = None) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
    """Yield every node inside the functions, with the function's name and the innermost statement around it."""
    if isinstance(node, ast.FunctionDef):
        function = node.name
    if isinstance(node, ast.stmt):
        statement = node
    if function:
        yield function, statement, node
    for child in ast.iter_child_nodes(node):
        yield from statements(child, function, statement)


class Mutant(NamedTuple):
    """A file of the package with one of its functions changed."""

    file: str
    function: str
    source: str
