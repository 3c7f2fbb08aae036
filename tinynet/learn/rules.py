"""How one entry of a traced array is made of entries of others: in symbols, in numbers, and which they are.

A rule computes nothing that a step shows as its value: that comes from the kernels. It writes down the sum or the
product that the kernel carried out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.notation import MAX_TERMS, Index, Part, Tape, at, constants_of, factor, names_in, number, summed

_SUBSCRIPT = {"n": "ₙ", "i": "ᵢ", "j": "ⱼ", "k": "ₖ"}
_LETTER = {subscript: letter for letter, subscript in _SUBSCRIPT.items()}


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

    def formula(self, times: str = "·") -> str:
        """Return the formula for whole tensors."""
        symbols = {**self.tensors, **{k: v[0] for k, v in self.constants.items()}}
        return self.template.replace("·", times).format_map(symbols)

    def place(self, token: str, index: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the place in a token's tensor that belongs to a place in the result."""
        return index[:1] if token in self.rows else index

    def symbols(self, tape: Tape, index: Index) -> str:
        """The template with indexed names."""
        names = {token: at(name, self.place(token, index)) for token, name in self.tensors.items()}
        return self.template.format_map({**names, **{k: v[0] for k, v in self.constants.items()}})

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The template with numbers."""
        values = {
            token: factor(tape[name][self.place(token, index)], precision) for token, name in self.tensors.items()
        }
        constants = {token: factor(value, precision) for token, (_, value) in self.constants.items()}
        return self.template.format_map({**values, **constants})

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The entries at the same place."""
        named = [token for token in self.tensors if f"{{{token}}}" in self.template]
        return tuple(dict.fromkeys((self.tensors[token], self.place(token, index)) for token in named))


@dataclass(frozen=True)
class Rowwise(Pointwise):
    """A formula from a row of each tensor: ``"e^{z} / Σⱼ e^{z}"``.

    A sum is over the row. It ends at the next space, or with the bracket that it stands in; in it a name stands for
    each of the row's entries in turn, and may have the sum's letter as a subscript: ``"Σₖ {da}ₖ·{a}ₖ"``.
    """

    def _pieces(self) -> Iterator[tuple[str, str]]:
        """Yield the template's pieces: for a sum its letter, or none, and the text."""
        rest = self.template
        while "Σ" in rest:
            before, _, rest = rest.partition("Σ")
            yield "", before
            letter, term = rest[0], rest[1:].lstrip()
            depth, end = 0, len(term)
            for i, character in enumerate(term):
                depth += (character in "([") - (character in ")]")
                if depth < 0 or (depth == 0 and character == " "):
                    end = i
                    break
            yield letter, term[:end]
            rest = term[end:]
        yield "", rest

    def formula(self, times: str = "·") -> str:
        """Return the formula for whole tensors; within sums products are of numbers."""
        symbols = {**self.tensors, **{k: v[0] for k, v in self.constants.items()}}
        pieces = [f"Σ{letter} {text}" if letter else text.replace("·", times) for letter, text in self._pieces()]
        return "".join(pieces).format_map(symbols)

    def symbols(self, tape: Tape, index: Index) -> str:
        """The template with indexed names: e^z[n,k] / Σⱼ e^z[n,j]."""
        text = ""
        for letter, piece in self._pieces():
            if letter:
                places = {t: at(name, (index[0], _LETTER[letter])) for t, name in self.tensors.items()}
                text += f"Σ{letter} " + self._filled(piece, letter, places)
            else:
                text += self._filled(piece, "", {t: at(n, self.place(t, index)) for t, n in self.tensors.items()})
        return text

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The template with numbers, the sums written out."""
        constants = {token: factor(value, precision) for token, (_, value) in self.constants.items()}

        def filled(piece: str, letter: str, where: Index) -> str:
            names = [t for t in names_in(piece) if t in self.tensors]
            values = {t: factor(tape[self.tensors[t]][self.place(t, where)], precision) for t in names}
            return self._filled(piece, letter, {**values, **constants})

        text = ""
        for letter, piece in self._pieces():
            if letter:
                columns = tape[self.tensors[names_in(piece)[0]]].shape[1]
                terms = [filled(piece, letter, (index[0], k)) for k in range(min(columns, MAX_TERMS))]
                text += f"({summed(terms, columns)})"
            else:
                text += filled(piece, "", index)
        return text

    def _filled(self, piece: str, letter: str, values: dict[str, str]) -> str:
        symbols = {k: v[0] for k, v in self.constants.items()}
        return piece.replace(f"}}{letter}", "}").format_map({**symbols, **values})

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """The whole rows: every entry depends on them."""
        named = [token for token in names_in(self.template) if token in self.tensors]
        return tuple(dict.fromkeys((self.tensors[t], index[:1] if t in self.rows else (index[0], None)) for t in named))


def written(
    template: str, tensors: dict[str, str], constants: dict[str, tuple[str, float]], rows: frozenset[str] = frozenset()
) -> Pointwise:
    """Return the rule of a template: of rows if there is a sum in it."""
    return (Rowwise if "Σ" in template else Pointwise)(template, tensors, constants, rows)


def slope_rule(activation: Any, z: str, a: str, da: str) -> Pointwise:
    """Return the rule of an activation's words for the way back."""
    template, arrays = activation.words.backward, activation.backward_arguments(z, a, da)
    own = dict(zip(arguments_of(activation.formulas[1]), arrays, strict=False))
    tensors = {"da": da, "a": a, "z": z} | own
    return written(template, tensors, constants_of(activation, template, tensors))


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


@dataclass(frozen=True)
class Worded:
    """What kernels computed of which a part's words tell, with names in them that the trace cannot substitute."""

    template: str
    tensors: dict[str, str]
    constants: dict[str, tuple[str, float]]
    inputs: tuple[str, ...]

    def formula(self) -> str:
        """Return the words with names."""
        return self.template.format_map({**self.tensors, **{k: v[0] for k, v in self.constants.items()}})

    def symbols(self, tape: Tape, index: Index) -> str:
        """The same."""
        return self.formula()

    def numbers(self, tape: Tape, index: Index, precision: int) -> str:
        """The part's own numbers are known."""
        constants = {token: factor(value, precision) for token, (_, value) in self.constants.items()}
        return self.template.format_map({**self.tensors, **constants})

    def parts(self, tape: Tape, index: Index) -> tuple[Part, ...]:
        """All of every input, as far as is known."""
        return tuple((name, (None,) * tape[name].ndim) for name in self.inputs)
