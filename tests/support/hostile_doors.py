"""Every public door of the package: what is callable in its public modules, what their objects have, command lines."""

from __future__ import annotations

import functools
import importlib
import inspect
import types

from tests.support.hostile_values import COMMANDS, RIGHT, required

#: Doors that a test cannot pass: they download, compile or run for long, or take Keras's place in this process.
CLOSED = ("install_as_keras", "warmup", "runner.")
CLOSED_ENDS = (".get_word_index", ".clear_session", ".main")
#: The lesson is put together by functions that are nobody's doors.
INSIDE = ("lesson.Text", "lesson.Chapter", "lesson.files_of", "lesson.shown_of", "lesson.difficulty")
INSIDE += ("lesson.called_by", "lesson.constants_of", "lesson.source_of", "lesson.with_called")
#: What layers and models ask one another, and what a class of a family fills in: they are given what was checked.
INSIDE_ENDS = (".note_call", ".first_call", ".with_tensors", ".merged_shape", ".combined", ".shares", ".extents")
INSIDE_ENDS += (".require_fit", ".limit", ".all_or_nothing", ".steps")
#: The same of one room: what metrics make of sums, constraints of lengths, initializers of checked shapes.
HOOKS = {
    "metrics.": (".width", ".value", ".check_outputs", ".told", ".take", ".counts", ".of_counts", ".of_mean"),
    "constraints.": (".desired",),
    "initializers.": (".draw", ".fans"),
    "losses.": (".unreduced",),
    "layers.": (".choose", ".chosen"),
}
#: The data sets that would be downloaded are given a path, always.
DATA = ("mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing", "california_housing")
#: A bare name would be downloaded. The last one is a file of houses, which is there while calls are made.
PATHS = ["'/nonexistent/file'", "'/'", "None", "3", "'./hostile.npz'", "b'/x'", *["'./houses.npz'"] * 4]

#: Attributes that users set, beside those that are arguments of the class.
SETTINGS = (
    *("trainable", "stop_training", "kernel", "bias", "dkernel", "dbias", "lr", "learning_rate", "iterations", "value"),
    *("gradient", "weights", "layers", "optimizer", "loss", "metrics", "input_shape", "output_shape", "variables"),
    *("built", "history", "params", "best"),
)
#: What is only read: it is computed, and no user sets it.
READ = ("numbers", "kernel", "kernels", "formula", "stream", "compiles", "takes_sums", "clips", "takes_classes", "name")


def public_names(module):
    """Return a module's public names: `__all__`, or what is defined in it."""
    own = [n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__]
    return list(getattr(module, "__all__", own))


def rooms():
    """Yield the public modules of the package by their names, those within `datasets` among them."""
    import tinynet

    for name in (*tinynet._MODULES, "catalogue", "diagnostics"):
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

    def with_everything():
        parts = [layers.Dense(4, "relu", kernel_regularizer="l2"), layers.Dropout(0.5), layers.ReLU(), layers.Dense(2)]
        model = tinynet.Sequential([layers.Input((3,)), *parts])
        model.compile(tinynet.optimizers.RMSprop(momentum=0.5, centered=True), "huber", metrics=["mae"])
        return model

    def functional():
        first, second = layers.Input((3,)), layers.Input((3,))
        both = layers.Concatenate()([first, layers.Dropout(0.5)(second)])
        model = tinynet.Model({"a": first, "b": second}, [layers.Dense(2)(both), layers.Dense(1)(both)])
        model.compile("adam", "mse")
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
        "with everything": with_everything,
        "empty": tinynet.Sequential,
        "functional": functional,
    }


def part_of(model, number):
    """Return a layer of a model (its optimizer for None), which keeps the model: what it is changed into is used."""
    part = model.optimizer if number is None else model.layers[number]
    object.__setattr__(part, "_used_in", model)
    return part


def use(thing):
    """Train with what was changed, and predict."""
    model = getattr(thing, "_used_in", thing)
    if hasattr(model, "fit") and hasattr(model, "sample_shape"):
        if model.setup is not None:
            model.train_on_batch(RIGHT["x"](), RIGHT["y"]())
        if model.layers:
            model(RIGHT["x"]())


def objects():
    """Return makers of objects by the names of their classes: models, parts, and what calls return."""
    from tinynet import layers, metrics

    found = {f"Sequential ({what})": make for what, make in models().items()}
    for room, module in rooms():
        for name in public_names(module):
            value = getattr(module, name)
            if inspect.isclass(value) and room not in ("models", "learn", "formulas", "lesson"):
                found[f"{room}.{name}"] = lambda value=value: value(**required(value))
    of_model = models()

    def built(layer):
        layer.build((None, 3))
        return layer

    def filled(metric):
        metric.update_state(RIGHT["y"](), RIGHT["y"]())
        return metric

    found["layers.Dense (built)"] = lambda: built(layers.Dense(4, "relu"))
    found["layers.Dropout (built)"] = lambda: built(layers.Dropout(0.5))
    found["metrics.MeanSquaredError (filled)"] = lambda: filled(metrics.MeanSquaredError())
    found["variable"] = lambda: metrics.MeanSquaredError().total
    found["parameter"] = lambda: of_model["compiled"]().weights[0]
    found["history"] = lambda: of_model["compiled"]().fit(RIGHT["x"](), RIGHT["y"](), verbose=0)
    found["trace"] = lambda: of_model["compiled"]().trace(RIGHT["x"](), RIGHT["y"]())
    found["step of a trace"] = lambda: list(of_model["compiled"]().trace(RIGHT["x"](), RIGHT["y"]()).steps)[3]
    found["check"] = lambda: of_model["float64"]().gradient_check(RIGHT["x"](), RIGHT["y"]())
    for name in ("trained", "layer loop", "with everything"):
        found[f"optimizer in use ({name})"] = lambda name=name: part_of(of_model[name](), None)
        found[f"layer in use ({name})"] = lambda name=name: part_of(of_model[name](), 0)
    found["dropout in use"] = lambda: part_of(of_model["with everything"](), 1)
    return found


class Door:
    """One thing that can be called, or read and set: of a module (`make` is None) or of an object."""

    use = staticmethod(use)

    def __init__(self, name, value=None, make=None, attribute=None, pools=None):
        self.name, self.value, self.make, self.attribute = name, value, make, attribute
        self.key = name.encode()
        #: Values for arguments that are not left to chance, by the arguments' names.
        self.pools = pools or {}

    @property
    def dresses(self):
        """Whether right arguments are known for it, so that they can be dressed oddly."""
        return not self.pools and (self.attribute is None or not self.attribute.startswith(("on_", "set_model")))

    def is_setting(self, thing):
        """Return whether the door is an attribute that is no method."""
        if thing is None:
            return False
        found = inspect.getattr_static(type(thing), self.attribute, None)
        if isinstance(found, property | functools.cached_property) or self.attribute in getattr(thing, "__dict__", {}):
            return True
        return not isinstance(found, types.FunctionType | classmethod | staticmethod) and not callable(
            getattr(thing, self.attribute, None)  # None: there is nothing behind it yet
        )


def _arguments_of(cls):
    try:
        return [p.name for p in inspect.signature(cls).parameters.values() if p.kind != p.VAR_KEYWORD]
    except (TypeError, ValueError):
        return ()


def is_hook(name):
    """Return whether only the package calls a method, with what it made itself or has checked."""
    return name.endswith(INSIDE_ENDS) or any(name.startswith(k) and name.endswith(ends) for k, ends in HOOKS.items())


def doors():
    """Return all doors, in a fixed order."""
    import tinynet

    found = [Door(name, getattr(tinynet, name)) for name in tinynet._NAMES]
    for room, module in rooms():
        data = room.rpartition(".")[2] in DATA
        for name in public_names(module):
            if callable(getattr(module, name)):
                found.append(Door(f"{room}.{name}", getattr(module, name), pools={"path": PATHS} if data else None))
    for name, make in objects().items():
        try:
            thing = make()
        except (TypeError, ValueError, NotImplementedError):  # a base class that says what is missing
            continue
        names = [n for n in dir(thing) if n[0] != "_"] + [n for n in ("__call__", "__getitem__") if hasattr(thing, n)]
        of_it = [Door(f"{name}.{n}", make=make, attribute=n) for n in names]
        mine = {*SETTINGS, *READ, *_arguments_of(type(thing))}
        found += [door for door in of_it if not door.is_setting(thing) or door.attribute in mine]
    found.append(Door("warmup", tinynet.warmup, pools={"model": ["3", "'a'", "object()", "[1]", "np.zeros(3)", "int"]}))
    main = importlib.import_module("tinynet.__main__").main
    found += [Door("python -m tinynet", main, pools={"argv": COMMANDS}) for _ in range(20)]
    closed = [d.name.startswith((*CLOSED, *INSIDE)) or d.name.endswith(CLOSED_ENDS) or is_hook(d.name) for d in found]
    return [d for d, is_closed in zip(found, closed, strict=True) if d.pools or not is_closed]
