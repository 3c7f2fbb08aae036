"""A training as a film: recorded without a trace in the training, whole in one file."""

from __future__ import annotations

import base64
import json
import re
import time

import numpy as np
import pytest
import scipy.sparse

import tinynet
from tests.support.nets import both_loops
from tinynet import datasets
from tinynet.callbacks import EarlyStopping, History
from tinynet.layers import Dense, Dropout, Input
from tinynet.learn import Film, Health, films

(X, Y), _ = datasets.moons.load_data(n_samples=60, test_split=0.0)


def network(compiled=True, units=1, optimizer="adam", inputs=2):
    tinynet.set_random_seed(3)
    head = Dense(units, "sigmoid" if units == 1 else "softmax")
    model = tinynet.Sequential([Input((inputs,)), Dense(5, "tanh"), Dropout(0.2), head])
    loss = "binary_crossentropy" if units == 1 else "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], compiled=compiled)
    return model


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def arrays_at(run, frame):
    """Return all arrays of one frame, as the page's script reads them."""
    fixed, frames = (np.frombuffer(base64.b64decode(run[key]), "<f4") for key in ("fixed", "frames"))
    found = {}
    for name, (is_fixed, offset, rows, columns, _) in run["arrays"].items():
        start = offset if is_fixed else frame * run["size"] + offset
        of = fixed if is_fixed else frames
        found[name] = of[start : start + len(rows) * len(columns)].reshape(len(rows), len(columns))
    return found


@both_loops
def test_it_trains_as_fit_does_to_the_same_bits(compiled, tmp_path):
    plain, filmed = network(compiled), network(compiled)
    tinynet.set_random_seed(4)
    expected = plain.fit(X, Y, epochs=5, batch_size=16, validation_split=0.2, verbose=0)
    tinynet.set_random_seed(4)
    options = {"batch_size": 16, "validation_split": 0.2, "verbose": 0}
    film = filmed.film(X, Y, epochs=5, every=2, path=tmp_path / "film.html", **options)
    assert isinstance(film.history, History)
    assert film.history.history == expected.history == film.curves
    assert all(map(np.array_equal, plain.get_weights(), filmed.get_weights()))
    assert plain.optimizer.iterations == filmed.optimizer.iterations
    assert film.epochs == [0, 2, 4, 5]
    assert (tmp_path / "film.html").read_text("utf-8") == film.to_html()


def test_the_frames_hold_the_weights_before_the_first_epoch_and_after_the_last():
    model = network()
    before = model.get_weights()
    film = model.film(X, Y, epochs=3, path=None, verbose=0)
    run = data_of(film.to_html())["runs"][0]
    assert run["epochs"] == [0, 1, 2, 3]
    for frame, weights in ((0, before), (3, model.get_weights())):
        arrays = arrays_at(run, frame)
        for name, value in zip(film.first.array_names.parameters.values(), weights, strict=True):
            np.testing.assert_array_equal(arrays[name], np.atleast_2d(value))
    trace = model.trace(*film._batch)
    for name in ("dW1", "a1", "W1_new"):
        np.testing.assert_array_equal(arrays[name], np.atleast_2d(trace[name])[film.excerpt.kept[name].rows])
    assert [step[0] for step in run["steps"]] == trace.names
    assert len(run["plane"]["points"]) == 60
    levels = base64.b64decode(run["plane"]["levels"])
    assert len(levels) == 4 * 40 * 40
    grid = model.predict(film.plane.grid, verbose=0)[:, 0]
    low, high = run["plane"]["range"]
    shown = np.frombuffer(levels, np.uint8)[-1600:] / 255 * (high - low) + low
    np.testing.assert_allclose(shown, grid, atol=0.003)


def test_what_a_callback_puts_back_at_the_end_is_the_last_frame():
    model = network(optimizer=tinynet.optimizers.SGD(5.0))
    stop = EarlyStopping("loss", patience=2, restore_best_weights=True)
    film = Film(X, Y, every=1)
    model.fit(X, Y, epochs=30, verbose=0, callbacks=[stop, film])
    arrays = arrays_at(data_of(film.to_html())["runs"][0], len(film.epochs) - 1)
    np.testing.assert_array_equal(arrays["W1"], model.get_weights()[0])
    assert film.epochs == list(range(len(film.epochs)))


def test_two_runs_stand_side_by_side_with_their_names(tmp_path):
    runs = {"sgd": network(optimizer="sgd").film(X, Y, epochs=2, path=None, verbose=0)}
    runs["<b>$x"] = network().film(X, Y, epochs=4, every=2, path=None, verbose=0)
    page = films(runs, tmp_path / "two.html")
    data = data_of(page)
    assert [run["name"] for run in data["runs"]] == ["sgd", "<b>$x"]
    assert [run["epochs"] for run in data["runs"]] == [[0, 1, 2], [0, 2, 4]]
    assert "<b>" not in page.replace("</b>", "")
    assert (tmp_path / "two.html").stat().st_size < 1_000_000
    assert not re.search(r"(src|href)=\"(?!data:,)", page)
    assert "http" not in page.split("</style>")[1].split('id="data"')[0]


def test_classes_get_a_plane_of_classes_and_more_inputs_one_of_a_chosen_pair():
    (x, y), _ = datasets.blobs.load_data(n_samples=30, test_split=0.0)
    wide = np.concatenate([x, x * 0, x], axis=1)
    film = network(units=3, inputs=6).film(wide, y, epochs=1, path=None, pair=(0, 5), verbose=0)
    plane = data_of(film.to_html())["runs"][0]["plane"]
    assert (plane["classes"], plane["pair"]) == (3, [0, 5])
    levels = np.frombuffer(base64.b64decode(plane["levels"]), np.uint8)[-1600:]
    np.testing.assert_array_equal(levels // 32, film.plane.frames[-1].argmax(axis=1))
    assert network(units=3, inputs=6).film(wide, y, path=None, verbose=0).plane is None
    with pytest.raises(ValueError, match="`pair` must be two of the places 0 to 5"):
        network(units=3, inputs=6).film(wide, y, path=None, pair=(0, 6), verbose=0)


@pytest.mark.parametrize("form", [np.ndarray.tolist, scipy.sparse.csr_matrix])
def test_samples_may_be_lists_or_sparse(form):
    film = network().film(form(X), Y.tolist(), path=None, verbose=0)
    np.testing.assert_allclose(film.plane.points, np.column_stack([X, Y]), atol=1e-6)


def test_a_wide_network_is_shown_in_part_and_stays_small():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((300,)), Dense(200, "relu"), Dense(1)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(32, 300))
    film = Film(x, x[:, 0])
    film.set_params({"epochs": 100})
    model.fit(x, x[:, 0], epochs=3, verbose=0, callbacks=[film])
    page = film.to_html()
    kept = film.excerpt.kept["W1"]
    assert kept.shape == (300, 200)
    assert len(kept.rows) == len(kept.columns) < 130
    assert kept.rows[[0, -1]].tolist() == [0, 299]
    assert len(page) < 2_000_000


def test_a_film_of_200_epochs_is_under_5_mb_and_costs_at_most_twice_the_fit_and_2_s(tmp_path):
    x = np.random.default_rng(0).random((1000, 12), np.float32)
    y, seconds, weights = (x[:, 0] > 0.5).astype("f4"), [], []
    for filmed in (False, False, True):  # the first one compiles
        tinynet.set_random_seed(0)
        layers = [Dense(64, "relu"), Dense(64, "relu"), Dense(1, "sigmoid")]
        model = tinynet.Sequential([Input((12,)), *layers])
        model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
        begun = time.process_time()
        path = {"path": tmp_path / "film.html"} if filmed else {}
        (model.film if filmed else model.fit)(x, y, epochs=200, batch_size=64, verbose=0, **path)
        seconds.append(time.process_time() - begun)
        weights.append(model.get_weights())
    assert (tmp_path / "film.html").stat().st_size < 5_000_000
    assert seconds[2] <= 2 * seconds[1] + 2
    assert all(map(np.array_equal, weights[1], weights[2]))


def test_without_a_training_there_is_no_film():
    with pytest.raises(ValueError, match="nothing was recorded yet"):
        Film(X, Y).to_html()
    with pytest.raises(ValueError, match="at least one film"):
        films({})
    with pytest.raises(ValueError, match="`every` must be"):
        Film(X, Y, every=0)


def test_a_run_that_diverges_is_filmed_too():
    model = tinynet.Sequential([Input((2,)), Dense(3), Dense(1)])
    model.compile(tinynet.optimizers.SGD(1e8), "mse")
    film = model.film(X, Y, epochs=8, path=None, verbose=0)
    data = data_of(film.to_html())
    assert None in data["runs"][0]["curves"]["loss"]


FORMS_OF_BATCHES = {
    "a generator": lambda: ((X, Y) for _ in range(3)),
    "a list of batches": lambda: [(X[:30], Y[:30]), (X[30:], Y[30:])],
    "a data set": lambda: type("Batches", (), {"__len__": lambda self: 1, "__getitem__": lambda self, _: (X, Y)})(),
}


@pytest.mark.parametrize("form", FORMS_OF_BATCHES)
def test_batches_are_refused_before_anything_is_trained_or_read(form):
    model, batches = network(), FORMS_OF_BATCHES[form]()
    before = model.get_weights()
    for film in (model.film, Film, Health):
        with pytest.raises(TypeError, match=r"expected arrays x and y.*gives batches.*callbacks=\[tinynet.learn."):
            film(batches, None)
    assert all(map(np.array_equal, model.get_weights(), before))
    if form == "a generator":
        assert len(list(batches)) == 3
    else:
        film = Film(X, Y)
        model.fit(batches, epochs=2, verbose=0, callbacks=[film])
        assert film.epochs == [0, 1, 2]
    with pytest.raises(TypeError, match="Film: `y` is missing"):
        model.film(X)


def test_a_film_in_korean_says_nothing_in_english():
    english, korean = (network().film(X, Y, epochs=2, path=None, verbose=0, lang=lang) for lang in ("en", "ko"))
    for film, lang in ((english, "en"), (korean, "ko")):
        page = film.to_html()
        assert f'<html lang="{lang}">' in page
        data = data_of(page)
        for text in data["words"].values():
            told = re.sub(r"\{.*?\}", "", text)
            assert bool(re.search("[가-힣]", told)) == (lang == "ko" and bool(re.search(r"[^\W\d]", told))), text
        steps = data["runs"][0]["steps"]
        assert {told for _, _, told, *_ in steps} == (
            {"forward", "loss", "backward", "update"} if lang == "en" else {"순전파", "손실", "역전파", "갱신"}
        )
        assert "$" not in re.sub(r"<script>.*</script>", "", page, flags=re.S)
    with pytest.raises(ValueError, match="expected one of 'en'"):
        network().film(X, Y, path=None, lang="xx")
