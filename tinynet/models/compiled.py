"""A model that is told how to train: `compile`, and what follows from it before there are any data."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tinynet import config
from tinynet._arguments import checked, flag, shown
from tinynet._names import shown_as
from tinynet._old_names import old_names
from tinynet._signatures import arguments
from tinynet._types import Array
from tinynet.data import Seen
from tinynet.layers.building import BUILDING
from tinynet.models.layered import Layered
from tinynet.training.busy import refuse_during_fit

if TYPE_CHECKING:
    from tinynet.losses import Loss
    from tinynet.models.as_read import AsRead
    from tinynet.optimizers import Optimizer
    from tinynet.training.setup import TrainingSetup


def _are_metrics(given: Any) -> bool:
    """Tell whether what stands where weights of losses may stand is names of metrics, or metrics."""
    from tinynet.metrics import Metric

    entries = given if isinstance(given, (list, tuple)) else [given]
    return bool(entries) and all(isinstance(entry, (str, Metric)) or callable(entry) for entry in entries)


@shown_as("Model")
class Compiled(Layered):
    """Layers with an optimizer, a loss and metrics."""

    #: What `compile` was given, as far as it was made; None before.
    setup_at_hand: TrainingSetup | None = None
    #: How a file says that the model is compiled, until that is asked for.
    as_read: AsRead | None = None
    stop_training = False
    #: The names of the columns and classes of the tables that it was fitted to.
    seen = Seen()
    _state: Array | None = None

    @old_names
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
        *,
        compiled: bool = True,
        sparse: bool = True,
    ) -> None:
        """Say how to train.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
            ``"sgd"``, ``"rmsprop"``, ``"adam"``, or an object for other settings. A new object starts afresh; one that
            has trained a model goes on with it, and cannot train another (unless they share layers).
        loss : str or Loss
            What is minimised: ``"binary_crossentropy"``, ``"mse"`` …
        loss_weights : list or dict of float, optional
            What each output's loss counts in the sum, for models of several outputs. They take lists or dicts (by the
            outputs' names) of losses and metrics as well. A single output's loss is multiplied by its one.
        metrics : list of str, Metric or function, optional
            What is reported besides: ``["accuracy"]``.
        weighted_metrics : list, optional
            Metrics that take sample weights into account.
        run_eagerly : bool, default False
            Keras's name for ``compiled=False``.
        steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras's sake; tinynet chooses by itself, and there is no loss to scale.
        compiled : bool, default True
            False trains through the layer loop, in plain Python: slower, and open to a debugger.
        sparse : bool, default True
            Whether SciPy sparse matrices, and arrays that turn out to be mostly zeros when a call reads them, are kept
            in sparse form for a first `Dense` layer: the same results, faster and smaller.

        Raises
        ------
        ValueError, TypeError
            For an unknown name, with the nearest known one; nothing is changed then.
        """
        if metrics is None and loss_weights is not None and _are_metrics(loss_weights):  # Keras 2 had them there
            loss_weights, metrics = None, loss_weights
        _refuse_never_called(type(self))
        refuse_during_fit(
            self,
            self.name,
            "compile",
            "Compile it before or after. The learning rate can be changed at any time: model.optimizer.learning_rate.",
        )
        if flag("compile", "run_eagerly", run_eagerly):
            compiled = False
        self.setup = self.made_setup(optimizer, loss, loss_weights, metrics, weighted_metrics, compiled, sparse)

    def made_setup(
        self,
        optimizer: Any,
        loss: Any,
        loss_weights: Any,
        metrics: Any,
        weighted_metrics: Any,
        compiled: bool = True,
        sparse: bool = True,
    ) -> TrainingSetup:
        """Return what `compile` was given, resolved."""
        from tinynet.training.setup import TrainingSetup

        joins = self.joins
        if joins is not None and len(joins.outputs) > 1:
            given = {"loss": loss, "metrics": metrics, "weighted_metrics": weighted_metrics}
            return TrainingSetup.of_outputs(joins.outputs, optimizer, loss_weights, compiled, sparse, given)
        return TrainingSetup.of(optimizer, loss, metrics, weighted_metrics, compiled, sparse, loss_weights)

    @property
    def setup(self) -> TrainingSetup | None:
        """What `compile` was given, or a file says; None before."""
        if self.as_read is not None:
            with BUILDING:  # for one thread, where several ask at once
                if (as_read := self.as_read) is not None:
                    as_read.compile(self)
        return self.setup_at_hand

    @setup.setter
    def setup(self, value: TrainingSetup | None) -> None:
        vars(self).update(setup_at_hand=value, as_read=None, predictor=None)

    @property
    def loop_options(self) -> tuple[bool, bool]:
        """Whether the compiled loop may run the model, and whether data may stand in sparse form."""
        if (as_read := self.as_read) is not None:
            return as_read.compiled, True
        setup = self.setup_at_hand
        return (True, True) if setup is None else (setup.compiled, setup.sparse)

    def get_compile_config(self) -> dict[str, Any]:
        """Return what `compile` was given, in Keras's form; an empty dict before.

        Examples
        --------
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> config = model.get_compile_config()
        >>> config["optimizer"]["class_name"], config["loss"], config["metrics"]
        ('SGD', 'mse', ['mae'])
        """
        return {} if self.setup is None else self.setup.get_config()

    @checked
    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile as `get_compile_config` (or Keras's) says.

        Raises
        ------
        ValueError, TypeError
            If it names something that tinynet lacks; nothing is changed then.

        Notes
        -----
        A class with a `compile` of its own, and no `compile_from_config`, is left uncompiled, with a warning as Keras
        gives it.
        """
        if type(self).compile.__module__.partition(".")[0] != "tinynet":
            warnings.warn(
                f"`compile()` was not called as part of model loading because {type(self).__name__}'s `compile()` "
                "method is custom. All subclassed models that have `compile()` overridden should also override "
                "`get_compile_config()` and `compile_from_config(config)`. Call `compile()` on the model.",
                UserWarning,
                stacklevel=2,
            )
            return
        known = arguments(type(self).compile)
        if unknown := [name for name in config if name not in known]:
            raise ValueError(f"compile_from_config: expected arguments of compile. Received: {shown(unknown)}")
        self.compile(**config)

    def require_compiled(self) -> TrainingSetup:
        """Return what `compile` was given, or raise a ValueError."""
        if (setup := self.setup) is None:
            raise ValueError("You must call `compile()` before using the model: model.compile('rmsprop', loss='mse').")
        return setup

    _own_optimizer: Optimizer | None = None

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, once compiled; before, the one that a class with steps of its own has set."""
        return self._own_optimizer if self.setup is None else self.setup.optimizer

    @optimizer.setter
    def optimizer(self, value: Any) -> None:
        from tinynet.optimizers import Optimizer

        if self.setup is None and isinstance(value, Optimizer) and hasattr(type(self), "call"):
            vars(self)["_own_optimizer"] = value
            return
        raise AttributeError(
            f"`optimizer` is set by compiling: model.compile(optimizer, loss=...). Received: {shown(value)}"
        )

    @property
    def compiled(self) -> bool:
        """Whether it has been compiled, in Keras's sense: it has a loss to train with."""
        return self.setup_at_hand is not None or self.as_read is not None

    @property
    def loss(self) -> Loss | str | None:
        """The loss, once compiled."""
        return None if self.setup is None else self.setup.loss

    @loss.setter
    def loss(self, value: Any) -> None:
        raise AttributeError(
            f"`loss` is set by compiling: model.compile(optimizer, loss=...). Received: {shown(value)}"
        )

    @property
    def metrics(self) -> list[Any]:
        """The metrics that `compile` was given, as objects, the weighted ones last; of several outputs one by one."""
        setup = self.setup
        setups = () if setup is None else tuple(head.own for head in setup.heads) or (setup,)
        return [metric for own in setups for metric in (*own.metrics, *own.weighted_metrics)]

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order."""
        return self.require_compiled().names

    def explain_plan(self, batch_size: int | None = None) -> str:
        """Return how `fit` would run on resident data, and why.

        Examples
        --------
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(1)])
        >>> model.compile("sgd", "mse", compiled=False)
        >>> print(model.explain_plan())
        loop:    layers
        product: BLAS
        input:   resident
        threads: 1
        - layer loop: asked for by compiled=False
        - resident: the data stand in memory as they are needed
        """
        from tinynet.training import requests

        return str(requests.fit_plan(self, batch_size))

    def shuffle_state(self) -> Array:
        """Return the state of the model's shuffling, which moves on with every epoch."""
        if self._state is None:
            from tinynet.kernels.random import new_state

            self._state = new_state(config.generator())
        return self._state


def _refuse_never_called(cls: type) -> None:
    """Raise a TypeError for a class that defines what would never be called: tinynet's loops make no such functions."""
    if found := [name for name in ("train", "test", "predict") if hasattr(cls, f"make_{name}_function")]:
        raise TypeError(
            f"{cls.__name__} defines `make_{found[0]}_function`, which tinynet would never call. Define "
            f"`{found[0]}_step` or `compute_loss`, or write what is special as a part: a Loss, a Layer, a Metric or an "
            "Optimizer of your own, a Callback, or a loop over model.train_on_batch(x, y)."
        )
