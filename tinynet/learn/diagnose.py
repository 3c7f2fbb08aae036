"""`trace.check`: whether an array is right and, if not, which mistake produces exactly these numbers.

The usual mistakes are made on purpose; the one that results in the given array is the one to name. A weight after the
update is judged by its step, new minus old: a step is small beside a weight, and would be lost in its rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tinynet._arguments import whole_number
from tinynet._console import printable
from tinynet._types import Array
from tinynet.learn.explanations import Explained, Explainer
from tinynet.learn.given import as_numbers, has_blank, is_vector, no_numbers
from tinynet.learn.languages import mark_of, said, word_of
from tinynet.learn.rounding import UNIT, moved_by, noise, units, with_rounded_numbers
from tinynet.learn.slips import RARE
from tinynet.learn.steps import Step
from tinynet.learn.whole import NEAR, ratio

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: Mistakes that a whole array may tell, but no single number: there are many of them, and some give 1.
_FAR_FETCHED = {
    *("signs alone", "cubed", "rooted", "no slope", "another number", "shares exchanged", "fresh slots", "some rows"),
    *("row alone", "rows apart", "largest alone", "another base", "one minus", "another optimizer", "applied twice"),
    *("slope changed", "slope added", "slope for value", "sums multiplied", "summed too early", "share of a penalty"),
    *("penalty besides", "another penalty", "corrected already", "other share", "another optimizer's slot", *RARE),
}
#: What two mistakes may have made together, each with a name.
_ONLY_A_FACTOR = {mark_of("factor").kind, mark_of("rate factor").kind}


@dataclass(frozen=True)
class Verdict:
    """The answer of `trace.check`; true in an ``if`` when the array is right.

    Attributes
    ----------
    result : {"exact", "close", "wrong"}
        Exact means equal up to rounding in the model's own float type; close, up to rounding in float32 or to the
        digits that were given.
    kind : str
        The mistake's name, if it was found: ``"transposed"``, ``"batch not summed"``, ``"missing 1/N"``, ``"sign"``,
        ``"missing derivative"``, ``"no rate"``, ``"missing root"`` … Two at once are joined by a comma.
    message : str
        The explanation for the learner, as far as `hint` allows.
    """

    result: Literal["exact", "close", "wrong"]
    kind: str
    message: str

    def __bool__(self) -> bool:
        return self.result != "wrong"

    def __str__(self) -> str:
        return printable(self.message)


def check(trace: Trace, name: str, array: Any, hint: int = 3) -> Verdict:
    """Compare `array` with what the trace has under `name`, and diagnose the difference."""
    marker, level = Marker(trace, trace.step(name)), whole_number("check", "hint", hint, 0)
    return marker.marked(array, level)


class Marker:
    """Marks answers to one step of a trace."""

    def __init__(self, trace: Trace, step: Step) -> None:
        self.trace, self.step = trace, step
        self.truth = step.value.astype(float)
        self.own = "float32" if step.value.dtype == np.float32 else "float64"
        old = moved_by(step)
        #: Whether it is the new value of a weight, and what is subtracted before arrays are compared: the old one.
        self.moves = old is not None
        self.base = np.zeros_like(self.truth) if old is None else trace.tape.arrays[old].astype(float)
        self.scale = float(np.abs(self.truth - self.base).max(initial=0.0))

    # ---- right or wrong ---------------------------------------------------------------------------------------------

    def marked(self, array: Any, hint: int) -> Verdict:
        """Return the verdict on an answer."""
        if has_blank(array):
            return Verdict("wrong", mark_of("blank").kind, f"{self.step.name}: {mark_of('blank').text}")
        kind = no_numbers(array)
        if kind:
            return self._wrong(kind, {}, hint)
        given, self.halves = as_numbers(array), np.asarray(array).dtype == np.float16
        if given.size == self.truth.size and is_vector(given.shape, self.truth.shape):
            given = given.reshape(self.truth.shape)
        finite = (
            np.isfinite(given) if given.shape != self.truth.shape else np.isfinite(given) | ~np.isfinite(self.truth)
        )
        if not finite.all():
            return self._wrong("nan" if np.isnan(given).any() else "infinite", {}, hint)
        if given.shape == self.truth.shape:
            right = self._right(given)
            if right is not None:
                return right
            stays = self.moves and np.array_equal(given, self.base)
            if not given.any() and not stays:
                return self._wrong("zeros", {}, hint)
            if np.asarray(array).dtype == bool:
                return self._wrong("truths", {}, hint)
            if self._is_rounded_away(given) and not stays:
                return self._wrong("too few digits", {}, hint)
        explainer = self._explainer
        for mistakes in explainer.single(given):
            return self._explained(mistakes, hint)
        pattern = self._pattern(given, hint)
        if pattern is not None and pattern.kind not in _ONLY_A_FACTOR:
            return pattern
        for mistakes in explainer.together(given):
            return self._explained(mistakes, hint)
        if pattern is not None:
            return pattern
        if given.shape == self.truth.shape and given.size > 1 and np.ptp(given) <= 1e-9 * np.abs(given).max():
            return self._wrong("alike", {}, hint)
        in_part = self._in_part(given, 0.2, hint)
        return self._unexplained(given, hint) if in_part is None else in_part

    def _right(self, given: Array) -> Verdict | None:
        """Return the verdict if an answer of the right shape is right."""
        name = self.step.name
        if np.array_equal(given, self.truth, equal_nan=True):
            return Verdict("exact", "", said("exact", name=name))
        difference = float(np.abs(given - self.truth).max())
        if (
            self.moves
            and np.array_equal(given, self.base)
            and self.scale > UNIT[self.own] * np.abs(self.base).max(initial=0.0)
            and not self._is_all_rounding(given)
        ):
            return None  # not updated, however small the step
        if not self._is_all_rounding(given):
            for base in (self.base, 0.0):
                factor = ratio(given - base, self.truth - base)
                if factor is not None and abs(factor - 1.0) > 0.1:
                    return None  # rounding, however much it may do, does not multiply
        if self._is_within(given, self.own):
            return Verdict("exact", "", said("exact", name=name))
        close = said("close", name=name, difference=f"{difference:.1e}", place=list(self._worst(given)))
        if self._is_within(given, "float32") or self._has_rounded_numbers(given) or self._is_in_halves(given):
            return Verdict("close", "", close)
        if any(self._agrees(given, unit) and unit.max() <= 0.02 * self.scale for unit in units(given)):
            return Verdict("close", "", close)
        return None

    def _is_all_rounding(self, given: Array) -> bool:
        """Return whether these numbers are too small to come out in the float type that an answer was computed in.

        In float64 a unit may be so nearly saturated that 1 - a² is 1e-15; in float32 that is 0, or 1e-7. And what
        should cancel leaves a rest that depends on the order of the sum.
        """
        with np.errstate(over="ignore"):
            is_float32 = self.own == "float64" and np.array_equal(given.astype(np.float32), given)
        is_rest = self._noise("float32" if is_float32 else self.own) > self.scale
        in_the_weight = UNIT[self.own] * float(np.abs(self.base).max(initial=0.0))
        return is_rest and (is_float32 or self.scale > 100 * in_the_weight)

    def _has_rounded_numbers(self, given: Array) -> bool:
        """Return whether an answer is right with the optimizer's numbers, 1 - β₂ say, in float32."""
        if self.step.phase != "update":
            return False
        if "rounded numbers" not in self.trace.kept:
            self.trace.kept["rounded numbers"] = list(with_rounded_numbers(self.trace))
        found = [arrays.get(self.step.name) for arrays in self.trace.kept["rounded numbers"]]
        return any(a is not None and self._is_within(given, "float32", a) for a in found)

    def _is_in_halves(self, given: Array) -> bool:
        """Return whether an answer in float16 is right in its digits, and tells a step from none."""
        unit = 2.0**-11 * np.abs(self.truth) + 2.0**-25
        return bool(self.halves and unit.max() <= 0.02 * self.scale and (np.abs(given - self.truth) <= 4 * unit).all())

    def _is_rounded_away(self, given: Array) -> bool:
        """Return whether an answer is right to the few digits that it has."""
        return any(unit.max() < 1 and self._agrees(given, unit) for unit in units(given))

    def _agrees(self, given: Array, unit: Array) -> bool:
        """Return whether an answer is right up to so much for each entry, and rounding on the way."""
        return bool((np.abs(given - self.truth) <= 0.51 * unit + 0.005 * unit.max()).all())

    def _is_within(self, given: Array, dtype: str, truth: Array | None = None) -> bool:
        """Return whether an answer is right up to rounding in a float type.

        A new weight may be off by the rounding of the weight, entry by entry, and by that of its step.
        """
        allowed = np.full(given.shape, self._noise(dtype))
        if self.moves and (dtype == self.own or np.array_equal(given.astype(dtype), given)):
            allowed += 4 * UNIT[dtype] * np.abs(self.base)
        return bool((np.abs(given - (self.truth if truth is None else truth)) <= allowed).all())

    def _noise(self, dtype: str) -> float:
        key = f"noise {dtype}"
        if key not in self.trace.kept:
            self.trace.kept[key] = noise(self.trace, dtype)
        found: dict[str, float] = self.trace.kept[key]
        return found.get(self.step.name, 4 * UNIT[dtype] * float(np.abs(self.truth).max(initial=0.0)))

    def mistaken(self) -> Iterator[Array]:
        """Yield the arrays that single mistakes make of this step, the simplest first."""
        for key, _, wrong in self._explainer.singles(late=False):
            if key not in _FAR_FETCHED:
                yield wrong

    @property
    def _explainer(self) -> Explainer:
        noise = self._noise(self.own) + 4 * UNIT[self.own] * float(np.abs(self.base).max(initial=0.0))
        return Explainer(self.trace, self.step, self.base if self.moves else None, noise)

    # ---- in words ---------------------------------------------------------------------------------------------------

    def _wrong(self, key: str, values: dict[str, str], hint: int) -> Verdict:
        return self._explained([(key, values)], hint)

    def _explained(self, mistakes: Explained, hint: int) -> Verdict:
        """Return the verdict that names mistakes, as far as `hint` allows."""
        marks = [(mark_of(key), values) for keys, values in mistakes for key in keys.split(", ")]
        kind = ", ".join(dict.fromkeys(mark.kind for mark, _ in marks))
        told: list[str] = []
        for mark, values in marks if hint else ():
            names = {"N": str(len(self.trace.record.outputs)), **values}
            names |= {key: word_of(names[key]) for key in ("by", "how", "what", "which", "why") if key in names}
            told.append(mark.look if hint == 1 else mark.text.format_map(names))
            already = names.get("already", self.step.name)
            if hint > 1 and already != self.step.name:
                told[-1] = f"{said('already', name=already)} {told[-1]}"
        return Verdict("wrong", kind, " ".join([said("wrong", name=self.step.name), *dict.fromkeys(told)]))

    def _pattern(self, given: Array, hint: int) -> Verdict | None:
        """Return the verdict on an answer that differs from the right one in a simple way, for whatever reason."""
        truth = self.truth
        if given.shape != truth.shape:
            return None
        factor = ratio(given - self.base, truth - self.base)
        if factor is not None:
            key, values = ("rate factor", {"why": "rate"}) if self.moves else ("factor", {})
            return self._wrong(key, {**values, "factor": f"{factor:.4g}"}, hint)
        if np.ptp(given - truth) <= NEAR * np.abs(given - truth).max() and truth.size > 1:
            return self._wrong("added", {}, hint)
        limit = float(np.abs(given).max(initial=0.0))
        if truth.size > 2 and limit and np.allclose(given, np.clip(truth, -limit, limit), rtol=NEAR, atol=0):
            return self._wrong("clipped", {}, hint)
        for name in self.trace.given:
            share = ratio(given - truth, self.trace.tape.arrays[name].astype(float))
            if share is not None:
                return self._wrong("decay", {"share": f"{share:.2g}", "name": name}, hint)
        if truth.size > 1 and np.allclose(np.sort(given, None), np.sort(truth, None), rtol=NEAR, atol=0):
            return self._wrong("permuted", {"how": "sorted they are equal"}, hint)
        return self._in_part(given, 0.5, hint)

    def _in_part(self, given: Array, share: float, hint: int) -> Verdict | None:
        """Return the verdict on an answer of which more than a share of the entries that are not 0 is right."""
        if given.shape != self.truth.shape:
            return None
        same = np.abs(given - self.truth) <= np.minimum(self._noise("float32"), 1e-3 * np.abs(self.truth))
        same &= self.truth != 0
        is_old = (given == self.base) & ~same
        if self.moves and same.any() and (same | is_old).all() and is_old.any():
            return self._wrong("some updated", {"right": str(int(same.sum())), "all": str(given.size)}, hint)
        is_begun = share < 0.5 and same.any() and not given[~same].any()  # the others are 0
        if same.sum() <= share * np.count_nonzero(self.truth) and not is_begun:
            return None
        right = np.abs(given - self.truth) <= self._noise("float32")
        counts = {"right": str(int(right.sum())), "all": str(given.size), "formula": self.step.formula}
        key = "some entries" if given[~same].any() else "unfinished"
        return self._with_number(given, self._wrong(key, counts, hint), hint)

    def _unexplained(self, given: Array, hint: int) -> Verdict:
        """Return the verdict on an answer that no known mistake gives."""
        if given.shape != self.truth.shape:
            shapes = {"given": str(given.shape), "truth": str(self.truth.shape), "shapes": self.step.shapes}
            return self._wrong("shape", shapes, hint)
        return self._with_number(given, self.unknown(hint), hint)

    def unknown(self, hint: int) -> Verdict:
        """Return the verdict that only says how it is computed."""
        return self._wrong("unknown", {"formula": self.step.formula}, hint)

    def _with_number(self, given: Array, verdict: Verdict, hint: int) -> Verdict:
        """Return a verdict that also tells the entry that is most wrong, if so much may be said."""
        if hint < 3:
            return verdict
        where = self._worst(given)
        entry = self.step.entry(*where)
        numbers = {"given": f"{given[where]:.4g}", "right": f"{self.truth[where]:.4g}"}
        told = said("largest error", place=list(where), **numbers, symbols=entry.symbols, numbers=entry.numbers)
        return Verdict("wrong", verdict.kind, f"{verdict.message} {told}")

    def _worst(self, given: Array) -> tuple[int, ...]:
        """Return the place of the largest error."""
        flat = int(np.abs(given - self.truth).argmax())
        return tuple(int(i) for i in np.unravel_index(flat, self.truth.shape))
