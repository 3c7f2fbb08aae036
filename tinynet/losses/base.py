"""What every loss has: two formulas, or two methods in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np

from tinynet import config
from tinynet._configurable import Configurable, refuse_unknown
from tinynet._configurable import arguments as arguments_of
from tinynet._names import snake_case
from tinynet._types import Array
from tinynet.kernels import maps
from tinynet.parts import Words, check_formulas, check_same_numbers, forget_inherited, numbers_for, written_in_python

#: What a formula of targets and outputs may be given.
OF_A_PAIR = frozenset({"Scalar Scalar", "Row Row", "Label Row"})
TargetKind = Literal["probabilities", "distribution", "classes", "values", "any"]


class Loss(Configurable):
    """Base class of losses; subclass it to write your own.

    The loss of a batch is Σ weight·loss / N over its N samples: divided by N also when the weights do not sum to N, as
    in Keras. There are two ways to write one. With `formulas`, as tinynet's own are written, it trains in the compiled
    loop. With the methods `forward` and `backward` in plain NumPy it trains in the layer loop.

    Parameters
    ----------
    name : str, optional
        How it is called; default the class's name in snake case.
    reduction, dtype
        Keras's: the reduction is ``"sum_over_batch_size"``, and losses are summed in float64.

    Attributes
    ----------
    targets : {"probabilities", "distribution", "classes", "values", "any"}
        What targets may be: checked before training. ``"any"`` checks their number only. A loss with formulas reads
        as many numbers as there are outputs, or the number of a class, so there the formulas say which it is.
    formulas : tuple of two formulas
        The loss of (y, p) and its derivative, of single outputs (`Scalar`), over which the loss is then averaged; or of
        a whole row (`Row`), the derivative then being written: (y, p, dp). A target that is the number of a class is a
        `Label`. Further arguments are attributes of the class, by name.
    words : Words
        What the trace says of them.

    Examples
    --------
    A loss in plain NumPy gives every sample's loss, and its gradient with respect to that sample's outputs:

    >>> class LogCosh(Loss):
    ...     def forward(self, y, p):
    ...         return np.log(np.cosh(p - y)).mean(axis=-1)
    ...
    ...     def backward(self, y, p):
    ...         return np.tanh(p - y) / p.shape[-1]
    >>> from tinynet import Sequential
    >>> from tinynet.layers import Dense
    >>> model = Sequential([Dense(1)])
    >>> model.compile("sgd", LogCosh())
    >>> history = model.fit(np.eye(4), np.arange(4.0), epochs=2, verbose=0)
    >>> history.history["loss"][1] < history.history["loss"][0]
    True
    """

    targets: ClassVar[TargetKind] = "any"
    formulas: ClassVar[tuple[Any, ...]] = ()
    words: ClassVar[Words]
    #: The same of the logits: what a network is trained with that ends in the activation `fuses`.
    logit_formulas: ClassVar[tuple[Any, ...]] = ()
    fuses: ClassVar[str | None] = None
    #: Loops over the logit formulas, where there are faster ones than `maps` makes.
    logit_kernels: ClassVar[tuple[Any, ...]] = ()
    #: Other names.
    aliases: ClassVar[tuple[str, ...]] = ()
    #: Whether predictions are logits.
    from_logits = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        forget_inherited(cls, "formulas", {"logit_formulas": ()})
        forget_inherited(cls, "logit_formulas", {"logit_kernels": ()})
        if not cls.logit_formulas:
            cls.fuses = None
        for attribute in ("formulas", "logit_formulas"):
            form = cls.__dict__.get(attribute)
            rows = isinstance(form, tuple) and bool(form) and maps.by_rows(form[0])
            gradient = "gradient(y, p, dp)" if rows else "gradient(y, p)"
            given = OF_A_PAIR, {"Row Row Row", "Label Row Row"} if rows else {"Scalar Scalar"}
            check_formulas(cls, given, ("loss(y, p)", gradient), attribute)
        if cls.formulas and cls.logit_formulas:
            check_same_numbers(cls, ((form[0], OF_A_PAIR) for form in (cls.formulas, cls.logit_formulas)))
        if cls.formulas:
            cls.targets = cls._kind_of_targets()

    @classmethod
    def _kind_of_targets(cls) -> TargetKind:
        """Return what the formulas read, so that no target of another kind can make them read beyond the outputs."""
        takes_classes = maps.kinds_of(cls.formulas[0])[0] == "Label"
        if cls.targets != "any" and takes_classes == (cls.targets == "classes"):
            return cls.targets
        if "targets" in cls.__dict__ and cls.targets != "any":
            raise TypeError(
                f"{cls.__name__}: its formulas take {'the number of a class' if takes_classes else 'numbers'}, which "
                f"are no targets {cls.targets!r}. Leave `targets` out: it follows from the formulas."
            )
        return "classes" if takes_classes else "values"

    def __init__(
        self, name: str | None = None, reduction: str = "sum_over_batch_size", dtype: Any = None, **unknown: Any
    ) -> None:
        refuse_unknown(type(self), unknown)
        if reduction != "sum_over_batch_size":
            raise ValueError(
                f"{type(self).__name__}: `reduction` is always 'sum_over_batch_size', a sum divided by the number of "
                f"samples. Received: {reduction!r}. For each sample's loss call the function, "
                "tinynet.losses.mean_squared_error(y_true, y_pred) for instance."
            )
        self.name = name or snake_case(type(self).__name__)
        self.reduction, self.dtype = reduction, dtype

    # ---- the compiled form ------------------------------------------------------------------------------------------

    @property
    def compiles(self) -> bool:
        """Whether the compiled loop can run it."""
        return not written_in_python(type(self), "formulas", ("forward", "backward", "__call__"))

    def pair(self, fused: bool = False) -> tuple[Any, ...]:
        """Return the two formulas in force: those of the logits where predictions are logits, or the loss is fused."""
        return self.logit_formulas if fused or self.from_logits else self.formulas

    def fuses_with(self, activation: str) -> bool:
        """Return whether a network that ends in the activation is trained on its logits."""
        return self.fuses == activation and not self.from_logits

    @property
    def numbers(self) -> Array:
        """What the formulas take beyond y and p."""
        return numbers_for(self, self.formulas[0], 2)

    def kernels(self, fused: bool = False) -> tuple[Any, Any]:
        """Return the loops over the two formulas: the weighted sum of the losses, and the gradient."""
        if self.logit_kernels and (fused or self.from_logits):
            return self.logit_kernels[0], self.logit_kernels[1]
        value, gradient = self.pair(fused)
        return maps.weighted_sum(value), maps.loss_gradient(gradient)

    def row_losses(self, y: Array, p: Array, fused: bool = False) -> Array:
        """Return the loss of each row in float64."""
        return (
            self._by_formula(y, p, fused) if self.compiles else np.asarray(self.forward(y, p), np.float64).reshape(-1)
        )

    def _by_formula(self, y: Array, p: Array, fused: bool = False) -> Array:
        out = np.empty(len(p))
        maps.row_values(self.pair(fused)[0])(y.reshape(-1), p.reshape(-1), p.shape[-1], self.numbers, out)
        return out

    # ---- in Python --------------------------------------------------------------------------------------------------

    def forward(self, y: Array, p: Array) -> Array:
        """Return the loss of each row: shape (N,) from targets and outputs (N, columns)."""
        self._require_formulas()
        return self._by_formula(y, p).astype(p.dtype)

    def backward(self, y: Array, p: Array) -> Array:
        """Return the gradient of each row's loss with respect to that row of the outputs: shape (N, columns)."""
        self._require_formulas()
        dp, nothing = np.empty_like(p), np.empty(0, p.dtype)
        run = self.kernels()[1]
        run(y.reshape(-1), p.reshape(-1), nothing, p.shape[-1], self.numbers, 1.0, dp.reshape(-1))
        return dp

    def _require_formulas(self) -> None:
        if not self.formulas:
            raise TypeError(f"{type(self).__name__} must define `forward(self, y, p)` and `backward(self, y, p)`.")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Return the loss of a batch."""
        y, p = as_rows(self.name, self.targets, y_true, y_pred)
        losses = np.asarray(self.forward(y, p), np.float64)
        if sample_weight is not None:
            weights = np.asarray(sample_weight, np.float64).reshape(-1)
            if weights.size != losses.size:
                raise ValueError(
                    f"{self.name}: expected a sample_weight for each of {losses.size} rows. Received {weights.size}."
                )
            losses = losses * weights
        return float(losses.sum() / len(losses))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def as_floats(values: Any) -> Array:
    """Return a contiguous array: a float array in its own type, anything else in `floatx`."""
    own = isinstance(values, np.ndarray) and values.dtype in (np.float32, np.float64)
    return np.ascontiguousarray(values, values.dtype if own else config.floatx())


def as_rows(name: str, kind: TargetKind, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """Return targets and predictions as contiguous (rows, columns) of one float type."""
    p = as_floats(y_pred)
    y = np.ascontiguousarray(y_true, p.dtype)
    check_targets(name, kind, y, p)
    p = p.reshape(-1, p.shape[-1] if p.ndim else 1)
    return y.reshape(len(p), -1), p


def check_targets(name: str, kind: TargetKind, y: Array, p: Array) -> None:
    """Raise a ValueError unless targets of this shape (and, for classes, these values) can be compared with `p`."""
    shape = p.shape[:-1] if kind == "classes" else p.shape
    fits = y.shape in (shape, (*shape, 1)) or (*y.shape, 1) == shape
    if not fits and not (kind == "any" and len(y) == len(p)):
        raise ValueError(f"{name}: expected targets of shape {shape} for predictions of {p.shape}. Received: {y.shape}")
    if kind == "classes" and y.size and not (y.min() >= 0 and y.max() < p.shape[-1]):
        raise ValueError(
            f"{name}: expected class numbers 0 to {p.shape[-1] - 1}. Received: values from {y.min():g} to {y.max():g}"
        )


def function_of(cls: type[Loss]) -> Callable[..., Array]:
    """Return the plain function of a loss, which gives each sample's: ``mean_squared_error(y_true, y_pred)``.

    Its further arguments are those of the class.
    """

    def function(y_true: Any, y_pred: Any, *arguments: Any, **options: Any) -> Array:
        loss = cls(**{**dict(zip(own, arguments, strict=False)), **options})
        y, p = as_rows(loss.name, loss.targets, y_true, y_pred)
        return loss.forward(y, p).reshape(np.shape(y_pred)[:-1])

    own = [name for name in arguments_of(cls) if name not in ("name", "reduction", "dtype")]
    more = "".join(f", {name}" for name in own)
    function.__name__ = function.__qualname__ = snake_case(cls.__name__)
    function.__module__ = "tinynet.losses"
    function.__doc__ = (
        f"Return each sample's loss, as `{cls.__name__}` computes it, from (y_true, y_pred{more}).\n\n"
        f"{(cls.__doc__ or '').partition(chr(10))[0]}"
    )
    return function
