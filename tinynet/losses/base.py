"""What every loss has: two formulas, or two methods in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinynet._arguments import checked, flag
from tinynet._configurable import Configurable, refuse_unknown
from tinynet._names import own_name, snake_case
from tinynet._results import Result
from tinynet._signatures import arguments as arguments_of
from tinynet._types import Array, NoMore
from tinynet._whole import quiet
from tinynet.kernels import maps
from tinynet.kernels.reductions import MEAN
from tinynet.losses import answers, on_tape
from tinynet.losses.expressions import followed
from tinynet.losses.pairs import TargetKind, as_arrays, as_floats, as_rows, checked_dtype
from tinynet.losses.reductions import REDUCTIONS, checked_reduction, is_number, reduced
from tinynet.parts import Words, check_formulas, check_same_numbers, forget_inherited, numbers_for, written_in_python

#: What a formula of targets and outputs may be given.
OF_A_PAIR = frozenset({"Scalar Scalar", "Row Row", "Label Row"})


class Loss(Configurable):
    """Base class of losses; subclass it to write your own.

    The loss of a batch is Σ weight·loss / N over its N samples: divided by N also when the weights do not sum to N, as
    in Keras (unless `reduction` says otherwise).

    There are two ways to write one. With `formulas`, as tinynet's own are written, it trains in the compiled loop. With
    the methods `forward` and `backward` in plain NumPy it trains in the layer loop. `call(self, y_true, y_pred)`,
    Keras's method, may stand in place of both: it is differentiated by `tinynet.tape`. `forward` returns the loss of
    each row; several values of a row are averaged, and one number is the mean over all rows, which sample weights
    cannot be applied to.

    Parameters
    ----------
    name : str, optional
        How it is called; default the class's name in snake case.
    reduction : str or None, default "sum_over_batch_size"
        What a batch's loss is: ``"sum_over_batch_size"`` or ``"mean"`` divides the weighted sum by the number of
        samples, ``"mean_with_sample_weight"`` by the sum of their weights, ``"sum"`` by nothing; ``"none"`` or None
        returns every sample's loss, and cannot train.
    dtype : {"float32", "float64"}, optional
        The type of the formulas and of what is returned; default that of the predictions. Sums are in float64.

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

    >>> class Quartic(Loss):
    ...     def forward(self, y, p):
    ...         return ((p - y) ** 4).mean(axis=-1)
    ...
    ...     def backward(self, y, p):
    ...         return 4 * (p - y) ** 3 / p.shape[-1]
    >>> from tinynet import Sequential
    >>> from tinynet.layers import Dense
    >>> model = Sequential([Dense(1)])
    >>> model.compile("sgd", Quartic())
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
    #: Formulas of a row of targets and one of outputs, whose values the words have under these names.
    told_of_rows: ClassVar[dict[str, Any]] = {}
    #: Other names.
    aliases: ClassVar[tuple[str, ...]] = ()
    from_logits = False  # whether predictions are logits
    #: Arguments that a configuration need not name, with their defaults.
    config_defaults: ClassVar[dict[str, Any]] = {"dtype": None}

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

    @checked
    def __init__(
        self, name: str | None = None, reduction: Any = "sum_over_batch_size", dtype: Any = None,
        **unknown: Unpack[NoMore],
    ) -> None:  # fmt: skip
        refuse_unknown(type(self), unknown)
        self.name = own_name(type(self).__name__, name) or snake_case(type(self).__name__)
        self.reduction = checked_reduction(type(self).__name__, reduction)
        self.dtype = checked_dtype(type(self).__name__, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a loss again; those that Keras leaves out only if they were chosen."""
        left_out = self.config_defaults
        given = {k: v for k, v in super().get_config().items() if k not in left_out or left_out[k] != v}
        return {"name": self.name, "reduction": self.reduction, **given}

    # ---- the compiled form ------------------------------------------------------------------------------------------

    @property
    def compiles(self) -> bool:
        """Whether the compiled loop can run it."""
        return not written_in_python(type(self), "formulas", ("forward", "backward", "call", "__call__"))

    def pair(self, fused: bool = False) -> tuple[Any, ...]:
        """Return the two formulas in force: those of the logits where predictions are logits, or the loss is fused."""
        return self.logit_formulas if flag(self.name, "fused", fused) or self.from_logits else self.formulas

    @checked
    def fuses_with(self, activation: str) -> bool:
        """Return whether a network that ends in the activation is trained on its logits."""
        return self.fuses == activation and not self.from_logits

    @property
    def numbers(self) -> Array:
        """What the formulas take beyond y and p."""
        return numbers_for(self, 2)

    @property
    def reduced_by(self) -> int:
        """How the loops make the loss of a batch of its rows' losses, as `kernels.reductions` calls it."""
        return REDUCTIONS[self.reduction] or MEAN

    def kernels(self, fused: bool = False) -> tuple[Any, Any]:
        """Return the loops over the two formulas: the weighted sum of the losses, and the gradient."""
        if self.logit_kernels and (flag(self.name, "fused", fused) or self.from_logits):
            return self.logit_kernels[0], self.logit_kernels[1]
        formulas = self.pair(fused)
        if not formulas:
            raise TypeError(f"Loss '{self.name}' has no formulas of {'logits' if fused else 'its own'}.")
        value, gradient = formulas
        return maps.weighted_sum(value), maps.loss_gradient(gradient)

    # ---- what the loops ask of a user's own loss --------------------------------------------------------------------

    @property
    def own_method(self) -> str:
        """The method in which a user's class computes its losses, ``"forward"`` or ``"call"``; "" if formulas do."""
        return written_in_python(type(self), "formulas", ("forward", "call"))

    def row_losses(self, y: Array, p: Array, fused: bool = False, weighted: bool = False) -> Array:
        """Return the loss of each row in float64, from (rows, columns); what a user's own loss gives is looked at."""
        y, p = as_rows(self.name, self.targets, y, p)
        if not self.own_method:
            return self._by_formula(y, p, fused)
        returned = getattr(self, self.own_method)(y.copy(), p.copy())  # it may write to them
        return answers.row_values(self, self.own_method, returned, len(p), weighted)

    def row_gradients(self, y: Array, p: Array) -> Array:
        """Return the gradient of each row's loss, (rows, columns); what a user's own loss gives is looked at."""
        y, p = as_rows(self.name, self.targets, y, p)
        return answers.gradients(self, self.backward(y.copy(), p.copy()), p)

    def why_not_in_loops(self) -> str:
        """Return why a model cannot be compiled with it, or ""."""
        if REDUCTIONS[checked_reduction(self.name, self.reduction)] is None:
            return f"reduction={self.reduction!r}: a model is trained by one number a batch; leave `reduction` out"
        return ""

    def check_trainable(self) -> None:
        """Raise a TypeError for a loss without a gradient."""
        if not self.formulas and type(self).backward is Loss.backward and self.own_method != "call":
            raise TypeError(f"{type(self).__name__} {on_tape.CANNOT_TRAIN}")

    # ---- in Python --------------------------------------------------------------------------------------------------

    @quiet
    def forward(self, y: Any, p: Any) -> Array:
        """Return the loss of each row: shape (N,) from targets and outputs (N, columns)."""
        if self.formulas:
            targets, outputs = self._arrays(y, p)
            return self._by_formula(targets, outputs).reshape(outputs.shape[:-1]).astype(outputs.dtype)
        if self.own_method == "call":
            own: Array = on_tape.by_itself(self, y, p)
            return own
        raise TypeError(f"{type(self).__name__} must define `forward(self, y, p)` and `backward(self, y, p)`.")

    @quiet
    def backward(self, y: Any, p: Any) -> Array:
        """Return the gradient of each row's loss with respect to that row of the outputs: shape (N, columns)."""
        self.check_trainable()
        if self.own_method == "call":
            return on_tape.gradient(self, *as_rows(self.name, self.targets, y, p))
        targets, outputs = self._arrays(y, p)
        gradient, weights, columns = np.empty_like(outputs), np.empty(0, outputs.dtype), outputs.shape[-1]
        run = self.kernels()[1]
        run(targets.reshape(-1), outputs.reshape(-1), weights, columns, self.numbers, 1.0, gradient.reshape(-1))
        return gradient

    @followed
    def call(self, y_true: Any, y_pred: Any) -> Array:
        """Return the losses as they are before the reduction, one for each row (the last axis): Keras's name.

        A user's loss may define it in place of `forward`. It is given the arrays in their own shapes.
        """
        losses, _, dtype = self.unreduced(y_true, y_pred)
        return np.asarray(losses, dtype)

    @followed
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss of a batch, reduced as `reduction` says: a float, or an array for None."""
        weighted = sample_weight is not None and not is_number(sample_weight)
        losses, counted, dtype = self.unreduced(y_true, y_pred, weighted)
        loss = reduced(self.name, losses, sample_weight, self.reduction, counted)
        return Result(loss, self.dtype or "") if isinstance(loss, float) else loss.astype(dtype)

    def unreduced(self, y_true: Any, y_pred: Any, weighted: bool = False) -> tuple[Array, Array | None, Any]:
        """Return the losses in float64, which of them count (None for all), and the type that they are asked in."""
        if self.own_method == "call":
            p = as_floats(y_pred, dtype=self.dtype)
            y = as_floats(y_true, "y_true", p.dtype)
            return answers.values(self, on_tape.by_itself(self, y, p), weighted), None, p.dtype
        y, p = self._arrays(y_true, y_pred)
        rows = p.reshape(-1, p.shape[-1])
        losses = self.row_losses(y.reshape(len(rows), -1), rows, weighted=weighted)
        return losses.reshape(p.shape[:-1]), None, p.dtype

    def _arrays(self, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
        """Return targets and predictions, checked, in one float type; the last axis is that of the outputs."""
        return as_arrays(self.name, self.targets, y_true, y_pred, self.dtype)

    def _by_formula(self, y: Array, p: Array, fused: bool = False) -> Array:
        out = np.empty(p.size // p.shape[-1])
        maps.row_values(self.pair(fused)[0])(y.reshape(-1), p.reshape(-1), p.shape[-1], self.numbers, out)
        return out

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def function_of(cls: type[Loss]) -> Callable[..., Array]:
    """Return the plain function of a loss, which gives each sample's: ``mean_squared_error(y_true, y_pred)``.

    Its further arguments are those of the class.
    """

    def function(y_true: Any, y_pred: Any, *arguments: Any, **options: Any) -> Array:
        if len(arguments) > len(own):
            raise TypeError(
                f"{function.__name__} takes (y_true, y_pred{more}). Received: {len(arguments) + 2} of them."
            )
        losses: Array = cls(**dict(zip(own, arguments, strict=False)), **options).call(y_true, y_pred)
        return losses

    own = [name for name in arguments_of(cls) if name not in ("name", "reduction", "dtype")]
    more = "".join(f", {name}" for name in own)
    function.__name__ = function.__qualname__ = snake_case(cls.__name__)
    function.__module__ = "tinynet.losses"
    function.__doc__ = (
        f"Return each sample's loss, as `{cls.__name__}` computes it, from (y_true, y_pred{more}).\n\n"
        f"{(cls.__doc__ or '').partition(chr(10))[0]}"
    )
    return function
