"""The dense layer's formulas against their definition in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.cases import samples
from tests.support.formulas import DTYPES
from tinynet import activations
from tinynet.kernels import dense as dense_kernels
from tinynet.kernels.fusions import one_unit_backward
from tinynet.kernels.maps import kinds_of
from tinynet.kernels.samples import NO_ORDER, data_of
from tinynet.kernels.tables import Batch, Operation
from tinynet.layers import Dense, dense
from tinynet.memory import Memory

#: The activations whose derivative needs no more than the output and its gradient, both single numbers.
PASSED = [cls for cls in activations.CLASSES.values() if kinds_of(cls.formulas[1]) == ("Scalar", "Scalar")]


def operation_and_batch(layer: Dense, inputs: int) -> tuple[Operation, Batch]:
    """Return a built layer's row in the table of operations, and a batch that it reads its parameters from."""
    memory = Memory.joined(layer.parameters)
    op = layer.operation(inputs, 1, False)
    op.forward = op.backward = op.gradients = 0
    batch = Batch(params=memory.parameters, gradients=memory.gradients, order=NO_ORDER, arrivals=NO_ORDER, members=1)
    batch.data = data_of(memory.parameters[:0])
    return op, batch


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("units", [1, 3, 40])
@pytest.mark.parametrize("use_bias", [True, False])
def test_a_dense_layer_and_its_relu_in_one_are_the_two_one_after_the_other(units, dtype, use_bias):
    rng = np.random.default_rng(units)
    x = rng.normal(size=(9, 5)).astype(dtype)
    x[2] = np.nan
    layer = Dense(units, use_bias=use_bias, bias_initializer="random_normal", dtype=dtype)
    layer.ensure_built((None, 5))
    found = []
    for floor in (-np.inf, 0.0):
        op, batch = operation_and_batch(layer, 5)
        op.floor = floor
        z = np.empty((9, units), dtype)
        dense_kernels.dense_forward(op.pack(), x.reshape(-1), z.reshape(-1), batch.pack())
        found.append(z)
    z, a = found
    np.testing.assert_array_equal(a, np.maximum(z, 0))
    assert np.isnan(a[2]).all()
    assert 0 < (a == 0).sum() < a.size


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("inputs", [1, 3, 40])
@pytest.mark.parametrize("cls", PASSED, ids=lambda cls: cls.name)
def test_a_single_units_gradient_goes_back_through_its_weights_and_the_activation_before_them(cls, inputs, dtype):
    part = cls()
    rng = np.random.default_rng(inputs)
    layer = Dense(1, use_bias=False, dtype=dtype)
    layer.ensure_built((None, inputs))
    op, batch = operation_and_batch(layer, inputs)
    dz, a = rng.normal(size=9).astype(dtype), rng.normal(size=(9, inputs)).astype(dtype)
    a[:2], a[3, 0] = 0.0, np.nan
    da = np.full(9 * inputs, np.nan, dtype)
    one_unit_backward(part.formulas[1])(op.pack(), a.ravel(), dz, da, batch.pack())
    expected = dz[:, None] * layer.kernel[:, 0]
    part.backward(a, expected)
    np.testing.assert_allclose(da.reshape(9, inputs), expected, rtol=4 * np.finfo(dtype).eps)
    if cls.name == "relu":
        np.testing.assert_array_equal(expected, np.where(a > 0, dz[:, None] * layer.kernel[:, 0], 0))


def test_a_dense_layer_and_its_gradients_are_products():
    tinynet.backend.set_floatx("float64")
    x, dz = samples(0, 7), samples(1, 7, (3,))
    layer = tinynet.layers.Dense(3, bias_initializer="ones")
    np.testing.assert_allclose(layer(x, training=True), x @ layer.kernel + 1, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(dz), dz @ layer.kernel.T, rtol=1e-14)
    np.testing.assert_allclose(layer.dkernel, x.T @ dz, rtol=1e-13)
    np.testing.assert_allclose(layer.dbias, dz.sum(axis=0), rtol=1e-13)


def test_an_empty_bias_adds_nothing():
    x, kernel, z = np.ones((2, 3)), np.ones((3, 2)), np.empty((2, 2))
    dense.dense_forward(x, kernel, z[0, :0], z)
    assert z.tolist() == [[3.0, 3.0]] * 2


@pytest.mark.parametrize("use_bias", [True, False])
def test_the_kernels_of_a_dense_layer_are_its_formulas(use_bias):
    tinynet.backend.set_floatx("float64")
    x, dz = samples(0, 7), samples(1, 7, (3,))
    layer = Dense(3, use_bias=use_bias, bias_initializer="random_normal")
    z = layer(x, training=True)
    dx, dkernel = layer.backward(dz).copy(), layer.dkernel.copy()
    dbias = layer.dbias.copy() if use_bias else None
    op, batch = operation_and_batch(layer, 5)
    batch.gradients[:] = np.nan
    got_z, got_dx = np.empty_like(z), np.empty_like(dx)
    dense_kernels.dense_forward(op.pack(), x.reshape(-1), got_z.reshape(-1), batch.pack())
    dense_kernels.dense_backward(op, x.reshape(-1), dz.reshape(-1), got_dx.reshape(-1), batch)
    dense_kernels.dense_gradients(op, x.reshape(-1), dz.reshape(-1), batch)
    np.testing.assert_allclose(got_z, z, rtol=1e-13)
    np.testing.assert_allclose(got_dx, dx, rtol=1e-13)
    np.testing.assert_allclose(layer.dkernel, dkernel, rtol=1e-13)
    if use_bias:
        np.testing.assert_allclose(layer.dbias, dbias, rtol=1e-13)
