"""What a training did, in a sentence or two: `History.explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

#: From this many epochs on a course can be judged.
_FEW = 4
#: With a smaller learning rate weights may stand still for that alone.
_SLOW = 1e-5


class Facts(NamedTuple):
    """What is known of a training beside its numbers.

    Attributes
    ----------
    moved : list
        How far the weights of each layer moved, as a share of their size, from the first layer to the last.
    commonest : float or None
        The share of the commonest class among the targets.
    learning_rate : float or None
        At the end.
    """

    moved: Sequence[tuple[str, float]] = ()
    commonest: float | None = None
    learning_rate: float | None = None


def explained(history: Mapping[str, Sequence[float]], facts: Facts | None = None) -> str:
    """Return the sentences, in the language that is spoken: what the first of the tests below that fits has to say."""
    losses = [float(loss) for loss in history.get("loss", ())]
    if not losses:
        return _say("nothing")
    facts = facts or Facts()
    tests = (_diverged, _not_moving, _at_the_majority, _over_fitting, _course)
    found = next(text for test in tests if (text := test(losses, history, facts)))
    return " ".join([found, *([] if _at_the_majority(losses, history, facts) else _score(history))])


Course = Mapping[str, Sequence[float]]


def _diverged(losses: list[float], _history: Course, facts: Facts) -> str | None:
    for epoch, loss in enumerate(losses, 1):
        if not isfinite(loss):
            return _say("not finite", loss=loss, epoch=epoch, rate=_rate(facts))
    if losses[-1] > 2 * abs(losses[0]) and len(losses) > 1:
        return _say("rising", first=losses[0], last=losses[-1], rate=_rate(facts))
    return None


def _not_moving(losses: list[float], _history: Course, facts: Facts) -> str | None:
    moved = [(name, share) for name, share in facts.moved if isfinite(share)]
    slow = all(share == 0 for _, share in moved) and (facts.learning_rate or 0.0) < _SLOW
    if not moved or slow:
        return None
    (first, little), (last, much) = moved[0], max(moved, key=lambda entry: entry[1])
    if len(moved) > 2 and little < 0.02 * much and little < 0.05 and losses[-1] > 0.7 * losses[0]:
        return _say("first layers", first=first, moved=_percent(little), last=last, moved_last=_percent(much))
    for name, share in moved:
        if share == 0:
            return _say("still", layer=name)
    return None


def _at_the_majority(losses: list[float], history: Course, facts: Facts) -> str | None:
    name = next((name for name in history if "accuracy" in name and not name.startswith("val_")), None)
    if name is None or facts.commonest is None or facts.commonest == 1:
        return None
    values = np.array(history[name], float)
    late = values[len(values) // 2 :]
    if np.abs(late - facts.commonest).max() > 0.02 or values.max() > facts.commonest + 0.02:
        return None
    numbers = {"name": name, "accuracy": values[-1], "share": facts.commonest, "first": losses[0], "last": losses[-1]}
    return _say("majority", rate=_rate(facts), **numbers)


def _over_fitting(losses: list[float], history: Course, _facts: Facts) -> str | None:
    values = np.array(history.get("val_loss", ()), float)
    if len(values) < _FEW or len(values) != len(losses) or not np.isfinite(values).all():
        return None
    best = int(values.argmin())
    recent = values[-max(1, len(values) // 5) :]
    rose = recent.mean() > values[best] + 0.03 * abs(values[best]) and recent.min() > values[best]
    if not rose or losses[-1] >= losses[best] or best >= len(values) - 2:
        return None
    return _say("over-fitting", epoch=best + 1, val="val_loss", lowest=values[best], now=values[-1], loss=losses[-1])


def _course(losses: list[float], history: Course, facts: Facts) -> str:
    first, last = losses[0], losses[-1]
    validated = history.get("val_loss", ())
    name, values = ("val_loss", list(validated)) if len(validated) == len(losses) else ("loss", losses)
    if len(losses) < _FEW:
        return _say("few", name=name, first=values[0], now=values[-1], epochs=len(losses))
    if last > 0.98 * first:
        return _say("flat", first=first, last=last, rate=_rate(facts))
    part = max(1, len(values) // 5)
    before, now = float(np.mean(values[-2 * part : -part])), float(np.mean(values[-part:]))
    span = max(max(values) - min(values), 1e-300)
    if now < 0.98 * before and before - now > 0.01 * span:
        at = -part - 1
        return _say("improving", name=name, before=values[at], now=values[-1], epochs=part)
    return _say("settled", name=name, now=values[-1], first=values[0])


def _score(history: Course) -> list[str]:
    """Say what the accuracy is at the end, of the validation if there was one."""
    names = [name for name in history if "accuracy" in name and len(history[name]) and isfinite(history[name][-1])]
    name = next((name for name in names if name.startswith("val_")), names[0] if names else None)
    return [] if name is None else [_say("scored", name=name, value=history[name][-1])]


def _say(key: str, **values: Any) -> str:
    from tinynet.learn.languages import said  # late: nobody needs it to train

    return said(f"run: {key}", **{k: f"{v:.4g}" if isinstance(v, float) else v for k, v in values.items()})


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"


def _rate(facts: Facts) -> str:
    return "" if facts.learning_rate is None else _say("rate", rate=float(facts.learning_rate))
