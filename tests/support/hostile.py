"""Calls of every public door with wrong arguments: what may come is a right answer or a clear refusal, nothing else.

``python -m tests.support.hostile --calls 100000 --seed 1`` makes them in child processes and prints the faults by kind.
``--only 1234`` makes one of them here, with its traceback. A call depends on the seed and its number alone.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from tests.support import hostile_judge
from tests.support.hostile_doors import READ, doors
from tests.support.hostile_dress import difference
from tests.support.hostile_judge import FORMULAS, fault_of
from tests.support.hostile_state import digest_of
from tests.support.hostile_values import arguments, wrong_value

ROOT = Path(__file__).parent.parent.parent
#: The program of a child process.
CHILD = "from tests.support.hostile import main; main()"
#: How long a call may take, how much memory it may have, how many are made in one process.
SECONDS, BYTES, BATCH = 60, 6 << 30, 500


# ---- one call -------------------------------------------------------------------------------------------------------


def chosen(every, call):
    """Return the door of a call: a door more or less in the package leaves nearly all calls as they are."""
    start = zlib.crc32(call.encode())
    return min(every, key=lambda door: zlib.crc32(door.key, start) * 2654435761 % 2**32)


def call(number, seed, every, told):
    """Make one call; return the door's name, how the call is written, and the fault or None."""
    from tinynet import backend, utils

    backend.set_floatx("float32")
    utils.set_random_seed(number)
    rng = random.Random(f"{seed}/{number}")
    door = chosen(every, f"{seed}/{number}")
    if door.dresses and rng.random() < 0.15:
        return door.name, *difference(rng, door, told)
    thing = door.make() if door.make else None
    setting = door.is_setting(thing)
    args, kwargs = [], {}
    if setting:
        text, value = wrong_value(rng)
        written = f" = {text}"

        def act():
            if door.attribute not in READ:
                setattr(thing, door.attribute, value)
    else:
        act_on = door.value if thing is None else getattr(thing, door.attribute)
        args, kwargs, text = arguments(rng, act_on, door.pools)
        written = f"({text})"

        def act():
            consume(act_on(*args, **kwargs))

    told(f"{door.name}{written}")
    if setting and (fault := fault_of(lambda: getattr(thing, door.attribute), door, written, setting)):
        return door.name, ".", fault  # what is read may be made then
    before = digest_of(thing, args, kwargs)
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        fault = fault_of(act, door, written, setting)
        if fault is None and setting:
            fault = fault_of(lambda: door.use(thing), door, written, setting)
            before = digest_of(thing, args, kwargs)  # it was taken
    if fault in (None, ""):
        foreign = [str(w.message) for w in leaked if "tinynet" not in str(w.filename) and w.category is RuntimeWarning]
        if foreign and not door.name.startswith(FORMULAS):  # which warn as NumPy's functions do
            return door.name, written, f"warning from inside: {foreign[0]}"
    if fault == "" and digest_of(thing, args, kwargs) != before:
        return door.name, written, "refused, but changed something"
    return door.name, written, fault or None


def consume(result):
    """Draw what is lazy."""
    if hasattr(result, "send"):
        for _ in zip(result, range(100), strict=False):
            pass


# ---- many calls -----------------------------------------------------------------------------------------------------


def child(seed, first, last, log):
    """Make the calls first…last in this process, saying in `log` what comes next."""
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    sys.path.insert(0, str(ROOT))
    import matplotlib.pyplot as plt

    every = doors()
    faulthandler.register(signal.SIGPROF, file=sys.__stderr__, chain=True)
    with open(log, "a") as stream, open(os.devnull, "w") as silent:
        faults_to = sys.stdout
        sys.stdout = sys.stderr = silent
        for number in range(first, last):

            def told(text, number=number):
                stream.write(f"{number}: {text}\n")
                stream.flush()

            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of the processor, which others may keep busy
            faulthandler.dump_traceback_later(20 * SECONDS, exit=True, file=sys.__stderr__)
            name, written, fault = call(number, seed, every, told)
            faulthandler.cancel_dump_traceback_later()
            plt.close("all")
            if fault:
                print(json.dumps([number, name, written, fault]), file=faults_to, flush=True)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def _houses(folder):
    """Write a small file of house prices, for calls that take a path."""
    np.savez(folder / "houses.npz", x=np.arange(26.0).reshape(2, 13), y=np.arange(2.0))


def faults(calls, seed=0, first=0, batch=BATCH, **environment):
    """Make calls in child processes, and yield (number, door, arguments, fault) for each that went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        last = first + calls
        while first < last:
            log = Path(folder, "log")
            log.write_text("")
            until = min(first + batch, last)
            _houses(Path(folder))
            command = [sys.executable, "-X", "faulthandler", "-c", CHILD, "--child"]
            done = subprocess.run(
                [*command, str(seed), str(first), str(until), str(log)], capture_output=True, text=True, cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", **environment},
            )  # fmt: skip
            yield from map(json.loads, done.stdout.splitlines())
            if done.returncode == 0:
                first = until
                continue
            lines = log.read_text().splitlines()
            number, _, written = lines[-1].partition(": ") if lines else (str(first), "", "before the first call")
            yield [int(number), "DIED", written, f"exit code {done.returncode}: {done.stderr[-1500:]}"]
            first = int(number) + 1


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.hostile", description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        *numbers, log = options.child
        child(*map(int, numbers), log)
    elif options.only is not None:
        hostile_judge.judged = lambda error, *_: traceback.print_exception(error) or "shown above"
        print(call(options.only, options.seed, doors(), print))
    else:
        report(options)


def report(options):
    """Make the calls, and print the faults by kind."""
    kinds = defaultdict(list)
    for number, door, written, fault in faults(options.calls, options.seed, options.first):
        print(f"{number}: {door}{written}"[:230], "|", fault[:150].replace("\n", " "), flush=True)
        kinds[re.split(r": (?!\w+ at)", fault)[0]].append((number, door, written, fault))
    for _, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"\n{len(found)} × {found[0][3][:1500]}")
        for number, door, written, fault in found[:4]:
            print(f"    {number}: {door}{written}"[:230], "|", fault[-90:].replace("\n", " "))
    print(f"\n{sum(map(len, kinds.values()))} faults in {options.calls} calls")


if __name__ == "__main__":
    main()
