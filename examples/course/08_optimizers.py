# %% [markdown]
# # 8. Optimizers


# %% [markdown]
# ## Read
#
# The gradient says which way is downhill. The *optimizer* decides how far to go.
#
# - **SGD**: a step of the learning rate times the gradient.
# - **Momentum**: a ball that rolls. A velocity `m` keeps 0.9 of itself and adds the new step; the weight moves by `m`.
# - **RMSprop**: each weight has its own step. A running mean `v` of squared gradients says how large they usually are; the
#   step is divided by its root. So weights with small gradients move as well.
# - **Adam**: both together. `m` is a running mean of gradients, `v` of squared gradients. They start at 0, so in the first
#   steps they are too small, and are corrected: `m / (1 - 0.9^t)` and `v / (1 - 0.999^t)` in step `t`.
#
# Each trace below is the *second* step of its training, so the running means are no longer 0.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense
from tinynet.optimizers import SGD, Adam, RMSprop

x, y = [[1.0, 200.0], [2.0, -100.0], [-1.0, 50.0]], [1.0, 2.0, -1.0]
RATE = 0.001


def second_step(optimizer):
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(1)])
    model.set_weights([[[0.5], [0.01]], [0.0]])
    model.compile(optimizer, "mse")
    model.train_on_batch(x, y)
    return model.trace(x, y)


plain, rolling = second_step(SGD(1e-5)), second_step(SGD(1e-5, momentum=0.9))
rms, adam = second_step(RMSprop(RATE)), second_step(Adam(RATE))
print("gradients of the two weights:", plain["dW1"].ravel())


# %% [markdown]
# ## Predict
#
# The second input is a hundred times as large as the first, and so is its gradient. Which optimizer moves both weights by
# about the same amount?


# %% [markdown]
# ## Fill in
#
# SGD with the rate 0.00001.


# %%
W1, dW1 = plain["W1"], plain["dW1"]
my_sgd = ...  # fill in


# %% [markdown]
# Momentum: the new velocity. `m_old` is the one of the step before.


# %%
dW1, m_old = rolling["dW1"], rolling["m_W1_old"]
my_m = ...  # fill in


# %% [markdown]
# RMSprop: the running mean, which keeps 0.9 of itself, and the step. A tiny number, 1e-7, under the root protects from a
# division by 0.


# %%
dW1, v_old = rms["dW1"], rms["v_W1_old"]
my_v = ...  # fill in
v = rms["v_W1"]
my_step = ...  # fill in


# %% [markdown]
# Adam: the new weight, from both running means, in step `t = 2`. Here the 1e-7 is added to the root.


# %%
W1, m, v, t = adam["W1"], adam["m_W1"], adam["v_W1"], 2
corrected = RATE * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)  # both corrections in one factor
my_adam = ...  # fill in


# %% [markdown]
# ## Check


# %%
print(plain.check("W1_new", my_sgd))
print(rolling.check("m_W1", my_m))
print(rms.check("v_W1", my_v))
print(rms.check("step_W1", my_step))
print(adam.check("W1_new", my_adam))


# %% [markdown]
# By how much do the two weights move?


# %%
for name, trace in (("SGD", plain), ("momentum", rolling), ("RMSprop", rms), ("Adam", adam)):
    print(f"{name:<9}", (trace["W1_new"] - trace["W1"]).ravel())


# %% [markdown]
# ## Vary
#
# - Forget Adam's correction on purpose (`corrected = RATE`). What does `trace.check` say? Is the step too long or too short?
# - Give SGD the rate 0.001, as Adam has. What happens to the loss (`trace.loss`, `trace.loss_after`)?
# - `examples/14_optimizers.py` lets several optimizers run from the same start.
