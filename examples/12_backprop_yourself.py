"""An exercise: do all of backprop for a two-layer network by hand. `check` says whether you are right, or what is wrong.

Run it as it is: every answer is missing. Replace each `None` by yours, in NumPy, and run it again. `--solve` shows a
solution.
"""

# %% The network and its forward pass, which is given
from __future__ import annotations

import sys

import numpy as np

import tinynet
from tinynet.layers import Dense

tinynet.set_random_seed(3)
rng = np.random.default_rng(3)
model = tinynet.Sequential([Dense(3, activation="tanh", name="hidden"), Dense(2, activation="softmax", name="output")])
model.compile(optimizer=tinynet.optimizers.SGD(0.1), loss="categorical_crossentropy")
trace = model.trace(rng.normal(size=(4, 2)), np.eye(2)[[0, 1, 1, 0]])
x, y, W1, b1, W2, b2 = (trace[name] for name in ("x", "y", "W1", "b1", "W2", "b2"))
a1, p = trace["a1"], trace["p"]  # a1 = tanh(x·W1 + b1), p = softmax(a1·W2 + b2)
N = len(x)

# %% Your answers; each may use those before it
answers = {
    # How the loss, the mean of -log p of the right class, changes with the scores z2. Hint: it is very short.
    "dz2": None,
    # z2 = a1·W2 + b2. Which shape must dW2 have, and which product of a1 and dz2 has it?
    "dW2": None,
    # b2 was added to each row.
    "db2": None,
    # Each entry of a1 contributes to both outputs.
    "da1": None,
    # The slope of tanh is 1 - tanh²; a1 is already the tanh.
    "dz1": None,
    "dW1": None,
    "db1": None,
    # One step of gradient descent with learning rate 0.1.
    "W1_new": None,
}

# %% One way to do it (do not look)
if "--solve" in sys.argv:
    answers["dz2"] = dz2 = (p - y) / N
    answers["dW2"] = a1.T @ dz2
    answers["db2"] = dz2.sum(axis=0)
    answers["da1"] = da1 = dz2 @ W2.T
    answers["dz1"] = dz1 = da1 * (1 - a1**2)
    answers["dW1"] = x.T @ dz1
    answers["db1"] = dz1.sum(axis=0)
    answers["W1_new"] = W1 - 0.1 * answers["dW1"]

# %% What is right, what is not, and why
for name, answer in answers.items():
    print(f"{name}: still to do. Shape: {trace[name].shape}" if answer is None else trace.check(name, answer))
done = sum(answer is not None and bool(trace.check(name, answer)) for name, answer in answers.items())
print(f"\n{done} of {len(answers)}." + (" That is all of backprop." if done == len(answers) else ""))
