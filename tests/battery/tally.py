"""What an attack hands back, and children in which it may be made: with little memory, and not for ever."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Seconds that a child is waited for.
PATIENCE = 600.0


@dataclass
class Tally:
    """Inputs that were tried, faults that were injected, and what went wrong."""

    inputs: int = 0
    faults: int = 0
    failures: list[str] = field(default_factory=list)
    note: str = ""

    def add(self, other: Tally) -> None:
        """Add up."""
        self.inputs += other.inputs
        self.faults += other.faults
        self.failures += other.failures
        self.note = "; ".join(dict.fromkeys(filter(None, (self.note, other.note))))


def in_child(work: Callable[[], Any], memory: int = 0, patience: float = PATIENCE) -> tuple[Any, str]:
    """Return what `work` returns in a fork that may ask for so many bytes more; or None, and how the child ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(reading)
            if memory:
                limit = _used() + memory
                resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
            answer = pickle.dumps(work())
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    timer = time.monotonic() + patience
    with os.fdopen(reading, "rb") as pipe:
        os.set_blocking(reading, False)
        parts = b""
        while True:
            part = pipe.read()
            if part:
                parts += part
            elif part == b"":
                break
            elif time.monotonic() > timer:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return None, f"hung for {patience:g} s"
            else:
                time.sleep(0.002)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (pickle.loads(parts), "") if status == 0 else (None, f"ended with {status}")


def _used() -> int:
    """Return the bytes of data that this process has asked for."""
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("VmData"))
