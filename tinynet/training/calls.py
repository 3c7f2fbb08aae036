"""From a user's call to a run: every check before anything changes, then the choice of the loop."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynet import config, data, engine, metrics
from tinynet.callbacks import History
from tinynet.engine import Network, Plan
from tinynet.layers import Activation, Dense
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, Loss, SparseCategoricalCrossentropy
from tinynet.training import trainer
from tinynet.training.feed import Feed

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
        return Network(layers, shape, output_shape, np.dtype(model.dtype))
    plan = model.require_compiled()
    if plan.loss is None:
        raise ValueError("No loss to compute. Give one when compiling: model.compile(loss='mse').")
    loss = metrics.loss_by_shape(output_shape, target_shape) if isinstance(plan.loss, str) else plan.loss

    def resolved(given: tuple[Any, ...]) -> tuple[metrics.Metric, ...]:
        return tuple(
            metrics.by_shape(m.lower(), output_shape, target_shape, name=m)
            if isinstance(m, str)
            else m
            if engine.is_builtin_metric(m)
            else copy.deepcopy(m)
            for m in given
        )

    return Network(
        layers,
        shape,
        output_shape,
        np.dtype(model.dtype),
        loss,
        plan.optimizer,
        resolved(plan.metrics),
        resolved(plan.weighted_metrics),
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
    weights = data.sample_weights(sample_weight, class_weight, y, features.n, network.output_shape, network.dtype)
    return Feed(features, targets, weights)


def target_shape(y: Any, argument: str = "y") -> tuple[int, ...]:
    """Return the shape of one target."""
    if y is None:
        raise ValueError(f"`{argument}` is missing: every sample needs its target.")
    shape = getattr(y, "shape", None)
    return tuple((np.shape(np.asarray(y)) if shape is None else shape)[1:])


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
    model.require_compiled()
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
    advise(network)

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
    batch_size = data.check_batch_size(batch_size)
    features, shape = features_of(model, x)
    network = trainer.for_evaluation(network_of(model, shape, target_shape(y)))
    feed = feed_of(features, network, y, sample_weight)
    model.build((None, *shape))
    plan = plan_of(model, network, batch_size, feed)
    return trainer.evaluate(model, network, plan, feed, batch_size, verbose, callbacks)


def predict(model: Any, x: Any, *, batch_size: Any, verbose: int | str, callbacks: Any) -> Array:
    """Check, prepare and run `Sequential.predict`."""
    batch_size = data.check_batch_size(batch_size)
    features, shape = features_of(model, x)
    model.build((None, *shape))
    network = network_of(model, shape)
    feed = Feed(features, None, None)
    plan = plan_of(model, network, batch_size, feed)
    return trainer.predict(model, network, plan, feed, batch_size, verbose, callbacks)


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, float]:
    """Check, prepare and run `Sequential.train_on_batch`."""
    features, shape = features_of(model, x)
    network = network_of(model, shape, target_shape(y))
    feed = feed_of(features, network, y, sample_weight, class_weight)
    model.build((None, *shape))
    loop = trainer.make_loop(network, plan_of(model, network, feed.n, feed), feed.y.shape[1])
    totals = trainer.new_totals(network)
    batch = features.take(slice(0, feed.n))
    loop.train(batch, feed.y, feed.weights, np.arange(feed.n), None, feed.n, totals, np.zeros(2, np.int64), 1)
    return trainer.logs_of(network, totals[0])


def plan_of(model: Any, network: Network, batch_size: int, feed: Feed) -> Plan:
    """Return the plan for a call, as the model was compiled."""
    compiled = model.compiled_settings.compiled if model.compiled_settings is not None else True
    return engine.choose(network, min(batch_size, feed.n), compiled=compiled, resident=feed.resident)


def advise(network: Network) -> None:
    """Warn of what runs, but is hardly meant."""
    last, loss = network.layers[-1], network.loss
    if not isinstance(last, (Dense, Activation)) or not network.output_shape:
        return
    activation, columns = last.activation.name, network.output_shape[-1]
    crossentropy = isinstance(loss, (BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy))
    from_logits = crossentropy and bool(getattr(loss, "from_logits", False))
    if activation == "softmax" and columns == 1:
        _warn(last, "softmax over one unit is always 1, so nothing can be learnt. Use activation='sigmoid'.")
    elif isinstance(loss, (CategoricalCrossentropy, SparseCategoricalCrossentropy)) and columns == 1:
        _warn(
            last,
            f"{loss.name} needs a unit per class, and there is 1. Use binary_crossentropy for two classes.",
        )
    elif from_logits and activation in ("sigmoid", "softmax"):
        _warn(
            last,
            f"the loss expects logits (from_logits=True), but the layer applies {activation}. Remove one.",
        )
    elif crossentropy and not from_logits and activation in ("linear", "relu", "tanh"):
        _warn(last, _not_probabilities(loss, activation))


def _not_probabilities(loss: Loss | None, activation: str) -> str:
    assert loss is not None
    wanted = "sigmoid" if isinstance(loss, BinaryCrossentropy) else "softmax"
    return (
        f"{loss.name} expects probabilities, but the last activation is {activation}. Use activation='{wanted}', or a "
        "loss with from_logits=True."
    )


def _warn(layer: Any, text: str) -> None:
    warnings.warn(f"Layer '{layer.name}': {text}", UserWarning, stacklevel=5)


def _count(what: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ValueError(f"{what}: expected a whole number of at least 0. Received: {value!r}")
    return int(value)


def _validation_due(frequency: Any) -> Callable[[int], bool]:
    """Return whether validation is due after an epoch, counted from 0."""
    if isinstance(frequency, Collection) and not isinstance(frequency, str):
        return lambda epoch: epoch + 1 in frequency
    every = _count("validation_freq", frequency)
    if every == 0:
        raise ValueError("validation_freq: expected 1 or more, or the numbers of the epochs. Received: 0")
    return lambda epoch: (epoch + 1) % every == 0


def default_dtype() -> str:
    """Return the float type of models that are not built yet."""
    return config.floatx()
