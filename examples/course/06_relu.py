# %% [markdown]
# # 6. ReLU, and its mask


# %% [markdown]
# ## Read
#
# Without an activation, two dense layers are no more than one: a product of matrices after another is a product of
# matrices. The activation that most networks use is the simplest of all. ReLU lets positive numbers through, and makes 0
# of the others: `max(z, 0)`.
#
# Its slope is 1 where it let the number through, and 0 where it did not. So in the backward pass the arriving gradient goes
# through where `z > 0`, and is stopped elsewhere. These ones and zeros are called the *mask*. It is the mask of the
# *forward* pass: the sign of the gradient does not matter.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense

tinynet.set_random_seed(7)
rng = np.random.default_rng(7)
data = rng.normal(size=(5, 2)), rng.normal(size=(5, 1))


def traced(activation):
    tinynet.set_random_seed(7)
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(4, activation=activation), Dense(1)])
    W1, b1, W2, b2 = model.get_weights()
    b1[3] = -10  # a unit that never becomes positive
    model.set_weights([W1, b1, W2, b2])
    model.compile("sgd", "mse")
    return model.trace(*data)


trace, leaky = traced("relu"), traced("leaky_relu")
x, z1, da1 = (trace[name] for name in ("x", "z1", "da1"))
print("z1:")
print(z1)


# %% [markdown]
# ## Predict
#
# Look at the last column of `z1`. What will the gradients of that unit's weights be? Can training ever bring it back?


# %% [markdown]
# ## Fill in
#
# Forward. `np.maximum(z, 0)` takes the larger of two numbers, entry by entry.


# %%
my_a1 = ...  # fill in


# %% [markdown]
# Backward: the arriving gradient times the mask. `(z1 > 0)` counts as 1 where it is true and as 0 elsewhere.


# %%
my_dz1 = ...  # fill in


# %% [markdown]
# And on to the weights, as in the last lesson.


# %%
dz1 = trace["dz1"]
my_dW1 = ...  # fill in


# %% [markdown]
# A leaky ReLU lets a fifth of each negative number through: `z if z > 0 else 0.2·z`. What is its slope?
# `np.where(c, a, b)` is `a` where `c` is true and `b` elsewhere.


# %%
leaky_z1, leaky_da1 = leaky["z1"], leaky["da1"]
my_leaky_dz1 = ...  # fill in


# %% [markdown]
# ## Check


# %%
print(trace.check("a1", my_a1))
print(trace.check("dz1", my_dz1))
print(trace.check("dW1", my_dW1))
print(leaky.check("dz1", my_leaky_dz1))


# %% [markdown]
# The gradients of the weights, a column for each unit. The last unit is *dead*: its weights never move again. With the leaky
# ReLU they do.


# %%
print("ReLU:")
print(trace["dW1"])
print("leaky ReLU:")
print(leaky["dW1"])


# %% [markdown]
# ## Vary
#
# - Use the wrong mask on purpose, `da1 > 0`. What does `trace.check` say?
# - Change the bias -10 to -1. Is the unit still dead, for these five samples?
