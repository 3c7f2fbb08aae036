"""Layers, with Keras's names: each file is one, but for those that only give an activation a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinynet._arguments import checked, shown
from tinynet._serialization import made, made_with, of_ones_own, written
from tinynet.layers.base import Layer as Layer
from tinynet.layers.input_layer import Input as Input
from tinynet.layers.merging import function_of
from tinynet.layers.symbolic import KerasTensor
from tinynet.rooms import Classes, Joined, Named, aliases_of, furnish, names_of

#: What only other layers are made of.
_BASES = (
    *(
        "Activated",
        "AddLoss",
        "AlongAxes",
        "ByCall",
        "Encoding",
        "Extreme",
        "FunctionOfSeveral",
        "GlobalPooling",
        "Lookup",
    ),
    *("Merge", "Operation", "OwnWeights", "OwnWeightsOfSeveral", "Rearranging", "Reshaping"),
)
#: The layers' classes, by their names.
CLASSES = Classes(__name__, Layer, lambda cls: cls.__name__ not in _BASES)
#: The same with the other names that Keras has for some.
TABLE = Named(CLASSES, lambda cls: (cls.__name__, *aliases_of(cls)), lambda cls: cls)
#: What makes a layer that takes several inputs and calls it, by the layer's name in snake case.
FUNCTIONS = Named(CLASSES, lambda cls: names_of(cls)[: cls.merges], function_of)
#: The same, and what programs write as operators and functions.
_ALL: Joined[type[Layer]] = Joined(
    CLASSES, Classes(__name__, Layer, lambda cls: cls.__name__ in ("AddLoss", "Operation"))
)


def _over_batch(*arguments: Any, **options: Any) -> Any:
    from tinynet.layers.over_batch import OverBatch

    return OverBatch.of(*arguments, **options)


KerasTensor.layers, KerasTensor.over_batch = _ALL, staticmethod(_over_batch)
furnish(__name__, ["Input", "deserialize", "serialize"], TABLE, FUNCTIONS)

if TYPE_CHECKING:  # what editors are told
    from tinynet.layers.activation import Activation as Activation
    from tinynet.layers.activity_regularization import ActivityRegularization as ActivityRegularization
    from tinynet.layers.add import Add as Add
    from tinynet.layers.alpha_dropout import AlphaDropout as AlphaDropout
    from tinynet.layers.average import Average as Average
    from tinynet.layers.batch_normalization import BatchNormalization as BatchNormalization
    from tinynet.layers.category_encoding import CategoryEncoding as CategoryEncoding
    from tinynet.layers.concatenate import Concatenate as Concatenate
    from tinynet.layers.dense import Dense as Dense
    from tinynet.layers.discretization import Discretization as Discretization
    from tinynet.layers.dot import Dot as Dot
    from tinynet.layers.dropout import Dropout as Dropout
    from tinynet.layers.elu import ELU as ELU
    from tinynet.layers.embedding import Embedding as Embedding
    from tinynet.layers.flatten import Flatten as Flatten
    from tinynet.layers.gaussian_dropout import GaussianDropout as GaussianDropout
    from tinynet.layers.gaussian_noise import GaussianNoise as GaussianNoise
    from tinynet.layers.global_average_pooling1d import GlobalAveragePooling1D as GlobalAveragePooling1D
    from tinynet.layers.global_max_pooling1d import GlobalMaxPooling1D as GlobalMaxPooling1D
    from tinynet.layers.hashing import Hashing as Hashing
    from tinynet.layers.identity import Identity as Identity
    from tinynet.layers.input_layer import InputLayer as InputLayer
    from tinynet.layers.integer_lookup import IntegerLookup as IntegerLookup
    from tinynet.layers.kernel_layer import KernelLayer as KernelLayer
    from tinynet.layers.lambda_ import Lambda as Lambda
    from tinynet.layers.layer_normalization import LayerNormalization as LayerNormalization
    from tinynet.layers.leaky_relu import LeakyReLU as LeakyReLU
    from tinynet.layers.masking import Masking as Masking
    from tinynet.layers.maximum import Maximum as Maximum
    from tinynet.layers.minimum import Minimum as Minimum
    from tinynet.layers.multiply import Multiply as Multiply
    from tinynet.layers.normalization import Normalization as Normalization
    from tinynet.layers.permute import Permute as Permute
    from tinynet.layers.prelu import PReLU as PReLU
    from tinynet.layers.relu import ReLU as ReLU
    from tinynet.layers.repeat_vector import RepeatVector as RepeatVector
    from tinynet.layers.rescaling import Rescaling as Rescaling
    from tinynet.layers.reshape import Reshape as Reshape
    from tinynet.layers.sigmoid import Sigmoid as Sigmoid
    from tinynet.layers.softmax import Softmax as Softmax
    from tinynet.layers.spatial_dropout1d import SpatialDropout1D as SpatialDropout1D
    from tinynet.layers.string_lookup import StringLookup as StringLookup
    from tinynet.layers.subtract import Subtract as Subtract
    from tinynet.layers.text_vectorization import TextVectorization as TextVectorization
    from tinynet.layers.unit_normalization import UnitNormalization as UnitNormalization


@checked
def serialize(layer: Layer) -> dict[str, Any]:
    """Return the class and arguments of a layer in Keras's form, without its weights.

    Examples
    --------
    >>> serialize(Flatten())["class_name"]
    'Flatten'
    """
    found = written(layer, "layers", CLASSES)
    if found is layer:
        found = of_ones_own(layer._original)
    return {**found, "build_config": {"input_shape": layer.input_shape}} if layer.built else found


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Layer:
    """Return a new layer from what `serialize` (or Keras's) returned.

    Parameters
    ----------
    config : dict
        ``{"class_name": …, "config": {…}}``. With a ``build_config`` the layer is built.
    custom_objects : dict of str to class, optional
        Your own layers, activations and so on by their names.

    Raises
    ------
    ValueError
        If tinynet lacks the layer, or the configuration is none.

    Examples
    --------
    >>> deserialize({"class_name": "Dense", "config": {"units": 3}}).units
    3
    """
    layer: Layer = made_with(_made, config, custom_objects)
    return layer


def _made(config: Any) -> Layer:
    layer = made("layer", config, _ALL)
    if not isinstance(layer, Layer):
        raise ValueError(f"Expected the configuration of a layer. Received: {shown(config)}")
    build = config.get("build_config")
    if isinstance(build, Mapping) and isinstance(shape := build.get("input_shape"), (list, tuple)):
        layer.ensure_built(tuple(shape))
    return layer
