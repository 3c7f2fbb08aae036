"""Networks with branches, of either tinynet's layers or Keras's, with the data to train them on."""

import numpy as np

RNG = np.random.default_rng(3)
A = RNG.normal(size=(24, 4))
B = RNG.normal(size=(24, 2, 2))
Y = RNG.normal(size=(24, 3))
CLASSES = RNG.integers(0, 3, 24)
ONE_HOT = np.eye(3)[CLASSES]
WEIGHTS = RNG.random(24)
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")


def residual(k):
    x = k.Input((4,), name="x")
    return k.Model(x, k.layers.Dense(3)(k.layers.add([x, k.layers.Dense(4, activation="tanh")(x)])))


def shared(k):
    x, twice = k.Input((4,), name="x"), k.layers.Dense(4, activation="sigmoid")
    return k.Model(x, k.layers.Dense(3)(twice(twice(x))))


def merged(k, kind):
    a, b = k.Input((4,), name="a"), k.Input((2, 2), name="b")
    ends = [k.layers.Dense(3, name="of_a")(a), k.layers.Dense(3, activation="relu", name="of_b")(k.layers.Flatten()(b))]
    return k.Model([a, b], k.layers.Dense(3)(getattr(k.layers, kind)()(ends)))


def dotted(k):
    a, b = k.Input((4,), name="a"), k.Input((2, 2), name="b")
    one, other = k.layers.Dense(4, name="of_a")(a), k.layers.Dense(4, name="of_b")(b)
    ends = [k.layers.dot([one, other], axes=(1, 2), normalize=True), k.layers.Dot(axes=-1)([one, a])]
    return k.Model([a, b], k.layers.Dense(3)(k.layers.concatenate(ends)))


def two_outputs(k, form=list):
    x = k.Input((4,), name="x")
    hidden = k.layers.Dense(5, activation="relu", name="hidden")(x)
    ends = [k.layers.Dense(3, name="out_a")(hidden), k.layers.Dense(3, activation="softmax", name="out_b")(hidden)]
    return k.Model(x, ends if form is list else {"p": ends[0], "q": ends[1]})


def nested(k):
    x, inner = k.Input((4,), name="x"), k.Input((4,), name="inner_x")
    base = k.Model(inner, k.layers.Concatenate()([inner, k.layers.Dense(2, name="own")(inner)]), name="base")
    return k.Model(x, k.layers.Dense(3)(base(k.layers.Dense(4, activation="tanh")(x))))


def several_within(k):
    """Return a model within which one of two inputs and two outputs is called twice."""
    x, a, b = k.Input((4,), name="x"), k.Input((2,), name="in_a"), k.Input((3,), name="in_b")
    hidden = k.layers.Dense(3, activation="tanh", name="hidden")(k.layers.concatenate([a, b]))
    pair = k.Model([a, b], [k.layers.Dense(2, name="out_a")(hidden), k.layers.add([hidden, b])], name="pair")
    ends = pair([k.layers.Dense(2, name="of_x")(x), k.layers.Dense(3, name="of_x_too")(x)])
    return k.Model(x, k.layers.Dense(3, name="last")(k.layers.concatenate(pair([ends[0], ends[1]]))))


#: name: how the network is made, x, y, how it is compiled, what else `fit` gets.
CASES = {
    "residual": (residual, A, Y, {"loss": "mse", "metrics": ["mae"]}, {"validation_split": 0.25}),
    "shared layer": (shared, A, Y, {"loss": "mse"}, {"sample_weight": WEIGHTS}),
    "inner branches": (nested, A, Y, {"loss": "mse"}, {}),
    "inner inputs and outputs": (several_within, A, Y, {"loss": "mse"}, {}),
    **{
        kind: (lambda k, kind=kind: merged(k, kind), [A, B], Y, {"loss": "mse"}, {"validation_data": ([A, B], Y)})
        for kind in MERGES
    },
    "Dot": (dotted, [A, B], Y, {"loss": "mse"}, {}),
    "dict of inputs": (lambda k: merged(k, "Add"), {"a": A, "b": B}, Y, {"loss": "mse"}, {}),
    "two outputs": (
        two_outputs,
        A,
        [Y, CLASSES],
        {"loss": ["mse", "sparse_categorical_crossentropy"], "metrics": [["mae"], ["accuracy"]]},
        {"validation_split": 0.25},
    ),
    "by the outputs' names": (
        two_outputs,
        A,
        {"out_a": Y, "out_b": ONE_HOT},
        {
            "loss": {"out_a": "mse", "out_b": "categorical_crossentropy"},
            "loss_weights": {"out_a": 0.25, "out_b": 2.0},
            "metrics": {"out_b": "accuracy"},
        },
        {},
    ),
    "weights of each output": (
        two_outputs,
        A,
        [Y, ONE_HOT],
        {"loss": ["mse", "categorical_crossentropy"], "weighted_metrics": [["mae"], ["accuracy"]]},
        {"sample_weight": [WEIGHTS, WEIGHTS[::-1].copy()]},
    ),
    "dict of outputs": (
        lambda k: two_outputs(k, dict),
        A,
        {"p": Y, "q": ONE_HOT},
        {"loss": "mse", "metrics": {"p": ["mae"]}},
        {},
    ),
}


def flat(outputs):
    """Return the outputs as a list of arrays."""
    return list(outputs.values()) if isinstance(outputs, dict) else outputs if isinstance(outputs, list) else [outputs]
