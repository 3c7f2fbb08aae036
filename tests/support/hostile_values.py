"""Right arguments by their names, and wrong values of every kind."""

from __future__ import annotations

import enum
import inspect
from collections import OrderedDict, UserDict, deque
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np


class Refusing:
    """An object whose special method raises."""

    def __init__(self, method):
        self.method = method

    def __repr__(self):
        return f"Refusing({self.method!r})"


def refusing(method):
    """Return an object of a class of its own, whose `method` raises."""

    def refuse(self, *args, **kwargs):
        raise RuntimeError("hostile: this object refuses")

    made = type(f"Refusing_{method.strip('_')}", (Refusing,), {method: refuse, "__hash__": object.__hash__})
    return made(method)


class Word(str):
    """A string of a class of its own."""


class Whole(enum.IntEnum):
    """Numbers by names."""

    TWO = 2


class Indices:
    """A sparse matrix by duck typing, whose indices point outside."""

    shape, dtype, nnz, format, ndim = (8, 3), np.dtype("float32"), 8, "csr", 2

    def __init__(self, index=1000):
        self.indptr = np.arange(9, dtype=np.int32)
        self.indices = np.full(8, index, np.int32)
        self.data = np.ones(8, np.float32)

    def tocsr(self):
        """Return itself."""
        return self


def scipy_outside():
    """Return a SciPy matrix whose indices were changed to point outside."""
    from scipy import sparse

    matrix = sparse.csr_matrix(np.eye(8, 3, dtype=np.float32))
    matrix.indices[:] = 77
    return matrix


def nested(depth):
    """Return a list within a list within a list …"""
    found = []
    for _ in range(depth):
        found = [found]
    return found


def _read_only():
    found = np.ones((8, 3), np.float32)
    found.flags.writeable = False
    return found


def _tensor(shape=(3,)):
    import tinynet

    return tinynet.Input(shape)


def _rng():
    return np.random.default_rng(5)


#: Expressions: how a wrong value is written is how it is made.
WRONG = (
    """
None|True|False|0|1|2|-1|-7|3.5|-0.5|0.5|1e300|-1e300|10**9|10**12|2**31|2**63|-2**63|10**400|float('nan')
float('inf')|-float('inf')|1j|''|'a'|'relu'|'mse'|'adam'|'no such thing'|'é☃'|'a\\x00b'|'../x'|'/nonexistent/file'
'.'|b'bytes'|b''|'\\ud800'|'x' * 1000|'$\\\\frac{1}$'|'<b>'|()|(1,)|(None,)|(None, None)|(-1,)|(2, -3)|(0,)|('a',)
(None, 3)|(1, 2, 3, 4, 5)|[]|[1]|[None]|['a']|[[]]|[[1], [1, 2]]|[[1, 2], 3]|[0, None]|['cat', 'dog']|nested(60)
nested(2000)|{}|{'a': 1}|{0: 1.0}|{0: 'a'}|{-1: 2}|{None: None}|{0: float('nan')}|set()|{1, 2}|frozenset()|range(3)
range(0)|iter([1])|(i for i in range(3))|object()|object|int|len|print|lambda: None|lambda *a, **k: None
lambda *a: 1 / 0|np|np.float32|np.sum|Ellipsis|slice(2)|NotImplemented|Exception('a')|type('Empty', (), {})()
refusing('__array__')|refusing('__len__')|refusing('__iter__')|refusing('__bool__')|refusing('__float__')
refusing('__eq__')|refusing('__int__')|refusing('__index__')|refusing('__getattr__')|refusing('__str__')
refusing('__fspath__')|refusing('__getitem__')|refusing('__call__')|refusing('__contains__')|np.array(3.0)
np.array(None)|np.array('a')|np.zeros(0)|np.zeros((0, 3))|np.zeros((3, 0))|np.zeros((8, 0))|np.zeros((8, 3))
np.zeros((8, 3), 'i1')|np.zeros((8, 3), 'f2')|np.zeros((8, 3), 'f8')|np.zeros((8, 3), 'c8')|np.zeros((8, 3), bool)
np.zeros((8, 3), object)|np.full((8, 3), None)|np.full((8, 3), 'a')|np.full(8, 'cat')|np.zeros((8, 3), 'M8[s]')
np.zeros(8, 'm8[s]')|np.zeros(8, [('a', 'f4')])|np.zeros((8, 3), '>f4')|np.asfortranarray(np.ones((8, 3), 'f4'))
np.ones((16, 6), 'f4')[::2, ::2]|np.ones((8, 3), 'f4')[::-1]|np.broadcast_to(np.float32(1), (8, 3))|read_only()
np.broadcast_to(np.float32(1), (10**9, 3))|np.broadcast_to(np.float32(1), (8, 10**9))|np.zeros((8, 4))
np.zeros((7, 3))|np.zeros((8, 2))|np.zeros((8, 1))|np.zeros(8)|np.zeros(7)|np.zeros((1, 8))|np.zeros((2, 2, 2, 2))
np.zeros((1,) * 40)|np.zeros((8, 3, 1))|np.full((8, 3), np.nan)|np.full((8, 3), np.inf)|np.full((8, 2), -np.inf)
np.full((8, 3), 1e300)|np.full((8, 3), 2e9, 'f4')|np.full((8, 1), 10**6)|np.full(8, -1)|np.full(8, 99)
np.full(8, 2**62)|np.full((8, 1), 0.5)|np.full(8, 2**63, 'u8')|np.array([2**70] * 8, object)
np.ma.masked_array(np.ones((8, 3)), np.eye(8, 3))|np.float32(0.5)|np.int64(-3)|np.bool_(True)|np.str_('a')
np.matrix(np.eye(3))|memoryview(np.ones(8))|bytearray(8)|np.dtype('f4')|Indices()|Indices(-5)|Indices(2**31 - 1)
scipy_outside()|rng().random((8, 3))|rng().random((8, 2))|rng().integers(0, 2, 8)|'float16'|'int32'|'float64'
'auto'|Decimal('0.5')|Decimal('nan')|Fraction(1, 3)|Whole.TWO|Word('relu')|np.float16(0.5)|np.longdouble(0.5)|deque([1])
UserDict({'a': 1})|MappingProxyType({'a': 1})|OrderedDict(a=1)|[object()]|[[[]]]|{'class_name': 'Dense'}|('relu',)
{'class_name': 'L2', 'config': 3}|{'class_name': None}|{'class_name': 'Adam', 'config': {'a': 1}}|{'loss': 'a'}
{'loss': None}|{'loss': [1]}|{'loss': np.zeros(3)}|{'val_loss': float('nan')}|{3: 1}|[(1, 2), (3, 4)]|[('a', 1)]
np.array(['1', '2'])|np.array([[1, 2], [3, 4]], object)|np.datetime64('2020')|np.timedelta64(3)|(10**9,) * 9|(2,) * 70
[2**63]|(True,)|(2.0, 3)|('2', 3)|[[2], [3]]|1e-320|-0.0|'float128'|'>f4'|'O'|np.dtype('O')|np.dtype([('a', 'f4')])
complex(1, 1)|np.complex64(1)|property()|type|staticmethod(len)|super|'\\n'|'a' * 10**6|b'\\xff'|'sum'|'none'
'auto'|'val_loss'|'max'|np.inf * np.ones(3)|[np.nan]|[[np.nan] * 3] * 8|[10**400] * 8|['1'] * 8|tensor()
[tensor(), tensor()]|{'a': tensor(), 1: tensor()}|[tensor(), 3]|{'a': tensor()}|tensor((2, 3))
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

_NAMES = {"np": np, "nested": nested, "refusing": refusing, "Indices": Indices, "scipy_outside": scipy_outside,
          "read_only": _read_only, "rng": _rng, "Decimal": Decimal, "Fraction": Fraction, "Whole": Whole, "Word": Word,
          "deque": deque, "tensor": _tensor, "UserDict": UserDict, "MappingProxyType": MappingProxyType,
          "OrderedDict": OrderedDict}  # fmt: skip
_CODE = {text: compile(text, "<wrong value>", "eval") for text in WRONG}


def wrong_value(rng, pool=None):
    """Choose a wrong value (from a pool); return how it is written, and the value."""
    text = rng.choice(pool or WRONG)
    return text, eval(_CODE.get(text, text), dict(_NAMES))


def arguments(rng, function, pools=()):
    """Choose arguments, of which one or several are wrong; return them and how they are written."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY, p.POSITIONAL_ONLY)]
    places = [p for p in parameters if p.kind == p.VAR_POSITIONAL] * rng.randint(0, 2)
    if not named and not places:
        return [], {}, ""
    wrong = {rng.choice(named).name for _ in range(rng.choice((1, 1, 1, 2, 3)))} if named else set()
    if rng.random() < 0.1:
        wrong = {p.name for p in named}  # all of them
    args, kwargs, texts, positional = [], {}, [], rng.random() < 0.8
    for parameter in [*named, *places]:
        name = parameter.name
        if name in pools:
            text, value = wrong_value(rng, pools[name])
        elif name in wrong or parameter.kind == parameter.VAR_POSITIONAL:
            text, value = wrong_value(rng)
        elif parameter.default is parameter.empty or rng.random() < 0.1:
            if name not in RIGHT:
                text, value = wrong_value(rng)
            else:
                text, value = name.upper(), RIGHT[name]()
        else:
            positional = False
            continue
        if (positional and parameter.kind != parameter.KEYWORD_ONLY) or parameter.kind == parameter.POSITIONAL_ONLY:
            args.append(value)
            texts.append(text)
        elif parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            kwargs[name] = value
            texts.append(f"{name}={text}")
    return args, kwargs, ", ".join(texts)


def required(function):
    """Return right values for the arguments that have no default."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {
        p.name: RIGHT[p.name]() for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name in RIGHT
    }  # fmt: skip


def _model():
    import tinynet

    model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


def _layer():
    import tinynet

    return tinynet.layers.Dense(2)


def _history():
    return _model().fit(RIGHT["x"](), RIGHT["y"](), verbose=0)


def _x():  # numbers that every float type can hold
    return (_rng().integers(1, 64, (8, 3)) / 64).astype(np.float32)


def _y():
    return (_rng().integers(1, 64, (8, 2)) / 64).astype(np.float32)


#: What makes a right value for an argument of that name.
RIGHT = {
    **dict.fromkeys(("x", "inputs", "features", "z", "samples"), _x),
    **dict.fromkeys(("y", "y_true", "y_pred", "a", "da", "outputs", "target", "targets", "labels"), _y),
    **dict.fromkeys(("units", "num_classes", "epochs", "patience", "batch_size", "length"), lambda: 2),
    **dict.fromkeys(("rate", "factor", "learning_rate", "value", "alpha"), lambda: 0.5),
    **dict.fromkeys(("epoch", "batch", "seed", "verbose", "initial_epoch", "index", "steps"), lambda: 0),
    **dict.fromkeys(("input_shape", "batch_shape"), lambda: (None, 3)),
    **dict.fromkeys(("name", "what"), lambda: "named"),
    **dict.fromkeys(("filepath", "filename", "path", "file"), lambda: "hostile.npz"),
    "shape": lambda: (3,),
    "identifier": lambda: None,
    "activation": lambda: "relu",
    "function": lambda: "relu",
    "optimizer": lambda: "sgd",
    "loss": lambda: "mse",
    "metrics": lambda: ["mae"],
    "model": _model,
    "layer": _layer,
    "layers": lambda: [_layer()],
    "history": _history,
    "histories": _history,
    "logs": lambda: {"loss": 1.0},
    "schedule": lambda: lambda epoch: 0.1,
    "weights": lambda: _model().get_weights(),
    "config": lambda: {**_layer().get_config(), "name": "named"},
    "dtype": lambda: "float32",
    "params": lambda: {"epochs": 1, "steps": 1, "verbose": 0},
    "callbacks": list,
    "monitor": lambda: "loss",
}

#: Command lines of `python -m tinynet` that must end by themselves, with 0, 1 or 2.
COMMANDS = [
    repr(line.split())
    for line in """
--epochs|--epochs 0|--epochs -1|--epochs x|--epochs 1e3|--epochs ²|--out|--nothing|nothing|-h|--help|--epochs=0 --out x
lesson nothing|lesson losses losses|lesson --nothing|lesson losses|lesson -h|lesson ☃|parts|parts --into|parts x
parts --into /nonexistent/file|parts --into .|parts --into|parts --nothing|trace --precision|trace --precision 0
trace --precision x|trace --precision -3|trace --text --precision 99999|trace --text|trace -o /nonexistent/d/f --no-open
trace -o . --no-open|trace x|trace --nothing|run|run --all|run --all nothing|run /nonexistent.py|run .|run --data
run --data /nonexistent x.py|run --save-plots|run --nothing|run -h|warmup x|warmup --nothing|warmup -h|run --all . x
""".replace("\n", "|")
    .strip("|")
    .split("|")
]
