"""One model is trained by one thread at a time: another one is refused, and what it was to change is as it was."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinynet
from tests.support.nets import assert_same_weights, both_loops, classifier, two_classes, unchanged
from tinynet.callbacks import LambdaCallback
from tinynet.layers import Dense, Input
from tinynet.training import busy

X, Y = two_classes(64)
REFUSED = "is being trained by another thread"


def trainings(model):
    """Return the calls that train a model, by name."""
    return {
        "fit": lambda: model.fit(X, Y, batch_size=16, verbose=0),
        "fit of batches": lambda: model.fit([(X, Y)], verbose=0),
        "train_on_batch": lambda: model.train_on_batch(X, Y),
    }


def in_another_thread(action):
    """Return what the action returns, or the exception that it ends in."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(action)
        return future.exception() or future.result()


@both_loops
@pytest.mark.parametrize("call", trainings(None))
@pytest.mark.parametrize("hook", ["on_train_begin", "on_train_batch_begin", "on_epoch_end", "on_train_end"])
def test_while_one_thread_fits_a_model_another_one_is_refused_and_changes_nothing(compiled, hook, call):
    model, twin, raised = classifier(compiled, optimizer="adam"), classifier(compiled, optimizer="adam"), []

    def meet(*given):
        with unchanged(model):
            raised.append(in_another_thread(trainings(model)[call]))

    history = model.fit(X, Y, batch_size=16, epochs=2, callbacks=[LambdaCallback(**{hook: meet})], verbose=0)
    expected = twin.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    assert {type(error) for error in raised} == {RuntimeError}
    assert all(REFUSED in str(error) and model.name in str(error) for error in raised)
    assert_same_weights(model, twin)
    assert history.history == expected.history
    in_another_thread(trainings(model)[call])  # it is free again


def test_a_batch_at_a_time_is_refused_as_well_beside_another_thread_that_is_in_one():
    class Meeting(tinynet.layers.Layer):
        def forward(self, x, training=False):
            if training and not raised:
                raised.append(None)
                raised[0] = in_another_thread(trainings(model)["train_on_batch"])
            return x

        def backward(self, dy):
            return dy

    raised = []
    model = tinynet.Sequential([Input((4,)), Meeting(), Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(X, Y)
    assert REFUSED in str(raised[0])
    assert model.optimizer.iterations == 1


def test_weights_that_two_models_share_have_one_trainer_too():
    first = classifier(optimizer="sgd")
    second = tinynet.Sequential(first.layers[:-1])
    second.compile(first.optimizer, "mse")
    raised = []

    def meet(*given):
        raised.append(in_another_thread(lambda: second.fit(X, np.ones((64, 5)), verbose=0)))

    first.fit(X, Y, callbacks=[LambdaCallback(on_epoch_end=meet)], verbose=0)
    assert isinstance(raised[0], RuntimeError)
    assert f"shares the layers ['{first.layers[0].name}'] with '{first.name}'" in str(raised[0])


@both_loops
def test_of_many_threads_that_begin_at_once_the_steps_are_those_of_the_ones_that_were_not_refused(compiled):
    model, twin = (classifier(compiled, optimizer="adam") for _ in range(2))
    model.train_on_batch(X, Y)
    twin.train_on_batch(X, Y)
    barrier, calls = threading.Barrier(8), 40

    def train(number):
        done = 0
        barrier.wait()
        for _ in range(calls):
            try:
                model.train_on_batch(X, Y)
                done += 1
            except RuntimeError as error:
                assert REFUSED in str(error)  # noqa: PT017  most are refused, some not
        return done

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(train, range(8)))
    for _ in range(done):
        twin.train_on_batch(X, Y)
    assert done
    assert model.optimizer.iterations == twin.optimizer.iterations == 1 + done
    assert_same_weights(model, twin)
    assert not busy._fits


def test_other_models_and_threads_that_only_ask_are_not_refused():
    model, other, answers = classifier(), classifier(seed=1), []

    def meet(*given):
        answers.append(in_another_thread(lambda: other.fit(X, Y, verbose=0).epoch))
        answers.append(in_another_thread(lambda: model.predict(X, verbose=0).shape))
        answers.append(in_another_thread(lambda: len(model.evaluate(X, Y, verbose=0))))

    model.fit(X, Y, callbacks=[LambdaCallback(on_epoch_end=meet)], verbose=0)
    assert answers == [[0], (64, 1), 2]


def test_under_asyncio_models_are_fitted_side_by_side_and_one_by_one_thread():
    models = [classifier(seed=seed) for seed in range(3)]

    async def fits():
        each = [asyncio.to_thread(model.fit, X, Y, epochs=3, verbose=0) for model in models]
        return await asyncio.gather(*each)

    async def twice():
        begun, go_on = threading.Event(), threading.Event()
        waiting = LambdaCallback(on_train_begin=lambda logs: (begun.set(), go_on.wait(10)))
        first = asyncio.create_task(asyncio.to_thread(models[0].fit, X, Y, callbacks=[waiting], verbose=0))
        await asyncio.to_thread(begun.wait)
        second = await asyncio.gather(asyncio.to_thread(models[0].fit, X, Y, verbose=0), return_exceptions=True)
        go_on.set()
        return second[0], (await first).epoch

    assert [history.epoch for history in asyncio.run(fits())] == [[0, 1, 2]] * 3
    error, epochs = asyncio.run(twice())
    assert REFUSED in str(error)
    assert epochs == [0]
    alone = [classifier(seed=seed) for seed in range(3)]
    for model in alone:
        model.fit(X, Y, epochs=3, verbose=0)
    for model, twin in zip(models[1:], alone[1:], strict=True):
        assert_same_weights(model, twin)
