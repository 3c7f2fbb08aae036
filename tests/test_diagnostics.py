"""Compiling ahead of time, and telling what runs."""

from __future__ import annotations

import numpy as np
from nets import both_loops, classifier, two_classes, unchanged

import tinynet
from tinynet import kernels
from tinynet.layers import Dense
from tinynet.models import Sequential

ENTRIES = ("train", "evaluate", "predict")


def compiled_for():
    """Return for which types the loop's kernels are compiled."""
    return [len(getattr(kernels, name).signatures) for name in ENTRIES]


def test_nothing_is_left_to_compile_after_a_warm_up():
    tinynet.warmup()
    before = compiled_for()
    x, y = two_classes()
    model = classifier()
    for callbacks in (None, [tinynet.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]):
        for shuffle in (True, False):
            model.fit(
                x.astype("float64"), y, epochs=2, sample_weight=y, validation_split=0.5, shuffle=shuffle, verbose=0,
                callbacks=callbacks,
            )  # fmt: skip
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    assert compiled_for() == before


@both_loops
def test_a_model_may_be_given_and_is_left_as_it_is(compiled):
    model = classifier(compiled)
    with unchanged(model):
        tinynet.warmup(model)
    unbuilt = Sequential([Dense(1)])
    with unchanged(unbuilt):
        tinynet.warmup(unbuilt)
    unbuilt.compile("sgd", "mse", compiled=compiled)
    with unchanged(unbuilt):
        tinynet.warmup(unbuilt)


def test_automatic_names_go_on_as_if_nothing_had_happened():
    tinynet.backend.clear_session()
    tinynet.warmup()
    assert (Dense(1).name, Sequential().name) == ("dense", "sequential")


def test_the_models_float_type_counts():
    tinynet.backend.set_floatx("float64")
    model = classifier()
    tinynet.backend.set_floatx("float32")
    tinynet.warmup(model)
    before = compiled_for()
    model.fit(*two_classes(), verbose=0)
    assert compiled_for() == before
    assert tinynet.config.floatx() == "float32"


def test_the_configuration_is_shown(capsys):
    tinynet.show_config()
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["tinynet"] == tinynet.__version__
    assert lines["NumPy"] == np.__version__
    assert set(lines) >= {"Python", "Numba", "CPU", "BLAS", "threads", "floatx", "compiler", "vectors", "cache"}
    assert int(lines["vectors"].split()[0]) in (128, 256, 512)
    assert "tinynet" in lines["cache"]


def test_the_processor_is_named_where_the_system_tells(monkeypatch):
    from tinynet import diagnostics

    def missing(*args, **kwargs):
        raise OSError

    monkeypatch.setattr(diagnostics.Path, "read_text", missing)
    assert diagnostics._processor()
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert diagnostics._blas_threads() == "OPENBLAS_NUM_THREADS=1"
