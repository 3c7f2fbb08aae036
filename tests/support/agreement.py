"""Two runs compared, tensor by tensor and moment by moment; where they part, the first and the worst are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: What stood at each moment of a run ("start", "step 1" …, "history", "evaluate", "predict"): arrays by name.
Run = dict[str, dict[str, Array]]
#: How many times the difference that a last digit makes to Keras may lie between Keras and tinynet.
LAST_DIGITS = 8


class DisagreementError(AssertionError):
    """Two runs differ; `first` says where they do first, `worst` where most."""

    def __init__(self, differences: Sequence[Difference], names: tuple[str, str]) -> None:
        self.first, self.worst = differences[0], max(differences, key=lambda d: d.relative)
        super().__init__(
            f"{names[0]} and {names[1]} part at {self.first.text(names)}\n"
            f"({len(differences)} tensors differ; most: {self.worst.text(names)})"
        )


@dataclass(frozen=True)
class Difference:
    """The entry in which a tensor differs most, at one moment."""

    moment: str
    tensor: str
    entry: tuple[int, ...]
    expected: float
    got: float
    relative: float
    """In units of the tensor's largest entry."""

    def text(self, names: tuple[str, str]) -> str:
        """Say it in a line."""
        entry = list(self.entry) if self.entry else ""
        return (
            f"{self.moment}: {self.tensor}{entry} is {self.expected!r} in {names[0]}, {self.got!r} in {names[1]}: "
            f"{self.relative:.1e} of the largest entry"
        )


def agree(
    expected: Run,
    got: Run,
    tolerance: float,
    names: tuple[str, str] = ("expected", "got"),
    whole_run: bool = False,
    moved: Sequence[Run] = (),
) -> float:
    """Raise `DisagreementError` unless two runs agree to `tolerance`; returns the largest relative difference.

    Every tensor is measured in units of its largest entry at that moment, or in the `whole_run`; logs always in the
    whole run, because training may have brought a loss down to rounding, and what is all zeros at a moment as well:
    where a gradient cancels, one side may be left with its rounding. `LAST_DIGITS` times what one of the runs
    `moved` differs from the expected one is allowed as well, for that tensor at that moment.
    """
    found = list(differences(expected, got, whole_run))
    allowed: dict[tuple[str, str], float] = {}
    for d in (d for run in moved for d in differences(expected, run, whole_run)):
        if d.relative < np.inf:
            where = d.moment, d.tensor
            allowed[where] = max(LAST_DIGITS * d.relative, allowed.get(where, tolerance))
    parted = [d for d in found if not d.relative <= allowed.get((d.moment, d.tensor), tolerance)]
    if parted:
        raise DisagreementError(parted, names)
    return max((d.relative for d in found), default=0.0)


def differences(expected: Run, got: Run, whole_run: bool = False) -> Iterator[Difference]:
    """Yield every tensor's largest difference, in the order in which things happened."""
    assert list(expected) == list(got), f"the runs have other moments: {list(expected)} and {list(got)}"
    logs, largest = expected.get("history", {}), dict[str, float]()
    for wanted in expected.values():
        for name, value in wanted.items():
            largest[name] = max(largest.get(name, 0.0), _largest(value))
    for moment, wanted in expected.items():
        there = got[moment]
        # Slots that are all zero need not exist: Keras has none before the first step.
        for name in wanted | there:
            if name not in wanted or name not in there:
                assert " of " in name, f"{moment}: only one has '{name}'. It has {sorted(wanted)} and {sorted(there)}"
                assert not np.any(wanted.get(name, there.get(name))), f"{moment}: only one has '{name}'"
                continue
            here = 0.0 if whole_run or name in logs else _largest(wanted[name])
            yield largest_difference(moment, name, wanted[name], there[name], here or largest[name])


def _largest(a: Array) -> float:
    return float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))


def largest_difference(moment: str, name: str, expected: Array, got: Array, scale: float | None = None) -> Difference:
    """Return where two arrays differ most, in units of `scale`; NaN equals NaN and nothing else."""
    assert expected.shape == got.shape, f"{moment}: {name} has shapes {expected.shape} and {got.shape}"
    a, b = np.asarray(expected, np.float64), np.asarray(got, np.float64)
    with np.errstate(invalid="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    gap = np.where(np.isnan(gap), np.inf, gap)
    entry = tuple(int(i) for i in np.unravel_index(np.argmax(gap), gap.shape)) if gap.ndim else ()
    scale = _largest(a) if scale is None else scale
    relative = float(gap[entry] / scale) if scale else float(gap[entry] and np.inf)
    return Difference(moment, name, entry, float(a[entry]), float(b[entry]), relative)
