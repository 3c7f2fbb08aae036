"""What every optimizer takes by name, for type checkers: a misspelt argument is found before a program runs."""

from __future__ import annotations

from typing import TypedDict


class OfOlder(TypedDict, total=False):
    """The older name of the learning rate."""

    lr: float


class OfUpdates(OfOlder, total=False):
    """The arguments of `Optimizer` beside the learning rate."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None
    decay: float


class OfOptimizers(OfUpdates, total=False):
    """The same with those that shrink weights."""

    weight_decay: float | None
