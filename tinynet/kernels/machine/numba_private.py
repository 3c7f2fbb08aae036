"""The one door to what Numba keeps to itself.

Everything that tinynet takes from Numba beyond its documented interface is imported here and nowhere else, so that the
test that goes with this file (`test_numba_private.py`) fails loudly on the day Numba moves any of it.

Two things need it. Numba optimises and translates every function by itself, and again as part of each function that
calls it; compiled with `OPTIONS` a function stays LLVM code that is linked into its kernel, which is optimised and
translated once. And Numba counts references to arrays at every view; with `UNCOUNTED` it does not, because Python
holds all arrays while a kernel runs.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, typing
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager
from numba.core.datamodel import models
from numba.core.imputils import lower_builtin, lower_getattr_generic, lower_setattr_generic
from numba.core.options import DefaultOptions
from numba.core.registry import cpu_target
from numba.core.typed_passes import (
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr
from numba.core.untyped_passes import FixupArgs, IRProcessing, ReconstructSSA, TranslateByteCode

__all__ = [
    "OPTIONS",
    "UNCOUNTED",
    "AbstractTemplate",
    "AttributeTemplate",
    "LinkOnlyLibrary",
    "cgutils",
    "cpu_target",
    "global_compiler_lock",
    "infer_getattr",
    "lower_builtin",
    "lower_getattr_generic",
    "lower_setattr_generic",
    "models",
    "new_function",
    "typing",
    "unoptimised",
]

#: Options of a function that counts no references to arrays.
UNCOUNTED: dict[str, Any] = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}

#: What of Numba's passes over a function's code a kernel needs: it has no closures, no generators, no objects.
_PASSES = (
    TranslateByteCode,
    FixupArgs,
    IRProcessing,
    ReconstructSSA,
    NopythonTypeInference,
    PreLowerStripPhis,
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
)


class _Detached:
    """The code generator without its last step, the writing of machine code."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen
        self._data_layout = codegen._data_layout

    def set_env(self, env_name: str, env: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)


class LinkOnlyLibrary(JITCodeLibrary):
    """Code that is only ever part of a kernel."""

    @property
    def codegen(self) -> Any:
        """Numba's code generator, held back."""
        return _Detached(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:
        """Return no address: the code is never loaded by itself."""
        return 0

    def _optimize_final_module(self) -> None:
        pass

    def _optimize_functions(self, ll_module: Any) -> None:
        """Drop the counting of references where there is any; everything else is done to the whole kernel."""
        if any(function.name.startswith("NRT_") for function in ll_module.functions):
            super()._optimize_functions(ll_module)

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _ShortCompiler(Compiler):
    """Numba's compiler with the passes that kernels need, and with a library that is not translated."""

    def define_pipelines(self) -> Any:
        state = self.state
        state.library = LinkOnlyLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        passes = PassManager("tinynet")
        for one in _PASSES:
            passes.add_pass(one, one.__name__)
        passes.finalize()
        return [passes]


OPTIONS: dict[str, Any] = {"pipeline_class": _ShortCompiler}


def new_function(library: Any, convention: Any, symbol: str, result: Any, flat: list[Any]) -> tuple[Any, Any]:
    """Return a module with an empty function of flat arguments, by Numba's calling convention."""
    module = library.create_ir_module(symbol)
    function = ir.Function(module, convention.get_function_type(result, flat), symbol)
    convention.decorate_function(function, [f"a{i}" for i in range(len(flat))], flat, noalias=False)
    return module, function


def unoptimised(library: Any) -> Any:
    """Return the LLVM module that a finished library would be translated from."""
    return library._final_module
