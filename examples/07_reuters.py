"""Which of 46 topics is a newswire about? Three ways to write the labels, one result."""

# %% 8,982 newswires to learn from, 2,246 to test on
from __future__ import annotations

import numpy as np
from _shared import decode, load, multi_hot, options, save

import tinynet
from tinynet import plot
from tinynet.datasets import reuters
from tinynet.layers import Dense
from tinynet.utils import to_categorical

args = options(__doc__, epochs=20, data=True)
files = ["reuters.npz", "reuters_word_index.json"]
(wires, y), (wires_test, y_test) = load(reuters, args.data, files, num_words=10_000)
x, x_test = multi_hot(wires), multi_hot(wires_test)
topics = reuters.get_label_names()
names = {rank: word for word, rank in reuters.get_word_index().items()}
print(f"A newswire ({topics[y[0]]}): {decode(wires[0], names)[:160]} ...")

# %% One-hot labels: a column for each topic, 1 in the right one. By hand, and the usual way
by_hand = np.zeros((len(y), len(topics)))
by_hand[np.arange(len(y)), y] = 1
one_hot = to_categorical(y, len(topics))


# %% 64-64-46: the softmax spreads a probability of 1 over the topics
def train(labels, x=x, loss="categorical_crossentropy", **settings):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential(
        [Dense(64, activation="relu"), Dense(64, activation="relu"), Dense(len(topics), activation="softmax")]
    )
    model.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    return model, model.fit(x, labels, batch_size=512, verbose=0, **settings).history


# The sparse loss takes the topic's number itself. It is the same loss: all other terms of the sum are zero.
losses = {
    "one-hot by hand": train(by_hand, epochs=2)[1]["loss"],
    "to_categorical": train(one_hot, epochs=2)[1]["loss"],
    "integers, sparse loss": train(y, loss="sparse_categorical_crossentropy", epochs=2)[1]["loss"],
}

# %% How many epochs? The validation curve says
held = min(1000, len(y) // 5)
validation = (x[:held], one_hot[:held])
_, history = train(one_hot[held:], x[held:], epochs=args.epochs, validation_data=validation)
best = int(np.argmin(history["val_loss"])) + 1
figure = plot.history(history, title="Reuters newswires: 46 topics")
for ax in figure.axes:
    ax.axvline(best, color="#555555", linewidth=1.2, linestyle=":", label=f"epoch {best}, the best")
    ax.legend(frameon=False)
save(figure, args.out, "07_curves.png")

# %% From scratch for that long, with everything
model, _ = train(one_hot, epochs=best)
_, accuracy = model.evaluate(x_test, to_categorical(y_test, len(topics)), verbose=0)
p = model.predict(x_test, verbose=0)
answers = p.argmax(axis=1)
always = np.bincount(y).argmax()  # the most frequent topic

# %% What is mistaken for what: the eight most frequent topics, and all others as one
frequent = np.argsort(-np.bincount(y, minlength=len(topics)))[:8]
place = np.full(len(topics), 8)
place[frequent] = np.arange(8)
labels = [*(topics[c] for c in frequent), "others"]
ax = plot.confusion_matrix(place[y_test], place[answers], labels=labels, title="Unseen newswires: taken for what?")
save(ax, args.out, "07_confusion.png")

# %% The numbers
print(f"\nby hand equals to_categorical: {(by_hand == one_hot).all()}; losses of two epochs:")
for name, values in losses.items():
    print(f"  {name:22s} {values[0]:.6f} {values[1]:.6f}")
print(f"best epoch {best}; the probabilities of an answer sum to {p[0].sum():.6f}")
print(f"test accuracy {accuracy:.3f}; always saying '{topics[always]}' would give {(y_test == always).mean():.3f}")
