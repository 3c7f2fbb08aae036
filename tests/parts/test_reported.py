"""What a user's parts give back, and what is done to built layers: as reported, each with its siblings."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.cases import LOOPS
from tests.support.nets import assert_same_weights, two_classes
from tinynet import activations, initializers
from tinynet.activations import ActivationFunction
from tinynet.initializers import Initializer
from tinynet.layers import Activation, Dense, Dropout, Flatten, Layer, Softmax
from tinynet.regularizers import Regularizer

X, Y = two_classes(64)
BATCH = np.ones((2, 4), "float32")


class InPlace(ActivationFunction):
    def forward(self, z):
        z /= 1 + np.abs(z)

    def backward(self, a, da):
        da *= (1 - np.abs(a)) ** 2


class Returning(ActivationFunction):
    def forward(self, z):
        return z / (1 + np.abs(z))

    def backward(self, a, da):
        return da * (1 - np.abs(a)) ** 2


class InBothWays(ActivationFunction):
    """Writes to its argument, and returns it."""

    def forward(self, z):
        z /= 1 + np.abs(z)
        return z

    def backward(self, a, da):
        da *= (1 - np.abs(a)) ** 2
        return da


class WithScratch(ActivationFunction):
    """Uses its argument for something else, and returns the result."""

    def forward(self, z):
        result = z / (1 + np.abs(z))
        z[...] = 7
        return result

    def backward(self, a, da):
        return list(da * (1 - np.abs(a)) ** 2)


def model_of(*layers, loop="layers", loss="mse", **compile_options):
    model = tinynet.Sequential([tinynet.Input((4,)), *layers])
    model.compile("sgd", loss, compiled=loop == "compiled", **compile_options)
    return model


def same_error(act, message, kind=ValueError):
    with pytest.raises(kind, match=message) as caught:
        act()
    return str(caught.value)


# ---- activations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [InPlace, Returning, InBothWays, WithScratch])
def test_an_activation_may_return_its_result_or_write_it(cls):
    np.testing.assert_allclose(cls()([1.0, -3.0]), [0.5, -0.75])
    trained = []
    for one in (InPlace, cls):
        tinynet.set_random_seed(1)
        model = model_of(Dense(3, activation=one()), Dense(1, activation=one()))
        assert model.gradient_check(X[:5], Y[:5]).ok
        model.fit(X, Y, epochs=2, verbose=0)
        trained.append(model)
    assert_same_weights(*trained)


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda self, z: z[:1], r"`forward` must return an array of shape \(64, 3\).*returned shape \(1, 3\)"),
        (lambda self, z: z.T, r"returned shape \(3, 64\)"),
        (lambda self, z: z.sum(), r"returned shape \(\)"),
        (lambda self, z: (v for v in z), "of type generator"),
        (lambda self, z: z + 1j, "of type ndarray"),
        (lambda self, z: "words", "of type str"),
    ],
)
@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_no_activation_of_the_sums_is_an_error_that_says_so(forward, message, loop):
    cls = type("Odd", (ActivationFunction,), {"forward": forward, "backward": lambda self, a, da: da})
    model = model_of(Dense(3, activation=cls()), Dense(1), loop=loop)
    before = model.get_weights()
    said = same_error(lambda: model.fit(X, Y, batch_size=64, verbose=0), message, (TypeError, ValueError))
    assert "Activation Odd" in said
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_a_gradient_of_another_shape_from_an_activation_is_an_error():
    odd = {"forward": lambda self, z: z, "backward": lambda self, a, da: da.mean(0)}
    model = model_of(Dense(3, activation=type("Odd", (ActivationFunction,), odd)()), Dense(1))
    same_error(
        lambda: model.fit(X, Y, verbose=0), r"Activation Odd: `backward` must return an array of shape \(32, 3\)"
    )


@pytest.mark.parametrize("function", [activations.relu, activations.softmax, activations.linear, activations.elu])
@pytest.mark.parametrize(
    "z",
    [7, None, {}, [[1.0]], np.ones(3, int), np.ones((2, 3))[:, ::2], np.ones((3, 2)).T, np.float64(1), np.ones(())],
    ids=repr,
)
def test_the_methods_of_activations_work_on_arrays_that_compiled_code_can_take(function, z):
    with pytest.raises((TypeError, ValueError), match=function.name):
        function.forward(z)
    good = np.ones((2, 3))
    arrays = (good, good, good) if function.takes_sums else (good, good)
    for place in range(len(arrays)):
        with pytest.raises((TypeError, ValueError), match=function.name):
            function.backward(*(z if i == place else a for i, a in enumerate(arrays)))
    with pytest.raises(TypeError, match="backward takes"):
        function.backward(good)


def test_a_gradient_of_fewer_rows_than_activations_is_an_error():
    a, da = np.ones((1000, 50)), np.ones((2, 50))
    same_error(lambda: activations.sigmoid.backward(a, da), "one shape")
    read_only = np.ones((2, 2))
    read_only.flags.writeable = False
    same_error(lambda: activations.sigmoid.forward(read_only), "read-only")


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (2, 1, 3, 2), (0,), (0, 3), (3, 0)])
def test_activations_take_arrays_of_any_rank(shape):
    x = np.random.default_rng(0).normal(size=shape)
    for name in ("relu", "tanh", "softmax", "linear"):
        result = activations.get(name)(x)
        assert (result.shape, result.dtype) == (shape, np.float64)
    if x.size and x.ndim:
        np.testing.assert_allclose(activations.softmax(x).sum(-1), 1.0)


@pytest.mark.parametrize("x", [{}, "words", [[1], [2, 3]], [1j], [None], print], ids=str)
def test_what_is_no_numbers_is_refused_by_activations(x):
    with pytest.raises((TypeError, ValueError), match="x"):
        activations.relu(x)


# ---- layers ---------------------------------------------------------------------------------------------------------


class Scale(Layer):
    """Assigns its gradient in place of writing to it."""

    def build(self, input_shape):
        self.add_weight("scale", input_shape[-1:], "ones")

    def forward(self, x, training=False):
        self.x = x
        return x * self.scale

    def backward(self, dy):
        self.dscale = (dy * self.x).sum(axis=0)
        return dy * self.scale


def test_a_layer_may_assign_its_gradient():
    scale = Scale()
    model = model_of(scale, Dense(1))
    assert model.gradient_check(X[:5], Y[:5]).ok
    model.fit(X, Y, verbose=0)
    assert (scale.scale != 1).all()


def test_a_gradient_or_weight_of_another_shape_cannot_be_assigned():
    layer = Dense(3, name="d")
    layer(BATCH)
    kernel = layer.kernel.copy()
    for name, value, message in [
        ("dkernel", np.ones(3), r"`dkernel` has shape \(4, 3\). Received: shape \(3,\)"),
        ("kernel", np.ones((3, 4)), r"`kernel` has shape \(4, 3\)"),
        ("dkernel", 1.0, r"shape \(\)"),
        ("bias", None, "None"),
    ]:
        same_error(lambda name=name, value=value: setattr(layer, name, value), f"Layer 'd'.*{message}")
    assert (layer.kernel == kernel).all()


@pytest.mark.parametrize(("name", "value"), [("units", 10**6), ("units", 2), ("use_bias", False), ("dtype", "float64")])
@pytest.mark.parametrize("loop", LOOPS)
def test_what_shapes_follow_from_is_fixed_once_a_layer_is_built(name, value, loop):
    dense = Dense(3, name="d")
    setattr(dense, name, getattr(dense, name))
    model = model_of(dense, Dense(1), loop=loop)
    same_error(lambda: setattr(dense, name, value), f"Layer 'd' .*`{name}` cannot be changed once the layer is built")
    model.fit(X, Y, verbose=0)
    vars(dense)["units"] = 500_000  # around the check: still no compiled code that reads beyond the weights
    with pytest.raises((TypeError, ValueError)):
        tinynet.Sequential([dense]).predict(X[:, :4], verbose=0)


def test_an_activation_can_be_replaced_by_name_and_only_by_one():
    dense = Dense(3)
    model = model_of(dense, Dense(1), loop="compiled")
    dense.activation = "relu"
    assert dense.activation is activations.relu
    same_error(lambda: setattr(dense, "activation", "relo"), "Did you mean 'relu'")
    model.fit(X, Y, verbose=0)
    assert (dense(X) >= 0).all()


def test_the_rate_of_dropout_is_checked_whenever_it_is_set():
    layer = Dropout(0.5)
    for rate in (np.nan, 2, -1, None, "0.5", True):
        same_error(lambda rate=rate: setattr(layer, "rate", rate), "`rate`")
    assert layer.rate == 0.5


@pytest.mark.parametrize("make", [lambda: Dense(3), Flatten, lambda: Dropout(0.5), lambda: Activation("relu"), Softmax])
@pytest.mark.parametrize("x", [7, None, {}, "x", [[1.0]], np.ones((2, 4)), np.ones((4, 3), "float32").T], ids=repr)
def test_forward_and_backward_of_layers_say_what_they_take(make, x):
    layer = make()
    same_error(lambda: layer.forward(BATCH), "isn't built yet")
    same_error(lambda: layer.backward(BATCH), r"training=True")
    layer(BATCH, training=True)
    with pytest.raises((TypeError, ValueError), match=layer.name):
        layer.forward(x)
    with pytest.raises((TypeError, ValueError), match=layer.name):
        layer.backward(x)


def test_a_layer_of_kernels_takes_rows_of_the_length_that_it_was_built_for():
    from tests.support.user_parts import Shift

    layer = Shift()
    layer(np.ones((2, 3), "float32"))
    same_error(lambda: layer(np.ones((2, 300), "float32")), r"expected input of shape \(None, 3\)")


# ---- initializers and regularizers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda shape: np.ones(shape[::-1]), r"array of shape \(4, 3\).*shape \(3, 4\)"),
        (lambda shape: np.ones(12), r"shape \(12,\)"),
        (lambda shape: 1.0, r"shape \(\)"),
        (lambda shape: None, "None: is its `return` missing"),
        (lambda shape: "words", "of type str"),
        (lambda shape: np.ones(shape, complex), "of type ndarray"),
    ],
)
def test_an_initializer_of_another_shape_is_an_error_and_the_model_can_be_built_afterwards(returned, message):
    drawing = type("Drawing", (Initializer,), {"draw": lambda self, shape, rng: returned(shape)})
    for initializer in (drawing(), lambda shape, dtype=None: returned(shape)):
        layer = Dense(3, kernel_initializer=initializer)
        same_error(lambda layer=layer: layer(BATCH), message, (TypeError, ValueError))
        layer.kernel_initializer = initializers.Ones()
        assert layer(BATCH).tolist() == [[4.0] * 3] * 2


def test_an_initializer_of_another_float_type_is_cast():
    layer = Dense(3, kernel_initializer=lambda shape, dtype=None: np.full(shape, 2))
    assert (layer(BATCH) == 8).all()
    assert layer.kernel.dtype == np.float32


def penalty(call, gradient):
    return type("Odd", (Regularizer,), {"__call__": call, "gradient": gradient})()


@pytest.mark.parametrize(
    ("call", "gradient", "message"),
    [
        (lambda self, w: w**2, lambda self, w: 2 * w, r"Odd: `__call__` must return one number.*shape \(4, 3\)"),
        (lambda self, w: None, lambda self, w: 2 * w, "`__call__` must return one number.*None"),
        (lambda self, w: 0.0, lambda self, w: None, "`gradient` must return an array of shape"),
        (lambda self, w: 0.0, lambda self, w: w.mean(), r"`gradient` must return.*shape \(\)"),
        (lambda self, w: 0.0, lambda self, w: w.T, r"`gradient` must return.*shape \(3, 4\)"),
    ],
)
def test_what_is_no_penalty_is_an_error_that_says_so(call, gradient, message):
    model = model_of(Dense(3, kernel_regularizer=penalty(call, gradient)), Dense(1))
    before = model.get_weights()
    same_error(lambda: model.fit(X, Y, verbose=0), message, (TypeError, ValueError))
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_a_penalty_that_writes_to_the_weights_it_is_given_does_not_change_them():
    def squares(self, w):
        w *= w
        return w.sum()

    model = model_of(Dense(3, kernel_regularizer=penalty(squares, lambda self, w: 2 * w)), Dense(1))
    before = model.get_weights()
    model.evaluate(X, Y, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))
