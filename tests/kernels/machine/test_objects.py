"""Kernels are linked without LLVM, to the same code; what is not known is left to LLVM."""

import numpy as np
import pytest

from tests.support.processes import run
from tinynet.activations.sigmoid import Sigmoid
from tinynet.kernels.machine import objects, store
from tinynet.kernels.machine.fingerprint import symbol
from tinynet.kernels.machine.jit import COMPILED

pytestmark = [
    pytest.mark.skipif(not COMPILED, reason="nothing is compiled"),
    pytest.mark.skipif(not objects.KNOWN, reason="on this platform LLVM links"),
]

KERNEL = Sigmoid().kernels[0]


@pytest.fixture(scope="module")
def body():
    """Return a kernel's object file."""
    from tinynet.kernels.machine import linker

    return linker.code_of(KERNEL, "float32").body


def nothing(called):
    raise AssertionError(f"{called} is not called")


def test_an_object_file_defines_its_kernel(body):
    linked = objects.link(body, nothing)
    assert symbol(KERNEL, "float32") in linked.addresses


def test_llvm_links_the_same(body):
    from tinynet.kernels.machine import entries, llvm

    def values(address):
        kernel = type("Placed", (), {"kinds": KERNEL.kinds, "address": lambda self, form: address})()
        z = np.linspace(-5, 5, 37, dtype=np.float32)
        nowhere, numbers = np.zeros(2), np.empty(0)
        arguments = z.ctypes.data, z.size, z.size, numbers.ctypes.data, 0
        entries.raw_entry(kernel, "float32")(nowhere.ctypes.data, nowhere.ctypes.data + 8, *arguments)
        return z

    name = symbol(KERNEL, "float32")
    ours, theirs = objects.link(body, nothing), llvm.link(body, name, {})
    np.testing.assert_array_equal(values(ours.addresses[name]), values(theirs[0]))
    assert values(theirs[0])[18] == 0.5


@pytest.mark.parametrize("share", [0, 0.01, 0.1, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_refused(body, share):
    with pytest.raises(objects.NotLinkedError):
        objects.link(body[: int(share * len(body))], nothing)


@pytest.mark.parametrize(("place", "value"), [(4, 1), (16, 2), (18, 3)], ids=["32 bits", "a program", "another system"])
def test_another_kind_of_file_is_refused(body, place, value):
    with pytest.raises(objects.NotLinkedError, match="no object file of this platform"):
        objects.link(body[:place] + bytes([value]) + body[place + 1 :], nothing)


def test_a_relocation_of_an_unknown_kind_is_refused(body):
    entry = objects._RELOCATION
    places = [at for at in range(0, len(body) - 24, 8) if entry.unpack_from(body, at)[1] == objects._DISTANCE]
    refused = 0
    for at in places:
        offset, _, number, addend = entry.unpack_from(body, at)
        if number < 100 and offset < len(body) and -100 < addend < 100:
            changed = body[:at] + entry.pack(offset, 99, number, addend) + body[at + 24 :]
            try:
                objects.link(changed, nothing)
            except objects.NotLinkedError:
                refused += 1
    assert refused


def test_a_function_that_the_process_does_not_have_is_refused():
    assert objects.address_of_symbol("malloc")
    with pytest.raises(objects.NotLinkedError, match="no_such_function"):
        objects.address_of_symbol("no_such_function")


PROGRAM = """
    import sys
    import numpy as np, tinynet
    if {elsewhere}:
        from tinynet.kernels.machine import objects
        objects.KNOWN = False
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([tinynet.Input((3,)), tinynet.layers.Dense(4, "relu"), tinynet.layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.linspace(-1, 1, 30).reshape(10, 3)
    losses = model.fit(x, x[:, 0], epochs=3, verbose=0).history["loss"]
    print(losses, "llvmlite" in sys.modules)
"""


def test_a_process_whose_kernels_are_on_disk_needs_no_llvm_and_elsewhere_llvm_does_the_same():
    folder = store.home()
    run(PROGRAM.format(elsewhere=False), TINYNET_CACHE_DIR=folder)  # what is missing is compiled now
    here, elsewhere = (run(PROGRAM.format(elsewhere=flag), TINYNET_CACHE_DIR=folder) for flag in (False, True))
    assert here.endswith(" False")
    assert elsewhere == here.replace("False", "True")


class TestTheNoteOfTheProcessor:
    """Which folder is this processor's is asked of LLVM once."""

    ASK = "import sys; from tinynet.kernels.machine.labels import label; print(label(), 'llvmlite' in sys.modules)"

    def test_the_second_process_reads_it(self, tmp_path):
        first, second = (run(self.ASK, TINYNET_CACHE_DIR=tmp_path) for _ in range(2))
        assert (first.split()[1], second.split()[1]) == ("True", "False")
        assert first.split()[0] == second.split()[0]

    @pytest.mark.parametrize("said", ["", "0123456789ab\n", "../../other", "\xff"])
    def test_a_damaged_one_is_ignored_and_written_again(self, tmp_path, said):
        right = run(self.ASK, TINYNET_CACHE_DIR=tmp_path).split()[0]
        (note,) = tmp_path.glob("processor-*")
        note.write_text(said, encoding="latin-1")
        assert run(self.ASK, TINYNET_CACHE_DIR=tmp_path) == f"{right} True"
        assert run(self.ASK, TINYNET_CACHE_DIR=tmp_path) == f"{right} False"

    def test_another_processor_that_is_asked_for_has_another(self, tmp_path):
        run(self.ASK, TINYNET_CACHE_DIR=tmp_path)
        other = run(self.ASK, TINYNET_CACHE_DIR=tmp_path, NUMBA_CPU_NAME="haswell")
        assert other.endswith(" True")
        assert len(list(tmp_path.glob("processor-*"))) == 2
