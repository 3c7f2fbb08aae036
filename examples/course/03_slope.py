# %% [markdown]
# # 3. A slope, by differences


# %% [markdown]
# ## Read
#
# Training asks one question about every weight: if I make it a little larger, does the loss go up or down, and how fast?
# The answer is the slope of the loss. All slopes together are the *gradient*.
#
# One can simply try it. Make the weight larger by a small `h`, look at the loss; make it smaller by `h`, look again. The
# difference of the losses, divided by the distance `2·h`, is the slope. This takes two forward passes for each weight, so
# nobody trains like this. But it needs no clever idea, so nothing can be wrong with it: it is how gradients are checked.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense

tinynet.backend.set_floatx("float64")  # differences of nearly equal numbers need many digits
model = tinynet.Sequential([tinynet.Input((2,)), Dense(1, activation="sigmoid")])
tinynet.backend.set_floatx("float32")
model.set_weights([[[0.4], [-0.7]], [0.1]])
model.compile("sgd", "binary_crossentropy")
trace = model.trace([[1.0, 2.0], [3.0, 1.0], [-1.0, 0.5], [2.0, -2.0]], [1, 0, 0, 1])
x, y, W1, b1 = (trace[name] for name in ("x", "y", "W1", "b1"))


def loss_with(W1):
    p = 1 / (1 + np.exp(-(x @ W1 + b1)))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


print("loss:", loss_with(W1), "and by tinynet:", trace.loss)


# %% [markdown]
# ## Predict
#
# The first weight, 0.4: would a larger one make the loss smaller or larger? Look at the inputs in the first column of `x`
# and at `y`, and guess the sign of the slope.


# %% [markdown]
# ## Fill in
#
# The slope from two losses.


# %%
def slope(loss_above, loss_below, h):
    return ...  # fill in


# %% [markdown]
# With it, every weight is tried in turn. There is nothing to fill in here.


# %%
def slopes(h):
    found = []
    for i in range(len(W1)):
        above, below = W1.copy(), W1.copy()
        above[i, 0] += h
        below[i, 0] -= h
        found.append([slope(loss_with(above), loss_with(below), h)])
    return found


my_dW1 = slopes(1e-5)


# %% [markdown]
# What does the loss become, to a good approximation, if the first weight grows by 0.01? The slope says it without a new
# forward pass: old loss plus slope times distance. (`trace["dW1"]` are the slopes.)


# %%
dW1, L = trace["dW1"], trace["L"]
my_guess = ...  # fill in


# %% [markdown]
# ## Check
#
# tinynet computes the gradient in quite another way, which the next lessons are about. Both must agree.


# %%
print(trace.check("dW1", my_dW1))
larger = np.add(W1, [[0.01], [0]])
print("loss with a larger first weight:", loss_with(larger))
print("your guess:", "still to be filled in." if my_guess is ... else my_guess)


# %% [markdown]
# `model.gradient_check` does this for every parameter of any network.


# %%
print(model.gradient_check(trace["x"], trace["y"]))


# %% [markdown]
# ## Vary
#
# - Compute `slopes(h)` for h = 1, 0.1, 1e-3, 1e-8, 1e-12 and compare with `trace["dW1"]`. Too large is bad, since the loss is
#   no straight line. Too small is bad too. Why?
# - Use only one side: `(loss_with(above) - loss_with(W1)) / h`. How many digits are right then?
