# %% [markdown]
# # 7. Softmax with cross-entropy


# %% [markdown]
# ## Read
#
# With more than two classes the last layer has a unit for each class. Softmax makes probabilities of their scores: `e^z` of
# each, divided by the sum over the row. So they are positive, and each row adds up to 1.
#
# If all scores of a row are shifted by the same number, the probabilities stay the same. So one takes off the largest score
# first: `e^1000` is too large for any computer, but `e^0` never is.
#
# The loss is the cross-entropy: minus the logarithm of the probability of the right class. `y` is *one-hot*: 1 for the right
# class, 0 elsewhere. Through the logarithm and through softmax the gradient is, in the end, surprisingly short: `p - y`.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense

tinynet.set_random_seed(2)
model = tinynet.Sequential([tinynet.Input((2,)), Dense(3, activation="softmax")])
model.compile("sgd", "categorical_crossentropy")
trace = model.trace(np.random.default_rng(2).normal(size=(4, 2)), np.eye(3)[[0, 2, 1, 0]])
x, y, z1, N = trace["x"], trace["y"], trace["z1"], 4
print("scores:")
print(z1)


# %% [markdown]
# ## Predict
#
# Which class does the network choose for each sample, and how many of the four are right? And for a sample
# of class 0: which sign does the gradient of the score of class 0 have, and which sign do the other two have?


# %% [markdown]
# ## Fill in
#
# Shift the scores, so that the largest of each row is 0. `z1.max(axis=1, keepdims=True)` is the largest of each row.


# %%
my_shifted = ...  # fill in


# %% [markdown]
# The probabilities, from the shifted scores. `keepdims=True` helps with the sum, too.


# %%
e = np.exp(z1 - z1.max(axis=1, keepdims=True))
my_p = ...  # fill in


# %% [markdown]
# The loss of each sample: the product with `y` picks out the right class.


# %%
p = trace["p"]
my_losses = ...  # fill in


# %% [markdown]
# The gradient of the scores. The loss is a mean over `N` samples, so there is a factor.


# %%
my_dz1 = ...  # fill in


# %% [markdown]
# ## Check


# %%
if my_shifted is ...:
    print("shift: still to be filled in.")
else:
    print("shift: the largest score of each row is 0:", np.allclose(np.max(my_shifted, axis=1), 0))
print(trace.check("p", my_p))
print(trace.check("losses", my_losses))
print(trace.check("dz1", my_dz1))


# %% [markdown]
# The long way leads to the same numbers: first the gradient of the probabilities, then softmax's own slopes, a whole matrix
# of them for each sample.


# %%
for name in ("dp", "J_p", "dz1_long", "dz1"):
    print(f"{name} = {trace.step(name).formula}")
print("largest difference:", abs(trace["dz1_long"] - trace["dz1"]).max())


# %% [markdown]
# ## Vary
#
# - Leave out the shift, and multiply all scores by 1000. What does NumPy say?
# - Add up each row of `dz1`. Why is it 0?
