"""Options that Numba keeps to itself: compile inner functions once instead of at every level, count no references.

Numba optimises and translates every function by itself, and again as a part of each function that calls it: for a
training loop made of small functions that doubles the time of the first run. A function compiled with these options is
kept as unoptimised LLVM code and linked into its caller, where it is optimised and translated once.

The hook is Numba's own (https://numba.readthedocs.io/en/stable/developer/custom_pipeline.html); the library class is a
private one, so anything unexpected there means that `OPTIONS` is empty, and compiling takes longer.

References to arrays are counted in functions that make an array or return one, and in no others: without `UNCOUNTED`
every view costs a call that finds nothing to count.
"""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {}
UNCOUNTED: dict[str, Any] = {}
COUNTED: dict[str, Any] = {}

try:
    from numba.core.options import DefaultOptions

    if hasattr(DefaultOptions, "_nrt"):
        UNCOUNTED, COUNTED = {"_nrt": False}, {"_nrt": True}

    from numba.core.codegen import JITCodeLibrary
    from numba.core.compiler import Compiler

    class _Detached:
        """The code generator, but for its writing into machine code, of which there is none."""

        def __init__(self, codegen: Any) -> None:
            self._codegen = codegen

        def set_env(self, env_name: str, env: Any) -> None:
            pass

        def __getattr__(self, name: str) -> Any:
            return getattr(self._codegen, name)

    class _LinkOnlyLibrary(JITCodeLibrary):
        """Code that runs only as a part of its callers."""

        @property
        def codegen(self) -> Any:
            return _Detached(self._codegen)

        def get_pointer_to_function(self, name: str) -> int:
            return 0

        def _optimize_final_module(self) -> None:
            pass

        def _finalize_final_module(self) -> None:
            self._finalize_dynamic_globals()
            self._finalized = True

    class _LightCompiler(Compiler):
        """Numba's compiler, but for where the code is put."""

        def define_pipelines(self) -> Any:
            state = self.state
            state.library = _LinkOnlyLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
            return super().define_pipelines()

    if all(
        hasattr(JITCodeLibrary, name)
        for name in ("_optimize_final_module", "_finalize_final_module", "_finalize_dynamic_globals")
    ):
        OPTIONS = {"pipeline_class": _LightCompiler}
except (ImportError, AttributeError):
    pass
