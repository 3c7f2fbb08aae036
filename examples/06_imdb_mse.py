"""The same reviews with the mean squared error as loss: it learns too, but a confident mistake teaches it little."""

# %% The data of script 5
from __future__ import annotations

import numpy as np
from _shared import load, multi_hot, options, save

import tinynet
from tinynet import plot
from tinynet.datasets import imdb
from tinynet.layers import Dense

args = options(__doc__, epochs=20, data=True)
(reviews, y), (reviews_test, y_test) = load(imdb, args.data, ["imdb.npz"], num_words=10_000)
x, x_test = multi_hot(reviews), multi_hot(reviews_test)
held = 2 * len(y) // 5


# %% One network, two losses
def train(loss, x, y, **settings):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential(
        [Dense(16, activation="relu"), Dense(16, activation="relu"), Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy", "mse"])
    return model, model.fit(x, y, batch_size=512, verbose=0, **settings).history


losses = {"cross-entropy": "binary_crossentropy", "mean squared error": "mse"}
histories, tests = {}, {}
for name, loss in losses.items():
    _, histories[name] = train(loss, x[held:], y[held:], epochs=args.epochs, validation_data=(x[:held], y[:held]))
    model, _ = train(loss, x, y, epochs=min(4, args.epochs))
    tests[name] = model.evaluate(x_test, y_test, verbose=0)

# The losses themselves are different quantities and cannot be compared; accuracy and squared error can.
for key, words in (("val_accuracy", "accuracy"), ("val_mse", "squared error")):
    curves = {f"trained on {name}": history[key] for name, history in histories.items()}
    ax = plot.lines(curves, ylabel=f"validation {words}", title=f"Two losses compared: {words} on unseen reviews")
    save(ax, args.out, f"06_{words.replace(' ', '_')}.png")

# %% Why: what the loss tells the last unit when the review is praise (y = 1) and its answer is p
# Cross-entropy: p - y, the larger the more wrong the answer. Squared error: 2(p - y)·p(1 - p), where the sigmoid's slope
# p(1 - p) makes it vanish as p approaches 0, exactly where the unit is most wrong.
p = np.linspace(0.001, 0.999, 200)
pushes = {"cross-entropy: 1 - p": 1 - p, "squared error: 2(1 - p)·p(1 - p)": 2 * (1 - p) * p * (1 - p)}
title = "How hard each loss pushes when the truth is 1"
ax = plot.lines(pushes, p, xlabel="answer p", ylabel="size of the gradient at the last unit", title=title)
save(ax, args.out, "06_push.png")

# %% The numbers
print("\n                     best epoch   validation accuracy there, at the end   test accuracy after 4 epochs")
for name, history in histories.items():
    best = int(np.argmin(history["val_loss"]))
    accuracies = history["val_accuracy"]
    print(f"{name:20s} {best + 1:10d}   {accuracies[best]:25.3f} {accuracies[-1]:11.3f}   {tests[name][1]:28.3f}")
print(f"push on an answer of 0.01 that should be 1: {1 - 0.01:.3f} against {2 * (1 - 0.01) ** 2 * 0.01:.3f}")
