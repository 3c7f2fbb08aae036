"""What a Sequential says where Keras's programs go wrong, in the words that they look for."""

from __future__ import annotations

import pytest

from tinynet import Sequential
from tinynet.layers import Activation, Dense, Dropout, Flatten, Input, ReLU, Softmax


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: model.add({}), "Only instances of"),
        (lambda model: model.add(Input((2,))), "already been configured"),
        (lambda model: model.build((3, 4)), "already been configured"),
        (lambda model: model.add(Dense(2, name="first")), "unique names"),
        (lambda model: model.pop() and model.build(), "no layers"),
    ],
)
def test_a_wrong_change_is_called_as_keras_calls_it(change, message):
    model = Sequential([Input((2,), batch_size=3), Dense(2, name="first")])
    with pytest.raises(ValueError, match=message):
        change(model)


def test_layers_are_changed_by_add_and_pop_alone():
    model = Sequential([Dense(2)])
    with pytest.raises(AttributeError, match=r"Use `add\(\)` and `pop\(\)`"):
        model.layers = [Dense(4)]
    assert [layer.units for layer in model.layers] == [2]


@pytest.mark.parametrize("layer", [Dense(1), Activation("relu"), ReLU(), Softmax(), Dropout(0.5)])
def test_layers_that_compute_place_by_place_say_that_they_support_masks(layer):
    assert layer.supports_masking
    assert not Flatten().supports_masking
