"""What was reported of metrics within a training: the objects answer, weights may cancel, own ones are checked."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops, classifier, two_classes
from tinynet.callbacks import LambdaCallback
from tinynet.layers import Dense, Input
from tinynet.metrics import Accuracy, BinaryAccuracy, MeanAbsoluteError, MeanSquaredError, Metric

X, Y = two_classes()
WEIGHTS = np.linspace(0, 2, len(X))


class Largest(Metric):
    """A user's own metric in plain attributes."""

    def reset_state(self):
        self.largest = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest = max(self.largest, float(np.abs(y_true - y_pred).max()))

    def result(self):
        return self.largest


class Squares(Metric):
    """A user's own metric as for Keras: variables, and no weights."""

    def __init__(self, name="squares", **options):
        super().__init__(name=name, **options)
        self.sum = self.add_variable(shape=(), initializer="zeros", name="sum")
        self.rows = self.add_weight(name="rows", initializer="zeros", dtype="int32")

    def update_state(self, y_true, y_pred):
        self.sum.assign(self.sum + np.sum((y_true - y_pred) ** 2))
        self.rows.assign_add(len(y_true))

    def result(self):
        return self.sum / self.rows


def objects():
    return [BinaryAccuracy(), MeanAbsoluteError(name="mae"), Accuracy(), Largest(), Squares()]


class TestAMetricObject:
    @both_loops
    @pytest.mark.parametrize("count", [3, 5], ids=["with formulas", "some in Python"])
    def test_it_answers_what_evaluate_returned(self, compiled, count):
        metrics, weighted = objects()[:count], MeanAbsoluteError(name="gap")
        model = classifier(compiled, metrics=metrics, weighted_metrics=[weighted])
        for weights in (None, WEIGHTS):
            _, *values = model.evaluate(X, Y, batch_size=16, sample_weight=weights, verbose=0)
            assert [float(metric.result()) for metric in (*metrics, weighted)] == pytest.approx(values, rel=1e-12)

    @both_loops
    @pytest.mark.parametrize("callbacks", [[], [LambdaCallback(on_epoch_end=lambda epoch, logs: None)]])
    @pytest.mark.parametrize("validation", [None, (X[:20], Y[:20])])
    @pytest.mark.parametrize("count", [3, 5], ids=["with formulas", "some in Python"])
    def test_it_answers_the_last_epoch_of_fit_or_its_validation(self, compiled, callbacks, validation, count):
        metrics = objects()[:count]
        model = classifier(compiled, metrics=metrics)
        history = model.fit(X, Y, epochs=3, verbose=0, validation_data=validation, callbacks=callbacks).history
        for metric in metrics:
            last = history[f"val_{metric.name}" if validation else metric.name][-1]
            assert float(metric.result()) == pytest.approx(last, rel=1e-12)

    @both_loops
    def test_a_callback_that_asks_it_gets_the_epochs_value(self, compiled):
        metric, seen = BinaryAccuracy(), []
        listener = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((metric.result(), logs[metric.name])))
        classifier(compiled, metrics=[metric]).fit(X, Y, epochs=3, verbose=0, callbacks=[listener])
        assert [asked for asked, _ in seen] == [logged for _, logged in seen]

    @both_loops
    def test_it_answers_after_one_batch_too(self, compiled):
        metrics = objects()
        model = classifier(compiled, metrics=metrics)
        for call in (model.train_on_batch, model.test_on_batch):
            values = call(X, Y)[1:]
            assert [float(metric.result()) for metric in metrics] == pytest.approx(values, rel=1e-12)

    def test_asking_it_makes_nothing_to_be_prepared_again(self):
        model = classifier(metrics=[BinaryAccuracy()])
        model.evaluate(X, Y, verbose=0)
        kept = model.kept["network"][-1]
        model.evaluate(X, Y, verbose=0)
        model.setup.metrics[0].result()
        assert model.kept["network"][-1] is kept


@both_loops
class TestWeights:
    def test_a_weighted_metric_is_0_where_the_weights_cancel(self, compiled):
        model = classifier(compiled, metrics=["mae"], weighted_metrics=[MeanSquaredError(name="mse")])
        cancelling = np.where(np.arange(len(X)) % 2, 1.0, -1.0)
        values = model.evaluate(X, Y, sample_weight=cancelling, verbose=0, return_dict=True)
        assert values["mse"] == 0.0
        assert values["mae"] > 0.0
        history = model.fit(X, Y, sample_weight=cancelling, epochs=2, verbose=0).history
        assert history["mse"] == [0.0, 0.0]

    def test_without_weights_it_is_the_plain_mean(self, compiled):
        model = classifier(compiled, metrics=["mae"], weighted_metrics=[MeanAbsoluteError(name="gap")])
        values = model.evaluate(X, Y, verbose=0, return_dict=True)
        assert values["gap"] == values["mae"]

    def test_weights_of_0_alone_give_0(self, compiled):
        model = classifier(compiled, weighted_metrics=["mae"])
        assert model.evaluate(X, Y, sample_weight=np.zeros(len(X)), verbose=0, return_dict=True)["mae"] == 0.0


class TestWhatAnOwnMetricGivesBack:
    @pytest.mark.parametrize("result", [None, "high", [1.0, 2.0], {"a": 1.0}, np.ones(2)])
    def test_a_result_that_is_no_number_is_told(self, result):
        class Odd(Largest):
            def result(self):
                return result

        with pytest.raises(TypeError, match=r"Metric 'odd' \(Odd\): `result` must return a number. It returned"):
            classifier(metrics=[Odd()]).evaluate(X, Y, verbose=0)

    @pytest.mark.parametrize("values", [None, "high", {"a": 1.0}, np.ones(5), np.ones((3, 60))])
    def test_a_function_whose_values_belong_to_no_rows_is_told(self, values):
        def odd(y_true, y_pred):
            return values

        with pytest.raises(ValueError, match=r"Metric 'odd': the function must return a number, or one for each of"):
            classifier(metrics=[odd]).evaluate(X, Y, batch_size=60, verbose=0)

    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize(
        "shape", [lambda e: e.mean(), lambda e: e.mean(axis=-1), lambda e: e, lambda e: e.mean(axis=-1).tolist()]
    )
    def test_a_number_and_one_for_each_row_or_output_are_taken(self, shape, weighted):
        def gap(y_true, y_pred):
            return shape(np.abs(y_true - y_pred))

        model = classifier(**{"weighted_metrics" if weighted else "metrics": [gap], "loss": "mae"})
        weights = WEIGHTS if weighted else None
        value = model.evaluate(X, Y, batch_size=60, sample_weight=weights, verbose=0, return_dict=True)["gap"]
        errors = np.abs(model.predict(X, verbose=0)[:, 0] - Y)
        per_row = not np.isscalar(shape(np.ones((2, 1))))
        expected = np.average(errors, weights=weights if per_row else None)
        assert value == pytest.approx(expected, rel=1e-6)

    def test_one_that_forgets_its_base_is_told(self):
        class Forgetful(Metric):
            def __init__(self):
                self.seen = 0

        with pytest.raises(TypeError, match=r"Forgetful: its `__init__` must call super\(\).__init__"):
            Forgetful()

    def test_one_without_state_is_told(self):
        with pytest.raises(TypeError, match="must define `reset_state`, `update_state` and `result`"):
            Metric(name="m")

    def test_variables_are_found_in_lists_and_in_other_metrics(self):
        outer = Squares()
        outer.inner, outer.more = Squares(), {"a": [MeanAbsoluteError()]}
        assert len(outer.variables) == 6
        outer.update_state(np.ones((1, 1)), np.zeros((1, 1)))
        outer.reset_state()
        assert [float(variable) for variable in outer.variables] == [0.0] * 6

    @pytest.mark.parametrize("around", [lambda held: [held], lambda held: (held,), lambda held: {"a": held}])
    def test_they_are_found_in_lists_in_lists_and_not_sought_in_one_that_holds_itself(self, around):
        metric = Squares()
        inner = metric.add_variable(name="inner")
        metric.held = inner
        for _ in range(18):
            metric.held = around(metric.held)
        assert metric.variables == [metric.sum, metric.rows, inner]
        metric.held = [[metric.sum], {}, ()]
        metric.held[0].append(metric.held)
        metric.held[1]["again"] = metric.held
        assert metric.variables == [metric.sum, metric.rows]

    @both_loops
    def test_one_with_variables_trains_as_one_without(self, compiled):
        history = classifier(compiled, metrics=[Squares(), "mse"]).fit(X, Y, epochs=2, verbose=0).history
        assert history["squares"] == pytest.approx(history["mse"], rel=1e-6)


@both_loops
def test_several_rows_a_sample_are_counted_one_by_one(compiled):
    metric = BinaryAccuracy()
    model = tinynet.Sequential([Input((3, 4)), Dense(2, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[metric], compiled=compiled)
    x, y = np.random.default_rng(0).normal(size=(8, 3, 4)), np.ones((8, 3, 2))
    value = model.evaluate(x, y, verbose=0)[1]
    assert value == pytest.approx(BinaryAccuracy()(y, model.predict(x, verbose=0)))
    assert metric.result() == value
