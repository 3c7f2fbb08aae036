"""A model written down: as a table, as a configuration, as a file of weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Self

from tinynet import layers as layers_
from tinynet._arguments import checked, path, shown
from tinynet._console import printable, say
from tinynet._names import lookup, shown_as
from tinynet.layers.base import Layer
from tinynet.models.compiled import Compiled


@shown_as("Sequential")
class Described(Compiled):
    """A stack of layers that can be printed, saved, and made again from its description."""

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write all parameters to one ``.npz`` file (see `tinynet.saving`)."""
        from tinynet import saving

        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any) -> None:
        """Read all parameters from a file that `save_weights` wrote."""
        from tinynet import saving

        saving.load_weights(self, filepath)

    @checked
    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: None = None,
    ) -> None:
        """Print the table of the layers, with the numbers of their parameters.

        Parameters
        ----------
        line_length : int, optional
            Width in characters; default: the terminal's, at most 88.
        positions : list of float, optional
            Where the columns end: as shares of the width, ``[0.45, 0.8, 1.0]``, or in characters.
        print_fn : callable, optional
            Receives the whole text once; default `print`.
        expand_nested : bool, default False
            Keras's, for models within models: there are none in a Sequential.
        show_trainable : bool, default False
            Whether to add a column that says which layers are trained.
        layer_range : None
            Keras's: tinynet shows all layers.
        """
        from tinynet.models.summary import format_summary

        table = format_summary(self, line_length, positions, show_trainable)
        if print_fn is None:
            say(table)
            return
        try:
            print_fn(table)
        except UnicodeEncodeError as error:  # it writes to a console or a file of few characters
            print_fn(printable(table, error.encoding))

    def get_config(self) -> dict[str, Any]:
        """Return what makes such a model again, without its weights: its name, its layers, the shape of its input.

        Examples
        --------
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2, activation="relu")])
        >>> twin = tinynet.Sequential.from_config(model.get_config())
        >>> twin.layers[0].activation, twin.count_params()
        (<activation relu>, 8)
        """
        described = [{"class_name": type(layer).__name__, "config": layer.get_config()} for layer in self._layers]
        shape = {} if self.sample_shape is None else {"build_input_shape": (None, *self.sample_shape)}
        return {"name": self.name, "trainable": self.trainable, "layers": described, **shape}

    @classmethod
    @checked
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, type[Layer]] | None = None) -> Self:
        """Make a model, with new weights, from what `get_config` returned.

        Parameters
        ----------
        config : dict
            The configuration.
        custom_objects : dict of str to type, optional
            Your own layers' classes by their names.
        """
        if not isinstance(config.get("layers"), (list, tuple)) or not all(map(_describes_layer, config["layers"])):
            raise ValueError(
                f'{cls.__name__}.from_config: `config` must hold the "layers", each a dict of its "class_name" and '
                f'its "config", as `get_config` returns them. Received: {shown(config)}'
            )
        classes = {name: getattr(layers_, name) for name in layers_.__all__} | dict(custom_objects or {})
        made = [lookup("layer", each["class_name"], classes).from_config(each["config"]) for each in config["layers"]]
        model = cls(made, name=config.get("name"))
        if "build_input_shape" in config:
            model.build(config["build_input_shape"])
        model._trainable = config.get("trainable", True)
        return model

    def save(self, filepath: Any, *args: Any, **options: Any) -> NoReturn:
        """Raise a NotImplementedError: tinynet saves weights (see `save_weights`)."""
        raise NotImplementedError(
            f"tinynet saves weights, not whole models: model.save_weights('{_weights_file(filepath)}'), and to read "
            "them make the model by its code and call load_weights."
        )


def _describes_layer(entry: Any) -> bool:
    """Return whether an entry of a configuration is the class and the arguments of a layer."""
    return isinstance(entry, Mapping) and isinstance(entry.get("class_name"), str) and "config" in entry


def load_model(filepath: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise a NotImplementedError: tinynet loads weights (see `Sequential.load_weights`)."""
    raise NotImplementedError(
        "tinynet loads weights, not whole models: make the model by its code, or by Sequential.from_config, and call "
        f"model.load_weights('{_weights_file(filepath)}')."
    )


def _weights_file(filepath: Any) -> str:
    """Return the name of a file of weights beside or in place of a whole model's."""
    return f"{os.path.splitext(path('save', 'filepath', filepath))[0]}.weights.npz"
