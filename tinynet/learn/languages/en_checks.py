"""English: what the gradient check says, and the words in pictures of a run's health."""

from __future__ import annotations

CHECKS: dict[str, str] = {
    # the gradient check's table and verdict
    "check: title": "Gradient check",
    "check: tensor": "tensor",
    "check: shape": "shape",
    "check: checked": "checked",
    "check: kinks": "kinks",
    "check: error": "relative error",
    "check: verdict": "verdict",
    "check: of": "{checked} of {all}",
    "check: ok": "ok",
    "check: WRONG": "WRONG",
    "check: passed": "Passed: every relative error is at most {tolerance}.",
    "check: not passed": "NOT passed: a relative error above {tolerance}, or a problem named above.",
    "check: threshold": "Correct code is nearly always below 1e-7, wrong code above 1e-2; the threshold is between "
    "them.",
    "check: corners": "Kinks: at such an entry the loss has a corner (a ReLU that switches on or off, an absolute "
    "value), so it has two slopes; backprop gives one of them or one in between, which is not an error.",
    "check: lesson": "{place}: backprop says {backprop}, but raising and lowering this number by {step} changes the "
    "loss as if it were {difference}.",
    # what wrong numbers look like
    "check: not finite": "It is not a finite number.",
    "check: zero": "It is zero everywhere: was it written at all (`self.d<name>[...] = …`)?",
    "check: sign": "The sign is wrong everywhere.",
    "check: missing 1/N": "It is {rows} times too large: the 1/N is missing.",
    "check: 1/N twice": "It is {rows} times too small: 1/N was applied twice.",
    "check: transposed": "It is the transpose of what it should be.",
    "check: factor": "It is {factor} times what it should be, everywhere: a constant factor is off.",
    "check: no pattern": "No simple pattern. Usual suspects: a missing factor of the chain rule (the activation's "
    "derivative), a sum over the wrong axis, a product with the wrong array, a value that was changed after `forward` "
    "stored it.",
    "check: look at": "Look at `backward` of layer '{layer}', and of the layers after it.",
    "check: look first": "First look at {name}, nearer to the loss: an error there propagates to here.",
    # what else may be wrong
    "check: stopped": "Backprop stopped with {error}",
    "check: loss not finite": "The loss is {loss}: not finite, so that no slope can be measured. Look for NaN, "
    "infinity or huge numbers in x, y and the weights.",
    "check: two losses": "The same weights and data gave two different losses: some layer draws random numbers from a "
    "generator that is not its own attribute, or changes with every call. A slope cannot be measured then.",
    "check: piles up": "The gradient of '{name}' {shape} is different when backprop runs a second time. Write it "
    "whole, `self.d{name}[...] = …`; `+=` piles up what earlier batches left.",
    "check: wrote into": "Layer '{layer}': `backward` wrote into the gradient it was given.",
    "check: optimizer stopped": "The optimizer stopped with {error}",
    "check: weight not finite": "After one step of optimizer '{optimizer}' a weight is infinite or NaN.",
    "check: no weight": "Optimizer '{optimizer}' changed no weight. `update` must write into the array it is given: "
    "`w -= …` or `w[...] = …`, not `w = w - …`.",
    "check: uphill": "Optimizer '{optimizer}' goes uphill: its first step raises the loss (by {change} to first "
    "order). The gradient points uphill, so the step is its negative: `w -= learning_rate·dw`.",
    # pictures of a run's health
    "measure: gradient_norm": "gradient norm",
    "measure: update_ratio": "update ratio",
    "measure: dead_relus": "dead relus",
    "beyond: gradient_norm": "below: gradients vanish on their way back; above: they explode",
    "beyond: update_ratio": "below: learning rate too small; above: too large",
    "beyond: dead_relus": "above: many units never switch on; learning rate too large?",
    "measure: epoch": "epoch",
    "measure: normal": "normal",
    "measure: no ReLU": "no ReLU here",
    # pictures of a trace
    "picture: weights": "weights",
    "picture: gradients": "gradients",
    "picture: title": "One training step of {title}",
}
