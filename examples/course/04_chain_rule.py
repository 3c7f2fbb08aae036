# %% [markdown]
# # 4. The chain rule


# %% [markdown]
# ## Read
#
# A network is a chain: from the weight to the sum `z`, from there to the output `p`, from there to the loss. If `z` grows
# twice as fast as the weight, and `p` grows three times as fast as `z`, then `p` grows six times as fast as the weight.
# Slopes of a chain are multiplied. That is the chain rule, and it is all there is to backprop.
#
# So we walk backward from the loss. At each link, the gradient that arrives is multiplied by the slope of that link alone.
# `dp` is short for the slope of the loss with respect to `p`, and so on.
#
# One unit, one sample, the squared error `(p - y)²`:


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense

model = tinynet.Sequential([tinynet.Input((2,)), Dense(1, activation="sigmoid")])
model.set_weights([[[0.8], [-0.3]], [0.2]])
model.compile("sgd", "mse")
trace = model.trace([[1.5, 2.0]], [0.0])
x, y, W1, b1, z1, p = (trace[name] for name in ("x", "y", "W1", "b1", "z1", "p"))
print(f"x {x}  z {z1}  p {p}  y {y}")


# %% [markdown]
# ## Predict
#
# `p` is too large, since `y` is 0. So which sign must `dp` have? And `dz1`? And the gradients of the two weights?


# %% [markdown]
# ## Fill in
#
# The last link: the slope of `(p - y)²`.


# %%
my_dp = ...  # fill in


# %% [markdown]
# One link back, through the sigmoid. Its slope is `p·(1 - p)`, written with its own output.


# %%
dp = trace["dp"]
my_dz1 = ...  # fill in


# %% [markdown]
# One more link: `z = x[0]·W[0] + x[1]·W[1] + b`. How fast does `z` grow with `W[0]`? With `b`? The gradient of `W1` has the
# shape of `W1`, two rows and one column; `x.T` has two rows, too.


# %%
dz1 = trace["dz1"]
my_dW1 = ...  # fill in
my_db1 = ...  # fill in


# %% [markdown]
# ## Check


# %%
print(trace.check("dp", my_dp))
print(trace.check("dz1", my_dz1))
print(trace.check("dW1", my_dW1))
print(trace.check("db1", my_db1))


# %% [markdown]
# And by differences, as in the last lesson: make the first weight a little larger.


# %%
h = 1e-3
above, below = (1 / (1 + np.exp(-(z1 + step * x[0, 0]))) for step in (h, -h))
print("by differences:   ", ((above - y) ** 2 - (below - y) ** 2)[0, 0] / (2 * h))
print("by the chain rule:", trace["dW1"][0, 0])


# %% [markdown]
# ## Vary
#
# - Make both weights ten times as large. `p` is nearly 1, and quite wrong. Why are all gradients now so small? (The unit is
#   *saturated*. Lesson 7 shows a loss that helps.)
# - Set the second input to 0. Which gradient becomes 0, and why?
