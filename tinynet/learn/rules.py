"""How one entry of a traced array is made of entries of others: in symbols, in numbers, and which they are.

A rule computes nothing that a step shows as its value: that comes from the kernels. It writes down the sum or the
product that the kernel carried out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynet.learn.notation import MAX_TERMS, Index, Part, Tape, at, factor, number, summed

_SUBSCRIPT = {"n": "ₙ", "i": "ᵢ", "j": "ⱼ", "k": "ₖ"}


@dataclass(frozen=True)
class Product:
    """A matrix product, with a bias maybe: Σ left·right over one axis of each."""

    left: str
    right: str
    left_over: int
    right_over: int
    letter: str
    bias: str | None = None

    def _places(self, index: Index, t: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        left = (index[0], t) if self.left_over == 1 else (t, index[0])
        right = (index[1], t) if self.right_over == 1 else (t, index[1])
        return left, right

    def symbols(self, tape: Tape, index: Index) -> str:
        """Σₙ x[n,0]·dz[n,1]."""
        left, right = self._places(index, self.letter)
        text = f"Σ{_SUBSCRIPT[self.letter]} {at(self.left, left)}·{at(self.right, right)}"
        return text + (f" + {at(self.bias, index[1:])}" if self.bias else "")

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """0.1·0.2 + …, and the bias."""
        count = tape[self.left].shape[self.left_over]
        left, right = self._places(index, slice(None))
        products = np.abs(tape[self.left][left] * tape[self.right][right])
        chosen = range(count) if count <= MAX_TERMS else np.sort(np.argsort(-products, kind="stable")[:MAX_TERMS])
        terms = []
        for t in chosen:
            left, right = self._places(index, t)
            terms.append(f"{factor(tape[self.left][left], precision)}·{factor(tape[self.right][right], precision)}")
        text = summed(terms, count)
        return text + (f" + {factor(tape[self.bias][index[1]], precision)}" if self.bias else "")

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """A row or column of each."""
        left, right = self._places(index, None)
        parts: tuple[Part, ...] = ((self.left, left), (self.right, right))
        return (*parts, (self.bias, index[1:])) if self.bias else parts


@dataclass(frozen=True)
class ColumnSum:
    """Σₙ of a column: the bias's gradient."""

    of: str

    def symbols(self, tape: Tape, index: Index) -> str:
        """Σₙ dz[n,1]."""
        return f"Σₙ {at(self.of, ('n', index[0]))}"

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """0.1 + 0.2 + …."""
        column = tape[self.of][:, index[0]]
        return summed([factor(v, precision) for v in column[:MAX_TERMS]], len(column))

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The column."""
        return ((self.of, (None, index[0])),)


@dataclass(frozen=True)
class Pointwise:
    """A formula from entries at the same place: ``"{W} - {lr}·{g}"``.

    `tensors` says which tensor a token stands for, `constants` which symbol and number; `rows` names the tokens whose
    tensor has one entry per row.
    """

    template: str
    tensors: dict[str, str]
    constants: dict[str, tuple[str, float]] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()

    def formula(self) -> str:
        """Return the formula for whole tensors."""
        return self.template.format_map({**self.tensors, **{k: v[0] for k, v in self.constants.items()}})

    def _index(self, token: str, index: Index) -> Index:
        return index[:1] if token in self.rows else index

    def symbols(self, tape: Tape, index: Index) -> str:
        """The template with indexed names."""
        names = {token: at(name, self._index(token, index)) for token, name in self.tensors.items()}
        return self.template.format_map({**names, **{k: v[0] for k, v in self.constants.items()}})

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The template with numbers."""
        values = {
            token: factor(tape[name][self._index(token, index)], precision) for token, name in self.tensors.items()
        }
        constants = {token: factor(value, precision) for token, (_, value) in self.constants.items()}
        return self.template.format_map({**values, **constants})

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The entries at the same place."""
        named = (token for token in self.tensors if f"{{{token}}}" in self.template)
        return tuple((self.tensors[token], self._index(token, index)) for token in named)


@dataclass(frozen=True)
class RowSum:
    """Σₖ of a formula over a row, maybe divided by the number of columns: a row's loss."""

    term: Pointwise
    mean: bool
    skip_zeros_of: str | None = None

    def symbols(self, tape: Tape, index: Index) -> str:
        """(1/K)·Σₖ …."""
        columns = self._columns(tape)
        names = {token: at(name, (index[0], "k")) for token, name in self.term.tensors.items()}
        term = self.term.template.format_map(names)
        return f"Σₖ {term}" if not self.mean else f"1/{columns}·Σₖ {term}" if columns > 1 else self._first(index)

    def _first(self, index: Index) -> str:
        return self.term.symbols({}, (index[0], 0))

    def _columns(self, tape: Tape) -> int:
        return int(tape[next(iter(self.term.tensors.values()))].shape[1])

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The terms, without those that a factor of 0 makes vanish."""
        columns = list(range(self._columns(tape)))
        if self.skip_zeros_of is not None:
            factors = tape[self.term.tensors[self.skip_zeros_of]][index[0]]
            columns = [k for k in columns if factors[k] != 0] or columns[:1]
        terms = [self.term.numbers(tape, (index[0], k), precision) for k in columns[:MAX_TERMS]]
        text = summed(terms, len(columns))
        return text if not self.mean or self._columns(tape) == 1 else f"1/{self._columns(tape)}·({text})"

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The row of each tensor."""
        return tuple((name, (index[0], None)) for name in self.term.tensors.values())


@dataclass(frozen=True)
class Mean:
    """The batch's loss from the rows' losses: Σₙ weight·loss / N."""

    of: str
    weights: str | None

    def symbols(self, tape: Tape, index: Index) -> str:
        """1/N·Σₙ ℓ[n]."""
        return f"1/{tape[self.of].size}·Σₙ {at(self.of, ('n',))}" + (
            f"·{at(self.weights, ('n',))}" if self.weights else ""
        )

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The rows' losses."""
        losses, count = tape[self.of], tape[self.of].size
        terms = [
            factor(losses[n], precision) + (f"·{factor(tape[self.weights][n], precision)}" if self.weights else "")
            for n in range(min(count, MAX_TERMS))
        ]
        return f"1/{count}·({summed(terms, count)})"

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """All rows."""
        parts: tuple[Part, ...] = ((self.of, (None,)),)
        return (*parts, (self.weights, (None,))) if self.weights else parts


@dataclass(frozen=True)
class Softmax:
    """p = e^z / Σ e^z over a row."""

    z: str

    def symbols(self, tape: Tape, index: Index) -> str:
        """e^z[n,k] / Σⱼ e^z[n,j]."""
        return f"e^{at(self.z, index)} / Σⱼ e^{at(self.z, (index[0], 'j'))}"

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """With numbers."""
        row = tape[self.z][index[0]]
        terms = [f"e^{factor(v, precision)}" for v in row[:MAX_TERMS]]
        return f"e^{factor(row[index[1]], precision)} / ({summed(terms, row.size)})"

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The whole row: every output depends on every input."""
        return ((self.z, (index[0], None)),)


@dataclass(frozen=True)
class SoftmaxBackward:
    """dz = p·(dp - Σₖ dpₖ·pₖ): the Jacobian's row times dp."""

    p: str
    dp: str

    def symbols(self, tape: Tape, index: Index) -> str:
        """p[n,i]·(dp[n,i] - Σₖ dp[n,k]·p[n,k])."""
        dp, p = at(self.dp, (index[0], "k")), at(self.p, (index[0], "k"))
        return f"{at(self.p, index)}·({at(self.dp, index)} - Σₖ {dp}·{p})"

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """With numbers."""
        p, dp = tape[self.p][index[0]], tape[self.dp][index[0]]
        terms = [f"{factor(a, precision)}·{factor(b, precision)}" for a, b in zip(dp, p, strict=True)][:MAX_TERMS]
        i = index[1]
        return f"{factor(p[i], precision)}·({factor(dp[i], precision)} - ({summed(terms, p.size)}))"

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """Both rows."""
        return ((self.p, (index[0], None)), (self.dp, (index[0], None)))


@dataclass(frozen=True)
class Same:
    """The same numbers in another shape."""

    of: str
    to: str

    def _place(self, tape: Tape, index: Index) -> Index:
        flat = int(np.ravel_multi_index(index, tape[self.to].shape))
        return tuple(int(i) for i in np.unravel_index(flat, tape[self.of].shape))

    def symbols(self, tape: Tape, index: Index) -> str:
        """The entry's old place."""
        return at(self.of, self._place(tape, index))

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The number itself."""
        return number(tape[self.of][self._place(tape, index)], precision)

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The one entry."""
        return ((self.of, self._place(tape, index)),)


@dataclass(frozen=True)
class Opaque:
    """What a user's own code computed: which arrays went in is known, what was done with them is not."""

    call: str
    inputs: tuple[str, ...]

    def symbols(self, tape: Tape, index: Index) -> str:
        """The call."""
        return self.call

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """Nothing to substitute."""
        return self.call

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """All of every input, as far as is known."""
        return tuple((name, (None,) * tape[name].ndim) for name in self.inputs)
