# %% [markdown]
# # 2. A loss


# %% [markdown]
# ## Read
#
# To learn, a network has to know how wrong it is, in one number. That number is the *loss*. Each sample has one, and the
# loss of the batch is their mean.
#
# For a number the usual loss is the squared error, `(p - y)²`. For a probability it is the *cross-entropy*: minus the
# logarithm of the probability that was given to what really happened. If the right answer is yes (y = 1), that is
# `-log(p)`; if it is no (y = 0), that is `-log(1 - p)`. One formula for both: `-(y·log(p) + (1 - y)·log(1 - p))`.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense


def traced(loss):
    model = tinynet.Sequential([tinynet.Input((1,)), Dense(1, activation="sigmoid")])
    model.set_weights([[[1.0]], [0.0]])
    model.compile("sgd", loss)
    return model.trace([[2.0], [-1.0], [3.0], [-4.0]], [1, 0, 0, 1])


trace, squared = traced("binary_crossentropy"), traced("mse")
y, p = trace["y"], trace["p"]
print("y and p:")
print(np.hstack([y, p]))


# %% [markdown]
# ## Predict
#
# Which of the four answers is the worst? Which loss punishes it more, compared with the best answer: the squared error or
# the cross-entropy?


# %% [markdown]
# ## Fill in
#
# The cross-entropy of each sample. `y` and `p` have one column; `[:, 0]` takes it, so that four numbers are left.


# %%
my_losses = ...  # fill in


# %% [markdown]
# The squared error of each sample.


# %%
my_squares = ...  # fill in


# %% [markdown]
# The loss of the batch: one number.


# %%
losses = trace["losses"]
my_L = ...  # fill in


# %% [markdown]
# ## Check


# %%
print(trace.check("losses", my_losses))
print("squared error -", squared.check("losses", my_squares))
print(trace.check("L", my_L))


# %% [markdown]
# Both losses, side by side. With the squared error a confident mistake costs at most 1. With the cross-entropy there is no
# limit.


# %%
print("cross-entropy:", trace["losses"])
print("squared error:", squared["losses"])


# %% [markdown]
# ## Vary
#
# - A network that always says one half: what is its cross-entropy? Compute it without a network. (You will meet this number,
#   `log(2)`, in the first epoch of many trainings.)
# - Change the third input from 3 to 30, a mistake that is nearly certain. What do the two losses say?
