"""Read one training step from beginning to end: every number of a 2-2-2 network known from many textbooks."""

# %% The network: two inputs, two hidden units, two outputs, all weights given
from __future__ import annotations

import sys

import tinynet
from tinynet.layers import Dense
from tinynet.losses import Loss


class HalfSquaredError(Loss):
    """½·Σ(p - y)²: with the half, the derivative, p - y, has no factor."""

    def forward(self, y, p):
        return ((p - y) ** 2).sum(axis=-1) / 2

    def backward(self, y, p):
        return p - y


tinynet.backend.set_floatx("float64")
model = tinynet.Sequential(
    [
        tinynet.Input((2,)),
        Dense(2, activation="sigmoid", name="hidden"),
        Dense(2, activation="sigmoid", name="output"),
    ]
)
model.set_weights([[[0.15, 0.25], [0.20, 0.30]], [0.35, 0.35], [[0.40, 0.50], [0.45, 0.55]], [0.60, 0.60]])
model.compile(optimizer=tinynet.optimizers.SGD(0.5), loss=HalfSquaredError())
x, y = [[0.05, 0.10]], [[0.01, 0.99]]

# %% The trace: forward, loss, backward, update. The model itself is not changed
trace = model.trace(x, y)
print(trace.to_text(precision=9))

# %% Any number can be asked for
print("\nWhere does the gradient of the first output weight come from?\n")
print(trace.explain("dW2", 0, 0, precision=9))
print("\nAnd that of the first hidden weight, two layers away?\n")
print(trace.explain("dW1", 0, 0, precision=9))
print(trace.explain("dz1", 0, 0, precision=9))
print(trace.explain("da1", 0, 0, precision=9))

# %% The step did nearly what the gradient predicted: the rest is the curvature of the loss
print(f"\npredicted {trace.predicted_change:.6f}, happened {trace.actual_change:.6f}")

# %% Training makes exactly this step
model.train_on_batch(x, y)
print("the same weights:", all((a == b).all() for a, b in zip(model.get_weights(), trace.weights_after, strict=True)))

# %% The same as a page to step through, with the arrow keys, in any browser
if len(sys.argv) > 1:
    trace.to_html(sys.argv[1], precision=6)
    print("open", sys.argv[1])
tinynet.backend.set_floatx("float32")
