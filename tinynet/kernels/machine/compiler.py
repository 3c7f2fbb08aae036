"""From a kernel's Python to LLVM's bitcode, by Numba: types, structs, and how kernels are called."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, register_model

from tinynet.kernels.machine import forms
from tinynet.kernels.machine.fingerprint import symbol as symbol_of
from tinynet.kernels.machine.forms import CHECKED, VECTORS, Kernel
from tinynet.kernels.machine.numba_private import (
    OPTIONS,
    UNCOUNTED,
    AbstractTemplate,
    AttributeTemplate,
    LinkOnlyLibrary,
    cgutils,
    cpu_target,
    global_compiler_lock,
    infer_getattr,
    lower_builtin,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    new_function,
    typing,
    unoptimised,
)
from tinynet.kernels.machine.raw_views import vector_over
from tinynet.kernels.machine.structs import Struct

WORD = ir.IntType(64)
_NUMBERS = {"Doubles": types.float64, "Integers": types.int64, "Indices": types.int32, "Bits": types.uint64}
# Why (measured): a check for division by zero keeps a loop from being vectorised, which costs a factor of 10. No
# callbacks from C are used. Rewriting would make loops of array expressions, and there are none; without it ``x**2`` is
# a general power.
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "no_cfunc_wrapper": True,
    "no_cpython_wrapper": True,
    "no_rewrites": True,
    **OPTIONS,
    **UNCOUNTED,
}


def dispatcher(function: Any, options: dict[str, Any]) -> Any:
    """Return Numba's object for a function."""
    _register_twins()
    return numba.njit(function, **{**_OPTIONS, **options, "fastmath": set(options.get("fastmath", forms.FAST))})


# ---- types ----------------------------------------------------------------------------------------------------------


class StructType(types.Type):
    """A struct's type: the address of its words."""

    def __init__(self, struct: type[Struct], dtype: str) -> None:
        self.struct, self.dtype = struct, dtype
        super().__init__(f"{struct.__name__}[{dtype}]")


@register_model(StructType)
class _StructModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, WORD.as_pointer())


def type_of(kind: str, dtype: str, scope: dict[str, Any]) -> Any:
    """Return Numba's type for an annotation."""
    if kind in ("int", "Function"):
        return types.int64
    if kind == "float":
        return types.float64
    if kind == "Scalar":
        return getattr(types, dtype)
    if kind == "Floats":
        return types.Array(getattr(types, dtype), 1, "C")
    if kind in VECTORS:
        return types.Array(_NUMBERS[kind], 1, "C")
    return StructType(scope[kind], dtype)


def _result_of(kernel: Kernel) -> Any:
    return types.float64 if kernel.returns == "float" else types.none


@infer_getattr
class _StructFields(AttributeTemplate):
    key = StructType

    def generic_resolve(self, value: Any, name: str) -> Any:
        if name not in value.struct.FIELDS:
            return None
        _, kind = value.struct.FIELDS[name]
        return type_of(kind, value.dtype, importlib.import_module(value.struct.__module__).__dict__)


@lower_getattr_generic(StructType)
def _get_field(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    place, _ = kind.struct.FIELDS[name]
    field = _StructFields(context.typing_context).generic_resolve(kind, name)

    def word(number: int, llvm_type: Any) -> Any:
        address = builder.gep(value, [ir.Constant(WORD, number)])
        return builder.load(builder.bitcast(address, llvm_type.as_pointer()))

    if isinstance(field, types.Array):
        data = word(place, context.get_value_type(field.dtype).as_pointer())
        return vector_over(context, builder, field, data, word(place + 1, WORD))
    return word(place, context.get_value_type(field))


@lower_setattr_generic(StructType)
def _set_field(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    place, _ = signature.args[0].struct.FIELDS[name]
    target, value = arguments
    words = [value]
    if isinstance(signature.args[1], types.Array):
        array = context.make_array(signature.args[1])(context, builder, value)
        words = [array.data, array.nitems]
    for number, one in enumerate(words):
        address = builder.gep(target, [ir.Constant(WORD, place + number)])
        builder.store(one, builder.bitcast(address, one.type.as_pointer()))


@intrinsic
def at(typingctx: Any, structs: Any, number: Any) -> Any:
    """Return one of several structs, which lie one behind the other."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        words = builder.mul(arguments[1], ir.Constant(WORD, signature.args[0].struct.WORDS))
        return builder.gep(arguments[0], [words])

    return structs(structs, types.intp), codegen


# ---- calls ----------------------------------------------------------------------------------------------------------


def flat_types(kinds: Any) -> list[Any]:
    """Return the types of what really travels: of a vector, its address and its length."""
    flat: list[Any] = []
    for kind in kinds:
        flat += [types.CPointer(kind.dtype), types.intp] if isinstance(kind, types.Array) else [kind]
    return flat


def _flat_values(context: Any, builder: Any, kinds: Any, values: Any) -> list[Any]:
    flat: list[Any] = []
    for kind, value in zip(kinds, values, strict=True):
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, value)
            flat += [array.data, array.nitems]
        else:
            flat.append(value)
    return flat


def _emit_call(context: Any, builder: Any, function: Any, result: Any, kinds: Any, values: Any) -> Any:
    convention = context.call_conv
    flat = _flat_values(context, builder, kinds, values)
    status, value = convention.call_function(builder, function, result, flat_types(kinds), flat)
    if CHECKED:  # nothing but an index can go wrong in a kernel
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
    return context.get_dummy_value() if result is types.none else value


def _template_of(function: Any, result: Any) -> Any:
    """Return the type of `call` or `call_total`: a call of whatever its first argument is the address of."""

    def generic(self: Any, arguments: Any, keywords: Any) -> Any:
        return typing.signature(result, types.int64, *[types.unliteral(a) for a in arguments[1:]])

    @lower_builtin(function, types.VarArg(types.Any))
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args[1:]
        kind = context.call_conv.get_function_type(signature.return_type, flat_types(kinds))
        pointer = builder.inttoptr(arguments[0], kind.as_pointer())
        return _emit_call(context, builder, pointer, signature.return_type, kinds, arguments[1:])

    return types.Function(type(function.__name__, (AbstractTemplate,), {"key": function, "generic": generic}))


@cache
def kernel_type(kernel: Kernel) -> Any:
    """Return the type of a kernel that others call by its name: the linker fills in where it is."""
    result, scope = _result_of(kernel), kernel.structs

    def dtype_of(given: Any) -> str:
        for kind, one in zip(kernel.kinds, given, strict=True):
            if kind == "Floats" or isinstance(one, StructType):
                return str(one.dtype)
        return ""

    def generic(self: Any, arguments: Any, keywords: Any) -> Any:
        return typing.signature(result, *(type_of(k, dtype_of(arguments), scope) for k in kernel.kinds))

    @lower_builtin(kernel, types.VarArg(types.Any))
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        name = symbol_of(kernel, "" if kernel.generic else dtype_of(signature.args))
        kind = context.call_conv.get_function_type(result, flat_types(signature.args))
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return _emit_call(context, builder, function, result, signature.args, arguments)

    cpu_target.target_context.refresh()
    return types.Function(type(kernel.function.__name__, (AbstractTemplate,), {"key": kernel, "generic": generic}))


_registered = 0


def _register_twins() -> None:
    """Tell Numba what stands for the functions that compiled code has in a form of its own."""
    global _registered
    if _registered == len(forms.TWINS) + 1:
        return
    context = cpu_target.typing_context
    context.refresh()
    if not _registered:
        for function, result in ((forms.call, types.none), (forms.call_total, types.float64)):
            context.insert_global(function, _template_of(function, result))
        _registered = 1
    new = forms.TWINS[_registered - 1 :]
    _registered = len(forms.TWINS) + 1
    own = [getattr(importlib.import_module(module), function.__name__) for function, module in new]
    context.refresh()
    for (function, _), twin in zip(new, own, strict=True):
        context.insert_global(function, context.resolve_value_type(twin))
    cpu_target.target_context.refresh()


# ---- kernels --------------------------------------------------------------------------------------------------------


def bitcode(kernel: Kernel, dtype: str, symbol: str) -> tuple[list[str], bytes]:
    """Return the symbols that a kernel calls, and its LLVM bitcode, not optimised yet.

    Numba compiles the function of arrays; a function of flat arguments, `symbol`, builds these arrays and calls it.
    """
    with global_compiler_lock:
        kinds = tuple(type_of(k, dtype, kernel.structs) for k in kernel.kinds)
        result = _result_of(kernel)
        inside = dispatcher(kernel.function, {"forceinline": True})
        inside.compile(kinds)
        compiled = inside.overloads[kinds]
        found = compiled.signature.return_type
        if found != result and not (isinstance(found, types.Number) and isinstance(result, types.Number)):
            raise TypeError(f"Kernel {kernel.function.__qualname__} returns {found} where {result} was declared.")
        context, flat = compiled.target_context, flat_types(kinds)
        library = LinkOnlyLibrary(context.codegen(), symbol)
        module, function = new_function(library, context.call_conv, symbol, result, flat)
        builder = ir.IRBuilder(function.append_basic_block())
        packer = context.get_arg_packer(flat)
        given = iter(packer.from_arguments(builder, context.call_conv.get_arguments(function)))
        values = [
            vector_over(context, builder, kind, next(given), next(given))
            if isinstance(kind, types.Array)
            else next(given)
            for kind in kinds
        ]
        called = context.declare_function(module, compiled.fndesc)
        status, value = context.call_conv.call_function(builder, called, found, kinds, values)
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        context.call_conv.return_value(
            builder, value if found == result else context.cast(builder, value, found, result)
        )
        library.add_ir_module(module)
        library.add_linking_library(compiled.library)
        library.finalize()
        final = unoptimised(library)
        for one in final.functions:
            if not one.is_declaration and one.name != symbol:
                one.linkage = llvm.Linkage.internal
        calls = [f.name for f in final.functions if f.is_declaration and f.name.startswith(("tinynet_", "NRT_"))]
        return calls, final.as_bitcode()
