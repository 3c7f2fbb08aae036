"""Padding, as `mask_zero` says it, through layers that merge: left out as in Keras, or refused, and never counted."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.parity import assert_parity, keras
from tinynet.layers import CLASSES

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's, from NumPy 2
    pytest.mark.filterwarnings("ignore:Layer '.*was passed an input with a mask"),  # Keras's
]

RNG = np.random.default_rng(0)
X = RNG.integers(1, 7, (18, 4)) * (np.arange(4) < np.arange(18)[:, None] % 4 + 1)
Y = RNG.normal(size=(18, 2))


def words(k, mask_zero=True):
    return k.layers.Embedding(7, 3, mask_zero=mask_zero)


def residual(k, x):
    x = words(k)(x)
    return k.layers.add([x, k.layers.Dense(3, activation="tanh")(x)])


def pooled_twice(k, x):
    x = words(k)(x)
    means = [k.layers.GlobalAveragePooling1D(keepdims=True)(each) for each in (x, k.layers.Dense(3)(x))]
    return k.layers.concatenate([*means, k.layers.GlobalMaxPooling1D(keepdims=True)(x)])


def merged(name, *masked):
    return lambda k, x: getattr(k.layers, name)([words(k, each)(x) for each in masked])


#: What stands between the words and a mean over the steps.
MIDDLES = {
    "a residual block": residual,
    "means of several branches": pooled_twice,
    "a sum of two": merged("add", True, True),
    "a sum with one that has no padding": merged("add", False, True),
    "a difference": merged("subtract", True, True),
    "a mean of two": merged("average", True, True),
    "side by side": merged("concatenate", True, True),
    "beside one that has no padding": merged("concatenate", True, False),
    "behind one another": lambda k, x: k.layers.concatenate([words(k)(x), words(k)(x)], axis=1),
    "normalized over the batch": lambda k, x: k.layers.BatchNormalization(momentum=0.5)(residual(k, x)),
    "a rescaling": lambda k, x: k.layers.Rescaling(2.0)(words(k)(x)),
}


@pytest.mark.parametrize("name", MIDDLES)
def test_padding_is_left_out_behind_layers_that_merge_as_in_keras(name):
    def build(k):
        x = k.Input((4,))
        model = k.Model(x, k.layers.Dense(2)(k.layers.GlobalAveragePooling1D()(MIDDLES[name](k, x))))
        model.compile(k.optimizers.SGD(0.05), k.losses.MeanSquaredError())
        return model

    assert_parity(build, X, Y, batch_size=7, epochs=2)


OPERATORS = {
    "a sum": lambda a, b: a + b,
    "a product": lambda a, b: a * b,
    "a difference": lambda a, b: a - b,
    "a multiple": lambda a, b: a * 2.0,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_behind_an_operator_nothing_is_padding_as_in_keras(name):
    found = []
    for k in (tinynet, keras()):
        x = k.Input((4,))
        model = k.Model(x, k.layers.GlobalAveragePooling1D()(OPERATORS[name](words(k)(x), words(k)(x))))
        rng = np.random.default_rng(3)
        model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
        found.append(model.predict(X, verbose=0))
    np.testing.assert_allclose(found[0], found[1], 1e-5, 1e-6)


REFUSED = {
    "a product": lambda ls, x: (x, ls.Flatten()(ls.multiply([words(tinynet)(x), words(tinynet)(x)]))),
    "a maximum": lambda ls, x: (x, ls.Flatten()(ls.maximum([words(tinynet)(x), words(tinynet, False)(x)]))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_where_padding_would_count_the_model_is_refused(name):
    model = tinynet.Model(*REFUSED[name](tinynet.layers, tinynet.Input((4,))))
    with pytest.raises(ValueError, match=r"leave out|leaves out"):
        model.predict(X, verbose=0)


def test_words_of_two_embeddings_may_be_laid_flat():
    x = tinynet.Input((4,))
    model = tinynet.Model(x, tinynet.layers.Flatten()(tinynet.layers.add([words(tinynet)(x), words(tinynet)(x)])))
    assert model.predict(X, verbose=0).shape == (18, 12)


MERGING = [name for name, cls in CLASSES.items() if cls.merges and hasattr(keras().layers, name)]


@pytest.mark.parametrize("name", MERGING)
def test_masks_of_inputs_become_the_mask_of_the_output_as_in_keras(name):
    options = {"axes": -1} if name == "Dot" else {}
    masks = RNG.random((2, 3, 4)) < 0.5
    inputs = [RNG.normal(size=(3, 4, 2)) for _ in range(2)]
    for given in (None, [None, None], [*masks], [masks[0], None]):
        for own in [options, {"axis": 1}] if name == "Concatenate" else [options]:
            ours, theirs = (getattr(k.layers, name)(**own).compute_mask(inputs, given) for k in (tinynet, keras()))
            assert (ours is None) == (theirs is None)
            np.testing.assert_array_equal(ours, None if theirs is None else np.asarray(theirs))
    layer = getattr(tinynet.layers, name)(**options)
    assert layer.supports_masking
    if name != "Dot":
        with pytest.raises(ValueError, match="`mask` should be a list"):
            layer.compute_mask(inputs, masks[0])
        with pytest.raises(ValueError, match="`inputs` should be a list"):
            layer.compute_mask(inputs[0], [None, None])
        with pytest.raises(ValueError, match="should have the same length"):
            layer.compute_mask(inputs, [None])


def test_other_layers_hand_masks_on():
    mask = np.array([[True, False]])
    assert tinynet.layers.Dense(3).compute_mask(np.ones((1, 2, 3)), mask) is mask
    kept = tinynet.layers.Lambda(abs, mask=lambda inputs, mask: ~mask)
    assert kept.supports_masking
    np.testing.assert_array_equal(kept.compute_mask(None, mask), [[False, True]])
    assert not tinynet.layers.Lambda(abs).supports_masking


@pytest.mark.parametrize("form", ["channels_last", "channels_first"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_mean_over_steps_takes_a_mask(form, keepdims):
    x = RNG.normal(size=(3, 4, 5)).astype("float32")
    steps = 4 if form == "channels_last" else 5
    mask = RNG.random((3, steps)) < 0.6
    mask[:, 0] = True
    ours, theirs = (k.layers.GlobalAveragePooling1D(form, keepdims) for k in (tinynet, keras()))
    for given in (mask, mask.astype("int32"), None):
        np.testing.assert_allclose(ours(x, given), np.asarray(theirs(x, mask=given)), 1e-5, 1e-6)
    with pytest.raises(ValueError, match=r"`mask` must be of shape \(samples, steps\)"):
        ours(x, mask=mask[:, :-1])
    with pytest.raises(TypeError, match="no mask"):
        tinynet.layers.GlobalAveragePooling1D()(tinynet.Input((4, 5)), mask)
    dx = ours.backward(np.ones_like(ours(x, mask, training=True)))
    assert (dx == 0).sum() == 4 * 5 // steps * (~mask).sum()


def test_masks_of_tensors_without_numbers_are_put_side_by_side_as_in_keras():
    masks = [np.array([[True, False]]), None]
    for k in (tinynet, keras()):
        tensors = [k.Input((2, 3)), k.Input((2, 3))] if k is tinynet else [np.ones((1, 2, 3))] * 2
        for axis, wanted in ((1, [[True, False, True, True]]), (2, [[True, True]])):
            found = k.layers.Concatenate(axis).compute_mask(tensors, masks)
            np.testing.assert_array_equal(np.asarray(found), wanted)
