# %% [markdown]
# # 10. A layer of your own


# %% [markdown]
# ## Read
#
# A layer is two functions. `forward` computes its output, and keeps what the other one needs. `backward` is given the
# gradient of the output, sets the gradients of the layer's parameters, and returns the gradient of the input.
#
# We write Swish: `y = x·sigmoid(β·x)`, with a β for each unit that is learnt (Ramachandran et al., 2017). Call the sigmoid
# the gate `g`; its slope is `g·(1 - g)`. The product rule gives the slope of `y` along `x`: `g + x·β·g·(1 - g)`. Along β it
# is `x²·g·(1 - g)`, for β is multiplied by `x` inside.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense, Layer

tinynet.set_random_seed(4)
rng = np.random.default_rng(4)
x = rng.normal(size=(50, 2))
y = np.sin(2 * x[:, :1]) * x[:, 1:]

# With β = 1, Swish is the activation silu, which tinynet has. So a trace knows the right numbers.
known = tinynet.Sequential([tinynet.Input((2,)), Dense(6, activation="silu"), Dense(1)])
known.compile("adam", "mse")
trace = known.trace(x, y)
z1, da1 = trace["z1"], trace["da1"]


# %% [markdown]
# ## Predict
#
# Far to the right, for large `x`, what does Swish look like? And far to the left? What are its slopes there?


# %% [markdown]
# ## Fill in
#
# Forward. `gate` is `sigmoid(β·x)`.


# %%
def swish(x, gate):
    return ...  # fill in


# %% [markdown]
# Backward: the gradient of the input, from `dy`, the gradient of the output.


# %%
def gradient_of_input(dy, x, gate, beta):
    return ...  # fill in


# %% [markdown]
# The gradient of β. Each unit has one β, which takes part in every row. So sum over the rows.


# %%
def gradient_of_beta(dy, x, gate):
    return ...  # fill in


# %% [markdown]
# ## Check
#
# With β = 1, against silu:


# %%
gate = 1 / (1 + np.exp(-z1))
checks = [trace.check("a1", swish(z1, gate)), trace.check("dz1", gradient_of_input(da1, z1, gate, 1.0))]
print(*checks, sep="\n")


# %% [markdown]
# The layer, made of your functions, and the gradient check, which needs no known numbers: it measures slopes by differences,
# as in lesson 3.


# %%
class Swish(Layer):
    def build(self, input_shape):
        self.add_weight("beta", (input_shape[-1],), "ones")

    def forward(self, x, training=False):
        self.x, self.gate = x, 1 / (1 + np.exp(-self.beta * x))
        return swish(self.x, self.gate)

    def backward(self, dy):
        self.dbeta[...] = gradient_of_beta(dy, self.x, self.gate)
        return gradient_of_input(dy, self.x, self.gate, self.beta)


if not all(checks) or gradient_of_beta(da1, z1, gate) is ...:
    print("The layer is built when all three functions are filled in.")
else:
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(6), Swish(), Dense(1)])
    model.compile(tinynet.optimizers.Adam(0.01), "mse")
    print(model.gradient_check(x[:10], y[:10]))
    history = model.fit(x, y, epochs=100, batch_size=10, verbose=0).history["loss"]
    print(f"loss {history[0]:.3f} -> {history[-1]:.3f}, beta {np.round(model.layers[1].get_weights()[0], 2)}")


# %% [markdown]
# ## Vary
#
# - Forget the sum over the rows, or divide it by the number of rows. What does the gradient check say?
# - Write the layer so that all units share one β.
# - `examples/10_your_own_parts.py` goes on with a loss and an optimizer. Written with the decorators of `tinynet.formulas`, a
#   layer runs in the compiled loop, too.
