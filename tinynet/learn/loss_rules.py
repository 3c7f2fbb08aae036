"""How the numbers of the loss are made of others: sums over rows, over the batch, over weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinynet.learn.notation import MAX_TERMS, Index, Part, Tape, at, factor, number, summed
from tinynet.learn.rules import Pointwise


@dataclass(frozen=True)
class RowSum:
    """Σₖ of a formula over a row, maybe divided by the number of columns: a row's loss."""

    term: Pointwise
    mean: bool
    skip_zeros_of: str | None = None

    def symbols(self, tape: Tape, index: Index) -> str:
        """(1/K)·Σₖ …."""
        columns = self._columns(tape)
        names = {t: at(name, self.term.place(t, (index[0], "k"))) for t, name in self.term.tensors.items()}
        symbols = {token: symbol for token, (symbol, _) in self.term.constants.items()}
        term = self.term.template.format_map({**symbols, **names})
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
        tensors = self.term.tensors.items()
        return tuple(dict.fromkeys((name, self.term.place(token, (index[0], None))) for token, name in tensors))


@dataclass(frozen=True)
class Mean:
    """The batch's loss from the rows' losses, and the penalties: Σₙ weight·loss / N + penalty.

    The sum is divided by `divisor`, a symbol and its number: N as a rule; by nothing if that is None.
    """

    of: str
    weights: str | None
    penalties: tuple[str, ...]
    divisor: tuple[str, float] | None

    def symbols(self, tape: Tape, index: Index) -> str:
        """1/N·Σₙ ℓ[n]."""
        weight = f"·{at(self.weights, ('n',))}" if self.weights else ""
        share = f"1/{number(self.divisor[1], 6)}·" if self.divisor else ""
        return " + ".join([f"{share}Σₙ {at(self.of, ('n',))}{weight}", *self.penalties])

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The rows' losses."""
        losses, count = tape[self.of], tape[self.of].size
        terms = [
            factor(losses[n], precision) + (f"·{factor(tape[self.weights][n], precision)}" if self.weights else "")
            for n in range(min(count, MAX_TERMS))
        ]
        penalties = [factor(tape[name], precision) for name in self.penalties]
        total = summed(terms, count)
        share = f"1/{number(self.divisor[1], max(precision, 6))}·({total})" if self.divisor else total
        return " + ".join([share, *penalties])

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """All rows."""
        rows = [self.of, self.weights] if self.weights else [self.of]
        return (*((name, (None,)) for name in rows), *((name, ()) for name in self.penalties))


@dataclass(frozen=True)
class Jacobian:
    """The first row's Jacobian, by the activation's words for an entry of it: ``"∂pₖ/∂zᵢ = pₖ·([k=i] - pᵢ)"``."""

    p: str
    entry: str

    def formula(self) -> str:
        """Return the formula of row k and column i."""
        return self._filled(at(self.p, (0, "k")), at(self.p, (0, "i")), "[k=i]")

    def symbols(self, tape: Tape, index: Index) -> str:
        """p[0,k]·(1 or 0 - p[0,i])."""
        k, i = index
        return self._filled(at(self.p, (0, k)), at(self.p, (0, i)), str(int(k == i)))

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """With numbers."""
        (k, i), p = index, tape[self.p][0]
        return self._filled(factor(p[k], precision), factor(p[i], precision), str(int(k == i)))

    def _filled(self, k: str, i: str, same: str) -> str:
        return self.entry.replace("pₖ", k).replace("pᵢ", i).replace("[k=i]", same)

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The two probabilities."""
        return ((self.p, (0, index[0])), (self.p, (0, index[1])))


@dataclass(frozen=True)
class Total:
    """Σ of a formula over all entries of an array: the penalty of a parameter."""

    term: Pointwise

    def symbols(self, tape: Tape, index: Index) -> str:
        """Σ l2·W1²."""
        return f"Σ {self.term.formula()}"

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The terms of the largest weights."""
        w = tape[next(iter(self.term.tensors.values()))]
        largest = np.sort(np.argsort(-np.abs(w).reshape(-1), kind="stable")[:MAX_TERMS])
        places = [tuple(int(i) for i in np.unravel_index(t, w.shape)) for t in largest]
        return summed([self.term.numbers(tape, place, precision) for place in places], w.size)

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The whole array."""
        return tuple((name, (None,) * tape[name].ndim) for name in dict.fromkeys(self.term.tensors.values()))
