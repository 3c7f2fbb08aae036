"""The whole thing: a network that learns to read digits, in plain NumPy. Nothing is hidden, and nothing is imported.

Read it from top to bottom. The last cell proves that tinynet's two training loops do exactly the same.
"""

# %% The data: 1797 digits of 8 x 8 grey pixels, one a row; the last column says which digit it is
from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np

FILE = Path(__file__).resolve().parents[1] / "tinynet" / "datasets" / "bundled" / "digits.csv.gz"
table = np.random.default_rng(0).permutation(np.loadtxt(FILE, delimiter=","))
x, digit = table[:, :-1] / 16, table[:, -1].astype(int)  # pixels from 0 to 1
y = np.eye(10)[digit]  # one-hot: row 3 of the identity matrix stands for the digit 3
x_train, y_train, x_test, y_test = x[:1437], y[:1437], x[1437:], y[1437:]
INPUTS, HIDDEN, OUTPUTS, BATCH, RATE = 64, 32, 10, 32, 0.5


# %% The weights: small random numbers. All equal, the hidden units would stay copies of each other for ever
def initial(rng):
    W1 = rng.uniform(-1, 1, (INPUTS, HIDDEN)) * np.sqrt(6 / (INPUTS + HIDDEN))  # Glorot and Bengio, 2010
    W2 = rng.uniform(-1, 1, (HIDDEN, OUTPUTS)) * np.sqrt(6 / (HIDDEN + OUTPUTS))
    return [W1, np.zeros(HIDDEN), W2, np.zeros(OUTPUTS)]


# %% Forward: from the pixels to ten probabilities. x has a row for each sample of the batch
def forward(x, weights):
    W1, b1, W2, b2 = weights
    z1 = x @ W1 + b1  # (N, 32): every unit multiplies each input by a weight, and adds up
    a1 = np.maximum(z1, 0)  # ReLU: without something bent here, two layers would be no more than one
    z2 = a1 @ W2 + b2  # (N, 10): a score for each digit
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))  # softmax; the shift changes nothing, but exp cannot overflow
    return z1, a1, e / e.sum(axis=1, keepdims=True)


# %% The loss: how surprised the network is by the right answer, -log of its probability, as a mean over the batch
def loss(y, p):
    return -np.log((y * p).sum(axis=1)).mean()


# %% Backward: from the loss to the gradient of every weight. Each line is the chain rule once
def backward(x, y, weights, z1, a1, p):
    W2 = weights[2]
    dz2 = (p - y) / len(x)  # softmax and logarithm together have this short slope; 1/N because the loss is a mean
    dW2 = a1.T @ dz2  # W2[i, j] took part in every row n with the factor a1[n, i]: a sum over the rows
    db2 = dz2.sum(axis=0)  # the bias took part in every row with the factor 1
    da1 = dz2 @ W2.T  # a1[n, i] took part in every score j with the factor W2[i, j]: a sum over the scores
    dz1 = da1 * (z1 > 0)  # the slope of ReLU: 1 where it let the number through, else 0
    return [x.T @ dz1, dz1.sum(axis=0), dW2, db2]


# %% Update: a small step against the gradient, for that is where the loss gets smaller
def update(weights, gradients):
    for w, dw in zip(weights, gradients, strict=True):
        w -= RATE * dw


def step(x, y, weights):
    z1, a1, p = forward(x, weights)
    update(weights, backward(x, y, weights, z1, a1, p))
    return loss(y, p)


# %% The loop: a batch, a step, and again. Every pass through the samples (an epoch) takes them in another order
def batches(epochs, rng):
    for _ in range(epochs):
        order = rng.permutation(len(x_train))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            yield x_train[rows], y_train[rows]


def train(one_step, steps):
    some = zip(range(steps), batches(100, np.random.default_rng(2)), strict=False)
    return [one_step(*batch) for _, batch in some]


if __name__ == "__main__":
    weights = initial(np.random.default_rng(1))
    losses = train(lambda x, y: step(x, y, weights), 10 * 45)  # an epoch has 45 steps
    right = (forward(x_test, weights)[-1].argmax(axis=1) == y_test.argmax(axis=1)).mean()
    print(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}; {right:.1%} of {len(x_test)} unseen digits are read right\n")


# %% The proof: tinynet's layer loop (Python) and its compiled loop make the same 50 steps from the same weights
def engine(compiled):
    import tinynet
    from tinynet.layers import Dense

    tinynet.backend.set_floatx("float64")  # as NumPy computes
    model = tinynet.Sequential([tinynet.Input((INPUTS,)), Dense(HIDDEN, "relu"), Dense(OUTPUTS, "softmax")])
    tinynet.backend.set_floatx("float32")
    model.set_weights(initial(np.random.default_rng(1)))
    model.compile(tinynet.optimizers.SGD(RATE), "categorical_crossentropy", compiled=compiled)
    return model


if __name__ == "__main__":
    weights = initial(np.random.default_rng(1))
    train(lambda x, y: step(x, y, weights), 50)
    begun = perf_counter()
    train(lambda x, y: step(x, y, [w.copy() for w in weights]), 450)
    print(f"this file      a step takes {(perf_counter() - begun) / 450 * 1e6:4.0f} µs")
    for name, compiled in (("layer loop", False), ("compiled loop", True)):
        model = engine(compiled)
        train(model.train_on_batch, 50)
        apart = max(abs(a - b).max() for a, b in zip(weights, model.get_weights(), strict=True))
        begun = perf_counter()
        model.fit(x_train, y_train, BATCH, epochs=10, verbose=0)
        spent = (perf_counter() - begun) / 450 * 1e6
        print(f"{name:<14} a step takes {spent:4.0f} µs; after 50 steps no weight is farther apart than {apart:.0e}")
