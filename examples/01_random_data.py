"""Look at data before learning from them. Here: 1000 random points with random labels."""

# %% The data: twelve random numbers for each point, and a coin toss for its label
from __future__ import annotations

import numpy as np
from _shared import options, save

import tinynet
from tinynet import plot
from tinynet.layers import Dense

args = options(__doc__, epochs=30_000)
rng = np.random.default_rng(0)
x, y = rng.random((1000, 12)), rng.integers(0, 2, 1000)
x_fresh, y_fresh = rng.random((1000, 12)), rng.integers(0, 2, 1000)

# %% Two and three of the twelve dimensions. The classes are mixed everywhere: there is no rule to find
numbers = ["first number", "second number", "third number"]
ax = plot.scatter(x[:, :2], y, names=numbers[:2], title="Random points, two of twelve dimensions")
ax.legend(title="class", loc="upper left", bbox_to_anchor=(1, 1))  # the points leave no room inside
save(ax, args.out, "01_two_dimensions.png")
ax = plot.scatter(x[:, :3], y, names=numbers, title="Random points, three of twelve dimensions")
save(ax, args.out, "01_three_dimensions.png")

# %% Data with a pattern look different: tumours by two measurements of their cells
(tumours, kinds), _ = tinynet.datasets.breast_cancer.load_data()
names = tinynet.datasets.breast_cancer.get_feature_names()
seen = [names.index("mean radius"), names.index("mean texture")]
ax = plot.scatter(tumours[:, seen], kinds, labels=["malignant", "benign"], names=[names[c] for c in seen])
ax.set_title("Real data: the classes lie apart")
save(ax, args.out, "01_real_data.png")

# %% Why a network can still "learn" random labels: it has numbers to store them in
# One unit with twelve inputs has 13 numbers to choose (12 weights and a bias), which is enough to give any 13 points
# any labels: it solves 13 equations with 13 unknowns. Up to 26 points, two for each number, chances are even
# (T. M. Cover, 1965). With many more points than numbers, it can only guess. A network of more units has more numbers:
# the next scripts store all 1000 labels in 5057 of them.
tinynet.set_random_seed(0)
counts = [5, 13, 20, 26, 40, 70, 130, 260, 500, 1000]
learnt, fresh = [], []
for n in counts:
    unit = tinynet.Sequential([Dense(1, activation="sigmoid")])
    unit.compile(tinynet.optimizers.Adam(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    unit.fit(x[:n], y[:n], epochs=args.epochs, batch_size=n, verbose=0)
    learnt.append(unit.evaluate(x[:n], y[:n], verbose=0)[1])
    fresh.append(unit.evaluate(x_fresh, y_fresh, verbose=0)[1])

curves = {"the points it learnt from": learnt, "fresh points": fresh}
title = "One unit with 13 numbers learns random labels by heart"
ax = plot.lines(curves, counts, xlabel="number of points to learn", ylabel="accuracy", title=title)
ax.set(xscale="log", ylim=(0.4, 1.03), xticks=counts, xticklabels=counts)
ax.minorticks_off()
ax.axvline(13, color="#555555", linewidth=1)
ax.text(13.4, 0.42, "as many points as numbers", color="#555555")
save(ax, args.out, "01_by_heart.png")

# %% The numbers: all of the first 13 are right, about half of 1000, and fresh points are always a guess
print("\npoints   learnt   fresh")
for n, a, b in zip(counts, learnt, fresh, strict=True):
    print(f"{n:6d}   {a:6.3f}   {b:5.3f}")
