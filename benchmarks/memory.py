"""Peak memory (resident set) of a process that makes a workload's data and trains on them for two epochs.

python -m benchmarks.memory PEER WORKLOAD  the measured program: one fresh process
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

PEERS = ("tinynet", "tinynet-csr", "c", "jax", "torch", "sklearn", "sklearn-csr", "keras-jax", "keras-tf")


def once(peer: str, workload: str = "D") -> float:
    """Return the peak of one fresh process in MB."""
    from benchmarks import runner
    from benchmarks.peers import PEERS as ENTRIES

    env = runner.environment(0, ENTRIES[peer].environment)
    command = [sys.executable, "-m", "benchmarks.memory", peer, workload]
    done = subprocess.run(command, cwd=runner.ROOT, env=env, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def measure(peers: list[str]) -> dict[str, Any]:
    """Return the peak of each peer on D in MB, the size of the dense data alone, and tinynet's peak on B."""
    from benchmarks.peers import PEERS as ENTRIES
    from benchmarks.workloads import WORKLOADS

    work = WORKLOADS["D"]
    found = {p: once(p) for p in PEERS if p in peers and not ENTRIES[p].why_not(work)}
    if "tinynet" in peers:
        once("tinynet", "B")  # so that nothing is compiled in the next one
        found["tinynet, 12-64-1 instead"] = once("tinynet", "B")
    return {"data": 4e-6 * work.sizes[0] * (work.rows + work.validation_rows)} | found


def peak() -> float:
    """Return this process's peak in MB; Linux's `ru_maxrss` would include the peak of its parent process."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    from benchmarks.peers import PEERS as ENTRIES
    from benchmarks.workloads import WORKLOADS, initial_weights, make_data

    entry, work = ENTRIES[sys.argv[1]], WORKLOADS[sys.argv[2]]
    data = make_data(work, sparse=entry.sparse)
    peer = entry.load()(work, data, initial_weights(work), 0, **entry.options)
    peer.fit(2)
    print(peak())


if __name__ == "__main__":
    main()
