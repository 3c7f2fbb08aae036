"""Idioms of Keras 1 and 2 that programs are full of, each in a few lines."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet

X = np.arange(12.0).reshape(6, 2) / 12
Y = np.arange(6) % 2


@pytest.fixture(autouse=True)
def _as_keras():
    with tinynet.install_as_keras():
        yield


def run(program):
    names = {"X": X, "Y": Y, "np": np}
    exec("from keras.models import Sequential, Model; from keras.layers import Dense, Input\n" + program, names)
    return names["it"]


def test_a_model_of_keras_1_has_an_input_and_an_output():
    assert run("i = Input((2,)); it = Model(input=i, output=Dense(3)(i)).output_shape") == (None, 3)
    assert run("i = Input((2,)); it = Model(i, output=[Dense(3)(i)]).output_shape") == (None, 3)


@pytest.mark.parametrize("units", ["8.0", "17 / 2", "'8'", "np.prod((2, 4))"])
def test_keras_2_made_a_whole_number_of_the_units(units):
    layer = run(f"it = Dense({units})")
    assert layer.units == 8
    assert type(layer.units) is int


@pytest.mark.parametrize("units", ["0.5", "float('nan')", "float('inf')", "'many'", "True"])
def test_units_that_are_no_number_of_units_are_refused_in_older_programs_too(units):
    with pytest.raises(ValueError, match="invalid value for `units`"):
        run(f"it = Dense({units})")


def test_metrics_of_ones_own_are_given_tensors():
    found = run(
        "from keras.metrics import Metric\n"
        "def share(y_true, y_pred): return float((y_true.numpy() == (y_pred.numpy() > 0)).mean())\n"
        "class Own(Metric):\n"
        "    def update_state(self, y, p, sample_weight=None): it.append((y.numpy().shape, p.get_shape()))\n"
        "    def result(self): return 1.0\n"
        "    def reset_state(self): pass\n"
        "it = []; m = Sequential([Dense(1)])\n"
        "m.compile('sgd', 'mse', metrics=[share, Own()], run_eagerly=True); h = m.fit(X, Y, verbose=0).history\n"
        "it.append(sorted(h))"
    )
    assert found == [((6, 1), (6, 1)), ["loss", "own", "share"]]


@pytest.mark.parametrize("given", ["validation_data=(X, Y)", "validation_split=0.5", "validation_data=(X, Y, W)"])
def test_keras_2_gave_callbacks_the_data_of_the_validation(given):
    found = run(
        "from keras.callbacks import Callback\n"
        "class Own(Callback):\n"
        "    def on_epoch_end(self, epoch, logs=None):\n"
        "        x, y, weights = self.validation_data\n"
        "        it.append((self.model.predict(x, verbose=0).shape, y.shape, weights.shape))\n"
        "class Other(Own):\n"
        "    def __init__(self): self.validation_data = X[:1], Y[:1], X[:1, 0]\n"
        "it, W = [], np.ones(6); m = Sequential([Dense(1)]); m.compile('sgd', 'mse')\n"
        f"own = [Own(), Other()]; [m.fit(X, Y, verbose=0, callbacks=own, {given}) for _ in range(2)]"
    )
    n = 3 if "split" in given else 6
    assert found == [((n, 1), (n,), (n,)), ((1, 1), (1,), (1,))] * 2


@pytest.mark.parametrize("metrics", ["['acc']", "'accuracy'", "['mae', len]"])
def test_metrics_may_stand_third_in_compile(metrics):
    setup = run(f"it = Sequential([Dense(1)]); it.compile('sgd', 'mse', {metrics})").setup
    assert setup.metrics


def test_a_weight_of_the_loss_may_stand_third_as_well():
    assert run("it = Sequential([Dense(1)]); it.compile('sgd', 'mse', [0.5])").setup.loss.weight == 0.5


def test_the_penalties_of_keras_1_have_a_factor_called_l():
    assert run("from keras.regularizers import l2; it = l2(l=0.5)").l2 == 0.5


def test_keras_1_counted_samples():
    found = run(
        "m = Sequential([Dense(1)]); m.compile('sgd', 'mse')\n"
        "def batches():\n    while True: calls.append(1); yield X[:4], Y[:4]\n"
        "calls = []; h = m.fit_generator(batches(), samples_per_epoch=12, nb_epoch=2, verbose=0, "
        "validation_data=(X, Y), nb_val_samples=6); it = calls, h.history"
    )
    assert len(found[0]) == 6
    assert len(found[1]["val_loss"]) == 2


def test_a_wrapper_takes_one_hot_targets_and_parameters_that_it_was_not_made_with():
    pytest.importorskip("sklearn")
    estimator = run(
        "from keras.wrappers.scikit_learn import KerasClassifier\n"
        "def make(units=2):\n"
        "    m = Sequential([Dense(units, 'relu'), Dense(3, 'softmax')])\n"
        "    m.compile('sgd', 'categorical_crossentropy', metrics=['accuracy']); return m\n"
        "it = KerasClassifier(build_fn=make, verbose=0)"
    )
    estimator.set_params(units=4, epochs=2, batch_size=3)
    classes = np.arange(6) % 3
    estimator.fit(X, np.eye(3)[classes])
    assert estimator.model.layers[0].units == 4
    assert estimator.predict(X).shape == (6,)
    assert estimator.score(X, np.eye(3)[classes]) == estimator.score(X, classes)
    with pytest.raises(ValueError, match="Invalid parameter 'unit'"):
        estimator.set_params(unit=4)


@pytest.mark.parametrize(
    ("made", "elements"),
    [
        (
            "d.range(5).window(3, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(3))",
            [[0, 1, 2], [1, 2, 3], [2, 3, 4]],
        ),
        ("d.range(4).filter(lambda x: x % 2).concatenate(d.range(2))", [1, 3, 0, 1]),
        ("d.range(4).batch(2).unbatch().map(lambda x: x * 2)", [0, 2, 4, 6]),
        ("d.zip((d.range(2), d.range(5, 7)))", [(0, 5), (1, 6)]),
        ("d.from_generator(lambda: iter([1, 2]), output_types='int32')", [1, 2]),
    ],
)
def test_data_sets_are_made_of_data_sets(made, elements):
    found = list(run(f"import tensorflow as tf; d = tf.data.Dataset; it = {made}"))
    np.testing.assert_array_equal(found, elements)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.nn.softmax(X)",
        "tf.keras.activations.relu(X)",
        "tf.keras.losses.mse(X, X)",
        "tf.keras.losses.mean_absolute_error(X, X)",
    ],
)
def test_what_is_computed_answers_as_a_tensor_does(expression):
    assert np.isfinite(run(f"import tensorflow as tf; it = {expression}").numpy()).all()


@pytest.mark.parametrize(
    ("mode", "by"),
    [
        *(("'sum'", "add"), ("'mul'", "multiply"), ("'ave'", "average"), ("'max'", "maximum")),
        *(("'concat', concat_axis=1", "concatenate"), ("'dot'", "dot"), ("lambda t: t[0] - t[1]", "subtract")),
    ],
)
def test_merge_of_keras_1_is_the_layer_of_its_mode(mode, by):
    made = "i = Input((2,)); ends = [Dense(3, kernel_initializer='ones')(i), i[:, :1] * 2 + np.zeros(3)]; "
    given = "(ends, axes=-1)" if by == "dot" else "(ends)"
    ours = run(f"from keras.layers import merge; {made}it = Model(i, merge(ends, mode={mode})).predict(X, verbose=0)")
    theirs = run(f"import keras; {made}it = Model(i, keras.layers.merge.{by}{given}).predict(X, verbose=0)")
    np.testing.assert_array_equal(ours, theirs)


def test_merge_of_keras_1_is_told_its_modes():
    with pytest.raises(ValueError, match=r"merge: `mode` must be one of 'sum', .*Received: 'add'"):
        run("from keras.layers import merge; merge([Input((2,)), Input((2,))], mode='add')")
