"""What does a house cost? A number instead of a class, little data, and k-fold validation to make the most of it.

The Boston data are the classic. Their column B was constructed on the assumption that the share of black people in a
suburb lowers its prices, so use them as an exercise with numbers. `--diabetes` does the same with data free of that (how
far a disease has progressed after a year), which are bundled with the package.
"""

# %% The data: Boston, or diabetes
from __future__ import annotations

import numpy as np
from _shared import load, options, save

import tinynet
from tinynet import plot
from tinynet.datasets import boston_housing, diabetes
from tinynet.layers import Dense

flag = ("--diabetes", "take the bundled diabetes data instead of Boston's house prices")
args = options(__doc__, epochs=200, data=True, flags=[flag])
if args.diabetes:
    (x, y), (x_test, y_test) = diabetes.load_data()
    name, unit = "diabetes", "progression score"
else:
    (x, y), (x_test, y_test) = load(boston_housing, args.data, ["boston_housing.npz"])
    name, unit = "boston", "1000 dollars"

# %% Standardise: each column to mean 0 and deviation 1, or the largest numbers would drown out the others.
# Mean and deviation are those of the training part, for the test part too: nothing about it may be known beforehand
mean, deviation = x.mean(axis=0), x.std(axis=0)
x, x_test = (x - mean) / deviation, (x_test - mean) / deviation


# %% 64-64-1, the last unit without an activation: a price may be any number
def train(x, y, **settings):
    model = tinynet.Sequential([Dense(64, activation="relu"), Dense(64, activation="relu"), Dense(1)])
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return model, model.fit(x, y, batch_size=16, verbose=0, **settings).history


# %% k-fold: each quarter is the validation part once. With so few samples, a single part would be a matter of luck
tinynet.set_random_seed(0)
folds = np.array_split(np.arange(len(x)), 4)
curves = []
for fold in folds:
    rest = np.setdiff1d(np.arange(len(x)), fold)
    _, history = train(x[rest], y[rest], epochs=args.epochs, validation_data=(x[fold], y[fold]))
    curves.append(history["val_mae"])
average = np.mean(curves, axis=0)

# %% The averaged curve, then smoothed and without its first ten points, which are so large that they hide the rest
smooth = [average[10]]
for value in average[11:]:
    smooth.append(0.9 * smooth[-1] + 0.1 * value)
best = int(np.argmin(smooth)) + 11

title = f"{name.capitalize()}: validation error, mean of 4 folds"
ylabel = f"mean absolute error ({unit})"
save(plot.lines({"average": average}, ylabel=ylabel, title=title), args.out, f"08_{name}_average.png")
epochs = range(11, len(average) + 1)
closer = {"average": average[10:], "smoothed": smooth}
ax = plot.lines(closer, epochs, xlabel="epoch", ylabel=ylabel, title=f"{title}, from epoch 11")
save(ax, args.out, f"08_{name}_smoothed.png")

# %% The final model: all training data, with the number of epochs from the smoothed curve
model, _ = train(x, y, epochs=best)
_, mae = model.evaluate(x_test, y_test, verbose=0)
answers = model.predict(x_test, verbose=0)[:, 0]
ends = [f"true ({unit})", f"predicted ({unit})"]
ax = plot.scatter(np.stack([y_test, answers], axis=1), names=ends, title=f"{name.capitalize()}: unseen samples")
ax.axline((y.mean(), y.mean()), slope=1, color="#555555", linestyle="--", label="exactly right")
ax.legend(frameon=False)
save(ax, args.out, f"08_{name}_predictions.png")

# %% The numbers
print("\nvalidation error of each fold at the end:", " ".join(f"{curve[-1]:.2f}" for curve in curves))
print(f"mean over the folds {average[-1]:.2f}; smoothed curve lowest at epoch {best}, {min(smooth):.2f}")
print(f"test error {mae:.2f} {unit}; always saying the mean would give {np.abs(y_test - y.mean()).mean():.2f}")
print(f"first prediction {answers[0]:.1f}, true {y_test[0]:.1f}")
