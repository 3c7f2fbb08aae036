"""Estimators for scikit-learn: its multilayer perceptrons by changing the import, at tinynet's speed.

`MLPClassifier` and `MLPRegressor` take scikit-learn's arguments and do the same step for step: the same `random_state`
gives the same loss curve. Beyond that they take class weights, dropout, an activation per layer, any loss, optimizer
and callback of tinynet's, and report metrics per epoch.

Needs scikit-learn: ``pip install "tinynet-engine[sklearn]"``.

Examples
--------
>>> from sklearn.datasets import load_digits
>>> from tinynet.sklearn import MLPClassifier
>>> x, y = load_digits(return_X_y=True)
>>> classifier = MLPClassifier(tol=0.01, random_state=0).fit(x, y)
>>> classifier.score(x, y) > 0.9
True
"""

from __future__ import annotations

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        'tinynet.sklearn needs scikit-learn, which is not installed: pip install "tinynet-engine[sklearn]"'
    ) from error

from tinynet.sklearn.classifier import MLPClassifier
from tinynet.sklearn.keras3 import SKLearnClassifier, SKLearnRegressor
from tinynet.sklearn.regressor import MLPRegressor
from tinynet.sklearn.scikeras import KerasClassifier, KerasRegressor

__all__ = [
    "KerasClassifier",
    "KerasRegressor",
    "MLPClassifier",
    "MLPRegressor",
    "SKLearnClassifier",
    "SKLearnRegressor",
]
