"""Start-up: seconds from the start of the process to the end of workload B's first epoch.

python -m benchmarks.startup PEER          what is timed: one fresh process
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any

PEERS = ("tinynet", "jax", "torch", "sklearn", "keras-jax", "keras-tf")


def once(peer: str, extra: dict[str, str] | None = None) -> float:
    """Return the seconds that one fresh process takes (both clocks are the machine's monotonic one)."""
    from benchmarks import runner
    from benchmarks.peers import PEERS as ENTRIES

    env = runner.environment(0, ENTRIES[peer].environment | (extra or {}))
    command = [sys.executable, "-m", "benchmarks.startup", peer]
    begun = time.monotonic()
    done = subprocess.run(command, cwd=runner.ROOT, env=env, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1]) - begun


def measure(peers: list[str], rounds: int = 5) -> dict[str, Any]:
    """Return median seconds per peer from warm caches, and for tinynet also the very first time."""
    from benchmarks.peers import PEERS as ENTRIES
    from benchmarks.workloads import WORKLOADS

    peers = [p for p in PEERS if p in peers and not ENTRIES[p].why_not(WORKLOADS["B"])]
    with tempfile.TemporaryDirectory() as folder:
        cache = {"NUMBA_CACHE_DIR": folder}
        found: dict[str, Any] = {"tinynet, first time ever": once("tinynet", cache)}
        for peer in peers:  # files into the page cache, bytecode compiled
            once(peer, cache)
        times: dict[str, list[float]] = {peer: [] for peer in peers}
        for _ in range(rounds):
            for peer in peers:
                times[peer].append(once(peer, cache))
    return found | {peer: median(taken) for peer, taken in times.items()}


def main() -> None:
    from benchmarks.peers import PEERS as ENTRIES
    from benchmarks.workloads import WORKLOADS, initial_weights, make_data

    entry, work = ENTRIES[sys.argv[1]], WORKLOADS["B"]
    peer = entry.load()(work, make_data(work), initial_weights(work), 0, **entry.options)
    peer.fit(1)
    print(time.monotonic())


if __name__ == "__main__":
    main()
