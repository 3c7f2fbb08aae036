"""A model written down: as a table, as a configuration, as a file of weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from tinynet import answers
from tinynet import layers as layers_
from tinynet._arguments import checked, flag, path, shown
from tinynet._console import printable, say
from tinynet._names import shown_as
from tinynet._serialization import as_json, of_ones_own
from tinynet.layers import InputLayer, Layer
from tinynet.models.compiled import Compiled


@shown_as("Sequential")
class Described(Compiled):
    """A stack of layers that can be printed, saved, and made again from its description."""

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write all parameters to one file: an ``.npz`` (see `tinynet.saving`), or Keras's ``.weights.h5``.

        A name with neither ending gets ``.npz``.
        """
        from tinynet.models import endings

        endings.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any) -> None:
        """Read all parameters from a file that `save_weights` or `save` wrote, or Keras.

        The ending says its form: ``.npz`` (also where there is none), ``.weights.h5``, ``.keras``, or the books'
        ``.h5`` and ``.hdf5``. A file that does not fit is a ValueError, and changes nothing.
        """
        from tinynet.models import endings

        endings.load_weights(self, filepath)

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
            answers.asked("summary: `print_fn`", print_fn, table)
        except UnicodeEncodeError as error:  # it writes to a console or a file of few characters
            print_fn(printable(table, error.encoding))

    def _repr_html_(self) -> str:
        from tinynet.models.summary import html_summary

        return html_summary(self)

    def get_config(self) -> dict[str, Any]:
        """Return what makes such a model again, without its weights: its name, its layers, the shape of its input.

        It is in Keras's form; your own parts that are not registered are in it as they are.

        Examples
        --------
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2, activation="relu")])
        >>> twin = tinynet.Sequential.from_config(model.get_config())
        >>> twin.layers[0].activation, twin.count_params()
        (<activation relu>, 8)
        """
        described = [_within_model(layer) for layer in self._layers]
        found = {"name": self.name, "trainable": self.trainable, "layers": described}
        if self.sample_shape is None:
            return found
        first = InputLayer(self.sample_shape, name="input_layer", dtype=self.dtype)
        built = {"build_input_shape": (None, *self.sample_shape)} if self.built else {}
        return {**found, "layers": [layers_.serialize(first), *described], **built}

    @classmethod
    @checked
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Make a model, with new weights, from what `get_config` (or Keras's) returned.

        Parameters
        ----------
        config : dict
            The configuration.
        custom_objects : dict of str to class, optional
            Your own layers, activations and so on by their names.

        Raises
        ------
        ValueError
            If it is no such configuration, or names a layer or other part that tinynet lacks.
        """
        if not isinstance(config.get("layers"), (list, tuple)) or not all(map(_describes_layer, config["layers"])):
            raise ValueError(
                f'{cls.__name__}.from_config: `config` must hold the "layers", each a dict of its "class_name" and '
                f'its "config", as `get_config` returns them. Received: {shown(config)}'
            )
        entries = [{k: v for k, v in each.items() if k != "build_config"} for each in config["layers"]]
        made = [layers_.deserialize(each, custom_objects) for each in entries]
        model = cls(made, name=config.get("name"))
        shape = config.get("build_input_shape")
        if isinstance(shape, (list, tuple)) and shape:
            model.build((None, *shape[1:]))
        model._trainable = flag(cls.__name__, "trainable", config.get("trainable", True))
        return model

    def to_json(self, **options: Any) -> str:
        """Return the model as JSON that Keras reads as well: its layers and how it is compiled, without its weights.

        Parameters
        ----------
        **options
            Of `json.dumps`, such as ``indent=2``.

        Examples
        --------
        >>> import tinynet
        >>> model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2)])
        >>> twin = tinynet.models.model_from_json(model.to_json())
        >>> twin.count_params()
        8
        """
        return as_json(self.description(), **options)

    @checked
    def export(self, filepath: Any, format: str = "onnx", verbose: bool | None = None) -> None:
        """Write the model as it predicts, with its weights, as an ONNX graph for other run times.

        The graph computes in float32. `tinynet.models.load_model` reads it again.

        Parameters
        ----------
        filepath : path
            Where to. An old file is replaced, whole or not at all.
        format : str, default "onnx"
            Of Keras's formats this is the one that tinynet writes.
        verbose : bool, optional
            Keras's; nothing is printed.

        Raises
        ------
        ValueError
            For another format, if the model is not built, or if a part has no form in ONNX.
        ModuleNotFoundError
            If the package onnx is not installed.

        Notes
        -----
        Source: https://keras.io/api/models/model_saving_apis/export/
        """
        from tinynet.interop import onnx

        if format != "onnx":
            raise ValueError(f"export: tinynet writes format='onnx'. Received: format={shown(format)}")
        onnx.write(self, path("export", "filepath", filepath))

    def description(self) -> dict[str, Any]:
        """Return the model in Keras's form: class, configuration, the shape it is built for, how it is compiled."""
        found = {"module": "keras", "class_name": "Sequential", "config": self.get_config(), "registered_name": None}
        if type(self).__module__.partition(".")[0] != "tinynet":
            found = of_ones_own(self)
        build = {"build_config": {"input_shape": self.input_shape}} if self.built else {}
        compiled = {} if self.setup is None else {"compile_config": self.get_compile_config()}
        return {**found, **build, **compiled}

    def save(self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
        """Write the whole model to one file: layers, weights, how it is compiled, and where its training is.

        `tinynet.models.load_model` reads it, and training goes on as if it had never stopped, to the bit. The ending
        of the name says the form of the file: ``.npz`` (also for a name without one) is tinynet's own, arrays and a
        description in JSON; ``.keras``, and ``.h5`` or ``.hdf5`` as in the books, are Keras's (extra ``h5``), and Keras
        goes on training from them.

        Parameters
        ----------
        filepath : path
            The file. Folders that are missing are made.
        overwrite : bool, default True
            Whether a file of that name may be replaced.
        include_optimizer : bool, default True
            False leaves out how the model is compiled, and where its training is.

        Raises
        ------
        ValueError
            For another ending.
        FileExistsError
            If the file exists and `overwrite` is False.
        TypeError
            If one of your own parts has something in its configuration that JSON has no form for.

        Examples
        --------
        See `tinynet.models.load_model`.
        """
        from tinynet.models import endings

        endings.save(
            self, filepath, flag("save", "overwrite", overwrite), flag("save", "include_optimizer", include_optimizer)
        )


def _within_model(layer: Layer) -> dict[str, Any]:
    """Return a layer's description as an entry of a model's, which says by itself what shape the input has."""
    found = layers_.serialize(layer)
    config = {name: value for name, value in found["config"].items() if name != "input_shape"}
    return {name: value for name, value in found.items() if name != "build_config"} | {"config": config}


def _describes_layer(entry: Any) -> bool:
    """Return whether an entry of a configuration is the class and the arguments of a layer."""
    return isinstance(entry, Mapping) and isinstance(entry.get("class_name"), str) and "config" in entry
