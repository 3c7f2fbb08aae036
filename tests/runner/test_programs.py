"""Whole programs of the kinds that books print, on small generated data in Keras's file formats."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from tinynet.runner import main

# Shared endings of the programs: what they print is checked in the tests.
CURVES = """
%matplotlib inline
import matplotlib.pyplot as plt
fig, loss_ax = plt.subplots()
acc_ax = loss_ax.twinx()
loss_ax.plot(hist.history['loss'], 'y', label='train loss')
acc_ax.plot(hist.history['acc'], 'b', label='train acc')
loss_ax.legend(loc='upper left')
plt.show()
"""

PERCEPTRON = """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
x = np.random.random((100, 12))
y = np.random.randint(2, size=(100, 1))
model = Sequential()
model.add(Dense(UNITS, input_dim=12, activation='ACTIVATION'))
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
hist = model.fit(x, y, epochs=20, batch_size=30)
CURVES
loss_and_metrics = model.evaluate(x, y, batch_size=30)
print('loss_and_metrics : ' + str(loss_and_metrics))
print(len(hist.history['acc']), sorted(hist.history))
"""

REVIEWS = """
from tensorflow.keras.datasets import imdb
(train_data, train_labels), (test_data, test_labels) = imdb.load_data(num_words=WORDS)
word_index = imdb.get_word_index()
reverse_word_index = dict([(value, key) for (key, value) in word_index.items()])
print(" ".join([reverse_word_index.get(i - 3, "?") for i in train_data[0]]))
import numpy as np
def vectorize_sequences(sequences, dimension=WORDS):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        for j in sequence:
            results[i, j] = 1.
    return results
x_train, x_test = vectorize_sequences(train_data), vectorize_sequences(test_data)
y_train = np.asarray(train_labels).astype('float32')
y_test = np.asarray(test_labels).astype('float32')
from tensorflow import keras
from tensorflow.keras import layers
model = keras.Sequential([
    layers.Dense(16, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid")
])
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train[40:], y_train[40:], epochs=30, batch_size=32, validation_data=(x_train[:40], y_train[:40]))
print(sorted(history.history), history.history["val_acc"] == history.history["val_accuracy"])
loss, accuracy = model.evaluate(x_test, y_test)
assert accuracy > 0.9, accuracy
print(repr(model.predict(x_test)))
"""

TOPICS = """
from tensorflow.keras.datasets import reuters
(train_data, train_labels), (test_data, test_labels) = reuters.load_data(num_words=WORDS)
import numpy as np
def vectorize_sequences(sequences, dimension=WORDS):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        results[i, sequence] = 1.
    return results
x_train, x_test = vectorize_sequences(train_data), vectorize_sequences(test_data)
from keras.utils.np_utils import to_categorical
y_train, y_test = to_categorical(train_labels), to_categorical(test_labels)
from keras import models, layers
model = models.Sequential()
model.add(layers.Dense(64, activation='relu', input_shape=(WORDS,)))
model.add(layers.Dense(y_train.shape[1], activation='softmax'))
model.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=20, batch_size=32, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
assert accuracy > 0.8, accuracy
print(model.predict(x_test, verbose=0).dtype)
"""

HOUSES = """
import numpy as np
import tensorflow as tf
from tensorflow.keras.datasets import boston_housing
tf.random.set_seed(1)
(train_data, train_targets), (test_data, test_targets) = boston_housing.load_data()
mean, std = train_data.mean(axis=0), train_data.std(axis=0)
train_data -= mean
train_data /= std
def build_model():
    model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(1)])
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return model
k, scores = 2, []
n = len(train_data) // k
for i in range(k):
    x = np.concatenate([train_data[:i * n], train_data[(i + 1) * n:]], axis=0)
    y = np.concatenate([train_targets[:i * n], train_targets[(i + 1) * n:]], axis=0)
    val = (train_data[i * n:(i + 1) * n], train_targets[i * n:(i + 1) * n])
    model = build_model()
    history = model.fit(x, y, validation_data=val, epochs=100, batch_size=4, verbose=0)
    val_mse, val_mae = model.evaluate(*val, verbose=0)
    assert abs(history.history["val_mae"][-1] - val_mae) < 1e-5
    scores.append(val_mae)
assert np.mean(scores) < 1, scores
print(len(scores))
"""

IMAGES = """
import numpy as np
from tensorflow import keras
rng = np.random.default_rng(0)
y = rng.integers(0, 2, 64)
X = rng.random((64, 8, 8)) + y[:, None, None] * np.eye(8)
Y = keras.utils.to_categorical(y, 2)
model = keras.models.Sequential()
model.add(keras.layers.Flatten(input_shape=[8, 8]))
model.add(keras.layers.Dense(30, activation="relu"))
model.add(keras.layers.Dense(10, activation="relu"))
model.add(keras.layers.Dense(2, activation="ENDING"))
model.summary()
hidden1 = model.layers[1]
print(hidden1.name, model.get_layer('dense') is hidden1)
weights, biases = hidden1.get_weights()
print(weights.shape, biases.shape, weights.dtype)
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(lr=0.1), metrics=["accuracy"])
history = model.fit(X, Y, epochs=40, validation_data=(X, Y), verbose=0)
print(history.history["val_accuracy"][-1] > 0.9)
"""


@pytest.fixture
def program(tmp_path, monkeypatch, capsys):
    """Return a function that runs a program's text in a folder of its own and returns what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, *options: str) -> tuple[str, str]:
        (tmp_path / "program.py").write_text(textwrap.dedent(text), encoding="utf-8")
        code = main([*options, "program.py"])
        out, error = capsys.readouterr()
        assert code == 0, error
        return out, error

    return run


def documents(rng: np.random.Generator, n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return texts of about 20 words, half of them the topic's own."""
    labels = np.arange(n) % classes
    texts = np.empty(n, dtype=object)
    for i, label in enumerate(labels):
        texts[i] = [*rng.integers(1, 20, 10 + i % 3).tolist(), *(20 + 10 * label + rng.integers(0, 10, 10)).tolist()]
    return texts, labels


@pytest.mark.parametrize(("units", "activation"), [(1, "sigmoid"), (64, "relu")])
def test_perceptrons_with_their_curves(units, activation, program, tmp_path):
    text = PERCEPTRON.replace("UNITS", str(units)).replace("ACTIVATION", activation).replace("CURVES", CURVES)
    out, error = program(text, "--save-plots", "plots")
    assert "loss_and_metrics : [" in out
    assert out.endswith("20 ['accuracy', 'loss']\n")
    assert [p.name for p in (tmp_path / "plots").iterdir()] == ["program-01.png"]
    assert error.count("\n") == 2  # the skipped line, the picture


def test_film_reviews(program, tmp_path):
    rng = np.random.default_rng(1)
    (x_train, y_train), (x_test, y_test) = documents(rng, 160, 2), documents(rng, 40, 2)
    np.savez(tmp_path / "imdb.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    (tmp_path / "imdb_word_index.json").write_text(json.dumps({f"w{i}": i for i in range(1, 50)}))
    out, _ = program(REVIEWS.replace("WORDS", "60"), "--data", ".")
    assert out.startswith("? w")
    assert "['accuracy', 'loss', 'val_accuracy', 'val_loss'] True\n" in out
    assert out.endswith("dtype=float32)\n")


def test_newswire_topics(program, tmp_path):
    x, y = documents(np.random.default_rng(2), 150, 5)
    np.savez(tmp_path / "reuters.npz", x=x, y=y)
    assert program(TOPICS.replace("WORDS", "80"), "--data", ".")[0] == "float32\n"


def test_house_prices_in_folds(program, tmp_path):
    x = np.random.default_rng(3).normal(5, 2, (120, 13))
    np.savez(tmp_path / "boston_housing.npz", x=x, y=x[:, 0] + 0.5 * x[:, 1] - 7.5)
    assert program(HOUSES, "--data", ".")[0] == "2\n"


@pytest.mark.parametrize("ending", ["sigmoid", "softmax"])
def test_images_with_either_ending(ending, program):
    program("import keras; keras.backend.clear_session()")
    out, _ = program(IMAGES.replace("ENDING", ending))
    assert "Total params: 2,282" in out
    assert out.endswith("dense True\n(64, 30) (30,) float32\nTrue\n")


def test_a_folder_of_programs_runs_each_in_its_own_process(tmp_path):
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "a.py").write_text("import keras, os\nprint(keras.Sequential.__module__, os.environ['TINYNET_DATA'])")
    (folder / "b.py").write_text("import sys; sys.exit(3)")
    (folder / "notes.txt").write_text("no program")
    command = "import sys; from tinynet.runner import main; sys.exit(main(sys.argv[1:]))"
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, "-c", command, "--all", "--data", str(tmp_path), str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert lines[:4] == ["==> a.py", f"tinynet.models.sequential {tmp_path}", "==> b.py", "==> 2 programs, 1 failed"]
    assert [line.split()[-1] for line in lines[4:]] == ["ok", "3"]
    assert ended.stderr == ""
