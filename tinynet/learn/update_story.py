"""The story of the update: gradient → accumulators → step → new weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet.kernels import _codes as codes
from tinynet.learn.recorder import ParameterRecord, Record, step_alone
from tinynet.learn.rules import Opaque, Pointwise
from tinynet.learn.steps import Tape
from tinynet.optimizers import SGD, Adam, RMSprop

#: What an optimizer's slots are called before a parameter's name.
LETTERS = {"momentum": "m", "velocity": "v", "average_gradient": "avg", "velocity_hat": "vmax"}


def tell(tape: Tape, record: Record, update: ParameterRecord, layer: str, W: str) -> None:
    """Tell how one parameter gets its new value."""
    optimizer: Any = record.network.optimizer
    teller = Teller(tape, optimizer, update, layer, W)
    if type(optimizer) is SGD:
        teller.sgd()
    elif type(optimizer) is RMSprop:
        teller.rmsprop()
    elif type(optimizer) is Adam:
        teller.adam()
    else:
        teller.user_written()


class Teller:
    """Writes the update steps of one parameter."""

    def __init__(self, tape: Tape, optimizer: Any, update: ParameterRecord, layer: str, W: str) -> None:
        self.tape, self.optimizer, self.update, self.layer, self.W = tape, optimizer, update, layer, W
        self.tokens = {"W": W, "g": f"d{W}"}
        known = type(optimizer) in (SGD, RMSprop, Adam)
        for i, slot in enumerate(optimizer.slots):
            letter = LETTERS.get(slot, slot) if known else slot
            self.tokens[letter] = f"{letter}_{W}"
            self.tokens[f"{letter}_old"] = tape.keep(f"{letter}_{W}_old", update.slots_before[i])
        self.constants: dict[str, tuple[str, float]] = {
            "lr": ("η", optimizer.learning_rate),
            "mu": ("μ", float(getattr(optimizer, "momentum", 0.0))),
            "rho": ("ρ", float(getattr(optimizer, "rho", 0.0))),
            "eps": ("ε", float(getattr(optimizer, "epsilon", 0.0))),
            "decay": ("λ", float(optimizer.weight_decay or 0.0)),
        }
        if (update.clipped != update.gradient).any():
            self._clip()

    def add(self, token: str, name: str, value: Any, template: str, why: str) -> None:
        """Append a step of the formula `template` over the known tokens, and make its result known as `token`."""
        rule = Pointwise(template, dict(self.tokens), dict(self.constants))
        self.tokens[token] = self.tape.add("update", self.layer, name, value, rule, rule.formula(), why=why)

    def slot(self, letter: str, template: str, why: str) -> None:
        """Append a step for an accumulator."""
        names = [LETTERS.get(s, s) for s in self.optimizer.slots]
        value = self.update.slots_after[names.index(letter)]
        self.add(letter, f"{letter}_{self.W}", value, template, why)

    def _clip(self) -> None:
        hyper, name = self.optimizer.hyper, f"clipped_d{self.W}"
        limit = max(hyper[codes.CLIPNORM], hyper[codes.GLOBAL_CLIPNORM], hyper[codes.CLIPVALUE])
        if hyper[codes.CLIPVALUE] > 0:
            self.constants["limit"] = ("limit", float(limit))
            self.add(
                "g", name, self.update.clipped, "clip({g}, ±{limit})", "clipvalue: each entry is kept within ±limit."
            )
            return
        largest = int(np.abs(self.update.gradient).argmax())
        scale = float(self.update.clipped.flat[largest] / self.update.gradient.flat[largest])
        self.constants["scale"] = ("scale", scale)
        whose = "this gradient's norm" if hyper[codes.CLIPNORM] > 0 else "the norm of all gradients together"
        self.add(
            "g", name, self.update.clipped, "{g}·{scale}", f"Clipping: shortened so that {whose} is at most {limit:g}."
        )

    def new_weight(self, template: str, why: str) -> None:
        """Append the last step, with weight decay where it is on."""
        if self.optimizer.weight_decay:
            template = template.replace("{W}", "{W} - {W}·{decay}·{lr}", 1)
            why += " Weight decay takes a little off every weight besides."
        self.add("new", f"{self.W}_new", self.update.after, template, why)

    def sgd(self) -> None:
        """Gradient descent, plain, with momentum, with Nesterov's."""
        if not self.optimizer.momentum:
            self.new_weight("{W} - {lr}·{g}", "One step downhill: against the gradient, its length times η.")
            return
        why = "The step remembers the steps before it: a share μ of the last one, plus this gradient's."
        self.slot("m", "{mu}·{m_old} - {lr}·{g}", why)
        if self.optimizer.nesterov:
            why = "Nesterov: the momentum is applied once more, ahead of itself, together with the gradient."
            self.new_weight("{W} + {mu}·{m} - {lr}·{g}", why)
        else:
            self.new_weight("{W} + {m}", "The weight moves by the momentum.")

    def rmsprop(self) -> None:
        """RMSprop, maybe centered, maybe with momentum."""
        why = "A running mean of the squared gradient: how large this weight's gradient typically is."
        self.slot("v", "{rho}·{v_old} + (1 - {rho})·{g}²", why)
        root = "√({v} + {eps})"
        if self.optimizer.centered:
            why = "Centered: a running mean of the gradient itself; v less its square is the variance."
            self.slot("avg", "{rho}·{avg_old} + (1 - {rho})·{g}", why)
            root = "√({v} - {avg}² + {eps})"
        template = f"{{lr}}·{{g}}/{root}"
        why = "The gradient in units of its own typical size: every weight steps about as far."
        if not self.optimizer.momentum:
            self.add("step", f"step_{self.W}", step_alone(self.optimizer, self.update), template, why)
            self.new_weight("{W} - {step}", "The weight moves by the step.")
            return
        self.slot("m", "{mu}·{m_old} + " + template, why + " A share μ of the last step is repeated.")
        self.new_weight("{W} - {m}", "The weight moves by the momentum.")

    def adam(self) -> None:
        """Adam, maybe with AMSGrad."""
        o, t = self.optimizer, self.optimizer.iterations
        alpha = o.learning_rate * (1 - o.beta_2**t) ** 0.5 / (1 - o.beta_1**t)
        self.constants |= {"b1": ("β₁", o.beta_1), "b2": ("β₂", o.beta_2), "alpha": ("α", alpha)}
        self.slot("m", "{m_old} + ({g} - {m_old})·(1 - {b1})", "A running mean of the gradient.")
        self.slot("v", "{v_old} + ({g}² - {v_old})·(1 - {b2})", "A running mean of its square.")
        divisor = "v"
        if o.amsgrad:
            self.slot("vmax", "max({vmax_old}, {v})", "AMSGrad: the largest v so far.")
            divisor = "vmax"
        why = f"α = η·√(1 - β₂ᵗ)/(1 - β₁ᵗ) makes up for the means' start at 0, in step t = {t}."
        value = step_alone(o, self.update)
        self.add("step", f"step_{self.W}", value, f"{{alpha}}·{{m}}/(√{{{divisor}}} + {{eps}})", why)
        self.new_weight("{W} - {step}", "The weight moves by the step.")

    def user_written(self) -> None:
        """Tell what a user's own optimizer left: slots and weight."""
        used = (self.W, self.tokens["g"])
        call = f"{self.optimizer.name}.update({self.W}, {self.tokens['g']}, …)"
        for i, slot in enumerate(self.optimizer.slots):
            old = f"{slot}_{self.W}_old"
            rule = Opaque(call, (*used, old))
            value = self.update.slots_after[i]
            self.tape.add(
                "update", self.layer, f"{slot}_{self.W}", value, rule, call, why="A user-written accumulator."
            )
        slots = tuple(f"{slot}_{self.W}_old" for slot in self.optimizer.slots)
        why = f"{type(self.optimizer).__name__} is user-written: its result is seen."
        rule = Opaque(call, (*used, *slots))
        self.tape.add("update", self.layer, f"{self.W}_new", self.update.after, rule, call, why=why)
