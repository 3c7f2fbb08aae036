"""A text's fingerprint: 64 bits that are the same on every machine, as TensorFlow's and Keras's layers hash by.

Source: FarmHash's `Fingerprint64`, https://github.com/google/farmhash (its part farmhashna). All arithmetic is modulo
2⁶⁴; Python's whole numbers are cut off after each product.
"""

from __future__ import annotations

_ALL = 2**64 - 1
_A, _B, _C = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def fingerprint(text: str | bytes) -> int:
    """Return the fingerprint of a text, of its bytes in UTF-8.

    Examples
    --------
    >>> [fingerprint(text) % 3 for text in "ABCDE"]
    [1, 0, 1, 1, 2]
    """
    s = text.encode() if isinstance(text, str) else text
    if len(s) > 64:
        return _long(s)
    return _to_16(s) if len(s) <= 16 else _to_32(s) if len(s) <= 32 else _to_64(s)


def _word(s: bytes, at: int, size: int = 8) -> int:
    """Return the number that some bytes are, the first being the lowest."""
    return int.from_bytes(s[at : at + size], "little")


def _turned(value: int, by: int) -> int:
    """Return 64 bits turned to the right."""
    value &= _ALL
    return (value >> by | value << (64 - by)) & _ALL


def _folded(value: int) -> int:
    return value ^ value >> 47


def _joined(u: int, v: int, factor: int) -> int:
    """Return 64 bits made of twice as many."""
    a = _folded((u ^ v) * factor & _ALL)
    return _folded(((v ^ a) & _ALL) * factor & _ALL) * factor & _ALL


def _to_16(s: bytes) -> int:
    n = len(s)
    factor = _C + n * 2 & _ALL
    if n >= 8:
        a, b = _word(s, 0) + _C & _ALL, _word(s, n - 8)
        c, d = _turned(b, 37) * factor + a & _ALL, (_turned(a, 25) + b) * factor & _ALL
        return _joined(c, d, factor)
    if n >= 4:
        return _joined(n + (_word(s, 0, 4) << 3), _word(s, n - 4, 4), factor)
    if n:
        y, z = s[0] + (s[n >> 1] << 8), n + (s[-1] << 2)
        return _folded((y * _C ^ z * _A) & _ALL) * _C & _ALL
    return _C


def _to_32(s: bytes) -> int:
    n = len(s)
    factor = _C + n * 2 & _ALL
    a, b = _word(s, 0) * _B & _ALL, _word(s, 8)
    c, d = _word(s, n - 8) * factor & _ALL, _word(s, n - 16) * _C & _ALL
    u = _turned(a + b, 43) + _turned(c, 30) + d & _ALL
    return _joined(u, a + _turned(b + _C, 18) + c & _ALL, factor)


def _to_64(s: bytes) -> int:
    n = len(s)
    factor = _C + n * 2 & _ALL
    a, b = _word(s, 0) * _C & _ALL, _word(s, 8)
    c, d = _word(s, n - 8) * factor & _ALL, _word(s, n - 16) * _C & _ALL
    y = _turned(a + b, 43) + _turned(c, 30) + d & _ALL
    z = _joined(y, a + _turned(b + _C, 18) + c & _ALL, factor)
    e, f = _word(s, 16) * factor & _ALL, _word(s, 24)
    g, h = (y + _word(s, n - 32)) * factor & _ALL, (z + _word(s, n - 24)) * factor & _ALL
    u = _turned(e + f, 43) + _turned(g, 30) + h & _ALL
    return _joined(u, e + _turned(f + a, 18) + g & _ALL, factor)


def _pair(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """Return 128 bits of 32 bytes and two seeds."""
    w, x, y, z = (_word(s, at + i) for i in (0, 8, 16, 24))
    a = a + w & _ALL
    b = _turned(b + a + z, 21)
    c, a = a, a + x + y & _ALL
    return a + z & _ALL, b + _turned(a, 44) + c & _ALL


def _long(s: bytes) -> int:
    """Return the fingerprint of more than 64 bytes, in blocks of 64; the last block ends where they end."""
    x, y = 81, 81 * _B + 113 & _ALL
    z = _folded(y * _C + 113 & _ALL) * _C & _ALL
    v, w = (0, 0), (0, 0)
    x = x * _C + _word(s, 0) & _ALL
    blocks, over = divmod(len(s) - 1, 64)
    for at in (*range(0, 64 * blocks, 64), len(s) - 64):
        factor, times = _B, 1
        if at == len(s) - 64:
            factor, times = _B + ((z & 0xFF) << 1) & _ALL, 9
            w = w[0] + over & _ALL, w[1]
            v = v[0] + w[0] & _ALL, v[1]
            w = w[0] + v[0] & _ALL, w[1]
        x = _turned(x + y + v[0] + _word(s, at + 8), 37) * factor & _ALL
        y = _turned(y + v[1] + _word(s, at + 48), 42) * factor & _ALL
        x = (x ^ w[1] * times) & _ALL
        y = y + v[0] * times + _word(s, at + 40) & _ALL
        z = _turned(z + w[0], 33) * factor & _ALL
        v = _pair(s, at, v[1] * factor & _ALL, x + w[0] & _ALL)
        w = _pair(s, at + 32, z + w[1] & _ALL, y + _word(s, at + 16) & _ALL)
        z, x = x, z
    first = _joined(v[0], w[0], factor) + _folded(y) * _A + z & _ALL
    return _joined(first, _joined(v[1], w[1], factor) + x & _ALL, factor)
