"""What was reported of metrics called by hand: what fits in no way, weights of any shape, Keras's forms."""

from __future__ import annotations

import json
import pickle
import warnings

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops, two_classes
from tinynet import metrics
from tinynet.layers import Dense, Input
from tinynet.metrics import (
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    Hinge,
    MeanAbsoluteError,
    MeanSquaredError,
    Metric,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
)

NAN, INF = float("nan"), float("inf")
RNG = np.random.default_rng(0)
BUILT_IN = [*metrics.CLASSES.values(), Accuracy]


class TestDoors:
    @pytest.mark.parametrize("cls", BUILT_IN)
    @pytest.mark.parametrize(
        ("y", "p"),
        [
            (np.zeros(1), np.zeros((4, 3))),
            (np.zeros((4, 2)), np.zeros((4, 3))),
            (np.zeros((3, 4)), np.zeros((4, 3))),
            (None, np.zeros((4, 3))),
            (np.zeros((4, 3)), None),
            ("words", np.zeros((4, 3))),
            ([["a", "b", "c"]] * 4, np.zeros((4, 3))),
            (np.zeros((4, 3), complex), np.zeros((4, 3))),
            (np.zeros((4, 3)), np.zeros((4, 3), complex)),
            (np.zeros((0, 3)), np.zeros((0, 3))),
            (np.zeros((4, 0)), np.zeros((4, 0))),
            (1.0, 0.5),
            ({}, {}),
            ([[1.0, 2.0], [3.0]], np.zeros((2, 2))),
        ],
    )
    def test_what_cannot_be_compared_is_refused_by_name_and_counts_nothing(self, cls, y, p):
        metric = cls()
        for call in (metric.update_state, metric, getattr(metric, "row_values", metric)):
            with pytest.raises((ValueError, TypeError), match=f"{metric.name}: "):
                call(y, p)
        assert (float(metric.total), float(metric.count)) == (0.0, 0.0)

    @pytest.mark.parametrize("cls", [SparseCategoricalAccuracy, SparseCategoricalCrossentropy])
    @pytest.mark.parametrize("labels", [[0, 3], [0, -1], [2e9, 0], [NAN, 0], [INF, 0], [0.5, 0]])
    def test_labels_that_are_no_class_are_refused(self, cls, labels):
        with pytest.raises(ValueError, match="expected class numbers 0 to 2"):
            cls()(labels, np.full((2, 3), 0.3, "float32"))

    @pytest.mark.parametrize("weights", [np.zeros(3), np.zeros((5, 1)), np.zeros((4, 3, 2)), None, "w", [None] * 4, 1j])
    def test_weights_that_do_not_broadcast_are_refused(self, weights):
        metric, given = MeanSquaredError(), "none" if weights is None else weights
        with pytest.raises((ValueError, TypeError), match=r"mean_squared_error: .*sample_weight"):
            metric(np.ones((4, 2)), np.zeros((4, 2)), sample_weight=given)
        assert metric.result() == 0.0

    @pytest.mark.parametrize("cls", [MeanSquaredError, BinaryAccuracy, CategoricalAccuracy, BinaryCrossentropy])
    def test_how_arrays_lie_in_memory_does_not_matter(self, cls):
        y, p = RNG.integers(0, 2, (6, 4)).astype("float32"), RNG.random((6, 4)).astype("float32")
        expected = cls()(y, p)
        wide = np.zeros((12, 8), "float32")
        wide[::2, ::2] = p
        swapped = p.astype(p.dtype.newbyteorder())
        for other in (np.asfortranarray(p), wide[::2, ::2], swapped, p[::-1][::-1], p.astype(np.float64), p.tolist()):
            assert cls()(y.astype(np.int8), other) == pytest.approx(expected, rel=1e-6)

    def test_plain_functions_have_the_same_door(self):
        for function in (metrics.binary_accuracy, metrics.categorical_accuracy, metrics.mean_squared_error):
            with pytest.raises(ValueError, match="expected targets of shape"):
                function(np.zeros((3, 2)), np.zeros((2, 3)))
        with pytest.raises(ValueError, match="expected class numbers"):
            metrics.sparse_categorical_accuracy([7], [[0.5, 0.5]])

    @pytest.mark.parametrize("wrong", ["0.5", None, [0.5]])
    def test_a_threshold_is_a_number(self, wrong):
        with pytest.raises(ValueError, match="BinaryAccuracy: expected `threshold` to be a number"):
            BinaryAccuracy(threshold=wrong)


def mean_as_in_keras(values, weights):
    """Keras's rule, restated: average what the weights lack, then broadcast them, then average all but the samples."""
    weights = np.asarray(weights, float)
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    values = values.mean(axis=tuple(range(weights.ndim, values.ndim)))
    weights = np.broadcast_to(weights, values.shape)
    return (values * weights).sum() / weights.sum()


class TestRanksAndWeights:
    @pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 3), (2, 4, 3), (2, 2, 3, 3)])
    def test_an_array_of_any_rank_is_averaged(self, shape):
        y, p = RNG.integers(0, 2, shape), RNG.random(shape).astype("float32")
        assert MeanSquaredError()(y, p) == pytest.approx(((y - p) ** 2).mean(), rel=1e-6)
        assert BinaryAccuracy()(y, p) == pytest.approx(((p > 0.5) == y).mean())
        if len(shape) > 1:
            labels = y.argmax(axis=-1)
            hits = (p.argmax(axis=-1) == labels).mean()
            assert CategoricalAccuracy()(y, p) == SparseCategoricalAccuracy()(labels, p) == pytest.approx(hits)
            assert SparseCategoricalAccuracy()(labels[..., None], p) == pytest.approx(hits)

    @pytest.mark.parametrize(
        "of_weights",
        [
            (),
            (1,),
            (4,),
            (4, 1),
            (1, 1),
            (1, 3),
            (4, 3),
            (4, 3, 1),
            (1, 3, 1),
            (4, 3, 2),
            (1, 1, 2),
            (4, 1, 2),
            (4, 3, 2, 1),
        ],
    )
    def test_weights_are_broadcast_as_in_keras(self, of_weights):
        y, p = RNG.integers(0, 2, (4, 3, 2)), RNG.random((4, 3, 2)).astype("float32")
        weights = RNG.random(of_weights)
        hits = ((p > 0.5) == y).astype(float)
        assert BinaryAccuracy()(y, p, weights) == pytest.approx(mean_as_in_keras(hits, weights), rel=1e-6)

    def test_weights_of_rows_fit_losses_and_rows(self):
        y, p = RNG.integers(0, 2, (4, 3)), RNG.random((4, 3)).astype("float32")
        for weights in (np.arange(4.0), np.arange(4.0)[:, None], np.repeat(np.arange(4.0)[:, None], 3, axis=1)):
            assert MeanAbsoluteError()(y, p, weights) == pytest.approx(
                np.average(np.abs(y - p).mean(axis=1), weights=np.arange(4)), rel=1e-6
            )

    @pytest.mark.parametrize("weights", [0.0, np.zeros(4), [1.0, -1.0, 2.0, -2.0]])
    def test_weights_that_cancel_give_0(self, weights):
        assert MeanSquaredError()(np.ones((4, 1)), np.zeros((4, 1)), weights) == 0.0

    def test_batches_add_up(self):
        metric, y, p = MeanSquaredError(), RNG.random((10, 2)), RNG.random((10, 2))
        for rows in (slice(0, 7), slice(7, 10)):
            metric.update_state(y[rows], p[rows])
        assert metric.result() == pytest.approx(((y - p) ** 2).mean())
        metric.reset_state()
        assert metric.result() == 0.0

    def test_whole_numbers_are_computed_in_floatx(self):
        assert metrics.mean_squared_error([[1, 2]], [[2, 4]]).dtype == np.float32
        assert MeanSquaredError()(np.array([[1]], np.int8), np.array([[100]], np.int8)) == 99.0**2

    def test_predicted_classes_are_compared_as_they_are(self):
        assert Accuracy()([[1], [2], [3], [4]], [[0], [2], [3], [4]], [1, 1, 0, 0]) == 0.5
        assert Accuracy()(np.array([[1, 2], [3, 4]]), np.array([[0, 2], [3, 4]]), [[1, 0]]) == 0.5


@pytest.mark.parametrize(
    ("row", "largest"),
    [
        ([-0.0, 0.0], 1),
        ([0.0, -0.0], 0),
        ([1.0, NAN, INF], 1),
        ([NAN, NAN, 5.0], 0),
        ([-INF, -INF], 0),
        ([3.0, 3.0], 0),
        ([-0.0, -1.0, 0.0, 0.0], 2),
    ],
)
def test_the_largest_entry_is_kerass(row, largest):
    assert SparseCategoricalAccuracy()([largest], [row]) == 1.0
    assert CategoricalAccuracy()(np.eye(len(row))[[largest]], [row]) == 1.0


class TestConfigurations:
    @pytest.mark.parametrize(
        "metric",
        [
            *(cls(name="own", dtype="float32") for cls in BUILT_IN),
            BinaryAccuracy(threshold=0.25),
            BinaryCrossentropy(name="bce", dtype="int32", label_smoothing=0.2, from_logits=True),
            CategoricalCrossentropy(label_smoothing=0.1, axis=1),
            SparseCategoricalCrossentropy(ignore_class=0),
            MeanSquaredError(dtype="bfloat16"),
        ],
    )
    def test_a_metric_is_made_again_from_its_configuration(self, metric):
        config = json.loads(json.dumps(metric.get_config()))
        written = json.loads(json.dumps(metrics.serialize(metric)))
        for again in (type(metric).from_config(config), metrics.deserialize(written), metrics.get(written)):
            assert type(again) is type(metric)
            assert again.get_config() == metric.get_config()
            assert [variable.name for variable in again.variables] == ["total", "count"]
        assert type(pickle.loads(pickle.dumps(metric))) is type(metric)

    def test_a_users_own_is_found_among_custom_objects(self):
        Own = type("Own", (MeanSquaredError,), {})
        own = metrics.deserialize({"class_name": "Own", "config": {"name": "n"}}, custom_objects={"Own": Own})
        assert (type(own), own.name) == (Own, "n")
        with pytest.raises(ValueError, match="Unknown metric: 'Own'"):
            metrics.deserialize({"class_name": "Own", "config": {}})

    def test_get_takes_keras_forms(self):
        assert metrics.get(None) is None
        assert type(metrics.get("BinaryAccuracy")) is BinaryAccuracy
        assert type(metrics.get("categorical_accuracy")) is CategoricalAccuracy
        assert isinstance(metrics.get("accuracy"), Metric)
        assert type(metrics.get(Hinge)) is Hinge
        with pytest.raises(ValueError, match="Could not interpret metric identifier"):
            metrics.get({"config": {}})

    def test_the_type_is_floatx_and_read_only(self):
        metric = BinaryAccuracy()
        assert metric.dtype == "float32"
        with pytest.raises(AttributeError):
            metric.dtype = "float64"
        with pytest.raises(ValueError, match="`dtype` must be a type of real numbers"):
            BinaryAccuracy(dtype="floaty")

    @pytest.mark.parametrize(
        ("given", "names"),
        [
            ([["mae", "mse"]], ["mae", "mse"]),
            ({"out": "mae"}, ["mae"]),
            ({"out": ["mae", "mse"]}, ["mae", "mse"]),
            (["mae", "mae", "mae"], ["mae", "mae_1", "mae_2"]),
        ],
    )
    def test_compile_takes_keras_forms(self, given, names):
        model = tinynet.Sequential([Input((4,)), Dense(1)])
        model.compile("sgd", "mse", metrics=given)
        assert model.metrics_names == ["loss", *names]
        values = model.evaluate(np.ones((4, 4)), np.ones(4), verbose=0, return_dict=True)
        assert {*values} == {"loss", *names}

    def test_what_only_serves_by_hand_is_no_metric_of_a_model(self):
        y, p = [0, 1, 2], [[0.8, 0.1, 0.1], [0.05, 0.95, 0], [0.1, 0.8, 0.1]]
        assert SparseCategoricalCrossentropy(ignore_class=0)(y, p, [0.5, 1.5, 2.0]) == pytest.approx(1.33774646)
        with pytest.raises(ValueError, match="Metric 'sparse_categorical_crossentropy' can be called by hand"):
            tinynet.Sequential([Dense(3)]).compile(
                "sgd", "mse", metrics=[SparseCategoricalCrossentropy(ignore_class=0)]
            )


class TestLogits:
    X, Y = two_classes()

    def model(self, compiled, metric):
        model = tinynet.Sequential([Input((4,)), Dense(1, kernel_initializer="ones")])
        model.compile("sgd", tinynet.losses.BinaryCrossentropy(from_logits=True), metrics=[metric], compiled=compiled)
        return model

    @both_loops
    @pytest.mark.parametrize("metric", ["accuracy", "acc", Accuracy(), BinaryAccuracy(threshold=0)])
    def test_accuracy_compares_them_with_0(self, compiled, metric):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = self.model(compiled, metric)
            assert model.evaluate(self.X, self.Y, verbose=0)[1] == 1.0  # the label is whether the sum is above 0
            model.fit(self.X, self.Y, verbose=0)

    @both_loops
    def test_crossentropy_takes_them_for_what_they_are(self, compiled):
        loss, metric = self.model(compiled, "crossentropy").evaluate(self.X, self.Y, verbose=0)
        assert metric == pytest.approx(loss, rel=1e-6)

    @pytest.mark.parametrize(
        ("metric", "says"),
        [
            (BinaryAccuracy(), "compares the predictions with 0.5.*Use BinaryAccuracy.threshold=0"),
            ("binary_accuracy", "compares the predictions with 0.5"),
            ("bce", "takes the predictions for probabilities.*Use BinaryCrossentropy.from_logits=True"),
        ],
    )
    def test_a_metric_that_was_chosen_for_probabilities_warns_once(self, metric, says):
        with pytest.warns(UserWarning, match=says) as caught:
            model = self.model(True, metric)
        assert len(caught) == 1
        assert caught[0].filename == __file__
        model.fit(self.X, self.Y, verbose=0)
