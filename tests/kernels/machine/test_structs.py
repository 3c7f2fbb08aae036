"""Tables: packed by Python, read and written by kernels, and the same names in both."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.kernels.machine.jit import COMPILED, Bits, Doubles, Floats, Function, Indices, Integers, entry, kernel
from tinynet.kernels.machine.structs import Struct, address_of, at, packed
from tinynet.kernels.machine.views import span

compiled = pytest.mark.skipif(not COMPILED, reason="words are for compiled code")


class Leaf(Struct):
    """Numbers of every kind."""

    number: int
    share: float
    values: Floats
    wide: Doubles
    places: Integers


class Tree(Struct):
    """A struct in a struct, and several of them."""

    first: Leaf
    leaves: list[Leaf]
    count: int
    small: Indices
    bits: Bits
    nothing: Function


@kernel
def read(leaf: Leaf, out: Doubles) -> None:
    out[0], out[1] = leaf.number, leaf.share
    out[2], out[3], out[4] = leaf.values.size, leaf.wide.size, leaf.places.size
    out[5], out[6], out[7] = leaf.values[1], leaf.wide[2], leaf.places[0]


@kernel
def read_tree(tree: Tree, out: Doubles) -> None:
    out[0] = tree.first.number
    out[1] = tree.count
    out[2] = tree.small[1]
    out[3] = float(tree.bits[0] >> np.uint64(63))
    out[4] = 1.0 if tree.nothing == 0 else 0.0
    for i in range(tree.count):
        leaf = at(tree.leaves, i)
        out[5 + i] = leaf.number + leaf.values[0]


@kernel
def change(leaf: Leaf) -> None:
    leaf.number += 1
    leaf.share = 0.25
    leaf.values[0] = leaf.share
    leaf.wide = span(leaf.wide, 1, 4)


def leaf(number: int, dtype: str = "float32") -> Leaf:
    values = np.arange(4, dtype=dtype) + number
    return Leaf(number=number, share=0.5, values=values, wide=np.arange(4.0), places=np.array([7, 8]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_kernel_reads_what_was_packed(dtype):
    out = np.zeros(8)
    entry(read, dtype)(leaf(-3, dtype).pack(), out)
    assert out.tolist() == [-3, 0.5, 4, 4, 2, -2, 2, 7]


def test_structs_in_structs_and_lists_of_them_are_read_by_name():
    leaves = [leaf(n) for n in (10, 20, 30)]
    tree = Tree(first=leaf(5), leaves=leaves, count=3)
    tree.small, tree.bits = np.array([1, -2], np.int32), np.array([2**63], np.uint64)
    out = np.zeros(8)
    read_tree(tree.pack(), out)
    assert out.tolist() == [5, 3, -2, 1, 1, 20, 40, 60]


def test_a_kernel_writes_numbers_and_vectors():
    one, out = leaf(1), np.zeros(8)
    one.pack()
    change(one)
    read(one, out)
    assert out[:2].tolist() == [2, 0.25]
    assert (out[3], out[6]) == (3, 3)
    assert one.values[0] == 0.25, "the vector's memory is the caller's"


@compiled
def test_a_field_that_is_set_after_packing_is_seen_after_packing_again():
    one, out = leaf(1).pack(), np.zeros(8)
    one.number = 9
    read(one, out)
    assert out[0] == 1
    read(one.pack(), out)
    assert out[0] == 9


def test_what_is_not_given_is_0_and_copies_may_differ():
    one = leaf(1)
    assert Leaf().number == 0
    other = one.copy(number=2)
    assert (one.number, other.number) == (1, 2)
    assert other.values is one.values
    assert "words" not in vars(one.pack().copy())


@compiled
def test_the_layout_is_8_bytes_a_field_and_16_a_vector():
    assert Leaf.FIELDS == {
        "number": (0, "int"),
        "share": (1, "float"),
        "values": (2, "Floats"),
        "wide": (4, "Doubles"),
        "places": (6, "Integers"),
    }
    one = leaf(3).pack()
    assert Leaf.WORDS == len(one.words) == 8
    assert one.words[0] == 3
    assert one.words[1:2].view(np.float64) == 0.5
    assert one.words[2:4].tolist() == [one.values.ctypes.data, 4]


@compiled
def test_several_structs_lie_one_behind_the_other():
    leaves = [leaf(n) for n in range(3)]
    first = packed(leaves)
    assert [one.address - first for one in leaves] == [0, 64, 128]
    assert packed([]) == 0
    assert packed(leaves[1]) == leaves[1].address


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint64"])
def test_address_of_is_where_the_numbers_begin(dtype):
    array = np.zeros((3, 5), dtype)
    for view in (array, array[1:], array.reshape(-1)[4:9], array[:0], np.empty(0, dtype)):
        assert address_of(view) == view.ctypes.data
