"""The house: which room stands on which floor, who may import whom, and how long a file and a signature may be.

The graph is drawn from the source, without importing anything. An ``import`` statement counts wherever it is: at the
top of a file, inside a function (which loads something late), or for the type checker alone. Only the searches for
circles leave out the type checker's: the views of a trace name the `Trace` whose methods load them, and `tinynet` names
what it loads when it is asked for.
Not seen are names that a package looks up as text, as ``tinynet/__init__.py`` does for its modules.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tinynet"

#: From the ground up. A module stands on the floor of the longest entry that its name begins with; it may import what
#: is on its own floor or below. Rooms in brackets stand beside the house, at the height of those who look into them.
FLOORS = (
    (
        "names, types, switches",
        "_arguments _batches _bytes _configurable _console _extras _html _kinds _lenient _names _old_names _reading "
        "_registry _serialization _signatures _results _types _whole _writing answers config differences",
    ),
    ("how kernels are written", "kernels.machine"),
    ("kernels", "kernels"),
    ("memory", "memory variables weights (data) (plot) (preprocessing) (learn.languages)"),
    ("what parts are written with", "parts formulas rooms tape"),
    (
        "parts",
        "layers activations losses metrics optimizers regularizers constraints initializers (callbacks) (interop) "
        "(saving)",
    ),
    ("network and plan", "branches graph network plan"),
    ("training", "training"),
    ("watching training", "(learn)"),
    ("models", "models"),
    (
        "the public face",
        ". __main__ _build_hook _get_file _readme_hook backend catalogue diagnostics learn.command lesson "
        "objects ready utils (datasets) (runner) sklearn",
    ),
)
FLOOR_OF = {room.strip("()"): floor for floor, (_, rooms) in enumerate(FLOORS) for room in rooms.split()}

#: Functions of more than 10 parameters whose signatures are Keras's, TensorFlow's or scikit-learn's own.
OF_KERAS = {
    "_get_file.py: get_file",
    "layers/batch_normalization.py: BatchNormalization.__init__",
    "layers/dense.py: Dense.__init__",
    "layers/embedding.py: Embedding.__init__",
    "layers/integer_lookup.py: IntegerLookup.__init__",
    "layers/layer_normalization.py: LayerNormalization.__init__",
    "layers/string_lookup.py: StringLookup.__init__",
    "layers/text_vectorization.py: TextVectorization.__init__",
    "losses/binary_focal_crossentropy.py: BinaryFocalCrossentropy.__init__",
    "metrics/auc.py: AUC.__init__",
    "models/compiled.py: Compiled.compile",
    "models/trained.py: Trained.fit",
    "runner/csv_files.py: make_csv_dataset",
    "runner/directories.py: text_dataset_from_directory",
    "runner/images.py: ImageDataGenerator.__init__",
    "runner/images.py: ImageDataGenerator.flow_from_directory",
    "runner/series.py: TimeseriesGenerator.__init__",
    "sklearn/classifier.py: MLPClassifier.__init__",
    "sklearn/regressor.py: MLPRegressor.__init__",
    "sklearn/scikeras.py: KerasClassifier.__init__",
    "sklearn/scikeras.py: KerasRegressor.__init__",
    "optimizers/base.py: Optimizer.__init__",
}


def modules_of(package):
    """Return the paths of a package's modules by their names within it; the package itself is '.'."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "."] = path
    return found


def for_the_type_checker(tree):
    """Return all that stands below an ``if TYPE_CHECKING``."""
    guards = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {node for guard in guards for statement in guard.body for node in ast.walk(statement)}


def imports_of(modules, package="tinynet", typing=True):
    """Return, for each module, which other modules of the package it imports; for the type checker too, if `typing`."""

    def within(name):
        """Return the name of a module within the package, or None if there is no such module."""
        inner = "." if name == package else name.removeprefix(f"{package}.")
        return inner if name.split(".")[0] == package and inner in modules else None

    graph = {}
    for module, path in modules.items():
        named = set()
        tree = ast.parse(path.read_text("utf-8"))
        left_out = set() if typing else for_the_type_checker(tree)
        for node in ast.walk(tree):
            if node in left_out:
                continue
            if isinstance(node, ast.Import):
                named |= {within(alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path}: this test does not follow relative imports"
                named |= {within(f"{node.module}.{alias.name}") or within(node.module) for alias in node.names}
        graph[module] = named - {None, module}
    return graph


def room_of(module):
    """Return the longest entry of `FLOORS` that the module belongs to, or None."""
    parts = module.split(".") if module != "." else ["."]
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in FLOOR_OF), None)


def circle(graph):
    """Return the modules (or rooms) of a circle of imports, or an empty list."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def upwards(graph):
    """Return the arrows that lead from a floor to a higher one."""
    return {
        (module, target)
        for module, targets in graph.items()
        for target in targets
        if FLOOR_OF[room_of(target)] > FLOOR_OF[room_of(module)]
    }


def signatures(path):
    """Yield the qualified name and the number of parameters of each function in a file, `self` counting as one."""

    def below(node, outer):
        for child in ast.iter_child_nodes(node):
            inner = outer
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                inner = [*outer, child.name]
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                given = child.args
                count = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
                yield ".".join(inner), count + (given.vararg is not None) + (given.kwarg is not None)
            yield from below(child, inner)

    yield from below(ast.parse(path.read_text("utf-8")), [])


@pytest.fixture(scope="module")
def modules():
    return modules_of(PACKAGE)


@pytest.fixture(scope="module")
def graph(modules):
    return imports_of(modules)


def test_every_module_stands_on_a_floor(modules):
    assert [module for module in modules if room_of(module) is None] == []


def test_no_imports_run_in_a_circle(modules):
    assert circle(imports_of(modules, typing=False)) == []


def test_no_rooms_import_each_other(modules):
    rooms = {}
    for module, targets in imports_of(modules, typing=False).items():
        room = room_of(module)
        rooms.setdefault(room, set()).update({room_of(target) for target in targets} - {room})
    assert circle(rooms) == []


def test_imports_run_downwards(graph):
    assert upwards(graph) == set()


def test_no_file_is_longer_than_300_lines(modules):
    lengths = {path: path.read_text("utf-8").count("\n") for path in modules.values()}
    long = {path.relative_to(PACKAGE).as_posix() for path, length in lengths.items() if length > 300}
    assert long == set()


def test_functions_take_at_most_ten_parameters(modules):
    long = {
        f"{path.relative_to(PACKAGE).as_posix()}: {name}"
        for path in modules.values()
        for name, count in signatures(path)
        if count > 10
    }
    assert long == OF_KERAS


class TestThisTest:
    """What is looked for is found where it is."""

    @pytest.fixture
    def package(self, tmp_path):
        """Return a function that writes the files of a package and returns their graph."""

        def written(typing=True, **files):
            for name, text in {"__init__": "", **files}.items():
                path = tmp_path / "tinynet" / f"{name.replace('__of__', '/')}.py"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            return imports_of(modules_of(tmp_path / "tinynet"), typing=typing)

        return written

    @pytest.mark.parametrize(
        "back",
        [
            "from tinynet.memory import Memory",
            "from tinynet import memory",
            "import tinynet.memory",
            "def late():\n    from tinynet.memory import Memory",
            "if TYPE_CHECKING:\n    from tinynet.memory import Memory",
        ],
    )
    def test_a_circle_and_an_arrow_upwards_are_found(self, package, back):
        graph = package(memory="from tinynet.kernels import loop", kernels__of____init__="", kernels__of__loop=back)
        assert graph["kernels.loop"] == {"memory"}
        assert set(circle(graph)) == {"memory", "kernels.loop"}
        assert upwards(graph) == {("kernels.loop", "memory")}

    def test_what_is_imported_for_the_type_checker_can_be_left_out(self, package):
        back = "if TYPE_CHECKING:\n    from tinynet import utils\nelse:\n    from tinynet import config"
        graph = package(typing=False, memory=back, utils="import tinynet.memory", config="")
        assert graph == {".": set(), "memory": {"config"}, "utils": {"memory"}, "config": set()}

    def test_a_package_is_told_from_its_modules(self, package):
        graph = package(models__of____init__="", models__of__stack="", utils="from tinynet.models import stack, Model")
        assert graph["utils"] == {"models", "models.stack"}
        assert circle(graph) == []
        assert upwards(graph) == set()

    def test_all_kinds_of_parameters_count(self, tmp_path):
        path = tmp_path / "long.py"
        path.write_text("class A:\n    def f(self, a, /, b, *c, d=1, **e):\n        def g(h): ...\n", "utf-8")
        assert list(signatures(path)) == [("A.f", 6), ("A.f.g", 1)]
