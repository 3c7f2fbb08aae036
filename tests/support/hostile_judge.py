"""Which answers to a hostile call are right: a result, or a refusal in words."""

from __future__ import annotations

import inspect
import opcode
import traceback
from pathlib import Path

#: What is said of files by the operating system, and of calls by Python, needs no other words.
OF_FILES = ("save", "load", "export", "CSVLogger", "Checkpoint", "html", "svg", "on_", "put_into", "word_index", "onnx")
OF_FILES += ("get_file",)
#: What looks something up may say that it is not there.
LOOKS_UP = ("__getitem__", "to_categorical", "from_onnx", "HistoryDict")
OF_PYTHON = ("required positional argument", "unexpected keyword argument", "positional argument", "multiple values")
#: Formulas are what they are written as: Python's own words about arithmetic are theirs.
FORMULAS = ("formulas.", "lesson.each", "lesson.one_step")
OF_ARITHMETIC = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RuntimeError)
#: A view of one number as thousands of millions: who passes it asks for the memory, of which Python says nothing more.
HUGE = "10**9, 3))", "8, 10**9))"
RAISE = opcode.opmap["RAISE_VARARGS"]


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
    frames = traceback.extract_tb(error.__traceback__)
    if "hostile" in message or door.name == "models.clone_model" or _of_argument(frames):
        return ""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    code, place = last.tb_frame.f_code, f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    where = f"{type(error).__name__} at {place}: {message[:150]}"
    if door.name.startswith("python -m"):
        return "" if isinstance(error, SystemExit) and error.code in (0, 1, 2) else where
    ours = "/tinynet/" in frames[-1].filename
    raised = inspect.iscode(code) and code.co_code[last.tb_lasti] == RAISE
    if door.name.startswith(FORMULAS) and isinstance(error, OF_ARITHMETIC):
        return ""
    if not isinstance(error, allowed(door, message, written, setting)):
        return where
    if door.name.endswith("__getitem__") or "HistoryDict" in door.name:
        return ""  # as of any array or dict
    of_python = isinstance(error, (OSError, MemoryError)) or "/tests/" in frames[-1].filename
    if of_python or any(words in message for words in OF_PYTHON) or (setting and isinstance(error, AttributeError)):
        return ""
    if not ours or not raised:
        return f"from inside: {where}"
    return "" if len(message) > 15 else f"no message: {where}"


def _of_argument(frames):
    """Return whether what was raised is the argument's own: in its code, or in a function called through `asked`."""
    through = any(frame.name == "asked" and frame.filename.endswith("answers.py") for frame in frames[:-1])
    return through or frames[-1].filename == "<wrong value>"


def allowed(door, message, written, setting):
    """Return the classes of exceptions that a door may raise."""
    found = [ValueError, TypeError, NotImplementedError, ImportError]
    if any(word in door.name for word in OF_FILES):
        found.append(OSError)
    if any(word in door.name for word in LOOKS_UP):
        found += [KeyError, IndexError, OverflowError]
    if setting or "shape" in door.name:
        found.append(AttributeError)
    if "Unable to allocate" in message or any(view in written for view in HUGE):  # numbers for which there is no memory
        found.append(MemoryError)
    return tuple(found)
