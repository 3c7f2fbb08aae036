"""What the marker says: for each kind of mistake its name, where to look, and what it is.

A key stands for a mistake; `Verdict.kind` is the name that several may share. The second sentence, where to look,
holds no number and no formula, so that an exercise may show it. In braces are names of arrays, parts of formulas, and
factors.
"""

from __future__ import annotations

from tinynet.learn.languages.mark import ARRAY, BATCH, FACTOR, SLOPE, TARGETS, UPDATE, Mark
from tinynet.learn.languages.marks_of_updates import UPDATES

MARKS: dict[str, Mark] = {
    # the whole array
    "none": Mark("None", "Nothing was given.", "It is None: was the result returned?"),
    "blank": Mark("blank", "", "still to be filled in. Your answer replaces the dots."),
    "nan": Mark(
        "NaN", "It holds numbers that are none.", "It holds NaN: a 0/0, ∞ - ∞ or the log of a negative number."
    ),
    "infinite": Mark(
        "infinite", "It holds infinite numbers.", "It holds infinite numbers: divided by 0, or too large."
    ),
    "no numbers": Mark("no numbers", "It is no array of numbers.", "It is no array of numbers."),
    "zeros": Mark("zeros", "It is zero everywhere.", "It is zero everywhere: was it computed, and written, at all?"),
    "truths": Mark("no numbers", "It holds no numbers.", "It holds true and false, where numbers belong."),
    "clipped": Mark(
        "clipped", "Look at what was done last.", "It was clipped: what is large was cut off, on both sides."
    ),
    "sign": Mark(
        "sign", "Look at the sign.", "The sign is wrong: for cross-entropy, say, the gradient is p - y, not y - p."
    ),
    "transposed": Mark(
        "transposed",
        "Look at the shape, and at what is transposed.",
        "It is the transpose. A gradient has the shape of what it is the gradient of.",
    ),
    "missing 1/N": Mark(
        "missing 1/N",
        BATCH,
        "It is N times too large: the loss is a mean over N rows, so 1/N belongs in the gradient.",
    ),
    "1/N twice": Mark(
        "1/N twice",
        BATCH,
        "It is N times too small: 1/N was applied twice. It is already in the loss's gradient: only sum.",
    ),
    "constant": Mark("constant factor", FACTOR, "It is {factor} times what it should be: {why}."),
    "factor": Mark("constant factor", FACTOR, "It is {factor} times what it should be: a constant factor is off."),
    "permuted": Mark("permuted", "Look at the order.", "These are the right numbers in another order: {how}."),
    "squared": Mark("squared", "Look at what was done last.", "It is squared."),
    "absolute": Mark("absolute", "Look at the signs.", "The signs are lost: these are the sizes of the right numbers."),
    "normalised": Mark("normalised", "Look at what was done last.", "It was divided by {by}: leave its size as it is."),
    "added": Mark("constant added", "Look at what is added.", "Every entry is off by the same number."),
    "another": Mark("another array", ARRAY, "That is {name}."),
    "layer after": Mark(
        "layer after", ARRAY, "That is {name}: the gradient of a later layer, or of another array on the way."
    ),
    "too few digits": Mark(
        "too few digits", "Give more digits.", "Rounded so far, a step cannot be told from none: give more digits."
    ),
    # sums over the batch
    "not summed": Mark(
        "batch not summed", BATCH, "The batch is not summed: the product with {name} transposed sums over the rows."
    ),
    "bias not summed": Mark(
        "batch not summed", BATCH, "The batch is not summed: the bias was added to every row, so add up all rows."
    ),
    "one row": Mark("batch not summed", BATCH, "Only the {which} row counts here: sum over all of them."),
    "wrong axis": Mark(
        "wrong axis", "Look at the axis of the sum.", "Summed over the wrong axis: axis=0 is the batch."
    ),
    "all in one": Mark("wrong axis", "Look at the axis of the sum.", "All is summed to one number: {formula}."),
    "summed too early": Mark(
        "summed too early", "Look at the order.", "It was summed first, and the formula applied to the sum: {formula}."
    ),
    "sums multiplied": Mark(
        "summed too early", BATCH, "{wrong} and {right} were each summed over the batch first: multiply, then sum."
    ),
    "largest row": Mark("batch not summed", BATCH, "That is the largest of the rows' losses: take their mean."),
    "median": Mark("batch not summed", BATCH, "That is the median of the rows' losses: take their mean."),
    # products
    "kernel not transposed": Mark(
        "transposed",
        "Look at what is transposed.",
        "{name} was not transposed: each input collects along its row of weights.",
    ),
    "product otherwise": Mark(
        "transposed", "Look at the order, and at what is transposed.", "{wrong} was computed in place of {formula}."
    ),
    "updated weights": Mark(
        "updated weights",
        "Look at which weights go in.",
        "The new {name} was used: the whole backward pass runs with the weights of the forward pass.",
    ),
    "new weights forward": Mark(
        "updated weights", "Look at which weights go in.", "The new {name} was used: this step runs with the old one."
    ),
    "bias missing": Mark("bias missing", "Look at what is added.", "The bias is missing."),
    "in place of": Mark("x for z", ARRAY, "{wrong} was used where {right} belongs."),
    "sizes inside": Mark("absolute", ARRAY, "{wrong} was used where {right} belongs."),
    "square inside": Mark("squared", ARRAY, "{wrong} was used where {right} belongs."),
    "sign inside": Mark("sign alone", ARRAY, "{wrong} was used where {right} belongs."),
    "whether inside": Mark("mask", ARRAY, "{wrong} was used where {right} belongs."),
    "rest inside": Mark("1 - x", ARRAY, "{wrong} was used where {right} belongs."),
    "minus inside": Mark("sign", "Look at the signs.", "{wrong} was used where {right} belongs."),
    "output for input": Mark(
        "output for input", ARRAY, "{wrong}, the layer's own output, was used where its input {right} belongs."
    ),
    "gradient of another": Mark("layer after", ARRAY, "{wrong}, of the layer after, was used where {right} belongs."),
    # slopes
    "missing slope": Mark(
        "missing derivative", SLOPE, "{activation}'s derivative is missing: this is {name} itself, or made of it."
    ),
    "slope twice": Mark("extra derivative", SLOPE, "The derivative of {activation} was applied twice."),
    "slope again": Mark(
        "extra derivative",
        SLOPE,
        "The activation's derivative is applied once too often: cross-entropy has cancelled it (p - y).",
    ),
    "slope of another": Mark(
        "x for z", SLOPE, "{activation}'s slope, written with {right}, was computed from {wrong}."
    ),
    "slope alone": Mark(
        "slope alone", SLOPE, "The slope alone: the chain rule multiplies it with {part}, which arrives."
    ),
    "another slope": Mark("another slope", SLOPE, "That is {other}'s slope, not {activation}'s."),
    "slope changed": Mark("another slope", SLOPE, "{activation}'s slope went in {how}."),
    "slope added": Mark("added", SLOPE, "{activation}'s slope was added: the chain rule multiplies."),
    "slope for value": Mark(
        "slope for value", "Look at the formula.", "That is the slope of {formula}, which the way back needs."
    ),
    "applied twice": Mark("applied twice", "Look at the formula.", "{formula} was applied twice."),
    "elementwise": Mark(
        "elementwise",
        "Look at the Jacobian.",
        "That is a slope, {other}'s, the diagonal of a Jacobian: every output of {activation} depends on every sum.",
    ),
    "value for slope": Mark("mask", SLOPE, "{wrong} itself was used where {activation}'s slope belongs: 1 or 0."),
    "another activation": Mark(
        "another activation", "Look at which activation it is.", "That is {other}, not {formula}."
    ),
    "another loss": Mark("another loss", "Look at which loss it is.", "That is made of {other}."),
    # slips in a formula
    "missing rate": Mark("no rate", UPDATE, "The learning rate is missing: {formula} without {part}."),
    "missing factor": Mark("missing factor", FACTOR, "The factor {part} is missing in {formula}."),
    "factor twice": Mark("factor twice", FACTOR, "{part} stands twice in {formula}."),
    "share besides": Mark(
        "factor besides", FACTOR, "1 - {part} was multiplied with, which does not stand in {formula}: all is added up."
    ),
    "mean for sum": Mark("mean for sum", "Look at the sums.", "A mean was taken where {formula} sums: {part}."),
    "sum for largest": Mark(
        "sum for largest", "Look at the formula.", "The sum was taken where the larger of two belongs: {part}."
    ),
    "least for largest": Mark(
        "mask", "Look at the formula.", "The smaller was taken for the larger, or the reverse: {part}."
    ),
    "missing 1/K": Mark(
        "missing 1/K", FACTOR, "The mean over the outputs is missing in the gradient: divide by their number."
    ),
    "missing 2": Mark("missing 2", FACTOR, "The 2 of the square's derivative is missing."),
    "missing square": Mark("missing square", "Look at the powers.", "A square is missing: {part} in {formula}."),
    "missing root": Mark("missing root", UPDATE, "The root is missing: {part} in {formula}."),
    "all roots": Mark("missing root", "Look at the powers.", "The roots are missing in {formula}: {part}."),
    "rooted inside": Mark("extra root", "Look at the powers.", "A root was drawn of {part} in {formula}."),
    "absolute inside": Mark(
        "missing square", "Look at the powers.", "The size stands for the square: {part} in {formula}."
    ),
    "missing term": Mark("missing term", "Look at the sums.", "The term {part} is missing in {formula}."),
    "missing function": Mark("missing function", "Look at the formula.", "{part} in {formula} lost its function."),
    "epsilon's place": Mark(
        "epsilon", "Look at where epsilon stands.", "ε stands in the wrong place: {part} in {formula}."
    ),
    "other sign inside": Mark("sign", "Look at the signs.", "The sign of {part} in {formula} is wrong."),
    "not from 1": Mark(
        "1 - x", "Look at the formula.", "What stands in {formula} is {part}, not what is subtracted from 1."
    ),
    "not divided": Mark("not divided", "Look at what is divided.", "Multiplied by {part} where {formula} divides."),
    "not summed inside": Mark("not summed", "Look at the sums.", "The sum in {formula} is missing: {part}."),
    "shares swapped": Mark("swapped", "Look at the shares.", "{part} and 1 - {part} are swapped in {formula}."),
    "wrong side": Mark("mask", SLOPE, "The condition {part} is turned round in {formula}."),
    "everywhere alike": Mark("mask", SLOPE, "The condition is missing: {part} in {formula}."),
    "value for mask": Mark("mask", SLOPE, "The value itself was used where {formula} asks whether {part}: 1 or 0."),
    "mask of the gradient": Mark(
        "mask",
        SLOPE,
        "The gradient's own sign was asked, not whether {part}: the forward pass decides what is cut off.",
    ),
    "leaky": Mark(
        "mask", SLOPE, "A small slope is left where {part} is not so: that is a leaky relu's, not {formula}."
    ),
    # updates
    **UPDATES,
    "missing penalty": Mark(
        "missing penalty", "Look at the penalty.", "The penalty's slope is missing: this is {name}, of the data alone."
    ),
    "share of a penalty": Mark(
        "penalty's share", "Look at the penalty.", "The penalty {names} went in {factor} times."
    ),
    "another penalty": Mark(
        "another penalty",
        "Look at the penalty.",
        "What was added is made of {other}'s penalty, and is not its slope here.",
    ),
    "penalty besides": Mark(
        "another penalty", "Look at the penalty.", "{name} was penalised, too, which has no penalty."
    ),
    "weights left out": Mark(
        "missing weights", "Look at the samples' weights.", "The weights {w} of the samples are not in it."
    ),
    "divided by weights": Mark(
        "divided by weights", "Look at what is divided by.", "Divided by the sum of {w}: here it is the number of rows."
    ),
    "penalty left out": Mark("missing penalty", "Look at the penalty.", "The penalty is missing: {names}."),
    # targets
    "targets forgotten": Mark("targets forgotten", TARGETS, "The targets are forgotten: this is of {p} alone."),
    "targets turned": Mark("1 - y", TARGETS, "1 - y was used where y belongs."),
    "targets in another order": Mark("permuted", TARGETS, "The {what} of the targets are in another order."),
    "row missing": Mark("row missing", BATCH, "Row {row} is missing in the sum over the batch."),
    "decided": Mark(
        "decision for probability",
        "Look at what is compared with the targets.",
        "The decision, 0 or 1, was used where the probability {p} belongs: it has no slope.",
    ),
    "signs alone": Mark("sign alone", "Look at what was done last.", "Only the signs are left: 1 and -1."),
    "cubed": Mark("squared", "Look at what was done last.", "It is the third power."),
    "rooted": Mark("extra root", "Look at what was done last.", "A root was drawn of the right numbers."),
    "alike": Mark(
        "same everywhere",
        "Look at whether the entries should differ.",
        "Every entry is the same number: should they not differ?",
    ),
    "rows apart": Mark(
        "permuted",
        "Look at the order.",
        "The rows of {wrong} and {right} are in different orders: each sample belongs with its own gradient.",
    ),
    "largest alone": Mark(
        "batch not summed", "Look at the batch.", "Only the largest of each column counts here: sum over all rows."
    ),
    "row alone": Mark("batch not summed", "Look at the batch.", "Only row {row} counts here: sum over all of them."),
    "some rows": Mark(
        "row missing", "Look at the batch.", "Only the rows {begin} to {end} are in the sum over the batch."
    ),
    "bias subtracted": Mark("sign", "Look at the sign.", "The bias {name} was subtracted: add it."),
    "bias twice": Mark("bias twice", "Look at what is added.", "The bias {name} was added twice."),
    "no slope": Mark(
        "another slope",
        "Look at the activation's slope.",
        "The arriving gradient is multiplied with {wrong}, which is not {activation}'s slope.",
    ),
    "divided by slope": Mark(
        "divided", "Look at the activation's slope.", "Divided by {activation}'s slope: the chain rule multiplies."
    ),
    "one minus": Mark("1 - x", "Look at the formula.", "It is 1 minus what it should be."),
    "another base": Mark(
        "another base", "Look at the base of the powers.", "2 stands where e belongs: {part} in {formula}."
    ),
    "text": Mark("no numbers", "It is no array of numbers.", "It is text, not numbers."),
    "complex": Mark("no numbers", "It is no array of real numbers.", "Its numbers are complex."),
    # in part
    "unfinished": Mark("some entries", "Some of it is right.", "{right} of {all} entries are right; the others are 0."),
    "some entries": Mark(
        "some entries", "Some of it is right.", "{right} of {all} entries are right; the others are not."
    ),
    "shape": Mark("shape", "Look at the shape.", "It has shape {given}, but should have {truth}: {shapes}."),
    "unknown": Mark("", "Compare it with the formula, array by array.", "It should be {formula}."),
}

#: Factors that have a name: the key is the number's name, the sentence says where it comes from.
FACTORS: dict[str, str] = {
    "½": "a factor 2 is missing, or one of ½ too many",
    "2": "a factor 2 too many, as from a square's derivative",
    "K": "the mean over the outputs is missing",
    "1/K": "divided by the number of outputs once too often",
    "√N": "divided by √N where N belongs, or not at all",
    "1/√N": "divided by √N more than it should be",
    "N/(N - 1)": "divided by N - 1 in place of N",
    "η": "the learning rate is in it, or in it twice",
    "1/η": "the learning rate is missing",
    "ln 2": "a logarithm to another base: that of 2",
    "1/ln 2": "a logarithm to the base 2",
    "ln 10": "a logarithm to another base: that of 10",
    "1/ln 10": "a logarithm to the base 10",
    "rate": "look at the rate, and at the mean",
}
