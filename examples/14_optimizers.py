"""Six optimizers from the same start, each at the best of six learning rates: which one is down first?"""

# %% The data: two spirals. Not easy, so there is something to be seen
from __future__ import annotations

import numpy as np
from _shared import options, save

import tinynet
from tinynet import plot
from tinynet.datasets import spiral
from tinynet.layers import Dense
from tinynet.optimizers import SGD, Adagrad, Adam, Nadam, RMSprop

args = options(__doc__, epochs=200)
(x, y), test = spiral.load_data(1000)
ENOUGH = 0.1  # the loss that counts as "down"
OPTIMIZERS = {
    "SGD": SGD,
    "momentum": lambda rate: SGD(rate, momentum=0.9),
    "Adagrad": Adagrad,
    "RMSprop": RMSprop,
    "Adam": Adam,
    "Nadam": Nadam,
}
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


# %% The seed gives every run the same initial weights and the same order of the samples: only the optimizer differs
def train(optimizer):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential(
        [Dense(32, activation="relu"), Dense(32, activation="relu"), Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    losses = model.fit(x, y, epochs=args.epochs, batch_size=32, verbose=0).history["loss"]
    return losses, model.evaluate(*test, verbose=0)[1]


def epochs_needed(losses):
    """Return after how many epochs the loss was down; one more than there were if it never was."""
    return next((epoch for epoch, loss in enumerate(losses, start=1) if loss < ENOUGH), args.epochs + 1)


# %% An optimizer can only be judged at a rate that suits it. So each one tries all six, and its best run counts
runs = {name: {rate: train(make(rate)) for rate in RATES} for name, make in OPTIMIZERS.items()}
best = {
    name: min(tried, key=lambda rate: (tried[rate][0][-1] >= ENOUGH, epochs_needed(tried[rate][0])))
    for name, tried in runs.items()
}
curves = {f"{name}, rate {rate}": runs[name][rate][0] for name, rate in best.items()}
ax = plot.lines(curves, ylabel="training loss (logarithmic)", title="Two spirals: each optimizer at its best rate")
ax.set_yscale("log")
ax.axhline(ENOUGH, color="#555555", linewidth=1)
ax.text(args.epochs, 1.1 * ENOUGH, "down", color="#555555", horizontalalignment="right")
save(ax, args.out, "14_optimizers.png")

# %% How much the choice of the rate matters: the loss at the end, for every rate
ends = {name: [tried[rate][0][-1] for rate in RATES] for name, tried in runs.items()}
ax = plot.lines(
    ends,
    RATES,
    xlabel="learning rate (logarithmic)",
    ylabel="loss at the end (logarithmic)",
    title="The rate matters, too",
)
ax.set(xscale="log", yscale="log")
save(ax, args.out, "14_rates.png")

# %% The numbers, and the verdict
print(f"\n            best rate   epochs to a loss of {ENOUGH}   loss at the end   new points right")
for name, rate in best.items():
    losses, right = runs[name][rate]
    needed = epochs_needed(losses)
    shown = str(needed) if needed <= args.epochs else f"over {args.epochs}"
    print(f"{name:<10}   {rate:<9}   {shown:>23}   {losses[-1]:15.4f}   {right:16.3f}")
needed = {name: epochs_needed(runs[name][rate][0]) for name, rate in best.items()}
first, last = min(needed, key=needed.get), max(needed, key=needed.get)
times = f"{needed[last] / needed[first]:.0f} times as many" + (" or more" if needed[last] > args.epochs else "")
spread = np.median([max(end) / min(end) for end in ends.values()])
print(f"\nVerdict: {first} is down first, after {needed[first]} epochs; {last} needs {times}.")
print(
    f"The rate matters as much: between the best and the worst of the six, losses differ by a factor of {spread:,.0f}"
)
print("(the median of the optimizers). So tune the rate before you compare.")
