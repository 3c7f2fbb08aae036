"""What optimizers do beside their formula: averages of the weights, gradients of several batches, who decays."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes
from tinynet.callbacks import LambdaCallback
from tinynet.memory import Parameter
from tinynet.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

X, Y = two_classes(100)


class Plain(Optimizer):
    """Gradient descent in plain Python."""

    def update(self, w, dw, slots, step):
        assert (len(slots), step) == (0, self.iterations)
        w -= self.learning_rate * dw


def averages(weights, momentum=0.9, overwrite=None):
    """Return the running mean of lists of weights, by its definition."""
    average = [w.copy() for w in weights[0]]
    for now in weights[1:]:
        average = [momentum * a + (1 - momentum) * w for a, w in zip(average, now, strict=True)]
    return average


# ---- averages of the weights ----------------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize("optimizer", [SGD, Adam, Plain], ids=lambda o: o.__name__)
def test_fit_ends_with_the_averages_of_the_weights_after_each_batch(optimizer, compiled):
    model, seen = classifier(compiled, optimizer=optimizer(0.1, use_ema=True, ema_momentum=0.9)), []
    record = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(model.get_weights()))
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[record])
    assert len(seen) == 8
    assert_same_weights(model.get_weights(), averages(seen), exactly=False)
    assert not np.allclose(model.get_weights()[0], seen[-1][0])
    assert_same_weights(model.get_weights(), [v.numpy() for v in model.optimizer._model_variables_moving_average])


@both_loops
def test_now_and_then_the_averages_become_the_weights(compiled):
    options = {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3}
    model, plain, seen = (
        classifier(compiled, optimizer=SGD(0.1, **options)),
        classifier(compiled, optimizer=SGD(0.1)),
        [],
    )
    for each in (model, plain):
        record = LambdaCallback(on_train_batch_end=lambda batch, logs, each=each: seen.append(each.get_weights()))
        each.fit(X[:96], Y[:96], verbose=0, callbacks=[record], shuffle=False)
    assert_same_weights(seen[1], seen[4])
    assert_same_weights(seen[2], averages(seen[3:6], 0.5), exactly=False)


@both_loops
@pytest.mark.parametrize("keep", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "copy"])
def test_averages_and_sums_go_on_after_a_break(keep, compiled):
    def model():
        optimizer = Adam(0.1, use_ema=True, gradient_accumulation_steps=3, weight_decay=0.01)
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        return classifier(compiled, optimizer=optimizer)

    once, twice = model(), model()
    for batch in range(8):
        chosen = slice(12 * batch, 12 * batch + 12)
        for each in (once, twice):
            each.train_on_batch(X[chosen], Y[chosen])
        twice = keep(twice)
    assert_same_weights(once, twice)
    assert_same_weights(*([v.numpy() for v in m.optimizer.variables] for m in (once, twice)))


def test_a_layer_that_is_frozen_and_set_free_again_has_averages_of_its_own_weights():
    model = classifier(optimizer=SGD(0.1, use_ema=True))
    model.layers[0].trainable = False
    model.train_on_batch(X, Y)
    model.layers[0].trainable = True
    before = model.get_weights()[0]
    model.fit(X, Y, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], before, atol=0.1)


# ---- gradients of several batches -----------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize(
    "make",
    [
        lambda **o: SGD(0.1, momentum=0.9, clipnorm=0.1, **o),
        lambda **o: RMSprop(0.01, global_clipnorm=0.2, **o),
        lambda **o: AdamW(0.01, **o),
        lambda **o: Adagrad(0.1, clipvalue=0.02, **o),
        lambda **o: Plain(0.1, weight_decay=0.1, **o),
    ],
    ids=["SGD", "RMSprop", "AdamW", "Adagrad", "user-written"],
)
def test_updates_by_the_mean_gradient_of_several_batches_are_those_of_large_batches(make, compiled):
    large = classifier(compiled, optimizer=make())
    small = classifier(compiled, optimizer=make(gradient_accumulation_steps=4))
    large.fit(X[:96], Y[:96], batch_size=48, epochs=3, shuffle=False, verbose=0)
    small.fit(X[:96], Y[:96], batch_size=12, epochs=3, shuffle=False, verbose=0)
    assert_same_weights(large, small, exactly=False, tolerance=1e-5)
    assert (small.optimizer.iterations, small.optimizer._iterations) == (6, 24)
    assert large.optimizer.iterations == 6


@both_loops
def test_batches_left_over_wait_for_the_next_fit(compiled):
    once, twice = (classifier(compiled, optimizer=SGD(0.1, gradient_accumulation_steps=3)) for _ in range(2))
    once.fit(X[:96], Y[:96], batch_size=24, epochs=3, shuffle=False, verbose=0)
    for _ in range(3):
        before = twice.optimizer._iterations
        twice.fit(X[:96], Y[:96], batch_size=24, shuffle=False, verbose=0)
        assert twice.optimizer._iterations == before + 4
    assert_same_weights(once, twice)
    assert once.optimizer.iterations == 4


# ---- who decays -----------------------------------------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize("optimizer", [SGD, RMSprop, Adam, AdamW, Adagrad, Plain], ids=lambda o: o.__name__)
def test_what_is_excluded_from_weight_decay_does_not_shrink(optimizer, compiled):
    kept, all_decay, none = (classifier(compiled, optimizer=optimizer(0.1, weight_decay=d)) for d in (0.5, 0.5, 1e-30))
    kept.optimizer.exclude_from_weight_decay(var_list=kept.layers[0].weights[:1], var_names=["bias"])
    for model in (kept, all_decay, none):
        model.set_weights([np.full_like(w, 0.5) for w in model.get_weights()])
        model.train_on_batch(X, Y)
    same = [np.array_equal(a, b) for a, b in zip(kept.get_weights(), none.get_weights(), strict=True)]
    assert same == [True, True, False, True]
    assert_same_weights([kept.get_weights()[2]], [all_decay.get_weights()[2]])


def test_each_call_says_anew_what_is_excluded_and_says_what_it_cannot_be():
    w, b = (Parameter(name, np.ones(1)) for name in ("kernel", "bias"))
    optimizer = SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[w])
    optimizer.exclude_from_weight_decay(var_names=["^b"])
    optimizer.apply_gradients([([0.0], w), ([0.0], b)])
    assert (w.numpy(), b.numpy()) == ([0.75], [1.0])
    for wrong in ({"var_list": ["bias"]}, {"var_names": "bias"}, {"var_names": [1]}):
        with pytest.raises(TypeError, match=r"sgd|exclude_from_weight_decay"):
            optimizer.exclude_from_weight_decay(**wrong)
    with pytest.raises(ValueError, match="`var_names` must be regular expressions"):
        optimizer.exclude_from_weight_decay(var_names=["("])
    assert [p.name for p in optimizer.kept_from_decay([w, b])] == ["bias"]


# ---- Keras's other doors --------------------------------------------------------------------------------------------


def test_gradients_of_a_scaled_loss_are_scaled_back():
    w = Parameter("w", np.array([1.0, 2.0]))
    optimizer = SGD(1.0, loss_scale_factor=1024.0)
    optimizer.apply_gradients([([1024.0, 2048.0], w)])
    assert optimizer.scale_loss(2.0) == 2048.0
    np.testing.assert_array_equal(w, [0.0, 0.0])


def test_apply_takes_gradients_with_their_variables_or_those_it_was_built_for():
    w, b = Parameter("w", np.ones(2)), Parameter("b", np.ones(1))
    optimizer = SGD(1.0)
    with pytest.raises(ValueError, match="must already be built on a list of variables"):
        optimizer.apply([[1.0, 1.0]])
    optimizer.apply([[1.0, 2.0], [3.0]], [w, b])
    optimizer.apply([[1.0, 2.0], [3.0]])
    assert (w.numpy().tolist(), b.numpy().tolist(), optimizer.iterations) == ([-1.0, -3.0], [-5.0], 2)
    with pytest.raises(ValueError, match=r"as many gradients as variables, 2\. Received: 1"):
        optimizer.apply([[1.0, 2.0]])


@both_loops
def test_a_constraint_holds_after_each_update_and_the_plan_says_why_python_does_it(compiled):
    model = classifier(compiled, optimizer="sgd")
    kernel = model.layers[0].weights[0]
    kernel.constraint = lambda w: np.maximum(w, 0)
    if compiled:
        assert "parameter 'dense" in model.explain_plan()
        assert "has a constraint" in model.explain_plan()
    model.fit(X, Y, verbose=0)
    assert kernel.numpy().min() == 0.0


def test_a_parameter_may_take_its_gradient_as_its_value():
    w, b = Parameter("w", np.ones(2)), Parameter("b", np.ones(2))
    w.overwrite_with_gradient = True
    optimizer = SGD(1.0, gradient_accumulation_steps=2)
    for gradient in ([1.0, 3.0], [2.0, 2.0]):
        optimizer.apply_gradients([(gradient, w), (gradient, b)])
    assert (w.numpy().tolist(), b.numpy().tolist()) == ([2.0, 3.0], [-0.5, -1.5])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("use_ema", "yes"),
        ("ema_momentum", 1.5),
        ("ema_overwrite_frequency", 0),
        ("ema_overwrite_frequency", 1.5),
        ("loss_scale_factor", -1.0),
        ("gradient_accumulation_steps", 1),
        ("gradient_accumulation_steps", True),
    ],
)
def test_what_the_options_cannot_be_is_said_by_name(option, value):
    with pytest.raises((ValueError, TypeError), match=f"`{option}`"):
        Adam(**{option: value})


def test_what_an_optimizer_keeps_cannot_change_later():
    optimizer = SGD(use_ema=True)
    for change in ({"use_ema": False}, {"gradient_accumulation_steps": 2}):
        with pytest.raises(ValueError, match="slots are fixed"):
            setattr(optimizer, *next(iter(change.items())))
    optimizer.ema_momentum = 0.5
    assert (optimizer.use_ema, optimizer.ema_momentum, optimizer.gradient_accumulation_steps) == (True, 0.5, None)
