"""The numbered examples run, from any folder, and print the numbers that their comments speak of.

On Keras's data when TINYNET_DATA names the folder that holds them, else on small files of the same format.
"""

from __future__ import annotations

import ast
import json
import os
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from benchmarks import examples as results

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = (
    "imdb.npz",
    "imdb_word_index.json",
    "reuters.npz",
    "reuters_word_index.json",
    "boston_housing.npz",
)


def ragged(rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = [row.tolist() for row in rows]
    return array


def texts(rng, labels):
    """Write texts of 20 to 40 common words, and 10 of the 40 that belong to their class alone."""
    common = [rng.integers(1, 50, rng.integers(20, 40)) for _ in labels]
    return ragged(
        [np.r_[words, 50 + 40 * c + rng.integers(0, 40, 10)] for words, c in zip(common, labels, strict=True)]
    )


def write_small_files(folder):
    rng = np.random.default_rng(0)
    y, y_test = rng.integers(0, 2, 1500), rng.integers(0, 2, 500)
    np.savez(folder / "imdb.npz", x_train=texts(rng, y), y_train=y, x_test=texts(rng, y_test), y_test=y_test)
    y = np.r_[np.arange(46), rng.choice(46, 1454, p=np.arange(46, 0, -1) / 1081)]
    np.savez(folder / "reuters.npz", x=texts(rng, y), y=y)
    for name in ("imdb", "reuters"):
        (folder / f"{name}_word_index.json").write_text(json.dumps({f"word{rank}": rank for rank in range(1, 2000)}))
    x = rng.normal(size=(506, 13)) * np.arange(1, 14) + 50
    np.savez(folder / "boston_housing.npz", x=x, y=22 + 6 * (x[:, 0] - 50) + rng.normal(size=506))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    given = Path(os.environ.get("TINYNET_DATA") or "nowhere")
    if all((given / name).is_file() for name in FILES):
        return given.resolve()
    folder = tmp_path_factory.mktemp("data")
    write_small_files(folder)
    return folder


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run a script from another folder; return what it printed and the pictures it left."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setenv("TINYNET_DATA", "")  # the scripts set it: so it is put back afterwards
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a script opened a window"))

    def running(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, "--out", "pictures", *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        pictures = sorted(path.stem[3:] for path in Path("pictures").iterdir())
        assert all(path.stat().st_size > 5000 for path in Path("pictures").iterdir())
        return capsys.readouterr().out, pictures

    yield running
    plt.close("all")


def found_in(script, out):
    """Return the numbers of a script's output that are in the table of results."""
    return [float(number) for row in results.numbers(script, out).values() for number in row]


def recorded(script):
    """Return the numbers that are recorded of a script."""
    rows = json.loads(results.RECORDED.read_text("utf-8"))["scripts"][script]["numbers"].values()
    return [float(number) for row in rows for number in row]


def numbers(out, label):
    """Return the numbers of the line that begins with `label`."""
    (line,) = [line for line in out.splitlines() if line.strip().startswith(label)]
    return [float(number) for number in re.findall(r"(?<![\w-])\d+(?:\.\d+)?", line.strip().removeprefix(label))]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_scripts_are_short_and_have_cells(path):
    source = path.read_text()
    assert ast.get_docstring(ast.parse(source))
    assert source.count("\n# %% ") >= 3
    assert len(source.splitlines()) <= (120 if path.stem.startswith("00") else 85)


def test_01_a_unit_of_13_numbers_learns_13_points_by_heart_and_not_1000(run):
    out, pictures = run("01_random_data", "--epochs", 5000)
    learnt = {n: numbers(out, f"{n} ")[0] for n in (5, 13, 1000)}
    assert learnt[5] == learnt[13] == 1
    assert 0.5 < learnt[1000] < 0.6
    assert pictures == ["by_heart", "real_data", "three_dimensions", "two_dimensions"]


def test_02_one_layer_or_two_train_the_same_unit(run):
    out, pictures = run("02_perceptron")
    assert "losses equal True, answers apart by 0.0e+00" in out
    assert found_in("02_perceptron", out) == pytest.approx(recorded("02_perceptron"), abs=0.03)
    assert pictures == ["one_line", "random_data"]


def test_03_a_hidden_layer_learns_noise_by_heart_and_tumours_for_good(run):
    out, pictures = run("03_multilayer_perceptron", "--epochs", 400)
    (learnt, fresh, _), (learnt_tumours, fresh_tumours, lowest) = numbers(out, "random data"), numbers(out, "tumours")
    assert learnt > 0.65
    assert 0.44 < fresh < 0.56
    assert learnt_tumours > 0.99
    assert fresh_tumours > 0.92
    assert lowest < 100
    assert pictures == ["random_data", "tumours"]


def test_04_deeper_is_better_by_heart_and_no_wiser(run):
    out, pictures = run("04_deep_perceptron", "--epochs", 1000)
    rows = [numbers(out, name) for name in ("perceptron, 12-1 ", "multilayer, 12-64-1 ", "deep, 12-64-64-1 ")]
    counts, learnt, fresh, losses = zip(*rows, strict=True)
    assert counts == (13, 897, 5057)
    assert learnt == pytest.approx((0.55, 0.80, 1.00), abs=0.04)
    assert fresh == pytest.approx((0.5, 0.5, 0.5), abs=0.06)
    assert losses[0] < losses[1] < losses[2]
    assert pictures == ["fresh_data", "side_by_side"]


def test_05_reviews_are_told_apart_by_their_words(run, data):
    out, pictures = run("05_imdb", "--epochs", 6, "--data", data)
    assert "dense and sparse hold the same: True" in out
    from_dense, from_sparse = numbers(out, "loss after it")
    assert from_dense == pytest.approx(from_sparse, abs=2e-4)
    assert numbers(out, "test loss")[1] > 0.85
    assert out.count("taken for") == 3
    assert pictures == ["curves", "how_sure"]


def test_06_the_squared_error_learns_the_same_and_pushes_less(run, data):
    out, pictures = run("06_imdb_mse", "--epochs", 4, "--data", data)
    assert numbers(out, "cross-entropy")[-1] > 0.85
    assert numbers(out, "mean squared error")[-1] > 0.80
    assert "0.990 against 0.020" in out
    assert pictures == ["accuracy", "push", "squared_error"]


def test_07_three_ways_to_write_the_labels_agree(run, data):
    out, pictures = run("07_reuters", "--epochs", 12, "--data", data)
    assert "by hand equals to_categorical: True" in out
    by_hand, made, sparse = (
        numbers(out, way) for way in ("one-hot by hand", "to_categorical", "integers, sparse loss")
    )
    assert by_hand == made == pytest.approx(sparse, abs=1e-4)
    assert "sum to 1.000000" in out
    accuracy, most_frequent = (float(number) for number in re.findall(r"0\.\d{3}\b", out.splitlines()[-1]))
    assert accuracy > 2 * most_frequent
    assert pictures == ["confusion", "curves"]


@pytest.mark.parametrize("which", ["boston", "diabetes"])
def test_08_prices_are_foretold_better_than_by_their_mean(run, data, which):
    given = ("--data", data) if which == "boston" else ("--diabetes",)
    out, pictures = run("08_house_prices", "--epochs", 60, *given)
    assert len(numbers(out, "validation error of each fold at the end:")) == 4
    error, by_mean = re.search(r"test error ([\d.]+) .* would give ([\d.]+)", out).groups()
    assert float(error) < 0.8 * float(by_mean)
    assert 11 <= numbers(out, "mean over the folds")[1] <= 60
    assert pictures == [f"{which}_{name}" for name in ("average", "predictions", "smoothed")]


def test_09_even_digits_are_told_from_odd_ones(run):
    out, pictures = run("09_image_classifier", "--epochs", 15)
    assert "layer 1 is 'first': True, (64, 300), (300,)" in out
    losses = [numbers(out, f"learning rate {rate}")[0] for rate in (0.001, 0.01, 0.1)]
    assert losses[0] > losses[1] > losses[2]
    assert numbers(out, "softmax, categorical cross-entropy")[0] > 0.9
    assert "with softmax: True, with sigmoids: False" in out
    assert pictures == ["changes", "digits", "learning_rates", "two_ends", "weights"]


def test_13_workers_find_what_one_process_finds(run, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "ignore:Stochastic Optimizer")  # which the script sets: so it is put back
    with pytest.warns(UserWarning, match="Maximum iterations"):
        out, pictures = run("13_a_search_on_workers", "--epochs", 2)
    assert "every score is the same: True" in out
    assert pictures == ["scores"]


def test_14_optimizers_that_adapt_are_down_before_sgd(run):
    out, pictures = run("14_optimizers", "--epochs", 10)
    assert numbers(out, "Adam")[1] <= 10
    assert "over 10" in next(line for line in out.splitlines() if line.startswith("SGD"))
    assert re.search(r"^Verdict: (Adam|Nadam|RMSprop) is down first, .* needs \d+ times as many or more\.$", out, re.M)
    assert pictures == ["optimizers", "rates"]


def test_15_small_rates_crawl_and_large_ones_diverge(run):
    out, pictures = run("15_learning_rates")
    said = {
        line.split()[0]: line.split("   ")[-1] for line in out.splitlines() if line[:1].isdigit() or line[:2] == "1e"
    }
    assert list(said) == ["1e-05", "0.0001", "0.001", "0.01", "0.1", "0.3", "1"]
    assert said["1e-05"].startswith("crawls")
    assert said["0.01"] == "learns"
    assert said["1"].startswith("diverges")
    assert found_in("15_learning_rates", out) == recorded("15_learning_rates")
    assert pictures == ["learning_rates"]


def test_16_gradients_vanish_explode_or_arrive(run):
    out, pictures = run("16_vanishing_gradients", "--epochs", 3)
    ratios = {name: float(ratio) for name, ratio in re.findall(r"^(\w.*?) +(\d\.\de[+-]\d+)  ", out, re.M)}
    assert max(ratios["sigmoid"], ratios["tanh, weights too small"]) < 1e-5
    assert ratios["ReLU, weights too large"] > 1e3
    assert 1e-3 < min(ratios["tanh, Glorot"], ratios["ReLU, He"]) < 10
    assert "These learn no more than that:\nsigmoid; tanh, weights too small" in out
    assert pictures == ["gradients"]


def test_the_table_of_results_is_what_was_recorded_of_these_very_scripts():
    """That the scripts still print it, the tests above say of two that are run whole here."""
    found = json.loads(results.RECORDED.read_text("utf-8"))
    changed = [name for name in results.SCRIPTS if found["scripts"][name]["digest"] != results.digest(name)]
    assert not changed, "run `python -m benchmarks.examples --record --only NUMBERS --data FOLDER`"
    page = results.PAGE.read_text("utf-8")
    assert results.report.parted(page, results.FIRST, results.LAST)[1] == results.table(found)
    of_results = {
        path.stem for path in EXAMPLES.glob("[0-9]*.py") if not path.stem.startswith(("10", "11", "12", "13"))
    }
    assert {name.split()[0] for name in results.SCRIPTS} == of_results


def test_a_row_that_a_script_no_longer_prints_is_an_error(capsys):
    with pytest.raises(SystemExit, match="tumours by two measurements"):
        results.numbers("02_perceptron", "learnt: 0.5\nrandom data, fresh:  0.5\n")


@pytest.mark.parametrize(
    ("script", "missing"),
    [
        ("05_imdb", "imdb.npz"),
        ("06_imdb_mse", "imdb.npz"),
        ("07_reuters", "reuters.npz"),
        ("08_house_prices", "boston_housing.npz"),
    ],
)
def test_without_the_data_a_line_says_what_to_do(run, tmp_path, script, missing):
    with pytest.raises(SystemExit) as ended:
        run(script, "--data", tmp_path)
    message = str(ended.value)
    assert message.startswith(f"There is no {missing}")
    assert "--data FOLDER" in message
    assert "\n" not in message
