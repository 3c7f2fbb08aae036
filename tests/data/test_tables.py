"""Tables of pandas, Polars and PyArrow, and whatever offers the same interfaces: as samples, targets and weights."""

from __future__ import annotations

import datetime
import pickle
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.nets import both_loops, unchanged
from tinynet.data.interchange import Table
from tinynet.layers import Dense, Input

N = 12
RNG = np.random.default_rng(0)
COLUMNS = {"age": RNG.random(N), "size": np.arange(N), "member": np.arange(N) % 3 == 0}
X = np.stack([*COLUMNS.values()], axis=1).astype("float64")
Y = (X.sum(axis=1) > 6).astype("float32")


def pandas_table(columns: dict[str, Any]) -> Any:
    return pytest.importorskip("pandas").DataFrame(columns)


def polars_table(columns: dict[str, Any]) -> Any:
    return pytest.importorskip("polars").DataFrame(columns)


def arrow_table(columns: dict[str, Any]) -> Any:
    return pytest.importorskip("pyarrow").table(columns)


class ByArrow:
    """Nothing but Arrow's interface; it can be read once."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._table = arrow_table(columns)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.to_reader(max_chunksize=5).__arrow_c_stream__()


class ByProtocol:
    """Nothing but the data frame interchange protocol."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._table = arrow_table(columns)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        return self._table.__dataframe__(nan_as_null, allow_copy)


MAKERS = {
    "own": Table,
    "pandas": pandas_table,
    "polars": polars_table,
    "pyarrow": arrow_table,
    "arrow interface": ByArrow,
    "protocol": ByProtocol,
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
LIBRARIES = {name: MAKERS[name] for name in ("pandas", "polars", "pyarrow")}
libraries = pytest.mark.parametrize("make", LIBRARIES.values(), ids=LIBRARIES)


def network(compiled: bool = True, loss: str = "mse", units: int = 1, activation: str | None = None) -> Any:
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([Input((3,)), Dense(units, activation=activation)])
    model.compile("sgd", loss, compiled=compiled)
    return model


@both_loops
@makers
def test_a_table_gives_what_its_numbers_give_as_an_array(make: Any, compiled: bool) -> None:
    table, weights = make(COLUMNS), np.arange(N) + 1.0
    answers = []
    for x, y, w in ((X, Y, weights), (table, make({"y": Y}), make({"w": weights}))):
        model = network(compiled)
        history = model.fit(x, y, sample_weight=w, validation_data=(x, y), epochs=2, batch_size=5, verbose=0).history
        answers.append((history, model.evaluate(x, y, sample_weight=w, verbose=0), model.train_on_batch(x, y)))
        answers[-1] += (model.predict(x, verbose=0).tolist(), model(x).tolist(), model.fit([x], [y], verbose=0).history)
    assert answers[0] == answers[1]
    assert model.seen.columns == ("age", "size", "member")


@libraries
def test_single_columns_are_targets_and_weights(make: Any) -> None:
    table = make({**COLUMNS, "y": Y, "w": X[:, 0]})
    assert network().fit(X, table["y"], sample_weight=table["w"], verbose=0).history["loss"] == pytest.approx(
        network().fit(X, Y, sample_weight=X[:, 0], verbose=0).history["loss"]
    )


@makers
def test_columns_that_changed_places_are_named(make: Any) -> None:
    model, other = network(), network()
    model.fit(make(COLUMNS), Y, verbose=0)
    swapped = make({name: COLUMNS[name] for name in ("age", "member", "size")})
    calls = [
        lambda: model.predict(swapped, verbose=0),
        lambda: model(swapped),
        lambda: model.evaluate(swapped, Y, verbose=0),
        lambda: model.train_on_batch(swapped, Y),
        lambda: model.fit(swapped, Y, verbose=0),
        lambda: model.fit(X, Y, validation_data=(swapped, Y), verbose=0),
        lambda: other.fit(make(COLUMNS), Y, validation_data=(swapped, Y), verbose=0),
        lambda: pickle.loads(pickle.dumps(model)).predict(swapped, verbose=0),
    ]
    with unchanged(model), unchanged(other):
        for call in calls:
            with pytest.raises(
                ValueError, match=r"x has its columns in another order .*column 1, 'member' in place of 's"
            ):
                call()


@makers
def test_columns_that_lack_or_are_too_many_are_named(make: Any) -> None:
    model = network()
    model.fit(make(COLUMNS), Y, verbose=0)
    renamed = make({"age": X[:, 0], "size": X[:, 1], "staff": X[:, 2]})
    few, many = make({"age": X[:, 0], "size": X[:, 1]}), make({**COLUMNS, "more": Y})
    with unchanged(model):
        with pytest.raises(ValueError, match=r"x lacks the columns \['member'\] that the table in `fit` had\. Pass"):
            model.predict(few, verbose=0)
        with pytest.raises(ValueError, match=r"lacks the columns \['member'\].*had, and has \['staff'\]"):
            model.predict(renamed, verbose=0)
        with pytest.raises(ValueError, match=r"has the columns \['more'\] .* had not. Leave them out: pass x"):
            model.predict(many, verbose=0)


def test_names_and_arrays_without_names_go_together() -> None:
    model, table = network(), Table(COLUMNS)
    model.fit(X, Y, verbose=0)
    assert model.seen.columns is None
    model.predict(table, verbose=0)
    model.fit(table, Y, verbose=0)
    assert model.predict(X, verbose=0).tolist() == model.predict(table, verbose=0).tolist()
    pandas = pytest.importorskip("pandas")
    model.predict(pandas.DataFrame(X), verbose=0)  # numbered columns are not named ones


DAYS = [datetime.datetime(2020, 1, 1)] * N
BAD_ALONE = ("nothing", "spans", "lists")
BAD: dict[str, tuple[list[Any], type[Exception], str]] = {
    "text": (["Rome"] * N, TypeError, r"x holds text in column 1 \('size'\) \(such as 'Rome'\)"),
    "dates": (DAYS, TypeError, r"x holds dates or times in column 1 \('size'\)"),
    "spans": ([datetime.timedelta(1)] * N, TypeError, r"x holds dates or times in column 1 \('size'\)"),
    "nothing": ([None] * N, ValueError, r"x has missing values, the first in row 0, column 1 \('size'\)"),
    "a missing number": ([1, 2, None] * 4, ValueError, r"missing values, the first in row 2, column 1 \('size'\)"),
    "a missing bool": ([True, None] * 6, ValueError, r"missing values, the first in row 1, column 1 \('size'\)"),
    "a missing text": (["a", None] * 6, ValueError, r"missing values, the first in row 1, column 1 \('size'\)"),
    "NaN": ([1.0, np.nan] * 6, ValueError, r"missing values, the first in row 1, column 1 \('size'\)"),
    "lists": ([[1, 2]] * N, TypeError, r"x holds objects that are no real numbers in column 1 \('size'\)"),
}


@pytest.mark.parametrize(
    ("maker", "kind"),
    # The protocol has no columns of nothing, spans or lists.
    [
        (maker, kind)
        for maker in MAKERS
        for kind in BAD
        if maker != "own" and (maker != "protocol" or kind not in BAD_ALONE)
    ],
)
def test_a_column_that_holds_no_numbers_is_named(maker: str, kind: str) -> None:
    values, error, words = BAD[kind]
    table, model = MAKERS[maker]({**COLUMNS, "size": values}), network()
    with unchanged(model):
        for call in (model.predict, lambda x: model.fit(x, Y), lambda x: model.fit(X, Y, validation_data=(x, Y))):
            with pytest.raises(error, match=words):
                call(table)


def test_pandas_own_types_are_read_or_named() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(COLUMNS)
    for kind in ("Int64", "Float32", "object", "Sparse[int64]"):
        assert network().predict(table.assign(size=table["size"].astype(kind)), verbose=0).shape == (N, 1)
    assert network().predict(table.assign(member=table["member"].astype("boolean")), verbose=0).shape == (N, 1)
    kinds = {
        "Int64": ([1, None] * 6, r"missing values, the first in row 1, column 1 \('size'\).*x\['size'\]\.fillna"),
        "boolean": ([True, None] * 6, r"missing values, the first in row 1, column 1 \('size'\)"),
        "category": ([3, 4] * 6, r"categories in column 1 \('size'\).*pandas.get_dummies\(x, columns=\['size'\]\)"),
        "datetime64[ns, UTC]": (DAYS, r"dates or times in column 1 \('size'\).*dt\.days"),
    }
    for kind, (values, words) in kinds.items():
        with pytest.raises((TypeError, ValueError), match=words):
            network().predict(table.assign(size=pandas.Series(values, dtype=kind)), verbose=0)


def test_decimals_are_numbers_and_polars_categories_are_not() -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({**COLUMNS, "size": [Decimal(i) for i in range(N)]})
    assert network().predict(table, verbose=0).tolist() == network().predict(X, verbose=0).tolist()
    for kind in (polars.Categorical, polars.Enum(["a", "b"])):
        column = polars.Series(["a", "b"] * 6, dtype=kind)
        with pytest.raises(TypeError, match=r"categories in column 1 \('size'\).*x\.to_dummies\(\['size'\]\)"):
            network().predict(table.with_columns(size=column), verbose=0)


def test_what_an_interface_cannot_hand_over_is_said() -> None:
    class Broken:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise OSError("no disk")

    with pytest.raises(
        TypeError, match="x is a Broken, and `__arrow_c_stream__` does not hand it over: OSError: no disk"
    ):
        network().predict(Broken(), verbose=0)


def test_a_large_table_of_one_type_is_not_copied() -> None:
    pandas = pytest.importorskip("pandas")
    from tinynet.data.tables import numbers

    table = pandas.DataFrame(np.ones((1000, 3), "float32"), columns=["a", "b", "c"])
    assert np.shares_memory(numbers(table, "x"), np.asarray(table))


def test_no_library_of_tables_is_imported() -> None:
    for file in Path(tinynet.__file__).parent.rglob("*.py"):
        assert not re.search(r"^\s*(import|from) (pandas|polars|pyarrow)", file.read_text("utf-8"), re.MULTILINE), file


# ---- categories as targets ------------------------------------------------------------------------------------------

NAMES = ["yes", "no", "yes", "maybe"] * 3


def categories(library: str, names: list[Any]) -> Any:
    module = pytest.importorskip(library.partition(" ")[0])
    if library == "pandas":
        return module.Series(names, dtype="category")
    if library == "pandas table":
        return module.DataFrame({"y": module.Series(names, dtype="category")})
    if library == "pyarrow":
        return module.array(names).dictionary_encode()
    return module.Series(
        names, dtype=module.Enum(["maybe", "no", "yes"]) if library == "polars enum" else module.Categorical
    )


@pytest.mark.parametrize("library", ["pandas", "pandas table", "polars", "polars enum", "pyarrow"])
def test_categories_are_the_classes_in_their_order_also_where_some_are_missing(library: str) -> None:
    model, numbers = network(loss="sparse_categorical_crossentropy", units=3, activation="softmax"), [2, 1, 2, 0] * 3
    model.fit(X, categories(library, NAMES), validation_data=(X[:2], categories(library, ["yes", "no"])), verbose=0)
    assert model.seen.classes == ("maybe", "no", "yes")
    some = [0, 2, 4, 6]
    given = categories(library, [NAMES[i] for i in some])
    assert model.evaluate(X[some], given, verbose=0) == model.evaluate(X[some], [numbers[i] for i in some], verbose=0)
    with unchanged(model):
        if library != "polars enum":
            with pytest.raises(
                ValueError, match=r"y has the class 'never' in row 1, and the model has learnt \['maybe'"
            ):
                model.fit(X[:2], categories(library, ["yes", "never"]), verbose=0)
        with pytest.raises(
            ValueError, match=r"y has missing values, first .* in row 1\. Drop the samples that have no cl"
        ):
            model.fit(X[:2], categories(library, ["yes", None]), verbose=0)


def test_categories_are_no_quantities() -> None:
    with pytest.raises(ValueError, match="y holds categories, and loss 'mean_squared_error'"):
        network().fit(X, categories("pandas", NAMES), verbose=0)
