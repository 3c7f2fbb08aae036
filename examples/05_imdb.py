"""Is a film review praise or blame? The network knows no language, only which words occur."""

# %% 25,000 reviews to learn from and 25,000 to test on, each a list of word numbers
from __future__ import annotations

from time import perf_counter

import numpy as np
from _shared import decode, load, multi_hot, options, save

import tinynet
from tinynet import plot
from tinynet.datasets import imdb
from tinynet.layers import Dense

args = options(__doc__, epochs=20, data=True)
files = ["imdb.npz", "imdb_word_index.json"]
(reviews, y), (reviews_test, y_test) = load(imdb, args.data, files, num_words=10_000)
names = {rank: word for word, rank in imdb.get_word_index().items()}
print(f"A review ({'praise' if y[0] else 'blame'}): {decode(reviews[0], names)[:200]} ...")

# %% Multi-hot: a column for each of the 10,000 words, with a 1 if the review has it. Nearly all entries are zero ...
start = perf_counter()
dense = np.zeros((len(reviews), 10_000), dtype="float32")
for row, review in enumerate(reviews):
    dense[row, review] = 1
dense_seconds = perf_counter() - start

# ... so a sparse matrix (CSR), which lists only the ones, says the same in a twenty-fifth of the memory
start = perf_counter()
x, x_test = multi_hot(reviews), multi_hot(reviews_test)
sparse_seconds = (perf_counter() - start) / 2
same = x.nnz == np.count_nonzero(dense) and bool(dense[x.nonzero()].all())
dense_mb, sparse_mb = dense.nbytes / 1e6, (x.data.nbytes + x.indices.nbytes + x.indptr.nbytes) / 1e6


# %% 16-16-1, trained on three fifths of the reviews and watched on the rest
def train(x, y, **settings):
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Dense(16, activation="relu"), Dense(16, activation="relu")])
    model.add(Dense(1, activation="sigmoid"))
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    start = perf_counter()
    history = model.fit(x, y, batch_size=512, **settings)
    return model, history, perf_counter() - start


held = 2 * len(y) // 5
for few in (dense[:512], x[:512]):  # so that the times do not include loading the compiled kernels
    train(few, y[:512], epochs=1, verbose=0)
_, from_dense, dense_epoch = train(dense[held:], y[held:], epochs=1, verbose=0)
_, from_sparse, sparse_epoch = train(x[held:], y[held:], epochs=1, verbose=0)
del dense
validation = (x[:held], y[:held])
_, history, seconds = train(x[held:], y[held:], epochs=args.epochs, validation_data=validation, verbose=2)
save(history.plot(title="IMDB: better and better on known reviews, worse on others"), args.out, "05_curves.png")

# %% The validation loss is lowest after 4 to 6 epochs, depending on the seed, and nearly flat from the third. The books
# take 4. So: from scratch, 4 epochs, with all reviews
best = int(np.argmin(history.history["val_loss"])) + 1
model, _, retrain_seconds = train(x, y, epochs=min(4, args.epochs), verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
p = model.predict(x_test, verbose=0)[:, 0]
answers = {"right": p[(p > 0.5) == y_test], "wrong": p[(p > 0.5) != y_test]}
middles = np.linspace(0.025, 0.975, 20)
counts = {name: np.histogram(values, 20, (0, 1))[0] for name, values in answers.items()}
ax = plot.lines(counts, middles, xlabel="probability of praise", ylabel="reviews (logarithmic)")
ax.set(yscale="log", title="How sure the answers to unseen reviews are")
save(ax, args.out, "05_how_sure.png")

# %% The mistakes it was surest of: retold plots, quoted opinions, doubtful labels
for i in np.argsort(-np.abs(p - y_test))[:3]:
    truth = "praise" if y_test[i] else "blame"
    print(f"\ntaken for {p[i]:.4f} praise, was {truth}: {decode(reviews_test[i], names)[:400]}")

# %% The numbers
print(f"\ndense and sparse hold the same: {same}; {dense_mb:.0f} and {sparse_mb:.0f} MB,")
print(f"made in {dense_seconds:.1f} and {sparse_seconds:.1f} s,")
print(f"an epoch takes {dense_epoch:.2f} and {sparse_epoch:.2f} s,")
print(f"loss after it {from_dense.history['loss'][0]:.4f} and {from_sparse.history['loss'][0]:.4f}")
print(f"validation loss lowest at epoch {best}; {len(history.epoch)} epochs took {seconds:.1f} s")
print(f"test loss {loss:.3f}, test accuracy {accuracy:.3f} after {retrain_seconds:.1f} s of training")
