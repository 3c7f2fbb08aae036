"""English: what the trace, its page and the quiz say. In braces are names of arrays, formulas and numbers.

What is said of a part stands with the part; what the marker says is in `marks.MARKS`.
"""

from __future__ import annotations

from tinynet.learn.languages.en_checks import CHECKS
from tinynet.learn.languages.en_runs import RUNS

SENTENCES: dict[str, str] = {
    # forward
    "sum": "Each unit weighs all its inputs, sums them.",
    "sum and bias": "Each unit weighs all its inputs, sums them and adds its bias (the same for every row).",
    "reshaped": "Nothing is computed: the same numbers in another shape.",
    "own activation": "A user-written activation.",
    "own layer": "{of} is user-written: what happens inside is not seen, its result is.",
    # loss
    "from logits": "from_logits=True: the loss itself turns scores into probabilities.",
    "one-hot": "The class number as a row: 1 for the class, 0 for the others.",
    "smoothing": "Label smoothing.",
    "own part": "{of} is user-written.",
    "sum of rows": "One number for the batch: the sum over its {rows:1 row|# rows}.",
    "mean of rows": "One number for the batch: the mean over its N = {rows:1 row|# rows}.",
    "weighted mean": "One number for the batch: the mean over its rows by their weights, {symbol} = {number}.",
    "factor from here": "From here on every gradient carries the factor 1/{symbol}.",
    "penalties to the mean": "Penalties are added to the mean.",
    "penalties to the sum": "Penalties are added to the sum.",
    "penalty": "{why} Added to the loss, so that training weighs it against the errors.",
    "penalty of outputs": "What a layer gives out is summed over {symbol} = {samples:1 sample|# samples}, and "
    "divided by as many.",
    # backward
    "own loss divided by rows": "{of} is user-written; the loop divides its gradient by the number of rows.",
    "own loss divided by weights": "{of} is user-written; the loop divides its gradient by the sum of the weights.",
    "short way": "The short way: prediction minus target. The logarithm in the loss and the exponential in the "
    "activation undo each other, so the slope that would vanish where p saturates cancels out.",
    "slope with means": "{slope}; N and K come from the means.",
    "slope divided": "{slope}, divided by N (and the number of outputs) because the loss is a mean.",
    "ways agree": "Both ways agree: the largest difference is {difference}.",
    "ways differ": "Here the two ways differ by up to {difference}, because p was rounded or clipped where it is "
    "nearly 0 or 1. That is why training takes the short way.",
    "long way": "The long way, first half: how the loss changes with each probability.",
    "the 1": "(The 1 stems from the loss dividing p by its sum; {activation}'s Jacobian makes it drop out.)",
    "second half": "Second half: times {activation}'s slope {slope}. (Its Jacobian is diagonal: each unit has its "
    "own sum.)",
    "second half, rows": "Second half: each row of dp times its Jacobian {entry}.",
    "Jacobian": "The first row's Jacobian: how each probability (down) changes with each score (across).",
    "chain rule": "Chain rule: the arriving gradient times the slope; {slope}.",
    "let through": "Let through: {count} of {all} ([…] is 1 where true, else 0).",
    "dW": "{W}[i,j] takes part in {z}[n,j] of {rows:the 1 row|each of the # rows}, with the factor {x}[n,i]. "
    "Summing over the rows of {x} and of {dz} is a product with {x} transposed: that is where the transpose comes "
    "from.",
    "db": "{b}[j] is added to {z}[n,j] of {rows:the 1 row|each of the # rows}, with the factor 1, so it collects "
    "{rows:its gradient|all their gradients}: the batch is summed.",
    "dx": "{x}[n,i] takes part in {z}[n,j] of {units:the 1 unit|all # units} j, with the factor {W}[i,j]. "
    "Summing over the units, the columns of {dz} and of {W}, is a product with {W} transposed.",
    "reshaped back": "Each gradient goes back to where its number came from.",
    "own": "User-written.",
    "penalty's slope": "The penalty is part of the loss, so its slope is part of the gradient. {slope}",
    # update
    "clipvalue": "clipvalue: each entry is kept within ±limit.",
    "clipnorm": "Clipping: shortened so that this gradient's norm is at most {limit}.",
    "global_clipnorm": "Clipping: shortened so that the norm of all gradients together is at most {limit}.",
    "weight decay": "Weight decay takes a little off every weight besides.",
    "own slot": "A user-written accumulator.",
    "own optimizer": "{of} is user-written: its result is seen.",
    "own constraint": "A user-written constraint: its result is seen.",
    # shapes
    "1 number": "{name} (1 number)",
    "made from": "{made} from {parts}",
    "column sums": "{db} = column sums of {dz}",
    "shown": "{down}×{across} shown",
    # the whole trace
    "title": "{model}: {samples:1 sample|# samples}, loss {loss}, optimizer {optimizer}",
    "one step": "ONE TRAINING STEP OF {title}",
    "forward": "FORWARD: from the data to the prediction",
    "loss": "LOSS: how wrong the prediction is, in one number",
    "backward": "BACKWARD: how the loss changes with every number, from the last layer to the first",
    "update": "UPDATE: every weight takes a step",
    "brought": "WHAT IT BROUGHT",
    "loss before": "loss before",
    "loss after": "loss after",
    "change": "change",
    "first-order change": "change to first order",
    "first order": "The first order is Σ gradient·(new weight - old weight): the change if the loss were a straight "
    "line. The rest is curvature, and shrinks with the learning rate.",
    "more terms": "… {count} more",
    "every number": "every number",
    "more rows": "… {count:1 more row|# more rows}",
    "aside": "(for comparison)",
    "shapes": "shapes",
    "entry": "entry",
    "value": "value",
    "why": "why",
    # the page and the pictures
    "page_heading": "One training step",
    "page_skip": "To the steps",
    "page_noscript": "Scripts are off: all {count} steps are below, one after the other.",
    "page_phase": "Go to the phase",
    "page_symbols": "Symbols",
    "page_dark": "Dark",
    "page_steps": "Steps",
    "page_first": "First",
    "page_back": "Back",
    "page_next": "Next",
    "page_last": "Last",
    "page_network": "The network",
    "page_values": "Values of",
    "page_drawing": "Drawing of the network, scrolls sideways",
    "page_blue": "blue: positive",
    "page_orange": "orange: negative",
    "page_wider": "wider: larger",
    "page_purple": "purple: the gradient of the unit's weighted sum",
    "page_lines": "The lines show the weights; in the backward pass, their gradients; after the update, the new "
    "weights.",
    "page_the_steps": "The steps",
    "page_inspector": "How the number is computed",
    "page_hint": "Point at a number, or reach it with Tab and the arrow keys, to see which numbers it is made of.",
    "page_outcome": "What it brought",
    "page_all": "All {count} steps",
    "page_keys": "Keys: ← → step back and forth, Home and End go to the first and last step; in a table, arrows move "
    "and Escape leaves. Every number comes from tinynet's own training kernels.",
    "page: forward": "forward",
    "page: loss": "loss",
    "page: backward": "backward",
    "page: update": "update",
    "page: aside": "for comparison",
    "page: shapes": "Shapes",
    "page: entry": "One entry",
    "page: numbers": "In numbers",
    "status": "Step {place} of {count}, {phase}: {name} = {formula}",
    "row": "row {row} of the batch",
    "rows are shown": "{shown} of the {all} rows of the batch {shown:is|are} shown",
    "units are shown": "{head}: {shown} of {all} units {shown:is|are} shown",
    "too large": "Too large to show in full: {notes}. Sums run over everything.",
    "inspector: given": "given, not computed here",
    "inspector: made of": "made of",
    "drawing": "The network: {units}. Lines are weights: wide for large, blue for positive, orange for negative.",
    "picture": "Left weights, right gradients. Blue: positive, orange: negative; wide or strong: large. In the "
    "circles: the first row.",
    "weights": "weights",
    "gradients": "gradients",
    "input": "input",
    # the quiz
    "quiz: begin": "Compute the numbers of one training step (questions: {count}). Two digits of each are enough;\n"
    "of a new weight more, so that its step shows.\n? gives a hint, - goes on to the next question, Enter alone ends "
    "the quiz.",
    "quiz: question": "\n{place} of {count}. {title}\n    {name} = {formula}",
    "quiz: no number": "Please type a number, such as 0.25. (? for a hint, - for the next question, Enter to end.)",
    "quiz: right": "Right.",
    "quiz: again": "Try again.",
    "quiz: solution": "This is how it is computed:",
    "quiz: end": "\n{right} of {asked} right at the first attempt.",
    "quiz: nothing": "There was no question that this trace could ask.",
    # the marker
    "exact": "{name}: exact.",
    "close": "{name}: close. The largest difference, {difference}, is at {place}: rounded on the way?",
    "wrong": "{name}: wrong.",
    "already": "Already in {name}:",
    "largest error": "The largest error is at {place}: {given} instead of {right}, which is {symbols} = {numbers}.",
    # whole trainings
    **RUNS,
    **CHECKS,
}
