"""From a user's call to a run: every check before anything changes, then the choice of the loop."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import data, engine, metrics
from tinynet.callbacks import CallbackList, History
from tinynet.engine import Network, Plan
from tinynet.training import trainer
from tinynet.training.advice import advise
from tinynet.training.feed import Feed
from tinynet.training.layer_loop import LayerLoop
from tinynet.training.predictor import Predictor
from tinynet.training.progress import check_verbose

Array = NDArray[Any]


def features_of(model: Any, x: Any, argument: str = "x") -> tuple[data.Features, tuple[int, ...]]:
    """Return the checked features and the shape of one sample."""
    model.require_layers()
    features = data.features(x, argument=argument, dtype=model.dtype)
    expected = model.sample_shape
    if expected is None:
        shape = features.sample_shape
    else:
        shape = expected
        if None in shape and len(shape) == len(features.sample_shape):
            shape = tuple(f if e is None else e for e, f in zip(shape, features.sample_shape, strict=True))
        data.check_features(features, shape, model.layers[0].name)
    model.compute_output_shape((None, *shape))  # raises for a shape that some layer cannot take
    return features, shape


def network_of(model: Any, shape: tuple[int, ...], target_shape: tuple[int, ...] | None = None) -> Network:
    """Return the model's parts for samples of `shape`; with the loss and metrics that targets of that shape mean."""
    output_shape = tuple(model.compute_output_shape((None, *shape))[1:])
    layers = tuple(model.layers)
    if target_shape is None:
        settings = model.compiled_settings
        sparse = settings is None or settings.sparse
        return Network(layers, shape, output_shape, np.dtype(model.dtype), sparse=sparse)
    plan = model.require_compiled()
    if plan.loss is None:
        raise ValueError("No loss to compute. Give one when compiling: model.compile(loss='mse').")
    loss = metrics.loss_by_shape(output_shape, target_shape) if isinstance(plan.loss, str) else plan.loss

    def resolved(given: tuple[Any, ...]) -> tuple[metrics.Metric, ...]:
        found: list[metrics.Metric] = []
        for metric in given:
            if isinstance(metric, str):
                found.append(metrics.by_shape(metric.lower(), output_shape, target_shape, name=metric))
            elif type(metric) is metrics.Accuracy:
                found.append(metrics.by_shape("accuracy", output_shape, target_shape, name=metric.name))
            else:  # what collects in Python is copied: calls in several threads must not share it
                found.append(metric if engine.is_builtin_metric(metric) else copy.deepcopy(metric))
        return tuple(found)

    return Network(
        layers,
        shape,
        output_shape,
        np.dtype(model.dtype),
        loss,
        plan.optimizer,
        resolved(plan.metrics),
        resolved(plan.weighted_metrics),
        plan.sparse,
    )


def feed_of(
    features: data.Features,
    network: Network,
    y: Any,
    sample_weight: Any,
    class_weight: Any = None,
    argument: str = "y",
) -> Feed:
    """Return the checked data of one call."""
    if y is None:
        raise ValueError(f"`{argument}` is missing: each of the {features.n} samples needs its target.")
    data.check_lengths(**{features.argument: features, argument: y, "sample_weight": sample_weight})
    assert network.loss is not None
    targets = data.targets(
        y,
        features.n,
        output_shape=network.output_shape,
        kind=network.loss.targets,
        loss_name=network.loss.name,
        dtype=network.dtype,
        argument=argument,
    )
    check_metrics(network, targets, argument)
    weights = data.sample_weights(sample_weight, class_weight, y, features.n, network.output_shape, network.dtype)
    return Feed(features, targets, weights, network.takes_sparse)


def check_metrics(network: Network, targets: Array, argument: str) -> None:
    """Raise a ValueError unless the built-in metrics can read these targets, which were checked for the loss only."""
    outputs = network.output_shape[-1] if network.output_shape else 1
    assert network.loss is not None
    for metric in filter(engine.is_builtin_metric, network.all_metrics):
        sparse = metrics.takes_classes(metric)
        if targets.shape[1] != (1 if sparse else outputs):
            raise ValueError(
                f"Metric '{metric.name}' expects {'one class number' if sparse else f'{outputs} numbers'} a sample, "
                f"but {argument} holds {targets.shape[1]} for the {outputs} outputs and loss '{network.loss.name}'. "
                "metrics=['accuracy'] takes the kind that fits."
            )
        if isinstance(metric, metrics.SparseCategoricalCrossentropy) and not _are_classes(targets, outputs):
            raise ValueError(
                f"Metric '{metric.name}' expects class numbers 0 to {outputs - 1} for {outputs} outputs, but "
                f"{argument} has values from {targets.min():g} to {targets.max():g}."
            )


def _are_classes(targets: Array, count: int) -> bool:
    return bool(targets.min() >= 0 and targets.max() < count)


def target_shape(y: Any, argument: str = "y") -> tuple[int, ...]:
    """Return the shape of one target."""
    if y is None:
        raise ValueError(f"`{argument}` is missing: every sample needs its target.")
    shape = getattr(y, "shape", None)
    return tuple((data.as_array(y, argument).shape if shape is None else shape)[1:])


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
    return trainer.Fit(
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
    network = trainer.for_evaluation(network_of(model, shape, target_shape(y)))
    feed = feed_of(features, network, y, sample_weight)
    model.build((None, *shape))
    plan = plan_of(model, network, batch_size, feed)
    return trainer.evaluate(model, network, plan, feed, batch_size, verbose, callbacks)


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
    return trainer.predict(model, network, plan, feed, batch_size, verbose, callbacks)


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, float]:
    """Check, prepare and run `Sequential.train_on_batch`."""
    model.require_compiled().optimizer.check_own(model.parameters)
    refuse_pair(x, y)
    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y))
    feed = feed_of(features, network, y, sample_weight, class_weight)
    model.build((None, *shape))
    loop = trainer.make_loop(network, plan_of(model, network, feed.n, feed), feed.y.shape[1])
    totals = trainer.new_totals(network)
    samples = features.take(slice(0, feed.n)) if feed.samples is None else feed.samples
    loop.train(samples, feed.y, feed.weights, np.arange(feed.n), None, feed.n, totals, np.zeros(2, np.int64), 1)
    return trainer.logs_of(network, totals[0])


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


def _count(what: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ValueError(f"{what}: expected a whole number of at least 0. Received: {value!r}")
    return int(value)


def _validation_due(frequency: Any) -> Callable[[int], bool] | None:
    """Return what says whether validation is due after an epoch, counted from 0; None where it always is."""
    if isinstance(frequency, Collection) and not isinstance(frequency, str):
        return lambda epoch: epoch + 1 in frequency
    every = _count("validation_freq", frequency)
    if every == 0:
        raise ValueError("validation_freq: expected 1 or more, or the numbers of the epochs. Received: 0")
    return None if every == 1 else lambda epoch: (epoch + 1) % every == 0
