"""`Film`: a training recorded epoch by epoch, and shown as a page to play, to stop and to go back."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np

from tinynet._arguments import checked, shown, whole_number
from tinynet._types import Array
from tinynet._whole import quiet
from tinynet._writing import write_file
from tinynet.callbacks import Callback, History
from tinynet.learn.boundary import Plane
from tinynet.learn.excerpt import Excerpt
from tinynet.learn.languages import checked_language, said, speaking
from tinynet.learn.recorder import Recorder
from tinynet.learn.rows import check_rows, some_rows
from tinynet.learn.shadow import Shadow, shadow, with_randomness_kept
from tinynet.learn.tracing import Trace

#: Samples that each frame's training step is traced with.
_ROWS = 16
#: So many frames a film has at most, unless `every` says otherwise.
_FRAMES = 100


@checked
class Film(Callback):
    """Record a training: weights, gradients, activations, loss and metrics, and the decision boundary.

    Each frame is a traced training step on a copy of the model, on a few of the samples, so the training itself is not
    affected. The first frame shows the model before its first epoch, the last one what the training left.

    Parameters
    ----------
    x, y : array-like
        The samples and targets: those of the training, for example.
    every : int, optional
        Record every how many epochs. Default: so that there are at most 100 frames.
    pair : (int, int), optional
        Which two numbers of a sample span the plane of the decision boundary, the others being at their means. Default:
        both, where a sample is two numbers; else no boundary is drawn.
    path : path, optional
        Where to write the page when the training ends. Default: nowhere; see `to_html`.
    lang : {"en", "ko"}, optional
        The language of the page. Default: what the environment's ``TINYNET_LANG`` says, else English.

    Attributes
    ----------
    epochs : list of int
        How many epochs were done at each frame.
    curves : dict
        Loss and metrics by name, a number for each epoch.
    history : History or None
        What `fit` returned, where ``model.film`` made the film.

    Examples
    --------
    >>> import tinynet
    >>> from tinynet import datasets
    >>> (x, y), _ = datasets.moons.load_data(n_samples=50)
    >>> model = tinynet.Sequential([tinynet.layers.Dense(4, "tanh"), tinynet.layers.Dense(1, "sigmoid")])
    >>> model.compile("adam", "binary_crossentropy")
    >>> film = Film(x, y, every=2)
    >>> history = model.fit(x, y, epochs=6, verbose=0, callbacks=[film])
    >>> film.epochs
    [0, 2, 4, 6]
    >>> film.to_html()[:15]
    '<!doctype html>'
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        every: int | None = None,
        pair: tuple[int, int] | None = None,
        path: str | PathLike[str] | None = None,
        lang: str | None = None,
    ) -> None:
        check_rows("Film", x, y)
        self.lang = checked_language(lang)
        self.x, self.y, self.pair, self.path = x, y, pair, path
        self.every = None if every is None else whole_number("Film", "every", every)
        self.history: History | None = None
        self._forget()

    def _forget(self) -> None:
        self.epochs: list[int] = []
        self.curves: dict[str, list[float]] = {}
        self.frames: list[dict[str, Array]] = []
        self.plane: Plane | None = None
        self.first: Trace | None = None
        self._shadow: Shadow | None = None
        self._done = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Record the model as it is before the first epoch."""
        self._forget()
        self._batch = some_rows(self.x, _ROWS), some_rows(self.y, _ROWS)
        self.plane = Plane.of(self._at_work(), self.x, self.y, self.pair)
        self._epochs = int((self.params or {}).get("epochs") or 1)
        self._step = self.every or max(1, -(-self._epochs // _FRAMES))
        self._record()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record a frame, if it is due."""
        self._done = epoch + 1
        for name, value in (logs or {}).items():
            self.curves.setdefault(name, []).append(float(value))
        if self._done % self._step == 0:
            self._record()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Record what the training left, and write the page if there is a path."""
        weights = self._at_work().get_weights()
        if self.epochs[-1] != self._done or not all(map(np.array_equal, weights, self._weights)):
            if self.epochs[-1] == self._done:  # a callback has put other weights back since
                del self.epochs[-1], self.frames[-1]
                if self.plane is not None:
                    del self.plane.frames[-1]
            self._record()
        if self.path is not None:
            self.to_html(self.path)

    @quiet
    def _record(self) -> None:
        model = self._at_work()

        def recorded() -> Trace:
            self._shadow = shadow(model, *self._batch) if self._shadow is None else self._shadow.renewed()
            return Trace(Recorder(self._shadow).run(), f"{model.name!r}", self.lang)

        trace = with_randomness_kept(recorded)
        self._weights = model.get_weights()
        if self.first is None:
            self.first, self.excerpt = trace, Excerpt(trace, 2 + self._epochs // self._step)
        self.epochs.append(self._done)
        self.frames.append(self.excerpt.of(trace))
        if self.plane is not None:
            self.plane.record(model)

    @property
    def title(self) -> str:
        """What the page is called: the model, and how it was trained."""
        if self.first is None:
            return ""
        network = self.first.record.network
        assert network.loss is not None
        assert network.optimizer is not None
        names = {"loss": network.loss.name, "optimizer": network.optimizer.name}
        with speaking(self.lang):
            return said("film: title", model=self.model.name, **names)

    def to_html(self, path: str | PathLike[str] | None = None) -> str:
        """Return the page, and write it to `path` if given: one file that needs no network.

        Buttons, the slider and keys (space, ← →, Home, End) go through the frames. Each frame opens into its trace: all
        steps from the samples to the new weights, with their numbers at that frame.
        """
        return films({"": self}, path)


@checked
def films(runs: Mapping[str, Film], path: str | PathLike[str] | None = None) -> str:
    """Return a page with several films side by side, all on one slider, and write it to `path` if given.

    It speaks the language of the first film.

    Parameters
    ----------
    runs : dict
        Films by what to call them: other optimizers, learning rates or initializers.
    path : path, optional
        Where to write the page.

    Examples
    --------
    >>> import tinynet
    >>> from tinynet import datasets
    >>> (x, y), _ = datasets.xor.load_data(n_samples=40)
    >>> runs = {}
    >>> for rate in (0.01, 1.0):
    ...     tinynet.set_random_seed(1)
    ...     model = tinynet.Sequential([tinynet.layers.Dense(4, "tanh"), tinynet.layers.Dense(1, "sigmoid")])
    ...     model.compile(tinynet.optimizers.SGD(rate), "binary_crossentropy")
    ...     runs[f"rate {rate}"] = model.film(x, y, epochs=2, path=None, verbose=0)
    >>> page = films(runs)
    >>> "rate 0.01" in page, "rate 1.0" in page
    (True, True)
    """
    from tinynet.learn.film_page import page

    if not runs:
        raise ValueError("films: expected at least one film. Received: {}")
    for name, film in runs.items():
        if not isinstance(film, Film):
            raise TypeError(f"films: expected films by name. Received: {shown(film)} as {name!r}")
        if not film.frames:
            raise ValueError("Film: nothing was recorded yet. Give it to fit first: callbacks=[film].")
    with speaking(next(iter(runs.values())).lang):
        text = page(runs)
    if path is not None:
        write_file(path, text.encode())
    return text
