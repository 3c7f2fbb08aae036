"""Layers for random networks that are compared with Keras, drawn as their names and arguments."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.cases import REGULARIZERS

Drawn = tuple[str, dict[str, Any]]
flags, factors = st.booleans(), st.floats(0.2, 2.0)
penalties = st.one_of(st.none(), st.none(), st.sampled_from(REGULARIZERS))


def layer(kind: str, **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Drawn]:
    """Draw a layer of a kind, without those of its options that come out as None."""
    drawn = st.fixed_dictionaries(options)
    return drawn.map(lambda found: (kind, {name: value for name, value in found.items() if value is not None}))


#: What may stand anywhere.
anywhere = st.one_of(
    layer("ReLU"),
    layer("ReLU", max_value=factors, negative_slope=st.floats(0.0, 0.5), threshold=st.floats(0.0, 0.5)),
    layer("Softmax"),
    layer("Sigmoid"),
    layer("ELU", alpha=factors),
    layer("LeakyReLU", negative_slope=st.floats(0.01, 0.9)),
    layer(
        "PReLU",
        alpha_initializer=st.sampled_from(("zeros", "ones")),
        alpha_regularizer=penalties,
        shared_axes=st.sampled_from((None, [1], 1)),
    ),
    layer("Rescaling", scale=st.floats(-2.0, -0.2) | factors, offset=st.floats(-1.0, 1.0)),
    layer("ActivityRegularization", l1=st.floats(0.0, 0.1), l2=st.floats(0.0, 0.1)),
    layer("Normalization", axis=st.none(), mean=st.floats(-1.0, 1.0), variance=factors, invert=flags),
)
#: What may only see the data. Behind a Dense layer some gradients of biases cancel: what is left of them is rounding,
#: and an optimizer that goes by signs would follow it.
_weights = {"center": flags, "scale": flags, "gamma_regularizer": penalties, "beta_regularizer": penalties}
at_first = st.one_of(
    layer("BatchNormalization", momentum=st.floats(0.5, 0.99), epsilon=st.floats(1e-3, 0.1), **_weights),
    layer("LayerNormalization", epsilon=st.floats(1e-3, 0.1), **_weights),
    layer("UnitNormalization"),
)
