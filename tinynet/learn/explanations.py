"""Which mistake gives an answer: the usual ones are made on purpose, one at a time and two together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from tinynet._types import Array
from tinynet.learn.mistakes import mistakes_in, mistakes_in_data
from tinynet.learn.operand_mistakes import of_operands, of_whole
from tinynet.learn.redoing import COMMON, HABITS, Maker, Mistake, Redoer, Tape, ancestors
from tinynet.learn.rules import Pointwise
from tinynet.learn.steps import Step
from tinynet.learn.update_mistakes import of_whole_update, published_step
from tinynet.learn.whole import NEAR, ratio, reshuffled, scaled

if TYPE_CHECKING:
    from tinynet.learn.tracing import Trace

#: Two mistakes at once are looked for in arrays up to this size, so many are combined, and so many alike in a step.
_LARGEST, _COMBINED, _ALIKE, _PAIRS = 5_000, 60, 3, 4_000
#: What a mistake is found as: its key, what its sentence names, the array that it gives.
Found = tuple[str, dict[str, str], Array]
#: The mistakes that explain an answer: their keys, and what their sentences name.
Explained = list[tuple[str, dict[str, str]]]


class Explainer:
    """Finds the mistakes that give an answer to one step of a trace.

    Parameters
    ----------
    trace, step
        The trace, and its step.
    base : ndarray, optional
        What is subtracted before arrays are compared: the old weight of an update, else 0.
    noise : float
        What rounding may do to the step's array.
    """

    def __init__(self, trace: Trace, step: Step, base: Array | None, noise: float) -> None:
        self.trace, self.step, self.noise, self.moves = trace, step, noise, base is not None
        self.truth = step.value.astype(float)
        #: Whether an answer has the right shape; else a wrong one may come from an earlier step.
        self.fits = True
        self.base = np.zeros_like(self.truth) if base is None else base

    def single(self, given: Array) -> Iterator[Explained]:
        """Yield the keys of the single mistakes that give these numbers, the simplest first."""
        self.fits = given.shape == self.truth.shape
        for key, values, wrong in self.singles():
            if self._is(given, wrong):
                yield [(key, values)]
        for key, values, wrong in self._scaled(self.truth):
            for also, more, both in self._scaled(wrong):
                if self._is(given, both):
                    yield [(key, values), (also, more)]

    def together(self, given: Array) -> Iterator[Explained]:
        """Yield the keys of two mistakes at once that give these numbers."""
        if given.size > _LARGEST:
            return
        for key, values, wrong in [*self._habits(), *self._local()]:
            if self._is(given, wrong):
                yield [(key, values)]
            for also, more, both in self._scaled(wrong):
                if self._is(given, both):
                    yield [(key, values), (also, more)]
        yield from self._pairs(given)
        yield from self._with_a_factor(given)
        data = self.step.rule.tensors.get("data") if isinstance(self.step.rule, Pointwise) else None
        if data is not None:
            for found in Explainer(self.trace, self.trace.step(data), None, self.noise).single(given):
                yield [*found, ("missing penalty", {"name": data})]

    def singles(self, late: bool = True) -> Iterator[Found]:
        """Yield single mistakes: of the whole array, in this step, in those before; `late`: the seldom ones as well."""
        if self.moves:  # the sign of a step is found among the mistakes of an update
            yield from self._of_this_step()
        yield from self._scaled(self.truth)
        if self.moves:
            yield "sign", {}, -self.truth
        else:
            yield from self._of_this_step()
        for other in reversed(self.trace.steps):
            if other.name != self.step.name and not other.aside:
                later = self.step.phase == other.phase == "backward" and other.place < self.step.place
                yield "layer after" if later else "another", {"name": other.name}, other.value.astype(float)
        for name in self.trace.given:
            yield "another", {"name": name}, self.trace.tape.arrays[name].astype(float)
        arrays = self.trace.tape.arrays
        for name in self.trace.parameters:
            if f"{name}_new" in arrays:
                moved = arrays[f"{name}_new"].astype(float) - arrays[name]
                yield "another", {"name": f"{name}_new - {name}"}, moved
                yield "another", {"name": f"{name} - {name}_new"}, -moved
        if self.truth.size == 1:  # one number may be by chance what some mistake before makes
            yield from reshuffled(self.truth)
        yield from self._carried()
        for mistake in of_whole_update(self.trace, self.step):
            wrong = mistake.make(self.redoer.tape)
            if wrong is not None:
                yield mistake.key, mistake.values, wrong
        yield from reshuffled(self.truth)
        if self.moves:
            moved = self.truth - self.base
            yield from ((key, values, wrong + self.base) for key, values, wrong in reshuffled(moved))
        if late and self.truth.size <= _LARGEST:
            yield from self._late()

    def _late(self) -> Iterator[Found]:
        """Yield what is seldom made, or made far away: other arrays that go in, and mistakes of the forward pass."""
        for mistake in of_operands(self.trace, self.step):
            wrong = mistake.make(self.redoer.tape)
            if wrong is not None:
                yield mistake.key, mistake.values, wrong
        for mistake in self._far():
            wrong = self.redoer.result(self.step, {mistake.at: mistake.make})
            if wrong is not None:
                yield mistake.key, {**mistake.values, "already": mistake.at}, wrong

    def _far(self) -> Iterator[Mistake]:
        before = self._before()
        for step in before:
            yield from of_whole(step)
        if self.step.phase in ("backward", "update"):
            for step in self._before("forward", "loss"):
                yield from (mistake for mistake in self._mistakes(step) if mistake.key != "one minus")
        for step in before:
            yield from of_operands(self.trace, step)

    def _with_a_factor(self, given: Array) -> Iterator[Explained]:
        """Yield a mistake here or before together with a factor that has no name."""
        if given.shape != self.truth.shape or given.size < 4:
            return
        for key, values, wrong in self._local():
            if wrong.shape == given.shape and ratio(wrong - self.base, self.truth - self.base, 0.02) is None:
                factor = ratio(given - self.base, wrong - self.base)
                if factor is not None:
                    also = {"factor": f"{factor:.4g}", "why": "rate"}
                    yield [(key, values), ("rate factor" if self.moves else "factor", also)]

    def _habits(self) -> Iterator[Found]:
        """Yield what the same mistake makes that is made in every layer."""
        found: defaultdict[tuple[str, str], list[Mistake]] = defaultdict(list)
        for mistake in [*self._mistakes(self.step), *self._earlier()]:
            if mistake.key in HABITS or mistake.key.startswith("old slot"):
                found[mistake.key, mistake.values.get("other", "")].append(mistake)
        for alike in found.values():
            places = {mistake.at: mistake.make for mistake in alike}
            for also in ({}, self._published) if len(places) > 1 else ():
                wrong = self.redoer.result(self.step, {**also, **places})
                if wrong is not None:
                    yield alike[0].key.removesuffix(" itself"), alike[0].values, wrong

    def _scaled(self, value: Array) -> Iterator[Found]:
        """Yield an array, or the step of a weight, with another sign or a factor that has a name."""
        base = self._base_of(value)
        for key, values, wrong in scaled(self.trace, self.step, value - base):
            if not self.moves or value.shape != self.base.shape:
                yield key, values, wrong
            elif key == "sign":
                yield "uphill", {}, wrong + base
            elif key == "transposed":
                yield key, values, value.T
            else:
                factor = values.get("factor", "N" if key == "missing 1/N" else "1/N")
                yield "rate factor", {"factor": factor, "why": "rate"}, wrong + base

    def _of_this_step(self) -> Iterator[Found]:
        for mistake in self._mistakes(self.step):
            for tape in self._tapes:
                wrong = mistake.make(tape)
                if wrong is not None:
                    yield mistake.key, mistake.values, wrong

    def _carried(self) -> Iterator[Found]:
        """Yield what mistakes in earlier steps and in the data become."""
        for mistake in self._earlier():
            for also in ({}, self._published) if self._published.keys() - {mistake.at} else ({},):
                wrong = self.redoer.result(self.step, {**also, mistake.at: mistake.make}, not self.fits)
                if wrong is not None:
                    key = "old slot" if mistake.key == "old slot itself" else mistake.key
                    yield key, {**mistake.values, "already": mistake.at}, wrong

    def _local(self) -> Iterator[Found]:
        yield from self._of_this_step()
        yield from self._carried()

    def _pairs(self, given: Array) -> Iterator[Explained]:
        """Yield two usual mistakes in different steps."""
        here = [mistake for mistake in self._mistakes(self.step) if mistake.is_usual]
        before = [mistake for mistake in self._earlier() if mistake.is_usual]
        if len(here) * len(before) <= _PAIRS:
            yield from self._of_pairs(given, product(here, before))
        usual: list[Mistake] = []
        alike: Counter[tuple[str, str]] = Counter()
        for mistake in [*here, *before]:
            alike[mistake.key, mistake.at] += 1
            if alike[mistake.key, mistake.at] <= _ALIKE or self._is_of_own(mistake):
                usual.append(mistake)
        usual = sorted(usual, key=lambda mistake: mistake.key not in COMMON)[:_COMBINED]
        yield from self._of_pairs(given, combinations(usual, 2))

    def _of_pairs(self, given: Array, pairs: Iterable[tuple[Mistake, Mistake]]) -> Iterator[Explained]:
        for one, other in pairs:
            if one.at != other.at:
                wrong = self.redoer.result(self.step, {one.at: one.make, other.at: other.make})
                if wrong is not None and self._is(given, wrong):
                    yield [(one.key, one.values), (other.key, other.values)]

    def _is_of_own(self, mistake: Mistake) -> bool:
        """Return whether it is about an activation of this network: one layer's slope is taken for another's."""
        own = {getattr(getattr(r.layer, "activation", None), "name", "") for r in self.trace.record.layers}
        return mistake.key == "another slope" and mistake.values["other"] in own

    @property
    def redoer(self) -> Redoer:
        """What computes steps once more."""
        if "redoer" not in self.trace.kept:
            self.trace.kept["redoer"] = Redoer(self.trace)
        found: Redoer = self.trace.kept["redoer"]
        return found

    @property
    def _published(self) -> dict[str, Maker]:
        """What makes the step of an update as the paper writes it, if that differs."""
        W = self.step.rule.tensors.get("w") if isinstance(self.step.rule, Pointwise) else None
        made = published_step(self.trace, W) if W is not None and self.step.phase == "update" else None
        return {f"step_{W}": made} if made is not None and self.step.name != f"step_{W}" else {}

    @property
    def _tapes(self) -> list[Tape]:
        """The arrays that mistakes in this step are made of: as they are, and with the step as the paper writes it."""
        tapes: list[Tape] = [self.redoer.tape]
        for name, make in self._published.items():
            value = make(self.redoer.tape)
            tapes += [] if value is None else [{**self.redoer.tape, name: value}]
        return tapes

    def _mistakes(self, step: Step) -> list[Mistake]:
        key = f"mistakes {step.name}"
        if key not in self.trace.kept:
            self.trace.kept[key] = list(mistakes_in(self.trace, step))
        found: list[Mistake] = self.trace.kept[key]
        return found

    def _earlier(self) -> Iterator[Mistake]:
        """Yield the mistakes in the steps that this one depends on, the nearest first, and in the data."""
        if self.step.phase == "loss":
            yield from mistakes_in_data(self.trace)
        for step in self._before():
            yield from self._mistakes(step)
        if self.step.phase not in ("forward", "loss"):
            yield from mistakes_in_data(self.trace)

    def _before(self, *phases: str) -> list[Step]:
        """Return the steps before this one, the nearest first: of the same way through the network."""
        if not phases:
            phases = ("forward", "loss") if self.step.phase in ("forward", "loss") else ("backward", "update")
        before = reversed(self.trace.steps[: self.step.place - 1])
        return [step for step in before if step.phase in phases and step.name in self._ancestors and not step.aside]

    @cached_property
    def _ancestors(self) -> set[str]:
        return ancestors(self.trace.steps, self.step.name)

    def _base_of(self, wrong: Array) -> Array:
        """Return the old weight for an array of its shape, 0 for any other."""
        return self.base if wrong.shape == self.base.shape else np.zeros(())

    def _is(self, given: Array, wrong: Array) -> bool:
        """Return whether an answer is what a mistake gives, and the mistake makes a difference."""
        if wrong.shape != given.shape or not np.isfinite(wrong).all():
            return False
        base = self._base_of(wrong)
        size = float(np.abs(wrong - base).max(initial=0.0))
        near = NEAR * size + self.noise
        apart = np.abs(given - wrong).max(initial=0.0) <= near
        if not apart or wrong.shape != self.truth.shape:
            return bool(apart)
        return bool(np.abs(wrong - self.truth).max() > near)
