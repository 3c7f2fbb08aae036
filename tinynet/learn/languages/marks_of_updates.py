"""What the marker says of mistakes in an update: see `marks`."""

from __future__ import annotations

from tinynet.learn.languages.mark import SLOTS, UPDATE, Mark

UPDATES: dict[str, Mark] = {
    "not updated": Mark("not updated", UPDATE, "It is not updated: these are the old weights."),
    "uphill": Mark("sign", "Look at the sign of the step.", "The step goes uphill: subtract it."),
    "bare step": Mark("no old weight", UPDATE, "That is the step alone: it has to be subtracted from the old weight."),
    "rate factor": Mark("rate", UPDATE, "The step is {factor} times what it should be: {why}."),
    "old slot": Mark(
        "old accumulator", UPDATE, "{wrong} was used, from before this step, where {right} belongs: update it first."
    ),
    "no correction": Mark(
        "no bias correction", UPDATE, "The bias correction is missing: the means started at 0, so early steps need it."
    ),
    "half correction": Mark("bias correction", UPDATE, "Only one of the two means was corrected for its start at 0."),
    "epsilon of a mean": Mark(
        "epsilon", "Look at where epsilon stands.", "ε was added to the root of the corrected mean; here it is not."
    ),
    "decay": Mark(
        "decay", "Look at what is added.", "{share} of {name} is added besides: a decay or penalty that is not there."
    ),
    "wrong count": Mark("bias correction", UPDATE, "The bias correction is that of step {step}."),
    "another optimizer": Mark("another optimizer", UPDATE, "That is the step of {other}."),
    "missing shares": Mark(
        "missing factor",
        "Look at the shares.",
        "The shares {part} and 1 - {part} are missing in {formula}: a mean, not a sum.",
    ),
    "old slot itself": Mark(
        "not updated", "Look at the update rule.", "It is not updated: this is {name}, from before this step."
    ),
    "fresh slots": Mark(
        "accumulators forgotten",
        "Look at the accumulators.",
        "The accumulators began at their start once more: take those that the steps before have left.",
    ),
    "another number": Mark(
        "another number",
        "Look at the optimizer's numbers.",
        "{number} was used for {part}, which is another number here.",
    ),
    "shares exchanged": Mark("swapped", "Look at the shares.", "{part} and {other} are exchanged."),
    "not clipped": Mark(
        "clipping missing", "Look at the clipping.", "The gradient was not clipped: this comes from {name} as it is."
    ),
    "clipped otherwise": Mark(
        "another clipping", "Look at the clipping.", "The gradient was clipped in another way: {how}."
    ),
    "no decay": Mark("missing decay", "Look at the weight decay.", "The weight decay is missing."),
    "coupled decay": Mark(
        "decay",
        "Look at the weight decay.",
        "The decay went into the gradient, like a penalty: here it shrinks the weight itself.",
    ),
    "gradient normalised": Mark(
        "normalised", "Look at the update rule.", "The gradient was divided by {by} before the step."
    ),
    "gradient's sign": Mark(
        "sign alone", "Look at the update rule.", "Only the sign of the gradient went into the step, not its size."
    ),
    "rate twice": Mark("rate", UPDATE, "The learning rate {part} stands twice in {formula}."),
    "new slot": Mark(
        "new accumulator", SLOTS, "{wrong} was used, of this step already, where {right}, from before it, belongs."
    ),
    "another optimizer's slot": Mark("another optimizer", UPDATE, "That is what {other} accumulates."),
    "corrected already": Mark(
        "bias correction", SLOTS, "{name} was corrected for its start at 0 already: that is done in the step."
    ),
    "correction turned": Mark(
        "bias correction", SLOTS, "The bias correction multiplies where it should divide: the means are too small."
    ),
    "other share": Mark("another number", "Look at the shares.", "{other} was used for {part}."),
    "decay twice": Mark("decay", "Look at the weight decay.", "The weight decay was applied twice."),
    "decay last": Mark(
        "decay",
        "Look at the weight decay.",
        "The new weight was shrunk: it is the old one that decays, before the step.",
    ),
    "coupled decay besides": Mark(
        "decay", "Look at what is added.", "A decay of {share} went into the gradient, which is not there."
    ),
    "some updated": Mark(
        "some entries", "Some of it is right.", "{right} of {all} entries are updated; the others are the old ones."
    ),
}
