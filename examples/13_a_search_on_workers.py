"""Which settings are best? 24 of them are tried on two workers at once, and give what they give one after the other.

Sweeps, cross-validation and ensembles of scikit-learn run on joblib's workers: other processes of this machine, or the
machines of a Dask cluster. The estimators of `tinynet.sklearn` go there as they are. Takes scikit-learn; with `--dask`,
which starts a small cluster on this machine, also Dask: pip install "dask[distributed]".
"""

# %% The digits, with every number from 0 to 1
from __future__ import annotations

import os
import time
from contextlib import ExitStack

import joblib
import numpy as np
from _shared import options, save
from sklearn.model_selection import GridSearchCV

from tinynet import plot
from tinynet.datasets import digits
from tinynet.sklearn import MLPClassifier

(x, y), (x_test, y_test) = digits.load_data()
x, x_test = (images.reshape(len(images), -1) / 16 for images in (x, x_test))

# %% The settings: every combination of them, and every one of them on three folds
SETTINGS = {
    "hidden_layer_sizes": [(16,), (32,), (64,), (32, 32)],
    "alpha": [1e-5, 1e-3, 1e-1],
    "learning_rate_init": [1e-3, 1e-2],
}


def search(epochs, workers):
    """Try all settings; return the search and the seconds it took."""
    # All settings are given the same number of epochs, so that none stops because it gets no better for a while.
    estimator = MLPClassifier(max_iter=epochs, n_iter_no_change=epochs, random_state=0)
    begun = time.perf_counter()
    found = GridSearchCV(estimator, SETTINGS, cv=3, n_jobs=workers).fit(x, y)
    return found, time.perf_counter() - begun


# %% Two workers. A Dask cluster of many machines differs from this one in the address that `Client` is given
def search_on_workers(epochs, dask):
    """The same with two processes at work."""
    with ExitStack() as stack:
        if dask:
            from dask.distributed import Client, LocalCluster

            cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
            stack.enter_context(cluster)
            stack.enter_context(Client(cluster))
        stack.enter_context(joblib.parallel_config("dask" if dask else "loky"))
        search(1, 2)  # workers take a second to start, and what is measured is the search
        return search(epochs, 2)


# %% Workers may read this file, and are not to start workers themselves: that is what the condition is for
if __name__ == "__main__":
    args = options(__doc__, epochs=60, flags=[("--dask", "use a Dask cluster's workers instead of joblib's own")])
    os.environ["PYTHONWARNINGS"] = "ignore:Stochastic Optimizer"  # which says that the epochs have come to their end
    search(1, workers=1)  # the first training on a machine compiles
    alone, seconds = search(args.epochs, workers=1)
    print(f"one after the other: best {alone.best_score_:.4f}, {seconds:.1f} s, with {alone.best_params_}")
    together, seconds_together = search_on_workers(args.epochs, args.dask)
    print(f"on two workers: best {together.best_score_:.4f}, {seconds_together / seconds:.2f} of the time")
    scores, others = (found.cv_results_["mean_test_score"] for found in (alone, together))
    print(f"every score is the same: {np.array_equal(scores, others)}")
    print(f"unseen digits that it reads: {together.score(x_test, y_test):.3f}")
    by_size = scores.reshape(3, 4, 2).mean(axis=2).T  # alpha, sizes, rates: settings are sorted by name
    curves = {str(sizes): row for sizes, row in zip(SETTINGS["hidden_layer_sizes"], by_size, strict=True)}
    alphas = np.log10(SETTINGS["alpha"])
    save(plot.lines(curves, alphas, xlabel="log10(alpha)", ylabel="validation score"), args.out, "13_scores.png")
