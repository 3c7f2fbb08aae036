"""Three networks on the same random data, side by side: deeper nets memorise better and generalise no better."""

# %% The data of the previous scripts
from __future__ import annotations

import numpy as np
from _shared import options, save
from matplotlib import pyplot as plt

import tinynet
from tinynet import plot
from tinynet.layers import Dense

args = options(__doc__, epochs=1000)
rng = np.random.default_rng(0)
x, y = rng.random((1000, 12)), rng.integers(0, 2, (1000, 1))
fresh = (rng.random((1000, 12)), rng.integers(0, 2, (1000, 1)))

# %% A perceptron, a multilayer perceptron, a deep one: they differ only in their hidden layers
networks = {"perceptron, 12-1": [], "multilayer, 12-64-1": [64], "deep, 12-64-64-1": [64, 64]}
models, histories = {}, {}
for name, hidden in networks.items():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential()
    for units in hidden:
        model.add(Dense(units, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=args.epochs, batch_size=64, validation_data=fresh, verbose=0)
    models[name], histories[name] = model, history.history

# %% How they do on the data they learn from
figure, axes = plt.subplots(1, 3, figsize=(15, 4.8), layout="constrained")
figure.suptitle("1000 random points: what three networks learn by heart", fontsize="x-large")
for ax, (name, history) in zip(axes, histories.items(), strict=True):
    learning = {key: history[key] for key in ("loss", "accuracy")}
    left, right = plot.twin_axes(learning, ax=ax, title=name)
    left.set_ylim(0, 1)
    right.set_ylim(0, 1.02)
save(figure, args.out, "04_side_by_side.png")

# %% How they do on fresh data of the same kind: no better than a coin, and the deeper, the surer of their errors
figure, axes = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
figure.suptitle("The same three networks on 1000 fresh points", fontsize="x-large")
for ax, quantity in zip(axes, ("loss", "accuracy"), strict=True):
    curves = {name: history[f"val_{quantity}"] for name, history in histories.items()}
    plot.lines(curves, ylabel=f"{quantity} on fresh points", title=quantity.capitalize(), ax=ax)
axes[1].set_ylim(0, 1)
save(figure, args.out, "04_fresh_data.png")

# %% The numbers: about 0.55, 0.80 and 1.00 on what they learnt; about 0.50 on fresh points, for all
print("\n                       numbers   learnt   fresh   fresh loss")
for name, model in models.items():
    (_, learnt), (loss, unseen) = model.evaluate(x, y, verbose=0), model.evaluate(*fresh, verbose=0)
    print(f"{name:20s}  {model.count_params():8d}   {learnt:6.3f}   {unseen:5.3f}   {loss:10.3f}")
