"""Data that come in batches: generators, data sets, data loaders, lists; and epochs of so many batches."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, unchanged
from tests.support.parity import keras

N = 20
RNG = np.random.default_rng(0)
X, Y = RNG.random((N, 3)).astype("float32"), (RNG.random((N, 1)) > 0.5).astype("float32")
WEIGHTS = RNG.random(N).astype("float32")
SIZES = [4, 6, 4, 6]
ENDED = "Your input ran out of data; interrupting training"


def network(k=tinynet, **options):
    k.utils.set_random_seed(0)
    model = k.Sequential([k.Input((3,)), k.layers.Dense(1, kernel_initializer="ones", activation="sigmoid")])
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"], weighted_metrics=["mse"], **options)
    return model


def batches(weighted=False):
    ends = np.cumsum(SIZES)
    for first, last in zip(ends - SIZES, ends, strict=True):
        yield (X[first:last], Y[first:last], *([WEIGHTS[first:last]] if weighted else []))


def forever():
    while True:
        yield from batches()


def data_set(k, weighted=False):
    class Batches(k.utils.PyDataset):
        def __init__(self):
            super().__init__()
            self.told = []

        def __len__(self):
            return len(SIZES)

        def __getitem__(self, index):
            self.told.append(index)
            return [*batches(weighted)][index]

        def on_epoch_begin(self):
            self.told.append("begin")

        def on_epoch_end(self):
            self.told.append("end")

    return Batches()


class Indexed:
    """Nothing but a length and batches by their numbers."""

    def __len__(self):
        return len(SIZES)

    def __getitem__(self, index):
        return [*batches()][index]


class Tensor:
    """As much of a PyTorch tensor as is asked for: it has a gradient, and is on a graphics card."""

    def __init__(self, values, where=("gradient", "card")):
        self.values, self.where, self.shape = values, where, values.shape

    def detach(self):
        return Tensor(self.values, self.where[1:])

    def cpu(self):
        return Tensor(self.values, ())

    def numpy(self):
        assert not self.where
        return self.values


class DataLoader:
    """As a PyTorch data loader gives its batches: in lists."""

    def __len__(self):
        return len(SIZES)

    def __iter__(self):
        return ([*map(Tensor, batch)] for batch in batches())


class Stream:
    """As a tf.data.Dataset of unknown length."""

    def __len__(self):
        raise TypeError("The dataset is infinite.")

    def __iter__(self):
        return batches()


class Heard(tinynet.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.heard = []

    def on_train_batch_end(self, batch, logs=None):
        self.heard.append(batch)

    def on_epoch_end(self, epoch, logs=None):
        self.heard.append(f"epoch {epoch}")


def quietly(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


FITS = {
    "a generator": (lambda k: batches(), {}),
    "weights": (lambda k: batches(weighted=True), {}),
    "an infinite generator": (lambda k: forever(), {"epochs": 3, "steps_per_epoch": 3}),
    "a generator that ends early": (lambda k: batches(), {"steps_per_epoch": 9}),
    "a data set": (data_set, {"epochs": 2}),
    "a data set with classes": (data_set, {"epochs": 2, "class_weight": {0: 1.0, 1: 3.0}}),
    "a data set in steps": (data_set, {"epochs": 3, "steps_per_epoch": 3}),
    "arrays in steps": (lambda k: X, {"y": Y, "batch_size": 4, "epochs": 4, "steps_per_epoch": 3}),
    "arrays in too many steps": (lambda k: X, {"y": Y, "batch_size": 4, "epochs": 2, "steps_per_epoch": 9}),
    "weighted arrays in steps": (
        lambda k: X,
        {"y": Y, "sample_weight": WEIGHTS, "batch_size": 6, "epochs": 3, "steps_per_epoch": 2},
    ),
}
VALIDATIONS = {
    "none": lambda k: {},
    "a data set": lambda k: {"validation_data": data_set(k, weighted=True)},
    "some of a data set": lambda k: {"validation_data": data_set(k), "validation_steps": 2},
    "a generator": lambda k: {"validation_data": forever(), "validation_steps": 3},
    "some of the arrays": lambda k: {"validation_data": (X, Y), "validation_batch_size": 4, "validation_steps": 2},
}


@both_loops
@pytest.mark.parametrize(
    ("data", "validation"), [(data, "none") for data in FITS] + [("a data set", v) for v in VALIDATIONS if v != "none"]
)
def test_training_is_kerass(data, validation, compiled):
    make, options = FITS[data]
    theirs, ours = network(keras(), run_eagerly=True), network(compiled=compiled)
    histories = []
    for k, model in ((keras(), theirs), (tinynet, ours)):
        given = {**options, **VALIDATIONS[validation](k), "shuffle": False, "verbose": 0}
        histories.append(quietly(lambda k=k, model=model, given=given: model.fit(make(k), **given)).history)
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=1e-5, err_msg=name)
    assert_same_weights(ours, quietly(theirs.get_weights), exactly=False)


@both_loops
@pytest.mark.parametrize(
    ("data", "steps"), [(data_set, None), (data_set, 2), (lambda k: forever(), 6), (lambda k: X, 2), (lambda k: X, 99)]
)
def test_evaluations_and_predictions_are_kerass(data, steps, compiled):
    theirs, ours = network(keras(), run_eagerly=True), network(compiled=compiled)
    answers = []
    for k, model in ((keras(), theirs), (tinynet, ours)):
        given = {"steps": steps, "verbose": 0, "batch_size": 6}
        y = {"y": Y} if data(k) is X else {}
        evaluated = quietly(lambda k=k, m=model, g=given, y=y: m.evaluate(data(k), **y, **g, return_dict=True))
        answers.append((evaluated, quietly(lambda k=k, m=model, g=given: m.predict(data(k), **g))))
    assert answers[1][0] == pytest.approx(answers[0][0], rel=1e-5)
    np.testing.assert_allclose(answers[1][1], answers[0][1], rtol=1e-5)


@both_loops
@pytest.mark.parametrize(
    "make",
    [lambda: [*batches()], lambda: iter([*batches()]), Indexed, DataLoader, Stream],
    ids=["list", "iterator", "indexed", "loader", "stream"],
)
def test_whatever_gives_batches_trains_as_a_generator_does(make, compiled):
    expected, model = network(compiled=compiled), network(compiled=compiled)
    history = expected.fit(batches(), verbose=0).history
    assert model.fit(make(), shuffle=False, verbose=0).history == history
    assert_same_weights(model, expected)
    assert model.evaluate(make(), verbose=0) == expected.evaluate(batches(), verbose=0)
    assert model.predict(make(), verbose=0).tolist() == expected.predict(batches(), verbose=0).tolist()
    one_by_one = network(compiled=compiled)
    for batch in batches():
        one_by_one.train_on_batch(*batch)
    assert_same_weights(model, one_by_one)


def test_samples_alone_are_predicted_from_generators_and_data_sets():
    class Samples(tinynet.utils.Sequence):
        def __len__(self):
            return len(SIZES)

        def __getitem__(self, index):
            return [x for x, _ in batches()][index]

    model = network()
    expected = model.predict(X, verbose=0)
    for data in (Samples(), (x for x, _ in batches()), ((x,) for x, _ in batches()), batches(weighted=True)):
        np.testing.assert_allclose(model.predict(data, verbose=0), expected, rtol=1e-6)


def test_a_data_set_is_told_of_epochs_and_asked_in_a_new_order():
    told = data_set(tinynet)
    network().fit(told, epochs=2, shuffle=False, verbose=0)
    assert told.told == [0, *["begin", 0, 1, 2, 3, "end"] * 2]
    orders = []
    for _ in range(2):
        told = data_set(tinynet)
        network().fit(told, epochs=3, verbose=0)
        orders.append(told.told)
        assert sorted(told.told[2:6]) == [0, 1, 2, 3]
    assert orders[0] == orders[1]
    assert len({tuple(orders[0][2 + 6 * i : 6 + 6 * i]) for i in range(3)}) > 1


@both_loops
def test_a_generator_that_ends_ends_the_training_with_kerass_warning(compiled):
    for options, epochs in (({"epochs": 3}, 1), ({"epochs": 2, "steps_per_epoch": 3}, 2)):
        heard, model = Heard(), network(compiled=compiled)
        with pytest.warns(UserWarning, match=ENDED):
            history = model.fit(batches(), verbose=0, callbacks=[heard], **options)
        assert history.epoch == [*range(epochs)]
        assert heard.heard[-1] == f"epoch {epochs - 1}"
    with pytest.warns(UserWarning, match=ENDED):
        assert network().predict(batches(), steps=5, verbose=0).shape == (N, 1)


@both_loops
def test_a_generator_that_raises_leaves_the_model_at_the_last_whole_batch(compiled):
    def failing():
        yield from [*batches()][:2]
        raise OSError("the disk is gone")

    model, expected = network(compiled=compiled), network(compiled=compiled)
    with pytest.raises(OSError, match="the disk is gone"):
        model.fit(failing(), verbose=0)
    for batch in [*batches()][:2]:
        expected.train_on_batch(*batch)
    assert_same_weights(model, expected)
    assert model.optimizer.iterations == 2


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ((X[:4, :2], Y[:4]), "expected shape=.*batch 2: x has 2 features"),
        ((X[:4], Y[:3]), "batch 2: x has 4 samples, batch 2: y has 3"),
        ((X[:4],), "`batch 2: y` is missing|`y` is missing"),
        ((X[:4], Y[:4], WEIGHTS[:4], 1), r"batch 2 must be \(x, y\) or \(x, y, sample_weight\).*tuple of 4"),
        ({"x": X}, r"batch 2 must be \(x, y\).*a dict"),
        ((X[:4], ["a"] * 4), "batch 2: y holds text"),
    ],
)
def test_a_batch_that_does_not_fit_is_named_and_what_was_learnt_stays(batch, words):
    model, expected = network(), network()
    with pytest.raises((ValueError, TypeError), match=words):
        model.fit(iter([*[*batches()][:2], batch]), verbose=0)
    expected.fit(iter([*batches()][:2]), verbose=0)
    assert_same_weights(model, expected)
    with unchanged(model), pytest.raises((ValueError, TypeError), match=words.replace("batch 2", "batch 0")):
        model.fit(iter([batch]), verbose=0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.fit(batches(), Y), "`x` as a generator, .*`y` should not be passed. Instead, the targets"),
        (
            lambda m: m.fit(batches(), sample_weight=WEIGHTS),
            "`sample_weight` should not be passed. Instead, the sample",
        ),
        (lambda m: m.evaluate(Indexed(), Y), "`x` as a Indexed, .*`y` should not be passed"),
        (lambda m: m.fit(batches(), validation_split=0.2), "validation_split is for arrays"),
        (lambda m: m.fit(iter(())), "x gives no batch: it is empty, or a generator that was used up"),
        (lambda m: m.predict(iter(())), "x gives no batch"),
        (lambda m: m.fit(X, Y, validation_data=iter(())), "validation x gives no batch"),
        (
            lambda m: m.fit(batches(weighted=True), class_weight={0: 2.0}),
            "You cannot `class_weight` and `sample_weight`",
        ),
        (lambda m: m.fit(X, Y, steps_per_epoch=0), "fit: `steps_per_epoch` must be a whole number of at least 1"),
        (lambda m: m.fit(X, Y, validation_data=(X, Y), validation_steps="2"), "`validation_steps` must be a whole"),
        (lambda m: m.evaluate(X, Y, steps=2.5), "evaluate: `steps` must be a whole number"),
        (lambda m: m.predict(X, steps=-1), "predict: `steps` must be a whole number"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(call, words):
    model = network()
    with unchanged(model), pytest.raises(ValueError, match=words):
        call(model)


def test_one_batch_is_in_memory_at_a_time():
    def large(number):
        for _ in range(number):
            yield np.ones((10_000, 3), "float32"), np.ones((10_000, 1), "float32")

    model, peaks = network(), []
    for number in (2, 2, 40):
        tracemalloc.start()
        model.fit(large(number), verbose=0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.1 * peaks[1]


def test_the_names_of_keras_2_forward():
    a, b = network(), network()
    old = {"workers": 4, "use_multiprocessing": True, "max_queue_size": 5, "verbose": 0}
    a.fit_generator(forever(), 3, 2, validation_data=forever(), validation_steps=2, **old)
    b.fit(forever(), steps_per_epoch=3, epochs=2, validation_data=forever(), validation_steps=2, verbose=0)
    assert_same_weights(a, b)
    assert a.evaluate_generator(forever(), 4, **old) == b.evaluate(X, Y, batch_size=N, verbose=0)
    assert a.predict_generator(batches(), **old).shape == (N, 1)
