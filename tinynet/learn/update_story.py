"""The story of the update: gradient → accumulators → step → new weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.kernels.machine.jit import arguments_of
from tinynet.learn.languages import of_part, said
from tinynet.learn.notation import named
from tinynet.learn.recorder import ParameterRecord, Record, step_alone
from tinynet.learn.rules import Opaque, Pointwise
from tinynet.learn.steps import Tape


def tell(tape: Tape, record: Record, update: ParameterRecord, constraint: Any, layer: str, W: str) -> None:
    """Tell how one parameter gets its new value."""
    optimizer: Any = record.network.optimizer
    teller = Teller(tape, optimizer, update, layer, W, f"{W}_new" if constraint is None else f"{W}_stepped")
    if optimizer.compiles:
        teller.in_words()
    else:
        teller.user_written()
    if constraint is not None:
        call = f"{getattr(constraint, '__name__', type(constraint).__name__)}({teller.new})"
        why = of_part(getattr(constraint, "why", "")) or said("own constraint")
        tape.add("update", layer, f"{W}_new", update.after, Opaque(call, (teller.new,)), call, why=why)


class Teller:
    """Writes the update steps of one parameter."""

    def __init__(self, tape: Tape, optimizer: Any, update: ParameterRecord, layer: str, W: str, new: str) -> None:
        self.tape, self.optimizer, self.update, self.layer, self.W = tape, optimizer, update, layer, W
        #: What the weight is called that the optimizer leaves: a constraint may follow.
        self.new = new
        self.tensors = {"w": W, "g": f"d{W}"}
        self.constants: dict[str, float] = optimizer.constants() if optimizer.compiles else {}
        #: What the slots are called before a parameter's name: as the formula calls them.
        self.slots = list(optimizer.slots)
        if optimizer.compiles:
            self.slots = list(arguments_of(optimizer.formula)[2 : 2 + len(optimizer.slots)])
        for slot, before, after in zip(self.slots, update.slots_before, update.slots_after, strict=True):
            self.tensors[slot] = tape.keep(f"{slot}_{W}", after)
            self.tensors[f"{slot}_old"] = tape.keep(f"{slot}_{W}_old", before)
        if optimizer.clips and not np.array_equal(update.clipped, update.gradient, equal_nan=True):
            self._clip()

    def add(self, token: str, name: str, value: Any, template: str, why: str) -> None:
        """Append a step of the formula `template` over the known tokens, and make its result known as `token`."""
        constants = named(self.optimizer, template, self.tensors, self.constants)
        rule = Pointwise(template, dict(self.tensors), constants)
        self.tensors[token] = self.tape.add("update", self.layer, name, value, rule, rule.formula(), why=why)

    def _clip(self) -> None:
        optimizer, name, clipped = self.optimizer, f"clipped_d{self.W}", self.update.clipped
        if optimizer.clipvalue:
            self.constants["limit"] = optimizer.clipvalue
            self.add("g", name, clipped, "clip({g}, ±{limit})", said("clipvalue"))
            return
        largest = int(np.abs(self.update.gradient).argmax())
        self.constants["scale"] = float(clipped.flat[largest] / self.update.gradient.flat[largest])
        limit = optimizer.clipnorm or optimizer.global_clipnorm
        why = said("clipnorm" if optimizer.clipnorm else "global_clipnorm", limit=f"{limit:g}")
        self.add("g", name, clipped, "{g}·{scale}", why)

    def in_words(self) -> None:
        """Tell the update in the optimizer's own words."""
        for told in self.optimizer.words:
            template = self._decayed(told.template)
            why = of_part(told.why).replace("{t}", f"{self.optimizer.iterations}")
            if told.name == "w":
                if self.optimizer.weight_decay:
                    why += " " + said("weight decay")
                self.add("new", self.new, self.update.stepped, template, why)
            elif told.name == "step":
                self.add("step", f"step_{self.W}", step_alone(self.optimizer, self.update), template, why)
            elif told.name in self.slots:
                value = self.update.slots_after[self.slots.index(told.name)]
                self.add(told.name, f"{told.name}_{self.W}", value, template, why)
            else:
                raise TypeError(
                    f"{type(self.optimizer).__name__}: its words tell of {told.name!r}, which is neither 'step' nor "
                    f"'w' nor one of the formula's slots {self.slots}."
                )

    def _decayed(self, template: str) -> str:
        """Return a template in which the weight has decayed: that comes first."""
        if not self.optimizer.weight_decay:
            return template
        decayed = "{w} - {w}·{weight_decay}·{learning_rate}"
        if template.startswith("{w} "):
            return decayed + template.removeprefix("{w}").replace("{w}", f"({decayed})")
        return template.replace("{w}", f"({decayed})")

    def user_written(self) -> None:
        """Tell what a user's own optimizer left: slots and weight."""
        used = (self.W, self.tensors["g"])
        call = f"{self.optimizer.name}.update({self.W}, {self.tensors['g']}, …)"
        for slot, value in zip(self.slots, self.update.slots_after, strict=True):
            rule = Opaque(call, (*used, f"{slot}_{self.W}_old"))
            name, why = f"{slot}_{self.W}", said("own slot")
            self.tape.add("update", self.layer, name, value, rule, call, why=why)
        slots = tuple(f"{slot}_{self.W}_old" for slot in self.slots)
        why = said("own optimizer", of=type(self.optimizer).__name__)
        rule = Opaque(call, (*used, *slots))
        self.tape.add("update", self.layer, self.new, self.update.stepped, rule, call, why=why)
