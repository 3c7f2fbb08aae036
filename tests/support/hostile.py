"""Calls of every public door with wrong arguments: what may come is a right answer or a clear refusal, nothing else.

``python -m tests.support.hostile --calls 100000 --seed 1`` makes them in child processes and prints the faults by kind.
``--only 1234`` makes one of them here, with its traceback. A call depends on the seed and its number alone.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import inspect
import json
import opcode
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np

from tests.support.hostile_doors import doors
from tests.support.hostile_values import RIGHT, wrong_value

ROOT = Path(__file__).parent.parent.parent
#: The program of a child process.
CHILD = "from tests.support.hostile import main; main()"
#: How long a call may take, how much memory it may have, how many are made in one process.
SECONDS, BYTES, BATCH = 30, 6 << 30, 500
#: What is said of files by the operating system, and of calls by Python, needs no other words.
OF_FILES = ("save", "load", "CSVLogger", "Checkpoint", "html", "svg", "on_")
OF_PYTHON = ("required positional argument", "unexpected keyword argument", "positional argument", "multiple values")
RAISE = opcode.opmap["RAISE_VARARGS"]


# ---- one call -------------------------------------------------------------------------------------------------------


def arguments(rng, function):
    """Choose arguments, of which one or several are wrong; return them and how they are written."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY, p.POSITIONAL_ONLY)]
    places = [p for p in parameters if p.kind == p.VAR_POSITIONAL] * rng.randint(0, 2)
    if not named and not places:
        return [], {}, ""
    wrong = {rng.choice(named).name for _ in range(rng.choice((1, 1, 1, 2, 3)))} if named else set()
    args, kwargs, texts, positional = [], {}, [], True
    for parameter in [*named, *places]:
        name = parameter.name
        if name in wrong or parameter.kind == parameter.VAR_POSITIONAL:
            text, value = wrong_value(rng)
        elif parameter.default is parameter.empty or rng.random() < 0.1:
            if name not in RIGHT:
                text, value = wrong_value(rng)
            else:
                text, value = name.upper(), RIGHT[name]()
        else:
            positional = False
            continue
        if positional and parameter.kind != parameter.KEYWORD_ONLY:
            args.append(value)
            texts.append(text)
        elif parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            kwargs[name] = value
            texts.append(f"{name}={text}")
    return args, kwargs, ", ".join(texts)


def chosen(every, call):
    """Return the door of a call: a door more or less in the package leaves nearly all calls as they are."""
    return min(every, key=lambda door: hashlib.blake2b(f"{call}/{door.name}".encode(), digest_size=8).digest())


def call(number, seed, every, told):
    """Make one call; return the door's name, how the call is written, and the fault or None."""
    from tinynet import backend

    backend.set_floatx("float32")
    rng = random.Random(f"{seed}/{number}")
    door = chosen(every, f"{seed}/{number}")
    thing = door.make() if door.make else None
    method = door.value if thing is None else inspect.getattr_static(type(thing), door.attribute, None)
    setting = thing is not None and not callable(method) and not hasattr(method, "__func__")
    args, kwargs = [], {}
    if setting:
        text, value = wrong_value(rng)
        written = f" = {text}"

        def act():
            before = getattr(thing, door.attribute)
            if before is None or isinstance(before, bool | int | float | str | list | tuple | np.ndarray):
                setattr(thing, door.attribute, value)
    else:
        act_on = door.value if thing is None else getattr(thing, door.attribute)
        args, kwargs, text = arguments(rng, act_on)
        written = f"({text})"

        def act():
            consume(act_on(*args, **kwargs))

    told(f"{door.name}{written}")
    before = state_of(thing)
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        fault = fault_of(act, door, written, setting)
    if fault in (None, ""):
        foreign = [str(w.message) for w in leaked if "tinynet" not in str(w.filename) and w.category is RuntimeWarning]
        if foreign:
            return door.name, written, f"warning from inside: {foreign[0]}"
    if fault == "" and state_of(thing) != before:
        return door.name, written, "refused, but changed the object"
    return door.name, written, fault or None


def consume(result):
    """Draw what is lazy."""
    if inspect.isgenerator(result):
        for _ in zip(result, range(100), strict=False):
            pass


def fault_of(act, door, written, setting):
    """Return None if the act went well, an empty string if it was refused well, or else the fault."""
    try:
        act()
    except BaseException as error:
        return judged(error, door, written, setting)
    return None


def judged(error, door, written, setting):
    """Return an empty string for an exception that tells a user what to do, or else what is wrong with it."""
    message = str(error)
    if "hostile" in message:  # what the argument itself raised
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    code, place = last.tb_frame.f_code, f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    ours = "/tinynet/" in frames[-1].filename
    raised = inspect.iscode(code) and code.co_code[last.tb_lasti] == RAISE
    allowed = [ValueError, TypeError, NotImplementedError, ImportError]
    if any(word in door.name for word in OF_FILES):
        allowed.append(OSError)
    if "HistoryDict" in door.name and isinstance(error, (KeyError, TypeError)):
        return ""  # as of any dict
    if "__getitem__" in door.name or door.name == "utils.to_categorical":
        allowed += [KeyError, IndexError]
    if setting or "shape" in door.name:
        allowed.append(AttributeError)
    if "Unable to allocate" in message:  # an honest number, for which there is no memory
        allowed.append(MemoryError)
    where = f"{type(error).__name__} at {place}: {message[:150]}"
    if not isinstance(error, tuple(allowed)):
        return where
    of_python = isinstance(error, (OSError, MemoryError)) or frames[-1].filename == __file__
    if of_python or any(words in message for words in OF_PYTHON) or (setting and isinstance(error, AttributeError)):
        return ""
    if not ours or not raised:
        return f"from inside: {where}"
    return "" if len(message) > 15 else f"no message: {where}"


def state_of(thing):
    """Return what must not change when a call is refused."""
    if thing is None:
        return None
    if hasattr(thing, "get_weights") and hasattr(thing, "layers"):
        optimizer = thing.optimizer
        return (
            [w.tobytes() for w in thing.get_weights()],
            [(id(layer), layer.built, layer.trainable, layer.name) for layer in thing.layers],
            repr(thing.get_config()), id(thing.setup), thing.built,
            optimizer and (optimizer.iterations, optimizer.numbers.tobytes(), repr(optimizer.get_config())),
        )  # fmt: skip
    if hasattr(thing, "get_config"):
        return repr(thing.get_config())
    return None


# ---- many calls -----------------------------------------------------------------------------------------------------


def child(seed, first, last, log):
    """Make the calls first…last in this process, saying in `log` what comes next."""
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    sys.path.insert(0, str(ROOT))
    import matplotlib.pyplot as plt

    every = doors()
    with open(log, "a") as stream, open(os.devnull, "w") as silent:
        faults_to = sys.stdout
        sys.stdout = sys.stderr = silent
        for number in range(first, last):

            def told(text, number=number):
                stream.write(f"{number}: {text}\n")
                stream.flush()

            faulthandler.dump_traceback_later(SECONDS, exit=True, file=sys.__stderr__)
            name, written, fault = call(number, seed, every, told)
            faulthandler.cancel_dump_traceback_later()
            plt.close("all")
            if fault:
                print(json.dumps([number, name, written, fault]), file=faults_to, flush=True)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def faults(calls, seed=0, first=0, batch=BATCH, **environment):
    """Make calls in child processes, and yield (number, door, arguments, fault) for each that went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        last = first + calls
        while first < last:
            log = Path(folder, "log")
            log.write_text("")
            until = min(first + batch, last)
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
        sys.modules[__name__].judged = lambda error, *_: traceback.print_exception(error) or "shown above"
        print(call(options.only, options.seed, doors(), print))
    else:
        report(options)


def report(options):
    """Make the calls, and print the faults by kind."""
    kinds = defaultdict(list)
    for number, door, written, fault in faults(options.calls, options.seed, options.first):
        kinds[re.split(r": (?!\w+ at)", fault)[0]].append((number, door, written, fault))
    for _, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"\n{len(found)} × {found[0][3][:1500]}")
        for number, door, written, fault in found[:4]:
            print(f"    {number}: {door}{written}"[:230], "|", fault[-90:].replace("\n", " "))
    print(f"\n{sum(map(len, kinds.values()))} faults in {options.calls} calls")


if __name__ == "__main__":
    main()
