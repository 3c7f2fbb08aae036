"""Watch backprop happen: traces of single steps, gradient checks, trainings as films, and the health of a run.

Everything here observes the kernels that train; nothing has a forward or backward pass of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet._names import found_in

_HOME = {
    "Film": "film",
    "GradientCheck": "verdicts",
    "Health": "health",
    "Step": "steps",
    "Trace": "tracing",
    "films": "film",
    "gradient_check": "gradients",
    "trace": "one_step",
}

__all__ = list(_HOME)


if TYPE_CHECKING:  # what editors are told
    from tinynet.learn.film import Film as Film
    from tinynet.learn.film import films as films
    from tinynet.learn.gradients import gradient_check as gradient_check
    from tinynet.learn.health import Health as Health
    from tinynet.learn.one_step import trace as trace
    from tinynet.learn.steps import Step as Step
    from tinynet.learn.tracing import Trace as Trace
    from tinynet.learn.verdicts import GradientCheck as GradientCheck
else:
    __getattr__ = found_in(__name__, _HOME)


def __dir__() -> list[str]:
    return list(__all__)
