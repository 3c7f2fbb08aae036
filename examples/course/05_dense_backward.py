# %% [markdown]
# # 5. The dense layer, backward, and its transpose


# %% [markdown]
# ## Read
#
# A dense layer has many units, and a batch has many samples. Nothing new happens: every entry of `dW` is a sum of chain
# rules. But the sums are products of matrices, and one question is asked more often than any other: where does the
# transpose come from?
#
# Look at one weight, `W[i, j]`. In sample `n` it takes input `i` to unit `j`, so `z[n, j]` grows `x[n, i]` times as fast
# as the weight. It does so in *every* sample. So the chain rule is summed over the samples:
#
#     dW[i, j] = sum over n of x[n, i] · dz[n, j]
#
# A product of matrices sums over the *columns* of its left side. Here the sum is over the *rows* of `x`. So `x` has to be
# turned: `x.T @ dz`. In the same way `x[n, i]` goes to all units `j`, with the factors `W[i, j]`: a sum over the columns
# of `dz` and of `W`, hence `dz @ W.T`.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense

tinynet.set_random_seed(5)
model = tinynet.Sequential([tinynet.Input((2,)), Dense(3, activation="tanh"), Dense(2)])
model.compile("sgd", "mse")
rng = np.random.default_rng(5)
trace = model.trace(rng.normal(size=(4, 2)), rng.normal(size=(4, 2)))
x, a1, W2, dz2 = (trace[name] for name in ("x", "a1", "W2", "dz2"))
print("a1", a1.shape, "W2", W2.shape, "dz2", dz2.shape)


# %% [markdown]
# ## Predict
#
# Only from the shapes: which product of `a1` and `dz2` can have the shape of `W2`? Which product of `dz2` and `W2` can have
# the shape of `a1`?


# %% [markdown]
# ## Fill in
#
# First one single entry, by the formula above: `dW2[0, 1]` as a sum over the four samples.


# %%
my_entry = ...  # fill in


# %% [markdown]
# Now all of them at once.


# %%
my_dW2 = ...  # fill in


# %% [markdown]
# The bias was added in every row.


# %%
my_db2 = ...  # fill in


# %% [markdown]
# What arrives at the layer below.


# %%
my_da1 = ...  # fill in


# %% [markdown]
# Through tanh, whose slope is `1 - tanh²`, and on to the first layer's weights.


# %%
da1 = trace["da1"]
my_dz1 = ...  # fill in
dz1 = trace["dz1"]
my_dW1 = ...  # fill in


# %% [markdown]
# ## Check


# %%
whole = trace["dW2"].copy()
whole[0, 1] = np.nan if my_entry is ... else my_entry
print("one entry -", "still to be filled in." if my_entry is ... else trace.check("dW2", whole))
print(trace.check("dW2", my_dW2))
print(trace.check("db2", my_db2))
print(trace.check("da1", my_da1))
print(trace.check("dz1", my_dz1))
print(trace.check("dW1", my_dW1))


# %% [markdown]
# The same in words, for one entry:


# %%
print(trace.explain("dW2", 0, 1))
print(trace.step("dW2").why)


# %% [markdown]
# ## Vary
#
# - Answer wrong on purpose: forget the transpose, forget the sum, use `x` for `a1`. What does `trace.check` say?
# - `trace.to_html("step.html")` writes the whole step as a page. Point at an entry of `dW2` to see which numbers it is made
#   of.
