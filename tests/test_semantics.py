"""Keras's behaviour, point by point: where each is held, and the tests of those that no other file holds.

Where tinynet differs on purpose stands in test_differences.

Dense, Flatten, Input

- positive units: test_errors.test_parts_refuse_what_means_nothing
- the last axis must match: test_layers.test_another_number_of_features_is_refused
- one axis is refused: test_errors.test_layers_check_what_comes_in
- rank > 2 contracts the last axis: test_layers.test_it_works_along_the_last_axis
- Flatten keeps the batch, (N,) becomes (N, 1): test_layers.test_all_axes_but_the_first_become_one
- limits and moments of initializers: test_initializers.test_the_distribution_is_keras_own
- activations by name: test_layers.test_names_objects_and_none

Sequential

- auto names: test_models.test_layers_and_models_are_numbered_as_in_keras
- rms_prop is called rm_sprop: test_names_of_parts_are_keras_own
- input_dim and input_shape: test_layers.test_names_trainable_and_shapes_are_options
- Input is no layer: test_models.test_the_input_is_not_listed_among_the_layers
- unique names, only layers: test_models.test_what_cannot_be_stacked_is_refused
- an unbuilt model: test_models.test_an_unbuilt_model_says_so
- pop returns the layer: test_models.test_pop_returns_the_top_layer_and_a_new_one_may_be_put_on
- a model without layers: test_models.test_an_empty_model_says_what_to_do
- get_layer's errors: test_models.test_a_layer_that_is_not_there_is_refused
- get_weights returns copies: test_weights.test_weights_come_as_copies_kernel_before_bias
- set_weights' errors: test_weights.test_weights_that_do_not_fit_change_nothing

compile, losses, metrics

- names, classes, objects: test_predicting.test_compiling_takes_names_classes_and_objects
- defaults of every argument: test_arguments_have_keras_names_and_defaults
- fit before compile: test_errors.test_using_a_model_before_compiling_it
- "accuracy" by shape: test_accuracy_is_resolved_by_shape_as_in_keras
- accuracy of a number is binary accuracy: test_accuracy_is_resolved_by_shape_as_in_keras
- p == 0.5 counts as 0: test_formulas.test_binary_accuracy_is_strictly_above_its_threshold
- "crossentropy" by shape: test_crossentropy_is_resolved_by_shape_as_in_keras
- the first of equal predictions: test_formulas.test_accuracies_take_the_first_of_equal_predictions
- targets (N,) for outputs (N, 1): test_targets_without_an_axis_are_not_broadcast
- metrics must be a list: test_errors.test_compile_refuses_and_suggests
- clipping at 1e-7: test_formulas.test_probabilities_are_clipped_and_have_no_gradient_there
- probabilities are divided by their sum: test_keras_floor.test_a_loss_object_is_keras_own

Aggregation

- uneven last batch by its size: test_training.test_the_loss_of_an_epoch_is_the_mean_over_samples_not_over_batches
- weights divided by N: test_training.test_the_weighted_loss_is_divided_by_the_number_of_samples
- weighted metrics only: test_training.test_only_weighted_metrics_are_weighted
- weighted_accuracy: test_a_weighted_metric_whose_name_repeats_is_called_weighted
- metrics of predictions before the update: test_an_epochs_metrics_are_of_the_predictions_before_each_update

Optimizers

- every update rule, option, order of clipping and decay: test_keras_floor.test_every_optimizer_updates_as_in_keras
- only one clip: test_errors.test_parts_refuse_what_means_nothing
- recompiling starts the optimizer anew:
  test_training.test_recompiling_keeps_the_weights_and_starts_the_optimizer_anew
- learning_rate can be set: test_training.test_the_learning_rate_may_be_set_while_training
- iterations count across fits: test_iterations_count_across_fits

fit, evaluate, predict

- batches of 32: test_batches_are_of_32_unless_told
- validation_split before shuffling: test_training.test_a_split_takes_the_last_samples
- floor(n * (1 - split)): test_data_checks.test_the_last_samples_are_set_aside
- validation_data before validation_split: test_training.test_given_data_win_over_a_split
- validation_freq: test_training.test_it_is_done_as_often_as_asked
- class weights, missing ones 1: test_data_targets.test_class_weights_are_looked_up_by_class_and_default_to_one
- class or sample weights: test_errors.test_fit_refuses
- different lengths: test_data_checks.test_different_lengths_are_refused_naming_both
- keys of a history: test_training.test_keys_are_in_alphabetical_order_and_values_are_floats
- params, epochs, model.history: test_training.test_params_epochs_and_the_models_history
- initial_epoch: test_training.test_epochs_count_from_the_initial_one
- no epochs: test_training.test_no_epochs_left_leave_an_empty_history
- evaluate's order: test_predicting.test_it_returns_a_list_in_the_order_of_the_names_or_a_dict
- evaluate's float: test_predicting.test_without_metrics_it_returns_a_float
- predict's dtype: test_predicting.test_outputs_are_floatx_rows_whatever_came_in
- return types are Keras's: test_return_types_are_keras_own
- empty data: test_errors.test_fit_refuses
- stop_training: test_training.test_stopping_after_an_epoch

Output

- the line of an epoch, its units and exponents: test_progress.test_the_line_is_kerass
- Epoch i/n only if there are several: test_progress.test_no_heading_for_a_single_epoch
- the summary: test_summary.test_the_table_is_kerass_at_every_width

Callbacks

- early stopping's traces and NaN: test_callbacks.test_it_stops_and_restores_as_kerass_does
- its messages: test_callbacks.test_what_it_says_is_what_kerass_says
- its direction: test_callbacks.test_a_name_that_tells_no_direction_asks_for_mode
- a missing monitor: test_callbacks.test_a_missing_monitor_warns_as_in_keras
- ModelCheckpoint: test_callbacks.test_it_saves_when_kerass_does_and_says_the_same
- hooks and their order: test_callbacks.test_fit_evaluate_and_predict_call_the_hooks_that_keras_calls
- logs edited before the history: test_callbacks.test_what_a_callback_writes_into_logs_is_recorded_and_returned

Utilities and data sets

- to_categorical: test_utils.test_to_categorical_gives_what_keras_gives
- set_random_seed: test_utils.test_set_random_seed_repeats_the_generator
- imdb: test_datasets_keras.test_imdb_gives_what_keras_gives
- reuters: test_datasets_keras.test_reuters_gives_what_keras_gives
- boston_housing: test_datasets_keras.test_boston_housing_gives_what_keras_gives
- mnist: test_datasets_keras.test_mnist_gives_what_keras_gives
"""

from __future__ import annotations

import inspect
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judge import keras
from keras_quickly import without_compiling
from nets import both_loops, classifier, two_classes

import tinynet

TESTS = Path(__file__).parent


def exists(test: str) -> bool:
    """Return whether there is a test of this name: ``file.function``, or a function of this file."""
    file, function = test.split(".") if "." in test else ("test_semantics", test)
    return re.search(rf"def {function}\(", (TESTS / f"{file}.py").read_text(encoding="utf-8")) is not None


def test_every_behaviour_of_the_table_has_its_test():
    assert __doc__
    behaviours = re.findall(r"^- .*?:\s+(\S+)$", __doc__, flags=re.M)
    assert len(behaviours) == __doc__.count("\n- ") > 70
    assert [test for test in behaviours if not exists(test)] == []


# ---- names and defaults ---------------------------------------------------------------------------------------------

CALLS = [
    *(("Sequential", method) for method in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch")),
    *(("Sequential", method) for method in ("compile", "get_layer", "pop", "predict_on_batch")),
    *((f"layers.{name}", "") for name in ("Dense", "Activation")),
    *((f"losses.{name}", "") for name in tinynet.losses.__all__ if name[0].isupper() and name != "Loss"),
    *((f"optimizers.{name}", "") for name in ("SGD", "RMSprop", "Adam")),
    *((f"metrics.{name}", "") for name in ("BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy")),
    *((f"callbacks.{name}", "") for name in ("EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau", "CSVLogger")),
    *((f"callbacks.{name}", "") for name in ("LearningRateScheduler", "LambdaCallback")),
    *((f"initializers.{name}", "") for name in ("GlorotUniform", "HeNormal", "RandomUniform", "Constant")),
    *((f"utils.{name}", "") for name in ("to_categorical", "set_random_seed")),
]


#: tinynet saves weights and nothing else.
DELIBERATE = {"callbacks.ModelCheckpoint": {"save_weights_only"}}


def plain(default: Any) -> Any:
    """Return a default in a form that can be compared: names of parts for the parts."""
    name = getattr(default, "name", None)
    return name if isinstance(name, str) and not isinstance(default, type) else default


@pytest.mark.parametrize(("path", "method"), CALLS, ids=[f"{p}.{m}".rstrip(".") for p, m in CALLS])
def test_arguments_have_keras_names_and_defaults(path, method):
    theirs, ours = keras(), tinynet
    for part in [*path.split("."), *([method] if method else [])]:
        theirs, ours = getattr(theirs, part), getattr(ours, part)
    expected, got = (inspect.signature(f).parameters for f in (theirs, ours))
    shared = [p for p in expected if p in got and expected[p].kind is not inspect.Parameter.VAR_KEYWORD]
    assert shared
    differing = {
        p: (expected[p].default, got[p].default)
        for p in shared
        if p not in {"name", *DELIBERATE.get(path, ())} and plain(expected[p].default) != plain(got[p].default)
    }
    assert not differing
    by_position = [p for p in got if p in shared and got[p].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert by_position[:2] == [p for p in shared if p in by_position][:2]


def test_names_of_parts_are_keras_own():
    for name in ("SGD", "RMSprop", "Adam"):
        kerass = getattr(keras().optimizers, name)().name
        kerass = re.sub(r"_\d+$", "", kerass)  # Keras counts the optimizers that a process has made
        assert getattr(tinynet.optimizers, name)().name == {"SGD": "sgd", "Adam": "adam"}.get(name, kerass)
    for name in ("MeanSquaredError", "BinaryCrossentropy", "SparseCategoricalCrossentropy"):
        assert getattr(tinynet.losses, name)().name == getattr(keras().losses, name)().name
    for name in ("BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy"):
        assert getattr(tinynet.metrics, name)().name == getattr(keras().metrics, name)().name


# ---- resolution by shape --------------------------------------------------------------------------------------------


def both_evaluate(units: int, loss: Any, y: Any, metrics: Any, activation: str = "sigmoid", **weights: Any) -> Any:
    """Evaluate the same one-layer network with Keras and tinynet; returns both dicts."""
    x = np.random.default_rng(0).standard_normal((len(y), 3)).astype(np.float32)
    kernel = np.random.default_rng(1).standard_normal((3, units)).astype(np.float32)
    found = []
    with warnings.catch_warnings(), without_compiling():
        warnings.simplefilter("ignore")  # accuracies of numbers are what tinynet warns of, and Keras does not refuse
        for k in (keras(), tinynet):
            model = k.Sequential([k.Input((3,)), k.layers.Dense(units, activation=activation)])
            options = {"weighted_metrics": metrics} if weights else {}
            model.compile("sgd", loss, metrics=metrics, **options)
            model.set_weights([kernel, np.zeros(units, np.float32)])
            found.append(model.evaluate(x, y, verbose=0, return_dict=True, **weights))
    return found


CLASSES = np.arange(12) % 3
TARGETS = {
    "labels 0 and 1 for one output": (1, "binary_crossentropy", (np.arange(12) % 2)[:, None]),
    "labels without an axis": (1, "binary_crossentropy", np.arange(12) % 2),
    "numbers for one output, which are binary": (1, "mse", 0.7 + 0.1 * np.arange(12)),
    "class numbers": (3, "sparse_categorical_crossentropy", CLASSES),
    "class numbers with an axis": (3, "sparse_categorical_crossentropy", CLASSES[:, None]),
    "one-hot": (3, "categorical_crossentropy", np.eye(3)[CLASSES]),
    "several labels a sample": (3, "binary_crossentropy", np.eye(3)[CLASSES]),
    "several numbers a sample": (3, "mse", np.eye(3)[CLASSES] + 0.25),
}


@pytest.mark.parametrize("targets", list(TARGETS))
def test_accuracy_is_resolved_by_shape_as_in_keras(targets):
    units, loss, y = TARGETS[targets]
    expected, got = both_evaluate(units, loss, y, ["accuracy"])
    assert list(got) == list(expected)
    assert got["accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)
    if loss == "mse" and units == 1:
        assert got["accuracy"] <= 1 / 12  # only y = 1 can be right


@pytest.mark.parametrize("targets", [name for name in TARGETS if TARGETS[name][1] != "mse" and "several" not in name])
def test_crossentropy_is_resolved_by_shape_as_in_keras(targets):
    units, _, y = TARGETS[targets]
    expected, got = both_evaluate(units, "crossentropy", y, [], "sigmoid" if units == 1 else "softmax")
    assert got["loss"] == pytest.approx(expected["loss"], rel=1e-5)


@pytest.mark.parametrize("loss", ["mse", "mae", "binary_crossentropy"])
def test_targets_without_an_axis_are_not_broadcast(loss):
    y = (np.arange(12) % 2).astype(np.float32)
    expected, flat = both_evaluate(1, loss, y, [])
    _, column = both_evaluate(1, loss, y[:, None], [])
    assert flat["loss"] == column["loss"] == pytest.approx(expected["loss"], rel=1e-5)


def test_a_weighted_metric_whose_name_repeats_is_called_weighted():
    weights = np.random.default_rng(2).random(12)
    y = (np.arange(12) % 2).astype(np.float32)
    expected, got = both_evaluate(1, "binary_crossentropy", y, ["accuracy"], sample_weight=weights)
    assert list(got) == list(expected) == ["accuracy", "loss", "weighted_accuracy"]
    assert list(got.values()) == pytest.approx(list(expected.values()), rel=1e-5)


# ---- training -------------------------------------------------------------------------------------------------------


@both_loops
def test_an_epochs_metrics_are_of_the_predictions_before_each_update(compiled):
    x, y = two_classes()
    model = classifier(compiled)
    before = model.evaluate(x, y, verbose=0, return_dict=True)
    history = model.fit(x, y, batch_size=len(x), verbose=0).history
    assert {key: values[0] for key, values in history.items()} == pytest.approx(before, rel=1e-5)
    assert model.evaluate(x, y, verbose=0)[0] < before["loss"]


@both_loops
def test_iterations_count_across_fits(compiled):
    x, y = two_classes(n=70)
    model = classifier(compiled)
    for fits in (1, 2):
        model.fit(x, y, batch_size=30, epochs=2, verbose=0)
        assert model.optimizer.iterations == 6 * fits


@both_loops
def test_batches_are_of_32_unless_told(compiled):
    x, y = two_classes(n=70)
    model = classifier(compiled)
    assert model.fit(x, y, verbose=0).params["steps"] == 3
    assert model.optimizer.iterations == 3


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, from NumPy 2
def test_return_types_are_keras_own():
    x, y = two_classes()
    with without_compiling():
        types = []
        for k in (keras(), tinynet):
            for metrics in ([], ["accuracy"]):
                model = k.Sequential([k.Input((4,)), k.layers.Dense(1, activation="sigmoid")])
                model.compile("sgd", "binary_crossentropy", metrics=metrics)
                history = model.fit(x, y, verbose=0)
                results = [model.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0, return_dict=True)]
                p = model.predict(x, verbose=0)
                types.append(
                    [
                        [type(r) for r in results],
                        [type(value) for value in results[1].values()],
                        (type(p), p.dtype, p.shape),
                        (sorted(history.params), [type(v) for values in history.history.values() for v in values]),
                        (type(model.get_weights()), [w.dtype for w in map(np.asarray, model.get_weights())]),
                    ]
                )
    assert types[2:] == types[:2]
