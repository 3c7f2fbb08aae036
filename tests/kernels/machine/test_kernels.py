"""Kernels: called with arrays, by name from other kernels, and by the address in a table; compiled or not."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from tinynet.kernels.machine.jit import (
    COMPILED,
    Doubles,
    Floats,
    Function,
    Integers,
    Scalar,
    call,
    call_total,
    entry,
    formula,
    handle,
    kernel,
    plain,
)
from tinynet.kernels.machine.structs import Struct

ROOT = Path(__file__).parents[3]
DTYPES = ("float32", "float64")
compiled = pytest.mark.skipif(not COMPILED, reason="the compiler is switched off")


class Steps(Struct):
    """A table that names kernels."""

    change: Function
    measure: Function
    numbers: Doubles
    times: int


@formula
def changed(a: Scalar, by: Scalar) -> Scalar:
    return a * by


@kernel
def scale(a: Floats, by: Scalar) -> None:
    for i in range(a.size):
        a[i] = changed(a[i], by)


@kernel
def shift(a: Floats, by: Scalar) -> None:
    for i in range(a.size):
        a[i] += by


@kernel
def total(a: Floats) -> float:
    found = 0.0
    for i in range(a.size):
        found += float(a[i])
    return found


@kernel
def count(places: Integers) -> float:
    return 1.0 * places.size


@kernel
def by_name(a: Floats, by: Scalar, places: Integers) -> float:
    scale(a, by)
    shift(a, by)
    return total(a) + count(places)


@kernel
def by_address(steps: Steps, a: Floats) -> float:
    for _ in range(steps.times):
        if steps.change != 0:
            call(steps.change, a, a.dtype.type(steps.numbers[0]))
    return call_total(steps.measure, a)


def steps(change: object, dtype: str, times: int = 2) -> Steps:
    table = Steps(change=handle(change, dtype), measure=handle(total, dtype), numbers=np.array([3.0]), times=times)
    return table.pack()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_kernel_takes_arrays_and_numbers_and_works_in_place(dtype):
    a = np.arange(40, dtype=dtype)[1:]
    scale(a, 2.0)
    np.testing.assert_array_equal(a, 2 * np.arange(1, 40))
    assert total(a) == 40 * 39
    assert isinstance(total(a), float)
    assert scale(a, 1.0) is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_kernel_calls_others_by_their_names(dtype):
    a = np.ones(5, dtype)
    assert by_name(a, 2.0, np.zeros(7, np.int64)) == 5 * 4 + 7
    assert a.tolist() == [4.0] * 5


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_kernel_calls_others_by_the_addresses_in_a_table(dtype):
    for change, expected in ((scale, 9.0), (shift, 7.0), (None, 1.0)):
        a = np.ones(5, dtype)
        assert by_address(steps(change, dtype), a) == 5 * expected
        assert a.tolist() == [expected] * 5


@compiled
def test_a_table_holds_addresses_one_for_each_float_type():
    narrow, wide = (handle(scale, dtype) for dtype in DTYPES)
    assert isinstance(narrow, int)
    assert 0 < narrow != wide > 0
    assert handle(scale, "float32") == narrow
    assert handle(None, "float32") == 0
    assert count.generic
    assert handle(count, "float32") == handle(count, "float64")


@pytest.mark.skipif(COMPILED, reason="needs the compiler switched off")
def test_without_the_compiler_the_same_table_holds_functions():
    table = steps(scale, "float64")
    assert table.change is scale
    assert handle(None, "float64") == 0
    assert type(scale).__name__ == "function", "a debugger steps into it"


@compiled
def test_with_the_compiler_off_the_same_tables_give_the_same_numbers():
    program = """
import numpy as np
from tests.kernels.machine.test_kernels import by_address, by_name, scale, shift, steps
from tinynet.kernels.machine.jit import COMPILED
print(COMPILED)
for change in (scale, shift, None):
    a = np.linspace(-1, 1, 5)
    print(by_address(steps(change, "float64"), a), *a)
print(by_name(np.linspace(0, 1, 9), 0.3, np.zeros(2, np.int64)))
"""
    found = []
    for variable, said in (({}, "True"), ({"TINYNET_JIT": "0"}, "False"), ({"NUMBA_DISABLE_JIT": "1"}, "False")):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variable}
        run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        first, *rest = run.stdout.split()
        assert first == said, run.stderr
        found.append(np.array(rest, float))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-15)
    np.testing.assert_array_equal(found[1], found[2])


def test_a_formula_is_called_from_python_as_it_was_written():
    assert changed(2, 3) == 6
    assert changed("ab", 2) == "abab"
    assert plain(changed).__doc__ is None


# ---- what a kernel forgets ------------------------------------------------------------------------------------------


@compiled
def test_a_missing_annotation_is_said_when_the_kernel_is_defined():
    with pytest.raises(TypeError, match=r"Kernel .*wrong: annotate b, return, so that it can be compiled"):

        @kernel
        def wrong(a: Floats, b):
            a[0] = b


@compiled
def test_another_result_than_declared_is_said_when_it_is_compiled():
    @kernel
    def nothing(a: Floats) -> float:
        a[0] = 1

    @kernel
    def something(a: Floats) -> None:
        return 1.0 * a.size

    with pytest.raises(TypeError, match=r"Kernel .*nothing returns none where float64 was declared"):
        nothing(np.ones(1))
    with pytest.raises(TypeError, match=r"Kernel .*something returns float64 where none was declared"):
        something(np.ones(1))


@compiled
def test_what_cannot_be_compiled_says_so_and_can_be_tried_again():
    @kernel
    def wrong(a: Floats) -> None:
        a[0] = unknown(a)  # noqa: F821

    for _ in range(2):
        with pytest.raises(Exception, match="unknown"):
            wrong(np.ones(1))


@compiled
@pytest.mark.parametrize(
    "wrong",
    [np.ones(4, np.int64), np.ones(4, np.float16), np.ones(8)[::2], [1.0], 1.0],
    ids=["int64", "float16", "strided", "list", "number"],
)
def test_what_is_no_vector_of_the_networks_type_is_refused(wrong):
    with pytest.raises(TypeError, match="a: expected a contiguous"):
        total(wrong)


@compiled
def test_vectors_of_two_float_types_are_refused():
    @kernel
    def add(a: Floats, b: Floats) -> None:
        for i in range(a.size):
            a[i] += b[i]

    with pytest.raises(TypeError, match="b: expected a contiguous vector of float32"):
        add(np.ones(3, "float32"), np.ones(3))


# ---- errors, threads, copies ----------------------------------------------------------------------------------------

TOO_FAR = """
import numpy as np
from tests.kernels.machine.test_kernels import Floats, Scalar, by_address, kernel, steps
from tinynet.kernels.machine.jit import CHECKED

assert CHECKED

@kernel
def too_far(a: Floats, by: Scalar) -> None:
    for i in range(a.size + 1):
        a[i] = by

@kernel
def calls_it(a: Floats, by: Scalar) -> None:
    too_far(a, by)

for change in (too_far, calls_it):
    try:
        by_address(steps(change, "float32"), np.ones(8, "float32")[:4])
    except IndexError as error:
        print("IndexError:", error)
print(by_address(steps(None, "float32"), np.ones(8, "float32")))
"""


@compiled
def test_an_index_error_comes_through_names_and_addresses():
    environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", TOO_FAR], env=environment, capture_output=True, text=True)
    lines = run.stdout.splitlines()
    assert len(lines) == 3, run.stderr
    assert all(line.startswith("IndexError: ") and "out of bounds" in line for line in lines[:2])
    assert lines[2] == "8.0"


def test_several_threads_may_need_a_kernel_for_the_first_time():
    @kernel
    def fresh(a: Floats) -> float:
        found = 0.0
        for i in range(a.size):
            found += a[i] * a[i]
        return found

    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(fresh(np.full(3, 2.0)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [12.0] * 4


def test_formulas_and_kernels_of_modules_are_pickled_by_name():
    for part in (changed, scale):
        assert pickle.loads(pickle.dumps(part)) is part


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_form_for_one_type_can_be_had_by_itself(dtype):
    run, a = entry(scale, dtype), np.ones(3, dtype)
    run(a, 0.5)
    assert a.tolist() == [0.5] * 3
