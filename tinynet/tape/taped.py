"""Arrays that remember how they were computed, and what NumPy's functions make of them."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinynet._signatures import arguments as arguments_of
from tinynet._signatures import takes
from tinynet._types import Array
from tinynet.tape import derivatives
from tinynet.tape.activations import activated
from tinynet.tape.derivatives import NotFollowedError
from tinynet.variables import STANDING_FOR, in_place_of

_count = itertools.count()


class Term(NamedTuple):
    """Where something came from: an array, and what makes that array's share of the gradient."""

    origin: Taped
    share: Callable[[Array], Any]
    how: Any = None  # what `backwards` makes of it that is followed itself


class Taped(NDArrayOperatorsMixin):
    """An array that remembers how it was computed.

    NumPy's functions and operators work on it, and give such arrays again.

    Parameters
    ----------
    value : ndarray
        The numbers.
    terms : sequence of Term, optional
        What they were computed from. None for an array that things begin with.

    Examples
    --------
    >>> from tinynet.tape import gradients
    >>> x = Taped(np.array([1.0, 2.0, 3.0]))
    >>> y = (np.exp(x) * x)[1:].sum()
    >>> gradients(y, np.ones(()), [x])[0]  # of x·eˣ: (1 + x)·eˣ
    array([ 0.        , 22.1671683 , 80.34214769])
    """

    def __init__(self, value: Any, terms: Sequence[Term] = ()) -> None:
        self.value = np.asarray(value)
        self.terms, self.number = tuple(terms), next(_count)

    # ---- what arrays are asked --------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.value.size

    @property
    def dtype(self) -> Any:
        """The type of the numbers."""
        return self.value.dtype

    @property
    def T(self) -> Any:  # noqa: N802  # NumPy's
        """The axes in the opposite order."""
        return recorded(np.transpose, (self,), {})

    def get_shape(self) -> tuple[int, ...]:
        """Return the lengths of the axes, as TensorFlow's tensors do."""
        return self.shape

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return recorded(operator.getitem, (self, key), {})

    def __getattr__(self, name: str) -> Any:
        if name not in derivatives.METHODS:
            raise AttributeError(f"what is computed within `call` has no attribute {name!r}: {_ADVICE}")
        function = getattr(np, derivatives.METHODS[name])
        return lambda *arguments, **options: recorded(function, _of_method(self, name, arguments), options)

    def astype(self, dtype: Any, **options: Any) -> Any:
        """Return the same numbers in another type; whole ones depend on nothing."""
        found = self.value.astype(dtype)
        term = Term(self, lambda dy: dy, (np.multiply, (self, 1), {}, 0))
        return type(self)(found, [term]) if found.dtype.kind == "f" else found

    def activated(self, function: Any) -> Taped:
        """Return what an activation function makes of it."""
        z = np.ascontiguousarray(self.value if self.ndim else self.value.reshape(1))
        rows = z.reshape(-1, z.shape[-1])
        a = rows.copy()
        function.forward(a)

        def share(dy: Array) -> Array:
            da = np.array(dy, a.dtype).reshape(a.shape)
            function.backward(*function.backward_arguments(rows, a, da))
            return da.reshape(self.shape)

        return type(self)(a.reshape(self.shape), [Term(self, share, lambda: activated(function, self))])

    def copy(self) -> Taped:
        """Return the array: nothing is written to it."""
        return self

    # ---- NumPy's functions ------------------------------------------------------------------------------------------

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if options.get("out") is not None:
            self._refuse(f"np.{function.__name__} with `out`")
        if method == "reduce" and function in derivatives.REDUCED:
            return recorded(derivatives.REDUCED[function], inputs, {"axis": 0, **options})
        if method != "__call__":
            self._refuse(f"np.{function.__name__}.{method}")
        return recorded(function, inputs, options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        return recorded(function, arguments, options)

    def __array__(self, *arguments: Any, **options: Any) -> NoReturn:
        self._refuse("a plain array of it")

    numpy = __array__

    # `x += y`: x is the new array from then on, as with TensorFlow's tensors.
    __iadd__, __isub__ = NDArrayOperatorsMixin.__add__, NDArrayOperatorsMixin.__sub__
    __imul__, __itruediv__ = NDArrayOperatorsMixin.__mul__, NDArrayOperatorsMixin.__truediv__
    __ipow__, __imatmul__ = NDArrayOperatorsMixin.__pow__, NDArrayOperatorsMixin.__matmul__

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> NoReturn:
        self._refuse("a plain number of it")

    def __repr__(self) -> str:
        return f"<Taped {self.value!r}>"

    def _refuse(self, what: str) -> NoReturn:
        raise NotFollowedError(f"{what} would lose its gradient: {_ADVICE}")


_ADVICE = (
    "tinynet follows arithmetic, indexing and NumPy's usual functions (exp, log, tanh, matmul, sum, mean, max, "
    "reshape, concatenate, where and the others of tinynet.tape.KNOWN)."
)


def _of_method(array: Taped, name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of NumPy's function for those of a method: ``x.reshape(2, 3)``, ``x.transpose(1, 0)``."""
    apart = name in ("reshape", "transpose") and len(arguments) > 1
    return (array, arguments) if apart else (array, *arguments)


def recorded(function: Any, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
    """Return what a function makes of arguments with `Taped` arrays among them, which remembers where it came from."""
    arguments = _with_weights(tuple(arguments))
    options = {k: v for k, v in options.items() if k not in ("out", "dtype")}
    if any(_mapped(each, lambda taped: None) is not each for each in options.values()):
        arguments, options = _by_place(function, arguments, options)
    if function in derivatives.COMPOSED:
        return with_options(derivatives.COMPOSED[function], function, arguments, options)
    plain = [_mapped(each, lambda taped: taped.value) for each in arguments]
    if function is np.where:  # whose condition moves nothing
        arguments = (plain[0], *arguments[1:])
    found: list[Taped] = []
    for each in arguments:
        _mapped(each, lambda taped: found.append(taped))
    if function in derivatives.CONSTANT:
        return function(*plain, **options)
    mode = options.get("mode", plain[2] if len(plain) > 2 else "constant")
    if function is np.pad and mode not in derivatives.PADDING:
        raise NotFollowedError(f"np.pad with mode={mode!r} cannot be followed: {_ADVICE}")
    if function in derivatives.MOVING:
        return _moved(function, arguments, plain, options, found)
    if function not in derivatives.RULES:
        raise NotFollowedError(f"np.{getattr(function, '__name__', function)} cannot be followed: {_ADVICE}")
    value = function(*plain, **options)
    shares = with_options(derivatives.RULES[function], function, (value, *plain), options)
    how = [(function, arguments, options, n) for n in range(len(arguments))]
    terms = [Term(*each) for each in zip(arguments, shares, how, strict=False) if isinstance(each[0], Taped)]
    return type(terms[0].origin)(value, terms)


def _by_place(function: Any, arguments: Sequence[Any], options: dict[str, Any]) -> tuple[tuple[Any, ...], Any]:
    """Return a call's arguments with the arrays that have a name in their places."""
    found, left = [*arguments], {**options}
    for name in [*arguments_of(function)][len(found) :]:
        if name not in left:
            break
        found.append(left.pop(name))
    for name, each in left.items():
        if _mapped(each, lambda taped: None) is not each:
            raise NotFollowedError(f"np.{function.__name__}: pass the array by its place, not as `{name}`. {_ADVICE}")
    return tuple(found), left


def with_options(rule: Any, function: Any, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
    """Return what a rule makes of arguments, or raise a NotFollowedError for options that it does not know."""
    if unknown := [name for name in options if not _knows(rule, name)]:
        raise NotFollowedError(f"np.{function.__name__} with `{unknown[0]}` cannot be followed: {_ADVICE}")
    return rule(*arguments, **options)


_knows = functools.cache(takes)


@contextmanager
def standing_for(taped: Mapping[Any, Any]) -> Iterator[None]:
    """Let arrays stand for parameters, where a layer is asked for them by name, or keeps them in a list."""
    before = STANDING_FOR.set({**STANDING_FOR.get(), **{id(parameter): array for parameter, array in taped.items()}})
    try:
        yield
    finally:
        STANDING_FOR.reset(before)


def _with_weights(value: Any) -> Any:
    """Return arguments with the taped array in place of what stands for a parameter."""
    if isinstance(value, (list, tuple)):
        listed = [_with_weights(each) for each in value]
        return type(value)(listed) if any(a is not b for a, b in zip(listed, value, strict=True)) else value
    return in_place_of(value)


def _mapped(value: Any, change: Callable[[Taped], Any]) -> Any:
    """Return a value with another thing in place of each taped array in its lists."""
    if isinstance(value, Taped):
        return change(value)
    if isinstance(value, (list, tuple)):
        found = [_mapped(each, change) for each in value]
        if any(new is not old for new, old in zip(found, value, strict=True)):
            return type(value)(found)
    return value


def _moved(function: Any, arguments: Sequence[Any], plain: Any, options: Any, origins: Sequence[Taped]) -> Any:
    """Return what a function makes that only puts numbers at other places, several times or not at all.

    The function is run once more, on the numbers of the places in place of the numbers, and 0 for a constant. So the
    gradient of each place is the sum over where it went.
    """
    ends = np.cumsum([each.size for each in origins])
    numbers = iter(
        np.arange(end - each.size + 1, end + 1).reshape(each.shape) for each, end in zip(origins, ends, strict=True)
    )
    places: list[Any] = []
    for each in arguments:
        at = _mapped(each, lambda taped: next(numbers))
        moved = function is np.where and len(places) > 0
        places.append(np.zeros(np.shape(each), int) if moved and at is each else _without_constants(at, each))
    nothing = {"constant_values": 0} if "constant_values" in options else {}
    went, value = function(*places, **{**options, **nothing}), function(*plain, **options)
    total = int(ends[-1]) if len(ends) else 0

    def piece(value: Any, went: Any) -> Taped:
        def share_of(origin: Taped, end: int) -> Callable[[Array], Array]:
            def share(dy: Array) -> Array:
                summed = np.bincount(np.ravel(went), np.ravel(dy), total + 1)
                return summed[end - origin.size + 1 : end + 1].reshape(origin.shape)

            return share

        both = zip(origins, ends, strict=True)
        terms = [Term(each, share_of(each, int(end)), (None, went, total, int(end))) for each, end in both]
        return type(origins[0])(value, terms)

    if isinstance(value, (list, tuple)):
        return [piece(*pair) for pair in zip(value, went, strict=True)]
    return piece(value, went)


def _without_constants(at: Any, given: Any) -> Any:
    """Return a list with zeros in place of the arrays that are no taped ones."""
    if isinstance(at, (list, tuple)) and at is not given:
        return [np.zeros(np.shape(a), int) if a is g else a for a, g in zip(at, given, strict=True)]
    return at
