"""A model written down: as a table, as a configuration, as a file of weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinynet import answers
from tinynet._arguments import checked, flag, path, shown
from tinynet._console import printable, say
from tinynet._names import shown_as
from tinynet._serialization import as_json, of_ones_own
from tinynet._types import FilePath
from tinynet.models.compiled import Compiled


@shown_as("Model")
class Described(Compiled):
    """A model that can be printed, saved, and made again from its description."""

    #: Where Keras keeps the class.
    _module = "keras"

    def get_config(self) -> dict[str, Any]:
        """Return what makes such a model again, without its weights."""
        raise NotImplementedError

    def save_weights(self, filepath: FilePath, overwrite: bool = True) -> None:
        """Write all parameters to one file: an ``.npz`` (see `tinynet.saving`), or Keras's ``.weights.h5``.

        The books' ``.h5`` and ``.hdf5`` hold the layers as well. A name without an ending gets ``.npz``.
        """
        from tinynet.models import endings

        endings.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: FilePath) -> None:
        """Read all parameters from a file that `save_weights` or `save` wrote, or Keras.

        The ending says its form: ``.npz`` (also where there is none), ``.weights.h5``, ``.keras``, or the books'
        ``.h5`` and ``.hdf5``. A file that does not fit is a ValueError, and changes nothing. Out of ``.weights.h5`` and
        ``.keras`` a compiled model's optimizer gets where it was, too; if it keeps other numbers, a warning says so.
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
        layer_range: Sequence[str] | None = None,
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
            Whether to show the layers of models that stand in the place of layers, too.
        show_trainable : bool, default False
            Whether to add a column that says which layers are trained.
        layer_range : two of str, optional
            Show only the layers from the first that the first pattern matches to the last that the second matches.
        """
        from tinynet.models.summary import format_summary

        table = format_summary(self, line_length, positions, show_trainable, expand_nested, layer_range)
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
    def export(self, filepath: FilePath, format: str = "onnx", verbose: bool | None = None) -> None:
        """Write the model as it predicts, with its weights, as an ONNX graph for other run times.

        The graph computes in float32, and leaves padding out where the model does. Several inputs and outputs have the
        names there that `fit` knows them by; one is called "input" or "output". `tinynet.models.load_model` reads it.

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
        from tinynet.models.drawn import network_of

        if format != "onnx":
            raise ValueError(
                f"export: Unrecognized format={shown(format)}. tinynet writes format='onnx', of those that Keras has."
            )
        onnx.write(network_of(self), path("export", "filepath", filepath))

    @property
    def written(self) -> Any:
        """The model as it is written down."""
        return self

    def description(self) -> dict[str, Any]:
        """Return the model in Keras's form: class, configuration, the shape it is built for, how it is compiled."""
        found = of_ones_own(self)
        if type(self).__module__.partition(".")[0] == "tinynet":
            found |= {"module": self._module, "registered_name": None}
        build = {"build_config": {"input_shape": self.input_shape}} if self.built else {}
        compiled = {} if self.setup is None else {"compile_config": self.get_compile_config()}
        return {**found, **build, **compiled}

    def save(self, filepath: FilePath, overwrite: bool = True, include_optimizer: bool = True) -> None:
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
