"""A perceptron: one unit. It can draw one straight line; how good that is depends on the data."""

# %% Random numbers with random labels, and fresh ones of the same kind
from __future__ import annotations

import numpy as np
from _shared import options, save

import tinynet
from tinynet import plot
from tinynet.layers import Activation, Dense

args = options(__doc__, epochs=1000)
rng = np.random.default_rng(0)
x, y = rng.random((1000, 12)), rng.integers(0, 2, (1000, 1))
x_fresh, y_fresh = rng.random((1000, 12)), rng.integers(0, 2, (1000, 1))


def train(layers, x, y, **settings):
    tinynet.set_random_seed(0)  # the same initial weights, and the same order of the samples
    model = tinynet.Sequential(layers)
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return model, model.fit(x, y, epochs=args.epochs, batch_size=64, verbose=0, **settings)


# %% The unit in one layer, and in two: the weighted sum, then the sigmoid that turns it into a probability
one, history = train([Dense(1, activation="sigmoid")], x, y)
two, history_of_two = train([Dense(1), Activation("sigmoid")], x, y)
one.summary()
two.summary()
apart = np.abs(one.predict(x, verbose=0) - two.predict(x, verbose=0)).max()

left, right = plot.twin_axes(history, title="A perceptron on random data: nothing to learn")
left.set_ylim(0, 1)
right.set_ylim(0, 1)
save(left, args.out, "02_random_data.png")

# %% What it learnt is one line (with 12 inputs: one plane). Tumours with two measurements show it
(tumours, kinds), (tumours_test, kinds_test) = tinynet.datasets.breast_cancer.load_data()
names = tinynet.datasets.breast_cancer.get_feature_names()
seen = [names.index("mean radius"), names.index("mean texture")]
mean, spread = tumours[:, seen].mean(axis=0), tumours[:, seen].std(axis=0)
scaled, scaled_test = (tumours[:, seen] - mean) / spread, (tumours_test[:, seen] - mean) / spread
doctor, _ = train([Dense(1, activation="sigmoid")], scaled, kinds)
ax = plot.decision_boundary(
    doctor,
    scaled_test,
    kinds_test,
    labels=["malignant", "benign"],
    names=[f"{names[c]} (standardised)" for c in seen],
    title="A perceptron draws one line (tumours it has not seen)",
)
ax.legend(title="class", loc="lower right")
save(ax, args.out, "02_one_line.png")

# %% The numbers
print(f"\none layer or two: losses equal {history.history == history_of_two.history}, answers apart by {apart:.1e}")
print(f"random data, learnt: {one.evaluate(x, y, verbose=0)[1]:.3f}")
print(f"random data, fresh:  {one.evaluate(x_fresh, y_fresh, verbose=0)[1]:.3f}")
print(f"tumours, fresh:      {doctor.evaluate(scaled_test, kinds_test, verbose=0)[1]:.3f}")
