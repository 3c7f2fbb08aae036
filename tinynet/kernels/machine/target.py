"""The processor that code is made for, as LLVM knows it."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import llvmlite.binding as llvm


@cache
def processor() -> tuple[str, str]:
    """Return the name and the features of the processor that code is made for: this one, or NUMBA_CPU_NAME's."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, features = os.environ.get("NUMBA_CPU_NAME"), os.environ.get("NUMBA_CPU_FEATURES")
    if name == "host":
        name = None
    if features is None:
        features = "" if name else llvm.get_host_cpu_features().flatten()
    return name or llvm.get_host_cpu_name(), features


def machine_for(name: str, features: str) -> Any:
    """Return LLVM's description of a processor. Code addresses its constants relative to itself, as in a library."""
    triple = llvm.Target.from_default_triple()
    return triple.create_target_machine(cpu=name, features=features, opt=3, reloc="pic", codemodel="small")


@cache
def vector_bits(cpu: str, features: str) -> int:
    """Width of the processor's vectors: found by asking the compiler for a wide addition and reading its registers.

    What counts is Numba's target, which `NUMBA_CPU_NAME` can set to another processor than this one.
    """
    from llvmlite import ir

    wide = ir.VectorType(ir.FloatType(), 16)
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(wide, [wide, wide]), "wide_sum")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(builder.fadd(*function.args))
    machine = machine_for(cpu, features)
    assembly = machine.emit_assembly(llvm.parse_assembly(str(module)))
    return 512 if "zmm" in assembly else 256 if "ymm" in assembly else 128
