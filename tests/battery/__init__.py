"""Attacks on the library, each with a count: ``python -m tests.battery`` runs all of them and prints a table.

A sample of each runs with the tests (`tests/hostile/test_battery.py`); what takes long runs only in full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.battery import arrays, atomic, environments, files, guided, killed, long, processors, threads
from tests.battery.tally import Tally


class Attack(NamedTuple):
    """What is run with a count and a seed; how often with the tests (0: not at all), and in full."""

    run: Callable[[int, int], Tally]
    sample: int
    full: int


ATTACKS = {
    "odd arrays": Attack(arrays.fuzzed, 300, 20_000),
    "damaged files": Attack(files.damaged, 800, 100_000),
    "damaged files, led by coverage": Attack(guided.damaged, 0, 100_000),
    "what is no file": Attack(lambda count, seed: files.no_files(), 1, 1),
    "errors and Ctrl-C out of users' parts": Attack(atomic.disturbed, 60, 4_000),
    "kill -9 during saves": Attack(killed.saves, 20, 1_000),
    "kill -9 during trainings with a backup": Attack(killed.backups, 0, 200),
    **{name: Attack(*entries) for name, entries in threads.ATTACKS.items()},
    "odd environments": Attack(lambda count, seed: environments.odd(tuple(environments.WAYS)[:count]), 0, 99),
    "levels of processors": Attack(lambda count, seed: processors.levels(tuple(processors.LEVELS)[:count]), 0, 4),
    "steps": Attack(long.steps, 200_000, 10_000_000),
    "epochs in one history": Attack(long.epochs, 20_000, 1_000_000),
    "a memory-mapped file": Attack(lambda count, seed: long.mapped(count), 0, 8),
    "a layer beyond 32 bits": Attack(lambda count, seed: long.large_layer((1 << 31) + 8), 0, 1),
}
