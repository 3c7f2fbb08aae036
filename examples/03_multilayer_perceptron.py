"""A hidden layer bends the line, far enough to memorise noise. Fresh data tell memorising from knowing."""

# %% Two data sets: random numbers with random labels, with nothing to know, and real ones
from __future__ import annotations

import numpy as np
from _shared import options, save

import tinynet
from tinynet import plot
from tinynet.layers import Dense

args = options(__doc__, epochs=1000)
rng = np.random.default_rng(0)
noise = (rng.random((1000, 12)), rng.integers(0, 2, (1000, 1)))
fresh_noise = (rng.random((1000, 12)), rng.integers(0, 2, (1000, 1)))

(x, y), (x_test, y_test) = tinynet.datasets.breast_cancer.load_data()
mean, spread = x.mean(axis=0), x.std(axis=0)  # of the training part only: the test part must stay unknown
tumours, fresh_tumours = ((x - mean) / spread, y), ((x_test - mean) / spread, y_test)


# %% The same network for both: 64 hidden units. Without their relu, two layers could do no more than one
def train(samples, fresh):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Dense(64, activation="relu"), Dense(1, activation="sigmoid")])
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    # The fresh data are only evaluated after each epoch, never learnt from.
    history = model.fit(*samples, epochs=args.epochs, batch_size=64, validation_data=fresh, verbose=0)
    return model, history.history


model, on_noise = train(noise, fresh_noise)
_, on_tumours = train(tumours, fresh_tumours)

# %% Overfitting: the training loss falls, that of fresh data rises
# On noise it rises from the first epochs: whatever is learnt is wrong elsewhere. On the tumours it falls at first, which
# is knowledge, and rises later, which is memorising; the accuracy hardly shows it.
for name, history in (("random data", on_noise), ("tumours", on_tumours)):
    left, right = plot.twin_axes(history, title=f"One hidden layer on {name}")
    left.set_ylim(0, 1)
    right.set_ylim(0, 1)
    save(left, args.out, f"03_{name.replace(' ', '_')}.png")

# %% The numbers
print(f"\n{model.count_params()} numbers to put 1000 labels in")
print("                learnt   fresh   fresh loss lowest at epoch")
for name, history in (("random data", on_noise), ("tumours", on_tumours)):
    lowest = int(np.argmin(history["val_loss"])) + 1
    print(f"{name:14s}  {history['accuracy'][-1]:6.3f}   {history['val_accuracy'][-1]:5.3f}   {lowest}")
