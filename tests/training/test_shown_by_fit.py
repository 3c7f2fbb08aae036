"""What `fit` shows of batches and epochs while it runs."""

from __future__ import annotations

import re

import pytest

import tinynet
from tests.support.nets import both_loops, classifier, two_classes
from tests.support.terminal import screen
from tinynet.callbacks import LambdaCallback
from tinynet.training import progress

X, Y = two_classes(12)


@both_loops
@pytest.mark.parametrize("hears_batches", [True, False])
def test_a_bar_shows_the_loss_up_to_its_batch(compiled, hears_batches, terminal, monkeypatch):
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    told = []
    model = classifier(compiled)
    hooks = {"on_train_batch_end": lambda batch, logs: told.append(logs["loss"])} if hears_batches else {}
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=1, callbacks=[LambdaCallback(**hooks)])
    text = terminal.getvalue()
    for loss in told:
        assert f"loss: {loss:.4f}" in text
    shown = screen(text)
    for epoch, loss in enumerate(model.history.history["loss"], 1):
        (line,) = [line for line in shown if line.startswith(f"Epoch {epoch}/2")]
        assert f"loss: {loss:.4f}" in line


@both_loops
@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("verbose", [1, 2])
def test_every_epoch_is_shown_with_its_numbers_and_what_its_steps_took(
    verbose, heard, validated, compiled, terminal, monkeypatch
):
    """Where nobody listens between epochs, one call into the compiled loop runs many; all are told of."""
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    callbacks = [LambdaCallback(on_epoch_end=lambda epoch, logs: None)] if heard else []
    data = {"validation_data": (X, Y)} if validated else {}
    model = classifier(compiled, metrics=["mae"])
    history = model.fit(X, Y, batch_size=5, epochs=7, verbose=verbose, callbacks=callbacks, **data).history
    shown = screen(terminal.getvalue())
    told = [line for line in shown if " - loss: " in line and "|" not in line]
    assert len(told) == 7
    for epoch, line in enumerate(told):
        numbers = " - ".join(f"{name}: {values[epoch]:.4f}" for name, values in history.items())
        assert re.fullmatch(
            rf"{f'Epoch {epoch + 1}/7 - ' if verbose == 1 else ''}3/3 - 0s - \d+(ms|us)/step - {numbers}", line
        )
    headings = [line for line in shown if re.fullmatch(r"Epoch \d/7", line)]
    assert headings == ([f"Epoch {epoch}/7" for epoch in range(1, 8)] if verbose == 2 else [])


def test_an_epoch_of_batches_that_nobody_has_counted_is_told_as_one_step(capsys):
    model = classifier()
    stop = LambdaCallback(on_train_batch_end=lambda batch, logs: setattr(model, "stop_training", True))
    stream = ((X[i : i + 3], Y[i : i + 3]) for i in range(0, 12, 3))
    model.fit(stream, verbose=2, callbacks=[stop])
    assert capsys.readouterr().out.startswith("1/1 - ")


@both_loops
def test_one_loss_of_several_outputs_is_the_sum_and_told_once(compiled):
    inputs = tinynet.layers.Input((4,))
    outputs = [tinynet.layers.Dense(1, name=name)(inputs) for name in ("first", "second")]
    model = tinynet.Model(inputs, outputs)
    model.compile("sgd", {"first": "mse"}, metrics={"first": ["mae"]}, compiled=compiled)
    assert [*model.fit(X, {"first": Y}, epochs=2, verbose=0).history] == ["first_mae", "loss"]
    assert {*model.evaluate(X, {"first": Y}, verbose=0, return_dict=True)} == {"first_mae", "loss"}
    model.compile("sgd", ["mse", "mae"], compiled=compiled)
    assert [*model.fit(X, [Y, Y], verbose=0).history] == ["first_loss", "loss", "second_loss"]
