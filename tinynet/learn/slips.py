"""The usual slips in a formula: what a learner writes in place of the expression that a part's words are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tinynet.learn.expressions import Tree, leaf

#: Names of numbers in words: rates of learning, and what arrives from the layer after.
RATES, ARRIVING = ("learning_rate", "alpha"), ("da", "dy")
_ONE = leaf("1")
#: Slips that are looked for alone, not together with others: there are many of them, or they are seldom made.
RARE = {
    "factor twice",
    "mean for sum",
    "rooted inside",
    "least for largest",
    "all roots",
    "absolute inside",
    "share besides",
}


class Slip(NamedTuple):
    """A slip: its key in the table of sentences, what is in them, and the expression that it makes."""

    key: str
    values: dict[str, str]
    tree: Tree


def slips(tree: Tree, constants: Mapping[str, float]) -> Iterator[Slip]:
    """Yield the usual slips in an expression; `constants` are the numbers behind its names.

    Examples
    --------
    >>> from tinynet.learn.parsing import read
    >>> for slip in slips(read("{da}·{a}·(1 - {a})"), {}):
    ...     if slip.key != "factor twice":
    ...         print(slip.key, slip.tree)
    slope alone {a}·(1 - {a})
    missing factor {da}·(1 - {a})
    missing factor {da}·{a}
    other sign inside {da}·{a}·(1 + {a})
    not from 1 {da}·{a}·{a}
    """
    book = as_in_a_book(tree)
    seen = {tree, book}
    found = [slip for written in dict.fromkeys((tree, book)) for slip in _all(written, constants)]
    for slip in sorted(found, key=lambda slip: slip.key in RARE):
        if slip.tree not in seen:
            seen.add(slip.tree)
            yield slip


def as_in_a_book(tree: Tree) -> Tree:
    """Return a running mean as books write it, where it is written as Keras computes it; any other tree as it is.

    Examples
    --------
    >>> from tinynet.learn.parsing import read
    >>> print(as_in_a_book(read("{m_old} + ({g} - {m_old})·(1 - {beta})")))
    {beta}·{m_old} + (1 - {beta})·{g}
    """
    if tree.what == "+" and tree.inside[1].what == "·":
        old, (apart, rest) = tree.inside[0], tree.inside[1].inside
        if apart.what == "-" and apart.inside[1] == old and rest.what == "-" and rest.inside[0] == _ONE:
            return Tree("+", (Tree("·", (rest.inside[1], old)), Tree("·", (rest, apart.inside[0]))))
    return tree


def _all(tree: Tree, constants: Mapping[str, float]) -> Iterator[Slip]:
    for name, value in constants.items():
        if 0 < value < 1 and name not in (*RATES, "epsilon"):
            swapped = tree.renamed({name: Tree("-", (_ONE, leaf(f"{{{name}}}")))})
            yield Slip("shares swapped", {"part": f"{{{name}}}"}, swapped)
            yield from _share_besides(tree, name)
    inside_products: set[int] = set()
    for node in tree:
        if node.what in ("·", "/") and id(node) not in inside_products:
            yield from _in_product(tree, node, inside_products)
    for node in tree:
        yield from _in_node(tree, node)
    yield from _everywhere(tree)
    if len(constants) == 1:  # ρ·v + (1 - ρ)·g²
        yield from _without_shares(tree, *constants)


def _everywhere(tree: Tree) -> Iterator[Slip]:
    """Yield slips that are made wherever something stands."""
    powers = [node for node in tree if node.what == "exp"]
    for key, make in (("missing function", lambda x: x), ("another base", lambda x: Tree("^", (leaf("2"), x)))):
        changed = tree
        for node in powers:
            changed = changed.replaced(node, make(node.inside[0]))
        if powers:
            yield Slip(key, {"part": str(powers[0])}, changed)
    roots = [node for node in tree if node.what == "sqrt"]
    if len(roots) > 1:
        changed = tree
        for node in roots:
            changed = changed.replaced(node, node.inside[0])
        yield Slip("all roots", {"part": ", ".join(str(node.inside[0]) for node in roots)}, changed)
    for name in dict.fromkeys(node.what for power in powers for node in power if node.is_name):
        yield Slip("other sign inside", {"part": name}, tree.renamed({name.strip("{}"): Tree("neg", (leaf(name),))}))


def _share_besides(tree: Tree, share: str) -> Iterator[Slip]:
    """Yield a sum whose second term has the rest of the first one's share: a mean where all is added up."""
    rest = Tree("-", (_ONE, leaf(f"{{{share}}}")))
    for node in tree:
        if node.what in ("+", "-"):
            first, last = node.inside
            names = [{part.name for part in term if part.is_name} for term in node.inside]
            if share in names[0] - names[1] and first.what == "·":
                mean = Tree(node.what, (first, Tree("·", (rest, last))))
                yield Slip("share besides", {"part": f"{{{share}}}"}, tree.with_part(node, mean))


def _without_shares(tree: Tree, share: str) -> Iterator[Slip]:
    """Yield the sum of two terms, each without its share: adding up, not a mean."""
    if tree.what == "+" and all(term.what == "·" for term in tree.inside):
        first, last = (term.inside for term in tree.inside)
        if str(first[0]) == f"{{{share}}}":
            part = {"part": f"{{{share}}}"}
            yield Slip("missing shares", part, Tree("+", (first[1], last[1])))


def _in_product(tree: Tree, node: Tree, seen: set[int]) -> Iterator[Slip]:
    """Yield slips in a product: a factor is forgotten, or multiplied by where it divides."""
    links, part = [node], node.inside[0]
    while part.what in ("·", "/"):
        links.append(part)
        part = part.inside[0]
    seen.update(map(id, links))
    for link in reversed(links):
        left, right = link.inside
        if link is links[-1] and link.what == "·":
            yield _without(tree, link, left, right)
        if link is links[-1] and link.what == "/" and left != _ONE:
            yield _without(tree, link, left, Tree("/", (_ONE, right)))
        yield _without(tree, link, right, left)
        if link.what == "/":
            yield Slip("not divided", {"part": str(right)}, tree.with_part(link, Tree("·", (left, right))))
            rooted = Tree("/", (left, Tree("sqrt", (right,))))
            yield Slip("rooted inside", {"part": str(right)}, tree.with_part(link, rooted))
    for link in reversed(links):
        left, right = link.inside
        for factor in (left, right) if link is links[-1] else (right,):
            if factor.inside or factor.is_name:
                how = "·" if factor is left else link.what
                key = "rate twice" if factor.is_name and factor.name in RATES else "factor twice"
                yield Slip(key, {"part": str(factor)}, tree.with_part(link, Tree(how, (link, factor))))


def _without(tree: Tree, link: Tree, factor: Tree, rest: Tree) -> Slip:
    """Return the slip of forgetting a factor."""
    key = "missing factor"
    if factor.is_name:
        known = {**dict.fromkeys(RATES, "missing rate"), **dict.fromkeys(ARRIVING, "slope alone")}
        key = {**known, "N": "missing 1/N", "K": "missing 1/K"}.get(factor.name, key)
    elif factor.what == "2":
        key = "missing 2"
    return Slip(key, {"part": str(factor)}, tree.with_part(link, rest))


def _in_node(tree: Tree, node: Tree) -> Iterator[Slip]:
    """Yield slips in one operation."""

    def slip(key: str, new: Tree, part: Tree = node) -> Slip:
        return Slip(key, {"part": str(part)}, tree.with_part(node, new))

    what, inside = node.what, node.inside
    if what == "^" and inside[1].what == "2":
        yield slip("missing square", inside[0])
        yield slip("absolute inside", Tree("abs", (inside[0],)))
    elif what == "sqrt":
        yield slip("missing root", inside[0])
        if inside[0].what == "+":
            first, last = inside[0].inside
            yield slip("epsilon's place", Tree("+", (Tree("sqrt", (first,)), last)))
    elif what in ("+", "-"):
        first, last = inside
        if first.what == "sqrt":
            yield slip("epsilon's place", Tree("sqrt", (Tree("+", (first.inside[0], last)),)))
        yield slip("other sign inside", Tree("-" if what == "+" else "+", inside), last)
        if first.what == "1" and what == "-":
            yield slip("not from 1", last)
            return
        yield slip("missing term", first, last)
        yield slip("missing term", last if what == "+" else Tree("neg", (last,)), first)
    elif what == "neg":
        yield slip("other sign inside", inside[0])
    elif what == "if":
        value, condition, other = inside
        yield slip("wrong side", Tree("if", (other, condition, value)), condition)
        yield slip("everywhere alike", value, condition)
        yield slip("everywhere alike", other, condition)
    elif what in ("<", ">", "≤", "≥"):
        turned = {"<": "≥", ">": "≤", "≤": ">", "≥": "<"}[what]
        yield slip("wrong side", Tree(turned, inside))
        if node is not tree and not any(part.what == "if" for part in tree):
            yield slip("value for mask", inside[0])
            yield slip("leaky", Tree("if", (_ONE, node, leaf("0.01"))))
            for name in ARRIVING:
                yield slip("mask of the gradient", Tree(what, (leaf(f"{{{name}}}"), inside[1])))
    elif what == "sum":
        yield slip("wrong axis", Tree("sum of column", inside))
        yield slip("wrong axis", Tree("sum of all", inside))
        yield slip("not summed", inside[0])
        yield slip("mean for sum", Tree("mean", inside))
    elif what in ("max", "min", "clip"):
        yield slip("everywhere alike", inside[0])
        if what != "clip":
            yield slip("least for largest", Tree("min" if what == "max" else "max", inside))
            yield slip("sum for largest", Tree("+", inside))
        if what == "max" and not inside[0].inside:
            yield slip("missing factor", inside[1])
    elif what == "abs" or (inside and len(inside) == 1):
        yield slip("missing function", inside[0])
