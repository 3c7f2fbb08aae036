"""Whatever form the data come in, the numbers are the same, and the data stay as they were."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.support.nets import assert_same_weights, both_loops, classifier
from tinynet import set_random_seed
from tinynet.data import arrays
from tinynet.layers import Dense, Flatten, Input, Reshape
from tinynet.metrics import RootMeanSquaredError
from tinynet.models import Sequential

N = 150


def whole_numbers():
    """Return samples that every numeric type can hold, about half of them zero, and labels."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 3, (N, 4)) * rng.integers(0, 2, (N, 4)), rng.integers(0, 2, N)


def read_only(x):
    x = x.astype("float32")
    x.setflags(write=False)
    return x


def memory_map(x):
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        mapped = np.memmap(file, "float32", "w+", shape=x.shape)
        mapped[:] = x
        mapped.flush()
        return np.memmap(file.name, "float32", "r", shape=x.shape)


def sparse(kind):
    def convert(x):
        scipy_sparse = pytest.importorskip("scipy.sparse")
        return getattr(scipy_sparse, kind)(x)

    return convert


FORMS = {
    "float64": lambda x: x.astype("float64"),
    "int64": lambda x: x,
    "uint8": lambda x: x.astype("uint8"),
    "float16": lambda x: x.astype("float16"),
    "big-endian": lambda x: x.astype(">f4"),
    "columns first": lambda x: np.asfortranarray(x, "float32"),
    "strided": lambda x: np.repeat(np.repeat(x, 2, axis=0), 3, axis=1).astype("float32")[::2, ::3],
    "reversed": lambda x: x[::-1].astype("float32")[::-1],
    "read-only": read_only,
    "lists": lambda x: x.tolist(),
    "memory map": memory_map,
    "csr": sparse("csr_matrix"),
    "coo": sparse("coo_array"),
}


def results(x, y, compiled, shuffle=True):
    """Return everything that training, evaluating and predicting give."""
    model = classifier(compiled, optimizer="adam", units=8)
    history = model.fit(
        x,
        y,
        batch_size=32,
        epochs=3,
        validation_data=(x, y),
        shuffle=shuffle,
        verbose=0,
        sample_weight=1.0 + np.arange(N),
    )
    return [
        *model.get_weights(),
        *(np.array(values) for values in history.history.values()),
        np.array(model.evaluate(x, y, batch_size=40, verbose=0)),
        model.predict(x, batch_size=40, verbose=0),
    ]


@both_loops
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("chunk", [None, 40 * 4 * 4], ids=["in memory", "in chunks"])
def test_every_form_gives_the_same_numbers(form, chunk, compiled, monkeypatch):
    x, y = whole_numbers()
    expected = results(x.astype("float32"), y.astype("float32"), compiled)
    if chunk:
        monkeypatch.setattr(arrays, "CHUNK_BYTES", chunk)
    given = FORMS[form](x)
    before = given.copy() if hasattr(given, "copy") else given
    found = results(given, y.tolist() if form == "lists" else y, compiled)
    exactly = form not in ("csr", "coo")  # whose first layer adds in another order
    assert_same_weights(found, expected, exactly=exactly, tolerance=1e-5)
    assert (given != before).sum() == 0 if hasattr(given, "sum") else given == before


@both_loops
@pytest.mark.parametrize("shuffle", [True, False])
def test_chunks_need_not_be_whole_batches_of_the_data(compiled, shuffle, monkeypatch):
    x, y = whole_numbers()
    expected = results(x.astype("float32"), y, compiled, shuffle)
    for rows in (1, 33, 64, 149):
        monkeypatch.setattr(arrays, "CHUNK_BYTES", rows * 16)
        assert_same_weights(results(x.astype("float64"), y, compiled, shuffle), expected)


def test_the_plan_says_that_data_come_in_chunks(monkeypatch):
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 1000)
    from tinynet.training import fitting

    plans = []
    make_loop = fitting.make_loop
    monkeypatch.setattr(
        fitting, "make_loop", lambda network, plan, *a: plans.append(plan) or make_loop(network, plan, *a)
    )
    x, y = whole_numbers()
    classifier().fit(x.astype("float64"), y, verbose=0)
    assert [plan.input for plan in plans] == ["chunks"]


@both_loops
def test_images_and_their_flat_form_agree(compiled):
    images = np.random.default_rng(0).random((20, 4, 3))
    model = Sequential([Input((4, 3)), Flatten(), Dense(2)])
    model.compile("sgd", "mse", compiled=compiled)
    flat = Sequential(model.layers[1:])
    np.testing.assert_array_equal(model.predict(images, verbose=0), flat.predict(images.reshape(20, 12), verbose=0))
    y = np.ones((20, 2))
    model.fit(images, y, verbose=0)
    assert model.evaluate(images, y, verbose=0) > 0


@both_loops
def test_a_column_may_be_missing_or_added(compiled):
    model = Sequential([Input((1,)), Dense(1)])
    model.compile("sgd", "mse", compiled=compiled)
    x = np.arange(6.0)
    losses = [model.evaluate(a, b, verbose=0) for a in (x, x[:, None]) for b in (x, x[:, None])]
    assert losses == [losses[0]] * 4


@both_loops
def test_an_output_of_no_axes_is_one_number_for_the_loss_and_the_metrics_too(compiled):
    x, y = whole_numbers()
    answers = []
    for last in ([], [Reshape(())]):
        set_random_seed(0)
        model = Sequential([Input((4,)), Dense(1), *last])
        model.compile("sgd", "mse", metrics=["mae", RootMeanSquaredError()], compiled=compiled)
        history = model.fit(x, y, epochs=2, verbose=0).history
        answers.append((history, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0).reshape(-1).tolist()))
    assert answers[0] == answers[1]


@both_loops
def test_predict_and_evaluate_from_eight_threads_give_what_one_gives(compiled):
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=(200 + 30 * i, 4)).astype("float32") for i in range(8)]
    ys = [(x[:, 0] > 0).astype("float32") for x in xs]
    model = classifier(compiled, units=64)
    alone = [(model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)) for x, y in zip(xs, ys, strict=True)]

    def work(i):
        return [(model.predict(xs[i], verbose=0), model.evaluate(xs[i], ys[i], verbose=0)) for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        for i, several in enumerate(pool.map(work, range(8))):
            for p, values in several:
                np.testing.assert_array_equal(p, alone[i][0])
                assert values == alone[i][1]


@pytest.fixture
def hasty_threads():
    """Let Python change between threads all the time."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty_threads")
def test_a_model_is_built_once_by_many_threads():
    x = np.ones((50, 4), "float32")
    for _ in range(20):
        model = Sequential([Dense(8, activation="relu"), Dense(1)])
        with ThreadPoolExecutor(8) as pool:
            outputs = list(pool.map(lambda _, model=model: model.predict(x, verbose=0), range(8)))
        assert model.count_params() == 4 * 8 + 8 + 8 + 1
        for p in outputs:
            np.testing.assert_array_equal(p, outputs[0])


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA and sparse files are Linux's")
def test_a_memory_map_of_two_gigabytes_trains_in_half_a_gigabyte(tmp_path):
    code = """
        import resource, sys
        resource.setrlimit(resource.RLIMIT_DATA, (500_000_000, 500_000_000))
        import numpy as np, tinynet
        from tinynet.layers import Dense, Input

        def data_in_use():
            return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData"))

        n = 2**31 // (4096 * 4)
        x = np.memmap(sys.argv[1], "float32", sys.argv[2], shape=(n, 4096))
        y = np.arange(n) % 2
        model = tinynet.Sequential([Input((4096,)), Dense(1, activation="sigmoid")])
        model.compile("rmsprop", "binary_crossentropy")
        before = data_in_use()
        model.fit(x, y, batch_size=512, verbose=0)
        model.evaluate(x, y, batch_size=512, verbose=0)
        print(model.optimizer.iterations, model.predict(x, batch_size=512, verbose=0).shape, data_in_use() // 1000)
    """
    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(2**31)
    for mode in ("r", "r+"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), str(path), mode], capture_output=True, text=True, check=False
        )
        assert done.stdout.startswith("256 (131072, 1)"), done.stderr
