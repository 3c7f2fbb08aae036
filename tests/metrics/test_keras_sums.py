"""Metrics that are computed from sums, by hand, in models and in files; Keras is the judge."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

import tinynet
from tests.models.branched import two_outputs
from tests.support.nets import both_loops, classifier, two_classes
from tests.support.parity import keras
from tinynet import metrics
from tinynet.callbacks import EarlyStopping, LambdaCallback

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, from NumPy 2

RNG = np.random.default_rng(0)
X = RNG.random((16, 4)).astype("float32")
Y = (RNG.random((16, 3)) < 0.4).astype("float32")
P = RNG.random((16, 3)).astype("float32")
WEIGHTS = RNG.uniform(0.2, 2.0, 16).astype("float32")

THRESHOLDS = (None, 0.3, [0.2, 0.8], [0.0, 0.5, 1.0], [0.8, 0.2, 0.4])
COUNTS = ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
AT = ("SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision")
CURVES, METHODS = ("ROC", "PR", "PRGAIN"), ("interpolation", "minoring", "majoring")
AVERAGES = (None, "micro", "macro", "weighted")

#: Class and arguments.
CASES = [
    *((name, {"thresholds": t}) for name in ("Precision", "Recall") for t in THRESHOLDS),
    *((name, {"thresholds": t}) for name in COUNTS for t in THRESHOLDS[:1] + THRESHOLDS[-1:]),
    *(
        (name, options)
        for name in ("Precision", "Recall")
        for options in ({"top_k": 2}, {"class_id": 1}, {"top_k": 1, "class_id": 0}, {"top_k": 2, "thresholds": 0.6})
    ),
    *(("AUC", {"curve": c, "summation_method": m}) for c, m in itertools.product(CURVES, METHODS)),
    *(("AUC", {"curve": c, "multi_label": True, "label_weights": [1.0, 2.0, 0.5]}) for c in CURVES),
    ("AUC", {"multi_label": True, "num_labels": 3}),
    ("AUC", {"label_weights": [1.0, 2.0, 0.5], "from_logits": True}),
    *(("AUC", {"num_thresholds": n}) for n in (2, 5)),
    *(("AUC", {"thresholds": t}) for t in ([0.5], [0.7, 0.1])),
    *(("F1Score", {"average": a, "threshold": t}) for a, t in itertools.product(AVERAGES, (None, 0.4))),
    *(("FBetaScore", {"beta": 2.0, "threshold": t}) for t in (None, 0.4)),
    *(
        ("R2Score", {"class_aggregation": a, "num_regressors": n})
        for a, n in itertools.product((None, "uniform_average", "variance_weighted_average"), (0, 3))
    ),
    ("RootMeanSquaredError", {}),
    ("LogCoshError", {}),
    *(("TopKCategoricalAccuracy", {"k": k}) for k in (1, 2)),
    *((name, {name.lower().rpartition("at")[2]: 0.6}) for name in AT),
    *(
        (name, {name.lower().rpartition("at")[2]: 0.4, "num_thresholds": n, "class_id": 2})
        for name, n in zip(AT, (1, 2, 50, 7), strict=True)
    ),
]


def both(name, options):
    return getattr(metrics, name)(**options), getattr(keras().metrics, name)(**options)


@pytest.mark.parametrize("weighted", [None, 1.0, 1 / 64], ids=["plain", "weighted", "by less than 1 altogether"])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_each_gives_keras_result(name, options, weighted):
    ours, theirs = both(name, options)
    given = {"sample_weight": weighted * WEIGHTS} if weighted else {}
    p = (P - 0.5) * 6 if options.get("from_logits") or ("thresholds" in options and weighted) else P
    theirs.update_state(Y, p, **given)
    for rows in (slice(0, 9), slice(9, None)):
        ours.update_state(Y[rows], p[rows], **{what: w[rows] for what, w in given.items()})
    expected = np.asarray(theirs.result())
    assert np.shape(ours.result()) == expected.shape
    np.testing.assert_allclose(ours.result(), expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_each_has_keras_configuration_and_is_made_again_from_it(name, options):
    ours, theirs = both(name, {**options, "name": "own"})
    config, expected = json.loads(json.dumps(ours.get_config())), theirs.get_config()
    assert config.keys() == expected.keys()
    for key in config.keys() - {"dtype"}:
        assert config[key] is expected[key] is None or np.all(config[key] == np.asarray(expected[key]))
    again = metrics.deserialize(json.loads(json.dumps(metrics.serialize(ours))))
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()
    assert ours(Y, P) == pytest.approx(again(Y, P), rel=0)
    assert ours._direction == getattr(theirs, "_direction", None)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize(
    ("values", "weights"),
    [
        *((2.0, None), ([1, 3, 5, 7], None), ([1, 3, 5, 7], [1, 1, 0, 0]), (P, WEIGHTS), (P, WEIGHTS[:, None]), (P, P)),
        *((P[:, :1], WEIGHTS), (P[:, :1], WEIGHTS[:, None]), (P[:, 0], WEIGHTS[:, None]), (P[:, :1], P[:, 1:2])),
    ],
)
def test_values_by_hand_are_summed_as_in_keras(name, values, weights):
    ours, theirs = both(name, {})
    for metric in (ours, theirs):
        for _ in range(2):
            metric.update_state(values, sample_weight=weights)
    assert ours.result() == pytest.approx(float(theirs.result()), rel=1e-6)
    assert ours.name == theirs.name


@pytest.mark.parametrize("options", [{"k": 1}, {"k": 2}, {"k": 2, "from_sorted_ids": True}])
def test_labels_among_the_largest_are_kerass(options):
    ours, theirs = both("SparseTopKCategoricalAccuracy", options)
    p = np.array([[3, 1, 2], [0, 2, 1], [1, 1, 0]]) if "from_sorted_ids" in options else P[:3]
    for metric in (ours, theirs):
        metric.update_state(np.array([1, 0, 2]), p, np.array([1.0, 2.0, 0.5]))
    assert ours.result() == pytest.approx(float(theirs.result()), rel=1e-6)


def model_of(k, compiled=True):
    m = k.metrics
    model = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3, activation="sigmoid")])
    plain = ["AUC", m.Precision(thresholds=[0.3, 0.5]), m.Recall(), m.Precision(), m.F1Score(), "mae"]
    weighted = [m.Recall(class_id=1), m.R2Score(), m.RootMeanSquaredError(name="rmse")]
    how = {"compiled": compiled} if k is tinynet else {"run_eagerly": True}
    model.compile(k.optimizers.SGD(0.5), "binary_crossentropy", metrics=plain, weighted_metrics=weighted, **how)
    return model


def trained(model):
    """Return a history, and what an evaluation gives by name."""
    history = model.fit(
        X, Y, batch_size=6, epochs=2, shuffle=False, verbose=0, sample_weight=WEIGHTS, validation_data=(X[:6], Y[:6])
    ).history
    return history, model.evaluate(X, Y, batch_size=6, sample_weight=WEIGHTS, verbose=0, return_dict=True)


@pytest.fixture(scope="module")
def of_keras():
    k = keras()
    k.backend.clear_session()
    model = model_of(k)
    weights = model.get_weights()
    return weights, trained(model)


def in_epochs(values):
    return values if isinstance(values, list) else [values]


def assert_alike(ours, theirs, rtol=2e-5):
    assert ours.keys() == theirs.keys()
    for name in ours:
        for one, other in zip(in_epochs(ours[name]), in_epochs(theirs[name]), strict=True):
            np.testing.assert_allclose(one, np.asarray(other), rtol=rtol, atol=1e-6, err_msg=name)


class TestInAModel:
    @both_loops
    def test_histories_and_evaluations_are_kerass_by_the_same_names(self, compiled, of_keras):
        tinynet.backend.clear_session()
        model = model_of(tinynet, compiled)
        model.set_weights(of_keras[0])
        for ours, theirs in zip(trained(model), of_keras[1], strict=True):
            assert_alike(ours, theirs)
        assert {"AUC", "precision", "recall", "precision_1", "f1_score", "recall_1", "rmse"} < {*model.history.history}
        assert f"loop:    {'compiled' if compiled else 'layers'}" in str(model.explain_plan())

    @both_loops
    def test_batches_of_a_generator_and_a_callback_at_each_epoch_change_nothing(self, compiled):
        model, other = model_of(tinynet, compiled), model_of(tinynet, compiled)
        model.build((None, 4))
        other.build((None, 4))
        other.set_weights(model.get_weights())
        seen = []
        listener = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(dict(logs)))
        one = model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        batches = [(X[i : i + 4], Y[i : i + 4]) for i in range(0, 16, 4)]
        several = other.fit(iter(batches * 2), steps_per_epoch=4, epochs=2, verbose=0, callbacks=[listener]).history
        for ours, again in zip(one.values(), several.values(), strict=True):
            np.testing.assert_allclose(ours, again, rtol=1e-6)
        assert len(seen) == 2

    @both_loops
    @pytest.mark.parametrize("form", ["keras", "npz"])
    def test_a_saved_model_reports_the_same(self, compiled, form, tmp_path):
        model = model_of(tinynet, compiled)
        model.fit(X, Y, epochs=1, verbose=0)
        model.save(tmp_path / f"model.{form}")
        again = tinynet.models.load_model(tmp_path / f"model.{form}")
        ours, theirs = (m.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0, return_dict=True) for m in (model, again))
        assert_alike(ours, theirs, rtol=0)

    @both_loops
    def test_the_objects_answer_for_the_last_epoch_and_batch(self, compiled):
        given = [metrics.Precision(), metrics.AUC(), metrics.R2Score(class_aggregation=None)]
        model = classifier(compiled, metrics=given)
        history = model.fit(*two_classes(), epochs=2, verbose=0).history
        assert [m.result() for m in given] == [history[m.name][-1] for m in given]
        assert given[0].true_positives + given[0].false_negatives == two_classes()[1].sum()
        values = model.train_on_batch(*two_classes())
        assert [m.result() for m in given] == values[1:]

    def test_each_output_has_its_own(self):
        def build(k):
            model = two_outputs(k)
            of_b = [k.metrics.Recall(name="recall"), "AUC", k.metrics.F1Score()]
            how = {"run_eagerly": True} if k is not tinynet else {}
            losses = ["mse", "categorical_crossentropy"]
            given = {"out_a": [k.metrics.R2Score()], "out_b": of_b}
            model.compile("sgd", losses, metrics=given, **how)
            return model

        y = [P, np.eye(3, dtype="float32")[np.arange(16) % 3]]
        ours, theirs = build(tinynet), build(keras())
        ours.set_weights(theirs.get_weights())
        given = {"batch_size": 5, "verbose": 0, "return_dict": True}
        assert_alike(ours.evaluate(X, y, **given), theirs.evaluate(X, y, **given))

    def test_a_class_of_ones_own_made_from_them_keeps_working(self):
        class Half(metrics.Precision):
            def result(self):
                return super().result() / 2

        class Worst(metrics.Mean):
            def update_state(self, y_true, y_pred, sample_weight=None):
                super().update_state(np.abs(y_true - y_pred).max(axis=-1), sample_weight)

        model = classifier(metrics=[Half(name="half"), metrics.Precision(name="whole"), Worst(name="worst"), "mae"])
        values = model.evaluate(*two_classes(), verbose=0, return_dict=True)
        assert values["half"] == values["whole"] / 2
        assert values["worst"] == pytest.approx(values["mae"], rel=1e-6)
        assert "loop:    layers" in str(model.explain_plan())

    def test_a_wrapped_function_takes_its_arguments(self):
        def within(y_true, y_pred, width):
            return np.abs(y_true - y_pred) < width

        given = [metrics.MeanMetricWrapper(within, name=f"w{width}", width=width) for width in (0.0, 1.1)]
        assert classifier(metrics=given).evaluate(*two_classes(), verbose=0)[1:] == [0.0, 1.0]

    def test_a_callback_knows_their_direction(self):
        model = classifier(metrics=["AUC", metrics.RootMeanSquaredError(), metrics.FalseNegatives(name="missed")])
        assert [model.setup.direction(n) for n in model.metrics_names] == ["down", "up", "down", None]
        stopping = EarlyStopping("val_AUC", patience=1)
        model.fit(*two_classes(), epochs=2, verbose=0, validation_split=0.5, callbacks=[stopping])
        assert stopping.mode == "max"


def test_names_are_numbered_as_in_keras_until_the_session_is_cleared():
    for k in (tinynet, keras()):
        k.backend.clear_session()
        m = k.metrics
        made = [m.Precision(), m.Precision(), m.AUC(), m.F1Score(), m.F1Score(), m.FalsePositives(name="fp"), m.AUC()]
        assert [metric.name for metric in made] == [
            *("precision", "precision_1", "auc", "f1_score", "f1_score", "fp", "auc_1"),
        ]
