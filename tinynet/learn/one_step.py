"""`trace`: one training step on a copy of a model, written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked
from tinynet._whole import quiet
from tinynet.learn.languages import checked_language
from tinynet.learn.recorder import Recorder
from tinynet.learn.shadow import shadow, with_randomness_kept
from tinynet.learn.tracing import Trace

if TYPE_CHECKING:
    from tinynet.training.trainee import Trainee


@checked
@quiet
def trace(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: dict[int, float] | None = None,
    lang: str | None = None,
) -> Trace:
    """Make one training step on a copy of the model, and record every number.

    The numbers come from the layer loop and the kernels that train. The model stays as it is: weights, gradients,
    optimizer, random numbers. (A model that is not built yet is built, as by its first training.)

    Parameters
    ----------
    model : Sequential
        Compiled. Layers, losses and optimizers may be user-written; then their results are shown, not their inside.
    x, y : array-like
        One batch. A few rows are easiest to follow.
    sample_weight, class_weight : optional
        As for ``model.train_on_batch``.
    lang : {"en", "ko"}, optional
        The language of the sentences: English or Korean. Default: what the environment's ``TINYNET_LANG`` says, else
        English.

    Returns
    -------
    Trace
        ``print(trace)`` shows the whole calculation, ``trace.to_html("step.html")`` writes a page to step through.

    Raises
    ------
    ValueError, TypeError
        As `train_on_batch`, for data that do not fit; ValueError for a language that there is not.

    Examples
    --------
    >>> import tinynet
    >>> from tinynet.layers import Dense
    >>> model = tinynet.Sequential([tinynet.Input((2,)), Dense(1, kernel_initializer="ones")])
    >>> model.compile(tinynet.optimizers.SGD(0.5), "mse")
    >>> step = trace(model, [[1.0, 2.0], [0.0, 1.0]], [1.0, 2.0])
    >>> step.names
    ['z1', 'losses', 'L', 'dz1', 'dW1', 'db1', 'W1_new', 'b1_new']
    >>> print(step.explain("dW1", 0, 0))
    dW1[0,0] = Σₙ x[n,0]·dz1[n,0]
             = 1·2 + 0·(-1)
             = 2
    >>> step["W1_new"].tolist()
    [[0.0], [-0.5]]
    """
    language = checked_language(lang)

    def traced() -> Trace:
        copied = shadow(model, x, y, sample_weight, class_weight)
        return Trace(Recorder(copied).run(), f"{model.name!r}", language)

    return with_randomness_kept(traced)
