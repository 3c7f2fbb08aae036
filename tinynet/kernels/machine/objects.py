"""Object files put into memory and linked, on Linux with an x86-64: the few lines of a linker that kernels need.

LLVM's linker can do it as well, but importing llvmlite and starting that takes about a third of the time of importing
NumPy. Kernels are simple: they have code and constants, address these relative to themselves, and call C functions and
other kernels. What is not known here (another system, another kind of relocation) is left to LLVM.

Source: System V Application Binary Interface, AMD64 Architecture Processor Supplement, chapter 4.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import sys
from collections.abc import Callable
from functools import cache
from struct import Struct, error
from typing import Any, NamedTuple

_HEADER = Struct("<16sHHIQQQIHHHHHH")
_SECTION = Struct("<IIQQQQIIQQ")
_SYMBOL = Struct("<IBBHQQ")
_RELOCATION = Struct("<QIIq")
_MAGIC, _RELOCATABLE, _X86_64 = b"\x7fELF\x02\x01\x01", 1, 62
#: Kinds of sections: the program's bits, relocations, what unwinds the stack after an exception (nothing raises here).
_BITS, _RELOCATIONS, _UNWINDING = 1, 4, 0x70000001
#: Flags of sections: it is written to, it is needed in memory.
_WRITABLE, _NEEDED = 1, 2
#: Kinds of relocations: an address, the distance to one, and to a function that may be far away.
_ADDRESS, _DISTANCE, _FAR = 1, 2, 4
#: Places of symbols that are no sections.
_OUTSIDE, _RESERVED = 0, 0xFF00
#: Jumps to the address that follows.
_JUMP = b"\xff\x25\0\0\0\0"
_JUMP_SIZE = 16


class NotLinkedError(Exception):
    """An object file has something that is not known here."""


class Linked(NamedTuple):
    """A file in memory: its memory, which has to be kept, and the addresses of its symbols."""

    memory: Any
    addresses: dict[str, int]


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry: int


#: Whether this system's files and processor are those that are known here.
KNOWN = sys.platform == "linux" and platform.machine() == "x86_64" and sys.maxsize > 2**32


@cache
def _process() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def address_of_symbol(name: str) -> int:
    """Return the address of a C function of this process; raise NotLinkedError if it has none of that name."""
    try:
        return ctypes.cast(getattr(_process(), name), ctypes.c_void_p).value or 0
    except AttributeError:
        raise NotLinkedError(name) from None


def link(body: bytes, address: Callable[[str], int]) -> Linked:
    """Put an object file into memory, ready to be called; `address` says where what it calls is.

    Raises
    ------
    NotLinkedError
        If this is no such file, or it has something that is not known here. Nothing has been done then.
    """
    if not KNOWN:
        raise NotLinkedError(platform.machine())
    try:
        return _linked(body, address)
    except (error, IndexError, ValueError, OverflowError, OSError) as reason:
        raise NotLinkedError(str(reason)) from reason


def _linked(body: bytes, address: Callable[[str], int]) -> Linked:
    head = _HEADER.unpack_from(body)
    if not head[0].startswith(_MAGIC) or head[1:3] != (_RELOCATABLE, _X86_64):
        raise NotLinkedError("no object file of this platform")
    sections = [_Section(*_SECTION.unpack_from(body, head[6] + i * head[11])) for i in range(head[12])]
    (table,) = (section for section in sections if section.kind == 2)
    symbols = list(_SYMBOL.iter_unpack(_bits(body, table)))
    names = _bits(body, sections[table.link])
    outside = [i for i, symbol in enumerate(symbols) if i and symbol[3] == _OUTSIDE]
    # One after the other: code and constants, jumps to what is outside; and on pages of their own what is written to.
    places, end = dict[int, int](), 0
    needed = [i for i, section in enumerate(sections) if section.flags & _NEEDED and section.kind != _UNWINDING]
    if any(sections[i].kind != _BITS for i in needed):
        raise NotLinkedError("a section of an unknown kind")
    fixed = [i for i in needed if not sections[i].flags & _WRITABLE]
    for i in fixed:
        places[i], end = _after(end, sections[i])
    jumps = -(-end // _JUMP_SIZE) * _JUMP_SIZE
    executable = end = _pages(jumps + _JUMP_SIZE * len(outside))
    for i in needed:
        if i not in places:
            places[i], end = _after(end, sections[i])

    memory = mmap.mmap(-1, _pages(end), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for i, place in places.items():
        memory[place : place + sections[i].size] = _bits(body, sections[i])
    far = {number: base + jumps + _JUMP_SIZE * k for k, number in enumerate(outside)}
    for number, at in far.items():
        jump = _JUMP + address(_name(names, symbols[number][0])).to_bytes(8, "little")
        memory[at - base : at - base + len(jump)] = jump

    def address_in(number: int) -> int:
        _, _, _, section, value, _ = symbols[number]
        if section == _OUTSIDE or section >= _RESERVED:
            raise NotLinkedError("a symbol without a place")
        return base + places[section] + int(value)

    for section in sections:
        if section.kind != _RELOCATIONS or section.info not in places:
            continue
        for offset, kind, number, addend in _RELOCATION.iter_unpack(_bits(body, section)):
            at = places[section.info] + offset
            target = far[number] if kind == _FAR and number in far else address_in(number)
            if kind == _ADDRESS:
                memory[at : at + 8] = (target + addend).to_bytes(8, "little")
            elif kind in (_DISTANCE, _FAR):
                memory[at : at + 4] = (target + addend - base - at).to_bytes(4, "little", signed=True)
            else:
                raise NotLinkedError(f"a relocation of the kind {kind}")
    protection = mmap.PROT_READ | mmap.PROT_EXEC
    if _process().mprotect(ctypes.c_void_p(base), ctypes.c_size_t(executable), protection):
        raise NotLinkedError("this system runs no code that is made at run time")
    defined = (i for i, symbol in enumerate(symbols) if symbol[1] & 15 == 2 and symbol[3] in places)
    return Linked(memory, {_name(names, symbols[i][0]): address_in(i) for i in defined})


def _bits(body: bytes, section: _Section) -> bytes:
    found = body[section.offset : section.offset + section.size]
    if len(found) != section.size:
        raise NotLinkedError("the file is cut off")
    return found


def _name(names: bytes, at: int) -> str:
    return names[at : names.index(0, at)].decode()


def _after(end: int, section: _Section) -> tuple[int, int]:
    """Return where a section comes that follows on `end`, and where it ends."""
    alignment = max(1, section.alignment)
    place = -(-end // alignment) * alignment
    return place, place + section.size


def _pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
