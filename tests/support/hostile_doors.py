"""Every public door of the package: what is callable in its public modules, and what their objects have."""

from __future__ import annotations

import importlib
import inspect

from tests.support.hostile_values import RIGHT

#: Rooms whose names are for those who write or read tinynet: what kernels inline, and how the lesson is put together.
INSIDE = ("formulas", "lesson", "config")
#: Bases of parts: without formulas, what belongs to formulas has no meaning yet. Their constructors are doors.
BASES = ("ActivationFunction", "FormulaMetric", "KernelLayer", "Layer", "Loss", "Optimizer", "Regularizer")
#: Doors that a test cannot pass: they download, install, or compile for long.
CLOSED = (
    *("install_as_keras", "warmup", "datasets.mnist.", "datasets.imdb.", "datasets.reuters."),
    "datasets.boston_housing.",
)


def public_names(module):
    """Return a module's public names: `__all__`, or what is defined in it."""
    own = [n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__]
    return list(getattr(module, "__all__", own))


def rooms():
    """Yield the public modules of the package by their names, those within `datasets` among them."""
    import tinynet

    for name in (name for name in tinynet._MODULES if name not in INSIDE):
        module = importlib.import_module(f"tinynet.{name}")
        yield name, module
        if name == "datasets":
            for each in module.__all__:
                yield f"{name}.{each}", importlib.import_module(f"tinynet.{name}.{each}")


def models():
    """Return the makers of models, by what is special about them."""
    import tinynet
    from tinynet import backend, layers

    def made(shape=(3,), compiled=None, dtype="float32", loss="mse", last="linear"):
        backend.set_floatx(dtype)
        first = [layers.Input(shape)] if shape else []
        model = tinynet.Sequential([*first, layers.Dense(4, "relu"), layers.Dense(2, last)])
        if compiled is not None:
            model.compile("adam", loss, metrics=["mae"], compiled=compiled)
        return model

    def classes(compiled):
        return lambda: made((3,), compiled, loss="sparse_categorical_crossentropy", last="softmax")

    def trained():
        model = made((3,), True)
        model.fit(RIGHT["x"](), RIGHT["y"](), verbose=0)
        return model

    return {
        "unbuilt": lambda: made(None),
        "built": made,
        "compiled": lambda: made((3,), True),
        "unbuilt compiled": lambda: made(None, True),
        "layer loop": lambda: made((3,), False),
        "float64": lambda: made((3,), True, "float64"),
        "classes": classes(True),
        "classes, layer loop": classes(False),
        "trained": trained,
        "empty": tinynet.Sequential,
    }


def objects():
    """Return makers of objects by the names of their classes: models, parts, and what calls return."""
    from tinynet import layers

    found = {f"Sequential ({what})": make for what, make in models().items()}
    for room, module in rooms():
        for name in public_names(module):
            value = getattr(module, name)
            if inspect.isclass(value) and room not in ("models", "learn"):
                found[f"{room}.{name}"] = lambda value=value: value(**required(value))
    of_model = models()

    def built(layer):
        layer.build((None, 3))
        return layer

    found["layers.Dense (built)"] = lambda: built(layers.Dense(4, "relu"))
    found["layers.Dropout (built)"] = lambda: built(layers.Dropout(0.5))
    found["history"] = lambda: of_model["compiled"]().fit(RIGHT["x"](), RIGHT["y"](), verbose=0)
    found["trace"] = lambda: of_model["compiled"]().trace(RIGHT["x"](), RIGHT["y"]())
    found["check"] = lambda: of_model["float64"]().gradient_check(RIGHT["x"](), RIGHT["y"]())
    found["optimizer in use"] = lambda: of_model["trained"]().optimizer
    return found


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


class Door:
    """One thing that can be called, or read and set: of a module (`make` is None) or of an object."""

    def __init__(self, name, value=None, make=None, attribute=None):
        self.name, self.value, self.make, self.attribute = name, value, make, attribute


def doors():
    """Return all doors, in a fixed order."""
    import tinynet

    found = [Door(name, getattr(tinynet, name)) for name in tinynet._NAMES]
    for room, module in rooms():
        for name in public_names(module):
            if callable(getattr(module, name)):
                found.append(Door(f"{room}.{name}", getattr(module, name)))
    for name, make in objects().items():
        if name.split(".")[-1] in BASES:
            continue
        try:
            thing = make()
        except (TypeError, ValueError, NotImplementedError):  # a base class that says what is missing
            continue
        names = [n for n in dir(thing) if n[0] != "_"] + [n for n in ("__call__", "__getitem__") if hasattr(thing, n)]
        found += [Door(f"{name}.{n}", make=make, attribute=n) for n in names]
    return [door for door in found if not door.name.startswith(CLOSED)]
