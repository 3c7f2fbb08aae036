"""What LLVM does: it makes machine code, and links what `objects` does not know how to link."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from tinynet.kernels.machine.target import processor


def optimised(bitcode: bytes, machine: Any) -> bytes:
    """Return machine code for LLVM's bitcode.

    Raises
    ------
    TypeError
        If the code holds the address of a Python object, which no other process could use.
    """
    module = llvm.parse_bitcode(bitcode)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    if any(one.name.startswith("numba.dynamic.globals") for one in module.global_variables):
        raise TypeError("A kernel reads a Python object that is not a number, an array or a struct.")
    return machine.emit_object(module)


@cache
def _linker() -> Any:
    """Return LLVM's just-in-time linker."""
    processor()
    return llvm.create_lljit_compiler(use_jit_link=True)


def link(body: bytes, name: str, calls: Mapping[str, int]) -> tuple[int, Any]:
    """Link an object file that defines `name` and calls functions at these addresses.

    Returns the address of `name`, and what keeps it in memory.
    """
    builder = llvm.JITLibraryBuilder().add_object_img(body).add_current_process()
    for called, address in calls.items():
        builder.import_symbol(called, address)
    linked = builder.export_symbol(name).link(_linker(), name)
    return int(linked[name]), linked
