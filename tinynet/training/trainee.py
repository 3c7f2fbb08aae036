"""What training needs of a model: it knows no class of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tinynet._types import Array, Shape
    from tinynet.data import Seen
    from tinynet.graph import Graph, Joins
    from tinynet.layers import Layer
    from tinynet.memory import Parameter
    from tinynet.training.setup import TrainingSetup


T = TypeVar("T")


class Trainee(Protocol):
    """Layers that feed each other, with the setup that says how to train them."""

    name: str
    #: Set by callbacks to end the training.
    stop_training: bool
    #: The names of the columns and classes that it was fitted to.
    seen: Seen
    #: What training keeps with the model for the next call.
    kept: dict[str, Any]
    #: The run of `fit` that it is in, for callbacks.
    run_of_fit: Any

    @property
    def stack(self) -> Sequence[Layer]:
        """The layers that compute, each once, in an order in which they can."""

    @property
    def built(self) -> bool:
        """Whether there are parameters, as many as the layers have."""

    @property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters, once built."""

    @property
    def setup(self) -> TrainingSetup | None:
        """What `compile` was given, or None."""

    @property
    def setup_at_hand(self) -> TrainingSetup | None:
        """The same; None as long as it is only in the file that the model was read from."""

    @property
    def loop_options(self) -> tuple[bool, bool]:
        """Whether the compiled loop may run the model, and whether data may stand in sparse form."""

    @property
    def dtype(self) -> str:
        """Float type of the parameters and the computation."""

    @property
    def sample_shape(self) -> Shape | None:
        """Shape of one sample, or None as long as it is unknown."""

    @property
    def graph(self) -> Graph | None:
        """Which layer takes what; None where each takes what the one before gives."""

    @property
    def joins(self) -> Joins | None:
        """What several inputs and outputs are called, whose numbers stand side by side in one array; None for one."""

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """The names of the input and the output of a model that has one of each, as far as they are known."""

    @property
    def output_shapes(self) -> Sequence[tuple[int, ...]]:
        """The shapes of one sample of each output."""

    def shape_after(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for inputs of `input_shape`; raises if some layer cannot take its input."""

    def meet(self, x: Any) -> None:
        """Take note, before the model is built, of the shapes of the data that it is to be built for."""

    def require_layers(self) -> None:
        """Raise a ValueError if there are no layers."""

    def require_compiled(self) -> TrainingSetup:
        """Return what `compile` was given, or raise a ValueError."""

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the parameters, if there are none yet."""

    def all_or_nothing(self, new: Iterable[Any], change: Callable[..., T], *arguments: Any) -> T:
        """Return ``change(*arguments)``; if it raises, the model, its (new) layers and the generator are as before."""

    def shuffle_state(self) -> Array:
        """Return the state of the model's shuffling, which moves on with every epoch."""
