"""The two training loops, between which the plan chooses."""

from __future__ import annotations

from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.compiled_loop import CompiledLoop
from tinynet.training.layer_loop import LayerLoop
from tinynet.training.loop import Loop


def make_loop(network: Network, plan: Plan, targets: int = 1) -> Loop:
    """Return the loop that the plan names."""
    return CompiledLoop(network, targets, plan.threads) if plan.loop == "compiled" else LayerLoop(network)
