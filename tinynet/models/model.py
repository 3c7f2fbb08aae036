"""Every model: layers that are compiled, fitted, evaluated and used to predict.

Source: https://keras.io/api/models/model/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypedDict, Unpack

from tinynet._arguments import checked, flag, shown
from tinynet._configurable import refuse_unknown
from tinynet._old_names import old_names
from tinynet._registry import CustomObjectScope
from tinynet.graph import side_by_side
from tinynet.layers.added_losses import FOLLOWED
from tinynet.layers.symbolic import KerasTensor, alone, leaves, shaped_like
from tinynet.models import forms, functional
from tinynet.models.forms import MODELS
from tinynet.models.own_call import OwnCall
from tinynet.models.wiring import Wiring, number_inputs, wiring_of

#: What is given to a model that is made of tensors; in Keras 1 there was one of each.
_ENDS = {"inputs", "outputs", "input", "output"}


class _OlderEnds(TypedDict, total=False):
    input: Any
    output: Any


class Model(OwnCall):
    """Layers between inputs and outputs.

    Parameters
    ----------
    inputs : tensor, or list or dict of tensors
        What `Input` returned. A tensor from within a network is an input as well: the model begins there.
    outputs : tensor, or list or dict of tensors
        What layers returned that were called with them.
    trainable : bool, default True
        False freezes all layers.
    name : str, optional
        Default: ``functional``, ``functional_1`` …

    Raises
    ------
    ValueError
        If the outputs do not come from the inputs, or two layers have one name.

    Notes
    -----
    The layers are those that were called: two models of the same tensors share their layers and weights. Where every
    layer takes what the one before gives, the model trains as a `Sequential` of them does, in the compiled loop.

    Source: https://keras.io/guides/functional_api/

    Examples
    --------
    >>> import tinynet
    >>> from tinynet.layers import Dense
    >>> inputs = tinynet.Input((4,))
    >>> hidden = Dense(8, activation="relu")(inputs)
    >>> model = Model(inputs, Dense(1)(hidden))
    >>> features = Model(model.input, model.layers[1].output)
    >>> model.output_shape, features.output_shape, features.layers[1] is model.layers[1]
    ((None, 1), (None, 8), True)
    """

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Return a new model: one that is made from inputs and outputs is a `Functional`."""
        made = Functional if cls is Model and (arguments or _ENDS & set(options)) else cls
        return object.__new__(made)  # type: ignore[return-value]

    @old_names
    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **unknown: Unpack[_OlderEnds],
    ) -> None:
        refuse_unknown(type(self), unknown)
        trainable = flag(type(self).__name__, "trainable", trainable)
        if inputs is None and outputs is None:
            super().__init__(name)
            self._trainable = trainable
            return
        wiring = wiring_of(inputs, outputs)
        super().__init__(name)
        self.all_or_nothing(wiring.parts, self._wire, wiring, trainable)

    def _wire(self, wiring: Wiring, trainable: bool) -> None:
        """Take the layers that were called between tensors."""
        number_inputs(wiring.parts)
        names = [part.name for part in wiring.parts]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f'The name "{name}" is used {names.count(name)} times in the model. All layers should have unique '
                    "names: name=..."
                )
        self._tensors = wiring.inputs_like, wiring.outputs_like
        self._wiring, self._chained = wiring.without_tensors(), [*wiring.parts]
        vars(self)["joins"] = wiring.joins
        self._built_shape = wiring.input_shapes[0]
        if self.joins is not None and len(self.joins.inputs) > 1:
            self._built_shape = (None, side_by_side(self.joins.shapes))
        self._join()
        if not trainable:
            self.trainable = False

    @property
    def _requests(self) -> Any:
        setup = self.setup
        if setup is not None and hasattr(setup.loss, "function"):
            known = self.kept.get("keeps_tensors")  # a loop of one's own asks at each batch
            if known is None or known[0] is not setup:
                from tinynet.models.kept_loss import keeps_tensors

                known = self.kept["keeps_tensors"] = setup, keeps_tensors(setup.loss)
            if known[1]:
                from tinynet.models.kept_loss import Requests

                return Requests(self)
        return super()._requests

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Add to the loss of each batch what is computed from tensors of the model, as Keras 2 does.

        Within a class's own `call` it adds what the `call` computes.

        Parameters
        ----------
        loss : tensor or list of them
            Usually the mean over the batch: ``ops.mean(x)``. What has an entry for each sample is summed.
        inputs : tensor or list, optional
            Keras 2's: what it is computed from, which is known here.

        Raises
        ------
        ValueError
            If it is none that comes from the model's inputs, or the model is not made of tensors.

        Examples
        --------
        >>> import numpy as np
        >>> import tinynet
        >>> x = tinynet.Input((2,))
        >>> h = tinynet.layers.Dense(3, kernel_initializer="ones")(x)
        >>> model = Model(x, h)
        >>> model.add_loss(np.mean(h**2) / 2)
        >>> model.compile("sgd")
        >>> model.evaluate(np.ones((4, 2)), verbose=0)
        2.0
        """
        losses = [*loss] if isinstance(loss, (list, tuple)) else [loss]
        if not losses or not all(isinstance(each, KerasTensor) for each in losses):
            raise ValueError(
                f"{type(self).__name__} '{self.name}', add_loss: expected a tensor that comes from the model's inputs. "
                f"Received: {shown(loss)}"
            )
        if (of_call := FOLLOWED.get()) is not None:
            of_call += losses
            return
        if self._follows or self._wiring is None:
            raise ValueError(f"{type(self).__name__} '{self.name}', add_loss belongs into its `call`.")
        inputs, outputs = self.tensors()
        first, *others = leaves(outputs)
        from tinynet.layers.over_batch import AddLoss

        wiring = wiring_of(inputs, shaped_like(outputs, iter([AddLoss.after(first, losses), *others])))
        self.all_or_nothing(wiring.parts, self._wire, wiring, True)
        vars(self).update(predictor=None, kept={})

    @property
    def input_shape(self) -> Any:
        """Shape of the input, the batch being None; a list of several."""
        if self.joins is None:
            return super().input_shape
        return alone([*self.wiring.input_shapes])

    @property
    def output_shape(self) -> Any:
        """Shape of the output, the batch being None; a list of several."""
        if self.joins is None:
            return super().output_shape
        return alone(self.wiring.output_shapes(self.wiring.input_shapes))

    @property
    def wiring(self) -> Wiring:
        """Which layer takes what."""
        if self._wiring is None:
            what = "has no layers" if not self._follows else "is not built: fit it, or call build((None, 12))"
            raise ValueError(f"{type(self).__name__} '{self.name}' {what}.")
        return self._wiring

    @property
    def connections(self) -> dict[str, str]:
        """What each layer takes, for the model's table; nothing for a stack, or where `call` says it."""
        return {} if self._follows or self._wiring is None else functional.connections_of(self)

    @property
    def written(self) -> Model:
        """The model as it is written down: one whose `call` was followed as what it was found to be.

        So it is read again without its class. It shares layers, weights and training with this one.
        """
        if not self._follows:
            return self
        found = Functional(*self.wiring.tensors(), name=self.name)
        vars(found).update(setup_at_hand=self.setup, _state=self._state, _trainable=self._trainable)
        return found

    def get_config(self) -> dict[str, Any]:
        """Return what makes such a model again, without its weights: its name, its layers and their calls.

        It is in Keras's form; your own parts that are not registered are in it as they are.
        """
        return functional.config_of(self)

    @classmethod
    @checked
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Make a model, with new weights, from what `get_config` (or Keras's) returned.

        A class whose own `get_config` returns the arguments of its `__init__` is called with them.

        Raises
        ------
        ValueError
            If it is no such configuration, or names a layer or other part that tinynet lacks.
        TypeError
            If a class does not take what its own `get_config` returns.
        """
        if not cls.__module__.startswith("tinynet.") and not functional.WIRED & config.keys():
            with CustomObjectScope(custom_objects):
                return forms.called_with(cls, config)
        made = Functional if hasattr(cls, "call") else cls  # the configuration says which layer takes what
        model: Self = functional.from_config(made, config, custom_objects)
        return model


class Functional(Model):
    """A model that is made from inputs and outputs: what ``Model(inputs, outputs)`` returns."""

    _module = "keras.src.models.functional"


MODELS.update(Functional=Functional, Model=Functional)
