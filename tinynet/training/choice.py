"""The two training loops, between which the plan chooses: the file of the one that is asked for is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinynet.network import Network
from tinynet.plan import Plan
from tinynet.training.loop import Loop

if TYPE_CHECKING:
    from tinynet.training.layer_loop import LayerLoop


def layer_loop(network: Network) -> LayerLoop:
    """Return the loop over layer objects."""
    from tinynet.branches import Branched
    from tinynet.training.graph_loop import GraphLoop
    from tinynet.training.layer_loop import LayerLoop

    return GraphLoop(network) if isinstance(network, Branched) else LayerLoop(network)


def make_loop(network: Network, plan: Plan, targets: int = 1) -> Loop:
    """Return the loop that the plan names."""
    if plan.loop != "compiled":
        return layer_loop(network)
    from tinynet.training.compiled_loop import CompiledLoop

    return CompiledLoop(network, targets, plan.threads)
