"""Ten layers deep: why gradients vanish on their way back, and three ways to let them arrive."""

# %% The data: two half moons. One hidden layer would do; here the depth is what is looked at
from __future__ import annotations

import warnings

import numpy as np
from _shared import options, save

import tinynet
from tinynet import plot
from tinynet.datasets import moons
from tinynet.layers import BatchNormalization, Dense

warnings.filterwarnings("ignore", "The loss became")  # one of the networks explodes, to be seen
args = options(__doc__, epochs=100)
(x, y), test = moons.load_data(500)
HIDDEN, UNITS = 10, 16
small, large = (tinynet.initializers.RandomNormal(stddev=deviation) for deviation in (0.05, 1.5))
SETTINGS = {
    "sigmoid": {"activation": "sigmoid"},
    "tanh, weights too small": {"activation": "tanh", "kernel_initializer": small},
    "tanh, Glorot": {"activation": "tanh", "kernel_initializer": "glorot_uniform"},
    "ReLU, He": {"activation": "relu", "kernel_initializer": "he_normal"},
    "ReLU, weights too large": {"activation": "relu", "kernel_initializer": large},
}


# %% For each setting: the gradient that arrives at each layer before any training, and what training makes of it
def network(setting, hidden=HIDDEN, normalised=False):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([tinynet.Input((2,))])
    for number in range(1, hidden + 1):
        model.add(Dense(UNITS, **setting, name=f"hidden_{number}"))
        if normalised:
            model.add(BatchNormalization())
    model.add(Dense(1, activation="sigmoid", name="output"))
    model.compile(tinynet.optimizers.SGD(0.03, momentum=0.9), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def gradients(model):
    trace = model.trace(x[:200], y[:200])
    names = [name for name, (_, parameter) in trace.parameters.items() if parameter == "kernel"]
    return [float(np.sqrt((trace[name.replace("W", "dz")] ** 2).mean())) for name in names]  # of each layer's sums


def trained(model):
    health = tinynet.learn.Health(x[:200], y[:200])  # looks at every layer, after the first epoch
    model.fit(x, y, epochs=1, batch_size=32, verbose=0, callbacks=[health])
    model.fit(x, y, initial_epoch=1, epochs=args.epochs, batch_size=32, verbose=0)
    return model.evaluate(*test, verbose=0)[1], health.verdict().split(". ")[0].rstrip(".")


models = {name: network(setting) for name, setting in SETTINGS.items()}
models["sigmoid, only 1 hidden layer"] = network(SETTINGS["sigmoid"], hidden=1)
models["sigmoid, normalised"] = network(SETTINGS["sigmoid"], normalised=True)
arriving = {name: gradients(model) for name, model in models.items()}
results = {name: trained(model) for name, model in models.items()}
right = {name: share for name, (share, _) in results.items()}

# %% The picture: a straight line down to the left is a factor for each layer, as in compound interest
deep = {name: sizes for name, sizes in arriving.items() if len(sizes) > 2}
layers = np.arange(1, HIDDEN + 2)
axes = {"xlabel": "layer (the last is nearest to the loss)", "ylabel": "size of the gradient (logarithmic)"}
ax = plot.lines(deep, layers, title="What arrives at each layer, before training", **axes)
ax.set(yscale="log", xticks=layers)
save(ax, args.out, "16_gradients.png")

# %% The numbers, and the verdict
print("\n                               gradient, first : last   new points right")
for name, sizes in arriving.items():
    print(f"{name:<30} {sizes[0] / sizes[-1]:23.1e}   {right[name]:16.3f}")
print("\nWhat `Health` says after the first epoch:")
print("\n".join(f"{name:<30} {verdict}" for name, (_, verdict) in results.items()))
guess = max(np.mean(test[1]), 1 - np.mean(test[1]))
print(f"\nVerdict: always answering the commoner class would get {guess:.3f} right. These learn no more than that:")
print("; ".join(name for name in models if right[name] < guess + 0.05) + ".")
print("These learn the task:", "; ".join(name for name in models if right[name] > 0.95) + ".")
print("These are on the way:", "; ".join(name for name in models if guess + 0.05 <= right[name] <= 0.95) + ".")
print(
    "The slope of a sigmoid is at most 1/4, and small weights make gradients smaller still: over ten layers nothing is"
)
print("left. The cures: fewer layers; ReLU or tanh with weights scaled to them (He, Glorot); BatchNormalization.")
