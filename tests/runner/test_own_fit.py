"""`fit` of a class with steps of its own does what it does for any other: seeds, epochs, weights, resuming, threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tinynet
from tests.support.parity import keras, precision
from tinynet.callbacks import BackupAndRestore, Callback, EarlyStopping, LambdaCallback

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2
X = np.random.default_rng(0).normal(size=(22, 3))
Y = np.arange(22) % 2


@pytest.fixture(autouse=True)
def _exactly():
    with precision("float64"):
        yield


class Mine(tinynet.Model):
    """Steps like those of any model."""

    def train_step(self, data):
        return super().train_step(data)


def network(made=Mine, k=tinynet, rate=0.0, loss="binary_crossentropy"):
    inputs = k.Input((3,))
    hidden = k.layers.Dense(4, "tanh", name="one")(inputs)
    hidden = k.layers.Dropout(rate)(hidden) if rate else hidden
    model = made(inputs, k.layers.Dense(1, "sigmoid", name="two")(hidden))
    model.compile(k.optimizers.Adam(0.1), loss, metrics=["mae"])
    return model


def twins(**options):
    """Two models with the same weights: Keras's, and one with own steps."""
    theirs = network(keras().Model, keras(), **options)
    mine = network(**options)
    mine.set_weights(theirs.get_weights())
    return theirs, mine


def two_outputs(made, k=tinynet):
    inputs = k.Input((3,))
    ends = [k.layers.Dense(1, kernel_initializer="ones", name=name)(inputs) for name in ("a", "b")]
    model = made(inputs, ends)
    losses, metrics = {"a": "mse", "b": "mae"}, {"a": ["mae", "mse"], "b": ["mae"]}
    model.compile("sgd", losses, loss_weights={"a": 1.0, "b": 0.5}, metrics=metrics)
    return model


def flat(model):
    return np.concatenate([np.ravel(array) for array in model.get_weights()])


def require_same(mine, theirs, found, expected):
    assert {*found.history} == {*expected.history}
    for name, column in expected.history.items():
        np.testing.assert_allclose(found.history[name], column, rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(flat(mine), flat(theirs), rtol=1e-6)


# ---- seeds ----------------------------------------------------------------------------------------------------------


def test_samples_are_shuffled_as_for_any_other_model():
    found = []
    for made in (tinynet.Model, Mine):
        tinynet.utils.set_random_seed(3)
        model = network(made)
        model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
        found.append(flat(model))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_the_same_seed_gives_the_same_training_with_dropout():
    found = []
    for _ in range(2):
        tinynet.utils.set_random_seed(3)
        model = network(rate=0.5)
        model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
        found.append(flat(model))
    np.testing.assert_array_equal(found[0], found[1])


def test_no_two_steps_leave_out_the_same():
    class Looking(Mine):
        def train_step(self, data):
            seen.append(np.asarray(self.layers[1](np.ones((1, 50)), training=True)) == 0)
            return super().train_step(data)

    seen = []
    layers = [tinynet.Input((50,)), tinynet.layers.Dropout(0.5), tinynet.layers.Dense(1)]
    inputs = layers[0]
    model = Looking(inputs, layers[2](layers[1](inputs)))
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 50)), np.ones(4), batch_size=1, epochs=2, verbose=0)
    assert len({mask.tobytes() for mask in seen}) == 8


# ---- batches and epochs ---------------------------------------------------------------------------------------------


class Halves(tinynet.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, number):
        return X[11 * number : 11 * (number + 1)], Y[11 * number : 11 * (number + 1)]


def of_keras(dataset):
    """The same batches for Keras."""

    class Given(keras().utils.PyDataset):
        def __init__(self):
            super().__init__()

        __len__, __getitem__ = dataset.__len__, dataset.__getitem__

    return Given()


@pytest.mark.parametrize(
    "options",
    [
        {"steps_per_epoch": 2},
        {"steps_per_epoch": 2, "validation_data": (X[:9], Y[:9]), "validation_steps": 1},
        {"validation_data": (X[:9], Y[:9], np.arange(9.0)), "validation_freq": 2},
        {"initial_epoch": 2},
    ],
    ids=lambda options: next(iter(options)),
)
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_epochs_are_those_of_keras(options):
    theirs, mine = twins()
    options = {"batch_size": 8, "epochs": 4, "shuffle": False, "verbose": 0, **options}
    require_same(mine, theirs, mine.fit(X, Y, **options), theirs.fit(X, Y, **options))


def test_classes_are_weighted_in_batches_that_are_given():
    theirs, mine = twins()
    options = {"epochs": 3, "shuffle": False, "verbose": 0, "class_weight": {0: 1.0, 1: 3.0}}
    expected = theirs.fit(of_keras(Halves()), **options)
    require_same(mine, theirs, mine.fit(Halves(), **options), expected)


def test_a_source_that_runs_dry_ends_the_training_with_keras_warning():
    batches = ((X[:4], Y[:4]) for _ in range(5))
    model = network()
    with pytest.warns(UserWarning, match="Your input ran out of data"):
        history = model.fit(batches, steps_per_epoch=2, epochs=9, verbose=0)
    assert len(history.epoch) == 3


def test_a_generator_goes_on_from_epoch_to_epoch():
    class Counting(Mine):
        def train_step(self, data):
            seen.append(float(data[0][0, 0]))
            return super().train_step(data)

    seen = []
    batches = ((np.full((2, 3), float(number)), np.ones(2)) for number in range(100))
    network(Counting).fit(batches, steps_per_epoch=3, epochs=2, verbose=0)
    assert seen == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((Halves(), Y), {}, "`y` should not be passed"),
        ((Halves(),), {"sample_weight": np.ones(22)}, "`sample_weight` should not be passed"),
        ((Halves(),), {"validation_split": 0.2}, "validation_split is for arrays"),
        (((X, Y),), {}, "Pass samples and targets as two arguments"),
        ((X, Y), {"class_weight": {0: 1.0}, "sample_weight": np.ones(22)}, "You cannot `class_weight`"),
        ((X, Y), {"class_weight": [1.0, 2.0]}, "class_weight must be a dict"),
        ((X, Y), {"validation_split": 1.5}, "validation_split must be the part"),
        ((X, Y), {"validation_data": (X, Y[:3])}, "validation x has 22 samples, validation y has 3"),
        ((X, Y), {"sample_weight": np.ones(3)}, "sample_weight has 3"),
        ((X,), {"class_weight": {0: 1.0}}, "`y` is missing"),
        ((X[:0], Y[:0]), {}, "x is empty"),
        ((iter([]),), {}, "gives no batch"),
        ((iter([X]),), {"class_weight": {0: 1.0}}, r"a batch is not \(x, y\)"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_refused_before_anything_changes(arguments, options, words):
    model = network()
    before = flat(model)
    with pytest.raises((ValueError, TypeError), match=words):
        model.fit(*arguments, verbose=0, **options)
    np.testing.assert_array_equal(flat(model), before)
    assert model.history is None


def test_samples_in_dicts_are_set_aside_together():
    class Looking(tinynet.Model):
        def train_step(self, data):
            x, y = data
            seen.append((x["one"].shape, x["two"].shape, y.shape))
            return {"loss": 0.0}

        def test_step(self, data):
            x, y = data
            tests.append((float(x["one"][0, 0]), float(x["two"][0, 0]), float(y[0])))
            return {"loss": 0.0}

    seen, tests = [], []
    model = Looking()
    model.compile("sgd", "mse")
    rows = np.arange(10.0)[:, None]
    model.fit({"one": rows, "two": rows.tolist()}, [*range(10)], validation_split=0.2, verbose=0)
    assert seen == [((8, 1), (8, 1), (8,))]
    assert tests == [(8.0, 8.0, 8.0)]


def test_words_and_whole_numbers_reach_the_step_as_they_are():
    class Looking(tinynet.Model):
        def train_step(self, data):
            x, y = data
            seen.append((x["words"].numpy().tolist(), x["numbers"].dtype.kind, y.dtype.name))
            return {"loss": 0.0}

    seen = []
    model = Looking()
    model.compile("sgd", "mse")
    model.fit({"words": ["a", "b"], "numbers": np.array([[1], [2]])}, [1.0, 2.0], shuffle=False, verbose=0)
    assert seen == [(["a", "b"], "i", "float64")]


def test_a_sparse_matrix_reaches_the_step_as_rows():
    sparse = pytest.importorskip("scipy.sparse")
    found = []
    for x in (X, sparse.csr_matrix(X)):
        tinynet.utils.set_random_seed(1)
        model = network()
        model.fit(x, Y, batch_size=8, epochs=2, verbose=0)
        found.append(flat(model))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_a_missing_number_is_told_where_the_loss_becomes_none():
    x = X.copy()
    x[5, 1] = np.nan
    with pytest.warns(UserWarning, match=r"The loss became nan in epoch 1.*missing values"):
        network().fit(x, Y, epochs=3, verbose=0)


# ---- what is reported -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [None, np.linspace(0.5, 2.0, 22)], ids=["plain", "weighted"])
def test_each_of_several_outputs_is_reported_as_by_keras(weight):
    theirs, mine = two_outputs(keras().Model, keras()), two_outputs(Mine)
    options = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0, "validation_data": (X, [Y, Y + 1.0])}
    given = options | ({} if weight is None else {"sample_weight": [weight, weight[::-1]]})
    expected = theirs.fit(X, [Y, Y + 1.0], **given)
    require_same(mine, theirs, mine.fit(X, [Y, Y + 1.0], **given), expected)


def test_evaluating_within_a_fit_changes_nothing_that_it_reports():
    histories = []
    for evaluates in (False, True):
        tinynet.utils.set_random_seed(1)
        model = network()
        tests = []

        def test(batch, logs, model=model, tests=tests):
            tests.append(model.evaluate(X[:5], Y[:5], verbose=0))

        told = [LambdaCallback(on_train_batch_end=test)] if evaluates else []
        histories.append(model.fit(X, Y, batch_size=8, epochs=2, verbose=0, callbacks=told).history)
        assert bool(tests) is evaluates
    assert histories[0] == histories[1]


def test_a_step_that_tells_nothing_reports_nothing():
    class Silent(tinynet.Model):
        def train_step(self, data):
            return None

    model = network(Silent)
    assert model.fit(X, Y, epochs=2, verbose=0).history == {}


def test_a_monitor_waits_for_validation_that_is_not_due():
    stop = EarlyStopping("val_loss", patience=100)
    network().fit(X, Y, epochs=4, validation_data=(X, Y), validation_freq=3, callbacks=[stop], verbose=0)


# ---- one thread, whole batches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_no_other_thread_trains_or_tests_meanwhile(method):
    model, errors = network(), []

    def other():
        with pytest.raises(RuntimeError, match="is being trained by another thread"):
            getattr(model, method)(X, Y)
        errors.append(method)

    def meanwhile(epoch, logs):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    model.fit(X, Y, verbose=0, callbacks=[LambdaCallback(on_epoch_begin=meanwhile)])
    assert errors == [method]


@pytest.mark.parametrize("save_freq", ["epoch", 2])
@pytest.mark.parametrize("given", [(X, Y), (Halves(),)], ids=["arrays", "batches"])
def test_a_training_that_was_cut_off_goes_on_to_the_same_bits(tmp_path, save_freq, given):
    class Cut(Callback):
        batches = 0

        def on_train_batch_begin(self, batch, logs=None):
            self.batches += 1
            if self.batches == 8:
                raise RuntimeError("The power is gone.")

    def trained(*callbacks):
        tinynet.utils.set_random_seed(1)
        model = network(rate=0.5)
        history = model.fit(*given, batch_size=8, epochs=5, verbose=0, callbacks=[*callbacks])
        return flat(model), history.history

    weights, history = trained()
    with pytest.raises(RuntimeError, match="power"):
        trained(BackupAndRestore(tmp_path / "backup", save_freq), Cut())
    again, history_again = trained(BackupAndRestore(tmp_path / "backup", save_freq))
    np.testing.assert_array_equal(again, weights)
    assert history_again == history


def test_a_model_that_its_first_batch_builds_is_backed_up_and_goes_on(tmp_path):
    class Built(Mine):
        def __init__(self):
            super().__init__()
            self.first, self.second = tinynet.layers.Dense(4, "tanh"), tinynet.layers.Dense(1, "sigmoid")

        def call(self, x):
            return self.second(self.first(x))

    def cut(epoch, logs):
        if epoch == 2:
            raise RuntimeError("The power is gone.")

    def trained(*callbacks, built=False):
        tinynet.utils.set_random_seed(1)
        model = Built()
        model.compile("adam", "binary_crossentropy")
        if built:
            model(X[:1])
        history = model.fit(X, Y, batch_size=8, epochs=5, verbose=0, callbacks=[*callbacks])
        return flat(model), history.history

    weights, history = trained()
    with pytest.raises(RuntimeError, match="power"):
        trained(BackupAndRestore(tmp_path / "backup"), LambdaCallback(on_epoch_begin=cut))
    with pytest.raises(ValueError, match="unbuilt, and there is a backup"):
        trained(BackupAndRestore(tmp_path / "backup"))
    again, history_again = trained(BackupAndRestore(tmp_path / "backup"), built=True)
    np.testing.assert_array_equal(again, weights)
    assert history_again == history


def test_averages_of_the_weights_become_the_weights_at_the_end():
    models = []
    for made in (tinynet.Model, Mine):
        tinynet.utils.set_random_seed(1)
        model = network(made)
        model.compile(tinynet.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5), "mse")
        model.fit(X, Y, epochs=2, verbose=0)
        models.append(model)
    np.testing.assert_allclose(*map(flat, models), rtol=1e-12)


# ---- predictions ----------------------------------------------------------------------------------------------------


class Doubling(tinynet.Model):
    def predict_step(self, data):
        return 2 * super().predict_step(data)


def test_own_predictions_are_made_of_single_batches_too():
    model = network(Doubling)
    expected = 2 * np.asarray(model(X))
    np.testing.assert_allclose(model.predict(X, batch_size=5, verbose=0), expected)
    np.testing.assert_allclose(model.predict_on_batch(X), expected)
    with pytest.raises(ValueError, match="x is empty"):
        model.predict(X[:0], verbose=0)


def test_callbacks_hear_of_own_predictions():
    heard = []
    told = LambdaCallback()
    told.on_predict_begin = lambda logs=None: heard.append("begin")
    told.on_predict_batch_end = lambda batch, logs=None: heard.append((batch, logs["outputs"].shape))
    told.on_predict_end = lambda logs=None: heard.append("end")
    network(Doubling).predict(X, batch_size=12, verbose=0, callbacks=[told])
    assert heard == ["begin", (0, (12, 1)), (1, (10, 1)), "end"]


def test_a_class_that_only_predicts_in_its_own_way_trains_as_any_other():
    found = []
    for made in (tinynet.Model, Doubling):
        tinynet.utils.set_random_seed(1)
        model = network(made, rate=0.5)
        model.fit(X, Y, batch_size=8, verbose=0)
        found.append(flat(model))
    np.testing.assert_array_equal(found[0], found[1])


# ---- copies and files -----------------------------------------------------------------------------------------------


class Called(tinynet.Model):
    """Steps of its own, and a `call`."""

    def __init__(self, units=1):
        super().__init__()
        self.units, self.dense = units, tinynet.layers.Dense(units)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        super().train_step(data)
        return {"own": 1.0}


class Described(Called):
    def get_config(self):
        return {"units": self.units}


def trained(model):
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    return model


def test_a_copy_has_the_steps_of_its_model():
    assert type(tinynet.models.clone_model(network(), clone_function=lambda layer: layer)) is Mine
    for model in (network(), trained(Described())):
        twin = tinynet.models.clone_model(model)
        assert type(twin) is type(model)
        assert {*twin.fit(X, Y, verbose=0).history} == {*model.fit(X, Y, verbose=0).history}


def test_a_copy_that_would_lose_its_steps_is_refused():
    with pytest.raises(ValueError, match=r"Called defines \['train_step'\].*Define `get_config`"):
        tinynet.models.clone_model(trained(Called()))


def test_a_file_keeps_the_class_of_a_model_made_of_inputs_and_outputs(tmp_path):
    network().save(tmp_path / "model.npz")
    assert type(tinynet.models.load_model(tmp_path / "model.npz", {"Mine": Mine})) is Mine


def test_a_file_without_the_steps_is_warned_of(tmp_path):
    with pytest.warns(UserWarning, match="is saved without its class Called"):
        trained(Called()).save(tmp_path / "model.npz")


# ---- what a fresh look found ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [([X, 2 * X], Y), ((X, 2 * X), Y), [[X, 2 * X], Y], (X, [Y, Y]), ([X, X], [X, X])])
def test_the_parts_of_a_batch_stay_apart(batch):
    class Looking(tinynet.Model):
        def train_step(self, data):
            seen.append(data)
            return {"loss": 0.0}

    seen = []
    model = Looking()
    model.compile("sgd", "mse")
    model.fit(iter([batch]), verbose=0)
    (found,) = seen
    for mine, given in zip(found, batch, strict=True):
        assert isinstance(mine, (list, tuple)) == isinstance(given, (list, tuple))
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(given))


def test_lists_of_numbers_in_a_batch_are_arrays():
    class Looking(tinynet.Model):
        def train_step(self, data):
            seen.extend(np.shape(part) for part in data)
            return {"loss": 0.0}

    seen = []
    model = Looking()
    model.compile("sgd", "mse")
    model.fit(iter([(X, Y.tolist(), 0.5)]), verbose=0)
    assert seen == [(22, 3), (22,), ()]


def test_a_loss_is_told_whether_it_trains():
    class Noisy(tinynet.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return super().compute_loss(x, y, y_pred, sample_weight) + (100.0 if training else 0.0)

    history = network(Noisy).fit(X, Y, validation_data=(X, Y), verbose=0).history
    assert history["loss"][0] > 100 > history["val_loss"][0]


def test_evaluate_lists_the_models_metrics_first():
    class Telling(tinynet.Model):
        def test_step(self, data):
            return {"z": 1.0, "mae": 2.0, "a": 3.0, "loss": 4.0}

    assert network(Telling).evaluate(X, Y, verbose=0) == [4.0, 2.0, 3.0, 1.0]


def test_metrics_in_lists_and_dicts_are_the_models():
    class Keeping(tinynet.Model):
        def train_step(self, data):
            self.extra[0].update_state(float(self.optimizer.iterations))
            return super().train_step(data)

    model = network(Keeping)
    model.extra, model.named = [tinynet.metrics.Mean("e")], {"n": tinynet.metrics.Mean("n")}
    history = model.fit(X, Y, batch_size=11, epochs=3, verbose=0).history
    assert history["e"] == [0.5, 2.5, 4.5]
    assert history["n"] == [0.0, 0.0, 0.0]


def test_evaluating_within_a_fit_puts_back_sums_of_any_shape():
    tested = []
    told = LambdaCallback(on_train_batch_begin=lambda batch, logs: tested.append(model.evaluate(X, Y, verbose=0)))
    model = network()
    model.compile("sgd", "mse", metrics=["r2_score", "auc"])
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[told])
    assert len(tested) == 3


def test_a_backup_keeps_values_that_are_arrays(tmp_path):
    def stop(epoch, logs):
        if epoch == 1:
            raise RuntimeError

    histories = []
    for further in ([], [LambdaCallback(on_epoch_begin=stop)], []):
        tinynet.utils.set_random_seed(1)
        inputs = tinynet.Input((3,))
        model = tinynet.Model(inputs, tinynet.layers.Dense(2, "softmax")(inputs))
        model.compile("sgd", "categorical_crossentropy", metrics=[tinynet.metrics.F1Score()])
        kept = [BackupAndRestore(tmp_path / "backup")] if histories or further else []
        try:
            histories.append(
                model.fit(X, np.eye(2)[Y], epochs=2, verbose=0, callbacks=[*further, *kept]).history["f1_score"]
            )
        except RuntimeError:
            continue
    np.testing.assert_array_equal(histories[0], histories[1])


def test_a_class_with_its_own_compile_is_copied_uncompiled():
    class Own(Mine):
        def compile(self, first, second):
            super().compile(first, "mse")
            self.second = second

    inputs = tinynet.Input((3,))
    model = Own(inputs, tinynet.layers.Dense(1)(inputs))
    model.compile("sgd", "adam")
    with pytest.warns(UserWarning, match=r"`compile\(\)` was not called"):
        assert not tinynet.models.clone_model(model).compiled


def test_a_copied_sequential_has_the_steps_of_its_class():
    class Stack(tinynet.Sequential):
        def train_step(self, data):
            return super().train_step(data)

    assert type(tinynet.models.clone_model(Stack([tinynet.layers.Dense(1)]))) is Stack


def test_one_input_may_come_in_a_dict():
    model = network()
    model.fit({model.inputs[0].name: X}, Y, verbose=0)


@pytest.mark.usefixtures("_as_keras")
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax_along_any_axis_has_its_gradient_on_a_tape(axis):
    import tensorflow as tf

    weights = np.arange(12.0).reshape(4, 3)
    x = tf.Variable(X[:4])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.nn.softmax(x * 2.0, axis=axis) * weights)
    p = np.exp(2 * X[:4]) / np.exp(2 * X[:4]).sum(axis, keepdims=True)
    expected = 2 * p * (weights - (p * weights).sum(axis, keepdims=True))
    np.testing.assert_allclose(tape.gradient(total, x), expected, rtol=1e-10)


@pytest.fixture
def _as_keras():
    with tinynet.install_as_keras():
        yield
