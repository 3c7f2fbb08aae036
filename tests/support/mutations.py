"""Damaged and dishonest copies of files, by chance: bits, cuts, insertions, arrays' headers, zip files' structure."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile


def npz_of(members, method=zipfile.ZIP_STORED):
    """Return a zip file of names and contents, whose checksums are right."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def npy_of(header, body, version=1):
    """Return an array's file with any text as its header."""
    text = (header if isinstance(header, bytes) else repr(header).encode()) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + body


def members_of(content):
    """Return the names and contents in a zip file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def _flipped(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut(data, rng):
    return data[: rng.randrange(len(data))]


def _grown(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.choice([1, 4, 30])) + data[at:]


def _shrunk(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice([1, 4, 30]) :]


def _zeroed(data, rng):
    at, count = rng.randrange(len(data)), rng.choice([4, 16, 64])
    return data[:at] + bytes(count) + data[at + count :]


PLAIN = (_flipped, _cut, _grown, _shrunk, _zeroed)


def _inside(data, rng):
    """Damage one array in a zip file, and pack it with the right checksum."""
    members = members_of(data)
    at = rng.randrange(len(members))
    members[at] = (members[at][0], rng.choice(PLAIN)(members[at][1], rng))
    return npz_of(members, rng.choice([0, 8]))


def _another_header(data, rng):
    """Give one array another header."""
    members = members_of(data)
    at = rng.randrange(len(members))
    name, content = members[at]
    types = ["<f4", "<f8", ">f4", "<i4", "|O", "<U5", "<c8", "<M8[D]", "|b1", "|V8", "<f2", "<i8", "|S0"]
    shapes = [(), (4, 5), (5, 4), (10**12,), (-1,), (2**62, 2**62), (0,), "x", (4.0, 5), None]
    header = {"descr": rng.choice(types), "fortran_order": rng.choice([True, False, 1]), "shape": rng.choice(shapes)}
    if rng.random() < 0.2:
        header.pop(rng.choice(list(header)))
    texts = [b"(" * 5000, b"{", b"1L", b"{'descr': __import__('os')}", b"\xff\xfe", b"'''", b"-" * 3000 + b"1"]
    text = rng.choice(texts) if rng.random() < 0.2 else header
    body = content[content.find(b"\n") + 1 :]
    members[at] = (name, npy_of(text, body, rng.choice([1, 1, 2, 3, 9])))
    return npz_of(members)


def _rearranged(data, rng):
    """Leave arrays out, write them twice, in another order, under other names or by another method."""
    members = members_of(data)
    change = rng.choice(["drop", "twice", "shuffle", "name", "method"])
    at = rng.randrange(len(members))
    if change == "drop":
        del members[at]
    elif change == "twice":
        members.append(members[at])
    elif change == "shuffle":
        rng.shuffle(members)
    elif change == "name":
        members[at] = (rng.choice(["../x.npy", ".npy", "a" * 300, "tinynet_format.npy"]), members[at][1])
    return npz_of(members, rng.choice([8, 12, 14]))


def _structure(data, rng):
    """Write some bytes into the zip file's own headers."""
    data = bytearray(data)
    marks = [i for i in range(len(data) - 4) if data[i : i + 4] in (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")]
    at = rng.choice(marks) + rng.randrange(4, 46)
    for place in range(at, min(at + rng.choice([1, 2, 4]), len(data))):
        data[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
    return bytes(data)


def mutated(content, rng):
    """Return a damaged copy of a file, as the generator `random.Random` chooses."""
    ways = PLAIN
    if content.startswith(b"PK"):
        ways = (*PLAIN, _inside, _inside, _another_header, _another_header, _rearranged, _structure, _structure)
    return rng.choice(ways)(content, rng)
