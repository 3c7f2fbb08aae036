"""Learning rates from much too small to divergence: what each kind of wrong looks like."""

# %% The data: how diabetes progresses, a number. A squared error has no upper limit, so a training can fly away
from __future__ import annotations

import warnings

import numpy as np
from _shared import options, save

import tinynet
from tinynet import plot
from tinynet.datasets import diabetes
from tinynet.layers import Dense

warnings.filterwarnings("ignore", "The loss became")  # what is warned of is what we want to see
args = options(__doc__, epochs=60)
(x, y), (x_test, y_test) = diabetes.load_data()
mean, spread, centre, scale = x.mean(axis=0), x.std(axis=0), y.mean(), y.std()
x, x_test = (x - mean) / spread, (x_test - mean) / spread
y, y_test = (y - centre) / scale, (y_test - centre) / scale  # always answering the mean has a loss of 1
RATES = (0.00001, 0.0001, 0.001, 0.01, 0.1, 0.3, 1.0)


# %% SGD at seven rates, from the same initial weights
def train(rate):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Dense(32, activation="relu"), Dense(1)])
    model.compile(tinynet.optimizers.SGD(rate), loss="mse")
    return model.fit(x, y, epochs=args.epochs, batch_size=16, validation_data=(x_test, y_test), verbose=0).history


runs = {rate: train(rate) for rate in RATES}


# %% What a curve of losses says about the rate
def verdict(losses):
    losses = np.array(losses)
    if not np.isfinite(losses).all() or losses[-1] > losses[0]:
        return "diverges: each step jumps over the valley, and lands higher up on the other side"
    if losses[-1] > 0.8 * losses[0]:
        return "crawls: the loss has hardly moved"
    ups = (np.diff(losses) > 0).mean()
    if ups > 0.3:
        return f"stumbles: the loss went up in {ups:.0%} of the epochs"
    return "is slow: it has not arrived yet" if losses[-1] < 0.9 * losses[2 * len(losses) // 3] else "learns"


# %% The curves. What has diverged is no number any more, and cannot be drawn
said = {rate: verdict(history["loss"]) for rate, history in runs.items()}
names = {rate: f"rate {rate:g}" + (" (diverges)" if said[rate].startswith("diverges") else "") for rate in RATES}
curves = {names[rate]: np.where(np.array(h["loss"]) < 10, h["loss"], np.nan) for rate, h in runs.items()}
ax = plot.lines(curves, ylabel="training loss (logarithmic)", title="SGD at seven learning rates")
ax.set(yscale="log", ylim=(0.3, 40))  # room for the legend above the curves
ax.axhline(1, color="#555555", linewidth=1)
ax.text(0.4 * args.epochs, 1.03, "always answering the mean", color="#555555", horizontalalignment="right")
save(ax, args.out, "15_learning_rates.png")

# %% The numbers, and the verdict
print("\nrate      first loss     last loss   lowest on new data   verdict")
for rate, history in runs.items():
    lowest = min((loss for loss in history["val_loss"] if np.isfinite(loss)), default=np.inf)
    print(f"{rate:<7g} {history['loss'][0]:12.4g}  {history['loss'][-1]:12.4g}   {lowest:18.3f}   {said[rate]}")
usable = [rate for rate, words in said.items() if not words.startswith(("diverges", "crawls"))]
diverged = [rate for rate, words in said.items() if words.startswith("diverges")]
best = min(usable, key=lambda rate: min(runs[rate]["val_loss"]))
print(f"\nVerdict: the best rate here is {best:g}. From {min(usable):g} to {max(usable):g} something is learnt,")
print(f"with {min(diverged, default=np.inf):g} it diverges. Too small is only slow, too large is fatal:")
print("look for the rate at which it breaks, and take a third or a tenth of it.")
