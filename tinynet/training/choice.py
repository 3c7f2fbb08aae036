"""The two training loops, between which the plan chooses."""

from __future__ import annotations

from tinynet.branches import Branched
from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.compiled_loop import CompiledLoop
from tinynet.training.graph_loop import GraphLoop
from tinynet.training.layer_loop import LayerLoop
from tinynet.training.loop import Loop


def layer_loop(network: Network) -> LayerLoop:
    """Return the loop over layer objects."""
    return GraphLoop(network) if isinstance(network, Branched) else LayerLoop(network)


def make_loop(network: Network, plan: Plan, targets: int = 1) -> Loop:
    """Return the loop that the plan names."""
    return CompiledLoop(network, targets, plan.threads) if plan.loop == "compiled" else layer_loop(network)
