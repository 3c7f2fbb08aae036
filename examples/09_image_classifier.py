"""Images: is this digit even or odd? Layers by index and name, learning rates, and a look at the weights."""

# %% The data: 1797 handwritten digits of 8 x 8 pixels, bundled with the package
from __future__ import annotations

import numpy as np
from _shared import options, save
from matplotlib import pyplot as plt

import tinynet
from tinynet import plot
from tinynet.datasets import digits
from tinynet.layers import Dense, Flatten
from tinynet.utils import to_categorical

args = options(__doc__, epochs=30)
(x, digit), (x_test, digit_test) = digits.load_data()
x, x_test = x / 16, x_test / 16
y, y_test = to_categorical(digit % 2), to_categorical(digit_test % 2)  # two columns: even, odd

figure, axes = plt.subplots(2, 8, figsize=(9, 2.9), layout="constrained")
figure.suptitle("Digits, the first 16 of the training part")
for ax, picture, number in zip(axes.flat, x, digit, strict=False):
    ax.imshow(picture, cmap="gray_r")
    ax.set_title(f"{number}: {'odd' if number % 2 else 'even'}", fontsize="medium")
    ax.set_axis_off()
save(figure, args.out, "09_digits.png")


# %% Flatten-300-100-2. Flatten only puts the rows of an image end to end
def network(last):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Flatten(input_shape=(8, 8)), Dense(300, activation="relu", name="first")])
    model.add(Dense(100, activation="relu"))
    model.add(Dense(2, activation=last, name="answer"))
    return model


def train(model, loss, rate):
    model.compile(optimizer=tinynet.optimizers.SGD(rate), loss=loss, metrics=["accuracy"])
    return model.fit(x, y, epochs=args.epochs, validation_data=(x_test, y_test), verbose=0).history


# %% Two kinds of output: two sigmoids answer two questions ("even?", "odd?"); a softmax divides 1 between two answers
sigmoid, softmax = network("sigmoid"), network("softmax")
softmax.summary()
untrained = softmax.layers[1].get_weights()[0]
ends = {"sigmoid, binary cross-entropy": train(sigmoid, "binary_crossentropy", 0.1)}
ends["softmax, categorical cross-entropy"] = train(softmax, "categorical_crossentropy", 0.1)
curves = {name: history["val_accuracy"] for name, history in ends.items()}
ax = plot.lines(curves, ylabel="accuracy on unseen digits", title="Even or odd: two ways to end")
save(ax, args.out, "09_two_ends.png")

# %% The learning rate: too small and it crawls, too large and it stumbles (but here it still arrives)
rates = {rate: train(network("softmax"), "categorical_crossentropy", rate) for rate in (0.001, 0.01, 0.1, 1.0)}
curves = {f"learning rate {rate}": history["loss"] for rate, history in rates.items()}
ax = plot.lines(curves, ylabel="training loss (logarithmic)", title="SGD at four learning rates")
ax.set_yscale("log")
save(ax, args.out, "09_learning_rates.png")

# %% Layers by index and by name are the same objects; each has its weights and biases
weights, biases = softmax.layers[1].get_weights()
same = softmax.get_layer("first") is softmax.layers[1]
print(f"\nlayer 1 is '{softmax.layers[1].name}': {same}, {weights.shape}, {biases.shape}")

# %% Each of the 300 units has a weight for each pixel: an image. Blue pixels speak for what it looks for, orange
# ones against. Most of it is the initial noise, so look at what training changed, in the units that it changed most
changed = weights - untrained
most = np.argsort(-np.abs(changed).sum(axis=0))[:16]
title = "The 16 units that training changed most"
save(plot.weights(weights[:, most], title=f"{title}: their weights"), args.out, "09_weights.png")
save(plot.weights(changed[:, most], title=f"{title}: the change"), args.out, "09_changes.png")

# %% The numbers
for name, history in ends.items():
    print(f"{name:35s} accuracy on unseen digits {history['val_accuracy'][-1]:.3f}")
for rate, history in rates.items():
    print(f"learning rate {rate:<5}  loss {history['loss'][-1]:.4f}  accuracy {history['val_accuracy'][-1]:.3f}")
p, q = sigmoid.predict(x_test, verbose=0), softmax.predict(x_test, verbose=0)
print(f"answers sum to 1 with softmax: {np.allclose(q.sum(axis=1), 1)}, with sigmoids: {np.allclose(p.sum(axis=1), 1)}")
