"""``tf.GradientTape``: gradients of what a program computes by itself with models, losses and functions."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from enum import Enum
from importlib import import_module
from typing import Any

import numpy as np

from tinynet import tape
from tinynet.layers.symbolic import leaves
from tinynet.memory import Parameter
from tinynet.runner.tensors import tensor
from tinynet.runner.variables import Variable
from tinynet.runner.watched import OPEN, Watched, plain
from tinynet.runner.watching import of_parameter
from tinynet.variables import ASKED

__all__ = ["GradientTape"]


class UnconnectedGradients(Enum):
    """What stands where a target does not depend on a source."""

    NONE = "none"
    ZERO = "zero"


class Session:
    """What tapes that are open together remember."""

    def __init__(self) -> None:
        #: What stands for weights and variables, by their identities, with these: so that no identity is used again.
        self.nodes: dict[int, tuple[Any, Watched]] = {}
        self.made: list[Watched] = []
        #: The tapes that may still be asked.
        self.tapes: weakref.WeakSet[GradientTape] = weakref.WeakSet()

    def left(self, tape: GradientTape) -> None:
        """Forget everything when the last tape has been asked."""
        self.tapes.discard(tape)
        if not self.tapes:
            for each in self.made:
                each.terms = ()
            self.made.clear()


class GradientTape:
    """Remember what is computed within a ``with`` block, and give the gradients of it.

    Models and layers that are called in the block, losses, operators, and what TensorFlow's and Keras's functions make
    of what they give are followed; see `tinynet.tape`. What a program's own calls of NumPy's functions make are plain
    arrays, as in TensorFlow. Weights and variables are watched by themselves.

    Parameters
    ----------
    persistent : bool, default False
        Whether `gradient` may be asked several times.
    watch_accessed_variables : bool, default True
        Whether variables are watched without `watch`.

    Raises
    ------
    NotFollowedError
        In the block, for what would lose a gradient; from `gradient` in a block, for what cannot be differentiated
        once more: layers but the usual ones of dense networks, and losses that are no expressions.

    Examples
    --------
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.layers.Dense(1, kernel_initializer="ones", input_shape=(2,))])
    >>> with tinynet.install_as_keras():
    ...     import tensorflow as tf
    ...     with tf.GradientTape() as tape:
    ...         loss = tf.reduce_sum(tf.square(model(np.ones((3, 2)))))
    ...     slopes = tape.gradient(loss, model.trainable_variables)
    >>> loss.numpy(), slopes[0].tolist(), slopes[1].tolist()
    (np.float32(12.0), [[12.0], [12.0]], [12.0])
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent, self._variables, self._used = persistent, watch_accessed_variables, False
        self.session = Session()

    def __enter__(self) -> GradientTape:
        import_module("tinynet.runner.results").give_tensors()
        self.session = OPEN.now[-1].session if OPEN.now else self.session
        self.session.tapes.add(self)
        OPEN.now.append(self)
        ASKED.now.append(self._standing_for)
        return self

    def __exit__(self, *error: object) -> None:
        OPEN.now.remove(self)
        ASKED.now.remove(self._standing_for)

    def _standing_for(self, value: Any) -> Any:
        """Return what stands for a weight, a variable or a watched array; None for anything else."""
        value = getattr(value, "_parameter", None) or value
        if isinstance(value, Parameter):
            return of_parameter(value) if value.trainable else None
        known = self.session.nodes.get(id(value))
        watches = known is None and self._variables and isinstance(value, Variable)
        if watches and value.becomes_weight and value.trainable:
            self.watch(value)
            known = self.session.nodes[id(value)]
        return None if known is None else known[1]

    def watch(self, tensor: Any) -> None:
        """Follow an array, or several, as variables are."""
        for each in leaves(tensor):
            if not isinstance(each, (Watched, Parameter)) and id(each) not in self.session.nodes:
                self.session.nodes[id(each)] = (each, Watched(np.array(each)))

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: Any = None
    ) -> Any:
        """Return the gradients of what was computed, or of the sum of several things.

        Parameters
        ----------
        target : tensor or list
            What was computed in the block.
        sources : variable, or list or dict of them
            Weights, variables or watched arrays.
        output_gradients : array_like, optional
            What to begin with in place of ones.
        unconnected_gradients : {None, "zero"}
            What stands where the target does not depend on a source.

        Returns
        -------
        tensor, or such a list or dict
            The gradients, in the places of the sources.
        """
        if self._used and not self.persistent:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians): pass "
                "persistent=True."
            )
        self._used = True
        if isinstance(sources, Mapping):
            listed = self._of(target, list(sources.values()), output_gradients, unconnected_gradients)
            found: Any = dict(zip(sources, listed, strict=True))
        else:
            several = isinstance(sources, (list, tuple)) or hasattr(sources, "__next__")
            listed = self._of(target, list(sources) if several else [sources], output_gradients, unconnected_gradients)
            found = listed if several else listed[0]
        if not self.persistent:
            self.session.left(self)
        return found

    def _of(self, target: Any, sources: list[Any], begins: Any, unconnected: Any) -> list[Any]:
        nodes = [self._node_of(each) for each in sources]
        followed = any(tape is not self or tape.persistent for tape in OPEN.now)
        total: list[Any] = [None] * len(nodes)
        several = isinstance(target, (list, tuple, Mapping))
        targets = leaves(target) if several else [target]
        starts = [begins] if not several else [None] * len(targets) if begins is None else leaves(begins)
        for each, start in zip(targets, starts, strict=True):
            if not isinstance(each, Watched):
                continue
            reached = tape.reached(each)
            asked = [n for n, known in enumerate(nodes) if known is not None and known.number in reached]
            dy = np.ones_like(each.value) if start is None else np.asarray(plain(start), each.dtype)
            back = tape.followed_gradients if followed else tape.gradients
            for n, slope in zip(asked, back(each, dy, [nodes[n] for n in asked]), strict=True):
                total[n] = slope if total[n] is None else total[n] + slope
        zero = getattr(unconnected, "value", unconnected) == "zero"
        return [
            tensor(slope if isinstance(slope, Watched) else np.array(slope))
            if slope is not None
            else tensor(np.zeros(np.shape(source)))
            if zero
            else None
            for slope, source in zip(total, sources, strict=True)
        ]

    def _node_of(self, source: Any) -> Any:
        if isinstance(source, Watched):
            return source
        known = self.session.nodes.get(id(getattr(source, "_parameter", None) or source))
        return None if known is None else known[1]

    def watched_variables(self) -> tuple[Any, ...]:
        """Return the weights and variables that were used."""
        return tuple(source for source, _ in self.session.nodes.values())

    def reset(self) -> None:
        """Forget what was computed so far."""
        self.session.nodes.clear()
