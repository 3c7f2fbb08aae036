"""Write your own layer, loss and optimizer, and check them with the gradient check."""

# %% A layer with a parameter of its own
from __future__ import annotations

import numpy as np

import tinynet
from tinynet.layers import Dense, Layer
from tinynet.losses import Loss
from tinynet.optimizers import Optimizer


class Swish(Layer):
    """x·sigmoid(β·x), with a learnt β for every unit (Ramachandran et al., 2017)."""

    def build(self, input_shape):
        self.add_weight("beta", (input_shape[-1],), "ones")

    def forward(self, x, training=False):
        self.x, self.gate = x, 1 / (1 + np.exp(-self.beta * x))
        return x * self.gate

    def backward(self, dy):
        slope = self.gate * (1 - self.gate)  # of the sigmoid
        self.dbeta[...] = (dy * self.x**2 * slope).sum(axis=0)  # β is used in every row, so the rows are summed
        return dy * (self.gate + self.beta * self.x * slope)


# %% A loss: quadratic near the target, linear far away, so that outliers pull less
class Huber(Loss):
    def forward(self, y, p):
        error = np.abs(p - y)
        return np.where(error < 1, error**2 / 2, error - 0.5).mean(axis=-1)

    def backward(self, y, p):
        return np.clip(p - y, -1, 1) / p.shape[-1]


# %% An optimizer: steps of equal length, whatever the gradient's size (Lion, Chen et al., 2023)
class Lion(Optimizer):
    slots = ("m",)

    def update(self, w, dw, slots, step):
        m = slots[0]
        w -= self.learning_rate * np.sign(0.9 * m + 0.1 * dw)
        m[...] = 0.99 * m + 0.01 * dw


# %% Check them: backprop's gradient must be the slope of the loss
tinynet.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 2))
y = np.sin(2 * x[:, :1]) * x[:, 1:] + 0.05 * rng.normal(size=(200, 1))

model = tinynet.Sequential([Dense(16, name="first"), Swish(name="swish"), Dense(1, name="last")])
model.compile(optimizer=Lion(0.003), loss=Huber())
check = model.gradient_check(x[:10], y[:10])
print(check)
check.require()


# %% The same with a mistake: the check finds it, and says what it looks like
class Mistaken(Swish):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dbeta[...] /= len(dy)  # "the batch is averaged", but the loss has already done that
        return dx


wrong = tinynet.Sequential([Dense(16, name="first"), Mistaken(name="mistaken"), Dense(1, name="last")])
wrong.compile(optimizer="sgd", loss=Huber())
print("\nWith a mistake planted:\n")
print(wrong.gradient_check(x[:10], y[:10]))

# %% And they train
history = model.fit(x, y, epochs=60, batch_size=20, verbose=0)
print(f"\nloss: {history.history['loss'][0]:.3f} -> {history.history['loss'][-1]:.4f}")
