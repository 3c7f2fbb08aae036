"""From a user's call to a run: every check before anything changes, then the choice of the loop."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import data, engine
from tinynet.callbacks import CallbackList, History
from tinynet.engine import Network, Plan
from tinynet.training import evaluation
from tinynet.training.advice import advise
from tinynet.training.feed import Feed
from tinynet.training.fitting import Fit
from tinynet.training.layer_loop import LayerLoop
from tinynet.training.loops import make_loop
from tinynet.training.predictor import Predictor
from tinynet.training.preparation import features_of, feed_of, network_of, target_shape
from tinynet.training.progress import check_verbose
from tinynet.training.totals import logs_of, new_totals

Array = NDArray[Any]


def fit(
    model: Any,
    x: Any,
    y: Any,
    *,
    batch_size: Any,
    epochs: Any,
    verbose: int | str,
    callbacks: Any,
    validation_split: float,
    validation_data: Any,
    shuffle: Any,
    class_weight: Any,
    sample_weight: Any,
    initial_epoch: Any,
    validation_batch_size: Any,
    validation_freq: Any,
) -> History:
    """Check, prepare and run `Sequential.fit`."""
    model.require_compiled().optimizer.check_own(model.parameters)
    refuse_pair(x, y)
    callbacks = checked_listeners(verbose, callbacks)
    batch_size = data.check_batch_size(batch_size)
    epochs, initial_epoch = _count("epochs", epochs), _count("initial_epoch", initial_epoch)
    if not isinstance(shuffle, (bool, np.bool_)):
        raise ValueError(f"shuffle: expected True or False. Received: {shuffle!r}")
    due = _validation_due(validation_freq)
    x_val = y_val = w_val = None
    if validation_data is not None:
        x_val, y_val, w_val = data.unpack_validation(validation_data)
    elif validation_split:
        (x, y, sample_weight), (x_val, y_val, w_val) = data.split(x, y, sample_weight, validation_split)

    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y))
    feed = feed_of(features, network, y, sample_weight, class_weight)
    validation = None
    if x_val is not None:
        features_val, shape_val = features_of(model, x_val, "validation x")
        if shape_val != shape:
            data.check_features(features_val, shape, model.layers[0].name)
        validation = feed_of(features_val, network, y_val, w_val, argument="validation y")
    validation_batch = batch_size if validation_batch_size is None else data.check_batch_size(validation_batch_size)
    advise(network, feed.y)

    model.build((None, *shape))
    return Fit(
        model,
        network,
        plan_of(model, network, batch_size, feed),
        feed,
        validation,
        batch_size=batch_size,
        epochs=epochs,
        initial_epoch=initial_epoch,
        validation_batch_size=validation_batch,
        validation_due=due,
        shuffle=bool(shuffle),
        verbose=verbose,
        callbacks=callbacks,
    ).run()


def evaluate(
    model: Any, x: Any, y: Any, *, batch_size: Any, verbose: int | str, sample_weight: Any, callbacks: Any
) -> dict[str, float]:
    """Check, prepare and run `Sequential.evaluate`."""
    model.require_compiled()
    refuse_pair(x, y)
    callbacks = checked_listeners(verbose, callbacks)
    batch_size = data.check_batch_size(batch_size)
    features, shape = features_of(model, x)
    network = replace(network_of(model, shape, target_shape(y)), optimizer=None)
    feed = feed_of(features, network, y, sample_weight)
    model.build((None, *shape))
    plan = plan_of(model, network, batch_size, feed)
    return evaluation.evaluate(model, network, plan, feed, batch_size, verbose, callbacks)


def predict(model: Any, x: Any, *, batch_size: Any, verbose: int | str, callbacks: Any) -> Array:
    """Check, prepare and run `Sequential.predict`."""
    callbacks = checked_listeners(verbose, callbacks)
    batch_size = data.check_batch_size(batch_size)
    features, shape = features_of(model, x)
    model.build((None, *shape))
    network = network_of(model, shape)
    feed = Feed(features, sparse=network.takes_sparse)
    plan = plan_of(model, network, batch_size, feed)
    if plan.loop == "compiled" and plan.input == "resident":
        model.predictor = Predictor(network)
    return evaluation.predict(model, network, plan, feed, batch_size, verbose, callbacks)


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, float]:
    """Check, prepare and run `Sequential.train_on_batch`."""
    model.require_compiled().optimizer.check_own(model.parameters)
    refuse_pair(x, y)
    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y))
    feed = feed_of(features, network, y, sample_weight, class_weight)
    model.build((None, *shape))
    loop = make_loop(network, plan_of(model, network, feed.n, feed), feed.y.shape[1])
    totals = new_totals(network)
    samples = features.take(slice(0, feed.n)) if feed.samples is None else feed.samples
    loop.train(samples, feed.y, feed.weights, np.arange(feed.n), None, feed.n, totals, np.zeros(2, np.int64), 1)
    return logs_of(network, totals[0])


def test_on_batch(model: Any, x: Any, y: Any, sample_weight: Any) -> dict[str, float]:
    """Run `Sequential.test_on_batch`."""
    size = max(1, data.length(x, "x"))
    return evaluate(model, x, y, batch_size=size, verbose=0, sample_weight=sample_weight, callbacks=None)


def call(model: Any, x: Any, training: bool) -> Array:
    """Check, prepare and run `Sequential.__call__`."""
    if not training:
        return predict(model, x, batch_size=max(1, data.length(x, "x")), verbose=0, callbacks=None)
    features, shape = features_of(model, x)
    model.build((None, *shape))
    batch = features.take(slice(0, features.n)).reshape(-1, *shape)
    return LayerLoop(network_of(model, shape)).forward(batch, training=True).copy()


def refuse_pair(x: Any, y: Any) -> None:
    """Raise a TypeError for samples and targets that come as one argument."""
    if y is None and isinstance(x, tuple):
        raise TypeError(f"x is a tuple of {len(x)}. Pass samples and targets as two arguments: fit(x, y).")


def refuse_steps(**steps: Any) -> None:
    """Raise a ValueError for numbers of steps, of which tinynet has no use."""
    for name, given in steps.items():
        if given is not None:
            raise ValueError(
                f"{name} is for data without an end: tinynet goes through all samples once an epoch. Leave it out, or "
                f"pass fewer samples. Received: {name}={given!r}"
            )


def checked_listeners(verbose: int | str, callbacks: Any) -> CallbackList | None:
    """Return the callbacks, if any, or raise for what is none and for a `verbose` that has no meaning."""
    check_verbose(verbose)
    return CallbackList(callbacks) if callbacks else None


def fit_plan(model: Any, batch_size: Any = None) -> Plan:
    """Return the plan for a `fit` on resident data of a model whose shapes are known."""
    settings, size = model.require_compiled(), data.check_batch_size(batch_size)
    model.require_layers()
    if model.sample_shape is None:
        raise ValueError(
            f"Sequential '{model.name}': the plan depends on shapes that are not known yet. Build the model first: "
            "model.build((None, 12)) for samples of 12 numbers."
        )
    shape = tuple(1 if axis is None else axis for axis in model.input_shape[1:])
    network = network_of(model, shape, tuple(axis or 1 for axis in model.output_shape[1:]))
    return engine.choose(network, size, compiled=settings.compiled, usable=engine.cores())


def plan_of(model: Any, network: Network, batch_size: int, feed: Feed) -> Plan:
    """Return the plan for a call, as the model was compiled."""
    compiled = model.compiled_settings.compiled if model.compiled_settings is not None else True
    return engine.choose(network, min(batch_size, feed.n), compiled=compiled, form=feed.form, usable=engine.cores())


def _count(what: str, value: Any, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{what}: expected a whole number of at least {least}. Received: {value!r}")
    return int(value)


def _validation_due(frequency: Any) -> Callable[[int], bool] | None:
    """Return what says whether validation is due after an epoch, counted from 0; None where it always is."""
    if isinstance(frequency, Collection) and not isinstance(frequency, str):
        return lambda epoch: epoch + 1 in frequency
    every = _count("validation_freq", frequency, least=1)
    return None if every == 1 else lambda epoch: (epoch + 1) % every == 0
