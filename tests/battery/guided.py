"""Damaged files that a fuzzer makes, led by which lines of the readers each one reaches: Google's Atheris.

It is installed by hand (``pip install atheris``), as there is none for every platform; without it nothing is tried, and
the table says so.

Source: https://github.com/google/atheris
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.battery.files import MEMORY, SECONDS, Reader, good_files
from tests.battery.tally import Tally
from tests.support.mutations import members_of, mutated, npz_of
from tests.support.nets import state_of

#: A process with the fuzzer. It counts lines of what is imported now; the first file has all imported that it needs.
_PROGRAM = """
import sys, atheris
with atheris.instrument_imports(include=["tinynet.saving", "tinynet.interop", "tinynet.models", "tinynet.datasets"]):
    from tests.battery import guided
    reader = guided.ready(*sys.argv[1:3])
guided.fuzz(reader, *sys.argv[1:])
"""


def damaged(count: int, seed: int = 0) -> Tally:
    """Read about `count` files of all kinds, each made of those before it that reached something new."""
    if find_spec("atheris") is None:
        return Tally(note="needs `pip install atheris`")
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        good = good_files(Path(name))
        for kind, content in good.items():
            folder = Path(name, kind.replace(" ", "_"))
            (folder / "corpus").mkdir(parents=True)
            (folder / "corpus" / "good").write_bytes(content)
            tally.add(_of_kind(kind, folder, -(-count // len(good)), seed))
    return tally


def _of_kind(kind: str, folder: Path, count: int, seed: int) -> Tally:
    """Let the fuzzer loose on one reader, in a process of its own."""
    limits = [f"-runs={count}", f"-seed={seed + 1}", f"-timeout={SECONDS}", f"-rss_limit_mb={(MEMORY >> 20) + 700}"]
    command = [sys.executable, "-c", _PROGRAM, kind, str(folder), *limits, "-print_final_stats=1"]
    command += ["-max_len=65536", f"-artifact_prefix={folder}/", str(folder / "corpus")]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    counted = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    told = folder / "failures"
    failures = told.read_text().splitlines() if told.exists() else []
    if done.returncode or not counted:
        failures.append(f"{kind}: the fuzzer ended with {done.returncode}: {done.stderr[-300:]!r}")
    return Tally(int(counted[1]) if counted else 0, 0, failures)


def ready(kind: str, folder: str) -> Reader:
    """Return what reads files of a kind, after it has read a good one."""
    shown = os.dup(2)
    reader = Reader(kind, Path(folder))
    os.dup2(shown, 2)  # what the fuzzer has to say at its end
    reader.path.write_bytes(Path(folder, "corpus", "good").read_bytes())
    reader.read(reader.model, reader.path)
    reader.before = state_of(reader.model)
    return reader


def fuzz(reader: Reader, kind: str, folder: str, *options: str) -> None:
    """Run the fuzzer in this process, which it ends."""
    import atheris

    def one(content: bytes) -> None:
        if outcome := reader.outcome(content):
            with Path(folder, "failures").open("a") as file:
                file.write(f"{kind} {content[:4000].hex()}: {outcome}\n")

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        rng, way = random.Random(seed), seed % 3
        try:
            if way == 0:
                return mutated(content, rng)[:most]
            if way == 1 and content.startswith(b"PK"):  # inside, so that the checksum does not end it
                members = members_of(content)
                at = rng.randrange(len(members))
                members[at] = (members[at][0], bytes(atheris.Mutate(members[at][1], len(members[at][1]) + 64)))
                return npz_of(members)[:most]
        except Exception:  # no zip file any more, or too short
            pass
        return bytes(atheris.Mutate(content, most))

    atheris.Setup([sys.argv[0], *options], one, custom_mutator=mutate)
    atheris.Fuzz()
