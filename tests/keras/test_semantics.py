"""Keras's behaviour, point by point: where each is held, and the tests of those that no other file holds.

Where tinynet differs on purpose stands in test_differences.

Dense, Flatten, Input

- positive units: parts/test_errors.test_parts_refuse_what_means_nothing
- the last axis must match: parts/test_layers.test_another_number_of_features_is_refused
- one axis is refused: parts/test_errors.test_layers_check_what_comes_in
- rank > 2 contracts the last axis: parts/test_layers.test_it_works_along_the_last_axis
- Flatten keeps the batch, (N,) becomes (N, 1): parts/test_layers.test_all_axes_but_the_first_become_one
- limits and moments of initializers: parts/test_initializers.test_the_distribution_is_keras_own
- activations by name: parts/test_layers.test_names_objects_and_none

Sequential

- auto names: models/test_models.test_layers_and_models_are_numbered_as_in_keras
- rms_prop is called rm_sprop: test_names_of_parts_are_keras_own
- input_dim and input_shape: parts/test_layers.test_names_trainable_and_shapes_are_options
- Input is no layer: models/test_models.test_the_input_is_not_listed_among_the_layers
- unique names, only layers: models/test_models.test_what_cannot_be_stacked_is_refused
- an unbuilt model: models/test_models.test_an_unbuilt_model_says_so
- pop returns the layer: models/test_models.test_pop_returns_the_top_layer_and_a_new_one_may_be_put_on
- a model without layers: models/test_models.test_an_empty_model_says_what_to_do
- get_layer's errors: models/test_models.test_a_layer_that_is_not_there_is_refused
- get_weights returns copies: models/test_weights.test_weights_come_as_copies_kernel_before_bias
- set_weights' errors: models/test_weights.test_weights_that_do_not_fit_change_nothing

compile, losses, metrics

- names, classes, objects: training/test_predicting.test_compiling_takes_names_classes_and_objects
- defaults of every argument: test_arguments_have_keras_names_and_defaults
- fit before compile: training/test_errors.test_using_a_model_before_compiling_it
- "accuracy" by shape: keras/test_metrics_by_shape.test_accuracy_is_resolved_by_shape_as_in_keras
- accuracy of a number is binary accuracy: keras/test_metrics_by_shape.test_accuracy_is_resolved_by_shape_as_in_keras
- p == 0.5 counts as 0: formulas/test_metrics.test_binary_accuracy_is_strictly_above_its_threshold
- "crossentropy" by shape: keras/test_metrics_by_shape.test_crossentropy_is_resolved_by_shape_as_in_keras
- the first of equal predictions: formulas/test_metrics.test_accuracies_take_the_first_of_equal_predictions
- targets (N,) for outputs (N, 1): keras/test_metrics_by_shape.test_targets_without_an_axis_are_not_broadcast
- metrics must be a list: parts/test_errors.test_compile_refuses_and_suggests
- clipping at 1e-7: formulas/test_losses.test_probabilities_are_clipped_and_have_no_gradient_there
- probabilities are divided by their sum: keras/test_floor.test_a_loss_object_is_keras_own

Aggregation

- uneven last batch by its size:
  training/test_training.test_the_loss_of_an_epoch_is_the_mean_over_samples_not_over_batches
- weights divided by N: training/test_training.test_the_weighted_loss_is_divided_by_the_number_of_samples
- weighted metrics only: training/test_training.test_only_weighted_metrics_are_weighted
- weighted_accuracy: keras/test_metrics_by_shape.test_a_weighted_metric_whose_name_repeats_is_called_weighted
- metrics of predictions before the update: test_an_epochs_metrics_are_of_the_predictions_before_each_update

Optimizers

- every update rule, option, order of clipping and decay: keras/test_floor.test_every_optimizer_updates_as_in_keras
- only one clip: parts/test_errors.test_parts_refuse_what_means_nothing
- recompiling starts the optimizer anew:
  training/test_training.test_recompiling_keeps_the_weights_and_starts_the_optimizer_anew
- learning_rate can be set: training/test_training.test_the_learning_rate_may_be_set_while_training
- iterations count across fits: test_iterations_count_across_fits

fit, evaluate, predict

- batches of 32: test_batches_are_of_32_unless_told
- validation_split before shuffling: training/test_validation.test_a_split_takes_the_last_samples
- floor(n * (1 - split)): data/test_checks.test_the_last_samples_are_set_aside
- validation_data before validation_split: training/test_validation.test_given_data_win_over_a_split
- validation_freq: training/test_validation.test_it_is_done_as_often_as_asked
- class weights, missing ones 1: data/test_targets.test_class_weights_are_looked_up_by_class_and_default_to_one
- class or sample weights: training/test_errors.test_fit_refuses
- different lengths: data/test_checks.test_different_lengths_are_refused_naming_both
- keys of a history: training/test_training.test_keys_are_in_alphabetical_order_and_values_are_floats
- params, epochs, model.history: training/test_training.test_params_epochs_and_the_models_history
- initial_epoch: training/test_training.test_epochs_count_from_the_initial_one
- no epochs: training/test_training.test_no_epochs_left_leave_an_empty_history
- evaluate's order: training/test_predicting.test_it_returns_a_list_in_the_order_of_the_names_or_a_dict
- evaluate's float: training/test_predicting.test_without_metrics_it_returns_a_float
- predict's dtype: training/test_predicting.test_outputs_are_floatx_rows_whatever_came_in
- return types are Keras's: test_return_types_are_keras_own
- empty data: training/test_errors.test_fit_refuses
- stop_training: training/test_training.test_stopping_after_an_epoch

Output

- the line of an epoch, its units and exponents: training/test_progress.test_the_line_is_kerass
- Epoch i/n only if there are several: training/test_progress.test_no_heading_for_a_single_epoch
- the summary: models/test_summary.test_the_table_is_kerass_at_every_width

Callbacks

- early stopping's traces and NaN: callbacks/test_early_stopping.test_it_stops_and_restores_as_kerass_does
- its messages: callbacks/test_early_stopping.test_what_it_says_is_what_kerass_says
- its direction: callbacks/test_early_stopping.test_a_name_that_tells_no_direction_asks_for_mode
- a missing monitor: callbacks/test_early_stopping.test_a_missing_monitor_warns_as_in_keras
- ModelCheckpoint: callbacks/test_model_checkpoint.test_it_saves_when_kerass_does_and_says_the_same
- hooks and their order: callbacks/test_callbacks.test_fit_evaluate_and_predict_call_the_hooks_that_keras_calls
- logs edited before the history:
  callbacks/test_callbacks.test_what_a_callback_writes_into_logs_is_recorded_and_returned

Utilities and data sets

- to_categorical: package/test_utils.test_to_categorical_gives_what_keras_gives
- set_random_seed: package/test_utils.test_set_random_seed_repeats_the_generator
- imdb: datasets/test_keras_loaders.test_imdb_gives_what_keras_gives
- reuters: datasets/test_keras_loaders.test_reuters_gives_what_keras_gives
- boston_housing: datasets/test_keras_loaders.test_boston_housing_gives_what_keras_gives
- mnist: datasets/test_keras_loaders.test_mnist_gives_what_keras_gives
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.keras_quickly import without_compiling
from tests.support.nets import both_loops, classifier, two_classes
from tests.support.parity import keras

TESTS = Path(__file__).parents[1]


def exists(test: str) -> bool:
    """Return whether there is a test of this name: ``folder/file.function``, or a function of this file."""
    file, function = test.split(".") if "." in test else ("keras/test_semantics", test)
    return re.search(rf"def {function}\(", (TESTS / f"{file}.py").read_text(encoding="utf-8")) is not None


def test_every_behaviour_of_the_table_has_its_test():
    assert __doc__
    behaviours = re.findall(r"^- .*?:\s+(\S+)$", __doc__, flags=re.M)
    assert len(behaviours) == __doc__.count("\n- ") > 70
    assert [test for test in behaviours if not exists(test)] == []


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
        if p != "name" and plain(expected[p].default) != plain(got[p].default)
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
