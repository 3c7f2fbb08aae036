"""How a file says that a model is compiled, kept until that is asked for.

A process that reads a model and predicts has no use for an optimizer, a loss and metrics, and their files take longer
to import than a small model takes to predict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tinynet._registry import get_registered_object
from tinynet._types import Array
from tinynet.memory import Parameter
from tinynet.saving.content import set_optimizer

#: What can wait: nothing is unknown about it. Anything else is compiled when the file is read, and refused then.
EVERYDAY = {
    "optimizer": {"Adam", "RMSprop", "SGD"},
    "loss": {
        *("binary_crossentropy", "categorical_crossentropy", "mae", "mean_squared_error", "mse"),
        "sparse_categorical_crossentropy",
    },
    "metrics": {"acc", "accuracy", "mae", "mse"},
}
#: An optimizer's arguments that are numbers, or its name, and those that are True or False.
_NUMBERS = {
    *("beta_1", "beta_2", "clipnorm", "clipvalue", "ema_momentum", "ema_overwrite_frequency", "epsilon"),
    *("global_clipnorm", "gradient_accumulation_steps", "learning_rate", "loss_scale_factor", "momentum", "name"),
    *("rho", "weight_decay"),
}
_FLAGS = {"amsgrad", "centered", "nesterov", "use_ema"}
#: What says how to run, and changes nothing.
_RUNNING = {"auto_scale_loss", "jit_compile", "run_eagerly", "steps_per_execution"}


class AsRead(NamedTuple):
    """Compile settings out of a file, and what the optimizer kept.

    Attributes
    ----------
    settings : dict
        The settings, as `get_compile_config` writes them.
    file : str
        Which file, for messages.
    parameters, kept : list of Parameter, list of array
        The parameters that the optimizer updates, and its arrays.
    """

    settings: Mapping[str, Any]
    file: str
    parameters: Sequence[Parameter]
    kept: Sequence[Array]

    @property
    def compiled(self) -> bool:
        """Whether the compiled loop may run the model."""
        return not self.settings.get("run_eagerly", False)

    def compile(self, model: Any) -> None:
        """Compile the model so, and give its optimizer what the file holds; a ValueError if it holds no such thing."""
        given = {name: self.settings.get(name) for name in ("optimizer", "loss", "metrics")}
        try:
            setup = model.made_setup(**given, loss_weights=None, weighted_metrics=None, compiled=self.compiled)
            if self.kept:
                set_optimizer(setup.optimizer, self.parameters, self.kept)
            model.setup = setup
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
            raise ValueError(f"load_model: {self.file}: {error}") from error


def can_wait(description: Any) -> bool:
    """Return whether a model's description names what every model is compiled with, and nothing of a user's.

    What waits is right as far as can be told without importing it: names, and numbers that an optimizer can have.
    """
    settings = description.get("compile_config") if isinstance(description, Mapping) else None
    if not isinstance(settings, Mapping):
        return False
    given = {name: value for name, value in settings.items() if name not in _RUNNING and value is not None}
    optimizer, metrics = given.pop("optimizer", None), given.pop("metrics", [])
    loss, eager = given.pop("loss", None), settings.get("run_eagerly", False)
    return (
        not given
        and isinstance(eager, bool)
        and isinstance(optimizer, Mapping)
        and optimizer.get("class_name") in EVERYDAY["optimizer"]
        and _plain(optimizer)
        and isinstance(loss, str)
        and loss in EVERYDAY["loss"]
        and isinstance(metrics, list)
        and all(isinstance(each, str) and each in EVERYDAY["metrics"] for each in metrics)
        and all(get_registered_object(name) is None for name in (optimizer["class_name"], loss, *metrics))
    )


def _plain(optimizer: Mapping[str, Any]) -> bool:
    """Return whether an optimizer is none of a user's, with numbers and words for arguments: no schedule."""
    config = optimizer.get("config", {})
    if optimizer.get("registered_name") or not isinstance(config, Mapping) or not {*config} <= _NUMBERS | _FLAGS:
        return False
    numbers = [value for name, value in config.items() if name in _NUMBERS - {"name"} and value is not None]
    flags = [value for name, value in config.items() if name in _FLAGS]
    return all(type(each) in (int, float) and 0 <= each < 1e30 for each in numbers) and all(
        each is None or type(each) is bool for each in flags
    )
