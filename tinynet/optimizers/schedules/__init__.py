"""Schedules of learning rates, with Keras's names: one file each.

Source: https://keras.io/api/optimizers/learning_rate_schedules/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked
from tinynet._serialization import made, made_with, of_ones_own, written
from tinynet.optimizers.schedules.base import LearningRateSchedule as LearningRateSchedule
from tinynet.rooms import Classes, furnish

#: The schedules' classes, by their names.
CLASSES = Classes(__name__, LearningRateSchedule, lambda cls: cls.__module__ != LearningRateSchedule.__module__)
furnish(__name__, ["LearningRateSchedule", "deserialize", "serialize"], CLASSES)

if TYPE_CHECKING:  # what editors are told
    from tinynet.optimizers.schedules.cosine_decay import CosineDecay as CosineDecay
    from tinynet.optimizers.schedules.cosine_decay_restarts import CosineDecayRestarts as CosineDecayRestarts
    from tinynet.optimizers.schedules.exponential_decay import ExponentialDecay as ExponentialDecay
    from tinynet.optimizers.schedules.inverse_time_decay import InverseTimeDecay as InverseTimeDecay
    from tinynet.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay as PiecewiseConstantDecay
    from tinynet.optimizers.schedules.polynomial_decay import PolynomialDecay as PolynomialDecay


@checked
def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """Return what `deserialize` makes such a schedule of, in Keras's form.

    Examples
    --------
    >>> serialize(ExponentialDecay(0.5, 10, 0.9))["class_name"]
    'ExponentialDecay'
    """
    found: Any = written(learning_rate_schedule, "optimizers.schedules", CLASSES)
    return of_ones_own(learning_rate_schedule) if found is learning_rate_schedule else found


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the schedule that `serialize` was given; `custom_objects` are a user's own classes, by name.

    Raises
    ------
    ValueError
        If there is no such schedule, or it is no configuration.
    """
    return made_with(lambda found: made("schedule", found, CLASSES), config, custom_objects)
