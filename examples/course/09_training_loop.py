# %% [markdown]
# # 9. A whole training loop


# %% [markdown]
# ## Read
#
# All parts are there: forward, loss, backward, update. Training is this over and over, until the loss is small. Here you
# write it yourself, in NumPy, for two half moons of points: a network of 2 inputs, 8 hidden units with ReLU, and one
# sigmoid output.


# %%
import numpy as np

import tinynet
from tinynet.datasets import moons
from tinynet.layers import Dense

(x, label), (x_test, label_test) = moons.load_data(400)
x, x_test = x.astype(float), x_test.astype(float)
y = label.reshape(-1, 1).astype(float)
RATE = 0.5

tinynet.set_random_seed(1)
tinynet.backend.set_floatx("float64")
model = tinynet.Sequential([tinynet.Input((2,)), Dense(8, activation="relu"), Dense(1, activation="sigmoid")])
tinynet.backend.set_floatx("float32")
model.compile(tinynet.optimizers.SGD(RATE), "binary_crossentropy")
trace = model.trace(x, y)
W1, b1, W2, b2 = start = model.get_weights()
print(len(x), "points, the first:", x[0], "of class", label[0])


# %% [markdown]
# ## Predict
#
# Before training: about how large is the loss of a network that knows nothing? (Lesson 2.) And how many of the points are on
# the right side?


# %% [markdown]
# ## Fill in
#
# Forward: the outputs of the hidden layer, and then the probabilities.


# %%
def hidden(x, W1, b1):
    return ...  # fill in


def output(a1, W2, b2):
    return ...  # fill in


# %% [markdown]
# Backward. With sigmoid and cross-entropy the gradient of the last sums is as short as in lesson 7: `p - y`, over the number
# of samples. Then the weights of a layer, from its input and the gradient of its sums; the biases; and the gradient of the
# hidden sums, through ReLU.


# %%
def gradient_of_scores(p, y):
    return ...  # fill in


def gradient_of_weights(inputs, dz):
    return ...  # fill in


def gradient_of_biases(dz):
    return ...  # fill in


def gradient_of_hidden_sums(dz2, W2, a1):
    return ...  # fill in


# %% [markdown]
# Update.


# %%
def updated(w, dw):
    return ...  # fill in


# %% [markdown]
# ## Check
#
# Each function by itself, on the numbers of the first step:


# %%
a1, p, dz2, dz1 = (trace[name] for name in ("a1", "p", "dz2", "dz1"))
checks = [
    trace.check("a1", hidden(x, W1, b1)),
    trace.check("p", output(a1, W2, b2)),
    trace.check("dz2", gradient_of_scores(p, y)),
    trace.check("dW2", gradient_of_weights(a1, dz2)),
    trace.check("db2", gradient_of_biases(dz2)),
    trace.check("dz1", gradient_of_hidden_sums(dz2, W2, a1)),
    trace.check("W1_new", updated(W1, trace["dW1"])),
]
print(*checks, sep="\n")


# %% [markdown]
# And together: 1000 steps, beside those of tinynet from the same weights.


# %%
def step(weights):
    W1, b1, W2, b2 = weights
    a1 = hidden(x, W1, b1)
    p = output(a1, W2, b2)
    dz2 = gradient_of_scores(p, y)
    dz1 = gradient_of_hidden_sums(dz2, W2, a1)
    dW1, db1 = gradient_of_weights(x, dz1), gradient_of_biases(dz1)
    dW2, db2 = gradient_of_weights(a1, dz2), gradient_of_biases(dz2)
    gradients = dW1, db1, dW2, db2
    return [updated(w, dw) for w, dw in zip(weights, gradients, strict=True)]


if all(checks):
    weights = start
    for _ in range(1000):
        weights = step(weights)
    for _ in range(999):
        model.train_on_batch(x, y)
    last = model.trace(x, y)  # the step number 1000
    for name, mine in zip(("W1_new", "b1_new", "W2_new", "b2_new"), weights, strict=True):
        print(last.check(name, mine))
    p = output(hidden(x_test, weights[0], weights[1]), weights[2], weights[3])
    right = ((p[:, 0] > 0.5) == label_test).mean()
    print(f"loss {trace.loss:.3f} -> {last.loss_after:.3f}, {right:.1%} of {len(x_test)} new points are right")
else:
    print("Training starts when every part is right.")


# %% [markdown]
# ## Vary
#
# - Take batches of 32 points in a random order in place of all at once. How many passes do you need now?
# - Try the rates 0.05 and 50. (`examples/15_learning_rates.py` shows more.)
# - Start with all weights 0. What happens, and why?
