"""A run explained, word for word: what is said on both sides of each limit."""

from __future__ import annotations

import pytest

from tinynet.callbacks.explained import Facts, explained

FIRST_LAYERS = Facts([("first", 0.001), ("middle", 0.5), ("last", 0.25)], learning_rate=0.1)


def few(name: str, first: str, now: str, epochs: str) -> str:
    return f"{name} went from {first} to {now} in {epochs}: too few to say more."


def flat(first: str, last: str) -> str:
    return f"Hardly anything was learnt: the loss went from {first} to {last}. "


def improving(name: str, before: str, now: str, epochs: str) -> str:
    return f"Still improving: {name} fell from {before} to {now} in the last {epochs}. "


def settled(name: str, now: str, first: str) -> str:
    return f"Settled: {name} has come to rest at {now}, from {first} in epoch 1. "


def over_fitting(epoch: int, lowest: str, now: str) -> str:
    return f"Over-fitting since epoch {epoch}: there val_loss was lowest ({lowest}), and it has risen to {now}"


#: losses, those of the validation, what the text begins with
COURSES: dict[str, tuple[list[float], list[float], str]] = {
    "one epoch": ([3.0], [], few("loss", "3", "3", "1 epoch")),
    "three epochs": ([1.0, 0.5, 0.25], [], few("loss", "1", "0.25", "3 epochs")),
    "three with validation": ([1.0, 0.5, 0.25], [2.0, 1.0, 0.75], few("val_loss", "2", "0.75", "3 epochs")),
    "a validation of some epochs": ([1.0, 0.5, 0.25], [2.0], few("loss", "1", "0.25", "3 epochs")),
    "twice the loss": ([1.0, 2.0], [], few("loss", "1", "2", "2 epochs")),
    "more than twice": ([1.0, 2.125], [], "Diverged: the loss rose from 1 in epoch 1 to 2.125. "),
    "more than twice below 0": ([-1.0, 2.125], [], "Diverged: the loss rose from -1 in epoch 1 to 2.125. "),
    "a fall by less than two percent": ([100.0, 99.0, 99.0, 98.5], [], flat("100", "98.5")),
    "a fall by two percent": ([100.0, 99.0, 98.5, 98.0], [], settled("loss", "98", "100")),
    "a last step of a percent of all": ([101.0, 2.0, 2.0, 1.0], [], settled("loss", "1", "101")),
    "a last step of more than that": ([100.0, 2.0, 2.0, 1.0], [], improving("loss", "2", "1", "epoch")),
    "a last step of two percent of itself": ([4.0, 2.0, 1.0, 0.98], [], settled("loss", "0.98", "4")),
    "nine epochs: one counts": (
        [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        [],
        improving("loss", "2", "1", "epoch"),
    ),
    "ten epochs: two count": (
        [10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        [],
        improving("loss", "3", "1", "2 epochs"),
    ),
    "improving by validation": (
        [9.0, 8.0, 7.0, 6.0],
        [8.0, 6.0, 4.0, 2.0],
        improving("val_loss", "4", "2", "epoch"),
    ),
    "over-fitting in four epochs": (
        [0.75, 0.5, 0.25, 0.125],
        [0.625, 0.75, 0.875, 0.7],
        f"{over_fitting(1, '0.625', '0.7')} while loss fell to 0.125",
    ),
    "lowest two epochs ago": ([0.9, 0.6, 0.5, 0.4], [0.9, 0.8, 0.5, 0.75], settled("val_loss", "0.75", "0.9")),
    "risen by three percent": ([0.9, 0.6, 0.5, 0.4], [0.9, 0.5, 0.51, 0.515], settled("val_loss", "0.515", "0.9")),
    "risen by more": (
        [0.9, 0.6, 0.5, 0.4],
        [0.9, 0.5, 0.51, 0.5175],
        f"{over_fitting(2, '0.5', '0.5175')} while loss fell to 0.4",
    ),
    "a loss that rises as well": ([0.9, 0.4, 0.5, 0.6], [0.9, 0.5, 0.7, 0.75], settled("val_loss", "0.75", "0.9")),
}


@pytest.mark.parametrize("name", COURSES)
def test_a_course_is_judged_by_these_limits(name):
    losses, validated, says = COURSES[name]
    history = {"loss": losses} | ({"val_loss": validated} if validated else {})
    assert explained(history).startswith(says)


#: facts, the losses at the beginning and the end, what the text begins with
MOVES: dict[str, tuple[Facts, float, float, str]] = {
    "the first of three": (
        FIRST_LAYERS,
        1.0,
        0.75,
        "The first layers are not learning: the weights of 'first' moved by 0.1% of their size, those of 'middle' by "
        "50%",
    ),
    "a loss that fell by a third": (FIRST_LAYERS, 1.0, 0.6875, "loss went from 1 to 0.6875"),
    "the first of two": (Facts(FIRST_LAYERS.moved[:2], learning_rate=0.1), 1.0, 0.75, "loss went from 1 to 0.75"),
    "a fiftieth of the most": (
        Facts([("first", 0.01), ("middle", 0.5), ("last", 0.25)], learning_rate=0.1),
        1.0,
        0.75,
        "loss went from 1 to 0.75",
    ),
    "a twentieth of its size": (
        Facts([("first", 0.05), ("middle", 5.0), ("last", 0.25)], learning_rate=0.1),
        1.0,
        0.75,
        "loss went from 1 to 0.75",
    ),
    "none moved": (Facts([("a", 0.0), ("b", 0.0)], learning_rate=1e-5), 1.0, 0.75, "The weights of 'a' did not move"),
    "none moved by a small rate": (Facts([("a", 0.0)], learning_rate=0.99e-5), 1.0, 0.75, "loss went from 1 to 0.75"),
    "none moved by a rate unknown": (Facts([("a", 0.0)]), 1.0, 0.75, "loss went from 1 to 0.75"),
    "one of no number": (Facts([("a", float("nan")), ("b", 1.0)], learning_rate=0.1), 1.0, 0.75, "loss went from 1"),
}


@pytest.mark.parametrize("name", MOVES)
def test_how_far_the_weights_moved_is_judged_by_these_limits(name):
    facts, first, last, says = MOVES[name]
    assert explained({"loss": [first, last]}, facts).startswith(says)


@pytest.mark.parametrize(
    ("accuracy", "commonest", "stuck"),
    [
        ([0.0, 0.5, 0.5, 0.5], 0.5, True),
        ([0.0, 0.0, 0.5, 0.515], 0.5, True),
        ([0.0, 0.0, 0.485, 0.5], 0.5, True),
        ([0.0, 0.0, 0.5, 0.475], 0.5, False),
        ([0.0, 0.525, 0.5, 0.5], 0.5, False),
        ([0.5, 0.5, 0.5, 0.5], None, False),
        ([1.0, 1.0, 1.0, 1.0], 1.0, False),
    ],
)
def test_an_accuracy_is_stuck_when_its_later_half_is_near_the_majority_and_it_was_never_above(
    accuracy, commonest, stuck
):
    history = {"loss": [0.75, 0.7, 0.7, 0.7], "accuracy": accuracy}
    text = explained(history, Facts(commonest=commonest))
    assert text.startswith("Stuck at the majority share: accuracy is ") == stuck
    assert (f"accuracy is {accuracy[-1]:.4g} at the end." in text) != stuck
